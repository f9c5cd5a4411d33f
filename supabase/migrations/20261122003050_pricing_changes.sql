-- The durable feed of what changes prices, for a pricing engine that keeps its own copy.
-- Needs: tier_history. Provides: pricing_changes_since.
--
-- Writers add rows without a position, and so need not wait for each other. A reader gives places
-- to what is committed: whatever commits later gets a later one, so that none is ever missed.

create table private.pricing_changes (
    organization_id uuid not null,
    id uuid not null default gen_random_uuid(),
    position bigint,
    kind text not null,
    customer_id uuid,
    tier_id uuid,
    effective_at timestamptz not null default clock_timestamp(),
    grace_until timestamptz,
    created_at timestamptz not null default clock_timestamp(),

    constraint pricing_changes_pkey primary key (organization_id, id),
    constraint pricing_changes_position_key unique (organization_id, position),
    constraint pricing_changes_customer_fkey
    foreign key (organization_id, customer_id) references public.customers on delete cascade,
    constraint pricing_changes_tier_fkey
    foreign key (organization_id, tier_id) references public.customer_tiers on delete cascade,
    constraint pricing_changes_kind_check
    check (kind in ('tier', 'tier_cancelled', 'discount', 'customer')),
    constraint pricing_changes_customer_id_check check ((kind = 'discount') = (customer_id is null))
);

comment on table private.pricing_changes is
'What changed prices, read through pricing_changes_since.';
comment on column private.pricing_changes.position is
'The place in the feed, given by the first reader; null: nobody has read it yet.';

create index pricing_changes_unnumbered_idx
on private.pricing_changes (organization_id, created_at, id) where position is null;
create index pricing_changes_customer_id_idx
on private.pricing_changes (organization_id, customer_id);
create index pricing_changes_tier_id_idx on private.pricing_changes (organization_id, tier_id);

create function private.tg_customers__note_pricing()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    insert into private.pricing_changes (organization_id, kind, customer_id, tier_id)
    select n.organization_id, 'customer', n.id, n.tier_id
    from new_rows as n
    full join old_rows as o on n.organization_id = o.organization_id and n.id = o.id
    where (n.status, n.currency, n.merged_into)
        is distinct from (o.status, o.currency, o.merged_into);
    return null;
end;
$$;

comment on function private.tg_customers__note_pricing is
'DEFINER because nobody but triggers may write the feed.';

create trigger _595_note_pricing
after update on public.customers
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_customers__note_pricing();

create function private.number_pricing_changes(_organization_id uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
    if not exists (
        select 1
        from private.pricing_changes as p
        where p.organization_id = _organization_id and p.position is null
    ) then
        return;
    end if;
    -- One reader of an organization at a time: the next one counts on from what this one committed.
    perform pg_advisory_xact_lock(hashtextextended('pricing ' || _organization_id, 0));
    update private.pricing_changes as p
    set position = n.position
    from (
        select u.id, l.position + row_number() over (order by u.created_at, u.id) as position
        from (
            select w.id, w.created_at
            from private.pricing_changes as w
            where w.organization_id = _organization_id and w.position is null
            order by w.created_at, w.id
            limit 10000
        ) as u
        cross join (
            select coalesce(max(d.position), 0) as position
            from private.pricing_changes as d
            where d.organization_id = _organization_id
        ) as l
    ) as n
    where p.organization_id = _organization_id and p.id = n.id;
end;
$$;

create type public.pricing_change_row as (
    organization_id uuid,
    id uuid,
    kind text,
    customer_id uuid,
    tier_id uuid,
    effective_at timestamptz,
    grace_until timestamptz,
    created_at timestamptz,
    cursor text
);

comment on type public.pricing_change_row is 'A row of pricing_changes_since.';

-- DEFINER because the feed is in private; membership is checked first.
create function private.pricing_changes_since(
    _cursor text, _page_size integer, _organization_id uuid
)
returns setof public.pricing_change_row
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
    v_organization_id constant uuid := private.organization_for(_organization_id, 'viewer');
    v_limit constant integer := private.page_limit(_page_size);
    v_key constant text := private.decode_cursor(_cursor, 'pricing') ->> 1;
begin
    if v_key !~ '^[0-9]{1,18}$' then
        perform private.fail_cursor();
    end if;
    perform private.number_pricing_changes(v_organization_id);
    return query
    select p.organization_id, p.id, p.kind, p.customer_id, p.tier_id, p.effective_at,
        p.grace_until, p.created_at, private.encode_cursor('pricing', p.position::text, p.id)
    from private.pricing_changes as p
    where p.organization_id = v_organization_id and p.position > coalesce(v_key::bigint, 0)
    order by p.position
    limit v_limit;
end;
$$;

create function public.pricing_changes_since(
    cursor text default null, page_size integer default 50, organization_id uuid default null
)
returns setof public.pricing_change_row
language sql
volatile
rows 50
set search_path = ''
begin atomic
    select *
    from private.pricing_changes_since(
        pricing_changes_since.cursor, pricing_changes_since.page_size,
        pricing_changes_since.organization_id
    );
end;

comment on function public.pricing_changes_since is
'What changed prices, in the order in which it is read first; nothing is ever missed or told twice.
kind: tier (customer_id has tier_id from effective_at, which may be ahead; so do new customers that
have one), tier_cancelled (a change that was ahead will not come), discount (tier_id has another
discount), customer (its status, currency or merged_into changed). Keep the last row''s cursor, and
come back with it for what happened since; without one, from the beginning. New customers without a
tier are not in it: they have no discount. By POST: reading gives places, which GET refuses (25006).
page_size: 1 to 200. For viewers. Raises PT422 cursor_invalid, page_size_invalid,
organization_required, PT404 organization_not_found.';

revoke all on all functions in schema private from public;
revoke all on function public.pricing_changes_since from public, anon, authenticated, service_role;
grant execute on function private.pricing_changes_since to authenticated, service_role;
grant execute on function public.pricing_changes_since to authenticated, service_role;
