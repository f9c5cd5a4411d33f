"""What the timeline tells of a change of tier: which one, why, and what was said of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from organizations import Organization
from tap import Tap

MakeOrg = Callable[[str], Organization]
ASK = "select id from public.request_tier_change(%s, %s, %s, now() + %s::interval)"
POLICY = "update public.organizations set settings = %s where id = %s"
TOLD = """
select description, metadata from public.customer_activities
where customer_id = %s and type = %s
"""


def ask(tap: Tap, org: Organization, reason: str | None, after: str = "0") -> UUID:
    with tap.acting_as(org.member):
        request: UUID = tap.value(ASK, org.customer, org.gold, reason, after)
    return request


def decide(tap: Tap, org: Organization, function: str, *params: Any) -> None:
    marks = ", ".join(["%s"] * len(params))
    with tap.acting_as(org.manager):
        tap.execute(f"select public.{function}({marks})", *params)


def words(metadata: dict[str, Any]) -> dict[str, Any]:
    return {key: metadata[key] for key in ("reason", "note") if key in metadata}


@pytest.mark.parametrize(
    ("reason", "note", "told"),
    [
        ("They grew", "Well earned", "Well earned"),
        ("They grew", None, "They grew"),
        (None, "Well earned", "Well earned"),
        (None, None, None),
    ],
)
def test_a_change_tells_why_it_was_asked_for_and_what_was_decided(
    tap: Tap, make_org: MakeOrg, reason: str | None, note: str | None, told: str | None
) -> None:
    ours = make_org("acme")
    request = ask(tap, ours, reason)
    decide(tap, ours, "approve_tier_change", request, note)

    [(description, metadata)] = tap.rows(TOLD, ours.customer, "tier_changed")

    assert description == told
    said = {"reason": reason, "note": note}
    assert words(metadata) == {key: value for key, value in said.items() if value}


def test_a_change_without_approval_for_a_later_date_tells_its_reason(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("acme")
    tap.execute(POLICY, {"tier_policy": {"upgrade": "immediate"}}, ours.id)
    ask(tap, ours, "They grew", "1 day")

    [(description, metadata)] = tap.rows(TOLD, ours.customer, "tier_change_approved")

    assert (description, words(metadata)) == ("They grew", {"reason": "They grew"})


@pytest.mark.parametrize(
    ("function", "note", "kind"),
    [
        ("approve_tier_change", ["Well earned"], "approved"),
        ("reject_tier_change", ["Not yet"], "rejected"),
        ("cancel_tier_change", [], "cancelled"),
    ],
)
def test_every_step_of_a_request_names_the_tiers(
    tap: Tap, make_org: MakeOrg, function: str, note: list[str], kind: str
) -> None:
    ours = make_org("acme")
    request = ask(tap, ours, "They grew", "1 day")
    decide(tap, ours, function, request, *note)

    steps = [
        tap.rows(TOLD, ours.customer, f"tier_change_{step}")[0] for step in ("requested", kind)
    ]

    changes = {"tier_id": {"from": str(ours.basic), "to": str(ours.gold)}}
    assert [metadata["changes"] for _, metadata in steps] == [changes, changes]
    assert [description for description, _ in steps] == ["They grew", note[0] if note else None]
    assert words(steps[1][1]) == {"reason": "They grew"} | ({"note": note[0]} if note else {})


def test_erasing_leaves_the_tiers_and_nothing_that_was_said(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    decide(tap, ours, "approve_tier_change", ask(tap, ours, "Ann asked"), "For Ann")
    with tap.acting_as(ours.owner):
        tap.execute("select public.erase_customer(%s)", ours.customer)
    for kind in ("tier_change_requested", "tier_changed"):
        [(description, metadata)] = tap.rows(TOLD, ours.customer, kind)
        assert (description, words(metadata)) == (None, {})
        assert metadata["changes"]["tier_id"]["to"] == str(ours.gold)
