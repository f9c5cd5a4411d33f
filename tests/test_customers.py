"""Customers: what a new one looks like, what its values may be, and how its version rises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from organizations import ROLES, Organization
from tap import Tap

MakeOrg = Callable[[str], Organization]

ADD = "insert into public.customers (organization_id, company_name) values (%s, %s) returning id"
ADD_WITH = """
insert into public.customers (organization_id, company_name, {}) values (%s, 'New', %s)
returning id
"""
SET = "update public.customers set {} = %s where id = %s"
READ = "select {} from public.customers where id = %s"
VERSION = "select version, updated_at, updated_by from public.customers where id = %s"
UPSERT_ORDERS = "select public.upsert_orders(%s)"
UPSERT_INVOICES = "select public.upsert_invoices(%s)"


def test_a_new_customer_has_sound_defaults(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        added = tap.value(ADD, ours.id, "New")
        tap.results_eq(
            """
            select status, customer_type, billing_address, shipping_address, credit_limit,
                payment_terms, currency, settings, tags, portal_enabled, version, tier_id
            from public.customers where id = %s
            """,
            [("active", "standard", {}, {}, None, 30, "USD", {}, [], False, 1, ours.basic)],
            added,
        )
        made = "created_by, created_at = now(), updated_by, deactivated_at"
        tap.results_eq(READ.format(made), [(ours.member, True, None, None)], added)
        numbers = "select count(distinct customer_number) from public.customers where id = any(%s)"
        many = [added, *(tap.value(ADD, ours.id, "New") for _ in range(3))]
        assert tap.value(numbers, many) == 4
        like = "select bool_and(customer_number ~ '^C-[0-9]{10}$') from public.customers"
        assert tap.value(f"{like} where id = any(%s)", many) is True


@pytest.mark.parametrize("role", ROLES)
def test_members_add_and_edit_customers_and_viewers_only_read(
    tap: Tap, make_org: MakeOrg, role: str
) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.login(role)):
        assert tap.value(READ.format("company_name"), ours.customer) == "Acme Customer"
        if role == "viewer":
            tap.throws("42501", None, ADD, ours.id, "New")
        else:
            assert tap.error_of(ADD, ours.id, "New") is None
        tap.affects(SET.format("company_name"), int(role != "viewer"), "Renamed", ours.customer)


def test_nobody_deletes_a_customer_through_the_api(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    delete = "delete from public.customers where id = %s"
    with tap.acting_as(ours.owner):
        tap.throws("42501", None, delete, ours.customer)
    with tap.acting_as_service():
        tap.affects(delete, 1, ours.customer)


@pytest.mark.parametrize(
    ("column", "good", "bad"),
    [
        ("company_name", ["Müller & Söhne", "金", "x" * 500], ["", "  ", "\n", "x" * 501]),
        ("display_name", ["x" * 500], ["x" * 501]),
        ("external_id", ["x" * 200], ["x" * 201, "x" * 9000]),
        ("tax_id", ["x" * 100], ["x" * 101]),
        ("website", ["https://acme.example/de?x=1", "HTTP://acme.example"], ["acme.example"]),
        ("website", [None], ["javascript:alert(1)", "https://", "https:// acme.example"]),
        ("customer_type", ["standard", "vip", "partner"], ["VIP", "gold", ""]),
        ("credit_limit", [None, 0, 0.001, 1000000], [-0.001, 1000000.001]),
        ("payment_terms", [0, 365], [-1, 366]),
        ("currency", ["EUR", "JPY", "KWD"], ["usd", "XXX", "XAU", "EURO", ""]),
    ],
)
def test_values_of_a_customer_are_checked(
    tap: Tap,
    make_org: MakeOrg,
    subtests: pytest.Subtests,
    column: str,
    good: list[Any],
    bad: list[Any],
) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.admin):
        for value in good:
            with subtests.test(good=value):
                tap.affects(SET.format(column), 1, value, ours.customer)
        for value in bad:
            with subtests.test(bad=value):
                tap.throws("23514", None, SET.format(column), value, ours.customer)


@pytest.mark.parametrize(
    "column", ["company_name", "payment_terms", "currency", "customer_type", "settings", "tags"]
)
def test_what_has_a_default_is_never_null(tap: Tap, make_org: MakeOrg, column: str) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.admin):
        error = tap.error_of(SET.format(column), None, ours.customer)
    assert error is not None
    assert error.sqlstate in {"23502", "PT422"}


def test_blank_text_is_no_text(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    columns = ("external_id", "display_name", "tax_id", "website", "portal_subdomain")
    with tap.acting_as(ours.manager):
        for column in columns:
            tap.execute(SET.format(column), "  ", ours.customer)
            assert tap.value(READ.format(column), ours.customer) is None
        for column in ("notes", "internal_notes"):
            tap.execute(SET.format(column), "", ours.customer)
            assert tap.value(READ.format(column), ours.customer) is None
        tap.execute(SET.format("tax_id"), "  DE 123 ", ours.customer)
        assert tap.value(READ.format("tax_id"), ours.customer) == "DE 123"
        # Two customers without an external id do not clash, however it was left blank.
        for blank in ("", " ", None):
            assert tap.error_of(ADD_WITH.format("external_id"), ours.id, blank) is None


def test_external_ids_and_numbers_are_unique_in_an_organization(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    add = ADD_WITH.format("external_id")
    with tap.acting_as(ours.member):
        tap.execute(add, ours.id, "X-1")
        error = tap.throws("23505", None, add, ours.id, " X-1 ")
        assert error.diag.message_detail is None
        tap.throws("23505", None, SET.format("external_id"), "X-1", ours.customer)
    with tap.acting_as(theirs.member):
        assert tap.error_of(add, theirs.id, "X-1") is None
    number = tap.value(READ.format("customer_number"), ours.customer)
    with tap.acting_as_service():
        numbered = ADD_WITH.format("customer_number")
        tap.throws("23505", None, numbered, ours.id, number)
        assert tap.error_of(numbered, theirs.id, number) is None


def test_every_change_raises_the_version_by_one(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.admin):
        tap.execute(SET.format("company_name"), "Renamed", ours.customer)
        tap.results_eq("select 2, now(), %s::uuid", tap.rows(VERSION, ours.customer), ours.admin)
        several = (
            "update public.customers set tags = '{a}', notes = 'b', currency = 'EUR' where id = %s"
        )
        tap.execute(several, ours.customer)
        assert tap.value(READ.format("version"), ours.customer) == 3
        tap.execute("select public.suspend_customer(%s)", ours.customer)
        assert tap.value(READ.format("version"), ours.customer) == 4
        contact = "update public.customer_contacts set notes = 'x' where customer_id = %s"
        tap.affects(contact, 2, ours.customer)  # a contact's change is no change of its customer
        assert tap.value(READ.format("version"), ours.customer) == 4


def test_a_change_of_nothing_leaves_version_and_time_alone(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    age = "update public.customers set created_at = created_at - interval '1 day' where id = %s"
    tap.execute(age, ours.customer)
    before = tap.rows(VERSION, ours.customer)
    with tap.acting_as(ours.admin):
        same = "update public.customers set company_name = company_name, tags = tags where id = %s"
        tap.affects(same, 1, ours.customer)
        tap.affects(SET.format("display_name"), 1, "  ", ours.customer)
    assert tap.rows(VERSION, ours.customer) == before


def test_an_update_that_filters_on_a_stale_version_changes_nothing(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    guarded = "update public.customers set company_name = %s where id = %s and version = %s"
    with tap.acting_as(ours.member):
        tap.affects(guarded, 1, "First", ours.customer, 1)
        tap.affects(guarded, 0, "Second", ours.customer, 1)
        assert tap.value(READ.format("company_name"), ours.customer) == "First"
        tap.affects(guarded, 1, "Second", ours.customer, 2)


def test_nobody_sets_a_version(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.owner):
        tap.throws("42501", None, SET.format("version"), 9, ours.customer)
    with tap.acting_as_service():
        tap.execute(SET.format("version"), 9, ours.customer)
        assert tap.value(READ.format("version"), ours.customer) == 1
        renamed = "update public.customers set version = 9, company_name = 'B' where id = %s"
        tap.execute(renamed, ours.customer)
        assert tap.value(READ.format("version"), ours.customer) == 2


def test_the_key_of_a_customer_never_changes(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    tap.execute(
        "insert into public.organization_members values (%s, %s, 'owner')", theirs.id, ours.owner
    )
    move = SET.format("organization_id")
    with tap.acting_as(ours.owner):
        tap.throws("42501", "immutable_key", move, theirs.id, ours.customer)
        tap.throws("42501", None, SET.format("id"), uuid4(), ours.customer)
        tap.affects(move, 1, ours.id, ours.customer)
    with tap.acting_as_service():
        tap.throws("42501", "immutable_key", SET.format("id"), uuid4(), ours.customer)
        tap.throws("42501", "immutable_key", move, theirs.id, ours.customer)


@pytest.mark.parametrize("kind", ["order", "invoice"])
def test_the_currency_is_fixed_once_there_are_orders_or_invoices(
    tap: Tap, make_org: MakeOrg, kind: str
) -> None:
    ours = make_org("Acme")
    row = {"organization_id": str(ours.id), "customer_id": str(ours.customer)}
    row |= {"number": "N-1", "total": "5"}
    with tap.acting_as(ours.member):
        tap.affects(SET.format("currency"), 1, "EUR", ours.customer)
    with tap.acting_as_service():
        tap.execute(UPSERT_ORDERS if kind == "order" else UPSERT_INVOICES, tap.json([row]))
    with tap.acting_as(ours.member):
        error = tap.throws("23503", None, SET.format("currency"), "USD", ours.customer)
        assert error.diag.message_detail == f'Key is still referenced from table "{kind}s".'
        tap.affects(SET.format("currency"), 1, "EUR", ours.customer)


def test_an_inactive_customer_says_since_when(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    since = "select deactivated_at = now() from public.customers where id = %s"
    with tap.acting_as_service():
        for status, expected in (("inactive", True), ("suspended", None), ("inactive", True)):
            tap.execute(SET.format("status"), status, ours.customer)
            assert tap.value(since, ours.customer) is expected
        tap.throws("23514", None, SET.format("status"), "asleep", ours.customer)
