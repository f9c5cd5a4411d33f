-- History of tiers: which discount a tier had, and which tier a customer had, when.
-- Needs: tiers, orders, activity_triggers. Provides: public.tier_discounts,
-- public.customer_tier_periods, private.tier_at, private.tier_discount_at, private.grace_until.
--
-- Each row lasts until the next one of its tier or customer begins: periods without an end of their
-- own can neither overlap nor leave a gap.

create table public.tier_discounts (
    organization_id uuid not null,
    id uuid not null default gen_random_uuid(),
    tier_id uuid not null,
    discount_percentage numeric(5, 2) not null,
    started_at timestamptz not null default clock_timestamp(),
    grace_until timestamptz,
    impact jsonb,
    created_by uuid,

    constraint tier_discounts_pkey primary key (organization_id, id),
    constraint tier_discounts_started_at_key unique (organization_id, tier_id, started_at),
    constraint tier_discounts_tier_fkey
    foreign key (organization_id, tier_id) references public.customer_tiers on delete cascade,
    constraint tier_discounts_grace_until_check check (grace_until >= started_at)
);

comment on table public.tier_discounts is
'Which discount a tier had: each from started_at until the next of its tier begins. Written by a
trigger of customer_tiers.';
comment on column public.tier_discounts.discount_percentage is 'Percent off, 0 to 100.';
comment on column public.tier_discounts.grace_until is
'On a cut: until when the orders that were open keep the discount stored on them.';
comment on column public.tier_discounts.impact is
'What the change meant when it was made, as preview_tier_discount tells it; null for a new tier.';
comment on column public.tier_discounts.created_by is 'A login; history outlives logins.';

create table public.customer_tier_periods (
    organization_id uuid not null,
    customer_id uuid not null,
    started_at timestamptz not null,
    tier_id uuid,
    grace_until timestamptz,
    request_id uuid,

    constraint customer_tier_periods_pkey primary key (organization_id, customer_id, started_at),
    constraint customer_tier_periods_customer_fkey
    foreign key (organization_id, customer_id) references public.customers on delete cascade,
    constraint customer_tier_periods_tier_fkey
    foreign key (organization_id, tier_id) references public.customer_tiers,
    constraint customer_tier_periods_grace_until_check check (grace_until >= started_at)
);

comment on table public.customer_tier_periods is
'Which tier a customer had: each from started_at until the next of the customer begins. An approved
change of a later date stands here before it begins. Written by triggers and functions.';
comment on column public.customer_tier_periods.tier_id is 'Null: none.';
comment on column public.customer_tier_periods.grace_until is
'On a downgrade: until when the orders that were open keep the discount stored on them.';
comment on column public.customer_tier_periods.request_id is
'The tier change request that it came of, if any.';

create index customer_tier_periods_tier_id_idx
on public.customer_tier_periods (organization_id, tier_id);

alter table public.tier_discounts enable row level security;
alter table public.customer_tier_periods enable row level security;

create policy tier_discounts_select_member on public.tier_discounts
for select to authenticated
using (organization_id = any(array(select private.member_organization_ids())));

create policy customer_tier_periods_select_member on public.customer_tier_periods
for select to authenticated
using (organization_id = any(array(select private.member_organization_ids())));

revoke all on public.tier_discounts from public, anon, authenticated, service_role;
revoke all on public.customer_tier_periods from public, anon, authenticated, service_role;
grant select on public.tier_discounts to authenticated, service_role;
grant select on public.customer_tier_periods to authenticated, service_role;

create function private.tier_at(_organization_id uuid, _customer_id uuid, _at timestamptz)
returns uuid
language plpgsql
stable
set search_path = ''
as $$
begin
    return (
        select p.tier_id
        from public.customer_tier_periods as p
        where p.organization_id = _organization_id and p.customer_id = _customer_id
            and p.started_at <= _at
        order by p.started_at desc
        limit 1
    );
end;
$$;

create function private.tier_discount_at(_organization_id uuid, _tier_id uuid, _at timestamptz)
returns numeric
language plpgsql
stable
set search_path = ''
as $$
begin
    return coalesce((
        select d.discount_percentage
        from public.tier_discounts as d
        where d.organization_id = _organization_id and d.tier_id = _tier_id
            and d.started_at <= _at
        order by d.started_at desc
        limit 1
    ), 0);
end;
$$;

comment on function private.tier_at is
'The tier that a customer had, or by an approved change will have, at an instant; null: none.';
comment on function private.tier_discount_at is
'The percentage that a tier gave at an instant; 0 before there was one.';

