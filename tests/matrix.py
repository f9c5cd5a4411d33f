"""Trying each verb on each table as each actor, against a matrix of who may do what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg

from organizations import ROLES, insert_user
from rules_access import EXPOSED
from worlds import World

VERBS = ("select", "insert", "update", "delete")
# Refused before or by a policy; the second one is a view's own refusal.
REFUSALS = ("42501", "55000")
# What a delete that is allowed may run into: rows that refer to it, the last owner.
IN_USE = ("23503", "PT409")

_TABLES = f"""
select format('%s.%s', n.nspname, c.relname)
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname in {EXPOSED} and c.relkind in ('r', 'p', 'v', 'm', 'f')
"""
_COLUMNS = """
select
    a.attname,
    has_column_privilege('authenticated', a.attrelid, a.attnum, 'insert'),
    has_column_privilege('authenticated', a.attrelid, a.attnum, 'update'),
    exists (select from pg_index as i where i.indrelid = a.attrelid and a.attnum = any(i.indkey)),
    a.attgenerated <> ''
from pg_attribute as a
where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped
order by a.attnum
"""


@dataclass(frozen=True, slots=True)
class Rights:
    """The least role that may do each verb ("-": nobody), and what service_role may."""

    least: Mapping[str, str]
    service: frozenset[str]

    def allow(self, actor: str, verb: str) -> bool:
        """Whether an actor may."""
        least = self.least[verb]
        if actor == "service_role":
            return verb in self.service
        if least == "signed-in":
            return actor != "anon"
        if least in ROLES and actor in ROLES:
            return ROLES.index(actor) >= ROLES.index(least)
        return actor == least


def read_matrix(text: str) -> dict[str, Rights]:
    """Read a table of one line for each table, after a line of headings."""
    matrix = {}
    for line in text.strip().splitlines()[1:]:
        table, *least, service = line.split()
        verbs = frozenset(verb for verb in VERBS if verb[0] in service)
        matrix[table] = Rights(dict(zip(VERBS, least, strict=True)), verbs)
    return matrix


def exposed_tables(world: World) -> set[str]:
    """The tables and views that the API shows."""
    return {name for (name,) in world.tap.rows(_TABLES)}


def deviations(world: World, table: str, actor: str, rights: Rights) -> list[str]:
    """Where what an actor can do differs from what it may."""
    found = []
    for verb in VERBS:
        allowed = rights.allow(actor, verb)
        outcome, said = _try(world, table, actor, verb)
        if outcome != ("done" if allowed else "refused"):
            may = "may" if allowed else "may not"
            found.append(f"{actor} {may} {verb} {table}: {said}")
    return found


def organization_column(world: World, table: str) -> str | None:
    """The column that holds a row's organization."""
    if table == "public.organizations":
        return "id"
    columns = [row[0] for row in world.tap.rows(_COLUMNS, table)]
    return "organization_id" if "organization_id" in columns else None


def _try(world: World, table: str, actor: str, verb: str) -> tuple[str, str]:
    """Try one verb on the rows of our organization, and undo it.

    Returns: done, refused or failed, and what was said.
    """
    column = organization_column(world, table)
    where = f"where {column} = '{world.ours.id}'" if column else "where true"
    with world.tap.undone():
        statement, params = _statement(world, table, verb, where, actor)
        world.become(actor)
        try:
            cursor = world.tap.execute(statement, *params)
        except psycopg.Error as error:
            said = f"{error.sqlstate} {error.diag.message_primary}"
            if error.sqlstate in REFUSALS:
                return "refused", said
            return "done" if verb == "delete" and error.sqlstate in IN_USE else "failed", said
        count = cursor.fetchall()[0][0] if verb == "select" else cursor.rowcount
        return "done" if count > 0 else "refused", f"{count} rows"


def _statement(
    world: World, table: str, verb: str, where: str, actor: str
) -> tuple[str, tuple[Any, ...]]:
    columns = world.tap.rows(_COLUMNS, table)
    if verb == "select":
        return f"select count(*) from {table} {where}", ()
    if verb == "delete":
        return f"delete from {table} {where}", ()
    service = actor == "service_role"
    if verb == "update":
        plain = [row[0] for row in columns if not row[3] and not row[4]] or [columns[0][0]]
        writable = [row[0] for row in columns if row[2] and row[0] in plain]
        column = plain[0] if service or not writable else writable[0]
        return f"update {table} set {column} = {column} {where}", ()
    names = [row[0] for row in columns if row[1]]
    if service or not names:
        names = [row[0] for row in columns if not row[4]]
    row = _fresh_row(world, table, where)
    listed = ", ".join(name for name in names if name in row)
    source = f"jsonb_populate_record(null::{table}, %s) as r"
    return f"insert into {table} ({listed}) select {listed} from {source}", (row,)


def _fresh_row(world: World, table: str, where: str) -> dict[str, Any]:
    """A row like one that is there, with what is unique changed."""
    rows = world.tap.rows(f"select to_jsonb(r) from {table} as r {where} limit 1")
    if not rows and table.startswith("portal."):
        # These are the caller's own: whoever asks here has none.
        return {column[0]: None for column in world.tap.rows(_COLUMNS, table)}
    assert rows, f"worlds.py makes no row of {table}"
    row: dict[str, Any] = rows[0][0]
    unlike = uuid4().hex
    if table == "public.organization_members":
        row["user_id"] = str(insert_user(world.tap))
    elif "id" in row:
        row["id"] = str(uuid4())
    for name in ("name", "number", "external_id", "customer_number", "file_sha256"):
        row.update({name: unlike * 2} if row.get(name) else {})
    changes = {
        "email": f"{unlike}@example.com",
        "level": 99,
        "is_default": False,
        "is_primary": False,
        "is_shared": False,
        "portal_enabled": False,
        "portal_subdomain": None,
        # A login is one contact.
        "user_id": None if table == "public.customer_contacts" else row.get("user_id"),
        "role": "contact" if "is_primary" in row else row.get("role"),
        "row_number": 99,
    }
    return row | {name: value for name, value in changes.items() if name in row}
