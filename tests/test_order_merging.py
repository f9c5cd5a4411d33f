"""What an upsert keeps of an order or an invoice, and what it takes from a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from races import committed_organization, open_tap, overlapping
from tap import Tap
from test_orders import INVOICES, MakeOrg, Row, counts, row, upsert
from ts_customers.stack import StackStatus

UPSERT = "select public.upsert_{}(%s)"
READ = "select number, total, status from public.{} where organization_id = %s order by number"
ORDER_OF = """
select o.number from public.invoices as i
left join public.orders as o on o.organization_id = i.organization_id and o.id = i.order_id
where i.organization_id = %s and i.number = %s
"""
ADD_CUSTOMER = """
insert into public.customers (organization_id, company_name, external_id, customer_number)
values (%s, 'Other', %s, %s) returning id
"""


@pytest.mark.parametrize(("kind", "status"), [("orders", "completed"), ("invoices", "void")])
@pytest.mark.parametrize("named", [{"number": "N-1"}, {"external_id": "X-1"}])
def test_two_that_change_different_things_at_once_both_keep_what_they_changed(
    stack: StackStatus, kind: str, status: str, named: Row
) -> None:
    with committed_organization(stack, "Racing") as ours:
        with open_tap(stack) as tap:
            upsert(tap, kind, row(ours, number="N-1", external_id="X-1", total=10))

        def write(**values: Any) -> Callable[[Tap], None]:
            given = [{"organization_id": str(ours.id)} | named | values]
            return lambda tap: tap.affects(UPSERT.format(kind), 1, tap.json(given))

        assert overlapping(stack, write(total=99), write(status=status)) is None
        with open_tap(stack) as tap:
            tap.results_eq(READ.format(kind), [("N-1", 99, status)], ours.id)


def test_an_invoice_goes_to_the_order_that_a_row_names(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    upsert(tap, "orders", *(row(ours, number=number, total=1) for number in ("O-1", "O-2")))
    first = row(ours, number="I-1", total=1, order_number="O-1")
    assert upsert(tap, "invoices", first) == counts(created=1)
    tap.results_eq(ORDER_OF, [("O-1",)], ours.id, "I-1")
    assert upsert(tap, "invoices", first | {"order_number": "O-2"}) == counts(updated=1)
    tap.results_eq(ORDER_OF, [("O-2",)], ours.id, "I-1")
    silent = {key: value for key, value in first.items() if key != "order_number"}
    assert upsert(tap, "invoices", silent) == counts(unchanged=1)
    tap.results_eq(ORDER_OF, [("O-2",)], ours.id, "I-1")


def test_an_order_that_is_not_there_is_refused_and_no_foreign_one_is_found(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    upsert(tap, "orders", row(theirs, number="O-9", total=1), row(ours, number="O-1", total=1))
    with tap.acting_as_service():
        for number in ("NONE", "O-9"):
            wrong = [row(ours, number="I-1", total=1, order_number=number)]
            tap.throws("PT404", "order_not_found", INVOICES, tap.json(wrong))
    assert upsert(tap, "invoices", row(ours, number="I-1", total=1)) == counts(created=1)
    with tap.acting_as_service():
        wrong = [row(ours, number="I-1", order_number="NONE")]
        tap.throws("PT404", "order_not_found", INVOICES, tap.json(wrong))


@pytest.mark.parametrize("kind", ["orders", "invoices"])
@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity"])
def test_an_amount_is_a_number_of_a_size(
    tap: Tap, make_org: MakeOrg, kind: str, amount: str
) -> None:
    ours = make_org("Acme")
    with tap.acting_as_service():
        for column in ("total", "list_amount")[: 2 if kind == "orders" else 1]:
            wrong = [row(ours, number="N-1", total=1) | {column: amount}]
            error = tap.error_of(UPSERT.format(kind), tap.json(wrong))
            assert error is not None
            assert error.sqlstate in ("23514", "22003")
    assert upsert(tap, kind, row(ours, number="N-1", total=1)) == counts(created=1)


@pytest.mark.parametrize("kind", ["orders", "invoices"])
def test_a_null_is_as_good_as_left_out(tap: Tap, make_org: MakeOrg, kind: str) -> None:
    ours = make_org("Acme")
    upsert(tap, kind, row(ours, number="N-1", total=5))
    silent = row(ours, number="N-1", total=None, status=None) | {"customer_id": None}
    assert upsert(tap, kind, silent) == counts(unchanged=1)
    tap.results_eq(READ.format(kind), [("N-1", 5, "open")], ours.id)


@pytest.mark.parametrize("kind", ["orders", "invoices"])
@pytest.mark.parametrize("already_there", [False, True])
def test_one_number_with_two_external_ids_is_refused_rather_than_overwritten(
    tap: Tap, make_org: MakeOrg, kind: str, already_there: bool
) -> None:
    ours = make_org("Acme")
    three = row(ours, number="3", external_id="e3", total=3)
    four = row(ours, number="3", external_id="e4", total=4)
    if already_there:
        upsert(tap, kind, three)
    with tap.acting_as_service():
        tap.throws("PT409", "number_taken", UPSERT.format(kind), tap.json([three, four]))
    apart = four | {"number": "4"}
    expected = counts(created=1, unchanged=1) if already_there else counts(created=2)
    assert upsert(tap, kind, three, apart) == expected
    tap.results_eq(READ.format(kind), [("3", 3, "open"), ("4", 4, "open")], ours.id)


@pytest.mark.parametrize("kind", ["orders", "invoices"])
def test_a_row_that_names_two_customers_is_refused(tap: Tap, make_org: MakeOrg, kind: str) -> None:
    ours = make_org("Acme")
    customers = [tap.value(ADD_CUSTOMER, ours.id, name, name) for name in ("A", "B")]
    base: Row = {"organization_id": str(ours.id), "number": "N-1", "total": 1}
    two = base | {"customer_external_id": "A", "customer_number": "B"}
    with tap.acting_as_service():
        tap.throws("PT404", "customer_not_found", UPSERT.format(kind), tap.json([two]))
    assert upsert(tap, kind, two | {"customer_number": "A"}) == counts(created=1)
    owner = f"select customer_id from public.{kind} where organization_id = %s"
    tap.results_eq(owner, [(customers[0],)], ours.id)


@pytest.mark.parametrize("kind", ["orders", "invoices"])
def test_what_is_new_needs_a_number(tap: Tap, make_org: MakeOrg, kind: str) -> None:
    ours = make_org("Acme")
    nameless = row(ours, external_id="e1", total=1)
    with tap.acting_as_service():
        error = tap.throws("PT422", "row_unidentified", UPSERT.format(kind), tap.json([nameless]))
    assert error.diag.message_primary == "what is new needs a number"
    assert upsert(tap, kind, nameless | {"number": "N-1"}) == counts(created=1)
    assert upsert(tap, kind, nameless) == counts(unchanged=1)
