"""Filter presets: searches that people keep, for themselves or for everybody."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from organizations import ROLES, Organization
from presets import add, insert, refused, values
from races import committed_organization, open_tap, overlapping
from tap import Tap
from ts_customers.stack import StackStatus

MakeOrg = Callable[[str], Organization]

NAMES = "select name from public.customer_filter_presets order by name"
SET = "update public.customer_filter_presets set {} where id = %s"
DELETE = "delete from public.customer_filter_presets where id = %s"
DEFAULTS = "select name from public.customer_filter_presets where is_default order by name"
REMOVE = "select public.remove_member(%s, %s)"


def names(tap: Tap, login: UUID) -> list[str]:
    """What a login sees."""
    with tap.acting_as(login):
        return [name for (name,) in tap.rows(NAMES)]


@pytest.mark.parametrize("role", ROLES)
def test_members_keep_presets_of_their_own(tap: Tap, make_org: MakeOrg, role: str) -> None:
    ours = make_org("Acme")
    login = ours.login(role)
    with tap.acting_as(login):
        if role == "viewer":
            refused(tap, "42501", None, values(ours, "Mine"))
            return
        preset = insert(tap, values(ours, " Mine "))
        made = "select name, created_by, is_shared from public.customer_filter_presets"
        tap.results_eq(made, [("Mine", login, False)])
        tap.affects(SET.format("name = 'Other'"), 1, preset)
    for other in ROLES:
        assert names(tap, ours.login(other)) == (["Other"] if other == role else [])
        if other != role:
            with tap.acting_as(ours.login(other)):
                tap.affects(SET.format("name = 'Taken'"), 0, preset)
                tap.affects(DELETE, 0, preset)
    with tap.acting_as(login):
        tap.affects(DELETE, 1, preset)


@pytest.mark.parametrize("role", ROLES)
def test_managers_write_presets_that_everybody_reads(
    tap: Tap, make_org: MakeOrg, role: str
) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    preset = add(tap, ours, "owner", "Shared", shared=True)
    may = role not in {"viewer", "member"}
    with tap.acting_as(ours.login(role)):
        tap.results_eq(NAMES, [("Shared",)])
        tap.affects(SET.format("sort = '-name'"), int(may), preset)
        if may:
            insert(tap, values(ours, "Another", shared=True))
        else:
            refused(tap, "42501", None, values(ours, "Another", shared=True))
        tap.affects(DELETE, int(may), preset)
    assert names(tap, theirs.owner) == []


def test_nobody_writes_presets_of_another_organization(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    with tap.acting_as(ours.owner):
        for shared in (False, True):
            refused(tap, "42501", None, values(theirs, "X", shared=shared))
            insert(tap, values(ours, "X", shared=shared))


def test_an_own_preset_is_shared_by_managers_and_taken_back_by_its_maker(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    share, keep = SET.format("is_shared = true"), SET.format("is_shared = false")
    members = add(tap, ours, "member", "Members")
    managers = add(tap, ours, "manager", "Managers")
    with tap.acting_as(ours.member):
        tap.throws("42501", None, share, members)
    with tap.acting_as(ours.manager):
        tap.affects(share, 1, managers)
    with tap.acting_as(ours.admin):
        # It would vanish from the eyes of whoever does it, into those of the maker.
        tap.throws("42501", None, keep, managers)
        tap.affects(SET.format("name = 'Renamed'"), 1, managers)
    with tap.acting_as(ours.manager):
        tap.affects(keep, 1, managers)
    assert names(tap, ours.admin) == []


def test_nobody_chooses_who_made_a_preset(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    preset = add(tap, ours, "owner", "Mine")
    with tap.acting_as(ours.owner):
        tap.throws("42501", None, SET.format("created_by = gen_random_uuid()"), preset)
    with tap.acting_as_service():
        refused(tap, "23514", None, values(ours, "Nobody's"))
        insert(tap, values(ours, "Everybody's", shared=True))


@pytest.mark.parametrize("name", ["", " \n", "x" * 101])
def test_a_preset_has_a_name(tap: Tap, make_org: MakeOrg, name: str) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        refused(tap, "23514", None, values(ours, name))
        insert(tap, values(ours, "x" * 100))


def test_names_are_unique_among_ones_own_and_among_the_shared(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    add(tap, theirs, "manager", "Late", shared=True)
    for role in ("member", "manager"):
        add(tap, ours, role, "Late")
        with tap.acting_as(ours.login(role)):
            refused(tap, "23505", None, values(ours, "LATE"))
    add(tap, ours, "manager", "Late", shared=True)
    with tap.acting_as(ours.admin):
        refused(tap, "23505", None, values(ours, "late ", shared=True))
        insert(tap, values(ours, "Late"))


def test_there_is_one_default_for_each_and_one_for_all(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")

    def defaults(login: UUID) -> list[str]:
        with tap.acting_as(login):
            return [name for (name,) in tap.rows(DEFAULTS)]

    add(tap, theirs, "manager", "Theirs", shared=True, default=True)
    add(tap, ours, "manager", "Shared", shared=True, default=True)
    add(tap, ours, "member", "Members", default=True)
    first = add(tap, ours, "manager", "First", default=True)
    add(tap, ours, "manager", "Second", default=True)
    assert defaults(ours.manager) == ["Second", "Shared"]
    with tap.acting_as(ours.manager):
        tap.execute(SET.format("is_default = true"), first)
        assert defaults(ours.manager) == ["First", "Shared"]
        tap.execute(SET.format("is_shared = true"), first)
    assert defaults(ours.manager) == ["First"]
    assert defaults(ours.member) == ["First", "Members"]
    assert defaults(theirs.manager) == ["Theirs"]


def test_a_default_that_is_refused_takes_nothing_from_the_one_there(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    add(tap, ours, "manager", "Shared", shared=True, default=True)
    for login in (ours.member, theirs.owner):
        with tap.acting_as(login):
            refused(tap, "42501", None, values(ours, "Taken", shared=True, default=True))
    with tap.acting_as(ours.viewer):
        tap.results_eq(DEFAULTS, [("Shared",)])


def test_what_one_kept_for_oneself_goes_when_one_leaves(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    for organization in (ours, theirs):
        add(tap, organization, "manager", "Own")
        add(tap, organization, "member", "Other")
        add(tap, organization, "manager", "Shared", shared=True)
    every = "select name from public.customer_filter_presets where organization_id = %s order by 1"
    join = "insert into public.organization_members (organization_id, user_id, role)"
    tap.execute(f"{join} values (%s, %s, 'member')", theirs.id, ours.manager)
    with tap.acting_as(ours.manager):
        insert(tap, values(theirs, "Elsewhere"))
    with tap.acting_as(ours.owner):
        tap.execute(REMOVE, ours.manager, ours.id)
    tap.results_eq(every, [("Other",), ("Shared",)], ours.id)
    tap.results_eq(every, [("Elsewhere",), ("Other",), ("Own",), ("Shared",)], theirs.id)
    # A login that is deleted leaves every organization.
    tap.execute("delete from auth.users where id = any(%s)", [ours.member, theirs.manager])
    tap.results_eq(every, [("Shared",)], ours.id)
    tap.results_eq(every, [("Elsewhere",), ("Other",), ("Shared",)], theirs.id)


def test_whoever_becomes_a_viewer_writes_presets_no_more(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    preset = add(tap, ours, "member", "Own")
    with tap.acting_as(ours.owner):
        tap.execute("select public.set_member_role(%s, 'viewer', %s)", ours.member, ours.id)
    with tap.acting_as(ours.member):
        tap.results_eq(NAMES, [("Own",)])
        tap.affects(SET.format("name = 'X'"), 0, preset)
        tap.affects(DELETE, 0, preset)


def test_of_two_defaults_at_once_the_later_one_stays(stack: StackStatus) -> None:
    with committed_organization(stack, "Racing") as ours:

        def make(name: str) -> Callable[[Tap], None]:
            def run(tap: Tap) -> None:
                with tap.acting_as(ours.manager):
                    insert(tap, values(ours, name, default=True))

            return run

        assert overlapping(stack, make("first"), make("second")) is None
        with open_tap(stack) as tap:
            found = "select name from public.customer_filter_presets where is_default"
            tap.results_eq(f"{found} and organization_id = %s", [("second",)], ours.id)


def test_a_preset_changes_neither_its_id_nor_its_organization(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    preset = add(tap, ours, "member", "Own")
    with tap.acting_as_service():
        move = "update public.customer_filter_presets set organization_id = %s where id = %s"
        tap.throws("42501", "immutable_key", move, theirs.id, preset)
        renumber = "update public.customer_filter_presets set id = %s where id = %s"
        tap.throws("42501", "immutable_key", renumber, uuid4(), preset)
        tap.affects(SET.format("name = 'X'"), 1, preset)
