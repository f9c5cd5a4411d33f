"""Everything that people wait for, on generated data of several sizes."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from benchmarks import api, crowds, growth, lists, pages, writes
from benchmarks.cases import Figures, Sessions, measure
from benchmarks.sessions import Session
from benchmarks.stacks import REPOSITORY, bench_stack, temporary_folder
from benchmarks.subjects import Subjects
from ts_customers._client import connect, open_server
from ts_customers._session import sign_in
from ts_customers.generating import generate
from ts_customers.stack import StackStatus, open_stack

OWNER = "owner1@seed1.example"  # of the largest organization
PASSWORD = "correct horse battery"  # noqa: S105
_IMMEDIATE = """
update public.organizations as o
set settings = o.settings || '{"tier_policy": {"upgrade": "immediate", "downgrade": "immediate"}}'
"""
_TIER_CHANGE = "select public.request_tier_change(customer_id => %s, tier_id => %s)"
_TIER = "select c.tier_id from public.customers as c where c.id = %s"
_PRICE = """
select p.discount_percentage from public.price_items(
    customer_id => %s, items => '[{"sku": "A", "unit_price": 100}]'
) as p
"""


@dataclass(frozen=True, slots=True)
class Scale:
    """How much data, and how long the crowds work on the largest.

    `customers`: sizes of the data in turn, the last one measured in full. `runs`: of a statement
    at most.
    """

    name: str
    customers: tuple[int, ...]
    runs: int
    seconds: float


SCALES = {
    scale.name: scale
    for scale in (
        Scale("small", (1_000, 2_000), 2, 1),
        Scale("medium", (10_000, 100_000), 40, 10),
        Scale("large", (10_000, 100_000, 1_000_000), 40, 60),
    )
}


@dataclass(slots=True)
class Report:
    """What was measured on the data of one size; the latter part on the largest alone."""

    customers: int
    organization: int = 0
    activities: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    generating: float = 0
    first_up: float = 0
    later_ups: list[float] = field(default_factory=list)
    figures: list[Figures] = field(default_factory=list)
    tier_changes: list[float] = field(default_factory=list)
    api: dict[str, list[float]] = field(default_factory=dict)
    contention: dict[str, tuple[crowds.Writers, crowds.Writers]] = field(default_factory=dict)
    work: crowds.Work = field(default_factory=crowds.Work)
    archived: growth.Archived = field(default_factory=growth.Archived)
    sizes: list[tuple[str, int, int]] = field(default_factory=list)


def measure_scale(scale: Scale, note: Callable[[str], None]) -> list[Report]:
    """Measure each size on a stack of its own, which is removed afterwards."""
    return [
        _measured(customers, scale, is_last=customers == scale.customers[-1], note=note)
        for customers in scale.customers
    ]


def _measured(
    customers: int, scale: Scale, *, is_last: bool, note: Callable[[str], None]
) -> Report:
    report = Report(customers)
    with temporary_folder() as folder:
        begin = time.perf_counter()
        with bench_stack(folder) as first:
            report.first_up = time.perf_counter() - begin
            note(f"{customers:,} customers: generating")
            _generate(first, report)
            status = _started_again(report)
            assert status.admin_db_url
            with psycopg.connect(status.admin_db_url, autocommit=True) as connection:
                connection.execute(_IMMEDIATE)
                subjects = Subjects(connection)
                report.organization, report.activities = subjects.size, subjects.activities
                _ask(status, subjects, report, scale.runs, note)
                if is_last:
                    _crowd(status, subjects, report, scale, note)
    return report


def _generate(status: StackStatus, report: Report) -> None:
    begin = time.perf_counter()
    with connect(service=True) as client:
        made = generate(
            client, status.db_url or "", customers=report.customers,
            organizations=min(50, report.customers // 20), password=PASSWORD,
        )  # fmt: skip
    report.generating = time.perf_counter() - begin
    report.rows = made.rows


def _started_again(report: Report) -> StackStatus:
    stack = open_stack(REPOSITORY)
    for _ in range(3):
        stack.down()
        begin = time.perf_counter()
        stack.up()
        report.later_ups.append(time.perf_counter() - begin)
    return stack.status()


def _ask(
    status: StackStatus,
    subjects: Subjects,
    report: Report,
    runs: int,
    note: Callable[[str], None],
) -> None:
    with _sessions(status, subjects) as sessions:
        for cases in (lists.cases, pages.cases, writes.cases):
            for case in cases(subjects):
                found = measure(case, sessions, runs=runs)
                report.figures.append(found)
                note(f"  {case.group}, {case.name}: {found.median():.2f} / {found.p95():.2f} ms")
        report.tier_changes = _tier_changes(sessions.user, subjects)


@contextmanager
def _sessions(status: StackStatus, subjects: Subjects) -> Iterator[Sessions]:
    address = status.admin_db_url or ""
    sessions = Sessions(
        Session(address, subjects.owner_id),
        Session(address, subjects.owner_id),
        Session(address, subjects.small_owner_id),
        Session(address),
    )
    try:
        yield sessions
    finally:
        for session in (sessions.user, sessions.apart, sessions.small, sessions.superuser):
            session.close()


def _tier_changes(user: Session, subjects: Subjects) -> list[float]:
    """Milliseconds from asking for a tier until another transaction sees its discount."""
    tiers = subjects.tiers()
    found = []
    for number, customer_id in enumerate(subjects.some(100, "c.status = 'active'")):
        now = subjects.value(_TIER, customer_id)
        others = [each for each in tiers if each != now]
        tier_id = others[number % len(others)]
        wanted = subjects.value(
            "select t.discount_percentage from public.customer_tiers as t where t.id = %s", tier_id
        )
        begin = time.perf_counter()
        user.row(_TIER_CHANGE, (customer_id, tier_id))
        (discount,) = user.row(_PRICE, (customer_id,))
        found.append((time.perf_counter() - begin) * 1000)
        assert discount == wanted
    return found


def _crowd(
    status: StackStatus,
    subjects: Subjects,
    report: Report,
    scale: Scale,
    note: Callable[[str], None],
) -> None:
    assert status.admin_db_url
    token = sign_in(open_server(), email=OWNER, password=PASSWORD).access_token
    note("  over HTTP")
    seconds = scale.seconds
    report.api = api.measure(status, _postgrest_url(), token, subjects, runs=2 * scale.runs)
    note("  contention")
    report.contention = crowds.contention(status.admin_db_url, subjects, seconds / 6)
    note("  people at work")
    report.work = crowds.people_at_work(status, token, subjects, seconds)
    report.sizes = growth.sizes(status.admin_db_url)
    note("  archiving")
    report.archived = growth.archive(status.admin_db_url, subjects, seconds / 6)


def _postgrest_url() -> str:
    ports = json.loads((Path(os.environ["TS_CUSTOMERS_DATA"]) / "ports.json").read_text())
    return f"http://127.0.0.1:{ports['postgrest']}"
