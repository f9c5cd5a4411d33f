"""Members: who may change whose role, and how an organization keeps an owner."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from organizations import ROLES, Organization, insert_organization, join
from races import committed_organization, open_tap, overlapping
from tap import Connection, Tap, assert_same_error
from ts_customers.stack import StackStatus

MakeOrg = Callable[[str], Organization]
MakeUser = Callable[..., UUID]

SET_ROLE = "select role from public.set_member_role(%s, %s, %s)"
REMOVE = "select public.remove_member(%s, %s)"
ROLE_OF = """
select role from public.organization_members where user_id = %s and organization_id = %s
"""
OWNERS = """
select count(*) from public.organization_members where organization_id = %s and role = 'owner'
"""
LAST_RECORD = """
select type, metadata, created_by from public.organization_activities
where organization_id = %s order by created_at desc, id desc limit 1
"""


def with_second_owner(tap: Tap, ours: Organization, user_id: UUID, email: str) -> UUID:
    """Add another owner, so that an owner may be changed."""
    join(tap, ours.id, ours.owner, user_id, email, "owner")
    return user_id


def power(actor: str, *roles: str) -> bool:
    """Whether a role may change members who have these roles, or are to have them."""
    return actor == "owner" or (actor == "admin" and "owner" not in roles)


@pytest.mark.parametrize("actor", ROLES)
def test_admins_change_roles_below_owner_and_owners_all(
    tap: Tap, make_org: MakeOrg, make_user: MakeUser, subtests: pytest.Subtests, actor: str
) -> None:
    ours = make_org("Acme")
    second = with_second_owner(tap, ours, make_user("second@example.com"), "second@example.com")
    for current in ROLES:
        target = second if current == "owner" else ours.login(current)
        for new in ROLES:
            with subtests.test(current=current, new=new), tap.acting_as(ours.login(actor)):
                if not power(actor, current, new):
                    tap.throws("42501", "role_required", SET_ROLE, target, new, ours.id)
                    assert tap.value(ROLE_OF, target, ours.id) == current
                    continue
                with tap.undone():
                    assert tap.value(SET_ROLE, target, new, ours.id) == new
                    with tap.acting_as(ours.owner):
                        assert tap.value(ROLE_OF, target, ours.id) == new


@pytest.mark.parametrize("actor", ROLES)
def test_admins_remove_members_below_owner_and_owners_all(
    tap: Tap, make_org: MakeOrg, make_user: MakeUser, subtests: pytest.Subtests, actor: str
) -> None:
    ours = make_org("Acme")
    second = with_second_owner(tap, ours, make_user("second@example.com"), "second@example.com")
    for current in ROLES:
        target = second if current == "owner" else ours.login(current)
        allowed = power(actor, current) or target == ours.login(actor)
        with subtests.test(current=current), tap.acting_as(ours.login(actor)):
            if allowed:
                with tap.undone():
                    tap.execute(REMOVE, target, ours.id)
                    with tap.acting_as(ours.owner):
                        tap.is_empty(ROLE_OF, target, ours.id)
            else:
                tap.throws("42501", "role_required", REMOVE, target, ours.id)


@pytest.mark.parametrize("role", ROLES[:-1])
def test_everybody_below_owner_may_leave(tap: Tap, make_org: MakeOrg, role: str) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.login(role)):
        tap.execute(REMOVE, ours.login(role), ours.id)
        tap.is_empty("select id from public.organizations where id = %s", ours.id)
    with tap.acting_as(ours.owner):
        tap.is_empty(ROLE_OF, ours.login(role), ours.id)


def test_an_outsider_cannot_tell_an_organization_from_none(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    with tap.acting_as(theirs.owner):
        for sql, params in ((SET_ROLE, (ours.viewer, "admin")), (REMOVE, (ours.viewer,))):
            real = tap.throws("PT404", "organization_not_found", sql, *params, ours.id)
            assert_same_error(real, tap.error_of(sql, *params, uuid4()))
        assert tap.error_of(SET_ROLE, theirs.viewer, "admin", theirs.id) is None


def test_unknown_members_and_roles_are_refused(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    with tap.acting_as(ours.owner):
        for stranger in (theirs.viewer, uuid4()):
            tap.throws("PT404", "member_not_found", SET_ROLE, stranger, "admin", ours.id)
            tap.throws("PT404", "member_not_found", REMOVE, stranger, ours.id)
        for role in ("god", "Owner", "", None):
            tap.throws("PT422", "role_unknown", SET_ROLE, ours.viewer, role, ours.id)
        assert tap.error_of(SET_ROLE, ours.viewer, "member", ours.id) is None


def test_somebody_who_may_not_remove_others_learns_nothing_about_who_is_there(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.manager):
        real = tap.throws("42501", "role_required", REMOVE, ours.viewer, ours.id)
        assert_same_error(real, tap.error_of(REMOVE, uuid4(), ours.id))


def test_the_organization_may_be_left_out_by_a_member_of_exactly_one(
    tap: Tap, make_org: MakeOrg, make_user: MakeUser
) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    change = "select role from public.set_member_role(%s, 'member')"
    with tap.acting_as(ours.owner):
        assert tap.value(change, ours.viewer) == "member"
    email = "both@example.com"
    both = make_user(email)
    for organization in (ours, theirs):
        join(tap, organization.id, organization.owner, both, email, "admin")
    for caller in (both, make_user()):
        with tap.acting_as(caller):
            tap.throws("PT422", "organization_required", change, ours.viewer)


def test_the_last_owner_cannot_leave_or_step_down(
    tap: Tap, make_org: MakeOrg, make_user: MakeUser
) -> None:
    ours = make_org("Acme")
    leave = (REMOVE, ours.owner, ours.id)
    step_down = (SET_ROLE, ours.owner, "admin", ours.id)
    with tap.acting_as(ours.owner):
        tap.throws("PT409", "last_owner", *leave)
        tap.throws("PT409", "last_owner", *step_down)
    direct = "update public.organization_members set role = 'admin' where user_id = %s"
    with tap.acting_as_service():
        tap.throws("PT409", "last_owner", *leave)
        tap.throws("PT409", "last_owner", direct, ours.owner)
    tap.throws("PT409", "last_owner", direct, ours.owner)

    with_second_owner(tap, ours, make_user("second@example.com"), "second@example.com")
    with tap.acting_as(ours.owner):
        assert tap.error_of(*leave) is None
        assert tap.error_of(*step_down) is None


def test_one_statement_cannot_remove_all_owners(
    tap: Tap, make_org: MakeOrg, make_user: MakeUser
) -> None:
    ours = make_org("Acme")
    with_second_owner(tap, ours, make_user("second@example.com"), "second@example.com")
    where = "where organization_id = %s and role = 'owner'"
    with tap.acting_as_service():
        tap.throws(
            "PT409", "last_owner", f"delete from public.organization_members {where}", ours.id
        )
        demote = f"update public.organization_members set role = 'viewer' {where}"
        tap.throws("PT409", "last_owner", demote, ours.id)
        others = (
            "delete from public.organization_members where organization_id = %s and role <> 'owner'"
        )
        tap.affects(others, 4, ours.id)


@pytest.mark.parametrize("leaving", ["remove_member", "set_member_role"])
def test_of_two_owners_who_leave_at_once_one_stays(stack: StackStatus, leaving: str) -> None:
    with committed_organization(stack, "Racing") as ours:
        with open_tap(stack) as tap, tap.acting_as(ours.owner):
            tap.execute(SET_ROLE, ours.admin, "owner", ours.id)

        def leave(user_id: UUID) -> Callable[[Tap], None]:
            def act(tap: Tap) -> None:
                with tap.acting_as(user_id):
                    if leaving == "remove_member":
                        tap.execute(REMOVE, user_id, ours.id)
                    else:
                        tap.execute(SET_ROLE, user_id, "viewer", ours.id)

            return act

        error = overlapping(stack, leave(ours.owner), leave(ours.admin))

        assert error is not None
        assert (error.sqlstate, error.diag.message_detail) == ("PT409", "last_owner")
        with open_tap(stack) as tap:
            assert tap.value(OWNERS, ours.id) == 1


def test_the_login_of_a_last_owner_cannot_be_deleted(admin_db: Connection) -> None:
    tap = Tap(admin_db)
    ours = insert_organization(tap, "Acme")
    delete = "delete from auth.users where id = %s"
    tap.execute("set local role supabase_auth_admin")
    tap.throws("PT409", "last_owner", delete, ours.owner)
    tap.affects(delete, 1, ours.admin)  # control: anybody else's can, and ends the membership
    tap.execute("set local role postgres")
    tap.is_empty(ROLE_OF, ours.admin, ours.id)
    removed = ("member_removed", {"user_id": str(ours.admin), "role": "admin"}, None)
    tap.results_eq(LAST_RECORD, [removed], ours.id)


def test_members_see_members_and_outsiders_none(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    members = "select count(*) from public.organization_members where organization_id = %s"
    with tap.acting_as(ours.viewer):
        tap.results_eq(members, [(5,)], ours.id)
    with tap.acting_as(theirs.owner):
        tap.results_eq(members, [(0,)], ours.id)


def test_memberships_are_written_through_functions_alone(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.owner):
        promote = "update public.organization_members set role = 'owner' where user_id = %s"
        tap.throws("42501", None, promote, ours.viewer)
        tap.throws("42501", None, "delete from public.organization_members")
        add = "insert into public.organization_members values (%s, %s, 'owner')"
        tap.throws("42501", None, add, ours.id, uuid4())
        assert tap.error_of(SET_ROLE, ours.viewer, "owner", ours.id) is None


def test_a_membership_moves_to_nobody_and_nowhere(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    change = "update public.organization_members set {} = %s where user_id = %s"
    with tap.acting_as_service():
        for column, value in (("organization_id", theirs.id), ("user_id", theirs.viewer)):
            sql = change.format(column)
            tap.throws("42501", "immutable_key", sql, value, ours.viewer)
        tap.affects(change.format("role"), 1, "member", ours.viewer)


def test_changes_of_members_are_recorded_with_their_actor(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.admin):
        tap.execute(SET_ROLE, ours.viewer, "manager", ours.id)
        changes = {"role": {"from": "viewer", "to": "manager"}}
        metadata = {"user_id": str(ours.viewer), "changes": changes}
        tap.results_eq(LAST_RECORD, [("member_role_changed", metadata, ours.admin)], ours.id)

        tap.execute(SET_ROLE, ours.viewer, "manager", ours.id)  # a change of nothing
        count = """
        select count(*) from public.organization_activities
        where organization_id = %s and type = 'member_role_changed'
        """
        assert tap.value(count, ours.id) == 1

        tap.execute(REMOVE, ours.viewer, ours.id)
        metadata = {"user_id": str(ours.viewer), "role": "manager"}
        tap.results_eq(LAST_RECORD, [("member_removed", metadata, ours.admin)], ours.id)

        added = """
        select count(*) from public.organization_activities
        where organization_id = %s and type = 'member_added' and created_by = %s
            and metadata = jsonb_build_object('user_id', created_by, 'role', 'admin')
        """
        assert tap.value(added, ours.id, ours.admin) == 1


def test_the_owner_of_the_demo_reads_the_addresses_of_its_members(tap: Tap) -> None:
    # A stack that comes up for the first time runs supabase/seed.sql.
    owner = tap.value("select id from auth.users where email = 'owner@demo.example'")
    with tap.acting_as(owner):
        tap.results_eq(
            "select i.email, m.role from public.organization_members as m "
            "inner join public.member_invitations as i on i.accepted_by = m.user_id order by 1",
            [("manager@demo.example", "manager"), ("viewer@demo.example", "viewer")],
        )
