"""Every function of the API, called about another organization's things, and by lesser roles."""

from __future__ import annotations

from dataclasses import replace

import pytest

from calls import ARGUMENTS, LEFT_OUT, REFERENCES, api_functions, call
from organizations import ROLES
from worlds import STRANGERS, Subject, World

# The least role that may call a function; a function without a line fails the tests. "anon" is
# everybody, "signed-in" anybody with a login, "invitee" whoever the token was made for, "contact"
# somebody with access to the portal.
LEAST_ROLE = {
    "accept_invitation": "invitee",
    "accept_member_invitation": "invitee",
    "apply_due_tier_changes": "service_role",
    "approve_tier_change": "manager",
    "bulk_update_customers": "manager",
    "cancel_import": "manager",
    "cancel_tier_change": "member",
    "commit_import": "manager",
    "count_customers": "viewer",
    "children": "viewer",
    "create_customer": "member",
    "create_customer_import": "manager",
    "create_organization": "signed-in",
    "customer_overview": "viewer",
    "customer_statistics": "viewer",
    "customer_timeline": "viewer",
    "customer_timeline_summary": "viewer",
    "deactivate_customer": "manager",
    "erase_customer": "owner",
    "export_customer_data": "manager",
    "export_customers": "manager",
    "find_duplicate_customers": "manager",
    "evaluate_customer_tier": "manager",
    "import_report": "manager",
    "invite_member": "admin",
    "invite_to_portal": "manager",
    "log_activity": "member",
    "may_order": "viewer",
    "me": "contact",
    "merge_customers": "manager",
    "parent": "viewer",
    "preview_tier_change": "viewer",
    "preview_tier_discount": "viewer",
    "price_items": "viewer",
    "pricing_changes_since": "viewer",
    "preview_merge": "manager",
    "reactivate_customer": "manager",
    "release_credit_hold": "admin",
    "reject_tier_change": "manager",
    "remove_member": "admin",
    "request_tier_change": "member",
    "resolve_portal": "anon",
    "revoke_portal_access": "manager",
    "run_maintenance": "service_role",
    "search_customers": "viewer",
    "set_credit_hold": "admin",
    "set_member_role": "admin",
    "set_primary_contact": "member",
    "stage_import_rows": "manager",
    "suspend_customer": "manager",
    "undo_import": "manager",
    "undo_merge": "manager",
    "update_profile": "contact",
    "upsert_invoices": "service_role",
    "upsert_orders": "service_role",
    "validate_customer": "member",
    "validate_import": "manager",
}
ABOUT_NOBODY = ("create_organization",)
REFUSALS = ("42501", "PT404")


EVERYBODY_BELONGS = """
create or replace function private.member_organization_ids(_role text default 'viewer')
returns setof uuid language sql stable security definer set search_path = '' rows 10
begin atomic select o.id from public.organizations as o; end
"""
EVERYBODY_IS_A_VIEWER = """
create or replace function private.member_role(_organization_id uuid)
returns text language sql stable security definer set search_path = '' return 'viewer'
"""
TELLS_ABSENT_FROM_FORBIDDEN = """
create or replace function private.set_primary_contact(_contact_id uuid)
returns public.customer_contacts language plpgsql security definer set search_path = '' as $$
begin
    if exists (select from public.customer_contacts as k where k.id = _contact_id) then
        perform private.fail('42501', 'role_required', 'not yours');
    end if;
    perform private.fail('PT404', 'contact_not_found', 'contact not found');
end;
$$
"""
UPSERTS_FOR_ALL = """
grant execute on function public.upsert_orders, private.upsert_orders to authenticated
"""


def entitled(name: str) -> str:
    """Somebody who may call the function about our organization."""
    least = LEAST_ROLE[name]
    return "outsider" if least == "signed-in" else least


