"""What the database broadcasts: once for everybody, after the commit, in the order of commits."""

from __future__ import annotations

import asyncio
import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psutil
import psycopg
import pytest
from psycopg.rows import dict_row
from websockets.asyncio.client import connect
from websockets.sync.client import connect as connect_now

from fix_realtime import MakeToken, OpenSocket
from fix_stack import opened_stack
from gateways import Api, Row
from sockets import BOTH, Socket, address, read_frame

SEND = "select realtime.send(jsonb_build_object('n', %s::int), 'change', %s, %s)"
FEEDS = "select pid from pg_stat_activity where usename = 'supabase_realtime_admin'"
IN_ORDER_OF_COMMITS = """
select payload ->> 'n' as n from realtime.messages where topic = %s
order by pg_xact_commit_timestamp(xmin), cmin::text::int
"""

Database = psycopg.Connection[Row]


@pytest.fixture
def writer(api: Api) -> Iterator[Callable[[], psycopg.Connection[Any]]]:
    """Opens connections as postgres, each with a transaction of its own."""
    opened: list[psycopg.Connection[Any]] = []

    def open_one() -> psycopg.Connection[Any]:
        opened.append(psycopg.connect(api.db_url))
        return opened[-1]

    yield open_one
    for connection in opened:
        connection.close()


def numbers(socket: Socket, count: int) -> list[int]:
    """The numbers of the next messages."""
    return [socket.expect("broadcast").payload["payload"]["n"] for _ in range(count)]


def end_feeds(database: Database) -> list[int]:
    """End what listens in the database for the stack's gateway; returns whom it has ended."""
    ended = [row["pid"] for row in database.execute(FEEDS).fetchall()]
    for pid in ended:
        database.execute("select pg_terminate_backend(%s)", (pid,))
    return ended


@pytest.mark.parametrize("version", BOTH)
def test_a_message_arrives_as_it_was_sent(
    open_socket: OpenSocket, database: Database, topic: str, version: str
) -> None:
    socket = open_socket(version)
    socket.join(topic)
    content = '{"price": 1.50, "big": 12345678901234567890.123456, "name": "Zoë \\u0001 😀\\n"}'
    database.execute("select realtime.send(%s::jsonb, 'chänge', %s, false)", (content, topic))
    frame = socket.connection.recv(timeout=10)
    assert isinstance(frame, str)
    assert '"price": 1.50' in frame
    assert "12345678901234567890.123456" in frame
    message = read_frame(frame, version)
    [row] = database.execute(
        "select id::text, payload from realtime.messages where topic = %s", (topic,)
    ).fetchall()
    assert message.topic == f"realtime:{topic}"
    assert message.payload == {
        "type": "broadcast",
        "event": "chänge",
        "payload": row["payload"] | {"big": 12345678901234567890.123456, "price": 1.5},
        "meta": {"id": row["id"]},
    }


def test_private_messages_go_to_private_channels_alone(
    policies: None, open_socket: OpenSocket, make_token: MakeToken, database: Database, topic: str
) -> None:
    private, public = open_socket(), open_socket()
    private.join(topic, private=True, token=make_token())
    public.join(topic)
    database.execute(SEND, (1, topic, True))
    assert numbers(private, 1) == [1]
    public.expect_nothing()
    database.execute(SEND, (2, topic, False))
    assert numbers(public, 1) == [2]
    private.expect_nothing()


def test_changes_of_a_row_are_broadcast_by_a_trigger(
    policies: None,
    open_socket: OpenSocket,
    make_token: MakeToken,
    writer: Callable[[], psycopg.Connection[Any]],
    topic: str,
) -> None:
    socket = open_socket("1.0.0")
    socket.join(topic, private=True, token=make_token())
    connection = writer()
    connection.execute(
        f"""
        create function public.tell() returns trigger language plpgsql security definer as $$
        begin
            perform realtime.broadcast_changes(
                '{topic}', tg_op, tg_op, tg_table_name, tg_table_schema, new, old
            );
            return null;
        end $$;
        create table public.told (id int, said text);
        create trigger tell after insert or update or delete on public.told
        for each row execute function public.tell();
        insert into public.told values (1, 'a');
        update public.told set said = 'b';
        delete from public.told;
        drop table public.told;
        drop function public.tell;
        """
    )
    connection.commit()
    seen = [socket.expect("broadcast").payload for _ in range(3)]
    assert [each["event"] for each in seen] == ["INSERT", "UPDATE", "DELETE"]
    assert [each["payload"]["record"] for each in seen] == [
        {"id": 1, "said": "a"},
        {"id": 1, "said": "b"},
        None,
    ]


