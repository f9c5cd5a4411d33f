"""Who may use a channel: keys, tokens, and the policies on realtime.messages."""

from __future__ import annotations

import base64
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import psycopg
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from fix_realtime import MakeToken, OpenSocket
from gateways import Api, Row, running_gateway
from sockets import BOTH, Socket, address

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"
NO_SIGNER = "Failed to generate JWT signer, check your JWT secret or JWKS configuration"
HELLO = {"type": "broadcast", "event": "hello", "payload": {}}


@pytest.fixture(autouse=True)
def _policies(policies: None) -> None:
    """Every test here asks policies."""


def unauthorized(topic: str) -> str:
    """How hosted refuses somebody who may not read a topic."""
    return f"Unauthorized: You do not have permissions to read from this Channel topic: {topic}"


def expect_stop(socket: Socket, topic: str, message: str) -> None:
    """See that a channel is stopped with this message."""
    told = {"extension": "system", "status": "error", "message": message, "channel": topic}
    assert socket.expect("system").payload == told
    assert socket.expect("phx_close").topic == f"realtime:{topic}"


@pytest.mark.parametrize(
    ("key", "agent", "message"),
    [
        ("", "", "No API key found in request"),
        ("sb_publishable_wrong", "", "Invalid API key"),
        ("{user}", "", "Invalid API key"),
        ("{forged}", "", "Invalid API key"),
        ("{unsigned}", "", "Invalid API key"),
        ("{expired}", "", "Invalid API key"),
        ("{secret}", BROWSER, "Forbidden use of secret API key in browser"),
    ],
)
def test_a_connection_needs_a_key_that_is_good(
    api: Api, make_token: MakeToken, key: str, agent: str, message: str
) -> None:
    service = {"role": "service_role", "exp": time.time() + 60}
    filled = key.format(
        secret=api.secret_key,
        user=make_token(),
        forged=jwt.encode(service, "another secret of more than 32 bytes"),
        unsigned=jwt.encode(service, "", algorithm="none"),
        expired=make_token(role="service_role", exp=1),
    )
    with pytest.raises(InvalidStatus) as refused:
        connect(address(api.url, apikey=filled, vsn="2.0.0"), user_agent_header=agent or None)
    assert refused.value.response.status_code == 401
    assert json.loads(refused.value.response.body or b"")["message"] == message


def test_a_browser_connects_with_the_publishable_key(api: Api) -> None:
    where = address(api.url, apikey=api.publishable_key)
    with connect(where, user_agent_header=BROWSER) as connection:
        Socket(connection, "1.0.0").expect_nothing()


def test_a_version_that_nobody_speaks_is_refused(api: Api) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(address(api.url, apikey=api.publishable_key, vsn="3.0.0"))
    assert refused.value.response.status_code == 403


def test_a_channel_of_a_key_outlives_the_token_that_the_key_is_swapped_for(
    open_socket: OpenSocket, topic: str
) -> None:
    socket = open_socket()
    socket.join(topic)
    # A REST request's token lives for a minute; here the test would see a stop at once.
    socket.send(topic, "access_token", {"access_token": "sb_publishable_whatever"})
    socket.send(topic, "access_token", {"access_token": None})
    socket.expect_nothing()


@pytest.mark.parametrize("version", BOTH)
def test_policies_decide_who_reads(
    open_socket: OpenSocket, make_token: MakeToken, topic: str, version: str
) -> None:
    me, other = str(uuid4()), str(uuid4())
    mine = f"test:own:{me}"
    socket = open_socket(version)
    socket.join(topic, private=True, token=make_token())
    socket.join(mine, private="true", token=make_token(sub=me))
    assert socket.refusal(f"{mine}:x", private=True, token=make_token(sub=other)) == unauthorized(
        f"{mine}:x"
    )
    assert socket.refusal("test:no", private=True, token=make_token()) == unauthorized("test:no")
    # Without a token of its own a channel is the key's: anon, whom no policy names.
    assert socket.refusal(f"{topic}:x", private=True) == unauthorized(f"{topic}:x")


