"""What a change would mean, and what is shown, goes by the tier in force."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from organizations import Organization
from tap import Tap

MakeOrg = Callable[[str], Organization]
OVERVIEW = "select public.customer_overview(%s)"
IMPACT = "select public.preview_tier_discount(%s, 5)"
ORDER = """
insert into public.orders (organization_id, customer_id, number, currency, list_amount, total)
values (%s, %s, 'A-1', 'USD', 100, 90)
"""
POLICY = "update public.organizations set settings = %s where id = %s"
# Nobody has run maintenance since its date came.
LET_IT_COME = """
with due as (
    update public.tier_change_requests set effective_at = clock_timestamp()
    where customer_id = %s and status = 'approved' returning id
)
update public.customer_tier_periods as p set started_at = clock_timestamp()
from due where p.request_id = due.id
"""


def impact(tap: Tap, ours: Organization, tier: str) -> tuple[Any, Any]:
    with tap.acting_as(ours.viewer):
        found = tap.value(IMPACT, getattr(ours, tier))
    return found["customers"], [row["count"] for row in found["open_orders"]]


def test_a_change_whose_date_has_come_shows_before_it_is_carried_out(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    tap.execute(POLICY, {"tier_policy": {"upgrade": "immediate"}}, ours.id)
    tap.execute(ORDER, ours.id, ours.customer)
    with tap.acting_as(ours.member):
        tap.execute(
            "select public.request_tier_change(%s, %s, null, now() + interval '1 day')",
            ours.customer,
            ours.gold,
        )
        assert tap.value(OVERVIEW, ours.customer)["tier"]["name"] == "Basic"
    assert (impact(tap, ours, "basic"), impact(tap, ours, "gold")) == ((1, [1]), (0, []))

    tap.execute(LET_IT_COME, ours.customer)

    with tap.acting_as(ours.viewer):
        shown = tap.value(OVERVIEW, ours.customer)
        tap.results_eq(
            "select tier_name from public.search_customers(organization_id => %s)",
            [("Basic",)],
            ours.id,
        )
    assert (shown["tier"]["name"], shown["customer"]["tier_id"]) == ("Gold", str(ours.basic))
    assert (impact(tap, ours, "basic"), impact(tap, ours, "gold")) == ((0, []), (1, [1]))
    with tap.acting_as_service():
        tap.execute("select public.apply_due_tier_changes()")
    assert (impact(tap, ours, "basic"), impact(tap, ours, "gold")) == ((0, []), (1, [1]))


@pytest.mark.parametrize("slug", ["customer_merged", "customer_erased"])
def test_nothing_is_foreseen_for_who_was_merged_or_erased(
    tap: Tap, make_org: MakeOrg, slug: str
) -> None:
    ours = make_org("Acme")
    preview = "select public.preview_tier_change(%s, %s)"
    evaluate = "select public.evaluate_customer_tier(%s)"
    with tap.acting_as(ours.owner):
        tap.execute(preview, ours.customer, ours.gold)
        tap.execute(evaluate, ours.customer)
        if slug == "customer_erased":
            tap.execute("select public.erase_customer(%s)", ours.customer)
        else:
            other = {"organization_id": str(ours.id), "company_name": "Other"}
            target = tap.value("select id from public.create_customer(%s)", other)
            merge = "select public.merge_customers(%s, array[%s])"
            tap.execute(merge, target, ours.customer)
        tap.throws("PT409", slug, preview, ours.customer, ours.gold)
        tap.throws("PT409", slug, evaluate, ours.customer)
