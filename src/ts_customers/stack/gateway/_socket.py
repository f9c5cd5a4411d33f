"""A client's connection: frames wait here for a client that reads slowly, up to a limit."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from starlette.websockets import WebSocket, WebSocketDisconnect
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from ._frames import Frame, Push, Row, encode

if TYPE_CHECKING:
    from ._channels import Channel

MAX_FRAME_BYTES = 3_000_000
MAX_WAITING_BYTES = 8 << 20
FRAME_OVERHEAD_BYTES = 100


class Protocol(WebSocketsSansIOProtocol):
    """Hands the transport on: a client that never reads cannot be asked to close."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Put the transport where the application finds it."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class Socket:
    """One client, its channels, and what is on its way to it."""

    def __init__(self, websocket: WebSocket, version: int, token: str) -> None:
        self.websocket, self.version, self.token = websocket, version, token
        self.channels: dict[str, Channel] = {}
        self._waiting: asyncio.Queue[Frame] = asyncio.Queue()
        self._waiting_bytes = 0

    def push(self, frame: Frame | None) -> None:
        """Send a frame when the client takes it; cut off a client that takes none."""
        if frame is not None:
            self._waiting_bytes += len(frame) + FRAME_OVERHEAD_BYTES
            if self._waiting_bytes > MAX_WAITING_BYTES:
                self.cut()
            else:
                self._waiting.put_nowait(frame)

    def reply(self, push: Push, status: str, response: Row) -> None:
        """Answer what the client has pushed."""
        self.tell(push._replace(event="phx_reply"), {"status": status, "response": response})

    def tell(self, push: Push, payload: Row) -> None:
        """Send something to this client alone."""
        self.push(encode(self.version, push, json.dumps(payload)))

    async def write(self) -> None:
        """Send what is pushed, until the connection ends."""
        with suppress(WebSocketDisconnect):
            while True:
                frame = await self._waiting.get()
                kind = "text" if isinstance(frame, str) else "bytes"
                await self.websocket.send({"type": "websocket.send", kind: frame})
                self._waiting_bytes -= len(frame) + FRAME_OVERHEAD_BYTES

    async def close(self, code: int, reason: str) -> None:
        """Say why and close; cut off a client that does not listen."""
        try:
            async with asyncio.timeout(1):
                await self.websocket.close(code, reason)
        except TimeoutError:
            self.cut()

    def cut(self) -> None:
        """End the connection at once, whatever is on its way."""
        cast("asyncio.Transport", self.websocket.scope["state"]["transport"]).abort()
