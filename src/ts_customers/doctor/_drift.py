"""Where the database differs from what the migrations make."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg.rows import TupleRow

from ts_customers.doctor._catalogue import read_catalogue, shipped_catalogue
from ts_customers.doctor._declared import Declared
from ts_customers.doctor._differences import object_findings
from ts_customers.doctor._findings import Finding

if TYPE_CHECKING:
    from ts_customers.stack._migrations import Migration

Connection = psycopg.Connection[TupleRow]

MIGRATION_SLUGS = ("migration_pending", "migration_changed", "migration_unknown")
DRIFT_SLUGS = (
    "object_missing",
    "object_unknown",
    "object_changed",
    "function_changed",
    "grant_missing",
    "grant_unknown",
)

_APPLIED = "select version, name, statements from supabase_migrations.schema_migrations"
_FUNCTIONS = """
select format('%s.%s', n.nspname, p.proname), p.prosrc, p.prosecdef, p.prosqlbody is null,
    p.oid::regprocedure::text
from pg_proc as p
inner join pg_namespace as n on n.oid = p.pronamespace
where p.prokind = 'f' and n.nspname <> 'pg_catalog'
"""
_RELATIONS = """
select format('%s.%s', n.nspname, c.relname)
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v')
"""
_POLICIES = """
select format('%s.%s', n.nspname, c.relname), p.polname
from pg_policy as p
inner join pg_class as c on c.oid = p.polrelid
inner join pg_namespace as n on n.oid = c.relnamespace
"""
_TRIGGERS = """
select format('%s.%s', n.nspname, c.relname), g.tgname
from pg_trigger as g
inner join pg_class as c on c.oid = g.tgrelid
inner join pg_namespace as n on n.oid = c.relnamespace
where not g.tgisinternal and g.tgparentid = 0
"""


def migration_findings(connection: Connection, local: list[Migration]) -> Iterator[Finding]:
    """Migrations that are not applied, changed since they were, or applied but not there."""
    applied: dict[str, tuple[str, list[str] | None]] = {}
    if connection.execute(
        "select to_regclass('supabase_migrations.schema_migrations')"
    ).fetchone() != (None,):
        rows = connection.execute(_APPLIED).fetchall()
        applied = {version: (name, statements) for version, name, statements in rows}
    for migration in local:
        if migration.version not in applied:
            yield Finding(
                "migration_pending",
                "error",
                f"{migration.path.name} is not applied",
                "the commands and clients of this version expect what it makes",
                "ts-customers migrate",
            )
            continue
        _name, statements = applied[migration.version]
        if statements and _essence("".join(statements)) != _essence(_text(migration.path)):
            yield Finding(
                "migration_changed",
                "error",
                f"{migration.path.name} was changed after it was applied",
                "this database is not what the files make, nor like the next one made from them",
                f"git log -p -- {migration.path.name}; undo the change and put it into a new "
                "migration, or for a stack of your own: ts-customers reset",
            )
    versions = {migration.version for migration in local}
    for version, (name, _statements) in sorted(applied.items()):
        if version not in versions:
            yield Finding(
                "migration_unknown",
                "error",
                f"{version}_{name or ''} was applied, but supabase/migrations lacks it",
                "the next migration may contradict what nobody can read here",
                "supabase migration fetch",
            )


def without(local: list[Migration], shipped: list[Migration]) -> list[Path]:
    """The migrations of a project that are not among ours, whatever their names have become."""
    ours = {_essence(_text(migration.path)) for migration in shipped}
    return [migration.path for migration in local if _essence(_text(migration.path)) not in ours]


def drift_findings(connection: Connection, declared: Declared, own: Declared) -> Iterator[Finding]:
    """What is missing, what is on our tables without a migration, and what was changed by hand.

    `declared` is what the project's migrations make, `own` what those of them make that are not
    ours.
    """
    yield from object_findings(read_catalogue(connection), shipped_catalogue(), declared, own)
    yield from _missing(connection, declared)
    yield from _unknown(connection, declared)
    found: dict[str, list[tuple[str, bool, bool]]] = {}
    for name, source, is_definer, has_text, _signature in connection.execute(_FUNCTIONS):
        found.setdefault(name, []).append((source, is_definer, has_text))
    for name, bodies in sorted(declared.bodies().items()):
        written = [(body.source, body.is_definer) for body in bodies]
        for source, is_definer, has_text in found.get(name, []):
            if (source if has_text else None, is_definer) not in written:
                yield Finding(
                    "function_changed",
                    "error",
                    f"{name} is not as the migrations write it",
                    "somebody replaced it in this database alone; the next database has another",
                    "run its `create or replace function` of supabase/migrations again, or put "
                    "the change into a new migration",
                )


def _missing(connection: Connection, declared: Declared) -> Iterator[Finding]:
    def names(query: str) -> set[str]:
        return {" on ".join(reversed(row)) for row in connection.execute(query.encode())}

    functions = {row[0] for row in connection.execute(_FUNCTIONS.encode())}
    expected: Mapping[str, tuple[set[str], set[str]]] = {
        "table or view": (declared.tables, names(_RELATIONS)),
        "policy": ({f"{name} on {table}" for table, name in declared.policies}, names(_POLICIES)),
        "trigger": ({f"{name} on {table}" for table, name in declared.triggers}, names(_TRIGGERS)),
        "function": (set(declared.bodies()), functions),
    }
    for kind, (wanted, there) in expected.items():
        for name in sorted(wanted - there):
            yield Finding(
                "object_missing",
                "error",
                f"the {kind} {name} is missing",
                "a migration made it, and somebody dropped it by hand",
                f"run the statement of supabase/migrations that creates the {kind} again",
            )


def _unknown(connection: Connection, declared: Declared) -> Iterator[Finding]:
    for kind, query, known in (
        ("policy", _POLICIES, declared.policies),
        ("trigger", _TRIGGERS, declared.triggers),
    ):
        for table, name in sorted(connection.execute(query.encode()).fetchall()):
            if table in declared.tables and (table, name) not in known:
                yield Finding(
                    "object_unknown",
                    "warning",
                    f"the {kind} {name} on {table} is in no migration",
                    "it may open rows to others, or change what is written, in this database alone",
                    f'drop {kind} "{name}" on {table}; or put it into a migration',
                )


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig")


def _essence(text: str) -> str:
    """A text without blanks and semicolons, which tools that record migrations differ in."""
    return re.sub(r"[\s;]+", "", text)
