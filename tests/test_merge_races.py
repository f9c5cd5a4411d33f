"""Merges while others write: nobody's rows are lost, and nobody waits for ever."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest

from merges import MERGE, UNDO, add, everything, merge, trade, undo
from organizations import Organization
from races import committed_organization, open_tap, overlapping
from staging import COMMIT, new_import, person, staged
from tap import Tap
from ts_customers.stack import StackStatus

ADD_CONTACT = """
insert into public.customer_contacts
(organization_id, customer_id, first_name, last_name, email, is_primary)
values (%s, %s, 'N', 'N', %s, %s)
"""
OWNERS = "select distinct customer_id from public.{} where organization_id = %s"
HOLD = "select 1 from public.orders where number = %s for update"


@pytest.fixture
def ours(stack: StackStatus) -> Iterator[Organization]:
    """An organization that other connections see."""
    with committed_organization(stack, "Racing") as organization:
        yield organization


@pytest.fixture
def pair(stack: StackStatus, ours: Organization) -> tuple[UUID, UUID]:
    """A target and a source with a primary contact and an order each."""
    with open_tap(stack) as tap:
        ids = (
            add(tap, ours, "Target", "target@a.example"),
            add(tap, ours, "Source", "source@b.example"),
        )
        for customer in ids:
            trade(tap, ours, customer, 10)
    return ids


def told(error: BaseException | None) -> tuple[str | None, str | None]:
    """What an error says."""
    assert error is not None
    return error.sqlstate, error.diag.message_detail  # type: ignore[attr-defined]


def test_of_two_merges_that_cross_the_second_is_told(
    stack: StackStatus, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    target, source = pair

    def there(tap: Tap) -> None:
        merge(tap, ours, target, source)

    def back(tap: Tap) -> None:
        merge(tap, ours, source, target)

    assert told(overlapping(stack, there, back)) == ("PT409", "customer_merged")


def test_an_order_that_is_being_placed_with_a_source_moves_too(
    stack: StackStatus, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    target, source = pair

    def place(tap: Tap) -> None:
        trade(tap, ours, source, 5)

    assert overlapping(stack, place, lambda tap: merge(tap, ours, target, source) and None) is None
    with open_tap(stack) as tap:
        tap.results_eq(OWNERS.format("orders"), [(target,)], ours.id)
        count = "select order_count from public.customer_stats where customer_id = %s"
        assert tap.value(count, target) == 3


@pytest.mark.parametrize("is_primary", [False, True])
def test_whoever_adds_to_a_source_that_is_closing_waits_and_is_told(
    stack: StackStatus, ours: Organization, pair: tuple[UUID, UUID], is_primary: bool
) -> None:
    target, source = pair

    def late(tap: Tap) -> None:
        with tap.acting_as(ours.member):
            tap.execute(ADD_CONTACT, ours.id, source, "late@b.example", is_primary)

    error = overlapping(stack, lambda tap: merge(tap, ours, target, source), late)

    assert told(error) == ("PT409", "customer_merged")


def test_a_contact_that_becomes_primary_meanwhile_ends_with_one_primary(
    stack: StackStatus, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    target, source = pair

    def promote(tap: Tap) -> None:
        with tap.acting_as(ours.member):
            tap.execute(ADD_CONTACT, ours.id, source, "new@b.example", True)
            tap.execute(ADD_CONTACT, ours.id, target, "new@a.example", True)

    assert (
        overlapping(stack, promote, lambda tap: merge(tap, ours, target, source) and None) is None
    )
    with open_tap(stack) as tap:
        primaries = (
            "select email from public.customer_contacts where customer_id = %s and is_primary"
        )
        tap.results_eq(primaries, [("new@a.example",)], target)
        everybody = "select count(*) from public.customer_contacts where customer_id = %s"
        assert tap.value(everybody, target) == 4


def test_an_import_into_a_source_that_is_closing_reaches_the_target(
    stack: StackStatus, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    target, source = pair
    row = staged(person("imported@b.example"), company_name="Source", notes="imported")
    with open_tap(stack) as tap:
        plan = new_import(tap, ours, row)
        plan.validate()

    def commit(tap: Tap) -> None:
        with tap.acting_as(ours.manager):
            assert tap.value(COMMIT, plan.id)["status"] == "committed"

    assert overlapping(stack, lambda tap: merge(tap, ours, target, source), commit) is None
    with open_tap(stack) as tap:
        owner = "select customer_id from public.customer_contacts where email = %s"
        assert tap.value(owner, "imported@b.example") == target
        assert tap.value("select notes from customers where id = %s", target) == "imported"


def test_a_merge_passes_over_what_somebody_holds_and_goes_on_later(
    stack: StackStatus, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    target, source = pair
    with open_tap(stack) as tap:
        before = everything(tap, ours)
        (held,) = trade(tap, ours, source, 5)
    with open_tap(stack) as holder:
        holder.execute(HOLD, held)
        with open_tap(stack) as tap, tap.acting_as(ours.manager):
            answer = tap.value(MERGE, target, [source])
        assert (answer["status"], answer["remaining"]) == ("merging", 1)
        with open_tap(stack) as tap:
            # Each row is somewhere, and counted there.
            stats = "select order_count from public.customer_stats where customer_id = %s"
            assert (tap.value(stats, target), tap.value(stats, source)) == (2, 1)
            with tap.acting_as(ours.manager):
                for crossing in ((ours.customer, source), (source, ours.customer)):
                    tap.throws("PT409", "merge_unfinished", MERGE, crossing[0], [crossing[1]])
    with open_tap(stack) as tap:
        # What arrives between two calls is taken too.
        trade(tap, ours, source, 7)
        final = merge(tap, ours, target, source)
        assert final["merge_id"] == answer["merge_id"]
        tap.results_eq(OWNERS.format("orders"), [(target,)], ours.id)
        assert final["moved"]["orders"] == 3
        undo(tap, ours, final["merge_id"])
        after = everything(tap, ours)
    for table in ("public.customers", "public.customer_contacts"):
        assert after[table] == before[table]


def test_a_merge_that_is_under_way_can_be_undone(
    stack: StackStatus, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    target, source = pair
    with open_tap(stack) as tap:
        (held,) = trade(tap, ours, source, 5)
        before = everything(tap, ours)
    with open_tap(stack) as holder:
        holder.execute(HOLD, held)
        with open_tap(stack) as tap, tap.acting_as(ours.manager):
            answer = tap.value(MERGE, target, [source])
            assert tap.value(UNDO, answer["merge_id"])["status"] == "undone"
    with open_tap(stack) as tap:
        assert everything(tap, ours) == before
