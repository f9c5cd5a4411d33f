"""Values of a contact: its address, its names, and the columns that are not everybody's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from organizations import ROLES, Organization
from tap import Tap

MakeOrg = Callable[[str], Organization]
MakeUser = Callable[..., UUID]

ADD = """
insert into public.customer_contacts (organization_id, customer_id, first_name, last_name, email)
values (%s, %s, 'New', 'Person', %s) returning id
"""
ADD_WITH = """
insert into public.customer_contacts
(organization_id, customer_id, first_name, last_name, email, {})
values (%s, %s, 'New', 'Person', 'new@example.com', %s)
"""
SET = "update public.customer_contacts set {} = %s where id = %s"
READ = "select {} from public.customer_contacts where id = %s"

GOOD_EMAILS = [
    "ann@example.com",
    "ann.smith+tag@mail.example.co.uk",
    "o'brien@example.com",
    "用户@例子.公司",
    f"{'a' * 64}@example.com",
]
BAD_EMAILS = [
    "ann",
    "@example.com",
    "ann@",
    "ann@example",
    "ann@@example.com",
    "ann smith@example.com",
    "ann@exa mple.com",
    ".ann@example.com",
    "ann.@example.com",
    "ann@.example.com",
    "ann@example.com.",
    "<ann@example.com>",
    "a@example.com,b@example.com",
    f"{'a' * 65}@example.com",
    f"ann@{'a' * 250}.com",
]


def test_a_new_contact_has_sound_defaults(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    columns = """
    role, is_primary, portal_access, preferred_contact_method, receives_order_updates,
    receives_marketing, user_id
    """
    with tap.acting_as(ours.member):
        added = tap.value(ADD, ours.id, ours.customer, "new@example.com")
        defaults = ("contact", False, False, "email", True, False, None)
        tap.results_eq(READ.format(columns), [defaults], added)


def test_an_address_is_unique_in_an_organization_whatever_its_case(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    with tap.acting_as(ours.member):
        tap.execute(ADD, ours.id, ours.customer, " Ann@Example.com ")
        error = tap.throws("23505", None, ADD, ours.id, ours.customer, "aNN@example.COM")
        assert error.diag.message_detail is None
        tap.throws("23505", None, SET.format("email"), "ann@example.com", ours.contacts[0])
    with tap.acting_as(theirs.member):
        assert tap.error_of(ADD, theirs.id, theirs.customer, "ann@example.com") is None


def test_an_address_has_the_shape_of_one(
    tap: Tap, make_org: MakeOrg, subtests: pytest.Subtests
) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        for email in GOOD_EMAILS:
            with subtests.test(good=email):
                tap.affects(SET.format("email"), 1, email, ours.contacts[0])
        for email in BAD_EMAILS:
            with subtests.test(bad=email):
                tap.throws("23514", None, SET.format("email"), email, ours.contacts[0])


@pytest.mark.parametrize(
    ("column", "good", "bad"),
    [
        ("first_name", ["Ann-Marie", "雪", "x" * 200], ["", "  ", "\n", "x" * 201]),
        ("last_name", ["von Berg"], ["", "  ", "\t", "x" * 201]),
        ("role", ["billing", "shipping"], ["boss", "", "Primary"]),
        ("preferred_contact_method", ["phone", "none"], ["pigeon", ""]),
    ],
)
def test_values_of_a_contact_are_checked(
    tap: Tap, make_org: MakeOrg, column: str, good: list[Any], bad: list[Any]
) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        for value in good:
            tap.affects(SET.format(column), 1, value, ours.contacts[1])
        for value in bad:
            tap.throws("23514", None, SET.format(column), value, ours.contacts[1])


def test_blank_numbers_and_notes_are_none(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        blank = (
            "update public.customer_contacts set phone = ' ', mobile = '', notes = '' where id = %s"
        )
        tap.affects(blank, 1, ours.contacts[0])
        tap.results_eq(READ.format("phone, mobile, notes"), [(None, None, None)], ours.contacts[0])


@pytest.mark.parametrize("role", ROLES[1:])
def test_portal_access_is_granted_by_managers(tap: Tap, make_org: MakeOrg, role: str) -> None:
    ours = make_org("Acme")
    first, second = ours.contacts
    tap.execute(SET.format("portal_access"), True, second)
    grant = SET.format("portal_access")
    add = ADD_WITH.format("portal_access")
    with tap.acting_as(ours.login(role)):
        if role == "member":
            tap.throws("42501", "role_required", grant, True, first)
            tap.throws("42501", "role_required", grant, False, second)
            tap.throws("42501", "role_required", add, ours.id, ours.customer, True)
            tap.affects(grant, 1, True, second)  # what it is already
            assert tap.error_of(add, ours.id, ours.customer, False) is None
        else:
            tap.affects(grant, 1, True, first)
            tap.affects(grant, 1, False, second)
            assert tap.error_of(add, ours.id, ours.customer, True) is None


def test_logins_are_linked_by_functions_alone(
    tap: Tap, make_org: MakeOrg, make_user: MakeUser
) -> None:
    ours, somebody = make_org("Acme"), make_user()
    first, second = ours.contacts
    link = SET.format("user_id")
    with tap.acting_as(ours.owner):
        tap.throws("42501", None, link, somebody, first)
        tap.throws("42501", None, ADD_WITH.format("user_id"), ours.id, ours.customer, somebody)
        tap.affects(SET.format("notes"), 1, "x", first)
    with tap.acting_as_service():
        tap.affects(link, 1, somebody, first)
        tap.throws("23505", None, link, somebody, second)  # at most one in an organization


def test_a_contact_outlives_its_login(tap: Tap, make_org: MakeOrg, make_user: MakeUser) -> None:
    ours, somebody = make_org("Acme"), make_user()
    tap.execute(SET.format("user_id"), somebody, ours.contacts[0])
    tap.affects("delete from auth.users where id = %s", 1, somebody)
    tap.results_eq(READ.format("user_id, role"), [(None, "primary")], ours.contacts[0])


def test_the_key_of_a_contact_is_not_chosen_and_never_changes(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    contact = ours.contacts[0]
    member = "insert into public.organization_members values (%s, %s, 'owner')"
    tap.execute(member, theirs.id, ours.owner)
    with tap.acting_as(ours.owner):
        tap.throws("42501", None, ADD_WITH.format("id"), ours.id, ours.customer, uuid4())
        tap.throws("42501", None, SET.format("id"), uuid4(), contact)
        tap.throws("42501", "immutable_key", SET.format("organization_id"), theirs.id, contact)
        tap.affects(SET.format("organization_id"), 1, ours.id, contact)
    with tap.acting_as_service():
        tap.throws("42501", "immutable_key", SET.format("id"), uuid4(), contact)


def test_a_contact_is_of_a_customer_of_its_organization(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    with tap.acting_as(ours.member):
        tap.throws("23503", None, ADD, ours.id, theirs.customer, "new@example.com")
        tap.throws("23503", None, SET.format("customer_id"), theirs.customer, ours.contacts[0])
        assert tap.error_of(ADD, ours.id, ours.customer, "new@example.com") is None


def test_contacts_go_with_their_customer(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    tap.execute("delete from public.customers where id = %s", ours.customer)
    tap.is_empty("select id from public.customer_contacts where id = any(%s)", list(ours.contacts))
