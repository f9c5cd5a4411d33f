"""Credit: what is used of it, holds, and whether a customer may order."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from organizations import ROLES, Organization
from races import committed_organization, open_tap, overlapping
from tap import Tap, assert_same_error
from ts_customers.stack import StackStatus

MakeOrg = Callable[[str], Organization]

HOLD = "select (public.set_credit_hold(%s, %s)).credit_hold_reason"
HOLD_UNTIL = "select (public.set_credit_hold(%s, %s, {})).credit_hold_until"
RELEASE = "select (public.release_credit_hold(%s)).credit_hold_reason"
MAY_ORDER = "select public.may_order(%s, %s)"
CREDIT = """
select private.customer_credit(c, s)
from public.customers as c
inner join public.customer_stats as s on s.customer_id = c.id
where c.id = %s
"""
HELD = """
select credit_hold_reason, credit_hold_until, credit_hold_by, version
from public.customers where id = %s
"""
NEWEST = """
select type, title, description, metadata -> 'changes', created_by
from public.customer_activities where customer_id = %s order by created_at desc, id desc limit 1
"""
SET = "update public.customers set {} where id = %s"
EXPIRE = (
    "credit_hold_reason = 'late', credit_hold_until = now(), credit_hold_by = gen_random_uuid()"
)
OVER_LIMIT = """
select r.id from public.search_customers(
    filters => '{"credit_status": "over_limit"}', organization_id => %s
) as r
"""
UPSERT = "select public.upsert_{}(%s)"


def owe(tap: Tap, ours: Organization, kind: str, total: str, **values: Any) -> None:
    """An order or an invoice of the organization's customer."""
    base = {"organization_id": str(ours.id), "customer_id": str(ours.customer), "total": total}
    with tap.acting_as_service():
        tap.execute(UPSERT.format(kind), tap.json([base | {"number": uuid4().hex} | values]))


def may_order(tap: Tap, ours: Organization, amount: Any) -> tuple[bool, Any, Any]:
    """What a viewer is told."""
    with tap.acting_as(ours.viewer):
        told = tap.value(MAY_ORDER, ours.customer, amount)
    assert set(told) == {"allowed", "reason", "available"}
    return (told["allowed"], told["reason"], told["available"])


@pytest.mark.parametrize(
    ("limit", "used", "status", "available"),
    [
        (None, "999999", "ok", None),
        (100, "79.999", "ok", 20.001),
        (100, "80", "near_limit", 20),
        (100, "100", "near_limit", 0),
        (100, "100.001", "over_limit", 0),
        (0, "0", "ok", 0),
        (0, "0.001", "over_limit", 0),
    ],
)
def test_the_status_of_credit_follows_from_what_is_used_of_the_limit(
    tap: Tap, make_org: MakeOrg, limit: int | None, used: str, status: str, available: Any
) -> None:
    ours = make_org("Acme")
    tap.execute(SET.format("credit_limit = %s"), limit, ours.customer)
    owe(tap, ours, "orders", used)
    credit = tap.value(CREDIT, ours.customer)
    assert credit == {
        "limit": limit,
        "used": float(used),
        "available": available,
        "status": status,
        "hold": None,
    }


def test_used_are_open_orders_without_an_invoice_and_unpaid_invoices(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    tap.execute(SET.format("credit_limit = 1000"), ours.customer)
    steps = [
        ("orders", "10", {}, 10),
        ("orders", "20", {"status": "completed"}, 10),
        ("orders", "40", {"number": "O-1"}, 50),
        ("invoices", "39", {"number": "I-1", "order_number": "O-1"}, 49),
        ("invoices", "5", {}, 54),
        ("invoices", "7", {"status": "paid"}, 54),
        ("invoices", "39", {"number": "I-1", "order_number": "O-1", "status": "paid"}, 15),
    ]
    for kind, total, values, used in steps:
        owe(tap, ours, kind, total, **values)
        assert tap.value(CREDIT, ours.customer)["used"] == used
        assert may_order(tap, ours, 0) == (True, None, 1000 - used)


@pytest.mark.parametrize("currency", ["USD", "KWD"])
@pytest.mark.parametrize(
    ("limit", "used", "amount", "expected"),
    [
        (None, "500", "1000000000", (True, None, None)),
        (100, "60", "40", (True, None, 40)),
        (100, "60", "40.001", (False, "credit_limit", 40)),
        (100, "100", "0", (True, None, 0)),
        (100, "100", "0.001", (False, "credit_limit", 0)),
        (100, "150", "0", (False, "credit_limit", 0)),
        (0, "0", "0", (True, None, 0)),
        (0, "0", "0.001", (False, "prepayment_required", 0)),
        (0, "1", "0", (False, "prepayment_required", 0)),
    ],
)
def test_a_customer_may_order_up_to_its_limit(
    tap: Tap,
    make_org: MakeOrg,
    currency: str,
    limit: int | None,
    used: str,
    amount: str,
    expected: tuple[Any, ...],
) -> None:
    ours = make_org("Acme")
    tap.execute(SET.format("credit_limit = %s, currency = %s"), limit, currency, ours.customer)
    owe(tap, ours, "invoices", used)
    assert may_order(tap, ours, Decimal(amount)) == expected


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("status = 'suspended'", "customer_suspended"),
        ("status = 'inactive'", "customer_inactive"),
        ("credit_hold_reason = 'late'", "on_hold"),
        ("credit_hold_reason = 'late', credit_hold_until = now() + interval '1 second'", "on_hold"),
        (EXPIRE, None),
        ("credit_hold_reason = 'late', status = 'suspended'", "customer_suspended"),
    ],
)
def test_a_hold_and_a_status_stop_a_customer_without_a_limit(
    tap: Tap, make_org: MakeOrg, change: str, reason: str | None
) -> None:
    ours = make_org("Acme")
    tap.execute(SET.format(change), ours.customer)
    assert may_order(tap, ours, 1) == (reason is None, reason, None)


