"""Clients that break the protocol, flood it or never read. The gateway stays up, and small."""

from __future__ import annotations

import json
import os
import socket as sockets_of_the_system
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from websockets.exceptions import ConnectionClosed

from fix_realtime import OpenSocket
from gateways import Api, Row, running_gateway
from sockets import Socket, opened_socket

NOT_A_FRAME = (1007, "not a frame of the protocol that vsn names")
# The close frame may be lost, since the server does not read the rest.
TOO_BIG = (1009, None)


@pytest.fixture
def bystander(open_socket: OpenSocket, topic: str) -> Iterator[Socket]:
    """Somebody on the topic who is served before and after whatever a test does."""
    socket = open_socket()
    socket.join(topic, broadcast={"self": True})
    yield socket
    socket.send(topic, "broadcast", {"event": "still here", "payload": {}})
    assert socket.expect("broadcast").payload["event"] == "still here"


FRAMES = [
    "",
    "x",
    "null",
    "{}",
    "[]",
    '"text"',
    "[null,null,null,null,null]",
    '["1","1","realtime:x","phx_join"]',
    '["1","1","realtime:x","phx_join",[]]',
    '["1","1",{},"phx_join",{}]',
    '["1","1","realtime:x",7,{}]',
    '{"topic":"realtime:x","event":"phx_join"}',
    '{"topic":"realtime:x","event":"phx_join","payload":[],"ref":"1"}',
    '["1","1","realtime:x","broadcast",{"n":NaN}]',
    '["1","1","realtime:x","broadcast",{"n":1e999}]',
    '["1","1","realtime:\\ud800","phx_join",{}]',
    '["1","1","realtime:x","broadcast",{"n":' + "1" * 5000 + "}]",
    "[" * 100_000,
    '{"a":' * 100_000,
    b"",
    b"\x03",
    b"\x00" * 7,
    b"\xff" * 300,
    b"\x04\x01\x01\x01\x01xyz",
    bytes([3, 0, 0, 10, 1, 0, 1]) + b"realtime:xe" + b"{not json",
    bytes([3, 0, 0, 10, 1, 0, 1]) + b"realtime:xe" + b'1},"event":"forged","payload":{}',
    bytes([3, 255, 255, 255, 255, 255, 1]),
]


@pytest.mark.parametrize("version", ["1.0.0", "2.0.0"])
@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: repr(frame[:40]))
def test_a_frame_that_is_none_ends_the_connection_and_nothing_else(
    open_socket: OpenSocket, bystander: Socket, version: str, frame: str | bytes
) -> None:
    hostile = open_socket(version)
    hostile.connection.send(frame)
    assert hostile.expect_end() == NOT_A_FRAME


ODD = [
    {"config": None},
    {"config": []},
    {"config": {"broadcast": 7, "presence": "x", "private": {}}},
    {"config": {"presence": {"key": {"a": 1}, "enabled": None}}},
    {"config": {"postgres_changes": "all"}},
    {"config": {"postgres_changes": 7}},
    {"config": {"postgres_changes": [None, 1, "x"]}},
    {"config": {"postgres_changes": {"event": "*"}}},
    {"access_token": {}},
    {"access_token": 7},
]


@pytest.mark.parametrize("payload", ODD, ids=repr)
def test_an_odd_join_is_answered(
    open_socket: OpenSocket, bystander: Socket, topic: str, payload: Row
) -> None:
    hostile = open_socket()
    ref = hostile.send(topic, "phx_join", payload)
    hostile.expect_reply(ref)


@pytest.mark.parametrize("event", ["phx_reply", "phx_error", "system", "postgres_changes", "x", ""])
def test_what_no_client_sends_is_passed_over(
    open_socket: OpenSocket, bystander: Socket, topic: str, event: str
) -> None:
    hostile = open_socket()
    hostile.join(topic)
    hostile.send(topic, event, {"status": "ok", "payload": {}})
    hostile.expect_nothing()
    bystander.expect_nothing()


@pytest.mark.parametrize("token", [7, {}, [], True])
def test_an_odd_token_is_passed_over(open_socket: OpenSocket, topic: str, token: Any) -> None:
    hostile = open_socket()
    hostile.join(topic)
    hostile.send(topic, "access_token", {"access_token": token})
    hostile.send(topic, "access_token", {})
    hostile.expect_nothing()


def test_refs_of_any_kind_are_only_repeated(open_socket: OpenSocket) -> None:
    hostile = open_socket()
    for ref in ({"a": [1]}, 7, None, "x" * 1000):
        hostile.connection.send(json.dumps([ref, ref, "phoenix", "heartbeat", {}]))
        assert hostile.receive()[:2] == (ref, ref)


def test_a_topic_that_is_no_text_in_a_binary_frame_is_unmatched(
    open_socket: OpenSocket, bystander: Socket
) -> None:
    hostile = open_socket()
    frame = bytes([3, 0, 1, 10, 1, 0, 1]) + b"7realtime:\xfce{}"
    hostile.connection.send(frame)
    assert hostile.expect_reply("7", "error") == {"reason": "unmatched topic"}


def test_an_event_that_is_no_text_goes_to_others_as_it_is(
    open_socket: OpenSocket, topic: str
) -> None:
    # supabase-js writes one byte for each character, whatever it is.
    sending, receiving = open_socket(), open_socket()
    for socket in (sending, receiving):
        socket.join(topic)
    full = f"realtime:{topic}".encode()
    sending.connection.send(bytes([3, 0, 0, len(full), 1, 0, 0]) + full + b"\xfc" + b"data")
    received = receiving.connection.recv()
    assert received == bytes([4, len(full), 1, 0, 0]) + full + b"\xfc" + b"data"


