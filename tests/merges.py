"""Customers to merge, what they have, and everything of an organization as it stands."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from organizations import Organization
from tap import Tap

MERGE = "select public.merge_customers(%s, %s)"
PREVIEW = "select public.preview_merge(%s, %s)"
UNDO = "select public.undo_merge(%s)"

# What a merge may touch, and the history beside it, which only grows.
TABLES = (
    "public.customers",
    "public.customer_contacts",
    "public.orders",
    "public.invoices",
    "public.tier_change_requests",
    "public.customer_tier_periods",
    "public.customer_filter_presets",
    "public.customer_stats",
    "private.portal_subdomains",
    "private.customer_search",
)
_ADD = "select id from public.create_customer(%s, %s)"
_ROWS = """
select to_jsonb(t) - array['version', 'updated_at', 'updated_by']
from {} as t where t.organization_id = %s
"""


def add(tap: Tap, ours: Organization, name: str, *emails: str, **fields: Any) -> UUID:
    """A customer with these people, the first of them primary."""
    contacts = [
        {"first_name": "A", "last_name": "B", "email": email, "is_primary": number == 0}
        for number, email in enumerate(emails)
    ]
    customer = {"organization_id": str(ours.id), "company_name": name, **fields}
    with tap.acting_as(ours.owner):
        customer_id: UUID = tap.value(_ADD, customer, tap.json(contacts))
    return customer_id


def trade(
    tap: Tap, ours: Organization, customer: UUID, *totals: int, invoiced: bool = False
) -> list[str]:
    """Open orders of a customer, each with an invoice if asked for; returns their numbers."""
    rows: list[dict[str, Any]] = [
        {
            "organization_id": str(ours.id),
            "customer_id": str(customer),
            "number": uuid4().hex,
            "total": total,
        }
        for total in totals
    ]
    with tap.acting_as_service():
        tap.execute("select public.upsert_orders(%s)", tap.json(rows))
        if invoiced:
            bills = [row | {"order_number": row["number"]} for row in rows]
            tap.execute("select public.upsert_invoices(%s)", tap.json(bills))
    return [row["number"] for row in rows]


def bill(tap: Tap, ours: Organization, customer: UUID, total: int) -> str:
    """An invoice without an order; returns its number."""
    number = uuid4().hex
    row = {"organization_id": str(ours.id), "customer_id": str(customer), "total": total}
    row |= {"number": number}
    with tap.acting_as_service():
        tap.execute("select public.upsert_invoices(%s)", tap.json([row]))
    return number


def merge(tap: Tap, ours: Organization, target: UUID, *sources: UUID) -> dict[str, Any]:
    """Merge to the end."""
    with tap.acting_as(ours.manager):
        while True:
            answer: dict[str, Any] = tap.value(MERGE, target, list(sources))
            if answer["status"] == "merged":
                return answer


def undo(tap: Tap, ours: Organization, merge_id: str) -> dict[str, Any]:
    """Undo a merge to the end."""
    with tap.acting_as(ours.manager):
        while True:
            answer: dict[str, Any] = tap.value(UNDO, merge_id)
            if answer["status"] == "undone":
                return answer


def everything(tap: Tap, ours: Organization) -> dict[str, list[Any]]:
    """All rows that a merge may touch, without versions, in no order of theirs."""
    found = {}
    for table in TABLES:
        rows = [row for (row,) in tap.rows(_ROWS.format(table), ours.id)]
        for row in rows:
            # People stand in it in the order in which they were read.
            row.update({"words": sorted(row["words"].split())} if "words" in row else {})
            row.update({"match_keys": sorted(row["match_keys"])} if "match_keys" in row else {})
        found[table] = sorted(rows, key=repr)
    return found


def counts(tap: Tap, ours: Organization) -> dict[str, int]:
    """How many rows there are of everything."""
    return {table: len(rows) for table, rows in everything(tap, ours).items()}
