"""Columns of customers that a role reserves, and those that nobody writes through the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from organizations import ROLES, Organization
from tap import Tap, assert_same_error

MakeOrg = Callable[[str], Organization]

ADD = "insert into public.customers (organization_id, company_name, {}) values (%s, 'New', %s)"
SET = "update public.customers set {} = %s where id = %s"

RESERVED: list[tuple[str, Any, str]] = [
    ("credit_limit", 500, "admin"),
    ("credit_limit", 0, "admin"),
    ("payment_terms", 60, "admin"),
    ("portal_enabled", True, "manager"),
    ("portal_subdomain", "acme-portal", "manager"),
]

UNWRITABLE: dict[str, Any] = {
    "id": uuid4(),
    "customer_number": "C-1",
    "tier_id": uuid4(),
    "status": "inactive",
    "version": 7,
    "credit_hold_reason": "late",
    "credit_hold_until": "2030-01-01",
    "credit_hold_by": uuid4(),
    "deactivated_at": "2030-01-01",
    "merged_into": uuid4(),
    "erased_at": "2030-01-01",
    "created_at": "2020-01-01",
    "created_by": uuid4(),
    "updated_at": "2020-01-01",
    "updated_by": uuid4(),
}


@pytest.mark.parametrize("role", ROLES[1:])
def test_reserved_columns_are_for_those_whom_they_are_reserved_for(
    tap: Tap, make_org: MakeOrg, subtests: pytest.Subtests, role: str
) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.login(role)):
        for column, value, needed in RESERVED:
            add, change = ADD.format(column), SET.format(column)
            with subtests.test(column=column, value=value):
                if ROLES.index(role) >= ROLES.index(needed):
                    assert tap.error_of(add, ours.id, value) is None
                    assert tap.error_of(change, value, ours.customer) is None
                    continue
                for sql, params in ((add, (ours.id, value)), (change, (value, ours.customer))):
                    error = tap.throws("42501", "role_required", sql, *params)
                    told = f"this needs the role {needed}, and yours is {role}"
                    assert error.diag.message_primary == told


def test_a_viewer_writes_no_column_at_all(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.viewer):
        for column, value, _ in RESERVED:
            tap.affects(SET.format(column), 0, value, ours.customer)
            error = tap.error_of(ADD.format(column), ours.id, value)
            assert error is not None
            assert error.sqlstate == "42501"


def test_a_reserved_column_may_be_written_with_the_value_that_it_has(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.admin):
        for column, value, _ in RESERVED:
            tap.execute(SET.format(column), value, ours.customer)
    with tap.acting_as(ours.member):
        # A client that sends the whole row back changes nothing that is reserved.
        for column, value, _ in RESERVED[1:]:
            tap.affects(SET.format(column), 1, value, ours.customer)
        for column, value in (
            ("credit_limit", None),
            ("payment_terms", 30),
            ("portal_enabled", False),
        ):
            assert tap.error_of(ADD.format(column), ours.id, value) is None
        tap.throws("42501", "role_required", SET.format("credit_limit"), None, ours.customer)
        tap.throws("42501", "role_required", SET.format("portal_subdomain"), None, ours.customer)


def test_a_reserved_column_is_guarded_in_an_upsert_too(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    upsert = """
    insert into public.customers (organization_id, external_id, company_name, credit_limit)
    values (%s, 'X-1', 'New', %s)
    on conflict (organization_id, external_id)
    do update set company_name = excluded.company_name, credit_limit = excluded.credit_limit
    """
    with tap.acting_as(ours.admin):
        tap.affects(upsert, 1, ours.id, 500)
    with tap.acting_as(ours.member):
        tap.throws("42501", "role_required", upsert, ours.id, 900)
        without = upsert.replace(", credit_limit = excluded.credit_limit", "")
        tap.affects(without, 1, ours.id, None)


def test_an_upsert_may_repeat_what_is_reserved(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    upsert = """
    insert into public.customers
    (organization_id, external_id, company_name, payment_terms, credit_limit, portal_enabled)
    values (%s, %s, 'New', %s, %s, %s)
    on conflict (organization_id, external_id) do update
    set company_name = excluded.company_name, payment_terms = excluded.payment_terms,
        credit_limit = excluded.credit_limit, portal_enabled = excluded.portal_enabled
    """
    with tap.acting_as(ours.admin):
        tap.affects(upsert, 1, ours.id, "X-1", 45, 500, True)
    with tap.acting_as(ours.member):
        tap.affects(upsert, 1, ours.id, "X-1", 45, 500, True)
        for other in ((45, 500, False), (45, None, True), (45, 501, True), (30, 500, True)):
            tap.throws("42501", "role_required", upsert, ours.id, "X-1", *other)
        tap.throws("42501", "role_required", upsert, ours.id, "X-2", 45, None, False)
    with tap.acting_as(theirs.owner):  # what somebody else has stored is not told
        repeated = tap.error_of(upsert, ours.id, "X-1", 45, 500, True)
        for values in ((45, 501, True), (45, 500, False)):
            assert_same_error(repeated, tap.error_of(upsert, ours.id, "X-1", *values))


def test_some_columns_are_written_by_functions_and_triggers_alone(
    tap: Tap, make_org: MakeOrg, subtests: pytest.Subtests
) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.owner):
        for column, value in UNWRITABLE.items():
            with subtests.test(column=column):
                tap.throws("42501", None, ADD.format(column), ours.id, value)
                tap.throws("42501", None, SET.format(column), value, ours.customer)
        tap.affects(SET.format("notes"), 1, "Written", ours.customer)


def test_every_column_is_read_by_every_member(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.viewer):
        assert len(tap.rows("select * from public.customers where id = %s", ours.customer)) == 1


def test_the_service_writes_what_is_reserved(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as_service():
        for column, value, _ in RESERVED:
            tap.affects(SET.format(column), 1, value, ours.customer)
        tap.affects(SET.format("tier_id"), 1, ours.gold, ours.customer)
        tap.affects(SET.format("customer_number"), 1, "K-1", ours.customer)
    tap.affects(SET.format("credit_limit"), 1, 7, ours.customer)  # and so does a SQL session
