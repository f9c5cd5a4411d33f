"""One watch: a connection with its channels, made anew whenever it is lost."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from ts_customers._client import Client
from ts_customers._errors import NotAllowed, Unavailable

if TYPE_CHECKING:
    from realtime import AsyncRealtimeChannel

# How soon it is noticed that the other side has gone without a word, or that a token is old.
LOOK_SECONDS = 5.0
MAX_PAUSE_SECONDS = 30.0

T = TypeVar("T")


class _Lost(Exception):
    """The connection is gone, or its token has expired: the next one may do."""


class Watch(Generic[T]):
    """An endless sequence of updates, to be used once: `async with` it, and `async for` over it."""

    def __init__(self, client: Client, window_ms: int) -> None:
        self._client, self._window = client, window_ms / 1000
        self._wake = asyncio.Event()
        self._failure: str | None = None
        self._updates = self._run()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self._updates.aclose()

    def __aiter__(self) -> AsyncIterator[T]:
        return self._updates

    async def _join(self, join: Callable[..., Any]) -> None:
        raise NotImplementedError

    async def _read(self) -> T:
        raise NotImplementedError

    async def _run(self) -> AsyncGenerator[T, None]:
        from realtime import AsyncRealtimeClient

        pause = 1.0
        while True:
            self._failure = None
            server = AsyncRealtimeClient(
                f"{self._client.api_url}/realtime/v1",
                token=str(self._client.server.supabase_key),
                auto_reconnect=False,
                max_retries=1,
            )
            channels: list[AsyncRealtimeChannel] = []

            async def join(
                topic: str,
                events: tuple[str, ...],
                heard: Callable[[str, dict[str, Any]], None],
                config: dict[str, Any] | None = None,
                server: AsyncRealtimeClient = server,
                channels: list[AsyncRealtimeChannel] = channels,
            ) -> AsyncRealtimeChannel:
                options: Any = {"config": {"private": True, **(config or {})}}
                channel = server.channel(topic, options)
                channels.append(channel)
                for event in events:
                    channel.on_broadcast(event, _hearing(event, heard, self._wake))
                if config:
                    channel.on_presence_sync(self._wake.set)
                await channel.subscribe(self._note)
                self._check()
                return channel

            try:
                await self._renew(server)
                await self._connect(server)
                await self._join(join)
                while True:
                    self._wake.clear()
                    update = await self._reading()
                    pause = 1.0
                    yield update
                    await self._woken(server)
            except _Lost:
                await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311
                pause = min(pause * 2, MAX_PAUSE_SECONDS)
            finally:
                for channel in channels:
                    channel.rejoin_timer.reset()
                await server.close()

    async def _connect(self, server: Any) -> None:
        from websockets.exceptions import WebSocketException

        try:
            await server.connect()
        except (OSError, WebSocketException) as error:
            raise _Lost(str(error)) from error

    async def _reading(self) -> T:
        try:
            return await self._read()
        except Unavailable as error:
            raise _Lost(str(error)) from error

    async def _woken(self, server: Any) -> None:
        from realtime.message import Message

        heartbeat = Message(topic="phoenix", event="heartbeat", payload={}, ref=None)
        is_woken = False
        while not is_woken:
            await self._renew(server)
            await server.send(heartbeat)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    is_woken = await self._wake.wait()
        self._check()
        await asyncio.sleep(self._window)
        self._check()

    async def _renew(self, server: Any) -> None:
        try:
            token = await asyncio.to_thread(self._client.access_token)
        except Unavailable as error:
            raise _Lost(str(error)) from error
        if token != server.access_token:
            await server.set_auth(token)

    def _note(self, status: Any, error: Exception | None) -> None:
        from realtime import RealtimeSubscribeStates

        if status != RealtimeSubscribeStates.SUBSCRIBED and self._failure is None:
            self._failure = f"{status}: {error}"
            self._wake.set()

    def _check(self) -> None:
        if self._failure is None:
            return
        if "permission" in self._failure:
            raise NotAllowed(
                "you may not watch this, or no longer",
                slug="watch_refused",
                hint="Check the id, and that you are a member of the organization.",
            )
        raise _Lost(self._failure)


def _hearing(
    event: str, heard: Callable[[str, dict[str, Any]], None], wake: asyncio.Event
) -> Callable[[Any], None]:
    def hear(message: Any) -> None:
        heard(event, dict(message["payload"]))
        wake.set()

    return hear
