"""Contacts that come to another customer, and who may hold that customer up meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from organizations import Organization
from races import committed_organization, open_tap, overlapping
from tap import Tap, assert_same_error
from ts_customers.stack import StackStatus

MakeOrg = Callable[[str], Organization]

ADD = """
insert into public.customer_contacts
(organization_id, customer_id, first_name, last_name, email, is_primary)
values (%s, %s, 'New', 'Person', %s, true)
"""
ADD_CUSTOMER = """
insert into public.customers (organization_id, company_name) values (%s, %s) returning id
"""
MOVE = "update public.customer_contacts set customer_id = %s where id = %s"
MOVE_AS_PRIMARY = """
update public.customer_contacts set customer_id = %s, role = 'primary', is_primary = true
where id = %s
"""
SET = "update public.customer_contacts set {} = %s where id = %s"
PRIMARIES = "select id from public.customer_contacts where customer_id = %s and is_primary"
HOLD = "select 1 from public.customers where id = %s for update"
TIMELINE = """
select title, metadata, related_id from public.customer_activities
where customer_id = %s and type = %s
"""


def new_customer(tap: Tap, ours: Organization, name: str = "Other") -> UUID:
    """A customer without contacts."""
    with tap.acting_as(ours.member):
        customer: UUID = tap.value(ADD_CUSTOMER, ours.id, name)
    return customer


def test_nobody_waits_for_a_customer_that_is_not_theirs(stack: StackStatus) -> None:
    with (
        committed_organization(stack, "Ours") as ours,
        committed_organization(stack, "Rival") as theirs,
        open_tap(stack) as holder,
        open_tap(stack) as tap,
    ):
        holder.execute(HOLD, ours.customer)
        tap.execute("set local lock_timeout = '200ms'")

        def answer(login: UUID, customer: UUID) -> Any:
            with tap.acting_as(login):
                return tap.error_of(ADD, ours.id, customer, f"{uuid4().hex}@example.com")

        waited = answer(ours.member, ours.customer)  # control: whose customer it is, waits
        assert waited.sqlstate == "55P03"
        for login in (theirs.owner, ours.viewer):
            refused = answer(login, ours.customer)
            assert refused.sqlstate == "42501"
            assert_same_error(refused, answer(login, uuid4()))
        holder.connection.rollback()


@pytest.mark.parametrize("move", [MOVE, MOVE_AS_PRIMARY])
@pytest.mark.parametrize("were_primary", [True, False])
def test_two_contacts_that_move_to_one_customer_at_once_make_one_primary_at_most(
    stack: StackStatus, move: str, were_primary: bool
) -> None:
    with committed_organization(stack, "Racing") as ours:
        with open_tap(stack) as tap:
            to, other = new_customer(tap, ours, "To"), new_customer(tap, ours, "From")
            tap.execute(ADD, ours.id, other, f"{uuid4().hex}@example.com")
            ((foreign,),) = tap.rows(PRIMARIES, other)
            for contact in (foreign, ours.contacts[0]):
                tap.execute(SET.format("is_primary"), were_primary, contact)

        def moving(contact: UUID) -> Callable[[Tap], None]:
            def act(tap: Tap) -> None:
                with tap.acting_as(ours.member):
                    tap.affects(move, 1, to, contact)

            return act

        assert overlapping(stack, moving(ours.contacts[0]), moving(foreign)) is None
        with open_tap(stack) as tap:
            primary = move == MOVE_AS_PRIMARY and not were_primary
            tap.results_eq(PRIMARIES, [(foreign,)] if primary else [], to)


@pytest.mark.parametrize("column", ["customer_id", "email"])
@pytest.mark.parametrize("granted", ["portal_access", "user_id"])
def test_a_contact_with_portal_access_is_handed_on_by_managers_alone(
    tap: Tap, make_org: MakeOrg, column: str, granted: str
) -> None:
    ours = make_org("Acme")
    access, without = ours.contacts
    value = new_customer(tap, ours) if column == "customer_id" else "else@example.com"
    tap.execute(SET.format(granted), True if granted == "portal_access" else ours.viewer, access)
    change = SET.format(column)
    with tap.acting_as(ours.member):
        tap.throws("42501", "role_required", change, value, access)
        both = change.replace(" where", ", portal_access = false, user_id = null where")
        assert tap.error_of(both, value, access) is not None
        tap.affects(SET.format("phone"), 1, "+1 555", access)
        with tap.undone():
            tap.affects(change, 1, value, without)  # control: one that opens nothing
    with tap.acting_as(ours.manager):
        tap.affects(change, 1, value, access)


def test_a_move_is_told_to_the_customer_that_the_contact_leaves(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    contact, to = ours.contacts[1], new_customer(tap, ours)
    with tap.acting_as(ours.member):
        tap.affects(MOVE, 1, to, contact)
    with tap.acting_as(ours.viewer):
        left = ("Contact moved to another customer: Bob Smith", {"customer_id": str(to)}, contact)
        tap.results_eq(TIMELINE, [left], ours.customer, "contact_removed")
        ((_, changes, _),) = tap.rows(TIMELINE, to, "contact_updated")
    moved = {"from": str(ours.customer), "to": str(to)}
    assert changes["changes"]["customer_id"] == moved


def test_a_primary_that_arrives_leaves_the_customers_own_primary(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    to = new_customer(tap, ours)
    with tap.acting_as(ours.member):
        tap.execute(ADD, ours.id, to, "own@example.com")
        before = tap.rows(PRIMARIES, to)
        assert len(before) == 1
        tap.affects(MOVE, 1, to, ours.contacts[0])
        assert tap.rows(PRIMARIES, to) == before
        tap.affects(MOVE_AS_PRIMARY, 1, to, ours.contacts[1])
        tap.results_eq(PRIMARIES, [(ours.contacts[1],)], to)
