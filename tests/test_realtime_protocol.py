"""The frames of both protocols: joining, leaving, heartbeats, and broadcasts between clients."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from fix_realtime import MakeToken, OpenSocket
from gateways import Api
from sockets import BOTH, Message, Row

JOINED: Row = {"postgres_changes": []}
CROSSED = [("1.0.0", "1.0.0"), ("1.0.0", "2.0.0"), ("2.0.0", "1.0.0"), ("2.0.0", "2.0.0")]


def hello(**payload: Any) -> dict[str, Any]:
    """What a client pushes to broadcast an event named hello."""
    return {"type": "broadcast", "event": "hello", "payload": payload}


@pytest.mark.parametrize("version", BOTH)
def test_a_heartbeat_is_answered(open_socket: OpenSocket, version: str) -> None:
    socket = open_socket(version)
    assert socket.expect_reply(socket.send("phoenix", "heartbeat", {}, ref="7")) == {}


@pytest.mark.parametrize("version", BOTH)
def test_a_client_joins_hears_and_leaves(open_socket: OpenSocket, topic: str, version: str) -> None:
    socket, other = open_socket(version), open_socket(version)
    assert socket.join(topic) == JOINED
    other.join(topic)
    other.send(topic, "broadcast", hello(n=1))
    assert socket.expect("broadcast").payload == hello(n=1)

    assert socket.expect_reply(socket.send(topic, "phx_leave", {})) == {}
    closed = socket.expect("phx_close")
    assert closed.topic == f"realtime:{topic}"
    other.send(topic, "broadcast", hello(n=2))
    other.expect_nothing()
    socket.expect_nothing()


def test_replies_and_messages_carry_the_refs_that_clients_wait_for(
    open_socket: OpenSocket, topic: str
) -> None:
    old, new = open_socket("1.0.0"), open_socket("2.0.0")
    ref = new.ask_to_join(topic, presence={"enabled": True})
    full = f"realtime:{topic}"
    reply = {"status": "ok", "response": JOINED}
    assert new.receive() == Message(ref, ref, full, "phx_reply", reply)
    assert new.receive() == Message(ref, None, full, "presence_state", {})
    old.join(topic)
    old.send(topic, "broadcast", hello())
    assert new.receive() == Message(None, None, full, "broadcast", hello())
    new.send(topic, "phx_leave", {}, ref="99")
    assert new.receive() == Message("99", "99", full, "phx_reply", {"status": "ok", "response": {}})
    assert new.receive() == Message(ref, ref, full, "phx_close", {})


@pytest.mark.parametrize(("sender", "receiver"), CROSSED)
def test_a_broadcast_reaches_clients_of_both_protocols(
    open_socket: OpenSocket, topic: str, sender: str, receiver: str
) -> None:
    sending, receiving = open_socket(sender), open_socket(receiver)
    sending.join(topic)
    receiving.join(topic)
    content = {"text": "Zoë 😀", "number": 1.5, "none": None, "list": [[], {}]}
    sending.send(topic, "broadcast", hello(**content))
    assert receiving.expect("broadcast").payload == hello(**content)
    sending.expect_nothing()


@pytest.mark.parametrize("receiver", BOTH)
def test_a_broadcast_that_supabase_js_sends_as_a_binary_frame_is_read(
    open_socket: OpenSocket, topic: str, receiver: str
) -> None:
    sending, receiving = open_socket("2.0.0"), open_socket(receiver)
    sending.join(topic)
    receiving.join(topic)
    sending.send_binary(topic, "hello", b'{"n": 1}', is_json=True)
    assert receiving.expect("broadcast").payload == hello(n=1)


def test_a_binary_payload_reaches_only_the_protocol_that_has_such(
    open_socket: OpenSocket, topic: str
) -> None:
    sending, new, old = open_socket(), open_socket("2.0.0"), open_socket("1.0.0")
    for socket in (sending, new, old):
        socket.join(topic)
    sending.send_binary(topic, "hello", b"\x00\xff", is_json=False)
    assert new.expect("broadcast").payload["payload"] == b"\x00\xff"
    old.expect_nothing()


@pytest.mark.parametrize("version", BOTH)
@pytest.mark.parametrize("truth", [True, "true"])
def test_a_sender_hears_itself_and_is_told_that_it_was_heard_if_it_asks(
    open_socket: OpenSocket, topic: str, version: str, *, truth: bool | str
) -> None:
    socket = open_socket(version)
    socket.join(topic, broadcast={"self": truth, "ack": truth})
    ref = socket.send(topic, "broadcast", hello(n=1))
    assert socket.expect("broadcast").payload == hello(n=1)
    assert socket.expect_reply(ref) == {}


def test_who_joins_again_has_one_channel(open_socket: OpenSocket, topic: str) -> None:
    socket, other = open_socket(), open_socket()
    other.join(topic)
    socket.join(topic)
    socket.join(topic, broadcast={"ack": True})
    other.send(topic, "broadcast", hello(n=1))
    socket.expect("broadcast")
    socket.expect_nothing()
    socket.expect_reply(socket.send(topic, "broadcast", hello()))


def test_who_is_gone_is_forgotten(open_socket: OpenSocket, topic: str) -> None:
    socket, other = open_socket(), open_socket()
    socket.join(topic)
    other.join(topic)
    socket.connection.close()
    other.send(topic, "broadcast", hello())
    other.expect_nothing()


@pytest.mark.parametrize("version", BOTH)
def test_a_topic_that_was_not_joined_is_unmatched(
    open_socket: OpenSocket, topic: str, version: str
) -> None:
    socket = open_socket(version)
    unmatched = {"reason": "unmatched topic"}
    assert socket.expect_reply(socket.send(topic, "broadcast", hello()), "error") == unmatched
    assert socket.expect_reply(socket.send("phoenix", "phx_join", {}), "error") == unmatched
    assert socket.expect_reply(socket.send(topic, "phx_leave", {})) == {}


def test_a_topic_needs_a_name(open_socket: OpenSocket) -> None:
    reason = "TopicNameRequired: You must provide a topic name"
    assert open_socket().refusal("") == reason


def test_a_client_has_a_hundred_channels_and_no_more(open_socket: OpenSocket, topic: str) -> None:
    socket = open_socket()
    for number in range(100):
        socket.join(f"{topic}:{number}")
    reason = "ChannelRateLimitReached: Too many channels"
    assert socket.refusal(f"{topic}:100") == reason
    socket.join(f"{topic}:7")  # again
    socket.send(f"{topic}:8", "phx_leave", {})
    socket.expect("phx_reply")
    socket.expect("phx_close")
    socket.join(f"{topic}:100")


@pytest.mark.parametrize("version", BOTH)
def test_changes_of_tables_are_refused_clearly_and_the_rest_works(
    open_socket: OpenSocket, topic: str, version: str
) -> None:
    wanted = [{"event": "*", "schema": "public", "table": "customers"}]
    socket, other = open_socket(version), open_socket(version)
    other.join(topic)
    joined = socket.join(topic, postgres_changes=wanted)
    assert joined == {"postgres_changes": [{**wanted[0], "id": 1}]}
    assert socket.expect("system").payload == {
        "extension": "postgres_changes",
        "status": "error",
        "message": "postgres_changes is not available here: "
        "subscribe to what the database broadcasts",
        "channel": topic,
    }
    other.send(topic, "broadcast", hello())
    socket.expect("broadcast")


def test_replay_is_refused_rather_than_forgotten(open_socket: OpenSocket, topic: str) -> None:
    reason = "UnableToReplayMessages: Realtime was unable to replay messages"
    assert open_socket().refusal(topic, broadcast={"replay": {"since": 0}}) == reason


def test_who_asks_is_told_that_the_database_is_heard(open_socket: OpenSocket, topic: str) -> None:
    socket = open_socket("1.0.0")
    socket.join(topic, broadcast={"replication_ready": True})
    assert socket.expect("system").payload == {
        "extension": "system",
        "status": "ok",
        "message": "Replication connection established",
        "channel": topic,
    }


def post(api: Api, path: str, body: Any, *, token: str = "", **query: str) -> httpx.Response:
    """Post to Realtime with the publishable key and perhaps a user's token."""
    headers = {"apikey": api.publishable_key}
    if token:
        headers["authorization"] = f"Bearer {token}"
    url = f"{api.url}/realtime/v1{path}"
    return httpx.post(url, headers=headers, json=body, params=query, timeout=30)


