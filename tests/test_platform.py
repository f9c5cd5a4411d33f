"""The copy of Supabase's platform: postgres may what hosted lets it do, and no more."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from stacks import Project, scratch_project

# Each is run as postgres and rolled back; several statements are one entry.
ALLOWED = [
    """
    create table t (id uuid primary key references auth.users (id) on delete cascade);
    drop table t
    """,
    """
    create policy p on realtime.messages for select to authenticated using (true);
    alter policy p on realtime.messages using (false);
    drop policy p on realtime.messages
    """,
    """
    create function tg() returns trigger language plpgsql as 'begin return new; end';
    create trigger t after insert on auth.users for each row execute function tg();
    drop function tg() cascade
    """,
    "alter publication supabase_realtime add table notes",
    "create publication mine for table notes",
    "create extension if not exists pg_trgm with schema extensions",
    "create extension if not exists moddatetime with schema extensions",
    "create schema mine; create table mine.t (id int); drop schema mine cascade",
    "alter default privileges in schema public revoke execute on functions from public",
    "alter role authenticator set pgrst.db_schemas = 'public,portal'",
    "set session_replication_role = replica",
    "grant usage on schema realtime to anon",
    "insert into auth.users (id, email) values (gen_random_uuid(), 'someone@example.com')",
    "create role mine; grant authenticated to mine",
    "comment on schema public is 'ours'",
    "alter database postgres set statement_timeout = '1min'",
    "create temporary table t (id int); drop table t",
]
REFUSED = [
    "alter table realtime.messages add column x int",
    "alter table realtime.messages disable row level security",
    "drop table realtime.messages",
    "comment on table realtime.messages is 'x'",
    "create index on realtime.messages (topic)",
    "create table realtime.t (id int)",
    "delete from realtime.messages",
    "truncate realtime.messages",
    "drop function realtime.topic()",
    "create or replace function realtime.topic() returns text language sql as 'select null'",
    "create table auth.t (id int)",
    "create function auth.f() returns int language sql return 1",
    "alter table auth.users add column x int",
    "create index on auth.users (email)",
    "drop schema auth cascade",
    "create table storage.t (id int)",
    "alter default privileges for role supabase_admin in schema public grant all on tables to anon",
    "alter database postgres set \"app.settings.x\" = '1'",
    "alter role anon set \"app.settings.x\" = '1'",
    "grant supabase_auth_admin to postgres",
    "set role supabase_realtime_admin",
    "create role mine superuser",
    "copy (select 1) to program 'cat'",
    "alter event trigger guard_platform_ddl disable",
]
ROLES = """
select rolname, rolinherit, rolcanlogin, rolbypassrls, rolconfig
from pg_roles
where rolname in ('anon', 'authenticated', 'service_role', 'authenticator', 'postgres')
order by rolname
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with scratch_project(tmp_path_factory.mktemp("platform")) as made:
        made.stack().up()
        yield made


@pytest.fixture
def postgres(project: Project) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A session of postgres whose changes are undone."""
    url = project.stack().status().db_url
    assert url
    with psycopg.connect(url) as connection:
        yield connection
        connection.rollback()


@pytest.mark.parametrize("statements", ALLOWED)
def test_postgres_may(postgres: psycopg.Connection[tuple[object, ...]], statements: str) -> None:
    postgres.execute(statements.encode())


@pytest.mark.parametrize("statement", REFUSED)
def test_postgres_may_not(postgres: psycopg.Connection[tuple[object, ...]], statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        postgres.execute(statement.encode())


def test_roles_are_those_of_a_project(project: Project) -> None:
    path = 'search_path="$user", public, extensions'
    assert project.query(ROLES) == [
        ("anon", True, False, False, ["statement_timeout=3s"]),
        ("authenticated", True, False, False, ["statement_timeout=8s"]),
        ("authenticator", False, True, False, ["statement_timeout=8s", "lock_timeout=8s"]),
        ("postgres", True, True, True, [path]),
        ("service_role", True, False, True, None),
    ]


def test_a_message_is_stored_with_its_id(
    postgres: psycopg.Connection[tuple[object, ...]],
) -> None:
    postgres.execute("select realtime.send('{\"a\": 1}', 'event', 'topic')")
    stored = postgres.execute(
        "select payload = jsonb_build_object('a', 1, 'id', id), event, topic, private, extension"
        " from realtime.messages"
    ).fetchall()
    assert stored == [(True, "event", "topic", True, "broadcast")]


def test_a_message_that_cannot_be_sent_is_a_warning(
    postgres: psycopg.Connection[tuple[object, ...]],
) -> None:
    notices: list[str] = []
    postgres.add_notice_handler(lambda notice: notices.append(notice.message_primary or ""))
    postgres.execute("set local role authenticated")
    postgres.execute("select realtime.send('{}', 'event', 'topic')")
    assert [notice.partition(":")[0] for notice in notices] == ["WarnSendingBroadcastMessage"]


def test_changes_are_broadcast_row_by_row_only(
    postgres: psycopg.Connection[tuple[object, ...]],
) -> None:
    call = (
        "select realtime.broadcast_changes('topic', 'event', %s, 'notes', 'public',"
        " row(1, 'new')::notes, null::notes, %s)"
    )
    postgres.execute(call, ["INSERT", "ROW"])
    stored = postgres.execute("select payload - 'id' from realtime.messages").fetchall()
    assert stored == [
        (
            {
                "operation": "INSERT",
                "table": "notes",
                "schema": "public",
                "record": {"id": 1, "said": "new"},
                "old_record": None,
            },
        )
    ]
    with pytest.raises(psycopg.errors.RaiseException, match="Failed to process the row"):
        postgres.execute(call, ["INSERT", "STATEMENT"])
