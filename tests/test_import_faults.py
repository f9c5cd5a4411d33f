"""Killed at any moment and started again, an import ends as one that nothing befell."""

from __future__ import annotations

import csv
import itertools
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from subprocess import Popen
from typing import Any
from uuid import UUID

import pytest
from psycopg import Connection

from end_states import EndState, differences, end_state
from faults import Site, await_status, ended, running_site, start, write_customers
from fix_api import ApiOrganization
from ts_customers.importing import DirectCaller, fetch_report

VICTIMS = ("importer", "gateway", "postgrest", "postgres")
STEPS = ("reading", "checking", "importing")
# The statuses in which each has begun, by which it is known when the one before has ended.
BEGUN = (("staging",), ("validating", "validated"), ("committing", "committed"), ("committed",))
RUNS = 20
QUICK = (2, 7)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import left, and what it says of itself."""

    state: EndState
    report: dict[str, Any]
    rejects: list[list[str]]


@dataclass(frozen=True, slots=True)
class Clean:
    """An import that nothing befalls: its outcome, and how many seconds each of its steps took."""

    outcome: Outcome
    took: tuple[float, ...]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("site")) as made:
        yield made


@pytest.fixture(scope="module")
def file(site: Site) -> Path:
    return write_customers(site.folder / "customers.csv")


@pytest.fixture(scope="module")
def clean(site: Site, file: Path) -> dict[tuple[str, ...], Clean]:
    """A run of each way that nothing befalls."""
    return {way: clean_run(site, file, way) for way in ((), ("--direct",))}


@contextmanager
def importing(
    site: Site, file: Path, way: tuple[str, ...]
) -> Iterator[tuple[ApiOrganization, Popen[str], list[object], dict[str, str]]]:
    """An import that is under way, for an organization of its own."""
    with site.organization() as org:
        rejects = site.folder / f"{org.id}.csv"
        command: list[object] = ["import", file, "--rejects", rejects, "--json", *way]
        environment = site.environment(org)
        process = start(*command, environment=environment)
        try:
            yield org, process, command, environment
        finally:
            process.kill()
            process.communicate()


def clean_run(site: Site, file: Path, way: tuple[str, ...]) -> Clean:
    with importing(site, file, way) as (org, process, _, _), site.admin() as database:
        began = [await_status(database, org.id, *statuses) for statuses in BEGUN]
        result = ended(process)
        assert result.code == 0, result.stderr
        found = outcome(site, org)
    assert json.loads(result.stdout) | {"import_id": None} == found.report
    return Clean(found, tuple(end - begin for begin, end in itertools.pairwise(began)))


def outcome(site: Site, org: ApiOrganization) -> Outcome:
    """What became of the organization's only import."""
    with site.admin() as database:
        [(id_,)] = database.execute(
            "select id::text from public.customer_imports where organization_id = %s", [org.id]
        ).fetchall()
        state = end_state(database, org.id)
    assert site.status.db_url
    with DirectCaller(site.status.db_url, user_id=None, organization_id=UUID(org.id)) as caller:
        report = json.loads(json.dumps(fetch_report(caller, id_).to_json() | {"import_id": None}))
    with (site.folder / f"{org.id}.csv").open(encoding="utf-8", newline="") as rejects:
        return Outcome(state, report, list(csv.reader(rejects)))


def interrupted_run(
    site: Site, file: Path, clean: Clean, seed: int, attempt: int
) -> Outcome | None:
    """An import in which somebody is killed at the seed's moment, started again where it ended.

    Returns: None where it was done before that moment.
    """
    random = Random(seed + RUNS * attempt)
    victim, step, way = plan(seed)
    # Less of it with each attempt: the machine may be quicker now.
    delay = random.uniform(0, clean.took[step]) * 0.6**attempt
    with importing(site, file, way) as (org, first, command, environment):
        process = first
        with site.admin() as database:
            await_status(database, org.id, *itertools.chain(*BEGUN[step:]))
            time.sleep(delay)
            if is_done(database, org):
                return None
        if victim == "importer":
            process.kill()
            process.communicate()
            process = start(*command, environment=environment)
        else:
            site.kill(victim)
            time.sleep(random.uniform(0, 1))
            site.up()
        result = ended(process)
        assert result.code == 0, result.stderr
        found = outcome(site, org)
        assert json.loads(result.stdout) | {"import_id": None} == found.report
    return found


def plan(seed: int) -> tuple[str, int, tuple[str, ...]]:
    """Who is killed, in which of STEPS, and on which way in."""
    victim = VICTIMS[seed % 4]
    # What only the API needs is not missed over a connection.
    direct = victim in ("importer", "postgres") and seed // 4 % 2
    return victim, seed % 3, ("--direct",) if direct else ()


def check_alike(found: Outcome, wanted: Outcome) -> None:
    """None lost, none twice, and the same is said of all."""
    assert differences(found.state, wanted.state) == {}
    assert found.report == wanted.report
    assert found.rejects == wanted.rejects


def is_done(database: Connection, org: ApiOrganization) -> bool:
    """Whether nothing of an import can be interrupted any more."""
    done = "select status = 'committed' from public.customer_imports where organization_id = %s"
    [(answer,)] = database.execute(done, [org.id]).fetchall()
    return bool(answer)


@pytest.mark.parametrize(
    "seed",
    [seed if seed in QUICK else pytest.param(seed, marks=pytest.mark.slow) for seed in range(RUNS)],
)
def test_killed_at_any_moment_an_import_ends_as_one_that_nothing_befell(
    site: Site, file: Path, clean: dict[tuple[str, ...], Clean], seed: int
) -> None:
    wanted = clean[plan(seed)[2]]
    attempts = (interrupted_run(site, file, wanted, seed, attempt) for attempt in range(5))
    found = next(outcome for outcome in attempts if outcome)
    check_alike(found, wanted.outcome)


def test_both_ways_in_leave_the_same(clean: dict[tuple[str, ...], Clean]) -> None:
    api, direct = (run.outcome for run in clean.values())
    check_alike(api, direct)
    assert api.report["rejected"] == len(api.rejects) - 1 > 0
    assert api.report["customers"]["updated"] > 0
    assert api.report["contacts"]["created"] > api.report["customers"]["created"] > 0
