"""What was merged takes nothing any more, and its ids and numbers lead to where its data went."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from merges import add, merge, trade
from organizations import Organization
from staging import customers, imported, new_import, person, staged
from tap import Tap

MakeOrg = Callable[[str], Organization]

CUSTOMER = "select to_jsonb(c) from public.customers as c where id = %s"
ADD_CONTACT = """
insert into public.customer_contacts (organization_id, customer_id, first_name, last_name, email)
values (%s, %s, 'N', 'N', %s)
"""
ADD_ORDER = """
insert into public.orders (organization_id, customer_id, number, currency, list_amount, total)
values (%s, %s, %s, 'USD', 1, 1)
"""
ADD_INVOICE = """
insert into public.invoices (organization_id, customer_id, number, currency, total)
values (%s, %s, %s, 'USD', 1)
"""
MOVE_CONTACT = "update public.customer_contacts set customer_id = %s where customer_id = %s"
NOTE = "select public.log_activity(%s, 'note', 'A note')"
SET = "update public.customers set {} = %s where id = %s"


@pytest.fixture
def ours(make_org: MakeOrg) -> Organization:
    """An organization with one customer."""
    return make_org("Acme")


@pytest.fixture
def pair(tap: Tap, ours: Organization) -> tuple[UUID, UUID]:
    """A target, and a source with an external id that was merged into it."""
    target = add(tap, ours, "Target", "target@a.example", external_id="new")
    source = add(tap, ours, "Source", "source@b.example", external_id="old")
    merge(tap, ours, target, source)
    return target, source


def told(tap: Tap, customer: UUID) -> dict[str, Any]:
    """The customer."""
    row: dict[str, Any] = tap.value(CUSTOMER, customer)
    return row


def test_nothing_is_written_to_a_redirect(
    tap: Tap, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    target, source = pair
    email, number = "new@x.example", uuid4().hex
    with tap.acting_as(ours.owner):
        for sql, params in (
            (SET.format("notes"), ("x",)),
            (SET.format("parent_id"), (ours.customer,)),
        ):
            tap.throws("PT409", "customer_merged", sql, *params, source)
            tap.affects(sql, 1, *params, target)
        tap.throws("PT409", "customer_merged", SET.format("parent_id"), source, target)
        tap.throws("PT409", "customer_merged", ADD_CONTACT, ours.id, source, email)
        tap.throws("PT409", "customer_merged", MOVE_CONTACT, source, ours.customer)
        tap.throws("PT409", "customer_merged", NOTE, source)
        tap.affects(ADD_CONTACT, 1, ours.id, target, email)
        tap.affects(MOVE_CONTACT, 2, target, ours.customer)
        tap.affects(NOTE, 1, target)
    with tap.acting_as_service():
        for sql in (ADD_ORDER, ADD_INVOICE):
            tap.throws("PT409", "customer_merged", sql, ours.id, source, number)
            tap.affects(sql, 1, ours.id, target, number)
        tap.throws("PT409", "customer_merged", SET.format("notes"), "x", source)


@pytest.mark.parametrize(
    ("table", "trigger", "sql"),
    [
        ("customers", "_205_refuse_merged", SET.format("notes")),
        ("customers", "_405_refuse_closed_parent_update", "{parent}"),
        ("customer_contacts", "_410_refuse_merged_insert", ADD_CONTACT),
        ("customer_contacts", "_410_refuse_merged_update", MOVE_CONTACT),
        ("orders", "_410_refuse_merged_insert", ADD_ORDER),
        ("invoices", "_410_refuse_merged_insert", ADD_INVOICE),
    ],
)
def test_without_its_guard_a_redirect_would_take_it(
    tap: Tap,
    ours: Organization,
    pair: tuple[UUID, UUID],
    table: str,
    trigger: str,
    sql: str,
) -> None:
    target, source = pair
    params: tuple[Any, ...] = (ours.id, source, "x@x.example")
    if sql == "{parent}":
        sql, params = SET.format("parent_id"), (source, target)
    elif "set notes" in sql:
        params = ("x", source)
    elif sql == MOVE_CONTACT:
        params = (source, ours.customer)
    tap.throws("PT409", "customer_merged", sql, *params)
    tap.execute(f"drop trigger {trigger} on public.{table}")
    assert tap.error_of(sql, *params) is None


@pytest.mark.parametrize("key", ["customer_id", "customer_external_id", "customer_number"])
def test_orders_of_a_redirect_go_to_its_target(
    tap: Tap, ours: Organization, pair: tuple[UUID, UUID], key: str
) -> None:
    target, source = pair
    gone = told(tap, source)
    value = {
        "customer_id": str(source),
        "customer_external_id": "old",
        "customer_number": gone["customer_number"],
    }[key]
    row = {"organization_id": str(ours.id), "number": "A-9", "total": 5, key: value}
    with tap.acting_as_service():
        tap.execute("select public.upsert_orders(%s)", tap.json([row]))
        tap.execute("select public.upsert_invoices(%s)", tap.json([row]))
    for table in ("orders", "invoices"):
        owner = f"select customer_id from public.{table} where organization_id = %s"
        tap.results_eq(owner, [(target,)], ours.id)


def test_a_redirect_of_a_redirect_leads_to_the_end(
    tap: Tap, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    merge(tap, ours, ours.customer, pair[0])
    (number,) = trade(tap, ours, pair[1], 5)
    owner = "select customer_id from public.orders where number = %s"
    assert tap.value(owner, number) == ours.customer


def test_an_import_by_the_ids_of_a_redirect_changes_its_target(
    tap: Tap, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    target, source = pair
    gone = told(tap, source)
    for key, value in (
        ("external_id", "old"),
        ("customer_number", gone["customer_number"]),
    ):
        report = imported(tap, ours, staged(company_name="Target", notes=key, **{key: value}))
        assert (report["errors"], report["customers"]) == ([], customers(updated=1))
        assert told(tap, target)["notes"] == key
        assert told(tap, target)["external_id"] == "new"
    assert told(tap, source) == gone


def test_an_import_never_matches_a_redirect_by_its_name_or_tax_id(
    tap: Tap, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    report = imported(tap, ours, staged(company_name="Source"))
    assert report["customers"] == customers(created=1)
    report = imported(tap, ours, staged(person("source@b.example"), company_name="Target"))
    assert report["customers"] == customers(unchanged=1)


def test_what_is_merged_between_plan_and_commit_is_imported_into_the_target(
    tap: Tap, ours: Organization
) -> None:
    target = add(tap, ours, "Target", external_id="new")
    source = add(tap, ours, "Source", external_id="old")
    plan = new_import(
        tap,
        ours,
        staged(person("late@b.example"), company_name="Source", external_id="old", notes="late"),
    )
    plan.validate()
    merge(tap, ours, target, source)

    report = plan.commit()

    assert (report["errors"], report["rejected"]) == ([], 0)
    found = told(tap, target)
    assert (found["notes"], found["external_id"]) == ("late", "new")
    owner = "select customer_id from public.customer_contacts where email = 'late@b.example'"
    assert tap.value(owner) == target


def test_another_customer_cannot_take_the_external_id_of_a_redirect(
    tap: Tap, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    with tap.acting_as(ours.member):
        tap.throws("23505", None, SET.format("external_id"), "old", pair[0])
        tap.affects(SET.format("external_id"), 1, "other", pair[0])
