"""Presets, written by somebody."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from organizations import Organization
from tap import Tap

ADD = """
insert into public.customer_filter_presets
(organization_id, name, query, filters, sort, is_shared, is_default)
values (
    %(organization)s, %(name)s, %(query)s, %(filters)s, %(sort)s, %(shared)s, %(default)s
) returning id
"""


def values(ours: Organization, name: str, **changes: Any) -> dict[str, Any]:
    """A preset of one's own that finds everybody."""
    base: dict[str, Any] = {
        "query": None,
        "filters": {},
        "sort": "name",
        "shared": False,
        "default": False,
    }
    return base | {"organization": ours.id, "name": name} | changes


def insert(tap: Tap, given: dict[str, Any]) -> UUID:
    """Write a preset as whoever one is."""
    row = tap.connection.execute(ADD.encode(), given).fetchone()
    assert row
    preset: UUID = row[0]
    return preset


def add(tap: Tap, ours: Organization, role: str, name: str, **changes: Any) -> UUID:
    """A preset, written by somebody with this role."""
    with tap.acting_as(ours.login(role)):
        return insert(tap, values(ours, name, **changes))


def refused(tap: Tap, sqlstate: str, slug: str | None, given: dict[str, Any]) -> None:
    """A preset that cannot be written."""
    positional = ADD
    for key in given:
        positional = positional.replace(f"%({key})s", "%s")
    order = ("organization", "name", "query", "filters", "sort", "shared", "default")
    tap.throws(sqlstate, slug, positional, *(given[key] for key in order))
