"""The proof that nothing personal is left: a word is put everywhere, and looked for everywhere."""

from __future__ import annotations

import pytest

from erasing import WORD, erase, fill, places, without_the_word
from merges import MERGE, UNDO, add
from tap import Tap
from worlds import World, build_world

_MOVED = f"moves@{WORD}.example"
FORGETFUL = "create or replace function private.{} language {} set search_path = '' as $${}$$"
VOID, DO_NOTHING = "returns void", "begin end"


@pytest.fixture
def world(tap: Tap) -> World:
    """Two organizations, and the word in everything about our customer."""
    made = build_world(tap)
    fill(made)
    return made


def test_a_world_is_full_of_the_word_and_empty_of_it_after_erasing(world: World) -> None:
    assert without_the_word(world.tap, world.ours) == []
    assert "private.archive_of_2001" in places(world.tap)

    erase(world)

    assert places(world.tap) == []


def test_in_small_batches_nothing_is_left_either(world: World) -> None:
    world.tap.execute(
        FORGETFUL.format("erase_batch() returns integer", "sql immutable", "select 3")
    )
    erase(world)
    assert places(world.tap) == []


@pytest.mark.parametrize(
    ("forgetful", "left"),
    [
        (
            "erase_traces(_organization_id uuid, _customer_ids uuid[]) returns void",
            "private.customer_activities",
        ),
        (
            "erase_import_rows(_organization_id uuid, _customer_id uuid) returns void",
            "customer_import_rows",
        ),
        (
            "erase_declared(_organization_id uuid, _customer_ids uuid[]) returns void",
            "customer_contacts",
        ),
        (
            "erase_customer_rows(_organization_id uuid, _customer_ids uuid[]) returns void",
            "private.portal_subdomains",
        ),
    ],
)
def test_a_step_that_is_left_out_is_noticed(world: World, forgetful: str, left: str) -> None:
    world.tap.execute(FORGETFUL.format(forgetful, "plpgsql", DO_NOTHING))
    erase(world)
    assert any(left in place for place in places(world.tap))


@pytest.mark.parametrize(
    ("function", "value"),
    [
        ("erased_title(_type text, _title text) returns text", "_title"),
        (
            "erased_metadata(_type text, _metadata jsonb, _harmless text[]) returns jsonb",
            "_metadata",
        ),
    ],
)
def test_an_activity_that_keeps_its_words_is_noticed(
    world: World, function: str, value: str
) -> None:
    world.tap.execute(FORGETFUL.format(function, "sql", f"select {value}"))
    erase(world)
    assert "private.archive_of_2001" in places(world.tap)


def test_a_personal_column_that_erasing_forgets_is_noticed(world: World) -> None:
    world.tap.execute("alter table public.customers add column nickname text")
    world.tap.execute(
        "update private.personal_data set personal = personal || 'nickname'::text "
        "where table_name = 'public.customers'"
    )
    assert without_the_word(world.tap, world.ours) == ["public.customers.nickname"]
    world.tap.execute(
        "update public.customers set nickname = %s where id = %s", WORD, world.ours.customer
    )
    erase(world)
    assert places(world.tap) == ["customers"]


@pytest.mark.parametrize("ours_is_target", [True, False])
@pytest.mark.parametrize("is_undone", [True, False])
def test_what_a_merge_spread_is_erased_too(
    world: World, ours_is_target: bool, is_undone: bool
) -> None:
    tap, ours = world.tap, world.ours
    other = add(tap, ours, "Partner", "partner@partner.example")
    target, source = (ours.customer, other) if ours_is_target else (other, ours.customer)
    with tap.acting_as(ours.manager):
        merge = tap.value(MERGE, target, [source])["merge_id"]
        # Written down by the target, whose contact it is for the time being.
        for name in ("first_name", "last_name"):
            sql = f"update public.customer_contacts set {name} = 'new' where email = %s"
            tap.affects(sql, 1, f"stays@{WORD}.example")
        tap.affects("delete from public.customer_contacts where email = %s", 1, _MOVED)
        if is_undone:
            assert tap.value(UNDO, merge)["status"] == "undone"
    assert len(places(tap)) > 5

    erase(world, ours.customer if is_undone else target)

    assert places(tap) == []
    name = tap.value("select company_name from public.customers where id = %s", other)
    assert (name == "Partner") == is_undone


HOSTS_TABLES = """
create table public.visits (
    organization_id uuid not null, id uuid not null default gen_random_uuid(),
    customer_id uuid not null, who text not null default '', at text,
    primary key (organization_id, id)
);
create table public.calls (
    organization_id uuid not null, visit_id uuid not null, said jsonb not null,
    primary key (organization_id, visit_id)
);
insert into private.personal_data (table_name, entity, found_by, erased_by, personal, harmless)
values (
    'public.visits', 'visit', 't.customer_id = $2', 'blanking',
    '{who, at}', '{organization_id, id, customer_id}'
), (
    'public.calls', 'call', 't.visit_id in (select v.id from public.visits as v
        where v.organization_id = $1 and v.customer_id = $2)', 'deleting',
    '{said}', '{organization_id, visit_id}'
);
"""


def test_tables_of_the_host_that_are_declared_are_exported_and_erased(world: World) -> None:
    tap, ours, theirs = world.tap, world.ours, world.theirs
    tap.execute(HOSTS_TABLES)
    for organization, word in ((ours, WORD), (theirs, "theirs")):
        visit = tap.value(
            "insert into public.visits (organization_id, customer_id, who, at) "
            "values (%s, %s, %s, %s) returning id",
            *(organization.id, organization.customer, word, word),
        )
        tap.execute(
            "insert into public.calls values (%s, %s, %s)", organization.id, visit, {"a": word}
        )
    with tap.acting_as(ours.manager):
        exported = tap.rows(
            "select e.entity from public.export_customer_data(%s, page_size => 200) as e",
            ours.customer,
        )
        assert {("visit",), ("call",)} <= set(exported)

    erase(world)

    assert places(tap) == []
    tap.results_eq("select who, at from public.visits order by who", [("", None), ("theirs",) * 2])
    tap.results_eq("select said from public.calls", [({"a": "theirs"},)])
