"""Filters of search_customers: each alone, together, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from organizations import Organization
from tap import Tap

MakeOrg = Callable[[str], Organization]

SEARCH = """
select company_name from public.search_customers(filters => %s, organization_id => %s)
"""
COUNT = "select public.count_customers(filters => %s, organization_id => %s)"
ADD = """
insert into public.customers (
    organization_id, company_name, status, customer_type, tier_id, tags, currency,
    portal_enabled, credit_limit, credit_hold_reason, credit_hold_until, billing_address,
    parent_id, created_at
) values (
    %(organization_id)s, %(name)s, %(status)s, %(type)s, %(tier)s, %(tags)s, %(currency)s,
    %(portal)s, %(limit)s, %(hold)s, %(until)s, %(address)s, %(parent)s, %(created)s
) returning id
"""
DEFAULTS: dict[str, Any] = {
    "status": "active",
    "type": "standard",
    "tags": [],
    "currency": "USD",
    "portal": False,
    "limit": None,
    "hold": None,
    "until": None,
    "address": {},
    "parent": None,
    "created": "2026-01-01T00:00:00Z",
}


class Listed:
    """Customers A to F, told apart by what they are, and what a viewer's filters find of them."""

    def __init__(self, tap: Tap, ours: Organization) -> None:
        self.tap, self.ours = tap, ours
        tap.execute("delete from public.customers where id = %s", ours.customer)
        self.a = self.add("A", tags=["x", "y"], created="2026-02-01T00:00:00Z", limit=100)
        self.b = self.add("B", tags=["x"], type="vip", currency="EUR", limit=100)
        self.c = self.add("C", status="suspended", portal=True, limit=0)
        self.d = self.add("D", status="inactive", type="partner", tags=["z"], hold="late")
        unverified = {"line1": "Somewhere", "unverified": True}
        self.e = self.add("E", tier=ours.gold, address=unverified, hold="x", until="2020-01-01")
        self.f = self.add("F", parent=self.a, limit=100)
        for kind, customer, values in (
            ("orders", self.a, {"number": "1", "total": 79.99}),
            ("orders", self.b, {"number": "2", "total": 80}),
            ("orders", self.f, {"number": "3", "total": 50, "status": "completed"}),
            ("invoices", self.f, {"number": "3", "total": 100.01, "order_number": "3"}),
            ("invoices", self.c, {"number": "4", "total": 1, "due_at": "2999-01-01"}),
        ):
            issued = {"issued_at": "2026-01-01"} if kind == "invoices" else {}
            base = {"organization_id": str(ours.id), "customer_id": str(customer)}
            row = base | issued | values
            with tap.acting_as_service():
                tap.execute(f"select public.upsert_{kind}(%s)", tap.json([row]))
        overdue = "update public.invoices set due_at = '2026-01-02' where customer_id = %s"
        tap.execute(overdue, self.f)

    def add(self, name: str, **values: Any) -> Any:
        """One customer."""
        given = DEFAULTS | {"tier": self.ours.basic} | values
        given |= {"organization_id": self.ours.id, "name": name}
        row = self.tap.connection.execute(ADD.encode(), given).fetchone()
        assert row
        return row[0]

    def found(self, filters: Any) -> str:
        """The names, in one word; counting finds as many."""
        with self.tap.acting_as(self.ours.viewer):
            names = "".join(name for (name,) in self.tap.rows(SEARCH, filters, self.ours.id))
            count = self.tap.value(COUNT, filters, self.ours.id)
        assert count == {"count": len(names), "exact": True}
        return names


@pytest.fixture
def listed(tap: Tap, make_org: MakeOrg) -> Listed:
    return Listed(tap, make_org("Acme"))


