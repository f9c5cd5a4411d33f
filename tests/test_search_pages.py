"""Pages of the list of customers: order, cursors, sizes and counts."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from organizations import Organization, insert_organization
from tap import Connection, Tap

MakeOrg = Callable[[str], Organization]

PAGE = """
select id, cursor from public.search_customers(
    sort => %s, cursor => %s, page_size => %s, organization_id => %s
)
"""
SIZED = "select id from public.search_customers(page_size => %s, organization_id => %s)"
COUNT = "select public.count_customers(organization_id => %s)"
COUNT_FILTERED = "select public.count_customers(filters => %s, organization_id => %s)"
ADD_MANY = """
insert into public.customers (organization_id, company_name, created_at)
select %s, 'Company ' || (n %% 7), '2026-01-01'::timestamptz + make_interval(hours => (n %% 5)::int)
from generate_series(1, %s) as n returning id
"""
ADD_ORDERS = """
insert into public.orders (organization_id, customer_id, number, currency, list_amount, total,
    placed_at)
select c.organization_id, c.id, c.id::text, c.currency, 100, length(c.company_name) * (n %% 4),
    '2026-01-01'::timestamptz + make_interval(days => (n %% 6)::int)
from (
    select c.*, row_number() over (order by c.id) as n from public.customers as c
    where c.organization_id = %s
) as c where n %% 3 > 0
"""
ADD = """
insert into public.customers (organization_id, company_name, created_at) values (%s, %s, %s)
returning id
"""
ADD_BARE = """
with added as (
    insert into public.customers (organization_id, company_name, customer_number, created_at)
    select %s, 'Company ' || n, n::text, '2026-01-01' from generate_series(1, %s) as n
    returning organization_id, id, company_name
), counted as (
    insert into public.customer_stats (organization_id, customer_id)
    select a.organization_id, a.id from added as a
)
insert into private.customer_search
(organization_id, customer_id, name_key, words, typo_keys, is_redirect, bare_name, match_keys)
select a.organization_id, a.id, lower(a.company_name), ' ' || lower(a.company_name), '{}', false,
    lower(a.company_name), '{}'
from added as a
"""
SORTS = [
    sign + key for key in ("name", "created_at", "revenue", "last_order_at") for sign in ("", "-")
]
SORT_KEYS = {
    "name": "lower(c.company_name)",
    "created_at": "c.created_at",
    "revenue": "s.revenue",
    "last_order_at": "coalesce(s.last_order_at, '-infinity')",
}


def walk(tap: Tap, ours: Organization, sort: str, page_size: int = 7) -> list[UUID]:
    """Every customer's id, page by page."""
    ids: list[UUID] = []
    cursor = None
    while page := tap.rows(PAGE, sort, cursor, page_size, ours.id):
        ids += [id_ for id_, _ in page]
        cursor = page[-1][1]
    return ids


@pytest.fixture
def ours(tap: Tap, make_org: MakeOrg) -> Organization:
    """An organization with 40 customers, many of them alike in what they are sorted by."""
    made = make_org("Acme")
    tap.execute("delete from public.customers where id = %s", made.customer)
    tap.execute(ADD_MANY, made.id, 40)
    tap.execute(ADD_ORDERS, made.id)
    return made


@pytest.mark.parametrize("sort", SORTS)
def test_pages_come_in_the_order_asked_for(tap: Tap, ours: Organization, sort: str) -> None:
    direction = "desc" if sort.startswith("-") else "asc"
    expected = tap.rows(
        f"""
        select c.id from public.customers as c
        inner join public.customer_stats as s on s.customer_id = c.id
        where c.organization_id = %s
        order by {SORT_KEYS[sort.lstrip("-")]} {direction}, c.id {direction}
        """,
        ours.id,
    )
    with tap.acting_as(ours.viewer):
        assert walk(tap, ours, sort) == [id_ for (id_,) in expected]


