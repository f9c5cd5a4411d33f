"""How many rows an import reads: those that it asks for, whatever the planner knows of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from organizations import Organization, insert_organization
from staging import Row, customers, imported, new_import, person, staged
from tap import Connection, Tap

MakeOrg = Callable[[str], Organization]

KNOWN, NEW = 800, 600
STAGED = ("customer_import_rows", "customer_import_keys")
FILLED = ("customer_contacts", "customer_search", "customer_stats", "customers")
READ = """
select coalesce(sum(s.seq_tup_read + coalesce(s.idx_tup_fetch, 0)), 0)::bigint
from pg_stat_xact_all_tables as s
where s.relname = any(%s)
"""


@contextmanager
def reads_at_most(tap: Tap, count: int, *tables: str) -> Iterator[None]:
    """See that this many rows of tables are read, or fewer."""
    before = tap.value(READ, list(tables))
    yield
    read = tap.value(READ, list(tables)) - before
    assert 0 < read <= count, read


def pairs(count: int) -> list[Row]:
    """Rows of which each second one adds a contact to the one before it."""
    return [
        staged(person(f"{n}@firm.example"), company_name=f"Firm {n // 2}", external_id=str(n // 2))
        for n in range(count)
    ]


def known_import(tap: Tap, make_org: MakeOrg) -> None:
    """An import of another organization, the only one that statistics tell of."""
    rows: list[Any] = [staged(company_name=f"Other {n}") for n in range(KNOWN)]
    imported(tap, make_org("Other"), *rows)
    tap.execute("analyze public.customer_import_rows; analyze private.customer_import_keys")


def test_an_import_that_statistics_do_not_know_is_not_read_whole_for_each_row(
    tap: Tap, make_org: MakeOrg
) -> None:
    known_import(tap, make_org)
    ours = make_org("Acme")
    made = new_import(tap, ours, *pairs(NEW))
    with reads_at_most(tap, 20 * NEW, *STAGED):
        report = made.validate()
    assert report["contacts"] == customers(created=NEW)
    with reads_at_most(tap, 30 * NEW, *STAGED):
        assert made.commit()["customers"] == customers(created=NEW // 2)
    with reads_at_most(tap, 20 * NEW, *STAGED), made.acting():
        while tap.value("select public.undo_import(%s)", made.id)["status"] != "undone":
            pass


def test_tables_are_analyzed_when_rows_fill_what_deleted_ones_have_left(
    admin_db: Connection,
) -> None:
    tap = Tap(admin_db)
    ours = insert_organization(tap, "Acme")
    # As a vacuum leaves a table whose rows were deleted: by its statistics, pages without rows.
    tap.execute(
        "update pg_class set relpages = 10000, reltuples = 0 where relname = any(%s)", list(FILLED)
    )
    imported(tap, ours, *pairs(NEW))
    tap.results_eq(
        "select relname, reltuples > 100 from pg_class where relname = any(%s) order by 1",
        [(table, True) for table in FILLED],
        list(FILLED),
    )
