"""Finding out about others by guessing: ids, names that are taken, references, hidden tables."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tap import assert_same_error
from worlds import ACTORS, World, join_as_owner

NEW_CONTACT = """
insert into public.customer_contacts (organization_id, customer_id, first_name, last_name, email)
values (%s, %s, 'Eve', 'Smith', %s)
"""
NEW_CUSTOMER = """
insert into public.customers (organization_id, company_name, external_id, parent_id)
values (%s, 'Guess', %s, %s)
"""
_PRIVATE = """
select format('private.%I', c.relname)
from pg_class as c
where c.relnamespace = 'private'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'S')
"""
# Tables whose organization API users may write, for the sake of upserts.
MOVABLE = ("customer_tiers", "customers", "customer_contacts")


def test_a_contact_cannot_be_put_on_a_foreign_customer_whose_id_is_known(world: World) -> None:
    with world.tap.acting_as(world.theirs.owner):
        email = f"{uuid4().hex}@example.com"
        theirs = world.theirs.id
        ours = world.tap.throws("23503", None, NEW_CONTACT, theirs, world.ours.customer, email)
        nobodys = world.tap.throws("23503", None, NEW_CONTACT, theirs, uuid4(), email)
        assert str(world.ours.customer) not in str(ours.diag.message_detail)
        assert ours.diag.message_detail == nobodys.diag.message_detail
        world.tap.affects(NEW_CONTACT, 1, theirs, world.theirs.customer, email)


def test_a_row_in_a_foreign_organization_is_refused_as_in_one_that_does_not_exist(
    world: World,
) -> None:
    email = f"{uuid4().hex}@example.com"
    with world.tap.acting_as(world.theirs.owner):
        for organization_id, customer_id in (
            (world.ours.id, world.ours.customer),
            (world.ours.id, world.theirs.customer),
            (uuid4(), uuid4()),
        ):
            world.tap.throws("42501", None, NEW_CONTACT, organization_id, customer_id, email)
            world.tap.throws("42501", None, NEW_CUSTOMER, organization_id, None, None)


def test_a_foreign_customer_is_no_parent(world: World) -> None:
    with world.tap.acting_as(world.theirs.owner):
        theirs = world.theirs.id
        ours = world.tap.throws("23503", None, NEW_CUSTOMER, theirs, None, world.ours.customer)
        nobodys = world.tap.throws("23503", None, NEW_CUSTOMER, theirs, None, uuid4())
        assert_same_error(ours, nobodys)
        world.tap.affects(NEW_CUSTOMER, 1, theirs, None, world.theirs.customer)


def test_what_is_unique_is_unique_in_an_organization_alone(world: World) -> None:
    tap, ours, theirs = world.tap, world.ours, world.theirs
    email = f"{uuid4().hex}@example.com"
    tier = "insert into public.customer_tiers (organization_id, name, level) values (%s, 'X', 7)"
    with tap.undone():
        for organization in (ours, theirs):
            with tap.acting_as(organization.owner):
                # The second organization meets what the first one has taken, and hears nothing.
                tap.affects(NEW_CUSTOMER, 1, organization.id, "E-1", None)
                tap.affects(NEW_CONTACT, 1, organization.id, organization.customer, email)
                tap.affects(tier, 1, organization.id)
        with tap.acting_as(theirs.owner):  # control: within one organization all three clash
            tap.throws("23505", None, NEW_CUSTOMER, theirs.id, "E-1", None)
            tap.throws("23505", None, NEW_CONTACT, theirs.id, theirs.customer, email.upper())
            tap.throws("23505", None, tier, theirs.id)


def test_a_taken_subdomain_tells_nothing_of_who_has_it(world: World) -> None:
    claim = "update public.customers set portal_subdomain = 'acme-parts' where id = %s"
    with world.tap.undone():
        with world.tap.acting_as(world.ours.owner):
            world.tap.affects(claim, 1, world.ours.customer)
        with world.tap.acting_as(world.theirs.owner):
            error = world.tap.throws("PT409", "subdomain_taken", claim, world.theirs.customer)
    told = f"{error.diag.message_primary} {error.diag.message_hint}"
    assert not {str(world.ours.id), str(world.ours.customer), "Ours"} & set(told.split())


@pytest.mark.parametrize("table", MOVABLE)
def test_even_an_owner_of_both_moves_no_row_from_one_to_the_other(world: World, table: str) -> None:
    move = f"update public.{table} set organization_id = %s where organization_id = %s"
    with world.tap.undone():
        email = f"{uuid4().hex}@example.com"
        user_id = world.tap.value(
            "insert into auth.users (id, email, email_confirmed_at)"
            " values (gen_random_uuid(), %s, now()) returning id",
            email,
        )
        join_as_owner(world, user_id, email)
        with world.tap.acting_as(user_id):
            world.tap.throws("42501", "immutable_key", move, world.theirs.id, world.ours.id)
            world.tap.execute(move, world.ours.id, world.ours.id)  # what an upsert writes


@pytest.mark.parametrize("table", MOVABLE)
def test_a_stranger_pulls_no_row_into_its_own_organization(world: World, table: str) -> None:
    with world.tap.acting_as(world.theirs.owner):
        move = f"update public.{table} set organization_id = %s where organization_id = %s"
        world.tap.affects(move, 0, world.theirs.id, world.ours.id)
        assert world.tap.error_of(move, world.ours.id, world.theirs.id) is not None


@pytest.mark.parametrize("actor", ACTORS)
def test_nothing_in_private_can_be_read_or_written_by_its_name(world: World, actor: str) -> None:
    names = [name for (name,) in world.tap.rows(_PRIVATE)]
    assert "private.customer_activities_default" in names
    with world.tap.undone():
        world.become(actor)
        for name in names:
            for statement in (
                f"select * from {name}",
                f"insert into {name} default values",
                f"update {name} set organization_id = organization_id",
                f"delete from {name}",
                f"truncate {name}",
            ):
                error = world.tap.error_of(statement)
                assert error is not None, statement
                assert error.sqlstate == "42501", statement


@pytest.mark.parametrize("actor", [actor for actor in ACTORS if actor != "service_role"])
def test_no_api_user_reads_the_logins_or_the_history_of_migrations(
    world: World, actor: str
) -> None:
    with world.tap.undone():
        world.become(actor)
        for table in ("auth.users", "auth.sessions", "supabase_migrations.schema_migrations"):
            world.tap.throws("42501", None, f"select * from {table}")


def test_a_login_that_claims_a_role_in_its_token_gets_none(world: World) -> None:
    claims = (
        '{"sub": "%s", "role": "authenticated", "app_metadata": {"role": "owner"},'
        ' "user_metadata": {"role": "owner"}, "user_role": "owner"}'
    )
    with world.tap.undone():
        world.become("outsider")
        world.tap.execute(
            "select set_config('request.jwt.claims', %s, true)", claims % world.logins["outsider"]
        )
        world.tap.is_empty("select * from public.customers")
        world.tap.throws(
            "PT404",
            "organization_not_found",
            "select * from public.search_customers(organization_id => %s)",
            world.ours.id,
        )


def test_who_owns_one_organization_stays_a_viewer_in_another(world: World) -> None:
    rename = "update public.customers set company_name = 'Renamed' where id = %s"
    with world.tap.undone():
        world.tap.execute(
            "insert into public.organization_members (organization_id, user_id, role)"
            " values (%s, %s, 'viewer')",
            world.ours.id,
            world.theirs.owner,
        )
        with world.tap.acting_as(world.theirs.owner):
            assert len(world.tap.rows("select id from public.organizations")) == 2
            world.tap.affects(rename, 0, world.ours.customer)
            world.tap.affects(rename, 1, world.theirs.customer)
            suspend = "select public.suspend_customer(%s)"
            world.tap.throws("42501", "role_required", suspend, world.ours.customer)
            world.tap.execute(suspend, world.theirs.customer)


def test_a_member_who_is_removed_sees_nothing_from_then_on(world: World) -> None:
    with world.tap.undone():
        with world.tap.acting_as(world.ours.viewer):
            assert world.tap.value("select count(*) from public.customers") > 0
        with world.tap.acting_as(world.ours.owner):
            world.tap.execute(
                "select public.remove_member(%s, %s)", world.ours.viewer, world.ours.id
            )
        with world.tap.acting_as(world.ours.viewer):
            world.tap.is_empty("select * from public.customers")
            world.tap.is_empty("select * from public.organizations")
