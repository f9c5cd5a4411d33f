"""Every column is declared: it can hold personal data, or it cannot."""

from __future__ import annotations

import pytest

from rules_access import OURS
from tap import Tap

COLUMNS = f"""
select format('%I.%I', n.nspname, c.relname), a.attname
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where n.nspname in {OURS} and c.relkind in ('r', 'p') and not c.relispartition
"""
DECLARED = """
select p.table_name, d.name
from private.personal_data as p
cross join lateral unnest(p.{}) as d (name)
"""
ADD = "alter table public.customers add column nickname text"
DECLARE = """
update private.personal_data set {0} = {0} || 'nickname'::text
where table_name = 'public.customers'
"""


def columns(tap: Tap) -> set[tuple[str, str]]:
    """The columns that there are."""
    return {(table, name) for table, name in tap.rows(COLUMNS)}


def declared(tap: Tap, kind: str) -> list[tuple[str, str]]:
    """The columns that are declared personal, or harmless."""
    return [(table, name) for table, name in tap.rows(DECLARED.format(kind))]


def wrong(tap: Tap) -> dict[str, set[tuple[str, str]]]:
    """The columns whose declaration is missing, idle, or given twice."""
    found = columns(tap)
    personal, harmless = declared(tap, "personal"), declared(tap, "harmless")
    both = [*personal, *harmless]
    return {
        "neither personal nor harmless": found - set(both),
        "declared, and not there": set(both) - found,
        "declared twice": {column for column in both if both.count(column) > 1},
    }


def test_every_column_is_declared_personal_or_harmless_and_not_both(tap: Tap) -> None:
    assert {what: columns for what, columns in wrong(tap).items() if columns} == {}


@pytest.mark.parametrize(
    ("what", "statements"),
    [
        ("neither personal nor harmless", [ADD]),
        ("neither personal nor harmless", ["create table private.people (name text)"]),
        ("declared, and not there", [DECLARE.format("harmless")]),
        ("declared twice", [ADD, DECLARE.format("harmless"), DECLARE.format("personal")]),
    ],
)
def test_a_declaration_that_is_wrong_is_noticed(tap: Tap, what: str, statements: list[str]) -> None:
    for statement in statements:
        tap.execute(statement)
    assert wrong(tap)[what] != set()


@pytest.mark.parametrize("kind", ["personal", "harmless"])
def test_a_column_is_noticed_in_whichever_list_it_stands(tap: Tap, kind: str) -> None:
    tap.execute(ADD)
    tap.execute(DECLARE.format(kind))
    assert all(found == set() for found in wrong(tap).values())


def test_what_is_personal_about_a_customer_says_how_it_is_erased(tap: Tap) -> None:
    tap.is_empty(
        "select p.table_name from private.personal_data as p "
        "where p.personal <> '{}' and p.found_by is not null and p.erased_by is null"
    )


def test_every_table_that_refers_to_customers_says_which_rows_are_a_customers(tap: Tap) -> None:
    tap.is_empty(
        "select p.table_name from private.personal_data as p "
        "where p.found_by is null and 'customer_id' = any(p.personal || p.harmless)"
    )
