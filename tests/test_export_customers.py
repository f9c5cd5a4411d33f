"""export_customers: pages of whole customers, for managers, with cells that no spreadsheet runs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from organizations import Organization
from tap import Tap

MakeOrg = Callable[[str], Organization]

PAGE = """
select public.export_customers(
    sort => %s, cursor => %s, page_size => %s, organization_id => %s, columns => '{id,version}'
)
"""
ADD = """
insert into public.customers (organization_id, company_name, created_at)
values (%s, %s, %s) returning id
"""
SORTS = ("name", "-name", "created_at", "-created_at", "revenue", "-revenue", "-last_order_at")
NEUTRAL = "select {} from (select %s::text as x) as t"
# OWASP's list with its full-width forms; apostrophes before them are what makes it reversible.
RUN_BY_SPREADSHEETS = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")


def page(tap: Tap, **arguments: Any) -> Any:
    """Call the function with arguments by name."""
    given = ", ".join(f"{name} => %s" for name in arguments)
    return tap.value(f"select public.export_customers({given})", *arguments.values())


def walk(tap: Tap, organization: Organization, sort: str, size: int) -> list[str]:
    """The ids of all pages."""
    ids: list[str] = []
    cursor = None
    while True:
        found = tap.value(PAGE, sort, cursor, size, organization.id)
        ids += [row["id"] for row in found["rows"]]
        cursor = found["cursor"]
        if cursor is None:
            return ids


@pytest.mark.parametrize("sort", SORTS)
def test_pages_hold_every_customer_once_in_the_order_of_the_list(
    tap: Tap, make_org: MakeOrg, sort: str
) -> None:
    made = make_org("Acme")
    for number in range(12):
        tap.value(ADD, made.id, f"Firm {number % 5}", f"2026-01-{1 + number % 4:02}")
    search = "select id::text from public.search_customers(sort => %s, organization_id => %s)"
    with tap.acting_as(made.manager):
        expected = [id_ for (id_,) in tap.rows(search, sort, made.id)]
        assert len(expected) == 13
        for size in (1, 5, 13, 1000):
            assert walk(tap, made, sort, size) == expected


def test_a_walk_by_creation_misses_nobody_whatever_changes(tap: Tap, make_org: MakeOrg) -> None:
    made = make_org("Acme")
    there = [str(tap.value(ADD, made.id, f"F {n}", f"2026-01-{n + 1:02}")) for n in range(20)]
    seen: list[str] = []
    cursor = None
    for number in range(30):
        with tap.acting_as(made.manager):
            found = tap.value(PAGE, "created_at", cursor, 3, made.id)
        seen += [row["id"] for row in found["rows"]]
        cursor = found["cursor"]
        if cursor is None:
            break
        tap.execute(
            "update public.customers set company_name = %s where id = %s",
            "AAA" if number % 2 else "zzz",
            there[(5 * number + 3) % 20],
        )
        tap.value(ADD, made.id, "Earlier", "2000-01-01")
    assert [id_ for id_ in seen if id_ in there] == there


def test_a_page_counts_and_the_first_one_says_how_many_there_are(
    tap: Tap, make_org: MakeOrg
) -> None:
    made = make_org("Acme")
    tap.value(ADD, made.id, "Berta", "2026-01-01")
    with tap.acting_as(made.manager):
        first = page(tap, page_size=1, organization_id=made.id, shape="cells")
        second = page(tap, page_size=1, organization_id=made.id, cursor=first["cursor"])
        last = page(tap, page_size=1, organization_id=made.id, cursor=second["cursor"])
        filtered = page(tap, filters={"tags": ["none"]}, organization_id=made.id)
    assert [first[key] for key in ("total", "customers", "contacts")] == [2, 1, 0]
    assert [second[key] for key in ("total", "customers", "contacts")] == [None, 1, 2]
    assert [last[key] for key in ("rows", "customers", "cursor")] == [[], 0, None]
    assert [filtered[key] for key in ("total", "rows", "cursor")] == [0, [], None]


def test_filters_and_words_are_those_of_the_list(tap: Tap, make_org: MakeOrg) -> None:
    made = make_org("Acme")
    tap.value(ADD, made.id, "Müller", "2026-01-01")
    with tap.acting_as(made.manager):
        for arguments in (
            {"query": "muller"},
            {"query": "mulelr"},
            {"filters": {"created_to": "2026-02-01"}},
            {"filters": {"revenue_max": 5, "credit_status": "ok", "created_to": "2026-02-01"}},
        ):
            found = page(tap, columns=["company_name"], organization_id=made.id, **arguments)
            assert found["rows"] == [{"company_name": "Müller"}]


def test_columns_come_in_their_order_each_once_and_exact(tap: Tap, make_org: MakeOrg) -> None:
    made = make_org("Acme")
    tap.execute(
        "update public.customers set settings = %s, credit_limit = 0.125 where id = %s",
        {"locale": "de", "custom": {"b": {"c": 1}}},
        made.customer,
    )
    columns = "contacts.0.first_name version settings.custom.b billing_address.city tier_level"
    columns += " version settings.locale credit_limit credit_status contacts.first_name"
    with tap.acting_as(made.manager):
        asked = {"columns": columns.split(), "organization_id": made.id}
        documents = page(tap, **asked)
        (line,) = page(tap, shape="lines", **asked)["rows"]
        cells = page(tap, shape="cells", **asked)
    assert documents["columns"] == cells["columns"]
    assert (
        cells["columns"]
        == (
            "contacts.0.first_name version settings.custom.b billing_address.city tier_level "
            "settings.locale credit_limit credit_status"
        ).split()
    )
    assert [*documents["rows"][0]] == (
        "contacts version settings billing_address tier_level credit_limit credit_status".split()
    )
    assert documents["rows"][0]["contacts"] == [{"first_name": "Ann"}, {"first_name": "Bob"}]
    assert documents["rows"][0]["settings"] == {"custom": {"b": {"c": 1}}, "locale": "de"}
    assert '"credit_limit" : 0.125' in line
    assert cells["rows"] == [
        ["Ann", "2", '{"c": 1}', None, "2", "de", "0.125", "ok"],
        ["Bob", None, None, None, None, None, None, None],
    ]


def test_every_column_that_there_is_can_be_asked_for(tap: Tap, make_org: MakeOrg) -> None:
    made = make_org("Acme")
    every = [path for (path,) in tap.rows("select path from private.export_columns()")]
    with tap.acting_as(made.manager):
        for shape in ("documents", "lines", "cells"):
            found = page(tap, columns=every, shape=shape, organization_id=made.id)
            assert len(found["columns"]) == len(every) > 60
            assert found["contacts"] == 2
        for path in every:
            assert len(page(tap, columns=[path], organization_id=made.id)["rows"]) == 1


@pytest.mark.parametrize(
    ("arguments", "slug"),
    [
        ({"columns": ["company_name", "nonsense"]}, "columns_invalid"),
        ({"columns": ["settings.custom"]}, "columns_invalid"),
        ({"columns": [f"settings.custom.{n}" for n in range(51)]}, "columns_invalid"),
        ({"columns": ["c.id); drop table x"]}, "columns_invalid"),
        ({"entity": "orders"}, "entity_invalid"),
        ({"shape": "rows"}, "shape_invalid"),
        ({"sort": "company_name"}, "sort_invalid"),
        ({"filters": {"nonsense": 1}}, "unknown_key"),
        ({"filters": {"revenue_min": "x"}}, "filter_invalid"),
        ({"page_size": 0}, "page_size_invalid"),
        ({"page_size": 1001}, "page_size_invalid"),
        ({"cursor": "nonsense"}, "cursor_invalid"),
    ],
)
def test_what_makes_no_sense_is_refused(
    tap: Tap, make_org: MakeOrg, arguments: dict[str, Any], slug: str
) -> None:
    made = make_org("Acme")
    names = ", ".join(f"{name} => %s" for name in arguments)
    call = f"select public.export_customers({names}, organization_id => %s)"
    with tap.acting_as(made.manager):
        tap.throws("PT422", slug, call, *arguments.values(), made.id)
        assert page(tap, organization_id=made.id)["customers"] == 1


def test_a_quote_in_a_path_stays_text(tap: Tap, make_org: MakeOrg) -> None:
    made = make_org("Acme")
    path = """settings.custom.it's "%s" \\' %1$L"""
    with tap.acting_as(made.manager):
        for shape in ("documents", "cells"):
            found = page(tap, columns=[path], shape=shape, organization_id=made.id)
            assert found["columns"] == [path]


def test_a_cursor_is_worth_nothing_in_another_organization(tap: Tap, make_org: MakeOrg) -> None:
    made, theirs = make_org("Acme"), make_org("Rival")
    with tap.acting_as(made.manager):
        cursor = page(tap, page_size=1, organization_id=made.id)["cursor"]
        assert cursor
        tap.throws(
            "PT404",
            "organization_not_found",
            "select public.export_customers(cursor => %s, organization_id => %s)",
            cursor,
            theirs.id,
        )
    with tap.acting_as(theirs.manager):
        found = page(tap, cursor=cursor, organization_id=theirs.id, columns=["id"])
        assert {row["id"] for row in found["rows"]} <= {str(theirs.customer)}


def test_redirects_are_not_exported(tap: Tap, make_org: MakeOrg) -> None:
    made = make_org("Acme")
    source: UUID = tap.value(ADD, made.id, "Twice", "2026-01-01")
    with tap.acting_as(made.manager):
        assert page(tap, organization_id=made.id)["customers"] == 2
        tap.execute("select public.merge_customers(%s, array[%s])", made.customer, source)
        assert page(tap, organization_id=made.id)["customers"] == 1


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from("'=+-@\t\r\n＝＋－＠0(aÄ "), max_size=5))
@example("=cmd|' /C calc'!A0")
@example("''''=")
@example("'")
@example("👩")
def test_neutralising_adds_one_apostrophe_where_it_must_and_nowhere_else(
    tap: Tap, text: str
) -> None:
    neutral = tap.value("select private.export_cell('text', 'x', false)")
    raw = tap.value("select private.export_cell('text', 'x', true)")

    cell = tap.value(NEUTRAL.format(neutral.replace("%", "%%")), text)

    assert cell == (f"'{text}" if RUN_BY_SPREADSHEETS.match(text) else text)
    # Whoever reads it takes one apostrophe away before such a character, and has the text again.
    assert re.sub(f"^'(?={RUN_BY_SPREADSHEETS.pattern})", "", cell) == text
    assert tap.value(NEUTRAL.format(raw), text) == text


@pytest.mark.parametrize(
    ("tags", "cell"),
    [
        (["a"], "a"),
        (["a b", "c-d"], "a b;c-d"),
        (["a;b"], '["a;b"]'),
        (["a,b", "c"], '["a,b","c"]'),
        (["a|b"], '["a|b"]'),
        (["a\nb"], '["a\\nb"]'),
        ([" a"], '[" a"]'),
        (["a", "b\u00a0"], '["a","b\u00a0"]'),
        (["a", "a"], '["a","a"]'),
        (["a", "b", "a"], '["a","b","a"]'),
        (["[a]"], '["[a]"]'),
        (["a", '{"b"'], '["a","{\\"b\\""]'),
        (["=a"], '["=a"]'),
        (["a", "=b"], "a;=b"),
        (["'x"], '["\'x"]'),
        (["ü 👩"], "ü 👩"),
        (["x" * 20, "Y_1"], f"{'x' * 20};Y_1"),
    ],
)
def test_tags_stand_in_one_cell_that_reads_in_one_way(tap: Tap, tags: list[str], cell: str) -> None:
    assert tap.value("select private.tags_cell(%s)", tags) == cell
