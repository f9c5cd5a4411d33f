"""What must hold whatever was done: each query lists what breaks its rule."""

from __future__ import annotations

from uuid import UUID

from psycopg.rows import TupleRow

from tap import Tap

_IN_FORCE = """
select c.id, c.tier_id, p.tier_id
from public.customers as c
left join lateral (
    select p.tier_id from public.customer_tier_periods as p
    where p.organization_id = c.organization_id and p.customer_id = c.id
        and p.started_at <= clock_timestamp()
    order by p.started_at desc limit 1
) as p on true
where c.organization_id = any(%s) and c.tier_id is distinct from p.tier_id
"""
# Until then the request prices already: the customer follows when it is applied.
_NOT_DUE = """
and not exists (
    select from public.tier_change_requests as r
    where r.customer_id = c.id and r.status = 'approved' and r.effective_at <= clock_timestamp()
)
"""
_RECOUNT = """
select c.id, to_jsonb(s), to_jsonb(r)
from public.customers as c
left join (
    select s.customer_id, s.order_count, s.revenue, s.last_order_at, s.open_order_total,
        s.uninvoiced_order_total, s.open_invoice_total, s.oldest_unpaid_due_on
    from public.customer_stats as s
) as s on s.customer_id = c.id
cross join lateral (
    select c.id as customer_id,
        (select count(*) from public.orders as o
            where o.customer_id = c.id and o.status in ('open', 'completed')) as order_count,
        (select coalesce(sum(o.total), 0)::numeric(18, 3) from public.orders as o
            where o.customer_id = c.id and o.status in ('open', 'completed')) as revenue,
        (select o.placed_at from public.orders as o
            where o.customer_id = c.id and o.status in ('open', 'completed')
            order by o.placed_at desc limit 1) as last_order_at,
        (select coalesce(sum(o.total), 0)::numeric(18, 3) from public.orders as o
            where o.customer_id = c.id and o.status = 'open') as open_order_total,
        (select coalesce(sum(o.total), 0)::numeric(18, 3) from public.orders as o
            where o.customer_id = c.id and o.status = 'open' and o.id not in (
                select i.order_id from public.invoices as i
                where i.status in ('open', 'paid') and i.order_id is not null
            )) as uninvoiced_order_total,
        (select coalesce(sum(i.total), 0)::numeric(18, 3) from public.invoices as i
            where i.customer_id = c.id and i.status = 'open') as open_invoice_total,
        (select (i.due_at at time zone 'UTC')::date from public.invoices as i
            where i.customer_id = c.id and i.status = 'open'
            order by i.due_at limit 1) as oldest_unpaid_due_on
) as r
where c.organization_id = any(%s) and to_jsonb(r) is distinct from to_jsonb(s)
"""
# Sums of what changed, beside what there is.
_TALLIES = """
with r (organization_id) as (select unnest(%s::uuid[])),

sums as (
    select t.organization_id, t.status, t.customer_type, t.tier_id, t.currency, t.is_redirect,
        sum(t.customers) as customers, sum(t.revenue) as revenue,
        sum(t.open_order_total) as open_orders, sum(t.open_invoice_total) as open_invoices
    from private.customer_tallies as t
    inner join r on r.organization_id = t.organization_id
    group by 1, 2, 3, 4, 5, 6
),

counts as (
    select c.organization_id, c.status, c.customer_type, c.tier_id, c.currency,
        c.merged_into is not null as is_redirect, count(*) as customers, 0 as revenue,
        0 as open_orders, 0 as open_invoices
    from public.customers as c inner join r on r.organization_id = c.organization_id
    group by 1, 2, 3, 4, 5, 6
    union all
    select c.organization_id, null, null, null, c.currency, false, 0, sum(s.revenue),
        sum(s.open_order_total), sum(s.open_invoice_total)
    from public.customers as c inner join r on r.organization_id = c.organization_id
    inner join public.customer_stats as s on s.customer_id = c.id
    group by c.organization_id, c.currency
)

select d.* from (
    (select * from sums except select * from counts)
    union all
    (select * from counts except select * from sums)
) as d
where (d.customers, d.revenue, d.open_orders, d.open_invoices) <> (0, 0, 0, 0)
"""
RULES = {
    "statistics equal a recount": _RECOUNT,
    "tallies add up to what there is": _TALLIES,
    "the tier is the one in force": _IN_FORCE + _NOT_DUE,
    "alerts are of all whose credit is not ok": """
        select c.id, a.customer_id from public.customers as c
        inner join public.customer_stats as s on s.customer_id = c.id
        left join private.credit_alerts as a on a.customer_id = c.id
        where c.organization_id = any(%s)
            and (private.credit_status(c, s, '-infinity') <> 'ok') <> (a.customer_id is not null)
    """,
    "one primary contact at most": """
        select customer_id from public.customer_contacts
        where organization_id = any(%s) and (is_primary or role = 'primary')
        group by customer_id having count(*) > 1
    """,
    "role and is_primary agree": """
        select id from public.customer_contacts
        where organization_id = any(%s) and is_primary <> (role = 'primary')
    """,
    "one open request at most": """
        select customer_id from public.tier_change_requests
        where organization_id = any(%s) and status not in ('applied', 'rejected', 'cancelled')
        group by customer_id having count(*) > 1
    """,
    "the discount is the one in force": """
        select t.id from public.customer_tiers as t
        where t.organization_id = any(%s) and t.discount_percentage is distinct from (
            select d.discount_percentage from public.tier_discounts as d
            where d.tier_id = t.id and d.started_at <= clock_timestamp()
            order by d.started_at desc limit 1
        )
    """,
    "what was approved has a period, and nothing else does": """
        select r.id from public.tier_change_requests as r
        where r.organization_id = any(%s) and (r.status in ('approved', 'applied')) <> exists (
            select from public.customer_tier_periods as p where p.request_id = r.id
        )
    """,
    "a redirect has nothing left": """
        select c.id from public.customers as c
        where c.organization_id = any(%s) and c.merged_into is not null and (
            exists (select from public.customer_contacts as k where k.customer_id = c.id)
            or exists (select from public.orders as o where o.customer_id = c.id)
            or exists (select from public.invoices as i where i.customer_id = c.id)
            or exists (select from public.tier_change_requests as r where r.customer_id = c.id)
            or exists (select from public.customers as d where d.parent_id = c.id)
            or c.status <> 'inactive' or c.credit_hold_reason is not null
        )
    """,
    "deactivated_at tells who is inactive": """
        select id from public.customers
        where organization_id = any(%s) and (status = 'inactive') <> (deactivated_at is not null)
    """,
    "one default at most of an owner's presets": """
        select organization_id, is_shared from public.customer_filter_presets
        where organization_id = any(%s) and is_default
        group by organization_id, is_shared, case when not is_shared then created_by end
        having count(*) > 1
    """,
}
_TENANT_TABLES = """
select format('%I.%I', n.nspname, c.relname)
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
inner join pg_attribute as a on a.attrelid = c.oid and a.attname = 'organization_id'
where n.nspname in ('public', 'portal') and c.relkind in ('r', 'p', 'v', 'm') order by 1
"""


