"""`ts-customers doctor` finds what is broken, says how to mend it, and is content once it is."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from fix_stack import REPOSITORY, new_stack
from organizations import Organization, insert_organization
from programs import CommandLine
from tap import Connection, Tap
from ts_customers.doctor import Finding, examine, examine_database
from ts_customers.doctor._checks import CHECKS
from ts_customers.doctor._declared import Body, read_declared
from ts_customers.doctor._drift import DRIFT_SLUGS
from ts_customers.doctor._stats import STATS_SLUG
from ts_customers.stack import StackStatus
from ts_customers.stack._config import StackConfig, load_config

CRON = """
create schema cron;
create table cron.job (command text, active boolean);
create function cron.schedule(text, text, command text) returns void language sql
as 'insert into cron.job values (command, true)';
"""
DUE = """
update public.customers
set credit_hold_reason = 'x', credit_hold_until = now() - interval '2 days'
where id = '{customer}'
"""

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

# A check, what breaks what it looks at, and what its finding names.
BROKEN = [
    ("table_without_rls", "alter table public.orders disable row level security", "orders"),
    ("view_with_owner_rights", "create view public.seen as select 1 as one", "seen"),
    ("table_open_to_anon", "grant select (name) on public.organizations to anon", "organizations"),
    ("table_open_to_anon", "grant select on public.orders to public", "orders"),
    ("grant_past_policies", "grant truncate on public.orders to authenticated", "TRUNCATE orders"),
    (
        "private_table_open",
        "grant select on private.customer_search to service_role",
        "private.customer_search",
    ),
    ("schema_open", "grant usage on schema private to authenticated", "use schema private"),
    ("schema_open", "grant create on schema public to public", "anon may create objects in"),
    ("function_for_everybody", "grant execute on function public.parent to public", "parent"),
    ("function_open_to_anon", "grant execute on function public.parent to anon", "parent"),
    ("function_search_path", "alter function private.fail set search_path = public", "fail"),
    ("definer_exposed", "alter function public.parent security definer", "parent"),
    (
        "table_published",
        "alter publication supabase_realtime add table public.customers",
        "customers (supabase_realtime)",
    ),
    ("trigger_disabled", "alter table public.orders disable trigger _900_touch", "_900_touch"),
    (
        "constraint_not_validated",
        "alter table public.orders add constraint orders_x_check check (total >= 0) not valid",
        "orders_x_check on orders",
    ),
    (
        "index_invalid",
        """
        update pg_index set indisvalid = false
        where indexrelid = 'public.customers_id_idx'::regclass
        """,
        "customers_id_idx",
    ),
    (
        "partition_missing",
        """
        do $$ begin
            execute 'drop table private.customer_activities_'
                || to_char(now() at time zone 'UTC' + interval '1 month', 'YYYY_MM');
        end $$
        """,
        "have no partition",
    ),
    (
        "default_partition_filled",
        """
        insert into public.customer_activities
        (organization_id, customer_id, type, title, created_at)
        values ('{org}', '{customer}', 'note', 'x', '1999-01-01')
        """,
        "1 activities",
    ),
    ("scheduler_missing", "", "no pg_cron"),
    ("maintenance_unscheduled", CRON, "runs no maintenance"),
    (
        "tier_change_overdue",
        """
        insert into public.tier_change_requests (
            organization_id, customer_id, to_tier_id, direction, status, effective_at, decided_at,
            impact
        )
        values ('{org}', '{customer}', '{gold}', 'upgrade', 'approved', '2020-01-01', now(), '{}')
        """,
        "{customer}",
    ),
    ("credit_hold_overdue", DUE, "{customer}"),
    (
        "organization_without_owner",
        "insert into public.organizations (name) values ('Nobody''s')",
        "Nobody's",
    ),
    (
        "stats_differ",
        "update public.customer_stats set order_count = 7 where customer_id = '{customer}'",
        "{customer}",
    ),
    ("object_missing", "drop policy orders_select_member on public.orders", "orders_select_member"),
    ("object_missing", "drop function private.page_limit cascade", "private.page_limit"),
    (
        "object_unknown",
        "create policy x on public.orders for select to authenticated using (true)",
        "policy x on public.orders",
    ),
    (
        "object_unknown",
        """
        create trigger x before insert on public.orders
        for each row execute function private.tg__touch()
        """,
        "trigger x on public.orders",
    ),
    (
        "function_changed",
        """
        create or replace function private.tg__touch() returns trigger language plpgsql
        set search_path = '' as $$ begin return new; end; $$
        """,
        "private.tg__touch",
    ),
    ("function_changed", "alter function private.tg__touch security definer", "private.tg__touch"),
]


class Doctor:
    """Breaks things as superuser, looks as postgres does, and undoes it all."""

    def __init__(self, connection: Connection, org: Organization) -> None:
        self.connection = connection
        self.org = org

    def run(self, statement: str) -> None:
        """Do something to the database, or to it as a whole."""
        if statement:
            self.connection.execute(self.fill(statement).encode())

    def fill(self, text: str) -> str:
        """A text with the ids of what there is."""
        for name, value in (
            ("{org}", self.org.id),
            ("{customer}", self.org.customer),
            ("{gold}", self.org.gold),
        ):
            text = text.replace(name, str(value))
        return text

    def found(self, slug: str) -> list[Finding]:
        """What one check finds."""
        self.connection.execute("set local role postgres")
        report = examine_database(self.connection, load_config(REPOSITORY), only=slug)
        self.connection.execute("reset role")
        assert slug in {*report.passed, *(finding.slug for finding in report.findings)}
        return [finding for finding in report.findings if finding.slug == slug]


@pytest.fixture
def doctor(admin_db: Connection) -> Doctor:
    """A database that can be broken."""
    return Doctor(admin_db, insert_organization(Tap(admin_db), "Acme"))


@pytest.mark.parametrize(("slug", "statement", "named"), BROKEN)
def test_what_is_broken_is_found_with_its_fix(
    doctor: Doctor, slug: str, statement: str, named: str
) -> None:
    before = doctor.found(slug) if statement else []
    doctor.run(statement)

    new = [finding for finding in doctor.found(slug) if finding not in before]

    assert any(doctor.fill(named) in finding.what for finding in new), new
    assert all(finding.why and finding.fix for finding in new)
    for finding in new:
        if finding.fix.endswith(";") and slug != "scheduler_missing":
            doctor.run(finding.fix.replace(" concurrently", ""))
            assert finding not in doctor.found(slug)


def test_every_check_is_shown_to_find_something() -> None:
    shown = {slug for slug, _statement, _named in BROKEN}
    made = {STATS_SLUG, *DRIFT_SLUGS, *(check.slug for check in CHECKS)}
    assert shown == made


def test_a_new_project_is_sound(stack: StackStatus) -> None:
    report = examine(load_config(REPOSITORY), stack, deep=True)

    assert report.is_sound
    assert {finding.slug for finding in report.findings} <= {
        "scheduler_missing",
        "organization_without_owner",
    }
    assert report.unchecked == ()
    assert len(report.passed) > 25


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

    away = replace(stack, backend="external", db_url="postgresql://127.0.0.1:9/x", api_url=None)
    report = examine(load_config(REPOSITORY), away)
    assert [finding.slug for finding in report.findings] == ["database_unreachable"]
    assert report.passed == ()


def test_the_command_prints_findings_and_ends_accordingly(
    cli: CommandLine, stack: StackStatus, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert stack.db_url
    without = cli("doctor")
    assert without.stdout == ""
    assert "SUPABASE_DB_URL is not set: migration_pending" in without.stderr

    monkeypatch.setenv("SUPABASE_DB_URL", stack.db_url)
    assert cli.json("doctor")["sound"]
    assert "note: this project has no pg_cron [scheduler_missing]" in cli("doctor").stdout

    monkeypatch.setenv("SUPABASE_DB_URL", "postgresql://127.0.0.1:9/x")
    broken = cli.run("doctor", "--json")
    assert broken.exit_code == 1
    assert not json.loads(broken.stdout)["sound"]

    monkeypatch.setenv("TS_CUSTOMERS_BACKEND", "embedded")
    monkeypatch.setenv("TS_CUSTOMERS_DATA", str(tmp_path / "none"))
    down = cli.run("doctor")
    assert (down.exit_code, down.stdout.splitlines()[2]) == (1, "  fix: ts-customers up")
