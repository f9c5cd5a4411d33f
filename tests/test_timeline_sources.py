"""What comes together in a timeline: activities, those of merged customers, the archive, and what
became of tiers' discounts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from organizations import Organization
from tap import Tap

MakeOrg = Callable[[str], Organization]

START = datetime(2026, 3, 1, tzinfo=UTC)
ADD = """
insert into public.customer_activities (organization_id, customer_id, type, title, created_at)
values (%s, %s, 'note', %s, %s)
"""
NEW_CUSTOMER = """
insert into public.customers (organization_id, company_name) values (%s, %s) returning id
"""
MERGE = "update public.customers set merged_into = %s where id = %s"
MERGED = "select cardinality(m), m @> %s from private.merged_ids(%s, %s) as m"
NOTES = "select title, customer_id from public.customer_timeline(%s, types => '{note}')"
SET_DISCOUNT = """
update public.customer_tiers set discount_percentage = %s where organization_id = %s and id = %s
"""
SET_TIER = "update public.customers set tier_id = %s where id = %s"
DISCOUNTS = """
select title from public.customer_timeline(%s, types => '{tier_discount_changed}')
"""
WHOLE = """
select created_at, id from public.customer_timeline(
    %s, include_archived => true, page_size => 200)
"""
PAGE = """
select created_at, id, cursor from public.customer_timeline(
    %s, include_archived => true, page_size => %s, cursor => %s)
