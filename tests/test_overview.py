"""customer_overview: everything that the page of a customer shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from organizations import ROLES, Organization
from tap import Tap, assert_same_error

MakeOrg = Callable[[str], Organization]

OVERVIEW = "select public.customer_overview(%s)"
KEYS = """
customer tier pending_change primary_contact contact_count stats account_age_days credit
recent_orders open_invoices last_activities group permissions
""".split()
ADD = """
insert into public.customers (organization_id, company_name, parent_id, currency)
values (%s, %s, %s, %s) returning id
"""
SET = "update public.customers set {} where id = %s"
ADD_ORDER = """
insert into public.orders (
    organization_id, customer_id, number, currency, list_amount, total, status, placed_at
)
select c.organization_id, c.id, gen_random_uuid(), c.currency, %s, %s, %s, now() - %s::interval
from public.customers as c
where c.id = %s
"""
ADD_INVOICE = """
insert into public.invoices (
    organization_id, customer_id, number, currency, total, issued_at, due_at
)
select c.organization_id, c.id, %s, c.currency, %s, now() - interval '9 years', {}
from public.customers as c
where c.id = %s
"""
HOLD = "select public.set_credit_hold(%s, 'late', '2999-01-01')"


def overview(tap: Tap, ours: Organization, customer: UUID | None = None) -> Any:
    """What a viewer sees."""
    with tap.acting_as(ours.viewer):
        return tap.value(OVERVIEW, customer or ours.customer)


def order(tap: Tap, customer: UUID, total: int, age: str = "0", status: str = "open") -> None:
    """An order that was placed this long ago."""
    tap.execute(ADD_ORDER, total, total, status, age, customer)


def add(tap: Tap, ours: Organization, parent: UUID | None = None, currency: str = "USD") -> UUID:
    """Another customer."""
    customer: UUID = tap.value(ADD, ours.id, uuid4().hex, parent, currency)
    return customer


def test_a_new_customer_has_little_to_show(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    found = overview(tap, ours)
    assert sorted(found) == sorted(KEYS)
    row = "select to_jsonb(c) from public.customers as c where c.id = %s"
    assert found["customer"] == tap.value(row, ours.customer)
    tier = "select to_jsonb(t) - 'organization_id' from public.customer_tiers as t where t.id = %s"
    assert found["tier"] == tap.value(tier, ours.basic)
    assert (found["contact_count"], found["account_age_days"]) == (2, 0)
    assert found["primary_contact"]["id"] == str(ours.contacts[0])
    assert found["pending_change"] is None
    assert found["group"] is None
    assert found["recent_orders"] == found["open_invoices"] == []
    nothing = {"orders": 0, "revenue": 0}
    assert found["stats"] == {
        "order_count": 0,
        "revenue": 0,
        "last_order_at": None,
        "open_order_total": 0,
        "uninvoiced_order_total": 0,
        "open_invoice_total": 0,
        "oldest_unpaid_due_on": None,
        "last_30_days": nothing,
        "previous_30_days": nothing,
        "overdue_total": 0,
    }
    unlimited = {"limit": None, "used": 0, "available": None, "status": "ok", "hold": None}
    assert found["credit"] == unlimited
    types = {activity["type"] for activity in found["last_activities"]}
    assert types == {"customer_created", "contact_added"}


def test_a_customer_may_have_neither_tier_nor_contacts(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    customer = add(tap, ours)
    tap.execute(SET.format("tier_id = null"), customer)
    found = overview(tap, ours, customer)
    assert (found["tier"], found["primary_contact"], found["contact_count"]) == (None, None, 0)


def test_thirty_days_are_told_from_the_thirty_before(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    other = add(tap, ours)
    order(tap, other, 1)
    ages = {
        "-1 microsecond": 1,
        "0": 10,
        "719:59:59.999999": 100,
        "720:00:00": 1000,
        "1439:59:59.999999": 10000,
        "1440:00:00": 100000,
    }
    for age, total in ages.items():
        order(tap, ours.customer, total, age)
        order(tap, ours.customer, total, age, "cancelled")
    stats = overview(tap, ours)["stats"]
    assert stats["last_30_days"] == {"orders": 2, "revenue": 110}
    assert stats["previous_30_days"] == {"orders": 2, "revenue": 11000}
    assert (stats["order_count"], stats["revenue"]) == (6, 111111)


def test_thirty_days_have_720_hours_wherever_the_clock_is_changed(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    for age in ("719:59:59", "720:00:01", "1439:59:59", "1440:00:01"):
        order(tap, ours.customer, 1, age)
    before = overview(tap, ours)["stats"]
    for zone in ("America/New_York", "Australia/Lord_Howe", "Europe/Berlin"):
        tap.execute(f"set local time zone '{zone}'")
        found = overview(tap, ours)["stats"]
        for window in ("last_30_days", "previous_30_days"):
            assert found[window] == before[window]
    assert before["last_30_days"]["orders"] == before["previous_30_days"]["orders"] - 1 == 1


def test_what_was_due_before_today_is_overdue(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    today = "date_trunc('day', now(), 'UTC')"
    due = {f"{today} - interval '1 microsecond'": 1, today: 10, "now() - interval '2 years'": 100}
    for number, (instant, total) in enumerate(due.items()):
        tap.execute(ADD_INVOICE.format(instant), str(number), total, ours.customer)
    found = overview(tap, ours)
    assert (found["stats"]["overdue_total"], found["stats"]["open_invoice_total"]) == (101, 111)
    assert [invoice["number"] for invoice in found["open_invoices"]] == ["2", "0", "1"]
    paid = "update public.invoices set status = 'paid' where number = '2' and customer_id = %s"
    tap.execute(paid, ours.customer)
    assert overview(tap, ours)["stats"]["overdue_total"] == 1


def test_lists_are_short_and_begin_with_what_matters_first(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    for number in range(12):
        order(tap, ours.customer, number, f"{number} days")
        due = f"now() + interval '{12 - number} days'"
        tap.execute(ADD_INVOICE.format(due), str(number), number, ours.customer)
    found = overview(tap, ours)
    assert [row["total"] for row in found["recent_orders"]] == list(range(10))
    assert [row["total"] for row in found["open_invoices"]] == list(range(11, 1, -1))
    timeline = "select id::text from public.customer_timeline(%s, page_size => 10)"
    with tap.acting_as(ours.viewer):
        newest = [row[0] for row in tap.rows(timeline, ours.customer)]
    assert [row["id"] for row in found["last_activities"]] == newest
    assert len(newest) == 10
    # The last row's cursor leads on, as it does in the timeline itself.
    rest = "select count(*) from public.customer_timeline(%s, cursor => %s)"
    cursor = found["last_activities"][-1]["cursor"]
    count = "select count(*) from public.customer_activities where customer_id = %s"
    with tap.acting_as(ours.viewer):
        everything = tap.value(count, ours.customer)
        assert tap.value(rest, ours.customer, cursor) == everything - 10


@pytest.mark.parametrize("currency", ["USD", "KWD"])
def test_credit_is_what_may_order_says(tap: Tap, make_org: MakeOrg, currency: str) -> None:
    ours = make_org("Acme")
    tap.execute(SET.format("credit_limit = 100, currency = %s"), currency, ours.customer)
    order(tap, ours.customer, 80)
    credit = {"limit": 100, "used": 80, "available": 20, "status": "near_limit", "hold": None}
    assert overview(tap, ours)["credit"] == credit
    with tap.acting_as(ours.admin):
        tap.execute(HOLD, ours.customer)
    hold = {"reason": "late", "until": "2999-01-01T00:00:00+00:00", "by": str(ours.admin)}
    assert overview(tap, ours)["credit"] == credit | {"status": "on_hold", "hold": hold}
    tap.execute(SET.format("credit_hold_until = now()"), ours.customer)
    assert overview(tap, ours)["credit"] == credit


@pytest.mark.parametrize(("age", "days"), [("23:59:59", 0), ("24:00:00", 1), ("8760:00:00", 365)])
def test_an_account_is_as_old_as_its_full_days(
    tap: Tap, make_org: MakeOrg, age: str, days: int
) -> None:
    ours = make_org("Acme")
    tap.execute(SET.format("created_at = now() - %s::interval"), age, ours.customer)
    assert overview(tap, ours)["account_age_days"] == days


def test_every_role_reads_it_and_service_role(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    expected = overview(tap, ours)
    expected.pop("permissions")
    for role in ROLES:
        with tap.acting_as(ours.login(role)):
            found = tap.value(OVERVIEW, ours.customer)
        assert found.pop("permissions")
        assert found == expected
    with tap.acting_as_service():
        assert tap.value(OVERVIEW, ours.customer)["customer"] == expected["customer"]


def test_a_foreign_customer_cannot_be_told_from_none(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    with tap.acting_as(ours.owner):
        absent = tap.throws("PT404", "customer_not_found", OVERVIEW, uuid4())
        assert_same_error(absent, tap.error_of(OVERVIEW, theirs.customer))
        assert tap.value(OVERVIEW, ours.customer)
