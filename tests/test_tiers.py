"""Pricing tiers: what one looks like, which one is the default, and who may change them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from organizations import ROLES, Organization
from tap import Tap

MakeOrg = Callable[[str], Organization]

ADD = "insert into public.customer_tiers (organization_id, name, level) values (%s, %s, %s)"
SET = "update public.customer_tiers set {} = %s where id = %s"
DELETE = "delete from public.customer_tiers where id = %s"
ADD_CUSTOMER = """
insert into public.customers (organization_id, company_name) values (%s, 'New') returning tier_id
"""
LAST_RECORD = """
select type, metadata, created_by from public.organization_activities
where organization_id = %s order by created_at desc, id desc limit 1
"""


@pytest.mark.parametrize("role", ROLES)
def test_only_admins_add_change_and_delete_tiers(tap: Tap, make_org: MakeOrg, role: str) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.login(role)):
        tap.results_eq(
            "select name from public.customer_tiers where organization_id = %s order by level",
            [("Gold",), ("Basic",)],
            ours.id,
        )
        if role in {"admin", "owner"}:
            tap.affects(ADD, 1, ours.id, "Silver", 3)
            tap.affects(SET.format("discount_percentage"), 1, 15, ours.gold)
            tap.affects(DELETE, 1, ours.gold)
        else:
            tap.throws("42501", None, ADD, ours.id, "Silver", 3)
            tap.affects(SET.format("discount_percentage"), 0, 15, ours.gold)
            tap.affects(DELETE, 0, ours.gold)


def test_a_new_tier_gives_nothing_away(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.admin):
        tap.execute(ADD, ours.id, "Silver", 3)
        tap.results_eq(
            """
            select discount_percentage, benefits, requirements, color, is_default
            from public.customer_tiers where organization_id = %s and name = 'Silver'
            """,
            [(0, {}, {}, "#808080", False)],
            ours.id,
        )


def test_names_are_unique_in_an_organization_whatever_their_case(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    with tap.acting_as(ours.admin):
        error = tap.throws("23505", None, ADD, ours.id, "gOLD", 3)
        assert error.diag.message_detail is None
        tap.throws("23505", None, SET.format("name"), "BASIC", ours.gold)
        tap.affects(ADD, 1, ours.id, "Only ours", 3)
    with tap.acting_as(theirs.admin):
        tap.affects(ADD, 1, theirs.id, "Only ours", 3)


def test_levels_are_unique_in_an_organization_and_start_at_one(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    with tap.acting_as(ours.admin):
        tap.throws("23505", None, ADD, ours.id, "Other", 1)
        tap.throws("23514", None, ADD, ours.id, "Other", 0)
        tap.throws("23514", None, ADD, ours.id, "Other", -1)
        tap.affects(ADD, 1, ours.id, "Other", 3)
    with tap.acting_as(theirs.admin):
        tap.affects(ADD, 1, theirs.id, "Other", 3)


def test_at_most_one_tier_is_the_default(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    make_default = SET.format("is_default")
    with tap.acting_as(ours.admin):
        tap.throws("23505", None, make_default, True, ours.gold)
        tap.affects(make_default, 1, False, ours.basic)
        tap.affects(make_default, 1, True, ours.gold)


def test_a_customer_added_without_a_tier_gets_the_default_one(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        assert tap.value(ADD_CUSTOMER, ours.id) == ours.basic
    with tap.acting_as(ours.admin):
        tap.execute(SET.format("is_default"), False, ours.basic)
        assert tap.value(ADD_CUSTOMER, ours.id) is None
    assert (
        tap.value("select tier_id from public.customers where id = %s", ours.customer) == ours.basic
    )


@pytest.mark.parametrize(
    ("column", "good", "bad"),
    [
        (
            "requirements",
            [
                {},
                {"min_annual_spend": 0},
                {"min_annual_spend": 1000.5, "min_orders": 3, "min_account_age_days": 90},
            ],
            [
                [],
                {"min_spend": 5},
                {"min_orders": -1},
                {"min_orders": "3"},
                {"min_orders": None},
                {"min_orders": [1]},
                {"min_account_age_days": True},
            ],
        ),
        ("benefits", [{}, {"support": "phone"}], [[], "text", 1]),
        (
            "color",
            ["#808080", "#FFaa00"],
            ["#gray", "gray", "#fff", "#1234567", "808080", "", "#80808g", "#808080\n"],
        ),
        ("discount_percentage", [0, 12.34, 100], [-0.01, 100.01]),
        ("name", ["Platin", "金"], ["", "   "]),
    ],
)
def test_values_of_a_tier_are_checked(
    tap: Tap,
    make_org: MakeOrg,
    subtests: pytest.Subtests,
    column: str,
    good: list[Any],
    bad: list[Any],
) -> None:
    ours = make_org("Acme")
    as_json = column in {"requirements", "benefits"}
    with tap.acting_as(ours.admin):
        for value in good:
            with subtests.test(good=value):
                given = tap.json(value) if as_json else value
                tap.affects(SET.format(column), 1, given, ours.gold)
        for value in bad:
            with subtests.test(bad=value):
                given = tap.json(value) if as_json else value
                tap.throws("23514", None, SET.format(column), given, ours.gold)


def test_a_tier_that_customers_have_cannot_be_deleted(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.admin):
        error = tap.throws("23503", None, DELETE, ours.basic)
        assert error.diag.constraint_name == "customers_tier_fkey"
        tap.affects(DELETE, 1, ours.gold)


def test_api_roles_neither_choose_nor_change_the_key_of_a_tier(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    add = """
    insert into public.customer_tiers (organization_id, id, name, level) values (%s, %s, 'A', 9)
    """
    with tap.acting_as(ours.owner):
        tap.throws("42501", None, add, ours.id, uuid4())
        tap.throws("42501", None, SET.format("id"), uuid4(), ours.gold)
    promote = "insert into public.organization_members values (%s, %s, 'owner')"
    tap.execute(promote, theirs.id, ours.owner)
    with tap.acting_as(ours.owner):
        move = SET.format("organization_id")
        tap.throws("42501", "immutable_key", move, theirs.id, ours.gold)
        tap.affects(move, 1, ours.id, ours.gold)
    with tap.acting_as_service():
        tap.throws("42501", "immutable_key", SET.format("id"), uuid4(), ours.gold)


def test_changes_of_tiers_are_recorded(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.admin):
        silver = tap.value(f"{ADD} returning id", ours.id, "Silver", 3)
        added = ("tier_added", {"tier_id": str(silver)}, ours.admin)
        tap.results_eq(LAST_RECORD, [added], ours.id)

        tap.execute(SET.format("discount_percentage"), 12.5, silver)
        changes = {"discount_percentage": {"from": 0.0, "to": 12.5}}
        updated = ("tier_updated", {"tier_id": str(silver), "changes": changes}, ours.admin)
        tap.results_eq(LAST_RECORD, [updated], ours.id)

        count = "select count(*) from public.organization_activities where organization_id = %s"
        before = tap.value(count, ours.id)
        tap.affects(SET.format("discount_percentage"), 1, 12.5, silver)
        assert tap.value(count, ours.id) == before

        tap.execute(DELETE, silver)
        removed = ("tier_removed", {"tier_id": str(silver)}, ours.admin)
        tap.results_eq(LAST_RECORD, [removed], ours.id)
