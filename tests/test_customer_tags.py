"""The tags of a customer: trimmed, each once, and not without end, whoever writes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from organizations import Organization
from tap import Tap

MakeOrg = Callable[[str], Organization]

SET = "update public.customers set tags = %s where id = %s"
TAGS = "select tags from public.customers where id = %s"
VALIDATE = "select slug from public.validate_customer(%s)"
BULK = "select public.bulk_update_customers(array[%s], %s)"
HUNDRED = [f"tag {number}" for number in range(100)]


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ([], []),
        ([" y ", "\tx", "y", "Y"], ["y", "x", "Y"]),
        ([*HUNDRED, "tag 0", " tag 1"], HUNDRED),
        (["x" * 100, " " + "x" * 100], ["x" * 100]),
    ],
)
def test_tags_are_trimmed_and_kept_once(
    tap: Tap, make_org: MakeOrg, given: list[str], stored: list[str]
) -> None:
    ours = make_org("Acme")
    values = {"organization_id": str(ours.id), "company_name": "New", "tags": given}
    with tap.acting_as(ours.manager):
        tap.affects(SET, 1, given, ours.customer)
        assert tap.value(TAGS, ours.customer) == stored
        tap.is_empty(VALIDATE, values)
        assert tap.value("select tags from public.create_customer(%s)", values) == stored
        tap.execute(SET, ["before"], ours.customer)
        tap.execute(BULK, ours.customer, {"add_tags": given, "remove_tags": [" before "]})
        assert tap.value(TAGS, ours.customer) == stored


@pytest.mark.parametrize(
    "wrong", [[""], ["  "], ["a", None], ["x" * 101], [*HUNDRED, "one more"], [["a"], [" "]]]
)
def test_other_tags_are_refused(tap: Tap, make_org: MakeOrg, wrong: list[Any]) -> None:
    ours = make_org("Acme")
    values = {"organization_id": str(ours.id), "company_name": "New", "tags": wrong}
    with tap.acting_as(ours.manager):
        tap.throws("PT422", "tags_invalid", SET, wrong, ours.customer)
        tap.results_eq(VALIDATE, [("tags_invalid",)], values)
        for key in ("add_tags", "remove_tags"):
            tap.throws("PT422", "tags_invalid", BULK, ours.customer, {key: wrong})
        tap.affects(SET, 1, ["right"], ours.customer)


def test_a_customer_that_has_room_for_no_more_stops_no_other(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    added = "select id from public.create_customer(%s)"
    with tap.acting_as(ours.manager):
        other = tap.value(added, {"organization_id": str(ours.id), "company_name": "Other"})
        tap.execute(SET, HUNDRED, ours.customer)
        bulk = "select public.bulk_update_customers(%s, %s)"
        rows = tap.value(bulk, [ours.customer, other], {"add_tags": ["new"]})
        told = [(row["outcome"], row.get("slug")) for row in rows]
        assert told == [("refused", "tags_invalid"), ("updated", None)]
        swap = {"add_tags": ["new"], "remove_tags": ["tag 0"]}
        assert tap.value(BULK, ours.customer, swap)[0]["outcome"] == "updated"


def test_a_merge_keeps_the_tags_of_all(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    values = {"organization_id": str(ours.id), "company_name": "Source", "tags": ["mine"]}
    with tap.acting_as(ours.manager):
        source = tap.value("select id from public.create_customer(%s)", values)
        tap.execute(SET, HUNDRED, ours.customer)
        tap.execute("select public.merge_customers(%s, array[%s])", ours.customer, source)
        assert tap.value(TAGS, ours.customer) == [*HUNDRED, "mine"]
        # What else is changed leaves them alone.
        tap.execute("update public.customers set notes = 'x' where id = %s", ours.customer)
        assert len(tap.value(TAGS, ours.customer)) == 101