def test_a_binary_message_reaches_the_protocol_that_has_such(
    open_socket: OpenSocket, database: Database, topic: str
) -> None:
    new, old = open_socket("2.0.0"), open_socket("1.0.0")
    for socket in (new, old):
        socket.join(topic)
    long = f"{topic}:{'x' * 250}"
    new.join(long)
    database.execute("select realtime.send_binary('\\x00ff', 'e', %s, false)", (long,))
    database.execute("select realtime.send_binary('\\x00ff', 'e', %s, false)", (topic,))
    payload = new.expect("broadcast").payload
    assert (payload["event"], payload["payload"]) == ("e", b"\x00\xff")
    assert payload["meta"].keys() == {"id"}
    old.expect_nothing()
    new.expect_nothing()


def test_what_cannot_be_sent_stops_nothing(
    open_socket: OpenSocket, database: Database, topic: str
) -> None:
    socket = open_socket()
    socket.join(topic)
    huge = "jsonb_build_object('x', repeat('x', 3000001))"
    database.execute(f"select realtime.send({huge}, 'e', %s, false)", (topic,))
    insert = "insert into realtime.messages (topic, extension, event, payload, private) values"
    database.execute(f"{insert} (%s, 'broadcast', null, '{{}}', false)", (topic,))
    database.execute(f"{insert} (%s, 'broadcast', 'e', null, false)", (topic,))
    database.execute(f"{insert} (%s, 'broadcast', 'e', '{{}}', null)", (topic,))
    database.execute(SEND, (1, topic, False))
    assert numbers(socket, 1) == [1]


def test_what_is_rolled_back_is_never_sent(
    open_socket: OpenSocket, writer: Callable[[], psycopg.Connection[Any]], topic: str
) -> None:
    socket, connection = open_socket(), writer()
    socket.join(topic)
    connection.execute(SEND, (1, topic, False))
    connection.rollback()
    connection.execute(SEND, (2, topic, False))
    with connection.transaction(force_rollback=True):
        connection.execute(SEND, (3, topic, False))
    connection.execute(SEND, (4, topic, False))
    socket.expect_nothing()  # nor is anything before the commit
    connection.commit()
    assert numbers(socket, 2) == [2, 4]
    socket.expect_nothing()


def test_messages_come_in_the_order_of_commits(
    open_socket: OpenSocket, writer: Callable[[], psycopg.Connection[Any]], topic: str
) -> None:
    socket, early, late = open_socket(), writer(), writer()
    socket.join(topic)
    early.execute(SEND, (1, topic, False))
    late.execute(SEND, (2, topic, False))
    late.execute(SEND, (3, topic, False))
    late.commit()
    early.execute(SEND, (4, topic, False))
    early.commit()
    assert numbers(socket, 4) == [2, 3, 1, 4]


def test_a_statement_that_sends_ten_thousand_arrives_whole_and_in_order(
    open_socket: OpenSocket, database: Database, topic: str
) -> None:
    socket = open_socket()
    socket.join(topic)
    database.execute(
        "select count(realtime.send(jsonb_build_object('n', n), 'change', %s, false))"
        " from generate_series(0, 9999) as n",
        (topic,),
    )
    assert numbers(socket, 10_000) == list(range(10_000))
    socket.expect_nothing()


class Writers:
    """Connections that commit transactions of three messages each, side by side."""

    def __init__(self, api: Api, topic: str) -> None:
        self.api, self.topic, self.count = api, topic, 0

    def run(self, writers: int, transactions: int) -> int:
        """Write some more; returns how many messages there are by now."""
        size = transactions * 3
        firsts = range(self.count, self.count + writers * size, size)
        self.count += writers * size
        with ThreadPoolExecutor(writers) as pool:
            list(pool.map(self._write, firsts, [size] * writers))
        return self.count

    def _write(self, first: int, size: int) -> None:
        with psycopg.connect(self.api.db_url) as connection:
            for number in range(first, first + size):
                connection.execute(SEND, (number, self.topic, False))
                if number % 3 == 2:
                    connection.commit()


def committed(database: Database, topic: str) -> list[int]:
    """The numbers of a topic's messages, as they were committed."""
    return [int(row["n"]) for row in database.execute(IN_ORDER_OF_COMMITS, (topic,)).fetchall()]


def test_concurrent_writers_are_heard_in_the_order_of_their_commits(
    api: Api, open_socket: OpenSocket, database: Database, topic: str
) -> None:
    sockets = [open_socket(version) for version in BOTH]
    for socket in sockets:
        socket.join(topic)
    count = Writers(api, topic).run(writers=6, transactions=50)
    order = committed(database, topic)
    assert sorted(order) == list(range(count))
    assert order != sorted(order)  # control: they did write side by side
    for socket in sockets:
        assert numbers(socket, count) == order
        socket.expect_nothing()


@contextmanager
def feeds_that_break(api: Api) -> Iterator[list[int]]:
    """End the feed's connection again and again; yields the backends that were ended."""
    ended: list[int] = []
    stop = threading.Event()

    def break_them() -> None:
        with psycopg.connect(api.admin_db_url, autocommit=True, row_factory=dict_row) as database:
            while not stop.wait(0.02):
                ended.extend(end_feeds(database))

    thread = threading.Thread(target=break_them)
    thread.start()
    try:
        yield ended
    finally:
        stop.set()
        thread.join()


