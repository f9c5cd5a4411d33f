"""What the migrations are written like, and what stands inside the bodies of their functions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pglast import ast

from sources import (
    MIGRATIONS,
    Function,
    Source,
    files,
    functions,
    read,
    sources,
    writes_without_where,
)
from tap import Tap

SQLSTATES_NOBODY_MAY_RAISE = {
    "40001": "PostgREST repeats the call for ever",
    "serialization_failure": "PostgREST repeats the call for ever",
    "P0002": "PostgREST answers 500",
    "no_data_found": "PostgREST answers 500",
    # INTO STRICT raises P0002.
    "into strict": "PostgREST answers 500",
}
# What hosted refuses the role that runs migrations, or a migration's one transaction.
REFUSED_STATEMENTS = (
    ast.AlterDatabaseSetStmt,
    ast.AlterDatabaseStmt,
    ast.AlterRoleSetStmt,
    ast.AlterRoleStmt,
    ast.AlterSystemStmt,
    ast.CopyStmt,
    ast.CreateEventTrigStmt,
    ast.CreateRoleStmt,
    ast.CreatedbStmt,
    ast.GrantRoleStmt,
    ast.TransactionStmt,
    ast.VacuumStmt,
)
EXPLANATIONS = """
select
    format('%I.%I', p.pronamespace::regnamespace, p.proname),
    string_agg(obj_description(p.oid, 'pg_proc'), '')
