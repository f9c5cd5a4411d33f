"""Changing many customers in one call: an outcome and an activity each, and none stops another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from organizations import Organization
from tap import Tap

MakeOrg = Callable[[str], Organization]
BULK = "select public.bulk_update_customers(%s, %s)"
NEW = "select id from public.create_customer(%s)"
TYPES = """
select type from public.customer_activities
where customer_id = %s and type not in ('customer_created', 'contact_added') order by created_at
"""
OPEN_ORDER = """
insert into public.orders (organization_id, customer_id, number, currency, list_amount, total)
values (%s, %s, 'A-1', 'USD', 1, 1)
"""
IMMEDIATE = {"tier_policy": {"upgrade": "immediate"}}
CHANGES = {"customer_type": "vip", "add_tags": ["b", "a"], "settings": {"locale": "de-CH"}}


def another(tap: Tap, org: Organization) -> UUID:
    with tap.acting_as(org.member):
        customer: UUID = tap.value(NEW, {"organization_id": str(org.id), "company_name": "More"})
    return customer


def outcomes(tap: Tap, ids: list[UUID], changes: dict[str, Any], key: str = "outcome") -> list[Any]:
    return [row.get(key) for row in tap.value(BULK, ids, changes)]


def test_every_customer_is_changed_once_and_says_so_once(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    ids = [ours.customer, another(tap, ours)]
    with tap.acting_as(ours.manager):
        assert outcomes(tap, ids, CHANGES) == ["updated", "updated"]
        assert outcomes(tap, ids, CHANGES) == ["unchanged", "unchanged"]
        assert outcomes(tap, [*ids, ids[0]], {"remove_tags": ["a"]}) == ["updated", "updated"]
    for customer in ids:
        tap.results_eq(
            "select customer_type, tags, settings from public.customers where id = %s",
            [("vip", ["b"], {"locale": "de-CH"})],
            customer,
        )
        tap.results_eq(TYPES, [("customer_updated",)] * 2, customer)


def test_one_that_is_refused_stops_no_other(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("acme"), make_org("rival")
    busy, unknown = another(tap, ours), uuid4()
    tap.execute(OPEN_ORDER, ours.id, busy)
    ids = [busy, ours.customer, theirs.customer, unknown]
    with tap.acting_as(ours.manager):
        rows = tap.value(BULK, ids, {"status": "inactive"})
    assert [row.get("slug") for row in rows] == [
        "open_orders",
        None,
        "customer_not_found",
        "customer_not_found",
    ]
    assert [row["customer_id"] for row in rows] == [str(customer) for customer in ids]
    assert tap.value("select status from public.customers where id = %s", busy) == "active"
    tap.results_eq(TYPES, [("status_changed",)], ours.customer)


def test_a_tier_becomes_a_request_like_any_other(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    asked, gold = another(tap, ours), {"tier_id": str(ours.gold)}
    with tap.acting_as(ours.manager):
        assert outcomes(tap, [asked], gold, "tier_change") == ["pending"]
    tap.execute("update public.organizations set settings = %s where id = %s", IMMEDIATE, ours.id)
    with tap.acting_as(ours.manager):
        rows = tap.value(BULK, [asked, ours.customer], gold | {"add_tags": ["vip"]})
        told = [(row["outcome"], row["tier_change"], row.get("tier_slug")) for row in rows]
        assert told == [
            ("updated", "refused", "tier_change_pending"),
            ("updated", "applied", None),
        ]
        assert outcomes(tap, [ours.customer], gold, "tier_change") == ["unchanged"]
    tap.results_eq(TYPES, [("tier_changed",), ("customer_updated",)], ours.customer)
    assert tap.value("select tier_id from public.customers where id = %s", ours.customer) == (
        ours.gold
    )


def test_a_tier_that_changes_with_the_status_is_told_for_itself(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("acme")
    tap.execute("update public.organizations set settings = %s where id = %s", IMMEDIATE, ours.id)
    with tap.acting_as(ours.manager):
        [row] = tap.value(BULK, [ours.customer], {"status": "suspended", "tier_id": str(ours.gold)})
        assert (row["outcome"], row["tier_change"]) == ("updated", "applied")
        found = tap.rows(
            "select type, metadata -> 'changes', related_id::text "
            "from public.customer_timeline(%s, types => %s)",
            ours.customer,
            ["tier_changed", "status_changed"],
        )
        [again] = tap.value(BULK, [ours.customer], {"tier_id": str(ours.basic)})
    status = {"status": {"from": "active", "to": "suspended"}}
    tier = {"tier_id": {"from": str(ours.basic), "to": str(ours.gold)}}
    assert found == [
        ("status_changed", status, None),
        ("tier_changed", tier, row["request_id"]),
    ]
    # A tier alone that waits for approval changes nothing yet.
    assert (again["outcome"], again["tier_change"]) == ("unchanged", "pending")
    other = another(tap, ours)
    with tap.acting_as(ours.manager):
        [alone] = tap.value(BULK, [other], {"tier_id": str(ours.gold)})
    assert (alone["outcome"], alone["tier_change"]) == ("updated", "applied")


def test_an_open_request_is_told_before_a_tier_that_is_not_there(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours, theirs = make_org("acme"), make_org("rival")
    free = another(tap, ours)
    with tap.acting_as(ours.manager):
        tap.value(BULK, [ours.customer], {"tier_id": str(ours.gold)})
        for tier in (theirs.gold, uuid4()):
            changes = {"tier_id": str(tier), "customer_type": "vip"}
            rows = tap.value(BULK, [ours.customer, free], changes)
            told = [(row["tier_change"], row["tier_slug"]) for row in rows]
            assert told == [("refused", "tier_change_pending"), ("refused", "tier_not_found")]
    tap.results_eq("select customer_type from public.customers where id = %s", [("vip",)], free)


@pytest.mark.parametrize(
    ("changes", "slug"),
    [
        ({}, "changes_invalid"),
        ({"status": "gone"}, "changes_invalid"),
        ({"status": None}, "changes_invalid"),
        ({"tier_id": "gold"}, "changes_invalid"),
        ({"name": "x"}, "unknown_key"),
        ({"add_tags": "a"}, "tags_invalid"),
        ({"add_tags": [""]}, "tags_invalid"),
        ({"settings": []}, "settings_invalid"),
    ],
)
def test_changes_that_make_no_sense_are_refused(
    tap: Tap, make_org: MakeOrg, changes: dict[str, Any], slug: str
) -> None:
    ours = make_org("acme")
    with tap.acting_as(ours.manager):
        tap.throws("PT422", slug, BULK, [ours.customer], changes)
        tap.throws("PT422", "customer_ids_invalid", BULK, [uuid4()] * 10_001, CHANGES)
        assert outcomes(tap, [ours.customer], CHANGES) == ["updated"]