def test_none_is_lost_or_doubled_while_the_feed_loses_its_connection(
    api: Api, open_socket: OpenSocket, database: Database, topic: str
) -> None:
    sockets = [open_socket(version) for version in BOTH]
    for socket in sockets:
        socket.join(topic)
    writers = Writers(api, topic)
    with feeds_that_break(api) as ended:
        while len(ended) < 6:
            writers.run(writers=4, transactions=50)
    order = committed(database, topic)
    assert sorted(order) == list(range(writers.count))
    for socket in sockets:
        assert numbers(socket, writers.count) == order
        socket.expect_nothing()


def test_what_began_before_the_loss_and_was_committed_after_it_arrives(
    open_socket: OpenSocket,
    database: Database,
    writer: Callable[[], psycopg.Connection[Any]],
    topic: str,
) -> None:
    socket, early, late = open_socket(), writer(), writer()
    socket.join(topic)
    early.execute(SEND, (1, topic, False))
    late.execute(SEND, (2, topic, False))
    database.execute(SEND, (3, topic, False))
    assert numbers(socket, 1) == [3]
    end_feeds(database)
    late.commit()
    early.execute(SEND, (4, topic, False))
    early.commit()
    database.execute(SEND, (5, topic, False))
    assert numbers(socket, 4) == [2, 1, 4, 5]
    socket.expect_nothing()


def test_a_notification_that_is_none_of_ours_stops_nothing(
    open_socket: OpenSocket, database: Database, topic: str
) -> None:
    socket = open_socket()
    socket.join(topic)
    database.execute("notify realtime_messages, 'no uuid'")
    database.execute("notify realtime_messages")
    database.execute("select pg_notify('realtime_messages', gen_random_uuid()::text)")
    database.execute(SEND, (1, topic, False))
    assert numbers(socket, 1) == [1]
    socket.expect_nothing()


@pytest.mark.slow
def test_a_restart_of_the_database_loses_nothing(topic: str) -> None:
    with opened_stack() as stack:
        status = stack.up()
        assert status.api_url
        assert status.db_url
        assert status.publishable_key
        where = address(status.api_url, apikey=status.publishable_key, vsn="2.0.0")
        with connect_now(where) as connection:
            socket = Socket(connection, "2.0.0")
            socket.join(topic)
            for number in range(3):
                with psycopg.connect(status.db_url) as database:
                    database.execute(SEND, (number, topic, False))
                server = psutil.Process(status.processes["postgres"])
                server.send_signal(signal.SIGKILL if number else signal.SIGINT)
                server.wait(10)
                again = stack.up()
                assert again.processes["gateway"] == status.processes["gateway"]
                status = again
            assert numbers(socket, 3) == [0, 1, 2]
            socket.expect_nothing()


async def numbers_heard(where: str, topic: str, token: str, joined: asyncio.Event) -> list[int]:
    """Join as one of many, and collect numbers until -1."""
    version = "1.0.0" if "vsn=1" in where else "2.0.0"
    async with connect(where, max_queue=None, open_timeout=60) as socket:
        full = f"realtime:{topic}"
        config = {"private": True, "presence": {"enabled": False}}
        join: Row = {"config": config, "access_token": token}
        frame: Any = ["1", "1", full, "phx_join", join]
        if version == "1.0.0":
            frame = {"topic": full, "event": "phx_join", "payload": join, "ref": "1"}
        await socket.send(json.dumps(frame))
        assert read_frame(await socket.recv(), version).payload["status"] == "ok"
        joined.set()
        heard: list[int] = []
        while -1 not in heard[-1:]:
            message = read_frame(await socket.recv(), version)
            assert message.event == "broadcast"
            heard.append(message.payload["payload"]["n"])
        return heard


@pytest.mark.slow
def test_two_hundred_subscribers_receive_every_one_of_a_thousand_changes_once_in_order(
    policies: None, api: Api, make_token: MakeToken, database: Database, topic: str
) -> None:
    def write() -> None:
        def commit_some(first: int) -> None:
            with psycopg.connect(api.db_url, autocommit=True) as connection:
                for number in range(first, first + 250):
                    connection.execute(SEND, (number, topic, True))

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(commit_some, range(0, 1000, 250)))
        database.execute(SEND, (-1, topic, True))

    async def run() -> list[list[int]]:
        token = make_token(exp=int(time.time()) + 600)
        joined = [asyncio.Event() for _ in range(200)]
        heard = [
            asyncio.create_task(
                numbers_heard(
                    address(api.url, apikey=api.publishable_key, vsn=BOTH[number % 2]),
                    topic,
                    token,
                    joined[number],
                )
            )
            for number in range(200)
        ]
        await asyncio.gather(*(each.wait() for each in joined))
        await asyncio.to_thread(write)
        return await asyncio.gather(*heard)

    heard = asyncio.run(run())
    order = committed(database, topic)
    assert sorted(order) == list(range(-1, 1000))
    assert [each for each in heard if each != order] == []
    assert len(heard) == 200
