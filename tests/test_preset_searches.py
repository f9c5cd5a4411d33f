"""A preset holds what search_customers takes, and nothing that it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from organizations import Organization
from presets import add, insert, refused, values
from tap import Tap

MakeOrg = Callable[[str], Organization]

SEARCH = """
select c.company_name
from public.customer_filter_presets as p
cross join lateral public.search_customers(
    query => p.query, filters => p.filters, sort => p.sort, organization_id => p.organization_id
) as c
where p.id = %s
"""


def test_a_search_takes_a_preset_as_it_is(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    rows = "insert into public.customers (organization_id, company_name, tags, customer_type)"
    for name, kind in (("Zeta", "vip"), ("Beta", "partner"), ("Gamma", "standard")):
        tap.execute(f"{rows} values (%s, %s, '{{x}}', %s)", ours.id, name, kind)
    filters = {
        "customer_type": ["vip", "partner"],
        "tags": "x",
        "created_from": "2020-01-01",
        "revenue_max": 10,
        "portal_enabled": False,
        "parent_id": None,
    }
    preset = add(tap, ours, "manager", "X", filters=filters, sort="-name", shared=True)
    words = add(tap, ours, "member", "Y", query=" gam ", sort="created_at")
    with tap.acting_as(ours.viewer):
        tap.results_eq(SEARCH, [("Zeta",), ("Beta",)], preset)
    with tap.acting_as(ours.member):
        tap.results_eq(SEARCH, [("Gamma",)], words)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"filters": {"nope": 1}}, "unknown_key"),
    ({"filters": {"tier_id": "gold"}}, "filter_invalid"),
    ({"filters": {"revenue_min": "much"}}, "filter_invalid"),
    ({"filters": {"created_from": "soon"}}, "filter_invalid"),
    ({"filters": {"status": ["x"] * 10_001}}, "filter_invalid"),
    ({"sort": "size"}, "sort_invalid"),
    ({"sort": None}, "sort_invalid"),
    ({"query": "word " * 21}, "query_too_long"),
]


@pytest.mark.parametrize(("changes", "slug"), REFUSED)
def test_what_a_search_would_refuse_cannot_be_kept(
    tap: Tap, make_org: MakeOrg, changes: dict[str, Any], slug: str
) -> None:
    ours = make_org("Acme")
    given = values(ours, "X", **changes)
    search = "select * from public.search_customers(%s, %s, %s, organization_id => %s)"
    arguments = (given["query"], given["filters"], given["sort"], ours.id)
    with tap.acting_as(ours.member):
        tap.throws("PT422", slug, search, *arguments)
        refused(tap, "PT422", slug, given)
        preset = insert(tap, values(ours, "X"))
        (column,) = changes
        setting = f"update public.customer_filter_presets set {column} = %s where id = %s"
        tap.throws("PT422", slug, setting, changes[column], preset)


def test_filters_are_an_object(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        for wrong in ("[]", '"x"', "null"):
            refused(tap, "PT422", "not_an_object", values(ours, "X", filters=wrong))
