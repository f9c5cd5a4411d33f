"""The examination of a project, check by check."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import psycopg
from psycopg.rows import TupleRow

from ts_customers.doctor._api import API_SLUGS, api_findings
from ts_customers.doctor._checks import CHECKS, Check
from ts_customers.doctor._declared import Declared, UnreadableFile, read_declared
from ts_customers.doctor._drift import (
    DRIFT_SLUGS,
    MIGRATION_SLUGS,
    drift_findings,
    migration_findings,
    without,
)
from ts_customers.doctor._findings import Finding, Report, Unchecked
from ts_customers.doctor._stats import STATS_SLUG, stats_findings
from ts_customers.stack import StackStatus
from ts_customers.stack._config import StackConfig
from ts_customers.stack._migrations import list_migrations

Connection = psycopg.Connection[TupleRow]

_TIMEOUT = "set local statement_timeout = '30s'"
_DATABASE_SLUGS = (
    *MIGRATION_SLUGS,
    *DRIFT_SLUGS,
    *(check.slug for check in CHECKS),
    STATS_SLUG,
)


def examine(config: StackConfig, status: StackStatus, *, deep: bool = False) -> Report:
    """Examine a project's database and API.

    Args:
        config: The project, which has the migrations.
        status: Where it runs.
        deep: Recount the statistics of every customer instead of a sample.

    Returns:
        What was found. Nothing is changed.
    """
    examination = _Examination()
    if status.backend == "embedded" and not status.running:
        examination.found(
            Finding(
                "stack_down",
                "error",
                "the stack is not running",
                "nothing else can be seen",
                "ts-customers up",
            )
        )
        examination.not_checked((*_DATABASE_SLUGS, *API_SLUGS), "the stack is not running")
        return examination.report()
    if status.db_url is None:
        examination.not_checked(_DATABASE_SLUGS, "SUPABASE_DB_URL is not set")
    else:
        try:
            # A pooler may give each transaction another session: nothing is prepared.
            with psycopg.connect(
                status.db_url, connect_timeout=15, prepare_threshold=None
            ) as connection:
                examination.has_portal = _has_portal(connection)
                _examine_database(examination, connection, config, deep=deep)
        except psycopg.Error as error:
            examination.found(
                Finding(
                    "database_unreachable",
                    "error",
                    f"the database cannot be reached: {str(error).strip().splitlines()[0]}",
                    "nothing in it can be seen",
                    "ts-customers status; check SUPABASE_DB_URL",
                )
            )
            examination.not_checked(_DATABASE_SLUGS, "the database cannot be reached")
    if status.api_url is None or status.publishable_key is None:
        examination.not_checked(API_SLUGS, "SUPABASE_URL or SUPABASE_PUBLISHABLE_KEY is not set")
    else:
        with examination.making(API_SLUGS):
            examination.found(*api_findings(status, has_portal=examination.has_portal))
    return examination.report()


class _Examination:
    """What has come out so far."""

    def __init__(self) -> None:
        self.has_portal = True
        self._passed: list[str] = []
        self._findings: list[Finding] = []
        self._unchecked: list[Unchecked] = []

    def found(self, *findings: Finding) -> None:
        self._findings.extend(findings)

    def not_checked(self, slugs: tuple[str, ...], why: str) -> None:
        done = {finding.slug for finding in self._findings}
        self._unchecked += [Unchecked(slug, why) for slug in slugs if slug not in done]

    @contextmanager
    def making(self, slugs: tuple[str, ...]) -> Iterator[None]:
        """Make checks: those that found nothing have passed, unless they could not be made."""
        try:
            yield
        except (psycopg.Error, OSError) as error:
            self.not_checked(slugs, str(error).strip().partition("\n")[0])
        else:
            done = {finding.slug for finding in self._findings}
            self._passed += [slug for slug in slugs if slug not in done]

    def report(self) -> Report:
        return Report(tuple(self._passed), tuple(self._findings), tuple(self._unchecked))


def examine_database(
    connection: Connection, config: StackConfig, *, deep: bool = False, only: str | None = None
) -> Report:
    """Examine a database alone. Nothing is changed, in the transaction that is open neither.

    Args:
        connection: The database, as a role that owns what migrations make.
        config: The project, which has the migrations.
        deep: Recount the statistics of every customer instead of a sample.
        only: The one check to make, by its slug.
    """
    examination = _Examination()
    _examine_database(examination, connection, config, deep=deep, only=only)
    return examination.report()


def _has_portal(connection: Connection) -> bool:
    return connection.execute("select to_regnamespace('portal')").fetchone() != (None,)


def _examine_database(
    examination: _Examination,
    connection: Connection,
    config: StackConfig,
    *,
    deep: bool,
    only: str | None = None,
) -> None:
    def wanted(slugs: tuple[str, ...]) -> bool:
        return only is None or only in slugs

    local = list_migrations(config.migrations)
    if wanted(MIGRATION_SLUGS):
        with examination.making(MIGRATION_SLUGS), _reading(connection):
            examination.found(*migration_findings(connection, local))
    try:
        declared = read_declared(migration.path for migration in local)
    except UnreadableFile as error:
        examination.found(
            Finding(
                "migration_unreadable",
                "error",
                str(error),
                "it cannot be applied, nor be compared with the database",
                "mend the file",
            )
        )
        rest = _DATABASE_SLUGS[len(MIGRATION_SLUGS) :]
        examination.not_checked(rest, "a migration cannot be read")
        return
    folder = Path(str(files("ts_customers"))) / "_migrations"
    # In a checkout, they are the project's own.
    shipped = list_migrations(folder) if folder.is_dir() else local
    ours = read_declared(migration.path for migration in shipped)
    if wanted(DRIFT_SLUGS):
        with examination.making(DRIFT_SLUGS), _reading(connection):
            own = read_declared(without(local, shipped))
            examination.found(*drift_findings(connection, declared, own))
    for check in CHECKS:
        if wanted((check.slug,)):
            with examination.making((check.slug,)), _reading(connection):
                examination.found(*_ask(connection, check, ours))
    if wanted((STATS_SLUG,)):
        with examination.making((STATS_SLUG,)):
            examination.found(*stats_findings(connection, deep=deep))


def _ask(connection: Connection, check: Check, ours: Declared) -> Iterator[Finding]:
    if check.needs and connection.execute(
        "select to_regclass(%s) is null", [check.needs]
    ).fetchone() == (True,):
        return
    connection.execute(
        "select set_config('ts_customers.tables', %s, true), "
        "set_config('ts_customers.functions', %s, true)",
        [" ".join(ours.tables), " ".join(ours.bodies())],
    )
    for what, fix in connection.execute(check.sql.encode()).fetchall():
        yield Finding(check.slug, check.severity, check.what.format(what), check.why, fix)


@contextmanager
def _reading(connection: Connection) -> Iterator[None]:
    """A transaction that can change nothing."""
    with connection.transaction(force_rollback=True):
        connection.execute("set transaction read only")
        connection.execute(_TIMEOUT)
        yield
