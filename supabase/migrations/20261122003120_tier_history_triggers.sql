-- Who writes the history of tiers, and what a change of discount means to open orders.
-- Needs: tier_history, pricing_changes, tier_change_requests. Provides: private.customers_of_tier,
-- private.tier_discount_impact, triggers of public.customer_tiers and public.customers.

-- Those that have the tier now, also where its change is due and not applied yet. Few are; going by
-- the periods instead would read the history of every customer.
create function private.customers_of_tier(_organization_id uuid, _tier_id uuid)
returns setof uuid
language plpgsql
stable
set search_path = ''
as $$
begin
    return query
    select c.id
    from public.customers as c
    where c.organization_id = _organization_id and c.tier_id = _tier_id and not exists (
        select 1
        from public.tier_change_requests as r
        where r.organization_id = _organization_id and r.customer_id = c.id
            and r.status = 'approved' and r.effective_at <= clock_timestamp()
    )
    union all
    select r.customer_id
    from public.tier_change_requests as r
    where r.organization_id = _organization_id and r.to_tier_id = _tier_id
        and r.status = 'approved' and r.effective_at <= clock_timestamp();
end;
$$;

-- A discount of 10 and one of 12 are questions to the same orders: those that are open.
create function private.tier_discount_impact(
    _organization_id uuid, _tier_id uuid, _discount_percentage numeric
)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
    with customers as materialized (
        select c.id from private.customers_of_tier(_organization_id, _tier_id) as c (id)
    )

    select jsonb_build_object(
        'customers', (select count(*) from customers),
        'open_orders', coalesce(jsonb_agg(to_jsonb(t) order by t.currency), '[]')
    )
    from (
        select
            o.currency,
            count(*) as count,
            sum(o.total) as current_total,
            sum(private.discounted(o.list_amount, _discount_percentage, o.currency)) as new_total
        from public.orders as o
        inner join customers as c on o.customer_id = c.id
        where o.organization_id = _organization_id and o.status = 'open'
        group by o.currency
    ) as t;
end;

create function private.tg_customer_tiers__keep_discounts()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    if tg_op = 'INSERT' then
        insert into public.tier_discounts
        (organization_id, tier_id, discount_percentage, created_by)
        select n.organization_id, n.id, n.discount_percentage, auth.uid()
        from new_rows as n;
    else
        with begun as (
            insert into public.tier_discounts (
                organization_id, tier_id, discount_percentage, started_at, grace_until, impact,
                created_by
            )
            select n.organization_id, n.id, n.discount_percentage, s.at,
                case when n.discount_percentage < o.discount_percentage
                    then private.grace_until(n.organization_id, s.at) end,
                private.tier_discount_impact(n.organization_id, n.id, n.discount_percentage),
                auth.uid()
            from new_rows as n
            full join old_rows as o on o.organization_id = n.organization_id and o.id = n.id
            cross join lateral (
                select greatest(
                    clock_timestamp(), max(d.started_at) + interval '1 microsecond'
                ) as at
                from public.tier_discounts as d
                where d.organization_id = n.organization_id and d.tier_id = n.id
            ) as s
            where n.discount_percentage is distinct from o.discount_percentage
            returning *
        )

        insert into private.pricing_changes
        (organization_id, kind, tier_id, effective_at, grace_until)
        select b.organization_id, 'discount', b.tier_id, b.started_at, b.grace_until
        from begun as b;
    end if;
    return null;
end;
$$;

comment on function private.tg_customer_tiers__keep_discounts is
'DEFINER because nobody but triggers may write history.';

create trigger _600_keep_discounts_insert
after insert on public.customer_tiers
referencing new table as new_rows
for each statement execute function private.tg_customer_tiers__keep_discounts();

create trigger _600_keep_discounts_update
after update on public.customer_tiers
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_customer_tiers__keep_discounts();

create function private.tg_customers__begin_tier_periods()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    with begun as (
        insert into public.customer_tier_periods
        (organization_id, customer_id, started_at, tier_id)
        select n.organization_id, n.id, clock_timestamp(), n.tier_id from new_rows as n
        where n.tier_id is not null
        returning *
    )

    insert into private.pricing_changes
    (organization_id, kind, customer_id, tier_id, effective_at)
    select b.organization_id, 'tier', b.customer_id, b.tier_id, b.started_at
    from begun as b;
    return null;
end;
$$;

-- The clock, not the transaction's start: writers of one customer wait for each other, and who
-- began first may come last.
create function private.tg_customers__keep_tier_periods()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    -- Most updates change no tier, and need not look any further.
    if not exists (
        select 1
        from new_rows as n
        full join old_rows as o on n.organization_id = o.organization_id and n.id = o.id
        where n.tier_id is distinct from o.tier_id
    ) then
        return null;
    end if;
    with begun as (
        insert into public.customer_tier_periods
        (organization_id, customer_id, started_at, tier_id, grace_until)
        select n.organization_id, n.id, s.at, n.tier_id,
            case when private.tier_direction(f.level, t.level) = 'downgrade'
                then private.grace_until(n.organization_id, s.at) end
        from new_rows as n
        full join old_rows as o on n.organization_id = o.organization_id and n.id = o.id
        left join public.customer_tiers as f
            on f.organization_id = o.organization_id and f.id = o.tier_id
        left join public.customer_tiers as t
            on t.organization_id = n.organization_id and t.id = n.tier_id
        left join lateral (
            select p.tier_id, p.started_at
            from public.customer_tier_periods as p
            where p.organization_id = n.organization_id and p.customer_id = n.id
                and p.started_at <= clock_timestamp()
            order by p.started_at desc
            limit 1
        ) as l on true
        cross join lateral (
            select greatest(clock_timestamp(), l.started_at + interval '1 microsecond') as at
        ) as s
        -- A change by request began with its approval.
        where n.tier_id is distinct from o.tier_id and l.tier_id is distinct from n.tier_id
        returning *
    )

    insert into private.pricing_changes
    (organization_id, kind, customer_id, tier_id, effective_at, grace_until)
    select b.organization_id, 'tier', b.customer_id, b.tier_id, b.started_at, b.grace_until
    from begun as b;
    return null;
end;
$$;

comment on function private.tg_customers__begin_tier_periods is
'DEFINER because nobody but triggers may write history.';
comment on function private.tg_customers__keep_tier_periods is
'DEFINER because nobody but triggers may write history.';

create trigger _590_begin_tier_periods
after insert on public.customers
referencing new table as new_rows
for each statement execute function private.tg_customers__begin_tier_periods();

create trigger _590_keep_tier_periods
after update on public.customers
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_customers__keep_tier_periods();

revoke all on all functions in schema private from public;
