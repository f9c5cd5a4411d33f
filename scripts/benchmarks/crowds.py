"""Many at once: writers of one thing against writers of many, and people at work."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg

from benchmarks.api import calls
from benchmarks.sessions import Session
from benchmarks.subjects import Subjects
from ts_customers.stack import StackStatus

WRITERS = 16
PEOPLE = 50
PAUSE = 1.0

_NOTE = "update public.customers set notes = %s where organization_id = %s and id = %s returning id"
_CREATE = """
select public.create_customer(
    customer => jsonb_build_object('organization_id', %s::text, 'company_name', %s::text)
)
"""
_TIER = "select public.request_tier_change(customer_id => %s, tier_id => %s)"

Statement = tuple[str, tuple[Any, ...]]


@dataclass(slots=True)
class Writers:
    """What came of some seconds of writing at once."""

    seconds: float
    ms: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Commits a second, of all writers together."""
        return len(self.ms) / self.seconds


def contention(
    admin_db_url: str, subjects: Subjects, seconds: float
) -> dict[str, tuple[Writers, Writers]]:
    """Writers of one customer, organization or tier, each beside as many of different ones."""
    of, others = subjects.organization_id, subjects.others(WRITERS)
    ones = subjects.some(WRITERS)
    # None of them twice: whoever has a tier already is refused.
    moved = iter(subjects.some(8000, "c.tier_id is null and c.status = 'active'"))
    tiers = subjects.tiers()

    def note(*, one: bool) -> Callable[[int, int], Statement]:
        return lambda writer, number: (
            _NOTE, (f"{writer} {number}", of, ones[0 if one else writer]),
        )  # fmt: skip

    def create(*, one: bool) -> Callable[[int, int], Statement]:
        return lambda writer, number: (
            _CREATE, (str(of if one else others[writer][0]), f"Made {writer} {number}"),
        )  # fmt: skip

    def move(*, one: bool) -> Callable[[int, int], Statement]:
        return lambda writer, _number: (
            _TIER,
            (next(moved), tiers[0 if one else writer % len(tiers)]),
        )

    owners = [subjects.owner_id] * WRITERS
    found = {}
    for name, statements, spread in (
        ("the same customer", note, owners),
        ("new customers of one organization", create, [owner for _, owner in others]),
        ("moves to one tier", move, owners),
    ):
        found[name] = (
            _write(admin_db_url, owners, statements(one=True), seconds),
            _write(admin_db_url, spread, statements(one=False), seconds),
        )
    return found


def _write(
    admin_db_url: str,
    users: list[UUID],
    statement: Callable[[int, int], Statement],
    seconds: float,
) -> Writers:
    result = Writers(seconds)
    start = threading.Barrier(len(users) + 1)
    ends_at = [0.0]

    def run(writer: int, user: UUID) -> None:
        session = Session(admin_db_url, user)
        start.wait()
        number = 0
        while time.perf_counter() < ends_at[0]:
            begin = time.perf_counter()
            try:
                session.row(*statement(writer, number))
                result.ms.append((time.perf_counter() - begin) * 1000)
            except psycopg.Error as error:
                result.errors.append(str(error).splitlines()[0])
            number += 1
        session.close()

    threads = [
        threading.Thread(target=run, args=(writer, user)) for writer, user in enumerate(users)
    ]
    for thread in threads:
        thread.start()
    ends_at[0] = time.perf_counter() + seconds
    start.wait()
    for thread in threads:
        thread.join()
    return result


@dataclass(slots=True)
class Work:
    """Milliseconds of what people read and wrote, and what failed."""

    reads: list[float] = field(default_factory=list)
    writes: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def told(self) -> str:
        """What was written, and what failed."""
        return f"{len(self.writes):,} writes, {len(self.errors)} errors"


def people_at_work(status: StackStatus, token: str, subjects: Subjects, seconds: float) -> Work:
    """`PEOPLE` work for some seconds: nine reads for each write, a pause after each, over HTTP."""
    work = Work()
    asyncio.run(_work(status, token, subjects, seconds, work))
    return work


async def _work(
    status: StackStatus, token: str, subjects: Subjects, seconds: float, work: Work
) -> None:
    headers = {
        "apikey": status.publishable_key or "",
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
    }
    reads = list(calls(subjects).values())
    ids = subjects.some(1000)
    limits = httpx.Limits(max_connections=PEOPLE, max_keepalive_connections=PEOPLE)
    async with httpx.AsyncClient(
        base_url=f"{status.api_url}/rest/v1/", headers=headers, timeout=60, limits=limits
    ) as client:

        async def person(number: int) -> None:
            dice = random.Random(number)
            ends_at = time.perf_counter() + seconds
            await asyncio.sleep(dice.random() * PAUSE)
            while time.perf_counter() < ends_at:
                is_write = dice.random() < 0.1
                begin = time.perf_counter()
                if is_write:
                    answer = await client.patch(
                        f"customers?id=eq.{dice.choice(ids)}", json={"notes": str(uuid4())}
                    )
                else:
                    call = dice.choice(reads)
                    answer = await client.post(call.path, json=call.arguments)
                taken = (time.perf_counter() - begin) * 1000
                if not answer.is_success:
                    work.errors.append(answer.text)
                (work.writes if is_write else work.reads).append(taken)
                await asyncio.sleep(dice.uniform(0.5, 1.5) * PAUSE)

        await asyncio.gather(*(person(number) for number in range(PEOPLE)))
