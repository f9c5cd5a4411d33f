"""Prices: exact, rounded as the currency asks, by the tier in force, with grace for open orders."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from organizations import Organization
from tap import Tap

MakeOrg = Callable[[str], Organization]
PRICE = "select discount_percentage from public.price_items(%s, %s, order_id => %s)"
ROWS = "select unit_price, line_total from public.price_items(%s, %s)"
ORDER = "select id from public.orders where organization_id = %s and number = %s"
DISCOUNT = "update public.customer_tiers set discount_percentage = %s where id = %s"
CURRENCY = "update public.customers set currency = %s where id = %s"
IMMEDIATE = {"tier_policy": {"upgrade": "immediate", "downgrade": "immediate"}}
LONG_SINCE = """
update public.customer_tier_periods set started_at = now() - interval '60 days'
where customer_id = %s
"""
GRACE_IS_OVER = """
update public.tier_discounts set started_at = started_at - interval '31 days',
    grace_until = grace_until - interval '31 days'
where tier_id = %s and grace_until is not null
"""


def items(tap: Tap, *prices: Any, quantity: Any = 1) -> Any:
    rows = [{"sku": "A", "unit_price": price, "quantity": quantity} for price in prices]
    return tap.json(rows)


def place(tap: Tap, org: Organization, number: str, discount: int) -> UUID:
    row: dict[str, Any] = {"organization_id": str(org.id), "customer_id": str(org.customer)}
    row |= {"number": number, "total": 90, "list_amount": 100, "discount_percentage": discount}
    with tap.acting_as_service():
        tap.execute("select public.upsert_orders(%s)", tap.json([row]))
    order: UUID = tap.value(ORDER, org.id, number)
    return order


@pytest.mark.parametrize(
    ("currency", "unit", "total"),
    [("USD", "9.45", "28.35"), ("JPY", "9", "27"), ("KWD", "9.450", "28.350")],
)
def test_money_is_rounded_as_the_currency_asks(
    tap: Tap, make_org: MakeOrg, currency: str, unit: str, total: str
) -> None:
    ours = make_org("acme")
    tap.execute(DISCOUNT, "5.5", ours.basic)
    tap.execute(CURRENCY, currency, ours.customer)
    with tap.acting_as(ours.viewer):
        for price in (10, "10.000"):
            [row] = tap.rows(ROWS, ours.customer, items(tap, price, quantity=3))
            assert row == (Decimal(unit), Decimal(total))


def test_an_open_order_keeps_its_discount_for_the_grace_of_the_first_cut(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("acme")
    tap.execute(DISCOUNT, 10, ours.basic)
    old = place(tap, ours, "A-1", 10)
    tap.execute(
        "update public.orders set placed_at = now() - interval '90 days' where id = %s", old
    )
    tap.execute(DISCOUNT, 4, ours.basic)

    def discount(order: UUID | None) -> Any:
        return tap.value(PRICE, ours.customer, items(tap, 1), order)

    with tap.acting_as(ours.viewer):
        assert (discount(old), discount(None)) == (10, 4)
    new = place(tap, ours, "A-2", 10)
    tap.execute("update public.orders set placed_at = clock_timestamp() where id = %s", new)
    assert discount(new) == 4

    # A second cut does not extend the grace of the first.
    tap.execute(LONG_SINCE, ours.customer)
    tap.execute(GRACE_IS_OVER, ours.basic)
    tap.execute(DISCOUNT, 2, ours.basic)
    assert (discount(old), discount(new)) == (2, 10)


def test_a_downgrade_gives_grace_and_an_upgrade_prices_at_once(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    tap.execute("update public.organizations set settings = %s where id = %s", IMMEDIATE, ours.id)
    change = "select public.request_tier_change(%s, %s)"
    with tap.acting_as(ours.member):
        tap.execute(change, ours.customer, ours.gold)
        assert tap.value(PRICE, ours.customer, items(tap, 1), None) == 10
    order = place(tap, ours, "A-1", 10)
    with tap.acting_as(ours.member):
        tap.execute(change, ours.customer, ours.basic)
        assert tap.value(PRICE, ours.customer, items(tap, 1), order) == 10
        assert tap.value(PRICE, ours.customer, items(tap, 1), None) < 10


@pytest.mark.parametrize("status", ["suspended", "inactive"])
def test_who_does_no_business_gets_no_price_unless_asked_for(
    tap: Tap, make_org: MakeOrg, status: str
) -> None:
    ours = make_org("acme")
    tap.execute("update public.customers set status = %s where id = %s", status, ours.customer)
    with tap.acting_as(ours.viewer):
        tap.throws("PT409", f"customer_{status}", ROWS, ours.customer, items(tap, 1))
        asked = "select from public.price_items(%s, %s, include_suspended => true)"
        assert len(tap.rows(asked, ours.customer, items(tap, 1, 2))) == 2


@pytest.mark.parametrize(
    "wrong",
    [[], {}, [{"sku": "A"}], [{"sku": "", "unit_price": 1}], [{"sku": "A", "unit_price": -1}]]
    + [[{"sku": "A", "unit_price": price}] for price in ("NaN", "1e3", True, None)]
    + [[{"sku": "A", "unit_price": 1, "quantity": 0}]],
)
def test_items_that_make_no_sense_are_refused(tap: Tap, make_org: MakeOrg, wrong: Any) -> None:
    ours = make_org("acme")
    with tap.acting_as(ours.viewer):
        tap.throws("PT422", "items_invalid", ROWS, ours.customer, tap.json(wrong))
        assert tap.rows(ROWS, ours.customer, items(tap, 1))


def test_the_view_tells_what_prices_rest_on_and_what_is_ahead(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    tap.execute("update public.organizations set settings = %s where id = %s", IMMEDIATE, ours.id)
    with tap.acting_as(ours.member):
        tap.execute(
            "select public.request_tier_change(%s, %s, null, now() + interval '1 day')",
            ours.customer,
            ours.gold,
        )
        tap.results_eq(
            "select tier_name, scheduled_tier_name, scheduled_at > now() "
            "from public.customer_pricing where customer_id = %s",
            [("Basic", "Gold", True)],
            ours.customer,
        )


def test_the_feed_tells_of_new_customers_that_have_a_tier(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    feed = "select kind, customer_id, tier_id, cursor from public.pricing_changes_since(%s)"
    add = "insert into public.customers (organization_id, company_name) values (%s, %s)"
    with tap.acting_as(ours.admin):
        cursor = tap.rows(feed, None)[-1][3]
        new = tap.value(f"{add} returning id", ours.id, "With the default tier")
        tap.execute("update public.customer_tiers set is_default = false where is_default")
        tap.execute(add, ours.id, "Without a tier")
        told = [row[:3] for row in tap.rows(feed, cursor)]
    assert told == [("tier", new, ours.basic)]