def test_the_service_role_reads_everything(api: Api, open_socket: OpenSocket) -> None:
    open_socket(key=api.secret_key).join("test:no", private=True)


@pytest.mark.parametrize(
    "hostile",
    ["test:raising", "test:open:\x00", "test:'; drop table realtime.messages; --", "x" * 20_000],
)
def test_a_topic_that_policies_or_the_database_choke_on_is_unauthorized(
    open_socket: OpenSocket, make_token: MakeToken, hostile: str
) -> None:
    refusal = open_socket().refusal(hostile, private=True, token=make_token())
    assert refusal == unauthorized(hostile)


def test_policies_see_the_headers_of_the_connection(api: Api, make_token: MakeToken) -> None:
    where = address(api.url, apikey=api.publishable_key, vsn="2.0.0")
    with (
        connect(where, additional_headers={"X-Probe": "yes"}) as with_header,
        connect(where) as without,
    ):
        Socket(with_header, "2.0.0").join("test:headers", private=True, token=make_token())
        Socket(without, "2.0.0").refusal("test:headers", private=True, token=make_token())


def test_probes_leave_nothing_behind(
    open_socket: OpenSocket, make_token: MakeToken, database: psycopg.Connection[Row], topic: str
) -> None:
    socket = open_socket()
    socket.join(topic, private=True, token=make_token(), broadcast={"ack": True, "self": True})
    ref = socket.send(topic, "broadcast", HELLO)
    socket.expect("broadcast")  # and no probe before it
    socket.expect_reply(ref)
    query = "select count(*) as n from realtime.messages where topic = %s"
    [row] = database.execute(query, (topic,)).fetchall()
    assert row["n"] == 0


@pytest.mark.parametrize(
    ("role", "claims"),
    [
        ("postgres", {}),
        ("supabase_realtime_admin", {}),
        ("none", {}),
        ("nobody", {}),
        (7, {}),
        (["authenticated"], {}),
        ("authenticated", {"sub": "no uuid"}),
    ],
)
def test_a_role_or_subject_that_is_no_callers_reads_nothing(
    open_socket: OpenSocket, make_token: MakeToken, role: Any, claims: dict[str, Any]
) -> None:
    topic = "test:own:"
    token = make_token(role=role, **claims)
    assert open_socket().refusal(topic, private=True, token=token) == unauthorized(topic)


def bad_token(api: Api, kind: str) -> str:
    """A token that is no good, in one of several ways."""
    claims = {"role": "authenticated", "exp": int(time.time()) + 60}
    deep = base64.urlsafe_b64encode(b"[" * 100_000).decode()
    return {
        "expired": jwt.encode({**claims, "exp": int(time.time()) - 30}, api.jwt_secret),
        "forged": jwt.encode(claims, "another secret of more than 32 bytes"),
        "unsigned": jwt.encode(claims, "", algorithm="none"),
        "stronger": jwt.encode(claims, api.jwt_secret * 2, algorithm="HS512"),
        "without role": jwt.encode({"exp": claims["exp"]}, api.jwt_secret),
        "without end": jwt.encode({"role": "authenticated"}, api.jwt_secret),
        "no token": "Zoë 😀",
        "empty": "",
        "deep": f"{deep}.{deep}.x",
    }[kind]


@pytest.mark.parametrize("private", [True, False])
@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("expired", "InvalidJWTToken: Token has expired {n} seconds ago"),
        ("forged", "JwtSignatureError: Failed to validate JWT signature"),
        ("unsigned", f"JwtSignerError: {NO_SIGNER}"),
        ("stronger", f"JwtSignerError: {NO_SIGNER}"),
        ("without role", "InvalidJWTToken: Fields `role` and `exp` are required in JWT"),
        ("without end", "InvalidJWTToken: Fields `role` and `exp` are required in JWT"),
        ("no token", "MalformedJWT: The token provided is not a valid JWT"),
        ("empty", "MalformedJWT: The token provided is not a valid JWT"),
        ("deep", "MalformedJWT: The token provided is not a valid JWT"),
    ],
)
def test_a_bad_token_is_refused_as_hosted_refuses_it(
    api: Api, open_socket: OpenSocket, topic: str, kind: str, reason: str, *, private: bool
) -> None:
    socket = open_socket()
    refusal = socket.refusal(topic, private=private, token=bad_token(api, kind))
    assert refusal in {reason.format(n=seconds) for seconds in (30, 31, 32)}
    socket.expect_nothing()


