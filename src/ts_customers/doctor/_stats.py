"""Whether the statistics of customers are what a recount gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg.rows import TupleRow

from ts_customers.doctor._findings import Finding

Connection = psycopg.Connection[TupleRow]

STATS_SLUG = "stats_differ"

# Recounted at once: their rows are locked meanwhile, and what was written is rolled back.
_BATCH = 1000
_SHOWN = 20

_HAS_STATS = "select to_regclass('public.customer_stats') is not null"
_SAMPLE = """
select s.organization_id, s.customer_id
from public.customer_stats as s tablesample system (%s)
limit %s
"""
_SIZE = "select reltuples from pg_class where oid = 'public.customer_stats'::regclass"
_NEXT = """
select s.organization_id, s.customer_id
from public.customer_stats as s
where (s.organization_id, s.customer_id) > (%s, %s)
order by s.organization_id, s.customer_id
limit %s
"""
_ROWS = """
select s.customer_id, to_jsonb(s)
from public.customer_stats as s
where (s.organization_id, s.customer_id) in (select * from unnest(%s::uuid[], %s::uuid[]))
"""
_RECOUNT = "select private.refresh_stats(%s::uuid[], %s::uuid[])"
_FIX = "select private.refresh_stats(array[organization_id], array[id]) from public.customers{};"
_NIL = "00000000-0000-0000-0000-000000000000"


def stats_findings(connection: Connection, *, deep: bool) -> Iterator[Finding]:
    """Recount a sample of customers, or all of them, with the function that triggers use."""
    if connection.execute(_HAS_STATS).fetchone() != (True,):
        return
    wrong = [
        customer_id
        for keys in (_all(connection) if deep else [_sample(connection)])
        for customer_id in _recounted(connection, keys)
    ]
    for customer_id in wrong[:_SHOWN]:
        yield Finding(
            STATS_SLUG,
            "error",
            f"the statistics of customer {customer_id} differ from a recount",
            "credit, filters and sorting go by them; somebody wrote orders with triggers off",
            _FIX.format(f" where id = '{customer_id}'"),
        )
    if len(wrong) > _SHOWN:
        yield Finding(
            STATS_SLUG,
            "error",
            f"the statistics of {len(wrong)} customers differ from a recount",
            "credit, filters and sorting go by them; somebody wrote orders with triggers off",
            _FIX.format(""),
        )


def _recounted(connection: Connection, keys: list[Any]) -> list[Any]:
    """The customers whose statistics change by a recount, which is undone."""
    columns = [list(column) for column in zip(*keys, strict=True)] or [[], []]
    with connection.transaction(force_rollback=True):
        before: dict[Any, Any] = dict(connection.execute(_ROWS, columns).fetchall())
        connection.execute(_RECOUNT, columns)
        after: dict[Any, Any] = dict(connection.execute(_ROWS, columns).fetchall())
    return [key for key, row in after.items() if key in before and before[key] != row]


def _sample(connection: Connection) -> list[Any]:
    row = connection.execute(_SIZE).fetchone()
    size = max(row[0] if row else 0, 0)
    percent = 100 if size <= _BATCH else 100 * _BATCH / size
    return connection.execute(_SAMPLE, [percent, _BATCH]).fetchall()


def _all(connection: Connection) -> Iterator[list[Any]]:
    last: Any = (_NIL, _NIL)
    while keys := connection.execute(_NEXT, [*last, _BATCH]).fetchall():
        yield keys
        last = keys[-1]
