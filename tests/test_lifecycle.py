"""Deactivating, suspending and reactivating a customer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from organizations import ROLES, Organization
from races import committed_organization, open_tap, overlapping
from staging import new_import, slugs, staged
from tap import Tap, assert_same_error
from ts_customers.stack import StackStatus

MakeOrg = Callable[[str], Organization]

FUNCTIONS = {
    "deactivate_customer": ("inactive", {"active", "suspended"}),
    "suspend_customer": ("suspended", {"active"}),
    "reactivate_customer": ("active", {"inactive", "suspended"}),
}
CALL = "select status, deactivated_at is not null from public.{}(%s)"
WITH_REASON = "select public.{}(%s, %s)"
SET_STATUS = "update public.customers set status = %s where id = %s"
MERGE = "update public.customers set merged_into = %s where id = %s"
UPSERT = "select public.upsert_orders(%s)"
ADD = "insert into public.customers (organization_id, company_name) values (%s, 'B') returning id"
NEWEST = """
select type, title, description, metadata -> 'changes' -> 'status', created_by
from public.customer_activities where customer_id = %s order by created_at desc, id desc limit 1
"""


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("status", ["active", "suspended", "inactive"])
def test_each_status_leads_where_it_may(
    tap: Tap, make_org: MakeOrg, function: str, status: str
) -> None:
    ours = make_org("Acme")
    tap.execute(SET_STATUS, status, ours.customer)
    becomes, allowed = FUNCTIONS[function]
    with tap.acting_as(ours.manager):
        if status in allowed:
            expected = [(becomes, becomes == "inactive")]
            tap.results_eq(CALL.format(function), expected, ours.customer)
        else:
            error = tap.throws("PT409", "status_conflict", CALL.format(function), ours.customer)
            assert status in (error.diag.message_primary or "")


@pytest.mark.parametrize("role", ROLES)
def test_managers_change_the_status_of_a_customer(tap: Tap, make_org: MakeOrg, role: str) -> None:
    ours = make_org("Acme")
    suspend = CALL.format("suspend_customer")
    steps = [suspend, CALL.format("reactivate_customer"), CALL.format("deactivate_customer")]
    for sql in steps:
        with tap.acting_as(ours.login(role)):
            if role in {"viewer", "member"}:
                tap.throws("42501", "role_required", sql, ours.customer)
            else:
                assert len(tap.rows(sql, ours.customer)) == 1


def test_a_change_of_status_is_recorded_with_its_reason(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")

    def recorded(title: str, reason: Any, was: str, becomes: str) -> None:
        change = {"from": was, "to": becomes}
        expected = ("status_changed", title, reason, change, ours.manager)
        tap.results_eq(NEWEST, [expected], ours.customer)

    with tap.acting_as(ours.manager):
        tap.execute(WITH_REASON.format("suspend_customer"), ours.customer, "Does not pay")
        title = "Status changed from active to suspended"
        recorded(title, "Does not pay", "active", "suspended")
        # The reason of one change is not that of the next one in the transaction.
        tap.execute("update public.customers set notes = 'x' where id = %s", ours.customer)
        assert tap.rows(NEWEST, ours.customer)[0][:3] == ("customer_updated", "Changed notes", None)
        tap.execute(CALL.format("reactivate_customer"), ours.customer)
        title = "Status changed from suspended to active"
        recorded(title, None, "suspended", "active")
        tap.execute(WITH_REASON.format("deactivate_customer"), ours.customer, " \n")
        recorded("Status changed from active to inactive", None, "active", "inactive")


def test_deactivating_removes_nothing(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.manager):
        tap.execute(CALL.format("deactivate_customer"), ours.customer)
        contacts = "select count(*) from public.customer_contacts where customer_id = %s"
        assert tap.value(contacts, ours.customer) == 2
        since = "select deactivated_at = now(), version from public.customers where id = %s"
        tap.results_eq(since, [(True, 2)], ours.customer)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_foreign_customer_cannot_be_told_from_none(
    tap: Tap, make_org: MakeOrg, function: str
) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    sql = CALL.format(function)
    with tap.acting_as(ours.owner):
        absent = tap.throws("PT404", "customer_not_found", sql, uuid4())
        assert_same_error(absent, tap.error_of(sql, theirs.customer))
        assert_same_error(absent, tap.error_of(sql, None))
        assert tap.error_of(CALL.format("suspend_customer"), ours.customer) is None


def test_a_customer_that_was_merged_away_is_a_redirect(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    other = tap.value(ADD, ours.id)
    tap.execute(MERGE, other, ours.customer)
    with tap.acting_as(ours.manager):
        for function in FUNCTIONS:
            tap.throws("PT409", "customer_merged", CALL.format(function), ours.customer)
        assert tap.error_of(CALL.format("suspend_customer"), other) is None


def test_nobody_writes_the_status_of_a_redirect(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    other = tap.value(ADD, ours.id)
    with tap.acting_as_service():
        # What merges writes both at once, and only undo_merge opens a redirect again.
        both = "update public.customers set merged_into = %s, status = %s where id = %s"
        tap.affects(both, 1, other, "inactive", ours.customer)
        for status in ("active", "suspended"):
            tap.throws("PT409", "customer_merged", SET_STATUS, status, ours.customer)
        tap.affects(SET_STATUS, 1, "inactive", ours.customer)
        tap.throws("PT409", "customer_merged", both, None, "active", ours.customer)
        tap.affects(SET_STATUS, 1, "suspended", other)


def order(tap: Tap, ours: Organization, number: str, status: str = "open") -> None:
    """An order of the organization's customer, which its host's system writes."""
    row = {"organization_id": str(ours.id), "customer_id": str(ours.customer), "total": 1}
    with tap.acting_as_service():
        tap.execute(UPSERT, tap.json([row | {"number": number, "status": status}]))


def test_a_customer_with_open_orders_becomes_inactive_by_no_way(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    deactivate = CALL.format("deactivate_customer")
    order(tap, ours, "1")
    order(tap, ours, "2")
    order(tap, ours, "3", "completed")
    order(tap, ours, "4", "cancelled")

    def refused(count: int) -> None:
        with tap.acting_as(ours.manager):
            error = tap.throws("PT409", "open_orders", deactivate, ours.customer)
            assert f"has {count}" in (error.diag.message_primary or "")
            assert "suspend_customer" in (error.diag.message_hint or "")
        with tap.acting_as_service():
            tap.throws("PT409", "open_orders", deactivate, ours.customer)
            tap.throws("PT409", "open_orders", SET_STATUS, "inactive", ours.customer)
        tap.throws("PT409", "open_orders", SET_STATUS, "inactive", ours.customer)

    refused(2)
    order(tap, ours, "1", "completed")
    with tap.acting_as(ours.manager):
        tap.results_eq(CALL.format("suspend_customer"), [("suspended", False)], ours.customer)
    refused(1)
    order(tap, ours, "2", "cancelled")
    with tap.acting_as(ours.manager):
        tap.results_eq(deactivate, [("inactive", True)], ours.customer)


def test_an_order_that_comes_after_all_keeps_nobody_from_reactivating(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.manager):
        tap.execute(CALL.format("deactivate_customer"), ours.customer)
    order(tap, ours, "1")
    # A write that changes no status is none of a status.
    with tap.acting_as_service():
        tap.affects(SET_STATUS, 1, "inactive", ours.customer)
    with tap.acting_as(ours.manager):
        error = tap.throws(
            "PT409", "status_conflict", CALL.format("suspend_customer"), ours.customer
        )
        assert "reactivate_customer" in (error.diag.message_hint or "")
        tap.results_eq(CALL.format("reactivate_customer"), [("active", False)], ours.customer)


def test_orders_of_others_keep_nobody_from_deactivating(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    order(tap, theirs, "1")
    other = tap.value(ADD, ours.id)
    order(tap, ours, "1")
    with tap.acting_as(ours.manager):
        tap.results_eq(CALL.format("deactivate_customer"), [("inactive", True)], other)
        tap.throws("PT409", "open_orders", CALL.format("deactivate_customer"), ours.customer)


def numbered(tap: Tap, ours: Organization) -> Any:
    """A row of an import that makes the organization's customer inactive."""
    number = "select customer_number from public.customers where id = %s"
    return staged(customer_number=tap.value(number, ours.customer), status="inactive")


