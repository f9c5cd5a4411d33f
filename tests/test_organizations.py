"""Organizations: founding one, its name and settings, its own history, its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from organizations import ROLES, Organization
from tap import Tap

MakeOrg = Callable[[str], Organization]

FOUND = "select name, settings from public.create_organization(%s)"
RENAME = "update public.organizations set name = 'Renamed' where id = %s"
SET_SETTINGS = "update public.organizations set settings = %s where id = %s"
LAST_RECORD = """
select type, metadata, created_by from public.organization_activities
where organization_id = %s order by created_at desc, id desc limit 1
"""
COUNT_RECORDS = "select count(*) from public.organization_activities where organization_id = %s"

KNOWN_SETTINGS: list[dict[str, Any]] = [
    {},
    {"tier_policy": {"upgrade": "immediate", "downgrade": "approval"}},
    {"tier_policy": {"grace_days": 0, "allow_self_approval": True}},
    {"time_zone": "UTC"},
    {"time_zone": "America/Argentina/Buenos_Aires"},
    {"time_zone": "America/Port-au-Prince"},
    {"portal_url": "https://portal.acme.example/join"},
    {"import_retention_days": 7},
    {"custom": {"anything": [1, None, {"goes": True}]}},
]
OTHER_SETTINGS: list[dict[str, Any]] = [
    {"colour": "red"},
    {"tier_policy": []},
    {"tier_policy": {"sideways": "immediate"}},
    {"tier_policy": {"upgrade": "later"}},
    {"tier_policy": {"downgrade": None}},
    {"tier_policy": {"grace_days": -1}},
    {"tier_policy": {"grace_days": "30"}},
    {"tier_policy": {"grace_days": 1.5}},
    {"tier_policy": {"allow_self_approval": "yes"}},
    {"time_zone": "Mars/Olympus"},
    {"time_zone": "+02"},
    {"time_zone": "Foo/Bar3"},
    {"time_zone": "Europe/Berlni-3"},
    {"time_zone": "Europe/Berlni"},
    {"time_zone": None},
    {"portal_url": "javascript:alert(1)"},
    {"portal_url": None},
    {"import_retention_days": -1},
    {"import_retention_days": "soon"},
    {"import_retention_days": "7"},
]


def test_whoever_founds_an_organization_owns_it(tap: Tap, make_user: Callable[..., UUID]) -> None:
    founder = make_user()
    with tap.acting_as(founder):
        found = "select id, name, settings from public.create_organization(%s)"
        ((organization_id, name, settings),) = tap.rows(found, "  Acme  ")
        members = "select user_id, role from public.organization_members where organization_id = %s"
        tap.results_eq(members, [(founder, "owner")], organization_id)

    assert (name, settings) == ("Acme", {})


@pytest.mark.parametrize("name", [None, "", "   ", "\n", "\t \u2003"])
def test_an_organization_needs_a_name(tap: Tap, make_user: Callable[..., UUID], name: Any) -> None:
    with tap.acting_as(make_user()):
        tap.throws("PT422", "name_required", FOUND, name)
        assert tap.error_of(FOUND, "A") is None


def test_the_name_of_an_organization_has_an_end(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    rename = "update public.organizations set name = %s where id = %s"
    with tap.acting_as(ours.owner):
        tap.affects(rename, 1, "x" * 500, ours.id)
        for wrong in ("x" * 501, "\n"):
            tap.throws("23514", None, rename, wrong, ours.id)
            assert tap.error_of(FOUND, wrong) is not None
        assert tap.error_of(FOUND, "Acme") is None


def test_only_somebody_signed_in_founds_an_organization(
    tap: Tap, make_user: Callable[..., UUID]
) -> None:
    with tap.acting_as(None):
        tap.throws("42501", None, FOUND, "Acme")
    with tap.undone():
        tap.execute("select set_config('role', 'authenticated', true)")
        tap.execute(
            """select set_config('request.jwt.claims', '{"role": "authenticated"}', true)"""
        )
        tap.throws("42501", "not_signed_in", FOUND, "Acme")
    with tap.acting_as(make_user()):
        assert tap.error_of(FOUND, "Acme") is None


def test_the_service_founds_an_organization_without_members(tap: Tap) -> None:
    with tap.acting_as_service():
        organization_id = tap.value("select id from public.create_organization('Acme')")
        direct = "insert into public.organizations (name) values ('Other') returning settings"
        assert tap.value(direct) == {}
        members = "select user_id from public.organization_members where organization_id = %s"
        tap.is_empty(members, organization_id)


@pytest.mark.parametrize("role", ROLES)
def test_admins_and_owners_change_an_organization(tap: Tap, make_org: MakeOrg, role: str) -> None:
    ours = make_org("Acme")
    allowed = int(role in {"admin", "owner"})
    with tap.acting_as(ours.login(role)):
        tap.affects(RENAME, allowed, ours.id)
        tap.affects(SET_SETTINGS, allowed, {"time_zone": "Europe/Berlin"}, ours.id)

    expected = "Renamed" if allowed else "Acme"
    assert tap.value("select name from public.organizations where id = %s", ours.id) == expected


def test_members_create_and_delete_no_organization_by_the_table(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.owner):
        tap.throws("42501", None, "insert into public.organizations (name) values ('Mine')")
        tap.throws("42501", None, "delete from public.organizations where id = %s", ours.id)
        tap.throws("42501", None, "update public.organizations set id = gen_random_uuid()")
        tap.affects(RENAME, 1, ours.id)


def test_the_id_of_an_organization_never_changes(tap: Tap) -> None:
    with tap.acting_as_service():
        organization_id = tap.value("select id from public.create_organization('Acme')")
        change = "update public.organizations set id = gen_random_uuid() where id = %s"
        tap.throws("42501", "immutable_key", change, organization_id)
        tap.affects(RENAME, 1, organization_id)


def test_known_settings_are_accepted(
    tap: Tap, make_org: MakeOrg, subtests: pytest.Subtests
) -> None:
    ours = make_org("Acme")
    stored = "select settings from public.organizations where id = %s"
    with tap.acting_as(ours.admin):
        for settings in KNOWN_SETTINGS:
            with subtests.test(settings=settings):
                tap.affects(SET_SETTINGS, 1, settings, ours.id)
                assert tap.value(stored, ours.id) == settings


def test_settings_of_another_shape_are_refused(
    tap: Tap, make_org: MakeOrg, subtests: pytest.Subtests
) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.admin):
        for settings in OTHER_SETTINGS:
            with subtests.test(settings=settings):
                tap.throws("PT422", "settings_invalid", SET_SETTINGS, settings, ours.id)


def test_settings_are_an_object(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.admin):
        error = tap.error_of(SET_SETTINGS, tap.json(["tier_policy"]), ours.id)
        assert error is not None
        assert error.sqlstate in {"23514", "PT422"}


def test_a_change_of_an_organization_is_recorded_and_a_change_of_nothing_is_not(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.admin):
        tap.execute(RENAME, ours.id)
        changes = {"name": {"from": "Acme", "to": "Renamed"}}
        record = ("organization_updated", {"changes": changes}, ours.admin)
        tap.results_eq(LAST_RECORD, [record], ours.id)

        before = tap.value(COUNT_RECORDS, ours.id)
        tap.affects(RENAME, 1, ours.id)
        assert tap.value(COUNT_RECORDS, ours.id) == before


@pytest.mark.parametrize("role", ROLES)
def test_the_history_of_an_organization_is_read_by_admins(
    tap: Tap, make_org: MakeOrg, role: str
) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.login(role)):
        seen = tap.value(COUNT_RECORDS, ours.id)
    assert (seen > 0) == (role in {"admin", "owner"})


def test_nobody_writes_the_history_of_an_organization(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    add = "insert into public.organization_activities (organization_id, type, title) values "
    table = "public.organization_activities"
    for acting in (tap.acting_as(ours.owner), tap.acting_as_service()):
        with acting:
            tap.throws("42501", None, f"{add} (%s, 'made_up', 'Made up')", ours.id)
            tap.throws("42501", None, f"update {table} set title = 'Other'")
            tap.throws("42501", None, f"delete from {table}")
            assert tap.value(COUNT_RECORDS, ours.id) > 0


def test_deleting_an_organization_takes_everything_along(tap: Tap, make_org: MakeOrg) -> None:
    ours, others = make_org("Acme"), make_org("Rival")
    order = {"organization_id": str(ours.id), "customer_id": str(ours.customer), "number": "O-1"}
    invoice = order | {"number": "I-1", "order_number": "O-1", "total": 5}
    with tap.acting_as_service():
        tap.execute("select public.upsert_orders(%s)", tap.json([order | {"total": 5}]))
        tap.execute("select public.upsert_invoices(%s)", tap.json([invoice]))
    tables = [
        name
        for (name,) in tap.rows(
            """
            select a.attrelid::regclass::text from pg_attribute as a
            inner join pg_class as c on c.oid = a.attrelid and c.relkind in ('r', 'p')
            where a.attname = 'organization_id'
                and c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
            """
        )
    ]
    count = "select " + " + ".join(
        f"(select count(*) from {table} where organization_id = %(id)s)" for table in tables
    )
    kept = tap.connection.execute(count.encode(), {"id": others.id}).fetchone()

    with tap.acting_as_service():
        tap.affects("delete from public.organizations where id = %s", 1, ours.id)

    assert tap.connection.execute(count.encode(), {"id": ours.id}).fetchone() == (0,)
    assert tap.connection.execute(count.encode(), {"id": others.id}).fetchone() == kept != (0,)
