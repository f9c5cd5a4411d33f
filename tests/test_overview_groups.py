"""Groups in the overview: a customer with everything below it, rolled up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from organizations import Organization
from tap import Tap
from test_overview import SET, add, order, overview

MakeOrg = Callable[[str], Organization]


def totals(currency: str, customers: int, orders: int, revenue: int, unpaid: int = 0) -> Any:
    """What a group comes to in one currency; its orders are open."""
    return {
        "currency": currency,
        "customers": customers,
        "order_count": orders,
        "revenue": revenue,
        "open_order_total": revenue,
        "open_invoice_total": unpaid,
    }


def test_a_group_is_rolled_up_by_currency(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    root = ours.customer
    child, euro = add(tap, ours, root), add(tap, ours, root, "EUR")
    leaf = add(tap, ours, euro)
    add(tap, ours)
    add(tap, theirs, theirs.customer)
    for customer, total in ((root, 1), (child, 10), (euro, 100), (leaf, 1000), (leaf, 2000)):
        order(tap, customer, total)
    invoice = {"organization_id": str(ours.id), "customer_id": str(leaf), "number": "1", "total": 7}
    with tap.acting_as_service():
        tap.execute("select public.upsert_invoices(%s)", tap.json([invoice]))

    expected = [totals("EUR", 1, 1, 100), totals("USD", 3, 4, 3011, 7)]
    group = {"parent": None, "children_count": 2, "totals": expected}
    assert overview(tap, ours)["group"] == group

    below = overview(tap, ours, euro)["group"]
    number = overview(tap, ours)["customer"]["customer_number"]
    parent = {"id": str(root), "customer_number": number, "company_name": "Acme Customer"}
    expected = [totals("EUR", 1, 1, 100), totals("USD", 1, 2, 3000, 7)]
    assert below == {"parent": parent, "children_count": 1, "totals": expected}

    last = overview(tap, ours, leaf)["group"]
    assert last["parent"]["id"] == str(euro)
    assert (last["children_count"], last["totals"]) == (0, [totals("USD", 1, 2, 3000, 7)])


def test_what_was_merged_away_counts_no_more(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    child = add(tap, ours, ours.customer)
    source = add(tap, ours, ours.customer)
    grandchild = add(tap, ours, source)
    order(tap, grandchild, 5)
    tap.execute(SET.format("merged_into = %s"), child, source)
    group = overview(tap, ours)["group"]
    assert group["children_count"] == 1
    # What hangs below a redirect is still of the group.
    assert group["totals"] == [totals("USD", 3, 1, 5)]


def test_a_circle_that_should_not_be_there_ends(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    child = add(tap, ours, ours.customer)
    order(tap, child, 5)
    tap.execute("alter table public.customers disable trigger _400_refuse_cycle_update")
    tap.execute(SET.format("parent_id = %s"), child, ours.customer)
    tap.execute("set local statement_timeout = '10s'")  # or else it would never fail
    for customer in (ours.customer, child):
        assert overview(tap, ours, customer)["group"]["totals"] == [totals("USD", 2, 1, 5)]
