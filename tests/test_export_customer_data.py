"""Everything that is held about a customer, page by page."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from organizations import ROLES, Organization
from staging import imported, new_import, person, staged
from tap import Tap, assert_same_error
from worlds import World, build_world

EXPORT = "select * from public.export_customer_data(%s, %s, %s)"
ADD = """
insert into public.customers (organization_id, company_name, merged_into) values (%s, %s, %s)
returning id
"""
LOG = "select public.log_activity(%s, 'note', %s)"
DECLARED = """
select p.table_name, p.entity, p.found_by from private.personal_data as p
where p.entity is not null or p.table_name = 'public.customer_activities_archive'
order by p.position
"""

Row = tuple[str, dict[str, Any]]


@pytest.fixture
def world(tap: Tap) -> World:
    """Two organizations with a row of everything."""
    return build_world(tap)


def export(
    tap: Tap, login: UUID, customer: UUID, page_size: int = 200, cursor: str | None = None
) -> list[Row]:
    """All rows, page after page."""
    rows: list[Row] = []
    with tap.acting_as(login):
        while page := tap.rows(EXPORT, customer, cursor, page_size):
            rows += [(entity, data) for entity, data, _cursor in page]
            cursor = page[-1][2]
    return rows


def held(tap: Tap, ours: Organization, *customers: UUID) -> list[Row]:
    """The rows that each table has about customers, by its declaration."""
    found = []
    for table, entity, condition in tap.rows(DECLARED):
        where = condition.replace("$1", "%(organization)s").replace("$2", "%(customer)s")
        sql = f"""
            select to_jsonb(t) from {table} as t
            where t.organization_id = %(organization)s and ({where})
        """
        for customer in customers:
            named = {"organization": ours.id, "customer": customer}
            rows = tap.connection.execute(sql.encode(), named).fetchall()
            found += [(entity or "activity", data) for (data,) in rows]
    # A merge is about several.
    return list({key(row): row for row in found}.values())


def merged(tap: Tap, ours: Organization) -> list[UUID]:
    """Our customer and what was merged into it."""
    ids: list[UUID] = tap.value("select private.merged_ids(%s, %s)", ours.id, ours.customer)
    return ids


def key(row: Row) -> str:
    """A row, for comparing without regard to order."""
    return repr(row)


def test_every_row_of_every_table_is_there_once(world: World) -> None:
    tap, ours = world.tap, world.ours
    expected = held(tap, ours, *merged(tap, ours))
    rows = export(tap, ours.manager, ours.customer)
    assert sorted(rows, key=key) == sorted(expected, key=key)
    assert len({key(row) for row in rows}) == len(rows)
    assert {entity for entity, _data in rows} >= {
        *("customer", "contact", "order", "invoice", "stats", "activity")
    }
    entities = [entity for entity, _data in rows]
    assert entities[0] == "customer"
    assert entities.index("contact") < entities.index("order") < entities.index("activity")


@pytest.mark.parametrize("page_size", [1, 2, 3, 7])
def test_pages_of_any_size_make_the_same_list(world: World, page_size: int) -> None:
    ours = world.ours
    whole = export(world.tap, ours.manager, ours.customer)
    assert export(world.tap, ours.manager, ours.customer, page_size) == whole


def test_the_archive_stands_among_the_activities_in_order(world: World) -> None:
    rows = export(world.tap, world.ours.manager, world.ours.customer, 2)
    activities = [
        data
        for entity, data in rows
        if entity == "activity" and data["customer_id"] == str(world.ours.customer)
    ]
    assert activities[0]["title"] == "Long ago"
    assert activities == sorted(activities, key=lambda data: data["created_at"])


def test_an_activity_that_moves_to_the_archive_meanwhile_is_exported_once(world: World) -> None:
    tap, ours = world.tap, world.ours
    with tap.acting_as(ours.manager):
        tap.execute(LOG, ours.customer, "Moved")
    whole = export(tap, ours.manager, ours.customer)
    for seen in range(1, len(whole)):
        with tap.undone():
            with tap.acting_as(ours.manager):
                page = tap.rows(EXPORT, ours.customer, None, seen)
            tap.execute(
                """
                create table private.archive_of_all partition of public.customer_activities_archive
                default;
                set local private.rewriting_history = 'on';
                with moved as (delete from public.customer_activities returning *)
                insert into public.customer_activities_archive select * from moved
                """
            )
            rest = export(tap, ours.manager, ours.customer, 2, page[-1][2])
            assert [row[:2] for row in page] + rest == whole


def test_rows_of_what_was_merged_into_it_are_there(world: World) -> None:
    tap, ours = world.tap, world.ours
    source = tap.value(ADD, ours.id, "Source", ours.customer)
    deeper = tap.value(ADD, ours.id, "Deeper", source)
    other = tap.value(ADD, ours.id, "Other", None)
    before = merged(tap, ours)
    assert {source, deeper} < set(before)
    expected = held(tap, ours, *before)
    rows = export(tap, ours.manager, ours.customer, 2)
    assert sorted(rows, key=key) == sorted(expected, key=key)
    customers = [data["id"] for entity, data in rows if entity == "customer"]
    assert sorted(customers) == sorted(map(str, before))
    assert str(other) not in repr(rows)


def test_staged_rows_that_mean_it_are_there_and_others_are_not(world: World) -> None:
    tap, ours = world.tap, world.ours
    name = f"{ours.name} Customer"
    imported(
        tap,
        ours,
        staged(company_name=name, website="https://its.example"),
        staged(person("nobody"), company_name=name, notes="refused"),
        staged(company_name="Somebody else", notes="other"),
        staged(person("nobody"), company_name="Wrong as well", notes="other"),
    )
    new_import(tap, ours, staged(company_name=name, notes="planned")).validate()
    rows = [
        data
        for entity, data in export(tap, ours.manager, ours.customer, 3)
        if entity == "import_row"
    ]
    named = [row["values"]["customer"] for row in rows]
    assert [(row.get("website"), row.get("notes")) for row in named].count(
        ("https://its.example", None)
    ) == 1
    assert sorted(row["notes"] for row in named if "notes" in row) == ["planned", "refused"]


def test_no_secret_is_exported(world: World) -> None:
    rows = export(world.tap, world.ours.manager, world.ours.customer)
    assert not [name for _entity, data in rows for name in data if "token" in name]


def test_rows_that_come_and_go_make_others_neither_skipped_nor_repeated(world: World) -> None:
    tap, ours = world.tap, world.ours
    before = export(tap, ours.manager, ours.customer)
    rows: list[Row] = []
    cursor = None
    with tap.acting_as(ours.manager):
        while page := tap.rows(EXPORT, ours.customer, cursor, 2):
            rows += [(entity, data) for entity, data, _cursor in page]
            cursor = page[-1][2]
            if len(rows) < 20:
                tap.execute(LOG, ours.customer, f"Added {len(rows)}")
    told = [key(row) for row in rows]
    assert len(set(told)) == len(told)
    assert {key(row) for row in before} <= set(told)


@pytest.mark.parametrize("role", ROLES)
def test_managers_may_and_lesser_roles_may_not(world: World, role: str) -> None:
    tap, ours = world.tap, world.ours
    with tap.acting_as(ours.login(role)):
        if ROLES.index(role) >= ROLES.index("manager"):
            assert len(tap.rows(EXPORT, ours.customer, None, 5)) == 5
        else:
            tap.throws("42501", "role_required", EXPORT, ours.customer, None, 5)


def test_an_outsider_is_told_that_there_is_no_such_customer(world: World) -> None:
    tap, ours, theirs = world.tap, world.ours, world.theirs
    with tap.acting_as(theirs.owner):
        absent = tap.throws("PT404", "customer_not_found", EXPORT, uuid4(), None, 5)
        assert_same_error(absent, tap.error_of(EXPORT, ours.customer, None, 5))
    with tap.acting_as_service():
        assert tap.rows(EXPORT, ours.customer, None, 5)


def test_a_cursor_of_somebody_elses_export_shows_nothing_of_it(world: World) -> None:
    tap, ours, theirs = world.tap, world.ours, world.theirs
    with tap.acting_as(theirs.manager):
        foreign = tap.rows(EXPORT, theirs.customer, None, 1)[-1][2]
    own = held(tap, ours, *merged(tap, ours))
    rows = export(tap, ours.manager, ours.customer, 50, foreign)
    assert {key(row) for row in rows} <= {key(row) for row in own}


@pytest.mark.parametrize(
    "parts",
    [
        ["export", "", str(uuid4())],
        ["export", "{}", str(uuid4())],
        ["export", "[]", str(uuid4())],
        ["export", '["public.organizations"]', str(uuid4())],
        ["export", '["private.customer_search", "x"]', str(uuid4())],
        ["export", '["public.customers"]', "{customer}"],
        ["export", '["public.customers", null]', "{customer}"],
        ["export", '["public.customers", "no uuid"]', "{customer}"],
        ["export", '["public.customer_activities", "now", "x"]', "{customer}"],
        ["timeline", '["public.customers"]', str(uuid4())],
    ],
)
def test_a_damaged_cursor_is_refused(world: World, parts: list[str]) -> None:
    tap, ours = world.tap, world.ours
    parts = [part.replace("{customer}", str(ours.customer)) for part in parts]
    cursor = tap.value("select private.encode_cursor(%s, %s, %s)", *parts)
    with tap.acting_as(ours.manager):
        tap.throws("PT422", "cursor_invalid", EXPORT, ours.customer, cursor, 5)


@pytest.mark.parametrize("page_size", [0, 201])
def test_a_page_has_one_to_two_hundred_rows(world: World, page_size: int) -> None:
    with world.tap.acting_as(world.ours.manager):
        world.tap.throws("PT422", "page_size_invalid", EXPORT, world.ours.customer, None, page_size)
