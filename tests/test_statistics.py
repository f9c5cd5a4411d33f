"""customer_statistics: what an organization has, counted exactly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from organizations import ROLES, Organization
from tap import Tap, assert_same_error

MakeOrg = Callable[[str], Organization]

STATISTICS = "select public.customer_statistics(%s)"
# The text, and not what Python makes of it: money is exact.
CURRENCIES = "select public.customer_statistics(%s) ->> 'by_currency'"
ADD = """
insert into public.customers (
    organization_id, company_name, status, tier_id, customer_type, currency, created_at, merged_into
)
values (
    %(organization)s, %(name)s, %(status)s, %(tier)s, %(type)s, %(currency)s, %(created)s,
    %(merged)s
) returning id
"""
CURRENCY = "select c.currency from public.customers as c where c.id = %s"
TALLIES = "select count(*) from private.customer_tallies as t where t.organization_id = %s"
UPSERT = "select public.upsert_{}(%s)"
SET_ZONE = "update public.organizations set settings = %s where id = %s"
SINCE = """
select date_trunc('month', now() at time zone %(zone)s) at time zone %(zone)s
    + %(microseconds)s * interval '1 microsecond'
"""


def add(tap: Tap, ours: Organization, **values: Any) -> UUID:
    """A customer that is none of its kind but for these values."""
    given = {
        "organization": ours.id,
        "name": uuid4().hex,
        "status": "active",
        "tier": None,
        "type": "standard",
        "currency": "USD",
        "created": "2020-01-01T00:00:00Z",
        "merged": None,
    } | values
    row = tap.connection.execute(ADD.encode(), given).fetchone()
    assert row
    # Without a tier, the trigger gives the default one.
    if given["tier"] is None:
        tap.execute("update public.customers set tier_id = null where id = %s", row[0])
    customer: UUID = row[0]
    return customer


def owe(tap: Tap, ours: Organization, customer: UUID, kind: str, **values: Any) -> None:
    """An order or an invoice."""
    base = {"organization_id": str(ours.id), "customer_id": str(customer), "number": uuid4().hex}
    with tap.acting_as_service():
        tap.execute(UPSERT.format(kind), tap.json([base | values]))


def statistics(tap: Tap, ours: Organization) -> Any:
    """What a viewer gets."""
    with tap.acting_as(ours.viewer):
        return tap.value(STATISTICS, ours.id)


def test_customers_are_counted_by_each_of_their_traits(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    add(tap, theirs, tier=theirs.gold)
    add(tap, ours, tier=ours.gold, type="vip", status="suspended")
    add(tap, ours, tier=ours.gold, type="partner", status="inactive")
    add(tap, ours, type="partner")
    found = statistics(tap, ours)
    assert found["total"] == 4
    assert found["by_status"] == {"active": 2, "inactive": 1, "suspended": 1}
    assert found["by_type"] == {"standard": 1, "vip": 1, "partner": 2}
    assert found["by_tier"] == [
        {"id": str(ours.gold), "name": "Gold", "level": 1, "count": 2},
        {"id": str(ours.basic), "name": "Basic", "level": 2, "count": 1},
        {"id": None, "name": None, "level": None, "count": 1},
    ]


def test_what_nobody_has_is_counted_as_none(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    tap.execute("delete from public.customers where id = %s", ours.customer)
    found = statistics(tap, ours)
    assert found == {
        "total": 0,
        "new_this_month": 0,
        "merged": 0,
        "by_status": {"active": 0, "inactive": 0, "suspended": 0},
        "by_type": {"standard": 0, "vip": 0, "partner": 0},
        "by_tier": [
            {"id": str(ours.gold), "name": "Gold", "level": 1, "count": 0},
            {"id": str(ours.basic), "name": "Basic", "level": 2, "count": 0},
            {"id": None, "name": None, "level": None, "count": 0},
        ],
        "by_currency": [],
    }


def test_money_is_added_up_within_a_currency_and_exact(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    euro, dinar = add(tap, ours, currency="EUR"), add(tap, ours, currency="KWD")
    for customer, total in ((ours.customer, "0.10"), (ours.customer, "0.20"), (euro, "5")):
        owe(tap, ours, customer, "orders", total=total)
    owe(tap, ours, euro, "orders", total="7", status="completed")
    owe(tap, ours, euro, "orders", total="9", status="cancelled")
    owe(tap, ours, dinar, "invoices", total="1.001")
    owe(tap, ours, dinar, "invoices", total="1.001", status="paid")
    with tap.acting_as(ours.viewer):
        columns = "currency text, count int, revenue numeric, open_order_total numeric"
        columns += ", open_invoice_total numeric"
        sql = f"select * from jsonb_to_recordset(({CURRENCIES})::jsonb) as r ({columns})"
        zero = Decimal(0)
        tap.results_eq(
            sql,
            [
                ("EUR", 1, Decimal(12), Decimal(5), zero),
                ("KWD", 1, zero, zero, Decimal("1.001")),
                ("USD", 1, Decimal("0.3"), Decimal("0.3"), zero),
            ],
            ours.id,
        )


@pytest.mark.parametrize("zone", [None, "UTC", "Pacific/Kiritimati", "America/Los_Angeles"])
def test_a_month_begins_at_midnight_where_the_organization_is(
    tap: Tap, make_org: MakeOrg, zone: str | None
) -> None:
    ours = make_org("Acme")
    tap.execute("delete from public.customers where id = %s", ours.customer)
    tap.execute(SET_ZONE, {"time_zone": zone} if zone else {}, ours.id)
    for microseconds, expected in ((-1, 0), (0, 1)):
        given = {"zone": zone or "UTC", "microseconds": microseconds}
        row = tap.connection.execute(SINCE.encode(), given).fetchone()
        assert row
        assert isinstance(row[0], datetime)
        add(tap, ours, created=row[0])
        assert statistics(tap, ours)["new_this_month"] == expected
    assert statistics(tap, ours)["total"] == 2


def test_a_redirect_is_no_customer(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    before = statistics(tap, ours)
    assert before["merged"] == 0
    customer = add(tap, ours, tier=ours.gold, type="vip", status="suspended", currency="EUR")
    assert statistics(tap, ours)["total"] == 2
    merge = "update public.customers set merged_into = %s where id = %s"
    tap.execute(merge, ours.customer, customer)
    assert statistics(tap, ours) == before | {"merged": 1}


def test_maintenance_adds_up_and_changes_nothing(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    customers = [add(tap, ours, currency=currency) for currency in ("EUR", "USD") * 30]
    for customer in customers[:40]:
        owe(tap, ours, customer, "orders", currency=tap.value(CURRENCY, customer), total=10)
        tap.execute("update public.customers set status = 'suspended' where id = %s", customer)
    for customer in customers[50:]:
        tap.execute("delete from public.customers where id = %s", customer)
    before = statistics(tap, ours)
    assert tap.value(TALLIES, ours.id) >= 100
    foreign = tap.value(TALLIES, theirs.id)

    tap.execute("select private.fold_tallies()")

    assert statistics(tap, ours) == before
    assert (before["total"], before["by_status"]["suspended"]) == (51, 40)
    assert 0 < tap.value(TALLIES, ours.id) < 10
    # Few are left to whoever reads.
    assert tap.value(TALLIES, theirs.id) == foreign
    tap.execute("update public.customers set status = 'active' where id = %s", customers[0])
    assert statistics(tap, ours)["by_status"]["suspended"] == 39


def test_an_organization_goes_with_its_tallies(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    assert tap.value(TALLIES, ours.id) > 0
    tap.execute("delete from public.organizations where id = %s", ours.id)
    assert tap.value(TALLIES, ours.id) == 0


@pytest.mark.parametrize("role", ROLES)
def test_every_member_may_read_statistics(tap: Tap, make_org: MakeOrg, role: str) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.login(role)):
        # Somebody who belongs to one organization need not name it.
        assert tap.value("select public.customer_statistics()")["total"] == 1
        assert tap.value(STATISTICS, ours.id)["total"] == 1


def test_a_foreign_organization_cannot_be_told_from_none(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    with tap.acting_as(ours.owner):
        absent = tap.throws("PT404", "organization_not_found", STATISTICS, uuid4())
        assert_same_error(absent, tap.error_of(STATISTICS, theirs.id))
    with tap.acting_as_service():
        assert tap.value(STATISTICS, theirs.id)["total"] == 1
        tap.throws("PT422", "organization_required", STATISTICS, None)