def strangers_to(name: str) -> list[str]:
    """Everybody to whom the function owes nothing about our organization."""
    if name in ABOUT_NOBODY or LEAST_ROLE[name] == "anon":
        return []
    return [actor for actor in STRANGERS if actor != LEAST_ROLE[name]]


def betrays_us(world: World, name: str, actor: str) -> bool:
    """Whether a call about our things tells more than one about things that do not exist."""
    about_us = call(world, name, actor, world.subject)
    about_nobody = call(world, name, actor, Subject.unknown())
    refused = about_us.sqlstate in REFUSALS or (about_us.error is None and about_us.rows == [])
    return not refused or about_us.told != about_nobody.told


def test_every_function_of_the_api_has_a_least_role(world: World) -> None:
    assert set(api_functions(world)) == set(LEAST_ROLE)


def test_every_argument_of_the_api_is_known(world: World) -> None:
    known = {*ARGUMENTS, *LEFT_OUT}
    unknown = {
        f"{function.name}.{argument}"
        for function in api_functions(world).values()
        for argument in function.arguments
        if not {argument, f"{function.name}.{argument}"} & known
    }
    assert unknown == set()


@pytest.mark.parametrize("name", LEAST_ROLE)
def test_whoever_is_entitled_gets_through(world: World, name: str) -> None:
    answer = call(world, name, entitled(name), world.subject)
    assert answer.sqlstate not in REFUSALS, answer.told


@pytest.mark.parametrize(
    ("name", "actor"), [(name, actor) for name in LEAST_ROLE for actor in strangers_to(name)]
)
def test_a_stranger_learns_as_little_about_us_as_about_nobody(
    world: World, name: str, actor: str
) -> None:
    assert not betrays_us(world, name, actor)


@pytest.mark.parametrize("name", [name for name in LEAST_ROLE if strangers_to(name)])
def test_an_owner_who_names_our_things_as_its_own_learns_nothing(world: World, name: str) -> None:
    actor = "service_role" if LEAST_ROLE[name] == "service_role" else "rival"
    own = world.theirs.id
    ours = replace(world.subject, organization_id=own)
    nobodys = replace(Subject.unknown(), organization_id=own)

    about_us = call(world, name, actor, ours, REFERENCES)
    about_nobody = call(world, name, actor, nobodys, REFERENCES)

    # What names nothing but the organization succeeds, and makes something new each time.
    if about_us.error or about_nobody.error:
        assert about_us.told == about_nobody.told


@pytest.mark.parametrize("name", [name for name, role in LEAST_ROLE.items() if role != "anon"])
def test_anon_may_call_nothing_else(world: World, name: str) -> None:
    assert call(world, name, "anon", world.subject).sqlstate == "42501"


@pytest.mark.parametrize("name", [name for name, role in LEAST_ROLE.items() if role in ROLES[1:]])
def test_one_role_below_the_least_is_told_which_it_needs(world: World, name: str) -> None:
    below = ROLES[ROLES.index(LEAST_ROLE[name]) - 1]
    answer = call(world, name, below, world.subject)
    assert answer.error is not None
    assert (answer.sqlstate, answer.error.diag.message_detail) == ("42501", "role_required")


@pytest.mark.parametrize(
    "name", [name for name, role in LEAST_ROLE.items() if role == "service_role"]
)
def test_what_is_for_service_role_no_owner_may_call(world: World, name: str) -> None:
    assert call(world, name, "owner", world.subject).sqlstate == "42501"


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("customer_timeline", EVERYBODY_BELONGS),
        ("search_customers", EVERYBODY_IS_A_VIEWER),
        ("set_primary_contact", TELLS_ABSENT_FROM_FORBIDDEN),
        ("upsert_orders", UPSERTS_FOR_ALL),
    ],
)
def test_a_function_that_betrays_us_is_noticed(world: World, name: str, statement: str) -> None:
    with world.tap.undone():
        assert not betrays_us(world, name, "rival")
        world.tap.execute(statement)
        assert betrays_us(world, name, "rival")
