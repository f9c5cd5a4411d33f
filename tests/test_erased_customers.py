"""Nobody brings anything back: neither by editing, nor by importing, nor at the same time."""

from __future__ import annotations

from typing import Any

import pytest

from erasing import ADD, ADD_CONTACT, ERASE, NAME, erase
from organizations import Organization
from races import Action, committed_organization, open_tap, overlapping
from staging import COMMIT, VALIDATE, imported, new_import, person, slugs, staged
from tap import Tap
from ts_customers.stack import StackStatus
from worlds import World, build_world

CLOSE = "update public.orders set status = 'completed' where customer_id = %(customer)s"
EDITS = {
    "rename": "update public.customers set company_name = 'Back' where id = %(customer)s",
    "note": "update public.customers set notes = 'Back' where id = %(customer)s",
    "retype": "update public.customers set customer_type = 'vip' where id = %(customer)s",
    "contact": "insert into public.customer_contacts (organization_id, customer_id, first_name, "
    "last_name, email) values (%(organization)s, %(customer)s, 'A', 'B', 'a@back.example')",
    "move": "update public.customer_contacts set customer_id = %(customer)s where id = %(contact)s",
    "log": "select public.log_activity(%(customer)s, 'note', 'Back')",
    "reactivate": "select public.reactivate_customer(%(customer)s)",
    "tier": "select public.request_tier_change(%(customer)s, %(tier)s, 'Back')",
    "hold": "select public.set_credit_hold(%(customer)s, 'Back')",
}


@pytest.fixture
def world(tap: Tap) -> World:
    """Two organizations with a row of everything; our customer may be erased."""
    made = build_world(tap)
    tap.connection.execute(CLOSE, {"customer": made.ours.customer})
    tap.execute("select public.cancel_tier_change(%s)", made.subject.request_id)
    return made


@pytest.mark.parametrize("who", ["owner", "service_role"])
@pytest.mark.parametrize("edit", EDITS)
def test_nobody_edits_what_was_erased(world: World, edit: str, who: str) -> None:
    tap, ours = world.tap, world.ours
    other = tap.value(ADD, ours.id, "Other", None)
    named = {
        "organization": ours.id,
        "customer": ours.customer,
        "contact": tap.value(ADD_CONTACT, ours.id, other, None),
        "tier": ours.gold,
    }

    def error() -> Any:
        with tap.undone():
            world.become(who)
            if edit == "reactivate":
                tap.connection.execute(b"reset role")
            return _error(tap, EDITS[edit], named)

    if edit != "reactivate":
        assert error() is None
    erase(world)
    assert error() == ("PT409", "customer_erased")


def _error(tap: Tap, sql: str, named: dict[str, Any]) -> tuple[str | None, str | None] | None:
    try:
        tap.connection.execute(sql.encode(), named)
    except Exception as error:  # noqa: BLE001
        return (error.sqlstate, error.diag.message_detail)  # type: ignore[attr-defined]
    return None


def test_the_system_may_still_move_it_to_another_tier(world: World) -> None:
    tap, ours = world.tap, world.ours
    erase(world)
    move = "update public.customers set tier_id = %s where id = %s"
    tap.affects(move, 1, ours.gold, ours.customer)
    tap.throws("PT409", "customer_erased", NAME, ours.customer)


def test_an_import_that_was_planned_before_is_refused(world: World) -> None:
    tap, ours = world.tap, world.ours
    number = tap.value("select customer_number from public.customers where id = %s", ours.customer)
    planned = new_import(
        tap,
        ours,
        staged(customer_number=number, company_name="Ours Customer", notes="Back"),
        staged(company_name="Another"),
    )
    assert planned.validate()["customers"]["updated"] == 1
    erase(world)
    report = planned.commit()
    assert slugs(report["errors"]) == [(1, "customer_erased")]
    assert report["customers"]["created"] == 1
    assert report["rejected"] == 1


def test_an_import_that_names_it_afterwards_is_refused_and_one_that_repeats_it_is_not(
    world: World,
) -> None:
    tap, ours = world.tap, world.ours
    erase(world)
    number, name = tap.rows(
        "select customer_number, company_name from public.customers where id = %s", ours.customer
    )[0]
    renamed = staged(customer_number=number, company_name="Back")
    added = staged(person("back@back.example"), customer_number=number, company_name=name)
    for row in (renamed, added):
        made = new_import(tap, ours, row)
        for report in (made.validate(), made.commit()):
            assert slugs(report["errors"]) == [(1, "customer_erased")]
            assert report["rejected"] == 1
    same = imported(tap, ours, staged(customer_number=number, company_name=name))
    assert (same["errors"], same["customers"]["unchanged"]) == ([], 1)


