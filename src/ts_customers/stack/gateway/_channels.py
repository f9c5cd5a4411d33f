"""Channels: who has joined which topic, with what rights, and what becomes of what they push."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from uuid import uuid4

from ._call import Pool
from ._frames import PREFIX, Frames, Push, Row, broadcast, for_everyone
from ._permissions import Refused, ask, caller, read_claims
from ._socket import Socket

EXTENSIONS = {"broadcast", "presence"}
MAX_CHANNELS = 100
NO_CHANGES = "postgres_changes is not available here: subscribe to what the database broadcasts"

# A name, and whether it is private: a public and a private topic of one name are two.
Topic = tuple[str, bool]


class Hub:
    """Every topic that somebody has joined."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.topics: dict[Topic, dict[Channel, None]] = {}  # for each its channels, as they joined

    def send(
        self, topic: Topic, frames: Frames, *, to: str = "broadcast", besides: Channel | None = None
    ) -> None:
        """Send a message to everybody on a topic who may read what is sent to this extension."""
        for channel in self.topics.get(topic, ()):
            if to in channel.readable and channel is not besides:
                channel.socket.push(frames[channel.socket.version - 1])


class Channel:
    """One client on one topic."""

    def __init__(self, hub: Hub, socket: Socket, push: Push) -> None:
        if push.topic == PREFIX:
            raise Refused("TopicNameRequired", "You must provide a topic name")
        if len(socket.channels) >= MAX_CHANNELS:
            raise Refused("ChannelRateLimitReached", "Too many channels")
        config = _object(push.payload.get("config"))
        broadcasts, presence = _object(config.get("broadcast")), _object(config.get("presence"))
        if "replay" in broadcasts:
            raise Refused("UnableToReplayMessages", "Realtime was unable to replay messages")
        self.hub, self.socket, self._join = hub, socket, push
        self.topic: Topic = (push.topic.removeprefix(PREFIX), is_true(config.get("private")))
        self.key = str(presence.get("key") or uuid4())
        self.meta: Row | None = None
        self.readable: set[str] = set()
        self._has_ack, self._has_self = (is_true(broadcasts.get(name)) for name in ("ack", "self"))
        self._is_told_when_ready = is_true(broadcasts.get("replication_ready"))
        self._has_presence = is_true(presence.get("enabled", True))
        changes = config.get("postgres_changes")
        self._changes = changes if isinstance(changes, list) else []
        self._tracked: Row | None = None

    async def authorize(self, token: str) -> None:
        """Check a token and what the policies allow it; that holds until the next token.

        Raises: Refused.
        """
        name, private = self.topic
        claims = read_claims(token, self.socket.websocket)
        settings = caller(name, claims, self.socket.websocket)
        readable = EXTENSIONS
        if private:
            asked = EXTENSIONS if self._has_presence else {"broadcast"}
            readable = await ask(self.hub.pool, settings, asked)
        if not readable or self.readable - readable:
            lacking = "no longer have permission" if self.readable else "do not have permissions"
            message = f"You {lacking} to read from this Channel topic: {name}"
            raise Refused("Unauthorized", message)
        self.readable, self._settings, self._token = readable, settings, token
        self._writable: dict[str, bool] = {}
        self._await_expiry(claims)

    def join(self) -> None:
        """Let an authorized channel take part."""
        self.socket.channels[self._join.topic] = self
        channels = self.hub.topics.setdefault(self.topic, {})
        channels[self] = None
        changes = [{**_object(change), "id": n} for n, change in enumerate(self._changes, 1)]
        self.socket.reply(self._join, "ok", {"postgres_changes": changes})
        if self._has_presence and "presence" in self.readable:
            self._tell("presence_state", _by_key((each.key, each.meta) for each in channels))
        if self._is_told_when_ready:  # always: the feed catches up with what it has missed
            self._tell_system("Replication connection established", status="ok")
        if changes:
            self._tell_system(NO_CHANGES, extension="postgres_changes")

    async def handle(self, push: Push) -> None:
        """Do what the client asks of this channel."""
        match push.event:
            case "phx_leave":
                self.socket.reply(push, "ok", {})
                self._close()
            case "access_token":
                await self._renew(push.payload.get("access_token"))
            case "broadcast":
                await self._broadcast(push)
            case "presence":
                await self._present(push)

    def leave(self) -> None:
        """Take no part any more."""
        self._expiry.cancel()
        del self.socket.channels[self._join.topic]
        channels = self.hub.topics[self.topic]
        del channels[self]
        self._track(None)
        if not channels:
            del self.hub.topics[self.topic]

    async def _renew(self, token: Any) -> None:
        if not isinstance(token, str) or token.startswith("sb_") or token == self._token:
            return
        self._expiry.cancel()
        try:
            await self.authorize(token)
        except Refused as refused:
            self._stop(refused)

    async def _broadcast(self, push: Push) -> None:
        if not await self._may_write("broadcast"):
            return  # as hosted: without a word
        event, payload = push.payload.get("event"), push.payload.get("payload")
        content = payload if isinstance(payload, bytes) else json.dumps(payload)
        besides = None if self._has_self else self
        self.hub.send(self.topic, broadcast(self.topic[0], event, content), besides=besides)
        if self._has_ack:
            self.socket.reply(push, "ok", {})

    async def _present(self, push: Push) -> None:
        event, payload = push.payload.get("event"), push.payload.get("payload", {})
        may_track = event == "track" and await self._may_write("presence")
        if not may_track and event != "untrack":
            self.socket.reply(push, "error", {})
        elif may_track and not isinstance(payload, dict):
            reason = "Presence track payload must be a map"
            self.socket.reply(push, "error", {"reason": reason})
        elif self in self.hub.topics.get(self.topic, ()):  # else its token has expired meanwhile
            self.socket.reply(push, "ok", {})
            self._track(payload if may_track else None)

    def _track(self, payload: Row | None) -> None:
        if payload == self._tracked:
            return
        before, self.meta, self._tracked = self.meta, None, payload
        if payload is not None:
            self.meta = payload | {"phx_ref": secrets.token_urlsafe(12)}
            if before:
                self.meta["phx_ref_prev"] = before["phx_ref"]
        diff = {"joins": _by_key([(self.key, self.meta)]), "leaves": _by_key([(self.key, before)])}
        frames = for_everyone(self.topic[0], "presence_diff", json.dumps(diff))
        self.hub.send(self.topic, frames, to="presence")

    async def _may_write(self, extension: str) -> bool:
        if self.topic[1] and extension not in self._writable:
            with suppress(Refused):  # the database is away: it is asked again next time
                allowed = await ask(self.hub.pool, self._settings, [extension], to_write=True)
                self._writable[extension] = bool(allowed)
        return not self.topic[1] or self._writable.get(extension, False)

    def _await_expiry(self, claims: Row) -> None:
        wait = max(0.0, int(claims["exp"]) - time.time())
        self._expiry = asyncio.get_running_loop().call_later(wait, self._expire)

    def _expire(self) -> None:
        try:
            self._await_expiry(read_claims(self._token, self.socket.websocket))
        except Refused as refused:
            self._stop(refused)

    def _stop(self, refused: Refused) -> None:
        self._tell_system(refused.message)
        self._close()

    def _close(self) -> None:
        self._tell("phx_close", {}, ref=self._join.join_ref)
        self.leave()

    def _tell_system(self, message: str, **others: str) -> None:
        told = {"extension": "system", "status": "error", "message": message} | others
        self._tell("system", told | {"channel": self.topic[0]})

    def _tell(self, event: str, payload: Row, *, ref: Any = None) -> None:
        self.socket.tell(self._join._replace(event=event, ref=ref), payload)


def is_true(value: Any) -> bool:
    """Read a boolean, which clients may send as text."""
    return str(value).lower() == "true"


def _object(value: Any) -> Row:
    return value if isinstance(value, dict) else {}


def _by_key(metas: Iterable[tuple[str, Row | None]]) -> Row:
    found: Row = {}
    for key, meta in metas:
        if meta:
            found.setdefault(key, {"metas": []})["metas"].append(meta)
    return found
