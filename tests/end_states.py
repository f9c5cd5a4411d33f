"""All that an import leaves in an organization, without what differs from run to run."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import psycopg

# Ids and moments are every run's own.
_PASSING = "'{id,organization_id,customer_id,created_at,updated_at,created_by,updated_by,tier_id}'"
_READ = {
    "customers": f"""
        select to_jsonb(c) - {_PASSING}::text[] || jsonb_build_object('tier', t.name)
        from public.customers as c
        left join public.customer_tiers as t
            on t.organization_id = c.organization_id and t.id = c.tier_id
        where c.organization_id = %(id)s
    """,
    "contacts": f"""
        select to_jsonb(k) - {_PASSING}::text[] || jsonb_build_object('of', c.company_name)
        from public.customer_contacts as k
        inner join public.customers as c
            on c.organization_id = k.organization_id and c.id = k.customer_id
        where k.organization_id = %(id)s
    """,
    "activities": """
        select jsonb_build_object('of', c.company_name, 'type', a.type, 'count', count(*))
        from public.customer_activities as a
        inner join public.customers as c
            on c.organization_id = a.organization_id and c.id = a.customer_id
        where a.organization_id = %(id)s
        group by c.company_name, a.type
    """,
    "stats": f"""
        select to_jsonb(s) - {_PASSING}::text[] || jsonb_build_object('of', c.company_name)
        from public.customer_stats as s
        inner join public.customers as c
            on c.organization_id = s.organization_id and c.id = s.customer_id
        where s.organization_id = %(id)s
    """,
    "search": f"""
        select to_jsonb(s) - {_PASSING}::text[] || jsonb_build_object('of', c.company_name)
        from private.customer_search as s
        inner join public.customers as c
            on c.organization_id = s.organization_id and c.id = s.customer_id
        where s.organization_id = %(id)s
    """,
    "tiers": """
        select jsonb_build_object('of', c.company_name, 'tier', t.name, 'count', count(*))
        from public.customer_tier_periods as p
        inner join public.customers as c
            on c.organization_id = p.organization_id and c.id = p.customer_id
        left join public.customer_tiers as t
            on t.organization_id = p.organization_id and t.id = p.tier_id
        where p.organization_id = %(id)s
        group by c.company_name, t.name
    """,
    "requests": """
        select jsonb_build_object('of', c.company_name, 'status', r.status, 'count', count(*))
        from public.tier_change_requests as r
        inner join public.customers as c
            on c.organization_id = r.organization_id and c.id = r.customer_id
        where r.organization_id = %(id)s
        group by c.company_name, r.status
    """,
}

# Drawn at random where a row has none.
_NUMBER = re.compile(r"\bc[- ]?\d{10}\b", re.IGNORECASE)

EndState = dict[str, list[str]]


def end_state(database: psycopg.Connection[Any], organization_id: str) -> EndState:
    """Everything there is, in an order of its own."""
    return {
        name: sorted(
            _NUMBER.sub("", json.dumps(row, sort_keys=True))
            for (row,) in database.execute(query.encode(), {"id": organization_id})
        )
        for name, query in _READ.items()
    }


def differences(one: EndState, other: EndState) -> EndState:
    """What only one of two organizations has, by kind; empty if they are alike."""
    return {
        name: sorted(only.elements())
        for name, rows in one.items()
        if (only := (Counter(rows) - Counter(other[name])) + (Counter(other[name]) - Counter(rows)))
    }