@pytest.mark.parametrize("amount", ["-0.001", "NaN", "Infinity", "-Infinity", None])
def test_an_amount_is_a_number_of_zero_or_more(tap: Tap, make_org: MakeOrg, amount: Any) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.viewer):
        tap.throws("PT422", "amount_invalid", MAY_ORDER, ours.customer, amount)


def test_a_redirect_has_no_credit(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    add = "insert into public.customers (organization_id, company_name) values (%s, 'B') returning"
    other = tap.value(f"{add} id", ours.id)
    tap.execute(SET.format("merged_into = %s"), other, ours.customer)
    with tap.acting_as(ours.admin):
        for sql, *arguments in ((MAY_ORDER, 1), (HOLD, "late"), (RELEASE,)):
            tap.throws("PT409", "customer_merged", sql, ours.customer, *arguments)
            if sql != RELEASE:
                assert tap.error_of(sql, other, *arguments) is None


@pytest.mark.parametrize("role", [*ROLES, "service_role"])
def test_admins_set_and_release_holds(tap: Tap, make_org: MakeOrg, role: str) -> None:
    ours = make_org("Acme")
    login = None if role == "service_role" else ours.login(role)
    acting = tap.acting_as(login) if login else tap.acting_as_service()
    with acting:
        assert tap.value(MAY_ORDER, ours.customer, 1)["allowed"]
        if role in {"viewer", "member", "manager"}:
            tap.throws("42501", "role_required", HOLD, ours.customer, "late")
            tap.throws("42501", "role_required", RELEASE, ours.customer)
        else:
            tap.results_eq(HOLD, [("late",)], ours.customer, " late ")
            tap.results_eq(HELD, [("late", None, login, 2)], ours.customer)
            tap.results_eq(RELEASE, [(None,)], ours.customer)
            tap.results_eq(HELD, [(None, None, None, 3)], ours.customer)


def test_holds_are_recorded(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")

    def recorded(type_: str, changed: set[str], actor: Any, why: Any = None) -> None:
        ((found, title, description, changes, by),) = tap.rows(NEWEST, ours.customer)
        title_ = "Credit hold set" if type_ == "credit_hold_set" else "Credit hold released"
        assert (found, title, description, by) == (type_, title_, why, actor)
        assert set(changes) == {f"credit_hold_{name}" for name in changed}

    with tap.acting_as(ours.admin):
        tap.execute(HOLD, ours.customer, "late")
        recorded("credit_hold_set", {"reason", "by"}, ours.admin)
        tap.execute(HOLD_UNTIL.format("now() + interval '1 day'"), ours.customer, "late")
        recorded("credit_hold_set", {"until"}, ours.admin)
    with tap.acting_as(ours.owner):
        tap.execute(HOLD_UNTIL.format("now() + interval '1 day'"), ours.customer, "late")
        recorded("credit_hold_set", {"by"}, ours.owner)
        tap.execute(RELEASE, ours.customer)
        recorded("credit_hold_released", {"reason", "until", "by"}, ours.owner)
        tap.throws("PT409", "no_credit_hold", RELEASE, ours.customer)


@pytest.mark.parametrize("reason", [None, "", " \n", "x" * 1001])
def test_a_hold_needs_a_reason(tap: Tap, make_org: MakeOrg, reason: str | None) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.admin):
        tap.throws("PT422", "reason_required", HOLD, ours.customer, reason)
        tap.results_eq(HOLD, [("x" * 1000,)], ours.customer, "x" * 1000)


@pytest.mark.parametrize("until", ["now()", "'2020-01-01'", "'infinity'", "'-infinity'"])
def test_a_hold_ends_in_the_future(tap: Tap, make_org: MakeOrg, until: str) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.admin):
        sql = HOLD_UNTIL.format(until)
        tap.throws("PT422", "until_invalid", sql, ours.customer, "late")
        soon = HOLD_UNTIL.format("now() + interval '1 microsecond'")
        assert tap.error_of(soon, ours.customer, "late") is None