@pytest.mark.parametrize("sort", SORTS)
def test_a_walk_neither_skips_nor_repeats_while_others_change(
    tap: Tap, ours: Organization, sort: str
) -> None:
    with tap.acting_as(ours.viewer):
        there = walk(tap, ours, sort)
    seen: list[UUID] = []
    gone: set[UUID] = set()
    added: set[UUID] = set()
    cursor = None
    for number in range(100):
        with tap.acting_as(ours.viewer):
            page = tap.rows(PAGE, sort, cursor, 6, ours.id)
        if not page:
            break
        seen += [id_ for id_, _ in page]
        cursor = page[-1][1]
        # One more at each end, one that moves from one end to the other, and one that leaves.
        for name, at in ((" First", "2000-01-01"), ("zz Last", "2100-01-01")):
            added.add(tap.value(ADD, ours.id, f"{name} {number}", at))
        moved, left = there[(5 * number + 3) % 40], there[(7 * number + 1) % 40]
        rename = "update public.customers set company_name = %s, created_at = %s where id = %s"
        tap.execute(rename, *((" A", "1999-01-01") if number % 2 else ("zzz", "2101-01-01")), moved)
        tap.execute("update public.orders set total = total + 5 where customer_id = %s", moved)
        tap.execute("delete from public.orders where customer_id = %s", left)
        tap.execute("delete from public.customers where id = %s", left)
        gone |= {moved, left}

    stayed = [id_ for id_ in there if id_ not in gone]
    assert [id_ for id_ in seen if id_ in stayed] == stayed
    assert len(seen) > 20
    assert not [id_ for id_ in seen if id_ not in there and id_ not in added]


@pytest.mark.parametrize(
    "sort", ["", "Name", "company_name", "--name", "name-", "-", "name; drop table x", None]
)
def test_an_order_that_nobody_knows_is_refused(tap: Tap, make_org: MakeOrg, sort: Any) -> None:
    made = make_org("Acme")
    with tap.acting_as(made.viewer):
        tap.throws("PT422", "sort_invalid", PAGE, sort, None, 5, made.id)
        assert tap.error_of(PAGE, "-name", None, 5, made.id) is None


def test_a_cursor_of_another_order_or_list_is_refused(tap: Tap, make_org: MakeOrg) -> None:
    made = make_org("Acme")
    timeline = "select cursor from public.customer_timeline(%s, page_size => 1)"
    with tap.acting_as(made.viewer):
        cursors = {sort: tap.rows(PAGE, sort, None, 1, made.id)[0][1] for sort in SORTS}
        foreign = tap.value(timeline, made.customer)
        for sort in SORTS:
            assert tap.error_of(PAGE, sort, cursors[sort], 5, made.id) is None
            for other in (foreign, *(cursors[name] for name in SORTS if name != sort)):
                tap.throws("PT422", "cursor_invalid", PAGE, sort, other, 5, made.id)


def test_a_damaged_cursor_is_refused(tap: Tap, make_org: MakeOrg) -> None:
    made = make_org("Acme")

    def encoded(text: str | bytes) -> str:
        return urlsafe_b64encode(text if isinstance(text, bytes) else text.encode()).decode()

    some_id = uuid4()
    damaged = [
        "",
        "nonsense",
        "%%%",
        "a",
        encoded(b"\xff\xfe"),
        encoded("not json"),
        encoded("{}"),
        encoded("[]"),
        encoded("null"),
        encoded('["created_at"]'),
        encoded('["created_at", "2026-01-01"]'),
        encoded('["created_at", "2026-01-01", "no uuid"]'),
        encoded(f'["created_at", "no time", "{some_id}"]'),
        encoded(f'["created_at", null, "{some_id}"]'),
        encoded(f'["created_at", "2026-01-01\\u0000", "{some_id}"]'),
        encoded("[" * 100_000),
        encoded("[" * 1_400),
        encoded('{"a":' * 300),
    ]
    with tap.acting_as(made.viewer):
        for cursor in damaged:
            tap.throws("PT422", "cursor_invalid", PAGE, "created_at", cursor, 5, made.id)
        valid = encoded(f'["created_at", "2000-01-01", "{some_id}"]')
        assert len(tap.rows(PAGE, "created_at", valid, 5, made.id)) == 1


