"""Tiers in an import: new customers start with one, another one for old customers is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from organizations import Organization
from staging import UNDO, Row, customers, imported, new_import, person, slugs, staged
from tap import Tap

MakeOrg = Callable[[str], Organization]

POLICY = "update public.organizations set settings = %s where id = %s"
TIER = (
    "select t.name from public.customers as c join public.customer_tiers as t on t.id = c.tier_id"
)
TIER += " where c.id = %s"
TIER_OF_NEW = TIER.replace("c.id = %s", "c.organization_id = %s and c.company_name = 'New'")
NOTES = "select notes from public.customers where id = %s"
REQUESTS = """
select status, direction, reason, requested_by from public.tier_change_requests
where customer_id = %s order by requested_at
"""
ASK = "select id from public.request_tier_change(%s, %s)"
APPROVE = "select status from public.approve_tier_change(%s)"
CANCEL = "select status from public.cancel_tier_change(%s)"
ASK_AHEAD = "select id from public.request_tier_change(%s, %s, 'up', now() + interval '1 day')"
LET_IT_COME = """
with due as (
    update public.tier_change_requests set effective_at = clock_timestamp() where id = %s
    returning id
)
update public.customer_tier_periods as p set started_at = clock_timestamp()
from due where p.request_id = due.id
"""
SILVER = """
insert into public.customer_tiers (organization_id, name, level) values (%s, 'Silver', 5)
"""
IMMEDIATE = {"tier_policy": {"upgrade": "immediate", "downgrade": "immediate"}}
UPGRADE_ONLY = {"tier_policy": {"upgrade": "immediate"}}
PENDING = "tier_change_pending"


def wants(tier: str, **values: Any) -> Row:
    """A row that gives the organization's customer a tier."""
    return staged(company_name="Acme Customer", tier=tier, **values)


def counts(applied: int = 0, pending: int = 0, refused: int = 0) -> Row:
    """What a report counts of changes of tier."""
    return {"applied": applied, "pending": pending, "refused": refused}


POLICIES: list[tuple[Row, str, str, Row, str]] = [
    (IMMEDIATE, "basic", "Gold", counts(applied=1), "Gold"),
    (IMMEDIATE, "gold", "Basic", counts(applied=1), "Basic"),
    (UPGRADE_ONLY, "gold", "Basic", counts(pending=1), "Gold"),
    ({}, "basic", "gold", counts(pending=1), "Basic"),
]


@pytest.mark.parametrize(("policy", "has", "wanted", "expected", "ends_with"), POLICIES)
def test_another_tier_is_asked_for_and_the_plan_says_what_will_come_of_it(
    tap: Tap,
    make_org: MakeOrg,
    policy: Row,
    has: str,
    wanted: str,
    expected: Row,
    ends_with: str,
) -> None:
    ours = make_org("Acme")
    if has == "gold":
        tap.execute(POLICY, IMMEDIATE, ours.id)
        with tap.acting_as(ours.member):
            tap.rows(ASK, ours.customer, ours.gold)
    tap.execute(POLICY, policy, ours.id)
    before = tap.rows(REQUESTS, ours.customer)
    made = new_import(tap, ours, wants(wanted))

    planned = made.validate()
    assert tap.rows(REQUESTS, ours.customer) == before
    done = made.commit()

    for report in (planned, done):
        assert (report["errors"], report["warnings"]) == ([], [])
        assert report["tier_changes"] == expected
        assert report["customers"] == customers(unchanged=1)
    assert tap.value(TIER, ours.customer) == ends_with
    [(status, direction, reason, asker)] = tap.rows(REQUESTS, ours.customer)[len(before) :]
    assert status == ("applied" if expected["applied"] else "pending")
    assert direction == ("downgrade" if wanted == "Basic" else "upgrade")
    assert (reason, asker) == ("Import of a.csv", ours.manager)


