"""Loading made-up customers into a database: by COPY, by several processes, without triggers.

What triggers would make is made by the same functions of the database that they call.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from datetime import datetime
from multiprocessing import get_context

import psycopg
from psycopg import sql

from ts_customers.generating._rows import COLUMNS, Organization, made_batch

_BATCH = 2_000
_DERIVED = (
    "public.customer_stats", "private.pricing_changes", "private.customer_search",
    "private.customer_tallies",
)  # fmt: skip
_WITHOUT_TRIGGERS = "set local session_replication_role = replica"
_SET = "set statement_timeout = 0; set synchronous_commit = off; set maintenance_work_mem = '512MB'"
# Search keys wait here: filling the index row by row takes far longer than making it once.
_STAGE = "create unlogged table if not exists private.staged_search (like private.customer_search)"
_DERIVE = """
with made as (
    select array_agg(c.organization_id) as organization_ids, array_agg(c.id) as customer_ids
    from public.customers as c
    where c.organization_id = %(organization_id)s and c.id = any(%(customer_ids)s)
),

counted as (
    insert into public.customer_stats
    select s.* from made as m, private.counted_stats(m.organization_ids, m.customer_ids) as s
),

noted as (
    insert into private.pricing_changes
    (organization_id, kind, customer_id, tier_id, effective_at, created_at)
    select p.organization_id, 'tier', p.customer_id, p.tier_id, p.started_at, p.started_at
    from public.customer_tier_periods as p
    where p.organization_id = %(organization_id)s and p.customer_id = any(%(customer_ids)s)
),

alerted as (
    insert into private.credit_alerts
    select s.organization_id, s.customer_id
    from made as m
    cross join private.counted_stats(m.organization_ids, m.customer_ids) as s
    inner join public.customers as c
        on c.organization_id = s.organization_id and c.id = s.customer_id
    where private.credit_status(c, s, '-infinity') <> 'ok'
)

insert into private.staged_search
select s.* from made as m, private.made_search(m.organization_ids, m.customer_ids) as s
"""
_TALLY = "insert into private.customer_tallies select t.* from private.counted_tallies(%s) as t"
_INDEX = "private.customer_search_words_idx"

Counts = dict[str, int]
Task = tuple[int, Organization, range, datetime]

_connection: psycopg.Connection | None = None


def load_customers(
    db_url: str,
    seed: int,
    organizations: list[Organization],
    until: datetime,
    *,
    on_loaded: Callable[[int], None],
    on_finished: Callable[[int, int], None],
) -> Counts:
    """Make and load the customers of organizations; what is loaded stays, whatever comes after.

    Args:
        db_url: The database, as the owner of the tables.
        seed: Which customers.
        organizations: Whose, and how many.
        until: When the history ends.
        on_loaded: Called with the number of customers so far.
        on_finished: Called with the number of tables so far whose indexes and statistics are made,
            and of all.

    Returns:
        How many rows each table got.
    """
    counts = dict.fromkeys(COLUMNS, 0)
    with _connect(db_url) as connection:
        connection.execute(_STAGE)
        # Of two years of history; the next months are there.
        connection.execute("select private.make_activity_partitions(0, 25)")
        try:
            for loaded in _load_batches(db_url, list(_tasks(seed, organizations, until))):
                for table, count in loaded.items():
                    counts[table] += count
                on_loaded(counts["public.customers"])
        finally:
            _index_search(connection)
        for organization in organizations:
            connection.execute(_TALLY, (organization.id,))
        tables = (*COLUMNS, *_DERIVED)
        for number, table in enumerate(tables, 1):
            connection.execute(sql.SQL("vacuum analyze {}").format(_identifier(table)))
            on_finished(number, len(tables))
    return counts


def _tasks(seed: int, organizations: list[Organization], until: datetime) -> Iterator[Task]:
    for organization in organizations:
        end = organization.first + organization.size
        for start in range(organization.first, end, _BATCH):
            yield seed, organization, range(start, min(start + _BATCH, end)), until


def _load_batches(db_url: str, tasks: list[Task]) -> Iterator[Counts]:
    """Load in as many processes as there are processors, and one that waits for the database."""
    with _pool(db_url, min(len(tasks), (os.cpu_count() or 1) + 1)) as pool:
        running: set[Future[Counts]] = {pool.submit(_load, *task) for task in tasks}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()


@contextmanager
def _pool(db_url: str, processes: int) -> Iterator[ProcessPoolExecutor]:
    pool = ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=_begin, initargs=(db_url,)
    )
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(db_url: str) -> None:
    global _connection  # noqa: PLW0603
    # Ctrl-C goes to all of the terminal's processes; whoever waits for this one ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _connection = _connect(db_url)


def _load(seed: int, organization: Organization, numbers: range, until: datetime) -> Counts:
    assert _connection is not None
    batch = made_batch(seed, organization, numbers, until)
    with _connection.transaction(), _connection.cursor() as cursor:
        cursor.execute(_WITHOUT_TRIGGERS)
        for table, columns in COLUMNS.items():
            statement = sql.SQL("copy {} ({}) from stdin").format(
                _identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
            )
            with cursor.copy(statement) as copy:
                for row in batch.rows[table]:
                    copy.write_row(row)
        cursor.execute(
            _DERIVE,
            {
                "organization_id": organization.id,
                "customer_ids": [str(row[1]) for row in batch.rows["public.customers"]],
            },
        )
    return {table: len(rows) for table, rows in batch.rows.items()}


def _index_search(connection: psycopg.Connection) -> None:
    with connection.transaction():
        connection.execute(_WITHOUT_TRIGGERS)
        found = connection.execute("select pg_get_indexdef(%s::regclass)", (_INDEX,)).fetchone()
        assert found is not None
        connection.execute(sql.SQL("drop index {}").format(_identifier(_INDEX)))
        connection.execute(
            "insert into private.customer_search select m.* from private.staged_search as m"
            " order by m.organization_id, m.customer_id"
        )
        connection.execute("drop table private.staged_search")
        connection.execute(found[0])


def _connect(db_url: str) -> psycopg.Connection:
    connection = psycopg.connect(db_url, autocommit=True)
    connection.execute(_SET)
    return connection


def _identifier(name: str) -> sql.Identifier:
    return sql.Identifier(*name.split("."))
