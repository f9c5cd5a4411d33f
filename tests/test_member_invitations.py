"""Invitations to an organization: a token that works once, for whom it was meant."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest

from organizations import ROLES, Organization, insert_user
from races import committed_organization, open_tap, overlapping
from tap import Tap, assert_same_error
from ts_customers.stack import StackStatus

MakeOrg = Callable[[str], Organization]
MakeUser = Callable[..., UUID]

INVITE = "select public.invite_member(%s, %s, %s)"
ACCEPT = "select public.accept_member_invitation(%s)"
EMAIL = "new@example.com"
ROLE_OF = """
select role from public.organization_members where user_id = %s and organization_id = %s
"""


def invite(tap: Tap, ours: Organization, email: str = EMAIL, role: str = "member") -> Any:
    """Invite somebody as the owner; returns the invitation."""
    with tap.acting_as(ours.owner):
        return tap.value(INVITE, email, role, ours.id)


def test_an_invitation_makes_a_member(tap: Tap, make_org: MakeOrg, make_user: MakeUser) -> None:
    ours, somebody = make_org("Acme"), make_user(EMAIL)
    invitation = invite(tap, ours, role="manager")
    with tap.acting_as(somebody):
        answer = tap.value(ACCEPT, invitation["token"])
        assert answer == {"organization_id": str(ours.id), "role": "manager"}
        assert tap.value(ROLE_OF, somebody, ours.id) == "manager"
    accepted = "select accepted_by, accepted_at from public.member_invitations where id = %s"
    ((accepted_by, accepted_at),) = tap.rows(accepted, invitation["invitation_id"])
    assert accepted_by == somebody
    assert accepted_at is not None


def test_only_a_hash_of_the_token_is_stored_and_nobody_reads_it(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    invitation = invite(tap, ours)
    stored = """
    select i::text, t.token_hash
    from public.member_invitations as i
    inner join private.member_invitation_tokens as t on t.invitation_id = i.id
    where i.id = %s
    """
    ((row, token_hash),) = tap.rows(stored, invitation["invitation_id"])
    assert invitation["token"] not in row
    assert token_hash == sha256(invitation["token"].encode()).digest()
    assert len(invitation["token"]) == 64

    for acting in (tap.acting_as(ours.owner), tap.acting_as_service()):
        with acting:
            tap.throws("42501", None, "select * from private.member_invitation_tokens")
            assert len(tap.rows("select * from public.member_invitations")) >= 1


def test_an_invitation_lasts_seven_days(tap: Tap, make_org: MakeOrg, make_user: MakeUser) -> None:
    ours, somebody = make_org("Acme"), make_user(EMAIL)
    invitation = invite(tap, ours)
    left = (
        "select expires_at = now() + interval '7 days' from public.member_invitations where id = %s"
    )
    assert tap.value(left, invitation["invitation_id"]) is True

    expire = "update public.member_invitations set expires_at = now() where id = %s"
    with tap.undone():
        tap.execute(expire, invitation["invitation_id"])
        with tap.acting_as(somebody):
            tap.throws("PT404", "invitation_not_found", ACCEPT, invitation["token"])
    with tap.acting_as(somebody):
        assert tap.error_of(ACCEPT, invitation["token"]) is None


def test_an_invitation_works_once(tap: Tap, make_org: MakeOrg, make_user: MakeUser) -> None:
    ours, somebody = make_org("Acme"), make_user(EMAIL)
    invitation = invite(tap, ours)
    with tap.acting_as(somebody):
        tap.execute(ACCEPT, invitation["token"])
        tap.throws("PT409", "invitation_accepted", ACCEPT, invitation["token"])
    with tap.acting_as(ours.owner):
        tap.execute("select public.remove_member(%s, %s)", somebody, ours.id)
    with tap.acting_as(somebody):  # whoever was removed does not come back by the old token
        tap.throws("PT409", "invitation_accepted", ACCEPT, invitation["token"])
        tap.is_empty(ROLE_OF, somebody, ours.id)


def test_a_new_invitation_replaces_the_one_before_it(
    tap: Tap, make_org: MakeOrg, make_user: MakeUser
) -> None:
    ours, somebody = make_org("Acme"), make_user(EMAIL)
    first = invite(tap, ours, role="admin")
    second = invite(tap, ours, EMAIL.upper(), role="viewer")
    with tap.acting_as(somebody):
        tap.throws("PT404", "invitation_not_found", ACCEPT, first["token"])
        assert tap.value(ACCEPT, second["token"])["role"] == "viewer"


def test_an_admin_withdraws_an_invitation_and_a_manager_does_not(
    tap: Tap, make_org: MakeOrg, make_user: MakeUser
) -> None:
    ours, somebody = make_org("Acme"), make_user(EMAIL)
    invitation = invite(tap, ours)
    withdraw = "delete from public.member_invitations where id = %s"
    with tap.acting_as(ours.manager):
        tap.affects(withdraw, 0, invitation["invitation_id"])
    with tap.acting_as(ours.admin):
        tap.affects(withdraw, 1, invitation["invitation_id"])
    with tap.acting_as(somebody):
        tap.throws("PT404", "invitation_not_found", ACCEPT, invitation["token"])


def test_wrong_expired_and_somebody_elses_tokens_are_answered_alike(
    tap: Tap, make_org: MakeOrg, make_user: MakeUser
) -> None:
    ours = make_org("Acme")
    invitation = invite(tap, ours)
    with tap.acting_as(make_user()):
        others = tap.throws("PT404", "invitation_not_found", ACCEPT, invitation["token"])
        for token in ("nonsense", "", None, "0" * 64):
            assert_same_error(others, tap.error_of(ACCEPT, token))
    somebody = make_user(EMAIL)
    with tap.acting_as(somebody):
        assert tap.error_of(ACCEPT, invitation["token"]) is None
        tap.execute(ACCEPT, invitation["token"])
    with tap.acting_as(make_user()):  # nor is a used one told to somebody else
        assert_same_error(others, tap.error_of(ACCEPT, invitation["token"]))


def test_accepting_needs_a_verified_address(
    tap: Tap, make_org: MakeOrg, make_user: MakeUser
) -> None:
    ours, somebody = make_org("Acme"), make_user(EMAIL)
    invitation = invite(tap, ours)
    verify = "update auth.users set email_confirmed_at = {} where id = %s"
    tap.execute(verify.format("null"), somebody)
    with tap.acting_as(somebody):
        tap.throws("42501", "email_not_verified", ACCEPT, invitation["token"])
    tap.execute(verify.format("now()"), somebody)
    with tap.acting_as(somebody):
        assert tap.error_of(ACCEPT, invitation["token"]) is None


def test_accepting_needs_a_login(tap: Tap, make_org: MakeOrg) -> None:
    token = invite(tap, make_org("Acme"))["token"]
    with tap.acting_as(None):
        tap.throws("42501", None, ACCEPT, token)
    with tap.acting_as_service():
        tap.throws("42501", None, ACCEPT, token)


@pytest.mark.parametrize("actor", ROLES)
def test_admins_invite_below_owner_and_owners_invite_owners(
    tap: Tap, make_org: MakeOrg, actor: str
) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.login(actor)):
        for role in ROLES:
            allowed = actor == "owner" or (actor == "admin" and role != "owner")
            if allowed:
                assert tap.error_of(INVITE, EMAIL, role, ours.id) is None
            else:
                tap.throws("42501", "role_required", INVITE, EMAIL, role, ours.id)


def test_invitations_name_a_known_role_and_an_address_that_is_no_member_yet(
    tap: Tap, make_org: MakeOrg, make_user: MakeUser
) -> None:
    ours = make_org("Acme")
    taken = tap.value("select email from auth.users where id = %s", ours.viewer)
    with tap.acting_as(ours.owner):
        for email in ("nonsense", "", None, "two@at@example.com"):
            tap.throws("PT422", "email_invalid", INVITE, email, "member", ours.id)
        for role in ("god", "", None):
            tap.throws("PT422", "role_unknown", INVITE, EMAIL, role, ours.id)
        tap.throws("PT409", "already_member", INVITE, taken.upper(), "member", ours.id)
        assert tap.error_of(INVITE, EMAIL, "member", ours.id) is None


def test_invitations_are_read_by_admins(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    invitation = invite(tap, ours)["invitation_id"]
    read = "select email from public.member_invitations where id = %s"
    for login in (ours.viewer, ours.manager, theirs.owner):
        with tap.acting_as(login):
            tap.is_empty(read, invitation)
    with tap.acting_as(ours.admin):
        tap.results_eq(read, [(EMAIL,)], invitation)


def test_an_invitation_of_a_deleted_organization_is_gone(
    tap: Tap, make_org: MakeOrg, make_user: MakeUser
) -> None:
    ours, somebody = make_org("Acme"), make_user(EMAIL)
    token = invite(tap, ours)["token"]
    tap.execute("delete from public.organizations where id = %s", ours.id)
    with tap.acting_as(somebody):
        tap.throws("PT404", "invitation_not_found", ACCEPT, token)


def test_of_two_acceptances_at_once_one_finds_the_token_used(stack: StackStatus) -> None:
    with committed_organization(stack, "Racing") as ours:
        email = f"{uuid4().hex}@example.com"
        with open_tap(stack) as tap:
            somebody = insert_user(tap, email)
            token = invite(tap, ours, email)["token"]

        def accept(tap: Tap) -> None:
            with tap.acting_as(somebody):
                tap.execute(ACCEPT, token)

        try:
            error = overlapping(stack, accept, accept)
            assert error is not None
            assert (error.sqlstate, error.diag.message_detail) == ("PT409", "invitation_accepted")
            with open_tap(stack) as tap:
                tap.results_eq(ROLE_OF, [("member",)], somebody, ours.id)
        finally:
            with open_tap(stack) as tap:
                tap.execute("delete from auth.users where id = %s", somebody)


def test_an_admin_ends_no_invitation_of_an_owner(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    invitation = invite(tap, ours, role="owner")["invitation_id"]
    withdraw = "delete from public.member_invitations where id = %s"
    with tap.acting_as(ours.admin):
        tap.throws("42501", "role_required", INVITE, EMAIL, "viewer", ours.id)
        tap.affects(withdraw, 0, invitation)
    with tap.acting_as(ours.owner):
        with tap.undone():
            tap.affects(withdraw, 1, invitation)
        assert tap.error_of(INVITE, EMAIL, "viewer", ours.id) is None


def test_an_invitation_is_returned_whole_when_it_is_withdrawn(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    invitation = invite(tap, ours)["invitation_id"]
    withdraw = "with i as (delete from public.member_invitations where id = %s returning *) "
    with tap.acting_as(ours.admin):
        tap.results_eq(
            withdraw + "select id::text, email from i", [(invitation, EMAIL)], invitation
        )
        tap.is_empty("select * from public.member_invitations where id = %s", invitation)


@pytest.mark.parametrize("invited", ROLES)
@pytest.mark.parametrize("already", ROLES)
def test_a_member_who_accepts_keeps_the_higher_role_and_is_told_it(
    tap: Tap, make_org: MakeOrg, make_user: MakeUser, invited: str, already: str
) -> None:
    ours, somebody = make_org("Acme"), make_user(EMAIL)
    token = invite(tap, ours, role=invited)["token"]
    join = """
    insert into public.organization_members (organization_id, user_id, role) values (%s, %s, %s)
    """
    tap.execute(join, ours.id, somebody, already)
    higher = max(invited, already, key=ROLES.index)
    with tap.acting_as(somebody):
        assert tap.value(ACCEPT, token)["role"] == higher
    tap.results_eq(ROLE_OF, [(higher,)], somebody, ours.id)