def test_maintenance_releases_what_has_expired_and_nothing_else(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    add = "insert into public.customers (organization_id, company_name) values (%s, 'B') returning"
    later, forever = tap.value(f"{add} id", ours.id), tap.value(f"{add} id", ours.id)
    tap.execute(SET.format(EXPIRE), ours.customer)
    tap.execute(SET.format(EXPIRE), theirs.customer)
    soon = "credit_hold_reason = 'late', credit_hold_until = now() + interval '1 microsecond'"
    tap.execute(SET.format(soon), later)
    tap.execute(SET.format("credit_hold_reason = 'late'"), forever)
    assert tap.value("select private.release_expired_holds()") == 2
    assert tap.value("select private.release_expired_holds()") == 0
    for customer in (ours.customer, theirs.customer):
        tap.results_eq(HELD, [(None, None, None, 3)], customer)
        ((type_, _, description, _, actor),) = tap.rows(NEWEST, customer)
        told = (type_, description, actor)
        assert told == ("credit_hold_released", "The hold has expired", None)
    for customer in (later, forever):
        assert tap.value(CREDIT, customer)["status"] == "on_hold"


@pytest.mark.parametrize(("sql", "arguments"), [(HOLD, ["x"]), (RELEASE, []), (MAY_ORDER, [1])])
def test_a_foreign_customer_cannot_be_told_from_none(
    tap: Tap, make_org: MakeOrg, sql: str, arguments: list[Any]
) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    with tap.acting_as(ours.owner):
        absent = tap.throws("PT404", "customer_not_found", sql, uuid4(), *arguments)
        assert_same_error(absent, tap.error_of(sql, theirs.customer, *arguments))
        assert tap.error_of(HOLD, ours.customer, "x") is None


def test_of_two_holds_at_once_the_later_one_holds_and_both_are_recorded(
    stack: StackStatus,
) -> None:
    with committed_organization(stack, "Racing") as ours:

        def hold(reason: str) -> Callable[[Tap], None]:
            def run(tap: Tap) -> None:
                with tap.acting_as(ours.admin):
                    tap.execute(HOLD, ours.customer, reason)

            return run

        assert overlapping(stack, hold("first"), hold("second")) is None
        with open_tap(stack) as tap:
            tap.results_eq(HELD, [("second", None, ours.admin, 3)], ours.customer)
            changes = tap.rows(NEWEST, ours.customer)[0][3]
            assert changes["credit_hold_reason"] == {"from": "first", "to": "second"}


def test_of_two_releases_at_once_the_second_is_told(stack: StackStatus) -> None:
    with committed_organization(stack, "Racing") as ours:
        with open_tap(stack) as tap, tap.acting_as(ours.admin):
            tap.execute(HOLD, ours.customer, "late")

        def release(tap: Tap) -> None:
            with tap.acting_as(ours.admin):
                tap.execute(RELEASE, ours.customer)

        error = overlapping(stack, release, release)
        assert error is not None
        assert (error.sqlstate, error.diag.message_detail) == ("PT409", "no_credit_hold")


@pytest.mark.parametrize("first", ["limit", "order"])
def test_of_a_lower_limit_and_an_order_at_once_both_are_seen(
    stack: StackStatus, first: str
) -> None:
    with committed_organization(stack, "Racing") as ours:
        with open_tap(stack) as tap:
            tap.execute(SET.format("credit_limit = 1000"), ours.customer)

        def lower(tap: Tap) -> None:
            tap.execute(SET.format("credit_limit = 10"), ours.customer)

        def order(tap: Tap) -> None:
            placed = {"organization_id": str(ours.id), "customer_id": str(ours.customer)}
            with tap.acting_as_service():
                tap.execute(
                    UPSERT.format("orders"), tap.json([placed | {"number": "1", "total": 50}])
                )

        actions = (lower, order) if first == "limit" else (order, lower)
        assert overlapping(stack, *actions) is None
        with open_tap(stack) as tap, tap.acting_as(ours.viewer):
            tap.results_eq(OVER_LIMIT, [(ours.customer,)], ours.id)
