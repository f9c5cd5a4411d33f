"""Everything of some organizations as it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tap import Tap

Row = dict[str, Any]

_PLAIN = """
organization_activities customer_tiers tier_discounts customers customer_contacts orders invoices
tier_change_requests customer_filter_presets customer_merges customer_activities
""".split()
TABLES = [*_PLAIN, "organizations", "customer_stats", "customer_tier_periods"]
_READ = " union all ".join(
    f"select '{table}', to_jsonb(t) from public.{table} as t where organization_id = any(%(ids)s)"
    for table in _PLAIN
)
# Rows without an id of their own.
_READ += """
union all
select 'organizations', to_jsonb(t) || jsonb_build_object('organization_id', t.id)
from public.organizations as t where t.id = any(%(ids)s)
union all
select 'customer_stats', to_jsonb(t) || jsonb_build_object('id', t.customer_id)
from public.customer_stats as t where t.organization_id = any(%(ids)s)
union all
select 'customer_tier_periods', to_jsonb(t) || jsonb_build_object(
    'id', t.customer_id || ' ' || t.started_at
)
from public.customer_tier_periods as t where t.organization_id = any(%(ids)s)
"""
# Ids are random: what is new comes in the order of what it is called, so that runs are alike.
_NAMES = ("company_name", "email", "number", "name", "level", "title", "created_at", "requested_at")


@dataclass(frozen=True)
class Snapshot:
    """Rows by table and id, those that were there longer first."""

    tables: dict[str, dict[str, Row]]

    @classmethod
    def read(cls, tap: Tap, ids: list[UUID], earlier: Snapshot | None = None) -> Snapshot:
        """Read it, as postgres."""
        tables: dict[str, list[Row]] = {table: [] for table in TABLES}
        for table, row in tap.connection.execute(_READ.encode(), {"ids": ids}):
            tables[table].append(row)
        return cls(
            {
                table: {row["id"]: row for row in _ordered(rows, earlier, table)}
                for table, rows in tables.items()
            }
        )

    def differences(self, later: Snapshot) -> list[tuple[str, Row]]:
        """Rows that were added, changed or removed, as they are or were."""
        return [
            (table, after.get(id_) or before[id_])
            for table, after in later.tables.items()
            for before in [self.tables[table]]
            for id_ in before.keys() | after.keys()
            if before.get(id_) != after.get(id_)
        ]


def _ordered(rows: list[Row], earlier: Snapshot | None, table: str) -> list[Row]:
    known = {id_: n for n, id_ in enumerate(earlier.tables[table])} if earlier else {}
    return sorted(
        rows,
        key=lambda row: (
            known.get(row["id"], len(known)),
            [str(row.get(name, "")) for name in _NAMES],
        ),
    )
