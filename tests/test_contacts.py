"""Contacts: at most one primary per customer, whoever writes what, in one statement or at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest

from organizations import ROLES, Organization
from races import committed_organization, open_tap, overlapping
from tap import Tap, assert_same_error
from ts_customers.stack import StackStatus

MakeOrg = Callable[[str], Organization]

ADD = """
insert into public.customer_contacts
(organization_id, customer_id, first_name, last_name, email, role, is_primary)
values (%s, %s, 'New', 'Person', %s, %s, %s) returning id
"""
SET = "update public.customer_contacts set {} = %s where id = %s"
PRIMARIES = "select id from public.customer_contacts where customer_id = %s and is_primary"
ROLE = "select role, is_primary from public.customer_contacts where id = %s"
SET_PRIMARY = "select id, role, is_primary from public.set_primary_contact(%s)"
ADD_CUSTOMER = """
insert into public.customers (organization_id, company_name) values (%s, 'Other') returning id
"""


def add(tap: Tap, ours: Organization, *, primary: bool = False, customer: Any = None) -> UUID:
    """A new contact."""
    email = f"{uuid4().hex}@example.com"
    given = (ours.id, customer or ours.customer, email, "contact", primary)
    added: UUID = tap.value(ADD, *given)
    return added


@pytest.mark.parametrize("role", ROLES)
def test_members_add_edit_and_remove_contacts_and_viewers_only_read(
    tap: Tap, make_org: MakeOrg, role: str
) -> None:
    ours = make_org("Acme")
    allowed = int(role != "viewer")
    other = ours.contacts[1]
    with tap.acting_as(ours.login(role)):
        tap.results_eq(ROLE, [("contact", False)], other)
        error = tap.error_of(ADD, ours.id, ours.customer, "a@example.com", "contact", False)
        assert (error is None) == bool(allowed)
        tap.affects(SET.format("phone"), allowed, "+1 555", other)
        tap.affects("delete from public.customer_contacts where id = %s", allowed, other)


def test_making_one_primary_demotes_the_other(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    first, second = ours.contacts
    with tap.acting_as(ours.member):
        elsewhere = add(tap, ours, primary=True, customer=tap.value(ADD_CUSTOMER, ours.id))
        tap.affects(SET.format("is_primary"), 1, True, second)
        tap.results_eq(PRIMARIES, [(second,)], ours.customer)
        tap.results_eq(ROLE, [("contact", False)], first)
        tap.affects(SET.format("role"), 1, "primary", first)
        tap.results_eq(PRIMARIES, [(first,)], ours.customer)
        third = add(tap, ours, primary=True)
        tap.results_eq(PRIMARIES, [(third,)], ours.customer)
        tap.results_eq(ROLE, [("primary", True)], elsewhere)  # other customers keep theirs


def test_of_several_made_primary_in_one_statement_one_is(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    many = """
    insert into public.customer_contacts
    (organization_id, customer_id, first_name, last_name, email, is_primary)
    select %s, c, 'New', 'Person', gen_random_uuid() || '@example.com', true
    from unnest(%s) as c, generate_series(1, 3)
    """
    everybody = "update public.customer_contacts set is_primary = true where customer_id = %s"
    with tap.acting_as(ours.member):
        other = tap.value(ADD_CUSTOMER, ours.id)
        tap.affects(many, 6, ours.id, [ours.customer, other])
        assert [len(tap.rows(PRIMARIES, c)) for c in (ours.customer, other)] == [1, 1]
        tap.affects(everybody, 5, ours.customer)
        assert len(tap.rows(PRIMARIES, ours.customer)) == 1
    tap.execute("set constraints all immediate")


def test_the_primary_swaps_in_one_statement(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    swap = "update public.customer_contacts set is_primary = not is_primary where customer_id = %s"
    with tap.acting_as(ours.member):
        for primary in (ours.contacts[1], ours.contacts[0]):
            tap.affects(swap, 2, ours.customer)
            tap.results_eq(PRIMARIES, [(primary,)], ours.customer)
    tap.execute("set constraints all immediate")


def test_a_primary_that_moves_to_another_customer_is_a_plain_contact_there(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    removed = """
    select count(*) from public.customer_activities
    where customer_id = %s and related_id = %s and type = 'contact_removed'
    """
    with tap.acting_as(ours.member):
        other = tap.value(ADD_CUSTOMER, ours.id)
        theirs = add(tap, ours, primary=True, customer=other)
        tap.affects(SET.format("customer_id"), 1, other, ours.contacts[0])
        tap.results_eq(PRIMARIES, [(theirs,)], other)
        tap.is_empty(PRIMARIES, ours.customer)
        assert tap.value(removed, ours.customer, ours.contacts[0]) == 1


@pytest.mark.parametrize(
    ("role", "is_primary", "stored"),
    [
        ("contact", False, ("contact", False)),
        ("billing", False, ("billing", False)),
        ("primary", True, ("primary", True)),
        ("primary", False, ("primary", True)),
        ("shipping", True, ("primary", True)),
    ],
)
def test_role_and_is_primary_agree_from_the_start(
    tap: Tap, make_org: MakeOrg, role: str, is_primary: bool, stored: tuple[str, bool]
) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        added = tap.value(ADD, ours.id, ours.customer, "a@example.com", role, is_primary)
        tap.results_eq(ROLE, [stored], added)


@pytest.mark.parametrize(
    ("contact", "change", "stored"),
    [
        (0, "is_primary = false", ("contact", False)),
        (0, "role = 'billing'", ("billing", False)),
        (0, "role = 'billing', is_primary = false", ("billing", False)),
        (0, "phone = '1'", ("primary", True)),
        (1, "is_primary = true", ("primary", True)),
        (1, "role = 'primary'", ("primary", True)),
        (1, "role = 'shipping'", ("shipping", False)),
        (1, "role = 'billing', is_primary = true", ("primary", True)),
    ],
)
def test_role_and_is_primary_agree_after_a_change(
    tap: Tap, make_org: MakeOrg, contact: int, change: str, stored: tuple[str, bool]
) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        sql = f"update public.customer_contacts set {change} where id = %s"
        tap.affects(sql, 1, ours.contacts[contact])
        tap.results_eq(ROLE, [stored], ours.contacts[contact])


def test_a_customer_may_have_no_primary_contact(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        tap.execute("delete from public.customer_contacts where id = %s", ours.contacts[0])
        tap.is_empty(PRIMARIES, ours.customer)


@pytest.mark.parametrize("how", ["update", "insert"])
def test_of_two_made_primary_at_once_the_later_one_is(stack: StackStatus, how: str) -> None:
    with committed_organization(stack, "Racing") as ours:
        with open_tap(stack) as tap, tap.acting_as(ours.member):
            other = add(tap, ours)
        later: list[UUID] = []

        def promote(contact: UUID) -> Callable[[Tap], None]:
            def act(tap: Tap) -> None:
                with tap.acting_as(ours.member):
                    if how == "update":
                        tap.affects(SET.format("is_primary"), 1, True, contact)
                        later[:] = [contact]
                    else:
                        later[:] = [add(tap, ours, primary=True)]

            return act

        error = overlapping(stack, promote(ours.contacts[1]), promote(other))

        assert error is None
        with open_tap(stack) as tap:
            tap.results_eq(PRIMARIES, [(later[0],)], ours.customer)


def test_many_made_primary_at_once_end_in_exactly_one(stack: StackStatus) -> None:
    writers, rounds = 4, 5
    with committed_organization(stack, "Racing") as ours:
        with open_tap(stack) as tap, tap.acting_as(ours.member):
            contacts = [add(tap, ours) for _ in range(writers)]
        barrier = Barrier(writers)

        def promote(contact: UUID) -> None:
            try:
                for _ in range(rounds):
                    barrier.wait(30)
                    with open_tap(stack) as tap, tap.acting_as(ours.member):
                        tap.execute(SET.format("is_primary"), True, contact)
            except Exception:
                barrier.abort()  # the others need not wait for this one
                raise

        with ThreadPoolExecutor(writers) as pool:
            list(pool.map(promote, contacts))
        with open_tap(stack) as tap:
            assert len(tap.rows(PRIMARIES, ours.customer)) == 1


def test_set_primary_contact_makes_one_primary(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    first, second = ours.contacts
    with tap.acting_as(ours.member):
        tap.results_eq(SET_PRIMARY, [(second, "primary", True)], second)
        tap.results_eq(PRIMARIES, [(second,)], ours.customer)
        tap.throws("PT409", "already_primary", SET_PRIMARY, second)
    with tap.acting_as(ours.viewer):
        tap.throws("42501", "role_required", SET_PRIMARY, first)
    with tap.acting_as_service():
        tap.results_eq(SET_PRIMARY, [(first, "primary", True)], first)


def test_set_primary_contact_does_not_tell_a_foreign_contact_from_none(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    with tap.acting_as(ours.owner):
        absent = tap.throws("PT404", "contact_not_found", SET_PRIMARY, uuid4())
        for contact in theirs.contacts:
            assert_same_error(absent, tap.error_of(SET_PRIMARY, contact))
    with tap.acting_as(theirs.member):
        assert tap.error_of(SET_PRIMARY, theirs.contacts[1]) is None


def test_set_primary_contact_twice_at_once_is_told_to_the_second(stack: StackStatus) -> None:
    with committed_organization(stack, "Racing") as ours:

        def promote(tap: Tap) -> None:
            with tap.acting_as(ours.member):
                tap.execute(SET_PRIMARY, ours.contacts[1])

        error = overlapping(stack, promote, promote)

        assert error is not None
        assert (error.sqlstate, error.diag.message_detail) == ("PT409", "already_primary")
