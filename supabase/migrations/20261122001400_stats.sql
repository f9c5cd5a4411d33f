-- Statistics per customer: exact after every transaction, kept by triggers.
-- Needs: orders. Provides: public.customer_stats.

create table public.customer_stats (
    organization_id uuid not null,
    customer_id uuid not null,
    order_count integer not null default 0,
    revenue numeric(18, 3) not null default 0,
    last_order_at timestamptz,
    open_order_total numeric(18, 3) not null default 0,
    uninvoiced_order_total numeric(18, 3) not null default 0,
    open_invoice_total numeric(18, 3) not null default 0,
    oldest_unpaid_due_on date,

    constraint customer_stats_pkey primary key (organization_id, customer_id),
    constraint customer_stats_customer_fkey
    foreign key (organization_id, customer_id) references public.customers on delete cascade
);

comment on table public.customer_stats is
'One row per customer, kept by triggers. Money is in the customer''s currency. What the clock
changes (overdue, credit status, age) is computed on reading.';
comment on column public.customer_stats.order_count is 'Orders that were not cancelled.';
comment on column public.customer_stats.revenue is 'Total of the orders that were not cancelled.';
comment on column public.customer_stats.last_order_at is 'Of the orders that were not cancelled.';
comment on column public.customer_stats.open_order_total is 'Total of open orders.';
comment on column public.customer_stats.uninvoiced_order_total is
'Total of open orders that no invoice is for: with open_invoice_total, the credit in use.';
comment on column public.customer_stats.open_invoice_total is 'Total of unpaid invoices.';
comment on column public.customer_stats.oldest_unpaid_due_on is
'Due date, in UTC, of the unpaid invoice that is due first.';

-- As for customers.
alter table public.customer_stats alter column organization_id set statistics 0;

create index customer_stats_revenue_idx
on public.customer_stats (organization_id, revenue, customer_id);
-- No null in a sort key, or a row comparison could not walk it.
create index customer_stats_last_order_at_idx
on public.customer_stats (organization_id, coalesce(last_order_at, '-infinity'), customer_id);

alter table public.customer_stats enable row level security;

create policy customer_stats_select_member on public.customer_stats
for select to authenticated
using (organization_id = any(array(select private.member_organization_ids())));

revoke all on public.customer_stats from public, anon, authenticated, service_role;
grant select on public.customer_stats to authenticated, service_role;

create function private.tg_customers__add_stats()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    insert into public.customer_stats (organization_id, customer_id)
    select n.organization_id, n.id from new_rows as n;
    return null;
end;
$$;

comment on function private.tg_customers__add_stats is
'DEFINER because nobody but triggers may write statistics.';

create trigger _500_add_stats
after insert on public.customers
referencing new table as new_rows
for each statement execute function private.tg_customers__add_stats();

-- Counted anew, not added up: whatever was wrong before is right after the next order.
create function private.counted_stats(_organization_ids uuid[], _customer_ids uuid[])
returns setof public.customer_stats
language plpgsql
stable
set search_path = ''
as $$
begin
    return query
    select d.organization_id, d.customer_id, placed.count, placed.revenue, placed.last_at,
        placed.open, placed.uninvoiced, unpaid.total, unpaid.due_on
    from (
        select distinct u.organization_id, u.customer_id
        from unnest(_organization_ids, _customer_ids) as u (organization_id, customer_id)
    ) as d
    cross join lateral (
        select
            count(*)::integer as count,
            coalesce(sum(o.total), 0)::numeric(18, 3) as revenue,
            max(o.placed_at) as last_at,
            coalesce(sum(o.total) filter (where o.status = 'open'), 0)::numeric(18, 3) as open,
            coalesce(sum(o.total) filter (where o.status = 'open' and not exists (
                select 1
                from public.invoices as i
                where i.organization_id = o.organization_id and i.order_id = o.id
                    and i.status <> 'void'
            )), 0)::numeric(18, 3) as uninvoiced
        from public.orders as o
        where o.organization_id = d.organization_id and o.customer_id = d.customer_id
            and o.status <> 'cancelled'
    ) as placed
    cross join lateral (
        select
            coalesce(sum(i.total), 0)::numeric(18, 3) as total,
            (min(i.due_at) at time zone 'UTC')::date as due_on
        from public.invoices as i
        where i.organization_id = d.organization_id and i.customer_id = d.customer_id
            and i.status = 'open'
    ) as unpaid;
end;
$$;

comment on function private.counted_stats is
'The statistics of customers by the orders and invoices that there are.';

create function private.refresh_stats(_organization_ids uuid[], _customer_ids uuid[])
returns void
language plpgsql
set search_path = ''
as $$
begin
    -- Locked first, in one order: the next statement sees what the writers before it committed.
    perform 1
    from public.customer_stats as s
    where (s.organization_id, s.customer_id) in (
        select * from unnest(_organization_ids, _customer_ids)
    )
    order by s.organization_id, s.customer_id
    for update;

    update public.customer_stats as s
    set order_count = f.order_count,
        revenue = f.revenue,
        last_order_at = f.last_order_at,
        open_order_total = f.open_order_total,
        uninvoiced_order_total = f.uninvoiced_order_total,
        open_invoice_total = f.open_invoice_total,
        oldest_unpaid_due_on = f.oldest_unpaid_due_on
    from private.counted_stats(_organization_ids, _customer_ids) as f
    where s.organization_id = f.organization_id and s.customer_id = f.customer_id;
end;
$$;

-- One function for orders and invoices, whose triggers name their rows alike.
create function private.tg__refresh_stats()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_organization_ids uuid[];
    v_customer_ids uuid[];
begin
    -- A merge counts once, when it has moved what it moves.
    if private.is_merging() then
        return null;
    elsif tg_op = 'INSERT' then
        select array_agg(n.organization_id), array_agg(n.customer_id)
        into v_organization_ids, v_customer_ids
        from new_rows as n;
    elsif tg_op = 'UPDATE' then
        select array_agg(r.organization_id), array_agg(r.customer_id)
        into v_organization_ids, v_customer_ids
        from (
            select n.organization_id, n.customer_id from new_rows as n
            union
            select o.organization_id, o.customer_id from old_rows as o
        ) as r;
    else
        select array_agg(o.organization_id), array_agg(o.customer_id)
        into v_organization_ids, v_customer_ids
        from old_rows as o;
    end if;
    if v_customer_ids is not null then
        perform private.refresh_stats(v_organization_ids, v_customer_ids);
    end if;
    return null;
end;
$$;

comment on function private.tg__refresh_stats is
'DEFINER because nobody but triggers may write statistics.';

create trigger _500_refresh_stats_insert
after insert on public.orders
referencing new table as new_rows
for each statement execute function private.tg__refresh_stats();

create trigger _500_refresh_stats_update
after update on public.orders
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg__refresh_stats();

create trigger _500_refresh_stats_delete
after delete on public.orders
referencing old table as old_rows
for each statement execute function private.tg__refresh_stats();

create trigger _500_refresh_stats_insert
after insert on public.invoices
referencing new table as new_rows
for each statement execute function private.tg__refresh_stats();

create trigger _500_refresh_stats_update
after update on public.invoices
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg__refresh_stats();

create trigger _500_refresh_stats_delete
after delete on public.invoices
referencing old table as old_rows
for each statement execute function private.tg__refresh_stats();

revoke all on all functions in schema private from public;
