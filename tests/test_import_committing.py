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
MEANWHILE: list[Row] = [{"external_id": "R-2"}, {"customer_number": "N-2"}]
ADA = person("ada@new.example")
GOOD = staged(person("bob@good.example"), company_name="Good")
EMAILS = "select email from public.customer_contacts where customer_id = %s"


def add(tap: Tap, ours: Organization, name: str = "Meanwhile", **values: Any) -> UUID:
    """A customer that somebody adds meanwhile."""
    given = (values.get("external_id"), values.get("customer_number"))
    customer: UUID = tap.value(ADD, ours.id, name, *given)
    return customer


def add_contact(tap: Tap, ours: Organization, email: str) -> None:
    """A contact that another customer gets meanwhile."""
    tap.execute(ADD_CONTACT, ours.id, add(tap, ours), email)


@pytest.mark.parametrize("values", MEANWHILE)
def test_a_customer_that_somebody_added_meanwhile_is_changed_and_not_added_twice(
    tap: Tap, make_org: MakeOrg, values: Row
) -> None:
    ours = make_org("Acme")
    made = new_import(tap, ours, staged(ADA, company_name="Late", **values), GOOD)
    assert made.validate()["customers"] == customers(created=2)
    customer = add(tap, ours, **values)
    report = made.commit()
    assert report["errors"] == []
    assert report["customers"] == customers(created=1, updated=1)
    tap.results_eq(NAMES, [("Good",), ("Late",)], ours.id, ours.customer)
    tap.results_eq(EMAILS, [("ada@new.example",)], customer)


@pytest.mark.parametrize("values", MEANWHILE)
def test_a_row_that_may_only_add_is_refused_alone_when_somebody_got_ahead(
    tap: Tap, make_org: MakeOrg, values: Row
) -> None:
    ours = make_org("Acme")
    late = staged(ADA, company_name="Late", **values)
    made = new_import(tap, ours, late, GOOD, mode="insert")
    assert made.validate()["contacts"] == customers(created=2)
    add(tap, ours, **values)
    report = made.commit()
    assert slugs(report["errors"]) == [(1, "already_exists")]
    assert report["customers"] == report["contacts"] == customers(created=1)
    assert report["rejected"] == 1
    tap.results_eq(NAMES, [("Good",), ("Meanwhile",)], ours.id, ours.customer)


