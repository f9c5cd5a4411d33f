"""Changes of tier: asked for, decided by somebody else, carried out on a date."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from organizations import Organization
from races import committed_organization, overlapping
from tap import Tap
from ts_customers.stack import StackStatus

MakeOrg = Callable[[str], Organization]
ASK = "select id, status, direction from public.request_tier_change(%s, %s)"
ASK_AHEAD = (
    "select id from public.request_tier_change(%s, %s, 'They grew', now() + interval '1 day')"
)
APPROVE = "select status from public.approve_tier_change(%s, 'Well earned')"
REJECT = "select status from public.reject_tier_change(%s)"
CANCEL = "select status from public.cancel_tier_change(%s)"
TIER = "select tier_id from public.customers where id = %s"
HISTORY = """
select type from public.customer_activities
where customer_id = %s and type like 'tier%%' order by created_at
"""
LET_IT_COME = """
update public.tier_change_requests set effective_at = clock_timestamp() where id = %s
"""
LET_IT_BEGIN = """
update public.customer_tier_periods set started_at = clock_timestamp()
where request_id = %s
"""
POLICY = "update public.organizations set settings = %s where id = %s"


def ask(tap: Tap, org: Organization, who: UUID, sql: str = ASK) -> Any:
    with tap.acting_as(who):
        return tap.rows(sql, org.customer, org.gold)[0][0]


def test_a_change_waits_for_somebody_else_to_approve_it(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    with tap.acting_as(ours.manager):
        [(request, status, direction)] = tap.rows(ASK, ours.customer, ours.gold)
        assert (status, direction) == ("pending", "upgrade")
        tap.throws("42501", "own_request", APPROVE, request)
        tap.throws("42501", "own_request", REJECT, request)
    with tap.acting_as(ours.member):
        tap.throws("42501", "role_required", APPROVE, request)
    assert tap.value(TIER, ours.customer) == ours.basic
    with tap.acting_as(ours.admin):
        assert tap.value(APPROVE, request) == "applied"
        tap.throws("PT409", "tier_change_closed", REJECT, request)
    assert tap.value(TIER, ours.customer) == ours.gold
    tap.results_eq(HISTORY, [("tier_change_requested",), ("tier_changed",)], ours.customer)
    assert tap.value(
        "select title || related_id::text from public.customer_activities "
        "where customer_id = %s and type = 'tier_changed'",
        ours.customer,
    ) == "Tier changed from Basic to Gold" + str(request)


def test_who_may_approve_their_own_where_the_policy_says_so(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    tap.execute(POLICY, {"tier_policy": {"allow_self_approval": True}}, ours.id)
    request = ask(tap, ours, ours.manager)
    with tap.acting_as(ours.manager):
        assert tap.value(APPROVE, request) == "applied"


def test_what_needs_no_approval_is_applied_and_recorded_once(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    tap.execute(POLICY, {"tier_policy": {"upgrade": "immediate"}}, ours.id)
    with tap.acting_as(ours.member):
        [(_, status, _)] = tap.rows(ASK, ours.customer, ours.gold)
        [(_, back, direction)] = tap.rows(ASK, ours.customer, ours.basic)
    assert status == "applied"
    assert (back, direction) == ("pending", "downgrade")
    tap.results_eq(HISTORY, [("tier_changed",), ("tier_change_requested",)], ours.customer)


def test_what_needs_no_approval_is_decided_now_for_a_later_date(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("acme")
    tap.execute(POLICY, {"tier_policy": {"upgrade": "immediate"}}, ours.id)
    request = ask(tap, ours, ours.member, ASK_AHEAD)
    assert tap.value(
        "select status = 'approved' and decided_at = requested_at and decided_at < effective_at "
        "from public.tier_change_requests where id = %s",
        request,
    )
    tap.results_eq(HISTORY, [("tier_change_approved",)], ours.customer)


def test_an_open_request_is_told_before_anything_about_the_tier(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours, theirs = make_org("acme"), make_org("rival")
    with tap.acting_as(ours.member):
        tap.throws("PT404", "tier_not_found", ASK, ours.customer, theirs.gold)
        tap.throws("PT409", "tier_unchanged", ASK, ours.customer, ours.basic)
        tap.rows(ASK, ours.customer, ours.gold)
        for tier in (ours.gold, ours.basic, theirs.gold):
            tap.throws("PT409", "tier_change_pending", ASK, ours.customer, tier)


def test_a_change_of_a_later_date_prices_from_then_on(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    request = ask(tap, ours, ours.member, ASK_AHEAD)
    with tap.acting_as(ours.manager):
        assert tap.value(APPROVE, request) == "approved"
    at = "select private.tier_at(%s, %s, now() + %s::interval)"
    assert tap.value(at, ours.id, ours.customer, "23 hours") == ours.basic
    assert tap.value(at, ours.id, ours.customer, "25 hours") == ours.gold
    assert tap.value("select private.apply_due_tier_changes()") == 0

    tap.execute(LET_IT_COME, request)
    tap.execute(LET_IT_BEGIN, request)
    assert tap.value(at, ours.id, ours.customer, "1 hour") == ours.gold
    assert tap.value(TIER, ours.customer) == ours.basic
    with tap.acting_as_service():
        assert tap.value("select public.apply_due_tier_changes()") == 1
    assert tap.value(TIER, ours.customer) == ours.gold
    with tap.acting_as(ours.manager):
        tap.throws("PT409", "tier_change_closed", CANCEL, request)
    types = [("tier_change_requested",), ("tier_change_approved",), ("tier_changed",)]
    tap.results_eq(HISTORY, types, ours.customer)


def test_a_change_that_is_ahead_can_be_withdrawn(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    request = ask(tap, ours, ours.member, ASK_AHEAD)
    with tap.acting_as(ours.manager):
        tap.execute(APPROVE, request)
    with tap.acting_as(ours.member):
        assert tap.value(CANCEL, request) == "cancelled"
        kinds = tap.rows("select kind, tier_id from public.pricing_changes_since()")
    assert kinds == [("tier", ours.basic), ("tier", ours.gold), ("tier_cancelled", ours.gold)]
    tap.is_empty("select from public.customer_tier_periods where request_id = %s", request)


def test_a_late_approval_prices_from_the_approval(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    request = ask(tap, ours, ours.member, ASK_AHEAD)
    tap.execute(LET_IT_COME, request)
    with tap.acting_as(ours.manager):
        assert tap.value(APPROVE, request) == "applied"
    assert tap.value(
        "select effective_at = decided_at from public.tier_change_requests where id = %s", request
    )


def test_a_tier_that_is_or_was_in_use_cannot_be_deleted(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    remove = "delete from public.customer_tiers where id = %s"
    with tap.acting_as(ours.admin):
        tap.throws("23503", None, remove, ours.basic)
        with tap.undone():
            tap.affects(remove, 1, ours.gold)
    ask(tap, ours, ours.member)
    with tap.acting_as(ours.admin):
        tap.throws("23503", None, remove, ours.gold)
    tap.affects("delete from public.organizations where id = %s", 1, ours.id)


@pytest.mark.parametrize("second", [ASK, APPROVE, CANCEL])
def test_of_two_at_once_the_second_sees_what_the_first_did(stack: StackStatus, second: str) -> None:
    with committed_organization(stack, "acme") as ours:
        request: list[UUID] = []

        def first(tap: Tap) -> None:
            if second == ASK:
                ask(tap, ours, ours.member)
            else:
                tap.become("authenticated", ours.admin)
                tap.execute(REJECT, request[0])

        def then(tap: Tap) -> None:
            tap.become("authenticated", ours.manager)
            tap.execute(second, *((ours.customer, ours.gold) if second == ASK else request))

        if second != ASK:
            overlapping(stack, lambda tap: request.append(ask(tap, ours, ours.member)), Tap.__str__)
        error = overlapping(stack, first, then)
        assert error is not None
        expected = "tier_change_pending" if second == ASK else "tier_change_closed"
        assert error.diag.message_detail == expected
