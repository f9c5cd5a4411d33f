"""Presence: who is there, what changed, and who may tell."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from fix_realtime import MakeToken, OpenSocket
from sockets import BOTH, Row, Socket

ON = {"enabled": True}


def track(socket: Socket, topic: str, **payload: Any) -> Row:
    """Tell something of oneself, take the reply, and return the diff that follows it."""
    pushed = {"type": "presence", "event": "track", "payload": payload}
    socket.expect_reply(socket.send(topic, "presence", pushed))
    return socket.expect("presence_diff").payload


def untrack(socket: Socket, topic: str) -> Row:
    """Take back what one has told, and return the diff."""
    socket.expect_reply(socket.send(topic, "presence", {"type": "presence", "event": "untrack"}))
    return socket.expect("presence_diff").payload


def told(state: Row) -> Row:
    """What is told under each key, without the marks of presence."""
    return {
        key: [
            {k: v for k, v in meta.items() if not k.startswith("phx_")} for meta in value["metas"]
        ]
        for key, value in state.items()
    }


def join(socket: Socket, topic: str, key: str = "", **config: Any) -> Row:
    """Join with presence, and return what is there already."""
    socket.join(topic, presence={"key": key, "enabled": True}, **config)
    return socket.expect("presence_state").payload


@pytest.mark.parametrize("version", BOTH)
def test_two_clients_see_each_other_come_change_and_go(
    open_socket: OpenSocket, topic: str, version: str
) -> None:
    ann, bob = open_socket(version), open_socket(version)
    assert join(ann, topic, "ann") == {}
    diff = track(ann, topic, status="here")
    assert (told(diff["joins"]), diff["leaves"]) == ({"ann": [{"status": "here"}]}, {})
    first = diff["joins"]["ann"]["metas"][0]

    state = join(bob, topic, "bob")
    assert state == {"ann": {"metas": [first]}}
    joined = track(bob, topic, status="new")
    assert ann.expect("presence_diff").payload == joined

    changed = track(ann, topic, status="away")
    second = changed["joins"]["ann"]["metas"][0]
    assert changed["leaves"] == {"ann": {"metas": [first]}}
    assert (second["status"], second["phx_ref_prev"]) == ("away", first["phx_ref"])
    assert second["phx_ref"] != first["phx_ref"]
    assert bob.expect("presence_diff").payload == changed

    bob.connection.close()
    gone = ann.expect("presence_diff").payload
    assert (gone["joins"], told(gone["leaves"])) == ({}, {"bob": [{"status": "new"}]})


def test_who_tells_the_same_again_is_not_told_about(open_socket: OpenSocket, topic: str) -> None:
    socket = open_socket()
    join(socket, topic)
    track(socket, topic, status="here")
    again = {"type": "presence", "event": "track", "payload": {"status": "here"}}
    socket.expect_reply(socket.send(topic, "presence", again))
    socket.expect_nothing()


def test_what_is_taken_back_is_gone(open_socket: OpenSocket, topic: str) -> None:
    socket, other = open_socket(), open_socket()
    join(socket, topic, "me")
    track(socket, topic, n=1)
    assert told(untrack(socket, topic)["leaves"]) == {"me": [{"n": 1}]}
    assert join(other, topic) == {}
    again = track(socket, topic, n=1)["joins"]["me"]["metas"][0]
    assert "phx_ref_prev" not in again


def test_who_leaves_a_topic_is_gone_from_it(open_socket: OpenSocket, topic: str) -> None:
    socket, other = open_socket(), open_socket()
    join(socket, topic, "me")
    join(other, topic, "other")
    track(socket, topic, n=1)
    other.expect("presence_diff")
    socket.send(topic, "phx_leave", {})
    assert told(other.expect("presence_diff").payload["leaves"]) == {"me": [{"n": 1}]}


def test_two_devices_of_one_key_are_two_metas(open_socket: OpenSocket, topic: str) -> None:
    phone, desk, other = open_socket(), open_socket(), open_socket()
    join(phone, topic, "me")
    track(phone, topic, on="phone")
    join(desk, topic, "me")
    track(desk, topic, on="desk")
    assert told(join(other, topic)) == {"me": [{"on": "phone"}, {"on": "desk"}]}
    phone.connection.close()
    gone = other.expect("presence_diff").payload
    assert told(gone["leaves"]) == {"me": [{"on": "phone"}]}


def test_without_a_key_each_client_gets_one(open_socket: OpenSocket, topic: str) -> None:
    sockets = [open_socket(), open_socket()]
    keys: set[str] = set()
    for socket in sockets:
        join(socket, topic)
        keys |= track(socket, topic, n=1)["joins"].keys()
    assert len(keys) == 2
    assert all(len(key) == 36 for key in keys)


def test_what_is_told_may_not_forge_the_marks(open_socket: OpenSocket, topic: str) -> None:
    socket = open_socket()
    join(socket, topic, "me")
    meta = track(socket, topic, phx_ref="mine")["joins"]["me"]["metas"][0]
    assert meta["phx_ref"] != "mine"


@pytest.mark.parametrize("payload", ["text", 7, [], None])
def test_only_an_object_can_be_told(open_socket: OpenSocket, topic: str, payload: Any) -> None:
    socket = open_socket()
    join(socket, topic)
    ref = socket.send(topic, "presence", {"event": "track", "payload": payload})
    reason = {"reason": "Presence track payload must be a map"}
    assert socket.expect_reply(ref, "error") == reason


@pytest.mark.parametrize("event", ["tracks", "", None, ["track"], {}])
def test_an_event_that_presence_does_not_know_is_refused(
    open_socket: OpenSocket, topic: str, event: Any
) -> None:
    socket = open_socket()
    join(socket, topic)
    ref = socket.send(topic, "presence", {"event": event, "payload": {}})
    assert socket.expect_reply(ref, "error") == {}


def test_who_may_not_write_presence_is_refused(
    policies: None, open_socket: OpenSocket, make_token: MakeToken
) -> None:
    topic, reads = f"test:claims:{uuid4()}", ["broadcast", "presence"]
    silent, seen = open_socket(), open_socket()
    join(silent, topic, private=True, token=make_token(reads=reads, writes=["broadcast"]))
    join(seen, topic, "seen", private=True, token=make_token(reads=reads, writes=["presence"]))
    ref = silent.send(topic, "presence", {"event": "track", "payload": {}})
    silent.expect_reply(ref, "error")
    seen.expect_nothing()
    joined = track(seen, topic, n=1)
    assert silent.expect("presence_diff").payload == joined  # control


def test_who_may_not_read_presence_is_told_nothing(
    policies: None, open_socket: OpenSocket, make_token: MakeToken
) -> None:
    topic, both = f"test:claims:{uuid4()}", ["broadcast", "presence"]
    blind, seen = open_socket(), open_socket()
    join(seen, topic, "seen", private=True, token=make_token(reads=both, writes=both))
    track(seen, topic, n=1)
    blind.join(topic, private=True, presence=ON, token=make_token(reads=["broadcast"]))
    track(seen, topic, n=2)
    blind.expect_nothing()


def test_presence_of_a_public_and_of_a_private_topic_are_two(
    policies: None, open_socket: OpenSocket, make_token: MakeToken, topic: str
) -> None:
    private, public = open_socket(), open_socket()
    join(private, topic, private=True, token=make_token())
    track(private, topic, n=1)
    assert join(public, topic) == {}
