"""Orders and invoices: how a host's own order system keeps them in step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from organizations import Organization
from races import committed_organization, open_tap, overlapping
from tap import Tap
from ts_customers.stack import StackStatus

MakeOrg = Callable[[str], Organization]
Row = dict[str, Any]

UPSERT = "select public.upsert_{}(%s)"
ORDERS = UPSERT.format("orders")
INVOICES = UPSERT.format("invoices")
READ_ORDERS = """
select number, external_id, status, currency, list_amount, discount_percentage, total
from public.orders where organization_id = %s order by number
"""
STATS = """
select order_count, revenue, open_order_total, uninvoiced_order_total, open_invoice_total
from public.customer_stats where customer_id = %s
"""


def row(ours: Organization, **values: Any) -> Row:
    """A row of the organization's customer."""
    return {"organization_id": str(ours.id), "customer_id": str(ours.customer)} | values


def counts(created: int = 0, updated: int = 0, unchanged: int = 0) -> Row:
    """What an upsert answers."""
    return {"created": created, "updated": updated, "unchanged": unchanged}


def upsert(tap: Tap, kind: str, *rows: Row) -> Any:
    """Upsert as the service."""
    with tap.acting_as_service():
        return tap.value(UPSERT.format(kind), tap.json(list(rows)))


def test_orders_are_created_updated_and_left_unchanged(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    one, two = row(ours, number="O-1", total="10.5"), row(ours, number="O-2", total=20)
    assert upsert(tap, "orders", one, two) == counts(created=2)
    assert upsert(tap, "orders", one, two) == counts(unchanged=2)
    three = row(ours, number="O-3", total=1)
    assert upsert(tap, "orders", one, two | {"status": "completed"}, three) == counts(1, 1, 1)
    assert upsert(tap, "orders") == counts()
    tap.results_eq(
        READ_ORDERS,
        [
            ("O-1", None, "open", "USD", 10.5, 0, 10.5),
            ("O-2", None, "completed", "USD", 20, 0, 20),
            ("O-3", None, "open", "USD", 1, 0, 1),
        ],
        ours.id,
    )


def test_a_key_that_is_left_out_keeps_what_is_stored(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    full = row(ours, number="O-1", external_id="X-1", total=90, list_amount=100)
    full |= {"discount_percentage": 10, "status": "completed", "placed_at": "2026-01-02T03:04:05Z"}
    upsert(tap, "orders", full)
    bare = {"organization_id": str(ours.id), "external_id": "X-1"}
    assert upsert(tap, "orders", bare) == counts(unchanged=1)
    assert upsert(tap, "orders", bare | {"total": 80}) == counts(updated=1)
    expected = ("O-1", "X-1", "completed", "USD", 100, 10, 80)
    tap.results_eq(READ_ORDERS, [expected], ours.id)


def test_an_order_is_found_by_external_id_and_else_by_number(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    upsert(tap, "orders", row(ours, number="O-1", total=1))
    adopted = row(ours, number="O-1", external_id="X-1", total=1)
    assert upsert(tap, "orders", adopted) == counts(updated=1)
    renamed = row(ours, number="O-1b", external_id="X-1", total=1)
    assert upsert(tap, "orders", renamed) == counts(updated=1)
    tap.results_eq(READ_ORDERS, [("O-1b", "X-1", "open", "USD", 1, 0, 1)], ours.id)


def test_another_external_id_is_another_order_whose_number_is_taken(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    upsert(tap, "orders", row(ours, number="O-1", external_id="X-1", total=1))
    other = row(ours, number="O-1", external_id="X-2", total=2)
    with tap.acting_as_service():
        tap.throws("PT409", "number_taken", "select public.upsert_orders(%s)", tap.json([other]))
        free = other | {"number": "O-2"}
        tap.affects("select public.upsert_orders(%s)", 1, tap.json([free]))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"number": "O-1"}, {"number": "O-1"}),
        ({"number": "O-1", "external_id": "X-1"}, {"number": "O-2", "external_id": "X-1"}),
        ({"number": "O-1", "external_id": "X-1"}, {"number": "O-1"}),
    ],
)
@pytest.mark.parametrize("already_there", [False, True])
def test_of_two_rows_for_one_order_the_later_wins(
    tap: Tap, make_org: MakeOrg, one: Row, other: Row, already_there: bool
) -> None:
    ours = make_org("Acme")
    if already_there:
        upsert(tap, "orders", row(ours, **one, total=1))
    upsert(tap, "orders", row(ours, **one, total=2), row(ours, **other, total=3))
    totals = "select total from public.orders where organization_id = %s"
    tap.results_eq(totals, [(3,)], ours.id)


