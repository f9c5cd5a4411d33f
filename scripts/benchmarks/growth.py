"""What years leave behind: history that moves to the archive while people work, and bytes."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

import psycopg

from benchmarks.sessions import Session
from benchmarks.subjects import Subjects

READERS = 4
WRITERS = 4

_READ = "select t.* from public.customer_timeline(customer_id => %s, page_size => 50) as t"
_WRITE = """
update public.customers set notes = %s where organization_id = %s and id = %s returning id
"""
_DUE = "select count(*) from private.months_to_archive()"
_ARCHIVED = "select count(*) from public.customer_activities_archive"
_SIZES = """
with whole as (
    select coalesce(p.parent, c.oid) as root, c.oid
    from pg_class as c
    left join lateral (
        select i.inhparent as parent from pg_inherits as i where i.inhrelid = c.oid
    ) as p on true
    where c.relkind in ('r', 'p') and c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
)
select w.root::regclass::text, sum(pg_table_size(w.oid)), sum(pg_indexes_size(w.oid))
from whole as w
group by 1
having sum(pg_total_relation_size(w.oid)) > 1048576
order by sum(pg_total_relation_size(w.oid)) desc
"""  # noqa: E501


@dataclass(slots=True)
class Archived:
    """Milliseconds of readers and writers before and while a year of history was moved."""

    months: int = 0
    rows: int = 0
    seconds: float = 0
    ms: dict[str, list[float]] = field(
        default_factory=lambda: {
            f"{what}, {when}": [] for when in ("before", "during") for what in ("reads", "writes")
        }
    )
    errors: list[str] = field(default_factory=list)

    def p99(self, name: str) -> float:
        """One of a hundred took longer."""
        return quantiles(self.ms[name], n=100)[-1]


def archive(admin_db_url: str, subjects: Subjects, seconds: float) -> Archived:
    """Have people read and write for some seconds, then go on while maintenance archives."""
    result = Archived()
    ids = subjects.some(1000)
    when = ["before"]

    def run(worker: int) -> None:
        session = Session(admin_db_url, subjects.owner_id)
        is_writer = worker >= READERS
        number = worker
        while when[0] != "after":
            one = ids[number * 7 % len(ids)]
            now = when[0]
            begin = time.perf_counter()
            try:
                if is_writer:
                    session.row(_WRITE, (f"Note {number}", subjects.organization_id, one))
                else:
                    session.timed(_READ, (one,))
                name = f"{'writes' if is_writer else 'reads'}, {now}"
                result.ms[name].append((time.perf_counter() - begin) * 1000)
            except psycopg.Error as error:
                result.errors.append(str(error).splitlines()[0])
            number += READERS + WRITERS
            time.sleep(0.02)  # people do not fill two processors
        session.close()

    threads = [threading.Thread(target=run, args=(each,)) for each in range(READERS + WRITERS)]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    when[0] = "during"
    begin = time.perf_counter()
    _maintain(admin_db_url, result)
    result.seconds = time.perf_counter() - begin
    when[0] = "after"
    for thread in threads:
        thread.join()
    return result


def _maintain(admin_db_url: str, result: Archived) -> None:
    with psycopg.connect(admin_db_url, autocommit=True) as connection:

        def value(statement: str) -> int:
            row = connection.execute(statement).fetchone()
            assert row is not None
            return int(row[0])

        result.months = value(_DUE)
        # Each run gives up where somebody is in the way, as the one that the clock starts does.
        while value(_DUE):
            with connection.transaction():
                connection.execute("set local role service_role")
                connection.execute("select public.run_maintenance()")
        result.rows = value(_ARCHIVED)


def sizes(admin_db_url: str) -> list[tuple[str, int, int]]:
    """Bytes of each table and of its indexes, partitions counted with their tables."""
    with psycopg.connect(admin_db_url) as connection:
        rows: list[tuple[Any, ...]] = connection.execute(_SIZES).fetchall()
    return [(name, int(table), int(indexes)) for name, table, indexes in rows]
