"""What the measurements are about: organizations and customers of generated data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

# What every sort walks, as somebody would write it who knows the tables.
SORT_KEYS = {
    "name": ("w.name_key", "w.customer_id", "text"),
    "created_at": ("c.created_at", "c.id", "timestamptz"),
    "revenue": ("s.revenue", "s.customer_id", "numeric"),
    "last_order_at": ("coalesce(s.last_order_at, '-infinity')", "s.customer_id", "timestamptz"),
}
_FROM = """
from public.customers as c
inner join public.customer_stats as s
    on s.organization_id = c.organization_id and s.customer_id = c.id
inner join private.customer_search as w
    on w.organization_id = c.organization_id and w.customer_id = c.id
where c.organization_id = %s
"""
_SIZES = """
select c.organization_id, count(*) from public.customers as c group by 1 order by 2 desc
"""
_BUSIEST = """
select a.customer_id, count(*)
from public.customer_activities as a
where a.organization_id = %s
group by 1
order by 2 desc
limit 1
"""
_OWNER = """
select m.user_id from public.organization_members as m
where m.organization_id = %s and m.role = 'owner'
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the list begins: after a customer."""

    key: str
    id: UUID
    cursor: str


class Subjects:
    """The largest organization of the data, with its owner, and one of about 10,000 customers."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        """Look around, as a superuser."""
        self._connection = connection
        sizes = self._all(_SIZES)
        self.customers = sum(size for _, size in sizes)
        self.organization_id: UUID = sizes[0][0]
        self.size: int = sizes[0][1]
        self.owner_id = self._owner(self.organization_id)
        self.small_id, self.small_size = min(sizes, key=lambda each: abs(each[1] - 10_000))
        self.small_owner_id = self._owner(self.small_id)
        self.busiest_id, self.activities = self._all(_BUSIEST, self.organization_id)[0]

    def place(self, sort: str, rows: int) -> Place | None:
        """Where the page after so many customers begins; None: at the start."""
        if rows == 0:
            return None
        key, id_, _ = SORT_KEYS[sort.lstrip("-")]
        direction = "desc" if sort.startswith("-") else "asc"
        found = self._all(
            f"select p.key::text, p.id, private.encode_cursor(%s, p.key::text, p.id)"
            f" from (select {key} as key, {id_} as id {_FROM}"
            f" order by 1 {direction}, 2 {direction} offset %s limit 1) as p",
            sort, self.organization_id, rows - 1,
        )  # fmt: skip
        return Place(*found[0]) if found else None

    def some(self, count: int, condition: str = "true", *, order: str = "c.id") -> list[UUID]:
        """Ids of customers of the largest organization: the same ones each time."""
        return [
            row[0]
            for row in self._all(
                f"select c.id {_FROM} and {condition} order by {order} limit %s",
                self.organization_id, count,
            )
        ]  # fmt: skip

    def others(self, count: int) -> list[tuple[UUID, UUID]]:
        """As many other organizations, with their owners; the same ones again if they are few."""
        found = [row[0] for row in self._all(_SIZES)[1:]]
        return [(each, self._owner(each)) for each in (found * count)[:count]]

    def tiers(self) -> list[UUID]:
        """The tiers of the largest organization."""
        rows = self._all(
            "select t.id from public.customer_tiers as t where t.organization_id = %s",
            self.organization_id,
        )
        return [row[0] for row in rows]

    def value(self, statement: str, *values: object) -> Any:
        """The only value of a statement's only row."""
        return self._all(statement, *values)[0][0]

    def _owner(self, organization_id: UUID) -> UUID:
        return UUID(str(self._all(_OWNER, organization_id)[0][0]))

    def _all(self, statement: str, *values: object) -> Sequence[tuple[Any, ...]]:
        return self._connection.execute(statement, values).fetchall()
