"""How migrations and seeds are run and recorded: as the Supabase CLI does it."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator

import pytest

from stacks import NOTES, REPOSITORY, Project, scratch_project
from ts_customers._errors import StackError
from ts_customers.stack._migrations import split_statements

CLI = REPOSITORY / "node_modules" / ".bin" / "supabase"
TRICKY = """\
-- Leading é; with a semicolon
/* a block; /* nested; */ comment */
create table a (id int primary key, t text default 'a;b''c;' );\x20\x20

create function f(_x int) returns int
language sql
begin atomic
    select case when _x > 1 then 2 else 3 end;
    select 4;
end;

do $body$ begin perform 1; /* ; */ perform ';'; end $body$ ;
;;
insert into a values (1, E'esc\\'; x'), (2, '100% %s') ;
comment on table a is 'x' -- trailing; comment
;
select 1 as "we;ird" ; select 2
-- the end
;
-- only a comment
"""
TRICKY_STATEMENTS = [
    """\
-- Leading é; with a semicolon
/* a block; /* nested; */ comment */
create table a (id int primary key, t text default 'a;b''c;' )""",
    """\
create function f(_x int) returns int
language sql
begin atomic
    select case when _x > 1 then 2 else 3 end;
    select 4;
end""",
    "do $body$ begin perform 1; /* ; */ perform ';'; end $body$",
    "insert into a values (1, E'esc\\'; x'), (2, '100% %s')",
    "comment on table a is 'x' -- trailing; comment",
    'select 1 as "we;ird"',
    "select 2\n-- the end",
    "-- only a comment",
]
FILES = {
    "20260201000000_tricky.sql": TRICKY,
    "20260201000001_name-with.dots and blanks.sql": "create type t as enum ('a');select 1",
    "20260201000002_byte_order_mark.sql": "\ufeffselect 3;\r\nselect\r\n4;\r\n",
    "20260201000003_empty.sql": "-- nothing here\n",
    "notes.sql": "select 'passed over, for its name';",
}
SEED = "insert into notes values (1, 'a seed; 100%');\n"
RECORDS = "select version, name, statements from supabase_migrations.schema_migrations order by 1"
SEEDS = "select path, hash from supabase_migrations.seed_files"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with scratch_project(tmp_path_factory.mktemp("recorder")) as made:
        made.stack().up()
        yield made


@pytest.fixture
def project(shared: Project) -> Iterator[Project]:
    """A project with one applied migration; what a test adds goes again."""
    yield shared
    for path in (shared.root / "supabase" / "migrations").iterdir():
        path.unlink()
    (shared.root / "supabase" / "seed.sql").unlink(missing_ok=True)
    shared.add_migration("20260101000000_notes.sql", NOTES)
    empty(shared)
    shared.stack().migrate()


def empty(project: Project) -> None:
    project.query(
        "drop schema if exists supabase_migrations cascade; drop schema public cascade;"
        "create schema public",
        admin=True,
    )
    project.query("grant all on schema public to postgres", admin=True)


def refused(project: Project) -> StackError:
    with pytest.raises(StackError) as caught:
        project.stack().migrate()
    return caught.value


def test_statements_are_split_where_postgres_splits_them() -> None:
    statements = split_statements(TRICKY)
    assert [statement.text for statement in statements] == TRICKY_STATEMENTS
    assert [statement.line for statement in statements] == [1, 5, 12, 14, 15, 17, 17, 20]


def test_files_are_recorded_statement_by_statement_and_run_once(project: Project) -> None:
    for name, text in FILES.items():
        project.add_migration(name, text)
    assert project.stack().migrate() == [name for name in FILES if name != "notes.sql"]
    assert project.query(RECORDS)[1:] == [
        ("20260201000000", "tricky", TRICKY_STATEMENTS),
        (
            "20260201000001",
            "name-with.dots and blanks",
            ["create type t as enum ('a')", "select 1"],
        ),
        ("20260201000002", "byte_order_mark", ["select 3", "select\r\n4"]),
        ("20260201000003", "empty", ["-- nothing here"]),
    ]
    assert project.stack().migrate() == []


@pytest.mark.npm
@pytest.mark.skipif(not CLI.exists(), reason="needs `npm ci` in the repository")
def test_the_supabase_cli_records_the_same_and_agrees(project: Project) -> None:
    for name, text in FILES.items():
        project.add_migration(name, text)
    (project.root / "supabase" / "seed.sql").write_text(SEED, encoding="utf-8")
    url = f"{project.stack().status().db_url}?sslmode=disable"

    def cli(*arguments: str) -> str:
        done = subprocess.run(
            [CLI, *arguments, f"--remote={url}", "--workdir", project.root],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout + done.stderr

    empty(project)
    cli("db", "push", "--include-seed", "--yes")
    theirs = project.query(RECORDS), project.query(SEEDS)
    empty(project)
    project.stack().migrate()
    project.stack().seed()
    assert (project.query(RECORDS), project.query(SEEDS)) == theirs
    assert "up to date" in cli("db", "push", "--include-seed", "--yes")


def test_a_failing_file_is_named_with_its_line_and_leaves_no_trace(project: Project) -> None:
    path = project.add_migration(
        "20260201000000_broken.sql",
        "create table half (id int);\n-- why\ninsert into half\nvalues ('é'), (1 / 0);\n",
    )
    error = refused(project)
    assert error.slug == "migration_failed"
    assert str(error).startswith(f"{path.name}, line 4: invalid input syntax for type integer")
    assert project.query("select to_regclass('public.half')") == [(None,)]
    assert len(project.query(RECORDS)) == 1


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("select 1;\n\nselec 2;", 3, "syntax error at or near"),
        ("select 1;\n-- é\nraise_it();", 3, "syntax error at or near"),
        ("do $$ begin\nraise 'told' using hint = 'a way out';\nend $$", 1, "told"),
        ("select 1;\ncommit;\nselect 1", 2, "one transaction"),
    ],
)
def test_the_reason_of_a_failure_is_told(project: Project, text: str, line: int, why: str) -> None:
    project.add_migration("20260201000000_broken.sql", text)
    error = refused(project)
    assert f"line {line}: " in str(error)
    assert why in str(error)
    assert error.hint


def test_an_older_file_than_the_newest_applied_is_refused(project: Project) -> None:
    project.add_migration("20250101000000_late.sql", "select 1")
    error = refused(project)
    assert error.slug == "migration_out_of_order"
    assert "20250101000000_late.sql" in str(error)


def test_an_applied_version_without_its_file_is_refused(project: Project) -> None:
    (project.root / "supabase" / "migrations" / "20260101000000_notes.sql").unlink()
    error = refused(project)
    assert error.slug == "migration_missing"
    assert "20260101000000" in str(error)


def test_settings_of_one_file_do_not_reach_the_next(project: Project) -> None:
    project.add_migration("20260201000000_sets.sql", "set search_path = pg_catalog;")
    project.add_migration("20260201000001_creates.sql", "create table here (id int);")
    project.stack().migrate()
    assert project.query("select to_regclass('public.here')::text") == [("here",)]


def test_a_seed_runs_once_even_after_it_changed(project: Project) -> None:
    path = project.root / "supabase" / "seed.sql"
    path.write_text(SEED, encoding="utf-8")
    assert project.stack().seed() == ["supabase/seed.sql"]
    assert project.query("select said from notes") == [("a seed; 100%",)]

    path.write_text(SEED.replace("1", "2"), encoding="utf-8")
    assert project.stack().seed() == []
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert project.query(SEEDS) == [("supabase/seed.sql", digest)]
    assert project.query("select count(*) from notes") == [(1,)]


def test_an_external_project_is_migrated_but_not_started(project: Project) -> None:
    status = project.stack().status()
    assert status.db_url
    (project.root / ".env").write_text(
        f"SUPABASE_URL={status.api_url}\nSUPABASE_DB_URL={status.db_url}\n"
        f"SUPABASE_PUBLISHABLE_KEY={status.publishable_key}\n",
        encoding="utf-8",
    )
    project.add_migration("20260201000000_more.sql", "create table more (id int);")
    try:
        assert project.run("migrate").stdout == "20260201000000_more.sql\n"
        assert '"running": true' in project.run("status --json").stdout
        for command in ("up", "down", "reset", "logs"):
            done = project.run(command)
            assert (done.returncode, done.stdout) == (1, "")
            assert "backend_external" in done.stderr
    finally:
        (project.root / ".env").unlink()