@pytest.mark.parametrize("size", [2_900_000, 3_100_000])
def test_a_frame_over_three_megabytes_ends_the_connection(
    open_socket: OpenSocket, bystander: Socket, topic: str, size: int
) -> None:
    hostile = open_socket()
    hostile.join(topic, broadcast={"ack": True})
    payload = {"event": "big", "payload": {"x": "x" * size}}
    if size < 3_000_000:
        hostile.expect_reply(hostile.send(topic, "broadcast", payload))
        assert bystander.expect("broadcast").payload["event"] == "big"
    else:
        with suppress(ConnectionClosed):
            hostile.send(topic, "broadcast", payload)
        assert hostile.expect_end()[0] in TOO_BIG
        bystander.expect_nothing()


def test_fragments_count_together(open_socket: OpenSocket, bystander: Socket) -> None:
    hostile = open_socket()
    with suppress(ConnectionClosed):
        hostile.connection.send("x" * 100_000 for _ in range(40))
    assert hostile.expect_end()[0] in TOO_BIG


def test_what_is_no_handshake_is_refused(api: Api, bystander: Socket) -> None:
    url = f"{api.url}/realtime/v1/websocket?apikey={api.publishable_key}"
    assert httpx.get(url).status_code in (404, 426)
    assert httpx.post(url).status_code in (404, 405, 426)
    half = {"connection": "upgrade", "upgrade": "websocket"}
    assert httpx.get(url, headers=half).status_code == 400
    for noise in (b"\x16\x03\x01\x02\x00\x01\x00", b"GET / HTTP/9.9\r\n\r\n", os.urandom(2000)):
        host, port = api.url.removeprefix("http://").split(":")
        with sockets_of_the_system.create_connection((host, int(port)), timeout=5) as raw:
            raw.sendall(noise)


def gateway_of(url: str) -> psutil.Process:
    """The process that listens at a URL."""
    [pid] = {each.pid for each in psutil.net_connections("tcp") if is_at(each, url, "LISTEN")}
    return psutil.Process(pid)


def is_at(connection: Any, url: str, status: str) -> bool:
    """Whether a connection is one of the gateway at a URL."""
    port = int(url.rpartition(":")[2])
    return bool(connection.status == status and connection.laddr.port == port)


def await_clients(url: str, number: int) -> None:
    """Wait until so many clients are connected."""
    deadline = time.monotonic() + 5
    gateway = gateway_of(url)
    while number != sum(is_at(each, url, "ESTABLISHED") for each in gateway.net_connections()):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_who_never_reads_is_cut_and_memory_stays_small(
    api: Api, tmp_path: Path, topic: str
) -> None:
    with (
        running_gateway(api, tmp_path) as url,
        opened_socket(api, url=url) as sending,
        opened_socket(api, url=url) as reading,
        opened_socket(api, url=url, max_queue=1) as deaf,
    ):
        for socket in (sending, reading, deaf):
            socket.join(topic, broadcast={"ack": socket is sending})
        await_clients(url, 3)
        gateway = gateway_of(url)
        before, most = gateway.memory_info().rss, 0
        payload = {"event": "big", "payload": {"x": "x" * 1_000_000}}
        for _ in range(150):
            sending.expect_reply(sending.send(topic, "broadcast", payload))
            reading.expect("broadcast")
            most = max(most, gateway.memory_info().rss)

        assert most - before < 60 << 20
        await_clients(url, 2)  # it was not only asked to go
        sending.send(topic, "broadcast", payload)
        reading.expect("broadcast")


def is_cut_while_asking(deaf: Socket) -> bool:
    """Whether the connection of a client that goes on asking ends."""
    try:
        for _ in range(1000):
            deaf.send("phoenix", "heartbeat", {}, ref="x" * 100_000)
    except ConnectionClosed:
        return True
    return False


def test_who_asks_and_never_reads_the_answers_is_cut(
    api: Api, bystander: Socket, topic: str
) -> None:
    with opened_socket(api, max_queue=1) as deaf:
        assert is_cut_while_asking(deaf)


def test_who_breaks_the_protocol_and_never_reads_is_cut_too(api: Api, tmp_path: Path) -> None:
    with running_gateway(api, tmp_path) as url, opened_socket(api, url=url, max_queue=1) as deaf:
        for _ in range(60):
            deaf.send("phoenix", "heartbeat", {}, ref="x" * 100_000)
        await_clients(url, 1)
        deaf.connection.send("garbage")
        await_clients(url, 0)


def test_a_gateway_that_stops_waits_for_nobody(api: Api, tmp_path: Path, topic: str) -> None:
    with ExitStack() as opened:
        with running_gateway(api, tmp_path) as url:
            idle = opened.enter_context(opened_socket(api, url=url))
            deaf = opened.enter_context(opened_socket(api, url=url, max_queue=1))
            idle.join(topic)
            for _ in range(60):
                deaf.send("phoenix", "heartbeat", {}, ref="x" * 100_000)
            gateway = gateway_of(url)
            began = time.monotonic()
            gateway.terminate()
            assert idle.expect_end()[0] == 1012
            gateway.wait(10)
        assert time.monotonic() - began < 8