def test_a_planned_import_can_be_planned_anew(world: World) -> None:
    tap, ours = world.tap, world.ours
    planned = new_import(tap, ours, staged(company_name="Ours Customer", notes="Back"))
    planned.validate()
    erase(world)
    again = planned.validate()
    assert (again["rejected"], again["customers"]["created"]) == (1, 0)


def erasing(ours: Organization) -> Action:
    """Somebody erases the customer."""

    def act(tap: Tap) -> None:
        with tap.acting_as(ours.owner):
            assert tap.value(ERASE, ours.customer)["status"] == "erased"

    return act


def doing(ours: Organization, sql: str, *params: Any) -> Action:
    """Somebody else does something."""

    def act(tap: Tap) -> None:
        with tap.acting_as(ours.admin):
            tap.execute(sql, *params)

    return act


def edits(ours: Organization) -> dict[str, Action]:
    """What might bring something back."""
    return {
        "rename": doing(ours, NAME, ours.customer),
        "log": doing(ours, "select public.log_activity(%s, 'note', 'Back')", ours.customer),
        "contact": doing(
            ours,
            EDITS["contact"].replace("%(organization)s", "%s").replace("%(customer)s", "%s"),
            ours.id,
            ours.customer,
        ),
        "tier": doing(
            ours, "select public.request_tier_change(%s, %s, 'Back')", ours.customer, ours.gold
        ),
    }


def left(stack: StackStatus, ours: Organization) -> list[Any]:
    """What has Back in it, anywhere near the customer."""
    with open_tap(stack) as tap:
        return tap.rows(
            """
            select c.company_name from public.customers as c
            where c.id = %(id)s and c.company_name = 'Back'
            union all
            select k.email from public.customer_contacts as k where k.customer_id = %(id)s
            union all
            select a.title from public.customer_activities as a
            where a.customer_id = %(id)s and a::text ~ 'Back|back'
            union all
            select r.reason from public.tier_change_requests as r
            where r.customer_id = %(id)s and r.reason is not null
            """.replace("%(id)s", f"'{ours.customer}'")
        )


@pytest.mark.parametrize("edit", ["rename", "log", "contact", "tier"])
def test_who_edits_while_somebody_erases_waits_and_is_refused(
    stack: StackStatus, edit: str
) -> None:
    with committed_organization(stack, "Racing") as ours:
        error = overlapping(stack, erasing(ours), edits(ours)[edit])
        assert error is not None
        assert (error.sqlstate, error.diag.message_detail) == ("PT409", "customer_erased")
        assert left(stack, ours) == []


@pytest.mark.parametrize("edit", ["rename", "log", "contact", "tier"])
def test_who_erases_while_somebody_edits_waits_and_erases_that_too(
    stack: StackStatus, edit: str
) -> None:
    with committed_organization(stack, "Racing") as ours:
        assert overlapping(stack, edits(ours)[edit], erasing(ours)) is None
        assert left(stack, ours) == []


def importing(stack: StackStatus, ours: Organization, step: str) -> Action:
    """Somebody carries out an import for the customer, or plans one that is staged."""
    row = staged(person("x@back.example"), company_name="Racing Customer", notes="Back")
    with open_tap(stack) as tap:
        made = new_import(tap, ours, row)
        if step == COMMIT:
            made.validate()

    def act(tap: Tap) -> None:
        with tap.acting_as(ours.manager):
            assert tap.value(step, made.id)["status"] in ("validated", "committed")

    return act


def staged_rows(stack: StackStatus, ours: Organization) -> list[str]:
    """What is left of rows of imports that has Back in it."""
    with open_tap(stack) as tap:
        rows = tap.rows(
            "select r::text from public.customer_import_rows as r where organization_id = %s",
            ours.id,
        )
    return [row for (row,) in rows if "ack" in row]


@pytest.mark.parametrize("import_is_first", [True, False])
def test_an_import_at_the_same_time_brings_nothing_back(
    stack: StackStatus, import_is_first: bool
) -> None:
    with committed_organization(stack, "Racing") as ours:
        both = [importing(stack, ours, COMMIT), erasing(ours)]
        assert overlapping(stack, *(both if import_is_first else both[::-1])) is None
        assert left(stack, ours) == []
        assert staged_rows(stack, ours) == []


def test_what_is_being_planned_for_it_is_waited_for_and_emptied(stack: StackStatus) -> None:
    with committed_organization(stack, "Racing") as ours:
        planning = importing(stack, ours, VALIDATE)
        assert staged_rows(stack, ours) != []
        assert overlapping(stack, planning, erasing(ours)) is None
        assert staged_rows(stack, ours) == []


def test_of_two_who_erase_at_once_both_are_done(stack: StackStatus) -> None:
    with committed_organization(stack, "Racing") as ours:
        assert overlapping(stack, erasing(ours), erasing(ours)) is None
        with open_tap(stack) as tap:
            count = "select count(*) from public.customer_activities where organization_id = %s"
            assert tap.value(f"{count} and type = 'erased'", ours.id) == 1
