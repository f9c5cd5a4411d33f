"""What the database broadcasts: each row of realtime.messages once, in the order of commits.

A trigger notifies with the id of each row, and notifications come after the commit, in the order
of commits. Nobody keeps them while the connection is lost; what was committed meanwhile is found
by its time of commit. Those times are in the same order, since PostgreSQL lets only one
transaction that notifies commit at a time.
"""

import asyncio
import json
import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import NoReturn

import psycopg
from psycopg.rows import dict_row

from ._call import Connection
from ._channels import Hub
from ._frames import broadcast
from ._socket import MAX_FRAME_BYTES

RETRY_SECONDS = 0.25
MAX_RETRY_SECONDS = 8.0
AT_ONCE = 200
MISSED = """
select id::text from realtime.messages
where pg_xact_commit_timestamp(xmin) >= %s and id <> all(%s::uuid[])
order by pg_xact_commit_timestamp(xmin), cmin::text::bigint, ctid
"""
MESSAGES = """
select
    m.id::text, m.topic, m.private, m.event, m.binary_payload, m.payload::text as payload,
    pg_xact_commit_timestamp(m.xmin) as committed_at
from unnest(%s::uuid[]) with ordinality as n (id, place)
inner join realtime.messages as m on m.id = n.id and m.event is not null
where coalesce(octet_length(m.payload::text), octet_length(m.binary_payload)) <= %s
order by n.place
"""

log = logging.getLogger("ts_customers.gateway")


class Feed:
    """Follows realtime.messages, and remembers how far it has come."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._last_commit = datetime.now(UTC)
        self._of_last_commit: list[str] = []

    async def follow(self, url: str) -> NoReturn:
        """Send on what the database broadcasts, across every loss of the connection."""
        wait = RETRY_SECONDS
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    url, autocommit=True, row_factory=dict_row, connect_timeout=3
                ) as connection:
                    wait = RETRY_SECONDS
                    await self._follow(connection)
            except psycopg.Error as error:
                log.warning("Realtime does not hear the database: %s", str(error).strip())
            await asyncio.sleep(wait)
            wait = min(wait * 2, MAX_RETRY_SECONDS)

    async def _follow(self, connection: Connection) -> NoReturn:
        await connection.execute("listen realtime_messages")
        since = (self._last_commit, self._of_last_commit)
        rows = await (await connection.execute(MISSED, since)).fetchall()
        missed = {row["id"]: None for row in rows}
        await self._deliver(connection, list(missed))
        while True:
            heard = [notice.payload async for notice in connection.notifies(stop_after=1)]
            # What was committed since LISTEN, and found already, is notified as well.
            await self._deliver(connection, [each for each in heard if each not in missed])

    async def _deliver(self, connection: Connection, ids: Sequence[str]) -> None:
        for start in range(0, len(ids), AT_ONCE):
            chunk = (ids[start : start + AT_ONCE], MAX_FRAME_BYTES)
            for row in await (await connection.execute(MESSAGES, chunk)).fetchall():
                topic = (row["topic"], row["private"])
                if topic in self._hub.topics:
                    payload = row["binary_payload"] if row["payload"] is None else row["payload"]
                    with suppress(ValueError):  # names that no binary frame holds
                        meta = json.dumps({"id": row["id"]})
                        self._hub.send(topic, broadcast(topic[0], row["event"], payload, meta))
                if row["committed_at"] != self._last_commit:
                    self._last_commit, self._of_last_commit = row["committed_at"], []
                self._of_last_commit.append(row["id"])
