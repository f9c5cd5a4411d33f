"""Carrying a plan out, while others change what it was made for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any
from uuid import UUID

import psycopg
import pytest

from organizations import Organization
from races import await_block, committed_organization, open_tap
from staging import COMMIT, REPORT, Import, Row, customers, new_import, person, slugs, staged
from tap import Tap
from ts_customers.stack import StackStatus

MakeOrg = Callable[[str], Organization]

ADD = """
insert into public.customers (organization_id, company_name, external_id, customer_number)
values (%s, %s, %s, %s) returning id
"""
ADD_CONTACT = """
insert into public.customer_contacts (organization_id, customer_id, first_name, last_name, email)
values (%s, %s, 'Eve', 'Fox', %s) returning id
"""
NAMES = """
select company_name from public.customers where organization_id = %s and id <> %s
order by company_name
"""
OWNERS = """
select c.company_name
from public.customer_contacts as k
inner join public.customers as c on c.organization_id = k.organization_id and c.id = k.customer_id
where k.organization_id = %s and lower(k.email) = %s
"""
STATUS = "select status from public.customer_imports where id = %s"

# What a row says, and what somebody adds between its plan and its commit.
MEANWHILE: list[tuple[Row, str, str]] = [
    ({"external_id": "R-2"}, "external_id", "external_id_taken"),
    ({"customer_number": "N-2"}, "customer_number", "customer_number_taken"),
]
ADA = person("ada@new.example")


def add(tap: Tap, ours: Organization, name: str = "Meanwhile", **values: Any) -> UUID:
    """A customer that somebody adds meanwhile."""
    given = (values.get("external_id"), values.get("customer_number"))
    customer: UUID = tap.value(ADD, ours.id, name, *given)
    return customer


def add_contact(tap: Tap, ours: Organization, email: str) -> None:
    """A contact that another customer gets meanwhile."""
    tap.execute(ADD_CONTACT, ours.id, add(tap, ours), email)


@pytest.mark.parametrize(("values", "column", "slug"), MEANWHILE)
def test_a_row_that_somebody_got_ahead_of_is_refused_alone_and_counts_nothing(
    tap: Tap, make_org: MakeOrg, values: Row, column: str, slug: str
) -> None:
    ours = make_org("Acme")
    good = staged(person("bob@good.example"), company_name="Good")
    made = new_import(tap, ours, staged(ADA, company_name="Late", **values), good)
    assert made.validate()["contacts"] == customers(created=2)
    add(tap, ours, **values)
    report = made.commit()
    assert [(e["row"], e["column"], e["slug"]) for e in report["errors"]] == [(1, column, slug)]
    assert report["customers"] == report["contacts"] == customers(created=1)
    assert report["rejected"] == 1
    tap.results_eq(NAMES, [("Good",), ("Meanwhile",)], ours.id, ours.customer)


def test_a_contact_whose_address_another_customer_got_meanwhile_costs_its_row(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    good = staged(person("bob@good.example"), company_name="Good")
    made = new_import(tap, ours, staged(ADA, company_name="Late"), good)
    made.validate()
    add_contact(tap, ours, "ADA@new.example")
    report = made.commit()
    assert slugs(report["errors"]) == [(1, "email_taken")]
    assert report["customers"] == report["contacts"] == customers(created=1)
    tap.results_eq(OWNERS, [("Meanwhile",)], ours.id, "ada@new.example")
    tap.results_eq(NAMES, [("Good",), ("Meanwhile",)], ours.id, ours.customer)


@pytest.mark.parametrize("values", [given for given, _, _ in MEANWHILE])
def test_all_or_nothing_imports_nothing_and_tells_no_values_when_somebody_got_ahead(
    tap: Tap, make_org: MakeOrg, values: Row
) -> None:
    ours = make_org("Acme")
    rows = [staged(company_name="First"), staged(ADA, company_name="Late", **values)]
    made = new_import(tap, ours, *rows, all_or_nothing=True)
    made.validate()
    other = add(tap, ours, **values)
    with made.acting():
        refused = tap.throws("PT409", "import_conflict", COMMIT, made.id)
    told = f"{refused} {refused.diag.message_hint} {refused.diag.message_detail}"
    for secret in (*values.values(), str(ours.id), "Key ("):
        assert secret not in told
    tap.results_eq(NAMES, [("Meanwhile",)], ours.id, ours.customer)
    tap.results_eq(STATUS, [("validated",)], made.id)
    away = "update public.customers set external_id = null, customer_number = 'Z' where id = %s"
    tap.execute(away, other)
    assert made.commit()["customers"] == customers(created=2)


def test_all_or_nothing_minds_an_address_that_another_customer_got_meanwhile(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    rows = [staged(company_name="First"), staged(ADA, company_name="Late")]
    made = new_import(tap, ours, *rows, all_or_nothing=True)
    made.validate()
    add_contact(tap, ours, "ada@new.example")
    with made.acting():
        tap.throws("PT409", "import_conflict", COMMIT, made.id)
    tap.results_eq(NAMES, [("Meanwhile",)], ours.id, ours.customer)


def test_all_or_nothing_undoes_earlier_batches(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    rows = [staged(company_name=f"Firm {n}") for n in range(201)]
    rows.append(staged(company_name="Late", external_id="R-2"))
    made = new_import(tap, ours, *rows, all_or_nothing=True)
    made.validate()
    add(tap, ours, external_id="R-2")
    with made.acting():
        tap.throws("PT409", "import_conflict", COMMIT, made.id)
    tap.results_eq(NAMES, [("Meanwhile",)], ours.id, ours.customer)


# Rows of a batch are locked by id: the middle one first, then the last one, then the first ones.
ADD_MANY = """
insert into public.customers (organization_id, id, company_name, external_id)
select %s, lpad(n, 32, '0')::uuid, n, n from unnest(%s::text[]) as n
"""
LOCK = """
select 1 from public.customers where organization_id = %s and external_id = '1' for update
"""
NOTES = """
select external_id, notes is not null from public.customers
where organization_id = %s and external_id = any(%s) order by external_id
"""


@pytest.mark.parametrize("whole", [False, True])
def test_of_two_imports_that_wait_for_each_other_one_gives_way_and_both_finish(
    stack: StackStatus, whole: bool
) -> None:
    middle, last, first = "1", "2", [str(n) for n in range(1000, 1200)]  # a batch
    watched = [first[0], middle, last]
    with committed_organization(stack, "Racing") as ours:
        with open_tap(stack) as tap:
            tap.execute(ADD_MANY, ours.id, [*first, middle, last])
            one = planned(tap, ours, "one", *first, middle, last, all_or_nothing=whole)
            other = planned(tap, ours, "other", last, first[0])
        gave_way = "PT409 import_conflict" if whole else "committing"
        assert meeting(stack, ours, one, other) == [gave_way, "committed"]
        with open_tap(stack) as tap:
            written = [(first[0], True), (middle, False), (last, True)]
            tap.results_eq(NOTES, sorted(written), ours.id, watched)
            tap.results_eq(NOTES, [(first[1], not whole)], ours.id, [first[1]])
            assert Import(tap, one.id, one.login).commit()["rejected"] == 0
            tap.results_eq(NOTES, [(name, True) for name in sorted(watched)], ours.id, watched)


def planned(tap: Tap, ours: Organization, notes: str, *names: str, **options: Any) -> Import:
    """An import that is about to give customers these notes."""
    rows = [staged(external_id=name, notes=notes) for name in names]
    made = new_import(tap, ours, *rows, **options)
    assert made.validate()["customers"] == customers(updated=len(names))
    return made


def meeting(stack: StackStatus, ours: Organization, one: Import, other: Import) -> list[str]:
    """Commit both at once, so that each waits for the other and the first finds that out."""
    assert stack.admin_db_url
    with (
        closing(psycopg.connect(stack.admin_db_url)) as holder,
        closing(psycopg.connect(stack.admin_db_url)) as early,
        closing(psycopg.connect(stack.admin_db_url)) as late,
        ThreadPoolExecutor(2) as threads,
    ):
        holder.execute(LOCK, [ours.id])
        calls = []
        for connection, made, patience in ((early, one, "10ms"), (late, other, "1min")):
            connection.execute("select set_config('deadlock_timeout', %s, true)", [patience])
            calls.append(threads.submit(commit_once, connection, made))
            await_block(stack, connection.info.backend_pid, calls[-1])
        holder.commit()
        return [call.result() for call in calls]


def commit_once(connection: psycopg.Connection[Any], made: Import) -> str:
    """One call of commit_import to its transaction's end: the status, or the refusal."""
    tap = Tap(connection)
    try:
        with connection, tap.acting_as(made.login):
            return str(tap.value(COMMIT, made.id)["status"])
    except psycopg.Error as error:
        return f"{error.sqlstate} {error.diag.message_detail}"


def test_a_report_of_a_commit_keeps_the_plans_warnings(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    made = new_import(tap, ours, staged(company_name="New", credit_limit=5))
    planned_warnings = made.validate()["warnings"]
    assert slugs(planned_warnings) == [(1, "reserved_field")]
    made.commit()
    with made.acting():
        assert tap.value(REPORT, made.id)["warnings"] == planned_warnings