"""


def new_customers(tap: Tap, ours: Organization, *names: str) -> list[UUID]:
    """More customers of an organization."""
    return [tap.value(NEW_CUSTOMER, ours.id, name) for name in names]


def walk(tap: Tap, customer: UUID, size: int) -> list[tuple[Any, ...]]:
    """Every row, page by page."""
    seen: list[tuple[Any, ...]] = []
    cursor = None
    while page := tap.rows(PAGE, customer, size, cursor):
        seen += [row[:2] for row in page]
        cursor = page[-1][2]
        assert len(seen) < 1000, "the walk goes in circles"
    return seen


def test_merged_customers_are_found_however_indirectly_they_were_merged(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    one, two, three, other = new_customers(tap, ours, "One", "Two", "Three", "Other")
    tap.results_eq(MERGED, [(1, True)], [one], ours.id, one)
    for source, target in ((one, ours.customer), (two, one), (three, ours.customer)):
        tap.execute(MERGE, target, source)
    whole = [ours.customer, one, two, three]
    tap.results_eq(MERGED, [(4, True)], whole, ours.id, ours.customer)
    tap.results_eq(MERGED, [(2, True)], [one, two], ours.id, one)
    tap.results_eq(MERGED, [(1, True)], [other], ours.id, other)

    # A circle cannot come of a merge; asking for one ends nevertheless.
    tap.execute(MERGE, two, ours.customer)
    tap.results_eq(MERGED, [(4, True)], whole, ours.id, two)


def test_a_customer_shows_what_happened_to_those_merged_into_it(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    source, other = new_customers(tap, ours, "Source", "Other")
    for day, customer in enumerate((ours.customer, source, other, source)):
        tap.execute(ADD, ours.id, customer, f"Day {day}", START + timedelta(days=day))
    with tap.acting_as(ours.viewer):
        tap.results_eq(NOTES, [("Day 0", ours.customer)], ours.customer)
    tap.execute(MERGE, ours.customer, source)
    with tap.acting_as(ours.viewer):
        expected = [("Day 3", source), ("Day 1", source), ("Day 0", ours.customer)]
        tap.results_eq(NOTES, expected, ours.customer)
        tap.results_eq(NOTES, expected[:2], source)
        narrowed = NOTES.replace("'{note}'", "'{note}', since => %s, until => %s, query => 'day'")
        since, until = START + timedelta(days=1), START + timedelta(days=3)
        tap.results_eq(narrowed, [("Day 1", source)], ours.customer, since, until)


def test_a_change_of_a_tiers_discount_shows_with_the_customers_that_had_the_tier_then(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")

    def set_discount(tier: UUID, percentage: float) -> None:
        with tap.acting_as(ours.admin):
            tap.affects(SET_DISCOUNT, 1, percentage, ours.id, tier)

    with tap.acting_as(ours.viewer):  # what a tier is made with is no change
        tap.is_empty(DISCOUNTS, ours.customer)
    set_discount(ours.gold, 12)
    set_discount(ours.basic, 2.5)
    tap.execute(SET_TIER, ours.gold, ours.customer)
    set_discount(ours.basic, 3)
    set_discount(ours.gold, 15)
    tap.execute(SET_TIER, None, ours.customer)
    set_discount(ours.gold, 10)
    with tap.acting_as(ours.viewer):
        gold, basic = "Discount of Gold changed from 12 to 15", "Discount of Basic changed from 0"
        tap.results_eq(DISCOUNTS, [(gold,), (f"{basic} to 2.5",)], ours.customer)


def test_a_change_of_a_discount_looks_like_any_other_activity(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.admin):
        tap.execute(SET_DISCOUNT, 5, ours.id, ours.basic)
    ((id_, started_at),) = tap.rows(
        """
        select id, started_at from public.tier_discounts
        where tier_id = %s and discount_percentage = 5
        """,
        ours.basic,
    )
    row = DISCOUNTS.replace(
        "title",
        "organization_id, id, customer_id, type, description, metadata, related_type, related_id,"
        " occurred_at, created_by, created_at",
        1,
    )
    changes = {"discount_percentage": {"from": 0, "to": 5}}
    metadata = {"tier_id": str(ours.basic), "changes": changes}
    about = (ours.id, id_, ours.customer, "tier_discount_changed", None, metadata)
    expected = (*about, "tier", ours.basic, started_at, ours.admin, started_at)
    with tap.acting_as(ours.viewer):
        tap.results_eq(row, [expected], ours.customer)


@pytest.mark.parametrize(
    ("narrow", "shown"),
    [
        ("types => '{note}'", False),
        ("types => '{note,tier_discount_changed}'", True),
        ("types => '{}'", True),
        ("query => 'discount basic'", True),
        ("query => 'discount gold'", False),
        ("since => now() - interval '1 hour'", True),
        ("since => now() + interval '1 hour'", False),
        ("until => now() - interval '1 hour'", False),
        ("until => now() + interval '1 hour'", True),
    ],
)
def test_whatever_narrows_a_timeline_narrows_changes_of_discounts_too(
    tap: Tap, make_org: MakeOrg, narrow: str, shown: bool
) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.admin):
        tap.execute(SET_DISCOUNT, 5, ours.id, ours.basic)
        found = tap.rows(f"select type from public.customer_timeline(%s, {narrow})", ours.customer)
    assert (("tier_discount_changed",) in found) == shown


def test_two_merged_customers_of_one_tier_show_a_change_of_it_once(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    (source,) = new_customers(tap, ours, "Source")
    with tap.acting_as(ours.admin):
        tap.execute(SET_DISCOUNT, 5, ours.id, ours.basic)
    tap.execute(MERGE, ours.customer, source)
    with tap.acting_as(ours.viewer):
        tap.results_eq(DISCOUNTS, [("Discount of Basic changed from 0 to 5",)], ours.customer)


def test_a_walk_neither_skips_nor_repeats_over_all_that_a_timeline_is_made_of(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    (source,) = new_customers(tap, ours, "Source")
    with tap.acting_as(ours.admin):
        for percentage in (5, 4, 3):
            tap.execute(SET_DISCOUNT, percentage, ours.id, ours.basic)
    # Several rows of one instant, in each of the places that rows come from.
    for (instant,) in tap.rows(
        "select started_at from public.tier_discounts where tier_id = %s", ours.basic
    ):
        for customer in (ours.customer, source, source):
            tap.execute(ADD, ours.id, customer, "Then", instant)
    for year in (2001, 2002):
        for customer in (ours.customer, source):
            tap.execute(ADD, ours.id, customer, "Old", datetime(year, 5, 5, tzinfo=UTC))
    assert tap.value("select private.drain_activities()") is True
    tap.execute(MERGE, ours.customer, source)

    with tap.acting_as(ours.viewer):
        whole = tap.rows(WHOLE, ours.customer)
        assert whole == sorted(whole, reverse=True)
        assert len(whole) == len({id_ for _, id_ in whole}) > 20
        for size in (1, 2, 3, 7):
            assert walk(tap, ours.customer, size) == whole
        live = tap.rows(WHOLE.replace("include_archived => true,", ""), ours.customer)
        assert len(live) == len(whole) - 4


@pytest.mark.parametrize(
    ("narrow", "count"),
    [
        ("types => array['note', null]", 1),
        ("types => array[null]::text[]", 0),
        ("types => '{{note,call},{email,x}}'", 1),
        ("types => '{note,note}'", 1),
        ("types => '{note}', since => '2026-03-02', until => '2026-03-01'", 0),
        ("types => '{note}', since => '2026-03-01', until => '2026-03-01'", 0),
        ("types => '{note}', since => '-infinity', until => 'infinity'", 1),
        ("types => '{note}', since => 'infinity', until => '-infinity'", 0),
        ("types => '{note}', query => null, cursor => null, since => null, until => null", 1),
        ("types => '{note}', include_archived => null", 1),
    ],
)
def test_odd_arguments_have_a_sensible_answer(
    tap: Tap, make_org: MakeOrg, narrow: str, count: int
) -> None:
    ours = make_org("Acme")
    tap.execute(ADD, ours.id, ours.customer, "Noted", START)
    with tap.acting_as(ours.viewer):
        rows = tap.rows(f"select id from public.customer_timeline(%s, {narrow})", ours.customer)
    assert len(rows) == count