@pytest.mark.parametrize("kind", ["expired", "forged", "unsigned", "no token"])
def test_a_bad_token_stops_a_channel_that_it_is_given_to(
    api: Api, open_socket: OpenSocket, make_token: MakeToken, topic: str, kind: str
) -> None:
    socket = open_socket()
    socket.join(topic, private=True, token=make_token())
    socket.send(topic, "access_token", {"access_token": bad_token(api, kind)})
    assert socket.expect("system").payload["status"] == "error"
    socket.expect("phx_close")
    socket.expect_nothing()


@pytest.mark.parametrize("version", BOTH)
def test_a_channel_is_cut_when_its_token_expires(
    open_socket: OpenSocket, make_token: MakeToken, topic: str, version: str
) -> None:
    socket, other = open_socket(version), open_socket(version)
    expiry = int(time.time()) + 2
    socket.join(topic, private=True, token=make_token(exp=expiry))
    other.join(topic, private=True, token=make_token())
    expect_stop(socket, topic, "Token has expired 0 seconds ago")
    assert time.time() >= expiry
    other.send(topic, "broadcast", HELLO)
    other.expect_nothing()
    socket.expect_nothing()


def test_a_new_token_lets_a_channel_live_on(
    open_socket: OpenSocket, make_token: MakeToken, topic: str
) -> None:
    socket, other = open_socket(), open_socket()
    expiry = int(time.time()) + 2
    socket.join(topic, private=True, token=make_token(exp=expiry))
    other.join(topic, private=True, token=make_token())
    socket.send(topic, "access_token", {"access_token": make_token()})
    socket.expect_nothing()
    time.sleep(expiry + 0.5 - time.time())
    other.send(topic, "broadcast", HELLO)
    socket.expect("broadcast")


def test_a_new_token_that_may_not_read_stops_the_channel(
    open_socket: OpenSocket, make_token: MakeToken
) -> None:
    me = str(uuid4())
    socket, topic = open_socket(), f"test:own:{me}"
    socket.join(topic, private=True, token=make_token(sub=me))
    socket.send(topic, "access_token", {"access_token": make_token()})
    lost = f"You no longer have permission to read from this Channel topic: {topic}"
    expect_stop(socket, topic, lost)
    socket.expect_nothing()


def test_the_loss_of_one_right_to_read_stops_the_channel_too(
    open_socket: OpenSocket, make_token: MakeToken
) -> None:
    socket, topic = open_socket(), f"test:claims:{uuid4()}"
    both, one = ["broadcast", "presence"], ["broadcast"]
    enabled = {"enabled": True}
    socket.join(topic, private=True, presence=enabled, token=make_token(reads=both))
    socket.expect("presence_state")
    socket.send(topic, "access_token", {"access_token": make_token(reads=[*both, "more"])})
    socket.expect_nothing()
    socket.send(topic, "access_token", {"access_token": make_token(reads=one)})
    lost = f"You no longer have permission to read from this Channel topic: {topic}"
    expect_stop(socket, topic, lost)


def test_who_may_not_write_is_dropped_without_a_word(
    open_socket: OpenSocket, make_token: MakeToken
) -> None:
    socket, other, topic = open_socket(), open_socket(), f"test:claims:{uuid4()}"
    config = {"private": True, "broadcast": {"ack": True}}
    reads = ["broadcast"]
    other.join(topic, private=True, token=make_token(reads=reads))
    socket.join(topic, **config, token=make_token(reads=reads, writes=["presence"]))
    socket.send(topic, "broadcast", HELLO)
    socket.expect_nothing()
    other.expect_nothing()

    # Until a token comes that may.
    allowed = make_token(reads=reads, writes=["broadcast"])
    socket.send(topic, "access_token", {"access_token": allowed})
    socket.expect_reply(socket.send(topic, "broadcast", HELLO))
    other.expect("broadcast")