def test_the_plan_of_an_import_says_who_has_open_orders(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    order(tap, ours, "1")
    good = staged(company_name="Good", status="inactive")
    made = new_import(tap, ours, numbered(tap, ours), good, match=["customer_number"])
    found = made.validate()["errors"]
    assert [(e["column"], e["slug"]) for e in found] == [("status", "open_orders")]
    assert made.commit()["rejected"] == 1
    status = "select status from public.customers where id = %s"
    assert tap.value(status, ours.customer) == "active"


def test_an_order_that_comes_before_an_import_is_committed_costs_its_row(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    good = staged(company_name="Good", status="inactive")
    made = new_import(tap, ours, numbered(tap, ours), good, match=["customer_number"])
    assert made.validate()["errors"] == []
    order(tap, ours, "1")
    report = made.commit()
    assert slugs(report["errors"]) == [(1, "open_orders")]
    assert (report["rejected"], report["customers"]["created"]) == (1, 1)
    status = "select status from public.customers where id = %s"
    assert tap.value(status, ours.customer) == "active"


def test_of_two_who_suspend_at_once_the_second_is_told(stack: StackStatus) -> None:
    with committed_organization(stack, "Racing") as ours:

        def suspend(tap: Tap) -> None:
            with tap.acting_as(ours.manager):
                tap.execute(CALL.format("suspend_customer"), ours.customer)

        error = overlapping(stack, suspend, suspend)

        assert error is not None
        assert (error.sqlstate, error.diag.message_detail) == ("PT409", "status_conflict")
        with open_tap(stack) as tap:
            version = "select version from public.customers where id = %s"
            assert tap.value(version, ours.customer) == 2


def test_an_order_that_is_being_placed_keeps_nobody_waiting(stack: StackStatus) -> None:
    with committed_organization(stack, "Racing") as ours:

        def place(tap: Tap) -> None:
            order(tap, ours, "1")

        def deactivate(tap: Tap) -> None:
            with tap.acting_as(ours.manager):
                tap.execute(CALL.format("deactivate_customer"), ours.customer)

        # It slips in: the order system is not asked, and what it says is kept.
        assert overlapping(stack, place, deactivate) is None
        with open_tap(stack) as tap:
            found = (
                "select c.status, s.order_count from public.customers as c"
                " inner join public.customer_stats as s on s.customer_id = c.id where c.id = %s"
            )
            tap.results_eq(found, [("inactive", 1)], ours.customer)


@pytest.mark.parametrize("function", ["deactivate_customer", "suspend_customer", "erase_customer"])
def test_a_reason_has_an_end(tap: Tap, make_org: MakeOrg, function: str) -> None:
    ours = make_org("Acme")
    call = f"select public.{function}(%s, %s)"
    with tap.acting_as(ours.owner):
        tap.throws("PT422", "reason_too_long", call, ours.customer, "x" * 2001)
        tap.execute(call, ours.customer, "x" * 2000)
        told = "select length(description) from public.customer_timeline(%s) limit 1"
        tap.results_eq(told, [(2000,)], ours.customer)
