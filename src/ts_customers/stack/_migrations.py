"""Migrations and seeds, run and recorded as the Supabase CLI does it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from pglast.parser import ParseError, Token, scan, split
from psycopg.rows import TupleRow

from ts_customers._errors import StackError
from ts_customers.stack._config import StackConfig

_FILE_NAME = re.compile(r"([0-9]+)_(.*)\.sql", re.DOTALL)
_SEMICOLON = "ASCII_59"
_COMMENTS = frozenset(("SQL_COMMENT", "C_COMMENT"))
# A file is one transaction together with its record: it cannot end or begin one itself.
_TRANSACTION_WORDS = frozenset(
    ("BEGIN_P", "START", "COMMIT", "END_P", "ROLLBACK", "ABORT_P", "SAVEPOINT", "RELEASE")
)

_HISTORY = """
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (
    version text not null primary key
);
alter table supabase_migrations.schema_migrations add column if not exists statements text[];
alter table supabase_migrations.schema_migrations add column if not exists name text
"""
_SEED_HISTORY = """
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.seed_files (
    path text not null primary key, hash text not null
)
"""
_LOCK = "lock table supabase_migrations.schema_migrations in share row exclusive mode"
_IS_APPLIED = "select from supabase_migrations.schema_migrations where version = %s"
_RECORD = """
insert into supabase_migrations.schema_migrations (version, name, statements) values (%s, %s, %s)
"""
_RECORD_SEED = """
insert into supabase_migrations.seed_files (path, hash) values (%s, %s)
on conflict (path) do update set hash = excluded.hash
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of supabase/migrations."""

    path: Path
    version: str
    name: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a file, as it is recorded.

    `line` is where its text begins, `first_offset` where its first word stands after comments.
    """

    text: str
    line: int
    first_offset: int
    first_word: str


def migrate(url: str, config: StackConfig) -> list[str]:
    """Apply the migrations that a database does not have yet, each in a transaction of its own.

    Returns: the names of the files that were applied, in order.
    Raises: StackError migration_failed, migration_out_of_order, migration_missing,
    database_unreachable.
    """
    with _connected(url) as connection:
        _create_history(connection, _HISTORY)
        pending = _pending(list_migrations(config.migrations), _applied(connection))
        applied = [migration.path.name for migration in pending if _apply(connection, migration)]
        if applied:
            connection.execute("notify pgrst, 'reload schema'")
    return applied


def seed(url: str, config: StackConfig) -> list[str]:
    """Run the seed files that were never run. As with the CLI, a changed one does not run again.

    Returns: the paths of the files that were run, relative to the project.
    Raises: StackError seed_failed, database_unreachable.
    """
    ran: list[str] = []
    files = _seed_files(config)
    if not files:
        return ran
    with _connected(url) as connection:
        _create_history(connection, _SEED_HISTORY)
        rows = connection.execute("select path, hash from supabase_migrations.seed_files")
        known = dict(rows.fetchall())
        for file in files:
            path = file.relative_to(config.root).as_posix()
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            if known.get(path) == digest:
                continue
            with connection.transaction():
                if path not in known:
                    _run_file(connection, file, slug="seed_failed")
                    ran.append(path)
                connection.execute(_RECORD_SEED, [path, digest])
    return ran


def list_migrations(folder: Path) -> list[Migration]:
    """The migrations in a folder, in the order in which they apply. Other files are passed over."""
    named = ((path, _FILE_NAME.fullmatch(path.name)) for path in sorted(folder.glob("*.sql")))
    return [Migration(path, match[1], match[2]) for path, match in named if match]


def split_statements(text: str) -> list[Statement]:
    """The statements of a file, without their semicolons but with the comments before them.

    Raises: pglast.parser.ParseError.
    """
    found: list[Statement] = []
    start, line = 0, 1
    for end, first in _ends(text):
        if chunk := text[start:end].strip():
            offset = text.index(chunk, start)
            line += text.count("\n", start, offset)
            word, begins = (first.name, first.start) if first else ("", offset)
            found.append(Statement(chunk, line, begins - offset, word))
            line += text.count("\n", offset, end)
        else:
            line += text.count("\n", start, end)
        start = end + 1
    return found