def test_who_may_read_presence_alone_joins_and_hears_no_broadcast(
    open_socket: OpenSocket, make_token: MakeToken
) -> None:
    socket, other, topic = open_socket(), open_socket(), f"test:claims:{uuid4()}"
    only = make_token(reads=["presence"])
    both = make_token(reads=["broadcast"], writes=["broadcast"])
    assert socket.refusal(topic, private=True, token=only) == unauthorized(topic)
    socket.join(topic, private=True, presence={"enabled": True}, token=only)
    socket.expect("presence_state")
    other.join(topic, private=True, broadcast={"self": True}, token=both)
    other.send(topic, "broadcast", HELLO)
    other.expect("broadcast")
    socket.expect_nothing()


def test_a_private_and_a_public_channel_of_one_name_are_two(
    open_socket: OpenSocket, make_token: MakeToken, topic: str
) -> None:
    private, public = open_socket(), open_socket()
    private.join(topic, private=True, broadcast={"ack": True}, token=make_token())
    public.join(topic, broadcast={"ack": True})
    private.expect_reply(private.send(topic, "broadcast", HELLO))
    public.expect_nothing()
    public.expect_reply(public.send(topic, "broadcast", HELLO))
    private.expect_nothing()


def test_without_a_database_private_channels_are_refused_and_public_ones_work(
    api: Api, open_socket: OpenSocket, make_token: MakeToken, tmp_path: Path, topic: str
) -> None:
    nowhere = "postgresql://supabase_realtime_admin@127.0.0.1:9/postgres"
    with running_gateway(api, tmp_path, realtime_db_url=nowhere) as url:
        socket = open_socket(url=url)
        reason = "UnableToConnectToProject: Realtime was unable to connect to the project database"
        assert socket.refusal(topic, private=True, token=make_token()) == reason
        socket.join(topic, broadcast={"self": True})
        socket.send(topic, "broadcast", HELLO)
        socket.expect("broadcast")
        socket.connection.close()
    log = (tmp_path / "gateway.log").read_text(encoding="utf-8")
    assert "Realtime does not hear the database" in log


def test_a_missing_partition_is_named(
    api: Api, open_socket: OpenSocket, make_token: MakeToken, database: psycopg.Connection[Row]
) -> None:
    today = datetime.now(UTC).date()
    name = f"realtime.messages_{today:%Y_%m_%d}"
    bounds = f"for values from ('{today}') to ('{today + timedelta(days=1)}')"
    database.execute(f"alter table realtime.messages detach partition {name}")
    try:
        refusal = open_socket().refusal("test:open:x", private=True, token=make_token())
    finally:
        database.execute(f"alter table realtime.messages attach partition {name} {bounds}")
    reason = "MissingPartition: Realtime was unable to find the expected messages partition"
    assert refusal == reason


def test_a_log_holds_no_keys_and_no_tokens(
    api: Api, open_socket: OpenSocket, make_token: MakeToken, tmp_path: Path, topic: str
) -> None:
    token, expired = make_token(), make_token(exp=1)
    with running_gateway(api, tmp_path) as url:
        socket = open_socket(url=url, key=api.secret_key)
        socket.join(topic, private=True, token=token)
        socket.refusal(topic, private=True, token=expired)
        socket.connection.send("no frame")
        socket.expect_end()
        with pytest.raises(InvalidStatus):
            connect(address(url, apikey="sb_secret_wrong"))
    log = (tmp_path / "gateway.log").read_text(encoding="utf-8")

    assert log.count("/realtime/v1/websocket") == 2  # control
    for secret in (api.secret_key, "sb_secret_wrong", api.jwt_secret, token, expired):
        assert secret not in log
