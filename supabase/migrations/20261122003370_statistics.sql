-- Statistics of an organization's customers.
-- Needs: tallies, tiers, customers. Provides: private.organization_time_zone, customer_statistics.

create function private.organization_time_zone(_organization_id uuid)
returns text
language sql
stable
set search_path = ''
begin atomic
    select coalesce(o.settings ->> 'time_zone', 'UTC')
    from public.organizations as o
    where o.id = _organization_id;
end;

create function private.count_by_traits(_organization_id uuid)
returns table (
    status text, tier_id uuid, customer_type text, currency text, trait text, count bigint,
    revenue numeric, open_order_total numeric, open_invoice_total numeric
)
language sql
stable
set search_path = ''
begin atomic
    select t.status, t.tier_id, t.customer_type, t.currency,
        case grouping(t.status, t.tier_id, t.customer_type, t.currency)
            when 7 then 'status'
            when 11 then 'tier'
            when 13 then 'type'
            when 14 then 'currency'
            else 'all'
        end,
        sum(t.customers)::bigint, sum(t.revenue), sum(t.open_order_total),
        sum(t.open_invoice_total)
    from private.customer_tallies as t
    where t.organization_id = _organization_id and not t.is_redirect
    group by grouping sets ((), (t.status), (t.tier_id), (t.customer_type), (t.currency))
    having sum(t.customers) <> 0;
end;

-- Of redirects there are few; of the index of instants nothing but itself is read.
create function private.count_customers_since(_organization_id uuid, _since timestamptz)
returns bigint
language sql
stable
set search_path = ''
begin atomic
    select (
        select count(*)
        from public.customers as c
        where c.organization_id = _organization_id and c.created_at >= _since
    ) - (
        select count(*)
        from public.customers as c
        where c.organization_id = _organization_id and c.merged_into is not null
            and c.created_at >= _since
    );
end;

create function private.trait_counts(_organization_id uuid, _since timestamptz)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
    with counts as materialized (
        select n.* from private.count_by_traits(_organization_id) as n
    ),

    tiers as (
        select t.id, t.name, t.level
        from public.customer_tiers as t
        where t.organization_id = _organization_id
        union all
        select null, null, null
    )

    select jsonb_build_object(
        'total', coalesce(sum(n.count) filter (where n.trait = 'all'), 0),
        'new_this_month', private.count_customers_since(_organization_id, _since),
        'by_status', '{"active": 0, "inactive": 0, "suspended": 0}'::jsonb || coalesce(
            jsonb_object_agg(n.status, n.count) filter (where n.trait = 'status'), '{}'
        ),
        'by_type', '{"standard": 0, "vip": 0, "partner": 0}'::jsonb || coalesce(
            jsonb_object_agg(n.customer_type, n.count) filter (where n.trait = 'type'), '{}'
        ),
        'by_tier', (
            select jsonb_agg(jsonb_build_object(
                'id', t.id, 'name', t.name, 'level', t.level, 'count', coalesce(c.count, 0)
            ) order by t.level)
            from tiers as t
            left join counts as c on t.id is not distinct from c.tier_id and c.trait = 'tier'
        ),
        'by_currency', coalesce(jsonb_agg(jsonb_build_object(
            'currency', n.currency, 'count', n.count, 'revenue', n.revenue,
            'open_order_total', n.open_order_total, 'open_invoice_total', n.open_invoice_total
        ) order by n.currency) filter (where n.trait = 'currency'), '[]')
    )
    from counts as n;
end;

-- DEFINER because one check of membership is cheaper than a policy asked for every row.
create function private.customer_statistics(_organization_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
    v_organization_id constant uuid := private.organization_for(_organization_id, 'viewer');
begin
    return private.trait_counts(v_organization_id, date_trunc(
        'month', now(), private.organization_time_zone(v_organization_id)
    )) || jsonb_build_object('merged', (
        select coalesce(sum(t.customers), 0)
        from private.customer_tallies as t
        where t.organization_id = v_organization_id and t.is_redirect
    ));
end;
$$;

create function public.customer_statistics(organization_id uuid default null)
returns jsonb
language sql
stable
set search_path = ''
return private.customer_statistics(customer_statistics.organization_id);

comment on function public.customer_statistics is
'The customers of an organization, counted exactly: {"total", "new_this_month", "merged",
"by_status": {status: count}, "by_type": {type: count}, "by_tier": [{"id", "name", "level",
"count"}], "by_currency": [{"currency", "count", "revenue", "open_order_total",
"open_invoice_total"}]}. by_tier ends with those without a tier, whose id is null. The month is that
of the organization''s time zone. Redirects are no customers: merged counts them apart. For viewers.
Raises PT404 organization_not_found, PT422 organization_required.';

revoke all on all functions in schema private from public;
revoke all on function public.customer_statistics from public, anon, authenticated, service_role;
grant execute on function private.customer_statistics to authenticated, service_role;
grant execute on function public.customer_statistics to authenticated, service_role;
