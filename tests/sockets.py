"""A client of Realtime that shows its frames: what the tests of the protocol speak with."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlencode

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from gateways import Api

Row = dict[str, Any]
BOTH = ("1.0.0", "2.0.0")


class Message(NamedTuple):
    """One frame that a client has received."""

    join_ref: str | None
    ref: str | None
    topic: str
    event: str
    payload: Row


class Socket:
    """One connection; it joins topics without the prefix that they have in frames."""

    def __init__(self, connection: Connection, version: str) -> None:
        self.connection, self.version = connection, version
        self._refs = iter(range(1, 1_000_000))

    def send(self, topic: str, event: str, payload: Any, *, ref: str | None = None) -> str:
        """Push something; returns its ref."""
        ref = ref or str(next(self._refs))
        full = topic if topic == "phoenix" else f"realtime:{topic}"
        if self.version == "1.0.0":
            frame: Any = {"topic": full, "event": event, "payload": payload, "ref": ref}
        else:
            frame = [ref, ref, full, event, payload]
        self.connection.send(json.dumps(frame))
        return ref

    def send_binary(self, topic: str, event: str, payload: bytes, *, is_json: bool) -> None:
        """Push a broadcast as a binary frame, as supabase-js does."""
        names = [b"1", b"2", f"realtime:{topic}".encode(), event.encode(), b""]
        self.connection.send(bytes([3, *map(len, names), is_json]) + b"".join(names) + payload)

    def receive(self, *, timeout: float = 10) -> Message:
        """Take the next frame."""
        return read_frame(self.connection.recv(timeout=timeout), self.version)

    def expect(self, event: str) -> Message:
        """Take the next frame, which has to be of this event."""
        message = self.receive()
        assert message.event == event, message
        return message

    def expect_reply(self, ref: str, status: str = "ok") -> Row:
        """Take the reply to what was pushed, which has to come next; returns its response."""
        message = self.expect("phx_reply")
        assert (message.ref, message.payload["status"]) == (ref, status), message
        response: Row = message.payload["response"]
        return response

    def expect_nothing(self) -> None:
        """See that nothing has come, and nothing comes before the reply to a heartbeat."""
        self.expect_reply(self.send("phoenix", "heartbeat", {}))

    def expect_end(self, *, timeout: float = 10) -> tuple[int | None, str]:
        """Read until the server closes; returns its code and reason."""
        try:
            while True:
                self.connection.recv(timeout=timeout)
        except ConnectionClosed as closed:
            return (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (None, "")

    def join(self, topic: str, *, token: str | None = None, **config: Any) -> Row:
        """Join a topic without presence, unless the config says otherwise; returns the response."""
        ref = self.ask_to_join(topic, token=token, **config)
        return self.expect_reply(ref)

    def refusal(self, topic: str, *, token: str | None = None, **config: Any) -> str:
        """Try to join a topic, and say why one may not."""
        ref = self.ask_to_join(topic, token=token, **config)
        reason: str = self.expect_reply(ref, "error")["reason"]
        return reason

    def ask_to_join(self, topic: str, *, token: str | None = None, **config: Any) -> str:
        """Push a join; returns its ref."""
        payload: Row = {"config": {"presence": {"enabled": False}, **config}}
        if token is not None:
            payload["access_token"] = token
        return self.send(topic, "phx_join", payload)


def read_frame(frame: str | bytes, version: str) -> Message:
    """Read what the server sends, as the clients of this version do."""
    if isinstance(frame, bytes):
        assert version == "2.0.0"
        return _read_binary(frame)
    content = json.loads(frame)
    if version == "2.0.0":
        return Message(*content)
    # supabase-py refuses a frame that has no ref at all.
    assert content.keys() == {"topic", "event", "payload", "ref"}
    return Message(None, **content)


def _read_binary(frame: bytes) -> Message:
    kind, *sizes, is_json = struct.unpack("BBBBB", frame[:5])
    assert kind == 4
    parts, end = [], 5
    for size in sizes:
        parts.append(frame[end : end + size].decode())
        end += size
    topic, event, meta = parts
    payload: Any = json.loads(frame[end:]) if is_json else frame[end:]
    content = {"type": "broadcast", "event": event, "payload": payload}
    if meta:
        content["meta"] = json.loads(meta)
    return Message(None, None, topic, "broadcast", content)


def address(url: str, **query: str) -> str:
    """The address of Realtime's websocket behind a gateway."""
    return f"{url.replace('http', 'ws', 1)}/realtime/v1/websocket?{urlencode(query)}"


@contextmanager
def opened_socket(
    api: Api, version: str = "2.0.0", *, key: str = "", url: str = "", max_queue: int | None = None
) -> Iterator[Socket]:
    """A connection with the publishable key, unless another one is given.

    It reads ahead whatever comes, or no more frames than `max_queue`."""
    where = address(url or api.url, apikey=key or api.publishable_key, vsn=version)
    with connect(where, max_size=None, max_queue=max_queue, close_timeout=1) as connection:
        yield Socket(connection, version)