def test_a_contact_whose_address_another_customer_got_meanwhile_costs_its_row(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    made = new_import(tap, ours, staged(ADA, company_name="Late"), GOOD)
    made.validate()
    add_contact(tap, ours, "ADA@new.example")
    report = made.commit()
    assert slugs(report["errors"]) == [(1, "email_taken")]
    assert report["customers"] == report["contacts"] == customers(created=1)
    tap.results_eq(OWNERS, [("Meanwhile",)], ours.id, "ada@new.example")
    tap.results_eq(NAMES, [("Good",), ("Meanwhile",)], ours.id, ours.customer)


@pytest.mark.parametrize("values", MEANWHILE)
def test_all_or_nothing_imports_nothing_and_tells_no_values_when_somebody_got_ahead(
    tap: Tap, make_org: MakeOrg, values: Row
) -> None:
    ours = make_org("Acme")
    rows = [staged(company_name="First"), staged(ADA, company_name="Late", **values)]
    made = new_import(tap, ours, *rows, all_or_nothing=True, mode="insert")
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
    rows = [staged(company_name=f"Firm {n}") for n in range(501)]  # more than a batch
    rows.append(staged(company_name="Late", external_id="R-2"))
    made = new_import(tap, ours, *rows, all_or_nothing=True, mode="insert")
    made.validate()
    add(tap, ours, external_id="R-2")
    with made.acting():
        tap.throws("PT409", "import_conflict", COMMIT, made.id)
    tap.results_eq(NAMES, [("Meanwhile",)], ours.id, ours.customer)


# Rows of a batch are locked in the order of their ids.
ADD_MANY = """
insert into public.customers (organization_id, id, company_name, external_id)
select %s, lpad(n, 32, '0')::uuid, n, n from unnest(%s::text[]) as n
"""
TOUCH = """
update public.customers set notes = 'touched' where organization_id = %s and external_id = %s
"""
NOTES = """
select external_id, notes from public.customers where organization_id = %s and external_id <> ''
order by external_id
"""


def planned(tap: Tap, ours: Organization, *names: str, **options: Any) -> Import:
    """An import that is about to give customers notes."""
    rows = [staged(external_id=name, notes="imported") for name in names]
    made = new_import(tap, ours, *rows, **options)
    assert made.validate()["customers"] == customers(updated=len(names))
    return made


@pytest.mark.parametrize("whole", [False, True])
def test_an_import_that_somebody_waits_for_while_it_waits_for_them_gives_way_and_goes_on_later(
    stack: StackStatus, whole: bool
) -> None:
    first, last = "1", "2"
    assert stack.admin_db_url
    with committed_organization(stack, "Racing") as ours:
        with open_tap(stack) as tap:
            tap.execute(ADD_MANY, ours.id, [first, last])
            made = planned(tap, ours, first, last, all_or_nothing=whole)
        with (
            closing(psycopg.connect(stack.admin_db_url)) as other,
            closing(psycopg.connect(stack.admin_db_url)) as importing,
            ThreadPoolExecutor(2) as threads,
        ):
            other.execute(TOUCH.encode(), [ours.id, last])
            # Time for the other to be waiting too, before the import looks why it has to wait.
            importing.execute("set deadlock_timeout = '1s'")
            other.execute("set deadlock_timeout = '1min'")
            called = threads.submit(commit_once, importing, made)
            await_block(stack, importing.info.backend_pid, called)
            waiting = threads.submit(other.execute, TOUCH.encode(), [ours.id, first])
            gave_way = "PT409 import_conflict" if whole else "committing"
            assert called.result() == gave_way
            waiting.result()
            other.commit()
        with open_tap(stack) as tap:
            tap.results_eq(NOTES, [(first, "touched"), (last, "touched")], ours.id)
            assert Import(tap, made.id, made.login).commit()["rejected"] == 0
            tap.results_eq(NOTES, [(first, "imported"), (last, "imported")], ours.id)


def test_imports_of_an_organization_take_turns_and_who_waits_too_long_is_told_to_come_again(
    stack: StackStatus,
) -> None:
    assert stack.admin_db_url
    with committed_organization(stack, "Racing") as ours:
        with open_tap(stack) as tap:
            tap.execute(ADD_MANY, ours.id, ["1", "2"])
            one, other = planned(tap, ours, "1"), planned(tap, ours, "2")
        with closing(psycopg.connect(stack.admin_db_url)) as early:
            tap = Tap(early)
            with tap.acting_as(one.login):
                assert tap.value(COMMIT, one.id)["status"] == "committed"
            with open_tap(stack) as tap, other.by(tap).acting():
                assert tap.value(COMMIT, other.id)["status"] == "validated"
            early.commit()
        with open_tap(stack) as tap:
            assert other.by(tap).commit()["customers"] == customers(updated=1)
            tap.results_eq(NOTES, [("1", "imported"), ("2", "imported")], ours.id)


def test_two_imports_of_the_same_new_customers_add_them_once(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    rows = [staged(person(f"a{n}@new.example"), company_name=f"New {n}") for n in range(3)]
    one, other = new_import(tap, ours, *rows), new_import(tap, ours, *rows[1:])
    one.validate()
    assert other.validate()["customers"] == customers(created=2)
    assert one.commit()["customers"] == customers(created=3)
    report = other.commit()
    assert (report["customers"], report["contacts"]) == (
        customers(unchanged=2),
        customers(unchanged=2),
    )
    tap.results_eq(NAMES, [(f"New {n}",) for n in range(3)], ours.id, ours.customer)


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