def test_a_customer_is_named_by_any_of_its_ids(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    name = "update public.customers set external_id = 'X-9' where id = %s returning customer_number"
    number = tap.value(name, ours.customer)
    base = {"organization_id": str(ours.id), "total": 1}
    rows = [
        base | {"number": "O-1", "customer_id": str(ours.customer)},
        base | {"number": "O-2", "customer_external_id": "X-9"},
        base | {"number": "O-3", "customer_number": number},
    ]
    assert upsert(tap, "orders", *rows) == counts(created=3)
    owner = "select distinct customer_id from public.orders where organization_id = %s"
    tap.results_eq(owner, [(ours.customer,)], ours.id)


@pytest.mark.parametrize("kind", ["orders", "invoices"])
def test_rows_that_are_wrong_are_refused_and_nothing_is_written(
    tap: Tap, make_org: MakeOrg, subtests: pytest.Subtests, kind: str
) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    good = row(ours, number="N-1", total=1)
    nameless = {key: value for key, value in good.items() if key != "number"}
    placeless = {key: value for key, value in good.items() if key != "organization_id"}
    wrong: list[tuple[Any, str, str | None]] = [
        ({"rows": []}, "PT422", "rows_invalid"),
        (None, "PT422", "rows_invalid"),
        (["text"], "PT422", "not_an_object"),
        ([good | {"colour": "red"}], "PT422", "unknown_key"),
        ([nameless], "PT422", "row_unidentified"),
        ([placeless], "PT422", "row_unidentified"),
        ([good | {"customer_id": str(uuid4())}], "PT404", "customer_not_found"),
        ([good | {"customer_id": str(theirs.customer)}], "PT404", "customer_not_found"),
        ([good | {"total": None}], "23502", None),
        ([good | {"total": -1}], "23514", None),
        ([good | {"status": "weird"}], "23514", None),
        ([good | {"total": "a lot"}], "22P02", None),
        ([good | {"currency": "EUR"}], "23503", None),
    ]
    sql = UPSERT.format(kind)
    with tap.acting_as_service():
        for rows, sqlstate, slug in wrong:
            with subtests.test(rows=rows):
                given = [good | {"number": "N-0"}, *rows] if isinstance(rows, list) else rows
                tap.throws(sqlstate, slug, sql, tap.json(given))
        assert tap.error_of(sql, tap.json([good])) is None
    tap.is_empty(f"select id from public.{kind} where organization_id = %s", ours.id)


@pytest.mark.parametrize("kind", ["orders", "invoices"])
def test_orders_and_invoices_are_written_by_the_service_alone(
    tap: Tap, make_org: MakeOrg, kind: str
) -> None:
    ours = make_org("Acme")
    sql, rows = UPSERT.format(kind), [row(ours, number="N-1", total=1)]
    for login in (ours.owner, None):
        with tap.acting_as(login):
            tap.throws("42501", None, sql, tap.json(rows))
    with tap.acting_as_service():
        assert tap.value(sql, tap.json(rows)) == counts(created=1)
    with tap.acting_as(ours.owner):
        tap.throws("42501", None, f"update public.{kind} set total = 2")
        tap.throws("42501", None, f"delete from public.{kind}")
    with tap.acting_as(ours.viewer):
        tap.results_eq(f"select number from public.{kind}", [("N-1",)])


def test_an_invoice_belongs_to_its_orders_customer(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    upsert(tap, "orders", row(ours, number="O-1", total=10))
    bare = {"organization_id": str(ours.id), "number": "I-1", "total": 10, "order_number": "O-1"}
    assert upsert(tap, "invoices", bare) == counts(created=1)
    read = """
    select i.customer_id, o.number from public.invoices as i
    inner join public.orders as o on o.id = i.order_id where i.organization_id = %s
    """
    tap.results_eq(read, [(ours.customer, "O-1")], ours.id)
    with tap.acting_as(ours.member):
        add = """
        insert into public.customers (organization_id, company_name) values (%s, 'B') returning id
        """
        other = tap.value(add, ours.id)
    with tap.acting_as_service():
        foreign = bare | {"number": "I-2", "customer_id": str(other)}
        tap.throws("23503", None, INVOICES, tap.json([foreign]))


def test_an_invoice_is_due_as_agreed_and_paid_when_it_says_so(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    issued = {"number": "I-1", "total": 1, "issued_at": "2026-01-01T00:00:00Z"}
    assert upsert(tap, "invoices", row(ours, **issued)) == counts(created=1)
    read = """
    select due_at = issued_at + interval '30 days', paid_at is null, paid_at = now()
    from public.invoices where organization_id = %s
    """
    tap.results_eq(read, [(True, True, None)], ours.id)
    upsert(tap, "invoices", row(ours, number="I-1", status="paid"))
    tap.results_eq(read, [(True, False, True)], ours.id)
    assert upsert(tap, "invoices", row(ours, number="I-1", status="paid")) == counts(unchanged=1)
    upsert(tap, "invoices", row(ours, number="I-1", status="open"))
    tap.results_eq(read, [(True, True, None)], ours.id)


def test_two_upserts_for_one_customer_at_once_are_both_counted(stack: StackStatus) -> None:
    with committed_organization(stack, "Racing") as ours:

        def add(number: str) -> Callable[[Tap], None]:
            rows = [row(ours, number=number, total=5)]
            return lambda tap: tap.affects(ORDERS, 1, tap.json(rows))

        assert overlapping(stack, add("O-1"), add("O-2")) is None
        with open_tap(stack) as tap:
            tap.results_eq(STATS, [(2, 10, 10, 10, 0)], ours.customer)


def test_two_upserts_of_one_new_order_at_once_end_in_one_order(stack: StackStatus) -> None:
    with committed_organization(stack, "Racing") as ours:

        def write(total: int) -> Callable[[Tap], None]:
            rows = [row(ours, number="O-1", total=total)]
            return lambda tap: tap.affects(ORDERS, 1, tap.json(rows))

        assert overlapping(stack, write(5), write(7)) is None
        with open_tap(stack) as tap:
            tap.results_eq(STATS, [(1, 7, 7, 7, 0)], ours.customer)
