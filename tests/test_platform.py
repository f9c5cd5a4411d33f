"""The migrations elsewhere: with closed tables, on PostgreSQL 15, and through the Supabase CLI."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from calls import api_functions
from fix_stack import REPOSITORY, new_stack
from matrix import deviations
from rules_access import ACCESS_RULES, ALL_GRANTS, findings
from rules_tables import TABLE_RULES
from tap import Connection, Tap
from test_isolation_functions import betrays_us, strangers_to
from test_isolation_tables import MATRIX
from ts_customers.doctor._catalogue import read_catalogue, shipped_catalogue
from ts_customers.stack import StackStatus
from worlds import ACTORS, build_world

POSTGRES_15 = (
    Path("/usr/lib/postgresql/15/bin"),
    Path("/opt/homebrew/opt/postgresql@15/bin"),
    Path("/usr/local/opt/postgresql@15/bin"),
)
CLI = REPOSITORY / "node_modules" / ".bin" / "supabase"
# A function that serves several triggers sees, in one check, the transition tables of all.
CHECK = """
select format('%s line %s: %s %s', p.oid::regprocedure, f.lineno, f.message, f.detail)
from pg_proc as p
inner join pg_language as l on l.oid = p.prolang and l.lanname = 'plpgsql'
left join (
    select g.tgfoid, g.tgrelid, max(g.tgoldtable::text) as old, max(g.tgnewtable::text) as new
    from pg_trigger as g
    where not g.tgisinternal and g.tgparentid = 0
    group by 1, 2
) as t on t.tgfoid = p.oid
cross join lateral extensions.plpgsql_check_function_tb(
    p.oid, coalesce(t.tgrelid, 0), oldtable => t.old::name, newtable => t.new::name,
    extra_warnings => true, other_warnings => true, performance_warnings => false
) as f
where p.pronamespace::regnamespace::text in ('public', 'private', 'portal')
"""
HISTORY = """
select version, name, array_length(statements, 1)
from supabase_migrations.schema_migrations order by version
"""

needs_cli = pytest.mark.skipif(not CLI.exists(), reason="needs `npm ci` in the repository")


@pytest.fixture(scope="session")
def stack_15() -> Iterator[StackStatus]:
    """A stack on PostgreSQL 15."""
    folder = next((path for path in POSTGRES_15 if (path / "postgres").exists()), None)
    if folder is None:
        pytest.skip("needs a PostgreSQL 15 server on this machine")
    with new_stack(TS_CUSTOMERS_POSTGRES=str(folder)) as status:
        yield status


@pytest.fixture
def checked_15(stack_15: StackStatus) -> StackStatus:
    """A stack on PostgreSQL 15 that has plpgsql_check."""
    with connected(stack_15.admin_db_url) as connection:
        if not findings(connection, "select extname from pg_extension where extname ~ '_check$'"):
            pytest.skip("needs plpgsql_check: on Debian postgresql-15-plpgsql-check")
    return stack_15


@pytest.fixture(params=["closed", "15"])
def elsewhere(request: pytest.FixtureRequest) -> StackStatus:
    """A stack that differs from the one that all other tests run on."""
    name = "closed_stack" if request.param == "closed" else "stack_15"
    status: StackStatus = request.getfixturevalue(name)
    return status


@pytest.fixture
def there(elsewhere: StackStatus) -> Iterator[Connection]:
    """Its database as superuser, rolled back."""
    with connected(elsewhere.admin_db_url) as connection:
        yield connection


def connected(url: str | None) -> Any:
    """A connection whose work is undone by whoever rolls back or closes it without commit."""
    assert url
    return psycopg.connect(url)


def supabase(status: StackStatus, *arguments: str, admin: bool = False) -> Any:
    """Run the Supabase CLI on a stack, as postgres; returns what it prints, read as JSON."""
    url = status.admin_db_url if admin else status.db_url
    done = subprocess.run(
        [CLI, *arguments, "--output-format=json", f"--remote={url}?sslmode=disable"],
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("rule", [*ACCESS_RULES, *TABLE_RULES])
def test_every_rule_holds_there_as_well(there: Connection, rule: str) -> None:
    assert findings(there, {**ACCESS_RULES, **TABLE_RULES}[rule]) == []


def test_everybody_gets_as_far_there_and_no_further(elsewhere: StackStatus) -> None:
    with connected(elsewhere.db_url) as connection:
        world = build_world(Tap(connection))
        found = [
            deviation
            for table, rights in MATRIX.items()
            for actor in ACTORS
            for deviation in deviations(world, table, actor, rights)
        ]
        betraying = [
            (name, actor)
            for name in api_functions(world)
            for actor in strangers_to(name)
            if betrays_us(world, name, actor)
        ]
        connection.rollback()
    assert found == []
    assert betraying == []


@pytest.mark.postgres15
def test_postgresql_15_ends_in_the_same_grants(stack: StackStatus, stack_15: StackStatus) -> None:
    grants = []
    for status in (stack, stack_15):
        with connected(status.admin_db_url) as connection:
            rows = connection.execute(ALL_GRANTS.encode()).fetchall()
            # Partitions are named by the month; both stacks are made in the same one, or nearly.
            grants.append([row for row in rows if "customer_activities_2" not in row[0]])
    assert stack_15.versions["postgres"].startswith("15.")
    assert grants[0] == grants[1]


@pytest.mark.postgres15
def test_postgresql_15_ends_in_the_same_catalogue(stack_15: StackStatus) -> None:
    with connected(stack_15.db_url) as connection:
        assert read_catalogue(connection) == shipped_catalogue()


@pytest.mark.postgres15
def test_plpgsql_check_finds_nothing(checked_15: StackStatus) -> None:
    broken = """
    create function private.broken() returns void language plpgsql set search_path = ''
    as $$ begin perform no_such_column from public.customers; end $$
    """
    with connected(checked_15.admin_db_url) as connection:
        found = findings(connection, CHECK)
        connection.execute(broken.encode())
        noticed = findings(connection, CHECK)
        connection.rollback()
    assert found == []
    assert len(noticed) == 1


@needs_cli
@pytest.mark.npm
@pytest.mark.postgres15
def test_db_lint_finds_nothing(checked_15: StackStatus) -> None:
    schemas = "--schema=public,private"
    assert supabase(checked_15, "db", "lint", schemas, "--level=warning")["results"] == []


@needs_cli
@pytest.mark.npm
def test_the_advisors_have_no_advice(closed_stack: StackStatus) -> None:
    advise = ("db", "advisors", "--level=warn")
    assert supabase(closed_stack, *advise)["results"] == []

    # Shown to notice; the command has a connection of its own, so this one has to commit.
    with connected(closed_stack.db_url) as connection:
        connection.execute("create table public.leaks (id int primary key)")
        connection.execute("grant select on public.leaks to anon")
        connection.commit()
        try:
            noticed = supabase(closed_stack, *advise)["results"]
        finally:
            connection.execute("drop table public.leaks")
    assert "rls_disabled_in_public" in {advice["name"] for advice in noticed}


@needs_cli
@pytest.mark.npm
def test_the_cli_lists_every_migration_as_applied(stack: StackStatus) -> None:
    files = sorted((REPOSITORY / "supabase" / "migrations").glob("*.sql"))
    versions = [path.name.partition("_")[0] for path in files]
    listed = supabase(stack, "migration", "list")["migrations"]
    assert [(row["local"], row["remote"]) for row in listed] == [(v, v) for v in versions]


@needs_cli
@pytest.mark.npm
def test_db_push_makes_the_same_database(stack: StackStatus, tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "supabase" / "migrations").mkdir(parents=True)
    shutil.copy(REPOSITORY / "supabase" / "config.toml", project / "supabase")

    with new_stack(project) as pushed:
        supabase(pushed, "db", "push", "--yes")
        made = []
        for status in (stack, pushed):
            with connected(status.admin_db_url) as connection:
                grants = connection.execute(ALL_GRANTS.encode()).fetchall()
                made.append((grants, connection.execute(HISTORY.encode()).fetchall()))

    assert made[0] == made[1]
