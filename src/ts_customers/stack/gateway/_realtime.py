"""/realtime/v1: the websocket, and broadcasts sent by HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket

from ._call import open_pool, read_body
from ._channels import Channel, Hub, Topic, is_true
from ._feed import Feed
from ._frames import PREFIX, Push, Row, broadcast, decode
from ._keys import KeyRefused, key_refused, upstream_token
from ._permissions import Refused, ask, caller, read_claims
from ._socket import Socket

VERSIONS = {"1.0.0": 1, "2.0.0": 2}
KEY_SECONDS = 10 * 365 * 86_400  # a key does not expire while a channel is open
IDLE_SECONDS = 60


@asynccontextmanager
async def open_realtime(app: Starlette) -> AsyncIterator[None]:
    """Follow the database as long as the gateway runs."""
    url = app.state.settings.realtime_db_url
    async with open_pool(url) as pool:
        app.state.hub = Hub(pool)
        feed = asyncio.create_task(Feed(app.state.hub).follow(url))
        yield
        feed.cancel()


async def connect(websocket: WebSocket) -> None:
    """GET /websocket: serve one client until it goes, or breaks the protocol."""
    version = VERSIONS.get(websocket.query_params.get("vsn", "1.0.0"))
    try:
        token = upstream_token(websocket, KEY_SECONDS)
    except KeyRefused as error:
        return await websocket.send_denial_response(key_refused(websocket, error))
    if version is None:
        return await websocket.close()  # 403
    await websocket.accept()
    socket = Socket(websocket, version, token)
    writer = asyncio.create_task(socket.write())
    try:
        await _serve(websocket.app.state.hub, socket)
    finally:
        writer.cancel()
        for channel in list(socket.channels.values()):
            channel.leave()


async def _serve(hub: Hub, socket: Socket) -> None:
    while True:
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                message = await socket.websocket.receive()
        except TimeoutError:
            return await socket.close(1000, f"no heartbeat for {IDLE_SECONDS} seconds")
        if message["type"] == "websocket.disconnect":
            return None
        try:
            push = decode(socket.version, message.get("text", message.get("bytes")))
        except (ValueError, RecursionError):
            return await socket.close(1007, "not a frame of the protocol that vsn names")
        await _handle(hub, socket, push)


async def _handle(hub: Hub, socket: Socket, push: Push) -> None:
    if push.event == "phx_join" and push.topic.startswith(PREFIX):
        await _join(hub, socket, push)
    elif push.topic in socket.channels:
        await socket.channels[push.topic].handle(push)
    elif push.event == "phx_leave" or (push.topic, push.event) == ("phoenix", "heartbeat"):
        socket.reply(push, "ok", {})
    else:
        socket.reply(push, "error", {"reason": "unmatched topic"})


async def _join(hub: Hub, socket: Socket, push: Push) -> None:
    if push.topic in socket.channels:
        socket.channels[push.topic].leave()
    token: Any = push.payload.get("access_token")
    if not isinstance(token, str) or token.startswith("sb_"):
        token = socket.token
    try:
        channel = Channel(hub, socket, push)
        await channel.authorize(token)
    except Refused as error:
        socket.reply(push, "error", {"reason": str(error)})
    else:
        channel.join()


async def send_many(request: Request) -> Response:
    """POST /api/broadcast: send messages; those that the caller may not send are dropped."""
    messages = (await read_body(request)).get("messages")
    if not isinstance(messages, list) or not all(map(_is_message, messages)):
        reason = "each needs a topic, an event and an object as its payload"
        return JSONResponse({"errors": {"messages": [reason]}}, 422)
    for message in messages:
        topic = (message["topic"], is_true(message.get("private")))
        await _send(request, topic, message["event"], message["payload"])
    return Response(status_code=202)


async def send_one(request: Request) -> Response:
    """POST /api/broadcast/{topic}/events/{event}: send one message, whose payload is the body."""
    topic = (request.path_params["topic"], is_true(request.query_params.get("private")))
    payload = await read_body(request)
    is_sent = await _send(request, topic, request.path_params["event"], payload)
    return Response(status_code=202) if is_sent else JSONResponse({"message": "Forbidden"}, 403)


async def _send(request: Request, topic: Topic, event: str, payload: Row) -> bool:
    claims, hub = read_claims(upstream_token(request), request), request.app.state.hub
    name, private = topic
    settings = caller(name, claims, request)
    if private and not await ask(hub.pool, settings, ["broadcast"], to_write=True):
        return False
    hub.send(topic, broadcast(name, event, json.dumps(payload)))
    return True


def _is_message(message: Any) -> bool:
    kinds = {"topic": str, "event": str, "payload": dict}
    return isinstance(message, dict) and all(
        isinstance(message.get(name), kind) for name, kind in kinds.items()
    )


def refused(_request: Request, error: Exception) -> Response:
    """Answer a call whose token is no good, or which the database cannot judge."""
    return JSONResponse({"message": str(error)}, 401)
