"""Rows of one file that mean the same customer, and those that only seem to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from organizations import Organization
from staging import Row, customers, imported, new_import, person, slugs, staged
from tap import Tap

MakeOrg = Callable[[str], Organization]

# The customer that every organization of the tests has is left out.
FOUND = """
select c.company_name, array(
    select k.email from public.customer_contacts as k
    where k.organization_id = c.organization_id and k.customer_id = c.id order by k.email
) as emails
from public.customers as c
where c.organization_id = %s and c.company_name <> 'Acme Customer' order by 1, 2
"""


def of(name: str) -> Row:
    """A contact of this mailbox."""
    return person(f"{name}@firm.example")


def addresses(*names: str) -> list[str]:
    """The addresses of contacts."""
    return [f"{name}@firm.example" for name in names]


def both(tap: Tap, ours: Organization, *rows: Row) -> Any:
    """Plan and commit rows, and see that the plan says what comes; returns the report."""
    made = new_import(tap, ours, *rows)
    planned, done = made.validate(), made.commit()
    assert done == planned | {"status": "committed", "done": done["done"]}
    return done


KEYS = ["external_id", "customer_number", "tax_id"]


@pytest.mark.parametrize("key", KEYS)
def test_a_row_that_only_names_its_customer_adds_to_it(
    tap: Tap, make_org: MakeOrg, key: str
) -> None:
    ours = make_org("Acme")
    rows = [staged(of("a"), company_name="Firm", **{key: "K-1"}), staged(of("b"), **{key: "K-1"})]
    report = both(tap, ours, *rows)
    assert (report["errors"], report["customers"]) == ([], customers(created=1))
    assert report["contacts"] == customers(created=2)
    tap.results_eq(FOUND, [("Firm", addresses("a", "b"))], ours.id)


def test_such_a_row_is_refused_where_no_earlier_one_has_the_name(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    rows = [
        staged(of("a"), company_name="Firm", external_id="K-1"),
        staged(of("b"), external_id="K-9"),
        staged(of("c")),
        staged(of("b"), external_id="K-1"),
    ]
    report = both(tap, ours, *rows)
    assert slugs(report["errors"]) == [(n, "company_name_required") for n in (2, 3)]
    # The address that the refused row has claimed is free for the next one.
    tap.results_eq(FOUND, [("Firm", addresses("a", "b"))], ours.id)


def test_a_row_that_only_names_a_customer_who_is_there_needs_no_other(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    imported(tap, ours, staged(of("a"), company_name="Firm", external_id="K-1"))
    report = both(tap, ours, staged(of("b"), external_id="K-1"))
    assert (report["errors"], report["customers"]) == ([], customers(unchanged=1))
    tap.results_eq(FOUND, [("Firm", addresses("a", "b"))], ours.id)


def test_what_adds_to_a_refused_row_is_refused_with_it(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    rows = [
        staged(of("a"), company_name="Firm", external_id="K-1", parent_id=str(ours.id)),
        staged(of("b"), external_id="K-1"),
    ]
    report = both(tap, ours, *rows)
    assert [row for row, _ in slugs(report["errors"])] == [1, 2]
    tap.is_empty(FOUND, ours.id)


def test_rows_that_hang_together_by_one_key_after_another_are_one_customer(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    rows = [
        staged(of("a"), company_name="Firm", external_id="K-1"),
        staged(of("b"), external_id="K-1", customer_number="N-1"),
        staged(of("c"), customer_number="N-1", tax_id="T-1"),
        staged(of("d"), tax_id="T-1"),
    ]
    report = both(tap, ours, *rows)
    assert (report["errors"], report["customers"]) == ([], customers(created=1))
    tap.results_eq(FOUND, [("Firm", addresses("a", "b", "c", "d"))], ours.id)


def test_rows_hang_together_across_the_batches_of_a_plan_and_of_a_commit(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    firms = [staged(company_name=f"Firm {n}", external_id=f"K-{n}") for n in range(1200)]
    firms[0] = staged(of("a"), company_name="First", external_id="K-0")
    firms[600] = staged(of("b"), external_id="K-0", customer_number="N-0")
    firms[1199] = staged(of("c"), customer_number="N-0")
    firms[1198] = staged(of("a"), external_id="K-0")
    report = both(tap, ours, *firms)
    assert report["errors"] == []
    assert report["customers"] == customers(created=1197)
    assert report["contacts"] == customers(created=3, unchanged=1)
    first = [row for row in tap.rows(FOUND, ours.id) if row[0] == "First"]
    assert first == [("First", addresses("a", "b", "c"))]


CONTRADICTIONS: list[tuple[Row, Row]] = [
    ({"external_id": "K-1"}, {"external_id": "K-2"}),
    ({"customer_number": "N-1"}, {"customer_number": "N-2"}),
    ({"tax_id": "T-1"}, {"tax_id": "T-2"}),
    ({"external_id": "K-1", "tax_id": "T-1"}, {"external_id": "K-2", "tax_id": "T-1"}),
]


@pytest.mark.parametrize(("one", "other"), CONTRADICTIONS, ids=repr)
def test_two_that_differ_on_a_stronger_key_are_two_customers(
    tap: Tap, make_org: MakeOrg, one: Row, other: Row
) -> None:
    ours = make_org("Acme")
    rows = [
        staged(of("a"), company_name="Firm", **one),
        staged(of("b"), company_name="Firm", **other),
    ]
    report = both(tap, ours, *rows)
    assert (report["errors"], report["customers"]) == ([], customers(created=2))
    tap.results_eq(FOUND, [("Firm", addresses("a")), ("Firm", addresses("b"))], ours.id)
    # Control: without the stronger keys, one name is one customer.
    again = make_org("Acme")
    report = both(tap, again, *(staged(of(n), company_name="Firm") for n in "ab"))
    assert report["customers"] == customers(created=1)


def test_of_two_customers_that_a_row_names_the_stronger_key_decides(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    rows = [
        staged(of("a"), company_name="One", external_id="K-1"),
        staged(of("b"), company_name="Two", customer_number="N-2"),
        staged(of("c"), company_name="Two", external_id="K-1"),
    ]
    report = both(tap, ours, *rows)
    assert report["customers"] == customers(created=2)
    assert slugs(report["warnings"]) == [(3, "values_ignored")]
    tap.results_eq(FOUND, [("One", addresses("a", "c")), ("Two", addresses("b"))], ours.id)
