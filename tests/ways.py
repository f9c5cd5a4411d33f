"""Two organizations that are alike, and all that imports have left in them but what is random."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from fix_api import ApiOrganization
from programs import CommandLine

Row = dict[str, Any]

WAYS = {"api": (), "direct": ("--direct",)}

# Each customer with all that hangs on it.
_CUSTOMERS = """
select to_jsonb(c) as customer, to_jsonb(s) as stats, to_jsonb(w) as search, {lists}
from public.customers as c
inner join public.customer_stats as s
    on s.organization_id = c.organization_id and s.customer_id = c.id
inner join private.customer_search as w
    on w.organization_id = c.organization_id and w.customer_id = c.id
where c.organization_id = %(id)s
"""
_LISTS = (
    "customer_contacts customer_activities customer_tier_periods tier_change_requests"
).split()
_LIST = """
(
    select coalesce(jsonb_agg(to_jsonb(t)), '[]')
    from public.{table} as t
    where t.organization_id = c.organization_id and t.customer_id = c.id
) as {table}
"""
_TABLES = {
    "imports": "select to_jsonb(i) as row from public.customer_imports as i",
    "rows": "select to_jsonb(i) as row from public.customer_import_rows as i",
    "keys": "select to_jsonb(i) as row from private.customer_import_keys as i",
    "pricing": "select to_jsonb(i) - 'sequence' as row from private.pricing_changes as i",
}

_RANDOM_NUMBER = re.compile(r"c-\d{10}", re.IGNORECASE)
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d(:\d\d)?)")


@dataclass(frozen=True, slots=True)
class TwoWays:
    """An organization for each way in, with one owner, whose logins and names are alike."""

    cli: CommandLine
    database: psycopg.Connection[Row]
    organizations: dict[str, ApiOrganization]

    def add(self, table: str, **values: Any) -> None:
        """Put a row into both organizations, as their owner."""
        for organization in self.organizations.values():
            row = {"organization_id": organization.id, **values}
            organization.owner.client.table(table).insert(row).execute()

    def run(self, file: Path, *options: object) -> Row:
        """Import a file by each way; returns the reports, without the imports' ids.

        Args:
            file: The file.
            options: Of both ways.
        """
        reports = {}
        for way, organization in self.organizations.items():
            told = self.cli.run(
                "import", file, *options, *WAYS[way],
                "--organization", organization.id, "--json",
            )  # fmt: skip
            reports[way] = {"exit": told.exit_code} | json.loads(told.stdout)
            del reports[way]["import_id"]
        return reports

    def states(self) -> Row:
        """All that is in each of the organizations."""
        return {way: self._state(found.id) for way, found in self.organizations.items()}

    def _state(self, organization_id: str) -> Row:
        ids = {"id": organization_id}
        lists = ", ".join(_LIST.format(table=table) for table in _LISTS)
        found = self.database.execute(_CUSTOMERS.format(lists=lists).encode(), ids).fetchall()
        state = {"customers": _plain(found, self.cli.org.owner.id)}
        for name, query in _TABLES.items():
            rows = self.database.execute(f"{query} where organization_id = %(id)s".encode(), ids)
            state[name] = _plain(list(rows), self.cli.org.owner.id)
        return state


def _plain(rows: list[Row], owner: str) -> list[Row]:
    """Rows without ids, instants and random numbers, in an order that does not go by them."""
    text = json.dumps(rows, ensure_ascii=False, default=str).replace(owner, "the owner")
    text = _RANDOM_NUMBER.sub("a number", _INSTANT.sub("an instant", _ID.sub("an id", text)))
    plain: list[Row] = json.loads(text)
    for row in plain:
        if "search" in row:  # a word of a contact comes where its random id puts it
            row["search"]["words"] = row["search"]["words"].split()
    found: list[Row] = _in_order(plain)
    return found


def _in_order(value: Any) -> Any:
    if isinstance(value, list):
        found = [_in_order(item) for item in value]
        return sorted(found, key=lambda item: json.dumps(item, sort_keys=True))
    if isinstance(value, dict):
        return {key: _in_order(item) for key, item in value.items()}
    return value
