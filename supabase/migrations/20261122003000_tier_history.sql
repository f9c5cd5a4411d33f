-- History of tiers: which discount a tier had, and which tier a customer had, when.
-- Needs: tiers, orders, activity_triggers. Provides: public.tier_discounts,
-- public.customer_tier_periods, private.tier_at, private.tier_discount_at, private.grace_until. Its
-- rows are written by tier_history_triggers.
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

revoke all on all functions in schema private from public;