def test_a_cursor_is_worth_nothing_in_another_organization(tap: Tap, make_org: MakeOrg) -> None:
    made, theirs = make_org("Acme"), make_org("Rival")
    with tap.acting_as(made.viewer):
        cursor = tap.rows(PAGE, "-name", None, 5, made.id)[0][1]
    with tap.acting_as(theirs.viewer):
        tap.throws("PT404", "organization_not_found", PAGE, "-name", cursor, 5, made.id)
        seen = tap.rows(PAGE, "-name", cursor, 5, theirs.id)
    assert {id_ for id_, _ in seen} <= {theirs.customer}


def test_a_page_holds_one_to_two_hundred_rows(tap: Tap, make_org: MakeOrg) -> None:
    made = make_org("Acme")
    tap.execute(ADD_MANY, made.id, 250)
    with tap.acting_as(made.viewer):
        for size in (0, -1, 201):
            tap.throws("PT422", "page_size_invalid", SIZED, size, made.id)
        assert len(tap.rows(SIZED, None, made.id)) == 50
        for size in (1, 200):
            assert len(tap.rows(SIZED, size, made.id)) == size
        default = "select id from public.search_customers(organization_id => %s)"
        assert len(tap.rows(default, made.id)) == 50


def test_a_row_is_the_customer_and_what_belongs_to_it(tap: Tap, make_org: MakeOrg) -> None:
    made = make_org("Acme")
    columns = """
    select a.attname from pg_attribute as a
    where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum
    """
    customer, stats = (
        [name for (name,) in tap.rows(columns, f"public.{table}")]
        for table in ("customers", "customer_stats")
    )
    search = "select * from public.search_customers(organization_id => %s)"
    with tap.acting_as(made.viewer):
        cursor = tap.execute(search, made.id)
        assert cursor.description
        names = [column.name for column in cursor.description]
        row: dict[str, Any] = dict(zip(names, cursor.fetchall()[0], strict=True))
        ((stored,),) = tap.rows("select to_jsonb(c) from public.customers as c")
    joined = ["tier_name", "tier_level", "tier_color"]
    joined += ["primary_contact_name", "primary_contact_email", "contact_count"]
    assert names == [*customer, *joined, *stats[2:], "cursor"]
    assert [row[name] for name in joined[:4]] == ["Basic", 2, "#808080", "Ann Smith"]
    assert row["primary_contact_email"].startswith("ann.")
    assert row["contact_count"] == 2
    assert {name: str(row[name]) for name in ("id", "company_name", "version")} == {
        name: str(stored[name]) for name in ("id", "company_name", "version")
    }


def test_the_organization_may_be_left_out_by_a_member_of_one(tap: Tap, make_org: MakeOrg) -> None:
    made = make_org("Acme")
    with tap.acting_as(made.viewer):
        tap.results_eq("select id from public.search_customers()", [(made.customer,)])
        assert tap.value("select public.count_customers()") == {"count": 1, "exact": True}
    with tap.acting_as_service():
        tap.throws("PT422", "organization_required", "select public.search_customers()")


def test_a_count_is_exact_up_to_ten_thousand_and_says_at_least_above(
    admin_db: Connection,
) -> None:
    tap = Tap(admin_db)
    made = insert_organization(tap, "Acme")
    tap.execute("set local session_replication_role = replica")  # no trigger for 10,000 rows
    tap.execute(ADD_BARE, made.id, 9_999)
    tap.execute("set local session_replication_role = origin")
    tap.execute("analyze public.customers, public.customer_stats, private.customer_search")
    with tap.acting_as(made.viewer):
        assert tap.value(COUNT, made.id) == {"count": 10_000, "exact": True}
    tap.execute(ADD, made.id, "One more", "2026-01-01")
    with tap.acting_as(made.viewer):
        assert tap.value(COUNT, made.id) == {"count": 10_001, "exact": False}
        narrow = {"created_from": "2026-01-02"}
        assert tap.value(COUNT_FILTERED, narrow, made.id) == {"count": 1, "exact": True}