def test_messages_are_sent_by_http(api: Api, open_socket: OpenSocket, topic: str) -> None:
    sockets = [open_socket(version) for version in BOTH]
    for socket in sockets:
        socket.join(topic)
    messages = [{"topic": topic, "event": "hello", "payload": {"n": n}} for n in range(3)]
    response = post(api, "/api/broadcast", {"messages": messages})
    assert (response.status_code, response.content) == (202, b"")
    for socket in sockets:
        assert [socket.expect("broadcast").payload["payload"]["n"] for _ in range(3)] == [0, 1, 2]


def test_one_message_is_sent_by_http(api: Api, open_socket: OpenSocket, topic: str) -> None:
    socket, name = open_socket(), f"{topic}/with a slash"
    socket.join(name)
    path = f"/api/broadcast/{name.replace('/', '%2F')}/events/hello"
    assert post(api, path, {"n": 1}).status_code == 202
    assert socket.expect("broadcast").payload == hello(n=1)


@pytest.mark.parametrize(
    "messages",
    [
        None,
        "x",
        [1],
        [{}],
        [{"topic": "t", "event": "e"}],
        [{"topic": 1, "event": "e", "payload": {}}],
    ],
)
def test_a_message_without_its_parts_is_not_sent(api: Api, messages: Any) -> None:
    response = post(api, "/api/broadcast", {"messages": messages})
    assert response.status_code == 422
    assert response.json()["errors"]["messages"]


def test_a_private_message_is_sent_by_http_to_a_topic_that_one_may_write(
    api: Api, policies: None, open_socket: OpenSocket, make_token: MakeToken, topic: str
) -> None:
    token = make_token()
    closed = topic.replace("open", "read")
    socket, public = open_socket(), open_socket()
    for name in (topic, closed):
        socket.join(name, private=True, token=token)
        public.join(name)

    def send(name: str) -> list[int]:
        message = {"topic": name, "event": "hello", "payload": {}, "private": True}
        return [
            post(api, "/api/broadcast", {"messages": [message]}, token=token).status_code,
            post(
                api, f"/api/broadcast/{name}/events/hello", {}, token=token, private="true"
            ).status_code,
        ]

    assert send(closed) == [202, 403]
    socket.expect_nothing()
    assert send(topic) == [202, 202]
    assert [socket.expect("broadcast").topic for _ in range(2)] == [f"realtime:{topic}"] * 2
    public.expect_nothing()
    message = {"topic": topic, "event": "hello", "payload": {}, "private": True}
    assert post(api, "/api/broadcast", {"messages": [message]}).status_code == 202  # as anon
    socket.expect_nothing()
