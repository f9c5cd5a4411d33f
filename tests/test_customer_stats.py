"""Statistics of a customer: whatever happens to its orders, they equal a recount."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from organizations import Organization
from races import committed_organization, open_tap
from tap import Tap
from ts_customers.stack import StackStatus

MakeOrg = Callable[[str], Organization]
Row = dict[str, Any]

START = datetime(2026, 1, 1, tzinfo=UTC)
NUMBERS = ["1", "2", "3"]
AMOUNTS = st.integers(0, 10_000).map(lambda cents: cents / 100)
INSTANTS = st.integers(0, 90).map(lambda days: START + timedelta(days=days, hours=23))

ORDERS = st.fixed_dictionaries(
    {
        "customer": st.integers(0, 1),
        "number": st.sampled_from(NUMBERS),
        "status": st.sampled_from(["open", "completed", "cancelled"]),
        "total": AMOUNTS,
        "placed_at": INSTANTS,
    }
)
INVOICES = st.fixed_dictionaries(
    {
        "customer": st.integers(0, 1),
        "number": st.sampled_from(NUMBERS),
        "status": st.sampled_from(["open", "paid", "void"]),
        "total": AMOUNTS,
        "issued_at": st.just(START),
        "due_at": INSTANTS,
        "ordered": st.booleans(),
    }
)
STEPS = st.one_of(
    st.tuples(st.just("orders"), st.lists(ORDERS, min_size=1, max_size=4)),
    st.tuples(st.just("invoices"), st.lists(INVOICES, min_size=1, max_size=4)),
    st.tuples(st.sampled_from(["delete orders", "delete invoices"]), st.sampled_from(NUMBERS)),
)

ADD_CUSTOMER = """
insert into public.customers (organization_id, company_name) values (%s, 'Second') returning id
"""
STATS = """
select order_count, revenue, last_order_at, open_order_total, uninvoiced_order_total,
    open_invoice_total, oldest_unpaid_due_on
from public.customer_stats where customer_id = %s
"""
READ_ORDERS = "select id, status, total, placed_at from public.orders where customer_id = %s"
READ_INVOICES = "select order_id, status, total, due_at from public.invoices where customer_id = %s"


def recount(tap: Tap, customer: UUID) -> tuple[Any, ...]:
    """The statistics, counted from the rows."""
    orders = [row for row in tap.rows(READ_ORDERS, customer) if row[1] != "cancelled"]
    invoices = [row for row in tap.rows(READ_INVOICES, customer) if row[1] != "void"]
    invoiced = {order for order, *_ in invoices}
    unpaid = [row for row in invoices if row[1] == "open"]
    return (
        len(orders),
        sum(total for _, _, total, _ in orders),
        max((placed for *_, placed in orders), default=None),
        sum(total for _, status, total, _ in orders if status == "open"),
        sum(total for id_, status, total, _ in orders if status == "open" and id_ not in invoiced),
        sum(total for _, _, total, _ in unpaid),
        min((due.astimezone(UTC).date() for *_, due in unpaid), default=None),
    )


def take(tap: Tap, ours: Organization, customers: list[UUID], step: tuple[str, Any]) -> None:
    """Upsert some rows, or delete one; a step that a reference refuses changes nothing."""
    action, given_rows = step
    if action.startswith("delete"):
        table = action.removeprefix("delete ")
        sql = f"delete from public.{table} where organization_id = %s and number = %s"
        tap.execute(sql, ours.id, given_rows)
        return
    rows = [
        {
            "organization_id": str(ours.id),
            "customer_id": str(customers[values["customer"]]),
            **({"order_number": values["number"]} if values.get("ordered") else {}),
            **{
                key: value.isoformat() if isinstance(value, datetime) else value
                for key, value in values.items()
                if key not in {"customer", "ordered"}
            },
        }
        for values in given_rows
    ]
    upsert = f"select public.upsert_{action}(%s)"
    error = tap.error_of(upsert, tap.json(rows))
    if error is None:
        tap.execute(upsert, tap.json(rows))
    else:
        # An invoice for another customer's order, or for one that is not there.
        assert error.sqlstate in {"23503", "PT404"}, error


@settings(
    max_examples=25,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(STEPS, min_size=1, max_size=8))
def test_statistics_equal_a_recount_after_any_sequence(
    tap: Tap, make_org: MakeOrg, steps: list[tuple[str, Any]]
) -> None:
    with tap.undone():
        ours = make_org("Acme")
        customers = [ours.customer, tap.value(ADD_CUSTOMER, ours.id)]
        with tap.acting_as_service():
            for step in steps:
                take(tap, ours, customers, step)
                for customer in customers:
                    tap.results_eq(STATS, [recount(tap, customer)], customer)


def test_a_new_customer_has_empty_statistics(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.viewer):
        tap.results_eq(STATS, [(0, 0, None, 0, 0, 0, None)], ours.customer)


def test_nobody_writes_statistics(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    for acting in (tap.acting_as(ours.owner), tap.acting_as_service()):
        with acting:
            tap.throws("42501", None, "update public.customer_stats set revenue = 1")
            tap.throws("42501", None, "delete from public.customer_stats")
            assert len(tap.rows(STATS, ours.customer)) == 1


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland"])
def test_the_due_date_is_that_of_utc(tap: Tap, make_org: MakeOrg, zone: str) -> None:
    ours = make_org("Acme")
    invoice = {"organization_id": str(ours.id), "customer_id": str(ours.customer), "total": 1}
    invoice |= {"number": "I-1", "issued_at": "2026-01-01T00:00:00Z"}
    invoice |= {"due_at": "2026-01-31T23:59:00Z"}
    tap.execute(f"set local time zone '{zone}'")
    tap.execute("select public.upsert_invoices(%s)", tap.json([invoice]))
    tap.results_eq(
        "select oldest_unpaid_due_on::text from public.customer_stats where customer_id = %s",
        [("2026-01-31",)],
        ours.customer,
    )


def test_statistics_of_an_order_that_moves_are_right_on_both_sides(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    second = tap.value(ADD_CUSTOMER, ours.id)
    order = {"organization_id": str(ours.id), "customer_id": str(ours.customer), "total": 5}
    invoice = {"organization_id": str(ours.id), "number": "I-1", "order_number": "O-1", "total": 5}
    with tap.acting_as_service():
        tap.execute("select public.upsert_orders(%s)", tap.json([order | {"number": "O-1"}]))
        tap.execute("select public.upsert_invoices(%s)", tap.json([invoice]))
        move = "update public.orders set customer_id = %s where organization_id = %s"
        tap.affects(move, 1, second, ours.id)
        assert recount(tap, second)[:2] == (1, 5)
        for customer in (ours.customer, second):
            tap.results_eq(STATS, [recount(tap, customer)], customer)


def test_statistics_are_there_for_a_customer_of_a_committed_transaction(
    stack: StackStatus,
) -> None:
    with committed_organization(stack, "Committed") as ours, open_tap(stack) as tap:
        tap.results_eq(STATS, [(0, 0, None, 0, 0, 0, None)], ours.customer)
