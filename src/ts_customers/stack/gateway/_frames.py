"""Realtime's frames in both encodings: version 1 (JSON objects), and 2 (JSON arrays and binary)."""

import json
from typing import Any, NamedTuple

PREFIX = "realtime:"
USER_PUSH, USER_BROADCAST = 3, 4

Row = dict[str, Any]
Frame = str | bytes
# One message as clients of version 1 and of version 2 read it; None where they cannot.
Frames = tuple[Frame | None, Frame | None]


class Push(NamedTuple):
    """What a client sends. The refs are its own, and are only repeated to it."""

    join_ref: Any
    ref: Any
    topic: str
    event: str
    payload: Row


def decode(version: int, frame: Frame) -> Push:
    """Read one frame.

    Raises: ValueError; RecursionError where JSON is nested too deep.
    """
    if isinstance(frame, bytes):
        return _decode_binary(frame)
    match version, _parse(frame):
        case 1, {"topic": str(topic), "event": str(event), "payload": dict(payload), **refs}:
            return Push(refs.get("join_ref"), refs.get("ref"), topic, event, payload)
        case 2, [join_ref, ref, str(topic), str(event), dict(payload), *_]:
            return Push(join_ref, ref, topic, event, payload)
    raise ValueError("not a frame of the protocol")


def encode(version: int, push: Push, body: str) -> str:
    """Write a frame with this body, which is JSON already; version 1 has no join_ref."""
    join_ref, ref, topic, event = map(json.dumps, push[:4])
    if version == 1:
        # Clients in Python refuse a frame without a ref, even where it is null.
        return f'{{"topic": {topic}, "event": {event}, "payload": {body}, "ref": {ref}}}'
    return f"[{join_ref}, {ref}, {topic}, {event}, {body}]"


def for_everyone(topic: str, event: str, body: str) -> Frames:
    """Write a message to all on a topic, once for each version."""
    push = Push(None, None, PREFIX + topic, event, {})
    return encode(1, push, body), encode(2, push, body)


def broadcast(topic: str, event: Any, payload: str | bytes, meta: str = "") -> Frames:
    """Write a broadcast whose payload is JSON already, or binary, which version 1 cannot read.

    Raises: ValueError where the topic or event of a binary one is longer than 255 bytes.
    """
    if isinstance(payload, str):
        rest = f', "meta": {meta}' if meta else ""
        body = f'"type": "broadcast", "event": {json.dumps(event)}, "payload": {payload}{rest}'
        return for_everyone(topic, "broadcast", f"{{{body}}}")
    names = [name.encode(errors="surrogateescape") for name in (PREFIX + topic, event, meta)]
    return None, b"".join([bytes([USER_BROADCAST, *map(len, names), 0]), *names, payload])


def _decode_binary(frame: bytes) -> Push:
    if len(frame) < 7 or frame[0] != USER_PUSH:
        raise ValueError("not a binary frame of the protocol")
    names, end = [], 7
    for size in frame[1:6]:
        names.append(frame[end : end + size].decode(errors="surrogateescape"))
        end += size
    join_ref, ref, topic, event, _metadata = names
    payload = _parse(frame[end:].decode()) if frame[6] else frame[end:]
    return Push(join_ref, ref, topic, "broadcast", {"event": event, "payload": payload})


def _parse(text: str) -> Any:
    content = json.loads(text)
    # Others could not read NaN, 1e999 and half a surrogate pair.
    json.dumps(content, ensure_ascii=False, allow_nan=False).encode()
    return content
