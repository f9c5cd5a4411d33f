"""What erasing leaves, who may erase, and that nobody writes to what was erased."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from erasing import ADD, ADD_CONTACT, ERASE, NAME, erase
from organizations import ROLES, Organization
from staging import imported, staged
from tap import Tap, assert_same_error
from worlds import World, build_world

MakeOrg = Callable[[str], Organization]

COMPLETE = "update public.orders set status = 'completed' where customer_id = %s"
KEPT = """
select a.id, a.type, a.related_type, a.related_id, a.occurred_at, a.created_by, a.created_at
from private.all_activities as a where a.customer_id = %s and a.id = any(%s) order by a.created_at
"""
IDS = "select array_agg(id) from private.all_activities where customer_id = %s"
ROWS = """
select to_jsonb(t) from {} as t where t.organization_id = %s order by to_jsonb(t)::text
"""
TENANTS = """
select table_name from private.personal_data where 'organization_id' = any(harmless)
"""
SLOWLY = """
create or replace function private.erase_batch() returns integer
language sql immutable set search_path = '' return 3;
create or replace function private.has_time(_started_at timestamptz) returns boolean
language sql volatile set search_path = '' return _started_at is null
"""


@pytest.fixture
def world(tap: Tap) -> World:
    """Two organizations with a row of everything; our customer has no open order."""
    made = build_world(tap)
    tap.execute(COMPLETE, made.ours.customer)
    return made


def number_of(tap: Tap, customer: UUID) -> str:
    """The number of a customer."""
    return str(tap.value("select customer_number from public.customers where id = %s", customer))


def test_what_is_left_is_a_number_with_its_orders_and_invoices(world: World) -> None:
    tap, ours = world.tap, world.ours
    money = ("public.orders", "public.invoices", "public.customer_stats")
    before = [tap.rows(ROWS.format(table), ours.id) for table in money]
    number = number_of(tap, ours.customer)

    progress = erase(world)

    tap.results_eq(
        "select company_name, customer_number, status, erased_at = now(), portal_enabled, tags, "
        "settings from public.customers where id = %s",
        [(f"Erased {number}", number, "inactive", True, False, [], {})],
        ours.customer,
    )
    assert [tap.rows(ROWS.format(table), ours.id) for table in money] == before
    tap.is_empty("select from public.customer_contacts where customer_id = %s", ours.customer)
    assert progress["customer_id"] == str(ours.customer)
    assert (progress["status"], progress["remaining"]) == ("erased", 0)


def test_activities_keep_what_happened_when_by_whom_and_the_numbers(world: World) -> None:
    tap, ours = world.tap, world.ours
    ids = tap.value(IDS, ours.customer)
    before = tap.rows(KEPT, ours.customer, ids)

    erase(world)

    assert tap.rows(KEPT, ours.customer, ids) == before
    told: dict[str, str] = dict(
        tap.rows(
            "select type, (title, description, metadata::text)::text from private.all_activities "
            "where customer_id = %s and id = any(%s)",
            ours.customer,
            ids,
        )
    )
    assert told["customer_created"].startswith('("Customer created",,"{""version"": 1}")')
    assert told["contact_added"].startswith('("Contact added",,')
    assert "Order placed: A-1" in told["order_placed"]
    assert "100" in told["order_placed"]
    assert "USD" in told["order_placed"]
    assert "completed" in told["order_status_changed"]
    assert told["note"] == "(Note,,{})"


def test_the_erasure_itself_is_in_the_timeline_once_with_its_reason(world: World) -> None:
    erase(world)
    erase(world)
    world.tap.results_eq(
        "select a.title, a.description, a.created_by from public.customer_activities as a "
        "where a.customer_id = %s and a.type = 'erased'",
        [("Personal data erased", "asked to", world.ours.owner)],
        world.ours.customer,
    )


def test_nothing_of_anybody_else_changes(world: World) -> None:
    tap, ours, theirs = world.tap, world.ours, world.theirs
    other = tap.value(ADD, ours.id, "Other", None)
    tap.execute(ADD_CONTACT, ours.id, other, None)
    imported(tap, ours, staged(company_name="Other", notes="kept"))

    def others() -> list[Any]:
        found: list[Any] = []
        for (table,) in tap.rows(TENANTS):
            found += tap.rows(ROWS.format(table), theirs.id)
            # All of ours are the customer's contacts', or numbers of all customers together.
            if "portal_invitation" in table or "tallies" in table:
                continue
            found += [
                row
                for row in tap.rows(ROWS.format(table), ours.id)
                if str(other) in str(row) or "customer_id" not in str(row)
            ]
        return [row for row in found if str(ours.customer) not in str(row)]

    before = others()
    erase(world)
    assert others() == before


@pytest.mark.parametrize("role", ROLES)
def test_owners_alone_erase(world: World, role: str) -> None:
    with world.tap.acting_as(world.ours.login(role)):
        if role == "owner":
            assert world.tap.error_of(ERASE, world.ours.customer) is None
        else:
            world.tap.throws("42501", "role_required", ERASE, world.ours.customer)


def test_an_outsider_is_told_that_there_is_no_such_customer(world: World) -> None:
    with world.tap.acting_as(world.theirs.owner):
        absent = world.tap.throws("PT404", "customer_not_found", ERASE, uuid4())
        assert_same_error(absent, world.tap.error_of(ERASE, world.ours.customer))
    with world.tap.acting_as_service():
        assert world.tap.value(ERASE, world.ours.customer)["status"] == "erased"


@pytest.mark.parametrize("status", ["active", "suspended", "inactive"])
def test_open_orders_are_to_be_closed_first_and_open_invoices_are_not(
    world: World, status: str
) -> None:
    tap, ours = world.tap, world.ours
    tap.execute("update public.customers set status = %s where id = %s", status, ours.customer)
    tap.execute("update public.orders set status = 'open' where customer_id = %s", ours.customer)
    with tap.acting_as(ours.owner):
        tap.throws("PT409", "open_orders", ERASE, ours.customer)
    tap.execute(COMPLETE, ours.customer)
    unpaid = "select count(*) from public.invoices where customer_id = %s and status = 'open'"
    assert tap.value(unpaid, ours.customer) == 1
    assert erase(world)["status"] == "erased"


def test_what_was_merged_into_it_is_erased_with_it_and_not_by_itself(world: World) -> None:
    tap, ours = world.tap, world.ours
    source = tap.value(ADD, ours.id, "Sauce", ours.customer)
    deeper = tap.value(ADD, ours.id, "Sauce of sauces", None)
    tap.execute(ADD_CONTACT, ours.id, deeper, None)
    tap.execute("update public.customers set merged_into = %s where id = %s", source, deeper)
    with tap.acting_as(ours.owner):
        tap.throws("PT409", "customer_merged", ERASE, source)

    erase(world)

    for customer in (source, deeper):
        tap.results_eq(
            "select company_name = 'Erased ' || customer_number, erased_at is not null "
            "from public.customers where id = %s",
            [(True, True)],
            customer,
        )
        assert "auce" not in str(
            tap.rows(
                "select title from public.customer_activities where customer_id = %s", customer
            )
        )
    tap.is_empty("select from public.customer_contacts where customer_id = %s", deeper)


def test_the_logins_to_delete_are_those_that_are_nobody_elsewhere(
    world: World, make_user: Callable[[], UUID]
) -> None:
    tap, ours, theirs = world.tap, world.ours, world.theirs
    only, elsewhere, member = world.logins["contact"], make_user(), ours.viewer
    for user in (elsewhere, member):
        tap.execute(ADD_CONTACT, ours.id, ours.customer, user)
    tap.execute(ADD_CONTACT, theirs.id, theirs.customer, elsewhere)

    assert erase(world)["logins"] == [str(only)]
    assert erase(world)["logins"] == [str(only)]  # an answer that was lost can be had again
    tap.execute("delete from auth.users where id = %s", only)
    assert erase(world)["logins"] == []


def test_a_request_for_another_tier_is_withdrawn_and_no_date_ahead_stays(world: World) -> None:
    tap, ours = world.tap, world.ours
    tap.execute("select public.cancel_tier_change(%s)", world.subject.request_id)
    with tap.acting_as(ours.member):
        request = tap.value(
            "select id from public.request_tier_change(%s, %s, 'why', now() + interval '9 days')",
            ours.customer,
            ours.gold,
        )
    with tap.acting_as(ours.manager):
        tap.execute("select public.approve_tier_change(%s, 'so')", request)
    ahead = "select count(*) from public.customer_tier_periods where started_at > now() + '1 day'"
    assert tap.value(ahead) == 1

    erase(world)

    tap.results_eq(
        "select status, reason, decision_note from public.tier_change_requests where id = %s",
        [("cancelled", None, None)],
        request,
    )
    assert tap.value(ahead) == 0


def test_it_goes_batch_by_batch_and_tells_what_remains(world: World) -> None:
    tap, ours = world.tap, world.ours
    tap.execute(SLOWLY)
    seen = []
    with tap.acting_as(ours.owner):
        while (progress := tap.value(ERASE, ours.customer))["status"] == "erasing":
            seen.append(progress["remaining"])
            tap.throws("PT409", "customer_erased", NAME, ours.customer)
    assert len(seen) > 2
    assert seen == sorted(set(seen), reverse=True)
    assert progress["remaining"] == 0
    assert (
        tap.value(
            "select count(*) from private.all_activities where customer_id = %s "
            "and description is not null and type <> 'erased'",
            ours.customer,
        )
        == 0
    )


def test_a_call_that_is_interrupted_is_made_again(world: World) -> None:
    tap, ours = world.tap, world.ours
    tap.execute(SLOWLY)
    with tap.acting_as(ours.owner):
        first = tap.value(ERASE, ours.customer)["remaining"]
        with tap.undone():
            second = tap.value(ERASE, ours.customer)["remaining"]
        assert second < first
        assert tap.value(ERASE, ours.customer)["remaining"] == second