def test_every_filter_finds_what_it_says(listed: Listed, subtests: pytest.Subtests) -> None:
    ours = listed.ours
    expected: list[tuple[dict[str, Any], str]] = [
        ({}, "ABCDEF"),
        ({"ids": [str(listed.a), str(listed.c), str(uuid4())]}, "AC"),
        ({"ids": []}, ""),
        ({"ids": str(listed.a)}, "A"),
        ({"status": "active"}, "ABEF"),
        ({"status": ["suspended", "inactive"]}, "CD"),
        ({"status": []}, ""),
        ({"tier_id": str(ours.gold)}, "E"),
        ({"tier_id": [str(ours.gold), str(ours.basic)]}, "ABCDEF"),
        ({"customer_type": ["vip", "partner"]}, "BD"),
        ({"tags": ["x"]}, "AB"),
        ({"tags": ["x", "y"]}, "A"),
        ({"tags": []}, "ABCDEF"),
        ({"tags_any": ["y", "z"]}, "AD"),
        ({"tags_any": "x"}, "AB"),
        ({"currency": "EUR"}, "B"),
        ({"parent_id": str(listed.a)}, "F"),
        ({"portal_enabled": True}, "C"),
        ({"portal_enabled": False}, "ABDEF"),
        ({"created_from": "2026-02-01T00:00:00Z"}, "A"),
        ({"created_from": "2026-02-01T00:00:01Z"}, ""),
        ({"created_to": "2026-02-01T00:00:00Z"}, "BCDEF"),
        ({"created_from": "2026-01-01", "created_to": "2026-02-02"}, "ABCDEF"),
        ({"revenue_min": 79.99}, "AB"),
        ({"revenue_max": 50}, "CDEF"),
        ({"revenue_min": 50, "revenue_max": "79.99"}, "AF"),
        ({"credit_status": "on_hold"}, "D"),
        ({"credit_status": "near_limit"}, "B"),
        ({"credit_status": "over_limit"}, "CF"),
        ({"credit_status": ["ok", "near_limit"]}, "ABE"),
        ({"has_overdue": True}, "F"),
        ({"has_overdue": False}, "ABCDE"),
        ({"unverified_address": True}, "E"),
        ({"unverified_address": False}, "ABCDF"),
        ({"status": None, "tags": None}, "ABCDEF"),
        ({"status": "active", "customer_type": "standard", "tags": ["x"]}, "A"),
    ]
    for filters, names in expected:
        with subtests.test(filters=filters):
            assert listed.found(filters) == names
    assert {key for filters, _ in expected for key in filters} == {
        "ids", "status", "tier_id", "customer_type", "tags", "tags_any", "currency", "parent_id",
        "portal_enabled", "created_from", "created_to", "revenue_min", "revenue_max",
        "credit_status", "has_overdue", "unverified_address",
    }  # fmt: skip


def test_filters_and_query_narrow_each_other(listed: Listed) -> None:
    search = """
    select company_name
    from public.search_customers(query => %s, filters => %s, organization_id => %s)
    """
    with listed.tap.acting_as(listed.ours.viewer):
        tap, ours = listed.tap, listed.ours.id
        tap.results_eq(search, [("A",), ("B",)], "x", {"status": "active"}, ours)
        tap.is_empty(search, "x", {"status": "inactive"}, ours)


@pytest.mark.parametrize(
    ("filters", "slug"),
    [
        ({"colour": "red"}, "unknown_key"),
        ({"Status": "active"}, "unknown_key"),
        ({"ids": ["x"]}, "filter_invalid"),
        ({"tier_id": "gold"}, "filter_invalid"),
        ({"parent_id": [1]}, "filter_invalid"),
        ({"portal_enabled": "maybe"}, "filter_invalid"),
        ({"has_overdue": []}, "filter_invalid"),
        ({"created_from": "yesterdayish"}, "filter_invalid"),
        ({"created_to": {}}, "filter_invalid"),
        ({"revenue_min": "much"}, "filter_invalid"),
        ({"revenue_max": True}, "filter_invalid"),
    ],
)
def test_filters_that_nobody_knows_or_that_have_another_type_are_refused(
    tap: Tap, make_org: MakeOrg, filters: dict[str, Any], slug: str
) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.viewer):
        for sql in (SEARCH, COUNT):
            tap.throws("PT422", slug, sql, filters, ours.id)
            assert tap.error_of(sql, {}, ours.id) is None


@pytest.mark.parametrize("filters", [[], "active", 5])
def test_filters_are_an_object(tap: Tap, make_org: MakeOrg, filters: Any) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.viewer):
        tap.throws("PT422", "not_an_object", SEARCH, tap.json(filters), ours.id)


def test_a_filter_takes_at_most_ten_thousand_values(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    ids = [str(uuid4()) for _ in range(9_999)] + [str(ours.customer)]
    with tap.acting_as(ours.viewer):
        tap.results_eq(SEARCH, [("Acme Customer",)], {"ids": ids}, ours.id)
        tap.throws("PT422", "filter_invalid", SEARCH, {"ids": [*ids, str(uuid4())]}, ours.id)


def test_values_of_filters_are_data(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    strange = ["x' or true --", "$1", "$", "a\\'b", "{x,y}", 'say "x"', "a,b"]
    tap.execute("update public.customers set tags = %s where id = %s", strange, ours.customer)
    with tap.acting_as(ours.viewer):
        for tag in strange:
            tap.results_eq(SEARCH, [("Acme Customer",)], {"tags": [tag]}, ours.id)
        tap.is_empty(SEARCH, {"tags": ["x' or true"]}, ours.id)
