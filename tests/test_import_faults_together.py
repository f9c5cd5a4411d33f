"""An import beside another one, and beside whoever works on the customers that it touches."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from erasing import ERASE
from faults import ended, start
from gateways import Api
from imports import HEADER, Program, numbered, write_csv
from merges import add, merge
from organizations import Organization
from races import Action, committed_organization, open_tap, overlapping
from staging import COMMIT, Import, customers, new_import, person, slugs, staged
from tap import Tap
from ts_customers.stack import StackStatus

ASK = "select status from public.request_tier_change(%s, %s, 'asked')"
CREATED = """
select count(*) from public.customer_activities
where organization_id = %s and type = 'customer_created'
"""


@pytest.mark.parametrize("way", [(), ("--direct",)], ids=["api", "direct"])
def test_two_imports_of_overlapping_files_at_once_end_as_the_union_of_both(
    program: Program,
    api: Api,
    stack: StackStatus,
    tmp_path: Path,
    way: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SUPABASE_DB_URL", api.db_url)
    rows = numbered(900)
    files = [
        write_csv(tmp_path / "a.csv", HEADER, *rows[:600]),
        write_csv(tmp_path / "b.csv", HEADER, *rows[300:]),
    ]

    both = [start("import", file, "--json", *way) for file in files]
    reports = [json.loads(done.stdout) for process in both if (done := ended(process)).code == 0]

    assert len(reports) == 2
    for kind in ("customers", "contacts"):
        assert sum(report[kind]["created"] for report in reports) == 900
        assert sum(report[kind]["unchanged"] for report in reports) == 300
    assert [report["rejected"] for report in reports] == [0, 0]
    assert {row["external_id"] for row in program.customers()} == {row[1] for row in rows}
    assert len(program.customers()) == 900
    assert len(program.rows("customer_contacts", "email")) == 900
    with open_tap(stack) as tap:
        assert tap.value(CREATED, UUID(program.org.id)) == 901


@pytest.fixture
def ours(stack: StackStatus) -> Iterator[Organization]:
    """An organization that other connections see."""
    with committed_organization(stack, "Racing") as organization:
        yield organization


def planned(stack: StackStatus, ours: Organization, *rows: Any) -> Import:
    """An import that is ready to be carried out."""
    with open_tap(stack) as tap:
        made = new_import(tap, ours, *rows, login=ours.owner)
        made.validate()
    return made


def commit(made: Import) -> Action:
    """Carry it out, on another connection."""

    def commit(tap: Tap) -> None:
        with made.by(tap).acting():
            assert tap.value(COMMIT, made.id)["status"] == "committed"

    return commit


def report_of(stack: StackStatus, made: Import) -> Any:
    """What it did."""
    with open_tap(stack) as tap:
        return made.by(tap).report()


@pytest.fixture
def known(stack: StackStatus, ours: Organization) -> UUID:
    """A customer that the imports change."""
    with open_tap(stack) as tap:
        return add(tap, ours, "Known", "known@b.example", external_id="K-1")


ROW = staged(person("imported@b.example"), external_id="K-1", notes="imported")


def test_a_merge_of_what_is_being_imported_takes_it_along(
    stack: StackStatus, ours: Organization, known: UUID
) -> None:
    with open_tap(stack) as tap:
        target = add(tap, ours, "Target", "target@b.example")
    made = planned(stack, ours, ROW)

    def join(tap: Tap) -> None:
        merge(tap, ours, target, known)

    assert overlapping(stack, commit(made), join) is None
    with open_tap(stack) as tap:
        emails = "select email from public.customer_contacts where customer_id = %s order by email"
        found = [("imported@b.example",), ("known@b.example",), ("target@b.example",)]
        tap.results_eq(emails, found, target)
        assert tap.value("select notes from public.customers where id = %s", target) == "imported"


def erase(ours: Organization, customer: UUID) -> Action:
    """Erase a customer."""

    def erase(tap: Tap) -> None:
        with tap.acting_as(ours.owner):
            tap.execute(ERASE, customer)

    return erase


# A customer's notes, its contacts, and what rows of imports know of the organization's customers.
LEFT = """
select c.notes,
    (select count(*) from public.customer_contacts as k where k.customer_id = c.id),
    (
        select count(*) from public.customer_import_rows as r
        where r.organization_id = c.organization_id and strpos(to_jsonb(r)::text, 'imported') > 0
    )
from public.customers as c where c.id = %s
"""


def test_an_erasure_of_what_is_being_imported_erases_that_too(
    stack: StackStatus, ours: Organization, known: UUID
) -> None:
    made = planned(stack, ours, ROW)

    assert overlapping(stack, commit(made), erase(ours, known)) is None

    with open_tap(stack) as tap:
        tap.results_eq(LEFT, [(None, 0, 0)], known)


def test_an_import_into_what_is_being_erased_brings_nothing_back(
    stack: StackStatus, ours: Organization, known: UUID
) -> None:
    good = staged(person("good@b.example"), company_name="Good")
    made = planned(stack, ours, ROW, good)

    assert overlapping(stack, erase(ours, known), commit(made)) is None

    report = report_of(stack, made)
    assert slugs(report["errors"]) == [(1, "customer_erased")]
    assert report["customers"] == customers(created=1)
    with open_tap(stack) as tap:
        tap.results_eq(LEFT, [(None, 0, 0)], known)


def asks(ours: Organization, customer: UUID) -> Action:
    """Ask for another tier."""

    def ask(tap: Tap) -> None:
        with tap.acting_as(ours.member):
            tap.execute(ASK, customer, ours.gold)

    return ask


GOLD = staged(external_id="K-1", tier="Gold")
REQUESTS = "select status from public.tier_change_requests where customer_id = %s"


def test_an_import_asks_for_no_tier_while_somebody_else_does(
    stack: StackStatus, ours: Organization, known: UUID
) -> None:
    made = planned(stack, ours, GOLD)

    assert overlapping(stack, asks(ours, known), commit(made)) is None

    assert report_of(stack, made)["tier_changes"] == {"applied": 0, "pending": 0, "refused": 1}
    with open_tap(stack) as tap:
        tap.results_eq(REQUESTS, [("pending",)], known)


def test_whoever_asks_for_a_tier_while_an_import_does_is_told(
    stack: StackStatus, ours: Organization, known: UUID
) -> None:
    made = planned(stack, ours, GOLD)

    error = overlapping(stack, commit(made), asks(ours, known))

    assert error
    assert (error.sqlstate, error.diag.message_detail) == ("PT409", "tier_change_pending")
    assert report_of(stack, made)["tier_changes"] == {"applied": 0, "pending": 1, "refused": 0}
    with open_tap(stack) as tap:
        tap.results_eq(REQUESTS, [("pending",)], known)