from pg_proc as p
where p.prosecdef
group by 1
"""
PLATFORM_SCHEMAS = ("auth", "realtime", "storage", "extensions", "vault")
STATE_CHANGERS = re.compile(r"\b(set session|set role|alter type .* add value|concurrently)\b")
# In a function's body `if not exists (` asks a question.
IF_NOT_EXISTS = re.compile(r"\bif not exists\s+[a-z]")
LONG_LINE = 100

SQL = "create function f() returns void language sql"
PLPGSQL = "create function f() returns void language plpgsql"


def made(text: str) -> list[Source]:
    """The statements of a text that stands in no file."""
    return list(read("made up", text))


def unexplained_definers(given: list[Function], tap: Tap) -> list[str]:
    """The definers that neither a comment above nor a COMMENT ON gives a reason for."""
    explained: dict[str, str | None] = dict(tap.rows(EXPLANATIONS))
    return [
        str(function.source)
        for function in given
        if function.is_definer
        and not function.covered
        and "DEFINER" not in (explained.get(function.name) or "")
    ]


def refused_by_hosted(given: Source) -> bool:
    """Whether a hosted project refuses the statement."""
    tree = given.tree
    if isinstance(tree, REFUSED_STATEMENTS):
        return True
    if isinstance(tree, ast.CreateExtensionStmt):
        return any(option.defname == "new_version" for option in tree.options or ())
    if isinstance(tree, ast.AlterDefaultPrivilegesStmt):
        return any(option.defname == "roles" for option in tree.options or ())
    code = given.text.split("$$")[0].lower()
    if STATE_CHANGERS.search(code):
        return True
    # Policies and triggers may be put on the platform's tables; nothing else may be changed there.
    if isinstance(tree, ast.CreatePolicyStmt | ast.CreateTrigStmt | ast.DropStmt):
        return False
    target = re.match(
        r"(?:create|alter|comment on)\s+(?:or replace\s+)?"
        r"(?:table|function|view|index \w+ on|trigger \w+ on|type|column)\s+(\w+)\.",
        code,
    )
    return target is not None and target[1] in PLATFORM_SCHEMAS


def test_files_are_named_by_time_and_noun() -> None:
    names = [path.name for path in files()]
    assert len(names) == len(list(MIGRATIONS.iterdir()))
    assert [name for name in names if not re.fullmatch(r"\d{14}_[a-z]+(_[a-z]+)*\.sql", name)] == []
    assert len({name[:14] for name in names}) == len(names)


@pytest.mark.parametrize("path", files(), ids=lambda path: path.stem)
def test_a_file_says_what_it_is_what_it_needs_and_what_it_provides(path: Path) -> None:
    head = path.read_text("utf-8").partition("\n\n")[0]
    assert re.match(r"-- [A-Z].+^-- Needs: .+Provides: .+", head, re.DOTALL | re.MULTILINE)


def test_no_line_is_longer_than_a_hundred_characters() -> None:
    long = [
        f"{path.name}, line {number}"
        for path in files()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        # Generated data, and what says for itself that it cannot be broken.
        if len(line) > LONG_LINE and "noqa: LT05" not in line and "address_formats" not in path.name
    ]
    assert long == []


def test_only_extensions_may_exist_already() -> None:
    assert [
        str(source)
        for source in sources()
        if IF_NOT_EXISTS.search(source.text)
        and not isinstance(source.tree, ast.CreateExtensionStmt)
    ] == []


def test_every_definer_says_why(tap: Tap) -> None:
    assert unexplained_definers(functions(sources()), tap) == []


def test_a_definer_that_says_nothing_is_noticed(tap: Tap) -> None:
    definer = "create function private.x() returns int language sql security definer return 1;"

    def unexplained(text: str) -> int:
        return len(unexplained_definers(functions(tuple(made(text))), tap))

    assert unexplained(definer) == 1
    assert unexplained(f"-- DEFINER because it may.\n{definer}") == 0
    assert unexplained(f"-- DEFINER, both, because they may.\n{definer}{definer}") == 0
    assert unexplained(f"-- DEFINER, both, because they may.\n{definer}{definer}{definer}") == 1


def test_a_function_is_no_longer_than_sixty_lines() -> None:
    long = [function.name for function in functions(sources()) if function.lines > 60]
    assert long == []


def test_no_function_raises_what_postgrest_cannot_pass_on() -> None:
    found = [
        f"{source}: {word} ({why})"
        for source in sources()
        for word, why in SQLSTATES_NOBODY_MAY_RAISE.items()
        if word.lower() in source.text.lower()
    ]
    assert found == []


def test_whatever_is_raised_has_a_slug() -> None:
    raising = [
        str(function.source)
        for function in functions(sources())
        if re.search(r"\braise\s+(?!notice|warning|log|debug|info)", function.source.text)
        and function.name != "private.fail"
    ]
    assert raising == []


def test_every_update_and_delete_says_which_rows() -> None:
    found = {str(source): writes_without_where(source) for source in sources()}
    assert {source: writes for source, writes in found.items() if writes} == {}


@pytest.mark.parametrize(
    "text",
    [
        "update public.orders set status = 'open'",
        f"{SQL} begin atomic delete from orders; end",
        f"{SQL} begin atomic with gone as (delete from orders returning 1) select 1; end",
        f"{PLPGSQL} as $$ begin update orders set status = 'x'; end $$",
        f"{PLPGSQL} as $$ begin execute format('delete from %I', 'orders'); end $$",
    ],
)
def test_a_write_of_every_row_is_noticed(text: str) -> None:
    (source,) = made(text)
    assert len(writes_without_where(source)) == 1


def test_no_statement_is_one_that_hosted_refuses() -> None:
    assert [str(source) for source in sources() if refused_by_hosted(source)] == []


@pytest.mark.parametrize(
    "text",
    [
        "alter database postgres set app.secret = 'x'",
        "alter role authenticator set pgrst.db_schemas = 'public'",
        "alter default privileges for role supabase_admin grant select on tables to anon",
        "create extension pg_trgm with schema extensions version '1.6'",
        "create index concurrently x on public.orders (id)",
        "create table auth.more (id int)",
        "create index x on auth.users (email)",
        "comment on table auth.users is 'x'",
        "alter table realtime.messages add column x int",
        "create event trigger x on ddl_command_end execute function f()",
        "vacuum public.orders",
        "copy public.orders from program 'x'",
        "commit",
    ],
)
def test_a_statement_that_hosted_refuses_is_noticed(text: str) -> None:
    (source,) = made(text)
    assert refused_by_hosted(source)


def test_old_and_new_rows_are_joined_by_no_nested_loop() -> None:
    """A kept plan would compare each of ten thousand rows with each other."""
    joins = [
        (path.name, kind)
        for path in files()
        if path.suffix == ".sql"
        for kind in re.findall(r"(\w+) join (?:old|new)_rows", path.read_text("utf-8"))
    ]
    assert len(joins) > 10
    assert [join for join in joins if join[1] != "full"] == []