def broken(tap: Tap, ids: list[UUID]) -> dict[str, list[TupleRow]]:
    """The rules that do not hold, with what breaks them."""
    found = {rule: tap.rows(sql, ids) for rule, sql in RULES.items()}
    return {rule: rows for rule, rows in found.items() if rows}


def broken_once_due(tap: Tap, ids: list[UUID]) -> list[TupleRow]:
    """Customers that, with due changes applied, are not in the tier in force."""
    with tap.undone():
        with tap.acting_as_service():
            tap.execute("select public.apply_due_tier_changes()")
        return tap.rows(_IN_FORCE, ids)


def tenant_tables(tap: Tap) -> list[str]:
    """Tables and views of the API whose rows belong to organizations."""
    return [name for (name,) in tap.rows(_TENANT_TABLES)]


def seen(tap: Tap, tables: list[str], user_id: UUID) -> dict[UUID, dict[str, int]]:
    """How many rows of which organization somebody sees in each table."""
    counts: dict[UUID, dict[str, int]] = {}
    sql = " union all ".join(
        f"select '{table}', organization_id, count(*) from {table} group by organization_id"
        for table in tables
    )
    with tap.acting_as(user_id):
        for table, organization_id, count in tap.rows(sql):
            counts.setdefault(organization_id, {})[table] = count
    return counts
