"""Calling any function of the API about anybody's things, with arguments made from their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from rules_access import EXPOSED
from worlds import Subject, World

Builder = Callable[[Subject], Any]

# What says nothing about whose things a call is about, and has a default.
LEFT_OUT = """
at
include_suspended
bucket
columns
contacts
cursor
description
effective_at
entity
file_sha256
filters
include_archived
mapping
metadata
min_similarity
note
occurred_at
options
page_size
query
raw
reason
related_id
related_type
shape
since
sort
time_zone
types
until
valid_for
""".split()
# By argument, or by function and argument where one name has several meanings.
ARGUMENTS: dict[str, Builder] = {
    "organization_id": lambda subject: subject.organization_id,
    "customer_id": lambda subject: subject.customer_id,
    "contact_id": lambda subject: subject.contact_id,
    "tier_id": lambda subject: subject.tier_id,
    "request_id": lambda subject: subject.request_id,
    "order_id": lambda subject: subject.order_id,
    "customer_ids": lambda subject: [subject.customer_id],
    "changes": lambda _subject: {"add_tags": ["tried"]},
    "items": lambda _subject: Jsonb([{"sku": "A", "unit_price": 1}]),
    "discount_percentage": lambda _subject: 5,
    "import_id": lambda subject: subject.import_id,
    "merge_id": lambda subject: subject.merge_id,
    "target_id": lambda subject: subject.customer_id,
    "source_ids": lambda subject: [subject.duplicate_id],
    "user_id": lambda subject: subject.user_id,
    "token": lambda subject: subject.token,
    "accept_invitation.token": lambda subject: subject.portal_token,
    "subdomain": lambda subject: subject.subdomain,
    "update_profile.changes": lambda _subject: {"phone": "030 1234"},
    "update_profile.contact_id": lambda subject: subject.portal_contact_id,
    "customer": lambda subject: {
        "organization_id": str(subject.organization_id),
        "company_name": "Another",
    },
    "rows": lambda subject: Jsonb(
        [
            {
                "organization_id": str(subject.organization_id),
                "customer_id": str(subject.customer_id),
                "number": "A-2",
                "total": 1,
            }
        ]
    ),
    "stage_import_rows.rows": lambda _subject: Jsonb(
        [{"raw": {}, "values": {"customer": {"company_name": "Staged"}}}]
    ),
    "parent.row": lambda subject: Jsonb(
        {"organization_id": str(subject.organization_id), "parent_id": str(subject.customer_id)}
    ),
    "children.row": lambda subject: Jsonb(
        {"organization_id": str(subject.organization_id), "id": str(subject.customer_id)}
    ),
    "email": lambda _subject: "somebody@example.com",
    "file_name": lambda _subject: "b.csv",
    "amount": lambda _subject: 1,
    "first_row": lambda _subject: 1,
    "name": lambda _subject: "Another",
    "role": lambda _subject: "viewer",
    "title": lambda _subject: "A title",
    "type": lambda _subject: "note",
}
# The same, for a caller who works in an organization of its own and names what is not in it.
REFERENCES: dict[str, Builder] = {
    "customer": lambda subject: {
        "organization_id": str(subject.organization_id),
        "company_name": "Another",
        "tier_id": str(subject.tier_id),
        "parent_id": str(subject.customer_id),
    },
}

_FUNCTIONS = f"""
select
    p.proname, format('%I.%I', n.nspname, p.proname),
    coalesce(p.proargnames[1:p.pronargs], array_fill('row'::text, array[p.pronargs])),
    array(select t::regtype::text from unnest(p.proargtypes) as t)
from pg_proc as p
inner join pg_namespace as n on n.oid = p.pronamespace
where n.nspname in {EXPOSED}
order by 1
"""


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the API: its name with and without schema, its arguments and their types."""

    name: str
    qualified: str
    arguments: dict[str, str]

    def values(self, subject: Subject, special: Mapping[str, Builder]) -> dict[str, Any]:
        """The arguments that say whom a call is about, and those that have no default."""
        builders = {**ARGUMENTS, **special}
        found = {}
        for argument in self.arguments:
            if builder := builders.get(f"{self.name}.{argument}") or builders.get(argument):
                found[argument] = builder(subject)
            else:
                assert argument in LEFT_OUT, f"calls.py has no value for {self.name}.{argument}"
        return found


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a call."""

    error: psycopg.Error | None
    rows: list[TupleRow]

    @property
    def sqlstate(self) -> str | None:
        """The code of the error, if it was one."""
        return self.error.sqlstate if self.error else None

    @property
    def told(self) -> tuple[Any, ...]:
        """All that a caller learns."""
        if not self.error:
            return (self.rows,)
        diag = self.error.diag
        return (diag.sqlstate, diag.message_primary, diag.message_detail, diag.message_hint)


def api_functions(world: World) -> dict[str, Function]:
    """The functions in exposed schemas, by name."""
    return {
        name: Function(name, qualified, dict(zip(arguments, types, strict=True)))
        for name, qualified, arguments, types in world.tap.rows(_FUNCTIONS)
    }


def call(
    world: World,
    name: str,
    actor: str,
    subject: Subject,
    special: Mapping[str, Builder] | None = None,
) -> Answer:
    """Call a function as somebody about somebody's things, and undo it."""
    function = api_functions(world)[name]
    values = function.values(subject, special or {})
    passed = ", ".join(_argument(name, function.arguments[name]) for name in values)
    with world.tap.undone():
        world.become(actor)
        try:
            statement = f"select r.* from {function.qualified}({passed}) as r"
            return Answer(None, world.tap.rows(statement, *values.values()))
        except psycopg.Error as error:
            return Answer(error, [])


def _argument(name: str, type_: str) -> str:
    # Of a row in the position of its only argument, by which PostgREST embeds.
    if name == "row":
        return f"jsonb_populate_record(null::{type_}, %s)"
    return f'"{name}" => %s::{type_}'