def _ends(text: str) -> Iterator[tuple[int, Token | None]]:
    """Where each statement's semicolon stands, or the text ends, and its first word before it."""
    bodies = iter(split(text, only_slices=True))
    body = next(bodies, None)
    first = None
    for token in scan(text):
        if token.name in _COMMENTS:
            continue
        while body and body.stop <= token.start:
            body = next(bodies, None)
        # One inside a statement is part of it, as in `begin atomic ... end`.
        if token.name == _SEMICOLON and not (body and body.start <= token.start):
            yield token.start, first
            first = None
        elif first is None:
            first = token
    yield len(text), first


def _pending(local: list[Migration], applied: list[str]) -> list[Migration]:
    versions = {migration.version for migration in local}
    if unknown := [version for version in applied if version not in versions]:
        raise StackError(
            f"the database has migrations that supabase/migrations lacks: {', '.join(unknown)}",
            slug="migration_missing",
            hint="Fetch them with `supabase migration fetch`, or take up the branch that has them.",
        )
    pending = [migration for migration in local if migration.version not in applied]
    newest = max(applied, default="")
    if late := [migration.path.name for migration in pending if migration.version < newest]:
        raise StackError(
            f"{', '.join(late)} would come before {newest}, which the database has already",
            slug="migration_out_of_order",
            hint="Rename it with a newer timestamp, or reset a database of your own.",
        )
    return pending


def _seed_files(config: StackConfig) -> list[Path]:
    """The files that [db.seed] names, each once."""
    home = config.root / "supabase"
    found = (path for pattern in config.seed_paths for path in sorted(_matches(home, pattern)))
    return list(dict.fromkeys(found))


def _matches(home: Path, pattern: str) -> Iterator[Path]:
    return (path.resolve() for path in home.glob(pattern.removeprefix("./")) if path.is_file())


def _apply(connection: psycopg.Connection[TupleRow], migration: Migration) -> bool:
    """Apply one migration, unless somebody else has done so meanwhile.

    Returns: whether it was applied here.
    """
    with connection.transaction():
        connection.execute(_LOCK)
        if connection.execute(_IS_APPLIED, [migration.version]).fetchone():
            return False
        statements = _run_file(connection, migration.path, slug="migration_failed")
        texts = [statement.text for statement in statements]
        connection.execute(_RECORD, [migration.version, migration.name, texts])
    return True


def _run_file(
    connection: psycopg.Connection[TupleRow], path: Path, *, slug: str
) -> list[Statement]:
    statements = _read_file(path, slug)
    connection.execute("reset all")
    for statement in statements:
        if statement.first_word in _TRANSACTION_WORDS:
            why = "a file runs in one transaction and cannot begin or end one itself"
            raise _refused(path, statement.line, why, "Leave the statement out.", slug)
        try:
            # Without parameters, so that a percent sign is only that.
            connection.execute(statement.text.encode())
        except psycopg.Error as error:
            at = error.diag.statement_position
            offset = int(at) - 1 if at else statement.first_offset
            line = statement.line + statement.text.count("\n", 0, offset)
            why = error.diag.message_primary or str(error)
            details = filter(None, (error.diag.message_detail, error.diag.message_hint))
            raise _refused(path, line, why, " ".join(details), slug) from error
    return statements


def _read_file(path: Path, slug: str) -> list[Statement]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(path, 1, "the file is not UTF-8", "", slug) from error
    try:
        return split_statements(text)
    except ParseError as error:
        why, offset = error.args
        raise _refused(path, text.count("\n", 0, offset) + 1, why, "", slug) from error


def _refused(path: Path, line: int, why: str, hint: str, slug: str) -> StackError:
    return StackError(
        f"{path.name}, line {line}: {why}",
        slug=slug,
        hint=hint or "Mend the file and run this again; nothing of it was applied.",
    )


def _create_history(connection: psycopg.Connection[TupleRow], statements: str) -> None:
    with connection.transaction():
        connection.execute("set local lock_timeout = '4s'")
        connection.execute("set local client_min_messages = warning")
        connection.execute(statements.encode())


def _applied(connection: psycopg.Connection[TupleRow]) -> list[str]:
    rows = connection.execute(
        "select version from supabase_migrations.schema_migrations order by version"
    )
    return [row[0] for row in rows]


@contextmanager
def _connected(url: str) -> Iterator[psycopg.Connection[TupleRow]]:
    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=15)
    except psycopg.Error as error:  # also of an address that is none
        raise StackError(
            f"the database cannot be reached: {str(error).strip().splitlines()[0]}",
            slug="database_unreachable",
            hint="`ts-customers status` says what runs. A project elsewhere: see SUPABASE_DB_URL.",
        ) from error
    with connection:
        yield connection