def test_whoever_is_added_starts_with_a_tier_and_nothing_is_asked(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    rows = [staged(company_name="New", tier="gold"), staged(company_name="Other")]
    report = imported(tap, ours, *rows)
    assert report["customers"] == customers(created=2)
    assert "tier_changes" not in report
    assert tap.value(TIER_OF_NEW, ours.id) == "Gold"
    tap.is_empty("select id from public.tier_change_requests where organization_id = %s", ours.id)


def test_a_tier_that_a_customer_has_is_no_change(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    report = imported(tap, ours, wants("Basic"))
    assert report["customers"] == customers(unchanged=1)
    assert "tier_changes" not in report
    tap.is_empty(REQUESTS, ours.customer)


def test_a_tier_that_is_not_there_refuses_the_row(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    report = imported(tap, ours, wants("Goldd", notes="new"))
    assert slugs(report["errors"]) == [(1, "tier_not_found")]
    assert "tier_changes" not in report
    assert tap.value(NOTES, ours.customer) is None


def test_an_open_request_goes_before_the_files_tier_and_all_else_goes_in(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        tap.rows(ASK, ours.customer, ours.gold)
    before = tap.rows(REQUESTS, ours.customer)
    made = new_import(tap, ours, wants("Gold", notes="new"))
    for report in (made.validate(), made.commit()):
        assert report["errors"] == []
        assert slugs(report["warnings"]) == [(1, PENDING)]
        assert report["tier_changes"] == counts(refused=1)
        assert report["customers"] == customers(updated=1)
    assert tap.value(NOTES, ours.customer) == "new"
    assert tap.rows(REQUESTS, ours.customer) == before


def test_a_request_of_somebody_since_the_plan_is_told_of(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    made = new_import(tap, ours, wants("Gold"))
    assert made.validate()["tier_changes"] == counts(pending=1)
    with tap.acting_as(ours.member):
        tap.rows(ASK, ours.customer, ours.gold)

    report = made.commit()

    assert report["tier_changes"] == counts(refused=1)
    assert slugs(report["warnings"]) == [(1, PENDING)]
    assert len(tap.rows(REQUESTS, ours.customer)) == 1


def test_a_request_that_was_withdrawn_since_the_plan_is_no_warning(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        request = tap.value(ASK, ours.customer, ours.gold)
    made = new_import(tap, ours, wants("Gold"))
    assert made.validate()["tier_changes"] == counts(refused=1)
    with tap.acting_as(ours.member):
        tap.value(CANCEL, request)

    report = made.commit()

    assert report["tier_changes"] == counts(pending=1)
    assert report["warnings"] == []


DUE = [("Gold", None, ["applied"]), ("Silver", counts(pending=1), ["applied", "pending"])]


@pytest.mark.parametrize(("tier", "expected", "requests"), DUE)
def test_a_request_that_is_due_is_carried_out_before(
    tap: Tap, make_org: MakeOrg, tier: str, expected: Row | None, requests: list[str]
) -> None:
    ours = make_org("Acme")
    tap.execute("update public.customer_tiers set level = 9 where id = %s", ours.basic)
    tap.execute(SILVER, ours.id)
    due_request(tap, ours)
    # From Basic it would be an upgrade, from Gold it is none.
    tap.execute(POLICY, UPGRADE_ONLY, ours.id)
    made = new_import(tap, ours, wants(tier))
    for report in (made.validate(), made.commit()):
        assert (report["errors"], report["warnings"]) == ([], [])
        assert report.get("tier_changes") == expected
    with tap.acting_as_service():
        tap.value("select public.apply_due_tier_changes()")
    assert [row[0] for row in tap.rows(REQUESTS, ours.customer)] == requests
    assert tap.value(TIER, ours.customer) == "Gold"


def due_request(tap: Tap, ours: Organization) -> None:
    """A request for Gold whose day has come, and which nobody has applied yet."""
    with tap.acting_as(ours.member):
        request = tap.value(ASK_AHEAD, ours.customer, ours.gold)
    with tap.acting_as(ours.manager):
        assert tap.value(APPROVE, request) == "approved"
    tap.execute(LET_IT_COME, request)


def test_the_first_row_of_a_customer_gives_its_tier(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    tap.execute(POLICY, IMMEDIATE, ours.id)
    more = staged(person("b@acme.example"), company_name="Acme Customer", tier="Basic")
    report = imported(tap, ours, wants("Gold"), more)
    assert report["tier_changes"] == counts(applied=1)
    assert slugs(report["warnings"]) == [(2, "values_ignored")]
    assert tap.value(TIER, ours.customer) == "Gold"


def test_undoing_leaves_a_tier_as_it_is(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    tap.execute(POLICY, IMMEDIATE, ours.id)
    made = new_import(tap, ours, wants("Gold", notes="new"))
    made.validate()
    made.commit()

    made.finish(UNDO, "undone")

    assert tap.value(TIER, ours.customer) == "Gold"
    assert made.report()["tier_changes"] == counts(applied=1)