create function private.tier_policy(_organization_id uuid)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
    select '{
        "upgrade": "approval", "downgrade": "approval", "grace_days": 30,
        "allow_self_approval": false
    }'::jsonb || coalesce(o.settings -> 'tier_policy', '{}')
    from public.organizations as o
    where o.id = _organization_id;
end;

comment on function private.tier_policy is
'organizations.settings.tier_policy with what it leaves out: both directions ask for approval.';

create function private.grace_until(_organization_id uuid, _from timestamptz)
returns timestamptz
language sql
stable
set search_path = ''
return _from + make_interval(
    days => (private.tier_policy(_organization_id) ->> 'grace_days')::integer
);

-- Level 1 is the highest; no tier is below all of them.
create function private.tier_direction(_from_level integer, _to_level integer)
returns text
language sql
immutable
set search_path = ''
return case
    when coalesce(_to_level, 2147483647) > coalesce(_from_level, 2147483647) then 'downgrade'
    else 'upgrade'
end;

create function private.discounted(_amount numeric, _percentage numeric, _currency text)
returns numeric
language plpgsql
immutable
set search_path = ''
as $$
begin
    return round(_amount * (100 - _percentage) / 100, private.currency_digits(_currency));
end;
$$;

comment on function private.discounted is
'An amount less a percentage, rounded half away from zero to the currency''s minor unit.';

-- A discount of 10 and one of 12 are questions to the same orders: those that are open.
create function private.tier_discount_impact(
    _organization_id uuid, _tier_id uuid, _discount_percentage numeric
)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
    select jsonb_build_object(
        'customers', (
            select count(*)
            from public.customers as c
            where c.organization_id = _organization_id and c.tier_id = _tier_id
        ),
        'open_orders', coalesce(jsonb_agg(to_jsonb(t) order by t.currency), '[]')
    )
    from (
        select
            o.currency,
            count(*) as count,
            sum(o.total) as current_total,
            sum(private.discounted(o.list_amount, _discount_percentage, o.currency)) as new_total
        from public.orders as o
        inner join public.customers as c
            on o.organization_id = c.organization_id and o.customer_id = c.id
        where o.organization_id = _organization_id and o.status = 'open'
            and c.tier_id = _tier_id
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
            inner join old_rows as o on o.organization_id = n.organization_id and o.id = n.id
            cross join lateral (
                select greatest(
                    clock_timestamp(), max(d.started_at) + interval '1 microsecond'
                ) as at
                from public.tier_discounts as d
                where d.organization_id = n.organization_id and d.tier_id = n.id
            ) as s
            where n.discount_percentage <> o.discount_percentage
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

-- The clock, not the transaction's start: writers of one customer wait for each other, and who
-- began first may come last.
create function private.tg_customers__keep_tier_periods()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    if tg_op = 'INSERT' then
        insert into public.customer_tier_periods
        (organization_id, customer_id, started_at, tier_id)
        select n.organization_id, n.id, clock_timestamp(), n.tier_id
        from new_rows as n
        where n.tier_id is not null;
    else
        with begun as (
            insert into public.customer_tier_periods
            (organization_id, customer_id, started_at, tier_id, grace_until)
            select n.organization_id, n.id, s.at, n.tier_id,
                case when private.tier_direction(f.level, t.level) = 'downgrade'
                    then private.grace_until(n.organization_id, s.at) end
            from new_rows as n
            inner join old_rows as o
                on n.organization_id = o.organization_id and n.id = o.id
                and n.tier_id is distinct from o.tier_id
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
                select greatest(
                    clock_timestamp(), l.started_at + interval '1 microsecond'
                ) as at
            ) as s
            -- A change by request began with its approval.
            where l.tier_id is distinct from n.tier_id
            returning *
        )

        insert into private.pricing_changes
        (organization_id, kind, customer_id, tier_id, effective_at, grace_until)
        select b.organization_id, 'tier', b.customer_id, b.tier_id, b.started_at, b.grace_until
        from begun as b;
    end if;
    return null;
end;
$$;

comment on function private.tg_customers__keep_tier_periods is
'DEFINER because nobody but triggers may write history.';

create trigger _590_keep_tier_periods_insert
after insert on public.customers
referencing new table as new_rows
for each statement execute function private.tg_customers__keep_tier_periods();

create trigger _590_keep_tier_periods_update
after update on public.customers
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_customers__keep_tier_periods();

revoke all on all functions in schema private from public;
