"""`ts-customers doctor` says what it could not look at, and ends as it should."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from fix_stack import REPOSITORY, new_stack
from programs import CommandLine
from tap import Connection
from ts_customers.doctor import examine, examine_database
from ts_customers.doctor._declared import Body, read_declared
from ts_customers.stack import StackStatus
from ts_customers.stack._config import StackConfig, load_config

FIRST = """
create table t ();
create table u ();
create view v as select 1;
create function f(a int) returns int language sql as 'select 1';
create function f(a text) returns int language sql as 'select 2';
create policy p on t using (true);
create trigger g before insert on u execute function x();
"""
SECOND = """
create or replace function f(a integer) returns int language sql as 'select 3';
drop function f(text);
drop policy p on t;
drop trigger g on u;
drop table t;
drop view v;
"""


# What other tests may have left in the database that they share.
LEFT_OVER = {
    "credit_hold_overdue",
    "default_partition_filled",
    "maintenance_failing",
    "tier_change_overdue",
}


def test_a_new_project_is_sound(closed_stack: StackStatus) -> None:
    report = examine(load_config(REPOSITORY), closed_stack, deep=True)

    assert report.is_sound
    assert [finding.slug for finding in report.findings] == ["scheduler_missing"]
    assert report.unchecked == ()
    assert len(report.passed) > 25


def test_a_project_that_exposes_new_tables_is_sound(stack: StackStatus) -> None:
    report = examine(load_config(REPOSITORY), stack)

    wrong = {finding.slug for finding in report.findings if finding.severity != "note"}
    assert wrong <= LEFT_OVER


@pytest.fixture
def project(tmp_path: Path) -> StackConfig:
    """A project with migrations of its own to edit."""
    shutil.copytree(REPOSITORY / "supabase", tmp_path / "supabase")
    return load_config(tmp_path)


def migration_findings(db: Connection, project: StackConfig) -> list[tuple[str, str]]:
    """What is found about migrations, with the file that it is about."""
    report = examine_database(db, project)
    return [
        (finding.slug, finding.what.split()[0])
        for finding in report.findings
        if finding.slug.startswith("migration_")
    ]


def test_migrations_that_are_pending_changed_or_unknown_are_found(
    db: Connection, project: StackConfig
) -> None:
    assert migration_findings(db, project) == []
    first, second, *_ = sorted(project.migrations.glob("*.sql"))
    first.write_text(first.read_text("utf-8").replace(" ", "  ") + ";\n", "utf-8")
    assert migration_findings(db, project) == [], "blanks make no difference"

    first.write_text(first.read_text("utf-8") + "select 1;\n", "utf-8")
    second.unlink()
    (project.migrations / "29990101000000_late.sql").write_text("select 1;", "utf-8")
    assert migration_findings(db, project) == [
        ("migration_changed", first.name),
        ("migration_pending", "29990101000000_late.sql"),
        ("migration_unknown", second.name.removesuffix(".sql")),
    ]


def test_a_migration_that_is_no_sql_is_found(db: Connection, project: StackConfig) -> None:
    (project.migrations / "29990101000000_late.sql").write_text("create tabel x ();", "utf-8")
    report = examine_database(db, project)
    [broken] = [finding for finding in report.findings if finding.slug == "migration_unreadable"]
    assert broken.what.startswith("29990101000000_late.sql cannot be read: syntax error")
    assert "table_without_rls" in {skipped.slug for skipped in report.unchecked}


def test_what_a_later_migration_drops_or_replaces_is_not_expected(tmp_path: Path) -> None:
    (tmp_path / "1.sql").write_text(FIRST, "utf-8")
    (tmp_path / "2.sql").write_text(SECOND, "utf-8")

    declared = read_declared(sorted(tmp_path.glob("*.sql")))

    assert declared.tables == {"public.u"}
    assert (declared.policies, declared.triggers) == (set(), set())
    assert declared.bodies() == {"public.f": [Body("select 3", is_definer=False)]}


def test_what_the_api_exposes_is_asked_of_the_api(project: StackConfig) -> None:
    config = project.root / "supabase" / "config.toml"
    text = config.read_text("utf-8")
    config.write_text(text.replace('["public", "portal"]', '["public", "private"]'), "utf-8")
    with new_stack(project.root) as status:
        assert status.db_url
        with psycopg.connect(status.db_url) as connection:
            connection.execute("create schema if not exists portal")

        report = examine(load_config(project.root), status)

    found = {finding.slug for finding in report.findings}
    assert {"private_exposed", "portal_not_exposed"} <= found


def test_an_api_or_a_database_that_does_not_answer_is_a_finding(stack: StackStatus) -> None:
    nowhere = replace(stack, backend="external", api_url="http://127.0.0.1:9", db_url=None)
    report = examine(load_config(REPOSITORY), nowhere)
    assert [finding.slug for finding in report.findings] == ["api_unreachable"]
    assert {skipped.why for skipped in report.unchecked} == {"SUPABASE_DB_URL is not set"}

    for url in ("postgresql://127.0.0.1:9/x", "no address"):
        away = replace(stack, backend="external", db_url=url, api_url=None)
        report = examine(load_config(REPOSITORY), away)
        assert [finding.slug for finding in report.findings] == ["database_unreachable"]
        assert report.passed == ()


def test_the_command_prints_findings_and_ends_accordingly(
    cli: CommandLine, closed_stack: StackStatus, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert closed_stack.db_url
    without = cli("doctor")
    assert without.stdout == ""
    assert "SUPABASE_DB_URL is not set: migration_pending" in without.stderr

    monkeypatch.setenv("SUPABASE_DB_URL", closed_stack.db_url)
    assert cli.json("doctor")["sound"]
    told = cli("doctor")
    assert "note: this project has no pg_cron [scheduler_missing]" in told.stdout
    assert told.stderr.rstrip().endswith("checks passed, 1 finding.")

    monkeypatch.setenv("SUPABASE_DB_URL", "postgresql://127.0.0.1:9/x")
    broken = cli.run("doctor", "--json")
    assert broken.exit_code == 1
    assert not json.loads(broken.stdout)["sound"]

    monkeypatch.setenv("TS_CUSTOMERS_BACKEND", "embedded")
    monkeypatch.setenv("TS_CUSTOMERS_DATA", str(tmp_path / "none"))
    down = cli.run("doctor")
    assert (down.exit_code, down.stdout.splitlines()[2]) == (1, "  fix: ts-customers up")
