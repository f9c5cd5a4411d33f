"""Invitations into the portal: a token that works once, for the contact it was meant for."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from organizations import Organization, insert_user
from portals import ACCEPT, INVITE, ME, OPEN, REVOKE, bring_in, contacts_of, email_of, invite
from portals import open_portal as open_it
from races import committed_organization, open_tap, overlapping
from tap import Tap, assert_same_error
from ts_customers.stack import StackStatus

MakeOrg = Callable[[str], Organization]

ACTIVITIES = """
select type, title, created_by, related_id from public.customer_activities
where customer_id = %s and type like 'portal%%' order by created_at
"""
OPEN_ONES = """
select count(*) from public.portal_invitations
where contact_id = %s and accepted_at is null and revoked_at is null
"""


@pytest.fixture
def ours(tap: Tap, make_org: MakeOrg) -> Organization:
    organization = make_org("Acme")
    open_it(tap, organization)
    return organization


def test_an_accepted_invitation_links_the_login_and_every_step_is_recorded(
    tap: Tap, ours: Organization
) -> None:
    contact = ours.contacts[0]
    login = insert_user(tap, email_of(tap, contact).upper())
    invitation = invite(tap, ours, contact)
    assert contacts_of(tap, login) == []
    with tap.acting_as(login):
        assert tap.value(ACCEPT, invitation["token"]) == {
            "organization_id": str(ours.id),
            "customer_id": str(ours.customer),
            "contact_id": str(contact),
        }
    assert contacts_of(tap, login) == [contact]
    with tap.acting_as(ours.manager):
        tap.execute(REVOKE, contact)
    assert contacts_of(tap, login) == []
    tap.results_eq(
        ACTIVITIES,
        [
            ("portal_invited", "Invited to the portal: Ann Smith", ours.manager, contact),
            ("portal_accepted", "Portal access accepted: Ann Smith", login, contact),
            ("portal_revoked", "Portal access revoked: Ann Smith", ours.manager, contact),
        ],
        ours.customer,
    )
    linked = "select user_id, portal_access from public.customer_contacts where id = %s"
    tap.results_eq(linked, [(None, False)], contact)


def test_only_a_hash_of_the_token_is_stored_and_nobody_reads_it(
    tap: Tap, ours: Organization
) -> None:
    token = invite(tap, ours, ours.contacts[0])["token"]
    stored = "select token_hash from private.portal_invitation_tokens where organization_id = %s"
    seen = "select i::text from public.portal_invitations as i where organization_id = %s"
    assert tap.value(stored, ours.id) == sha256(token.encode()).digest()
    for acting in (tap.acting_as(ours.owner), tap.acting_as_service()):
        with acting:
            tap.throws("42501", None, "select * from private.portal_invitation_tokens")
            (row,) = tap.rows(seen, ours.id)
            assert token not in row[0]


def test_a_token_works_once_and_is_for_its_address_alone(tap: Tap, ours: Organization) -> None:
    contact, other = ours.contacts
    token = invite(tap, ours, contact)["token"]
    login, thief = insert_user(tap, email_of(tap, contact)), insert_user(tap)
    unverified = insert_user(tap, email_of(tap, other))
    tap.execute("update auth.users set email_confirmed_at = null where id = %s", unverified)

    with tap.acting_as(thief):
        stolen = tap.throws("PT404", "invitation_not_found", ACCEPT, token)
        assert_same_error(stolen, tap.error_of(ACCEPT, "0" * 64))
    with tap.acting_as(None):
        tap.throws("42501", None, ACCEPT, token)
    with tap.acting_as(unverified):
        tap.throws("42501", "email_not_verified", ACCEPT, token)
    with tap.acting_as(login):
        tap.execute(ACCEPT, token)
        tap.throws("PT409", "invitation_accepted", ACCEPT, token)
    with tap.acting_as(ours.manager):
        tap.throws("PT409", "portal_access_exists", INVITE, contact)


@pytest.mark.parametrize(
    "ending",
    [
        "update public.portal_invitations set expires_at = now() where contact_id = %s",
        "update public.portal_invitations set revoked_at = now() where contact_id = %s",
        "select public.revoke_portal_access(%s)",
        "select public.invite_to_portal(%s)",
        "update public.customer_contacts set email = 'new@example.com' where id = %s",
        "delete from public.customer_contacts where id = %s",
    ],
)
def test_an_invitation_that_has_ended_is_not_found(
    tap: Tap, ours: Organization, ending: str
) -> None:
    contact = ours.contacts[0]
    token = invite(tap, ours, contact)["token"]
    login = insert_user(tap, email_of(tap, contact))
    with tap.undone(), tap.acting_as(login):
        tap.execute(ACCEPT, token)  # the control
    tap.execute(ending, contact)
    with tap.acting_as(login):
        tap.throws("PT404", "invitation_not_found", ACCEPT, token)


def test_a_member_who_changes_the_address_ends_what_a_manager_offered(
    tap: Tap, ours: Organization
) -> None:
    contact = ours.contacts[0]
    invite(tap, ours, contact)
    with tap.acting_as(ours.member):
        tap.affects("update public.customer_contacts set phone = '1' where id = %s", 1, contact)
        assert tap.value(OPEN_ONES, contact) == 1
        tap.affects(
            "update public.customer_contacts set email = 'x@example.com' where id = %s", 1, contact
        )
    assert tap.value(OPEN_ONES, contact) == 0
    assert [row[0] for row in tap.rows(ACTIVITIES, ours.customer)] == [
        "portal_invited",
        "portal_revoked",
    ]


@pytest.mark.parametrize("valid_for", ["59 seconds", "91 days", "-1 day", None])
def test_an_invitation_lasts_between_a_minute_and_ninety_days(
    tap: Tap, ours: Organization, valid_for: str | None
) -> None:
    call = "select public.invite_to_portal(%s, %s)"
    with tap.acting_as(ours.manager):
        tap.throws("PT422", "valid_for_invalid", call, ours.contacts[0], valid_for)
        tap.execute(call, ours.contacts[0], "90 days")
    left = "select expires_at = now() + interval '90 days' from public.portal_invitations"
    assert tap.value(f"{left} where organization_id = %s", ours.id) is True


@pytest.mark.parametrize(
    "closing",
    [
        "update public.customers set portal_enabled = false where id = %s",
        "select public.suspend_customer(%s)",
        "select public.deactivate_customer(%s)",
    ],
)
def test_a_closed_portal_takes_nobody_in_and_lets_nobody_stay(
    tap: Tap, ours: Organization, closing: str
) -> None:
    first, second = ours.contacts
    login = bring_in(tap, ours, first)
    waiting = insert_user(tap, email_of(tap, second))
    token = invite(tap, ours, second)["token"]
    with tap.acting_as(ours.manager):
        tap.execute(closing, ours.customer)
        tap.throws("PT409", "portal_closed", INVITE, second)
    assert contacts_of(tap, login) == []
    with tap.acting_as(waiting):
        tap.throws("PT409", "portal_closed", ACCEPT, token)
    with tap.acting_as(ours.manager):
        tap.execute(
            "update public.customers set portal_enabled = true where id = %s", ours.customer
        )
    tap.execute("update public.customers set status = 'active' where id = %s", ours.customer)
    assert contacts_of(tap, login) == [first]
    with tap.acting_as(waiting):
        tap.execute(ACCEPT, token)


def test_one_login_is_one_contact_in_each_organization(
    tap: Tap, ours: Organization, make_org: MakeOrg
) -> None:
    theirs = make_org("Rival")
    open_it(tap, theirs)
    login = bring_in(tap, ours, ours.contacts[0])
    address = email_of(tap, ours.contacts[0])
    rename = "update public.customer_contacts set email = %s where id = %s"
    tap.execute(rename, address, theirs.contacts[0])
    bring_in(tap, theirs, theirs.contacts[0], login)
    assert contacts_of(tap, login) == [ours.contacts[0], theirs.contacts[0]]

    tap.execute(rename, "other@example.com", ours.contacts[0])
    tap.execute(rename, address, ours.contacts[1])
    token = invite(tap, ours, ours.contacts[1])["token"]
    with tap.acting_as(login):
        tap.throws("PT409", "login_linked", ACCEPT, token)


def test_revoking_what_is_not_there_changes_nothing(tap: Tap, ours: Organization) -> None:
    with tap.acting_as(ours.manager):
        assert tap.value(REVOKE, ours.contacts[0]) == ours.contacts[0]
    tap.is_empty(ACTIVITIES, ours.customer)


def test_members_below_manager_neither_invite_nor_revoke(tap: Tap, ours: Organization) -> None:
    for statement in (INVITE, REVOKE):
        with tap.acting_as(ours.member):
            tap.throws("42501", "role_required", statement, ours.contacts[0])
    with tap.acting_as(ours.member):
        tap.throws(
            "42501",
            None,
            "update public.customer_contacts set user_id = %s where id = %s",
            ours.member,
            ours.contacts[0],
        )


def test_a_login_that_is_deleted_leaves_a_contact_without_access(
    tap: Tap, ours: Organization
) -> None:
    login = bring_in(tap, ours, ours.contacts[0])
    tap.execute("delete from auth.users where id = %s", login)
    assert tap.rows(ACTIVITIES, ours.customer)[-1][0] == "portal_revoked"
    with tap.acting_as(ours.manager):
        tap.execute(INVITE, ours.contacts[0])


def _race(stack: StackStatus, second: Callable[[Organization, UUID, str], Any]) -> Any:
    """Accept in one transaction, and do the second thing beside it, before it commits."""
    with committed_organization(stack, "Acme") as acme:
        with open_tap(stack) as tap:
            tap.execute(OPEN, acme.customer)
            login = insert_user(tap, email_of(tap, acme.contacts[0]))
            token = invite(tap, acme, acme.contacts[0])["token"]
        try:

            def accept(tap: Tap) -> None:
                tap.become("authenticated", login)
                tap.execute(ACCEPT, token)

            error = overlapping(stack, accept, second(acme, login, token))
            with open_tap(stack) as tap:
                return error, tap.rows(ACTIVITIES, acme.customer), contacts_of(tap, login)
        finally:
            with open_tap(stack) as tap:
                tap.execute("delete from auth.users where id = %s", login)


def test_of_two_acceptances_at_once_one_wins(stack: StackStatus) -> None:
    def again(_acme: Organization, login: UUID, token: str) -> Callable[[Tap], Any]:
        def accept(tap: Tap) -> None:
            tap.become("authenticated", login)
            tap.execute(ACCEPT, token)

        return accept

    error, activities, contacts = _race(stack, again)
    assert error.diag.message_detail == "invitation_accepted"
    assert [row[0] for row in activities] == ["portal_invited", "portal_accepted"]
    assert len(contacts) == 1


def test_a_revocation_beside_an_acceptance_is_the_last_word(stack: StackStatus) -> None:
    def against(acme: Organization, _login: UUID, _token: str) -> Callable[[Tap], Any]:
        def revoke(tap: Tap) -> None:
            tap.become("authenticated", acme.manager)
            tap.execute(REVOKE, acme.contacts[0])

        return revoke

    error, activities, contacts = _race(stack, against)
    assert error is None
    assert [row[0] for row in activities] == [
        "portal_invited",
        "portal_accepted",
        "portal_revoked",
    ]
    assert contacts == []


def test_a_merge_takes_along_what_was_offered(tap: Tap, ours: Organization) -> None:
    target = tap.value(
        "insert into public.customers (organization_id, company_name, portal_enabled)"
        " values (%s, 'Heirs', true) returning id",
        ours.id,
    )
    contact = ours.contacts[0]
    token = invite(tap, ours, contact)["token"]
    with tap.acting_as(ours.manager):
        tap.execute("select public.merge_customers(%s, array[%s])", target, ours.customer)
    assert tap.value(OPEN_ONES, contact) == 1
    login = insert_user(tap, email_of(tap, contact))
    with tap.acting_as(login):
        assert tap.value(ACCEPT, token)["customer_id"] == str(target)


def test_access_that_ends_with_an_invitation_is_recorded_once(tap: Tap, ours: Organization) -> None:
    contact = ours.contacts[0]
    invite(tap, ours, contact)
    with tap.acting_as(ours.manager):
        for access in (True, False):
            tap.execute(
                "update public.customer_contacts set portal_access = %s where id = %s",
                access,
                contact,
            )
    assert tap.value(OPEN_ONES, contact) == 0
    types = [row[0] for row in tap.rows(ACTIVITIES, ours.customer)]
    assert types == ["portal_invited", "portal_revoked"]


def test_whatever_writes_them_an_invitation_ends_once_and_one_is_open(
    tap: Tap, ours: Organization
) -> None:
    contact = ours.contacts[0]
    first, second = (invite(tap, ours, contact)["invitation_id"] for _ in range(2))
    change = "update public.portal_invitations set {} where id = %s"
    tap.throws("23505", None, change.format("revoked_at = null"), first)
    tap.throws("23514", None, change.format("accepted_at = now()"), first)
    tap.affects(change.format("accepted_at = now()"), 1, second)


def test_me_is_for_whoever_is_signed_in(tap: Tap, ours: Organization) -> None:
    with tap.acting_as(None):
        tap.throws("42501", None, ME)
    with tap.acting_as(ours.owner):
        tap.is_empty(ME)
