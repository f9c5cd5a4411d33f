-- How many customers an organization has of each kind, and their money: kept by triggers.
-- Needs: stats, tiers, customers. Provides: private.customer_tallies, private.count_tallies.
--
-- Every change adds rows and touches none, so that writers of one organization never wait for each
-- other; maintenance adds them up. Exact, since each row of a customer has one writer at a time,
-- and the key of orders keeps a customer in its currency.

create table private.customer_tallies (
    organization_id uuid not null,
    status text,
    customer_type text,
    tier_id uuid,
    currency text not null,
    is_redirect boolean not null default false,
    customers bigint not null default 0,
    revenue numeric(24, 3) not null default 0,
    open_order_total numeric(24, 3) not null default 0,
    open_invoice_total numeric(24, 3) not null default 0,
    is_folded boolean not null default false,

    constraint customer_tallies_organization_fkey
    foreign key (organization_id) references public.organizations on delete cascade
);

comment on table private.customer_tallies is
'What changes added to and took from the numbers of customers, and their money: the sums are how
many there are. Money has no status, type or tier.';
comment on column private.customer_tallies.is_redirect is 'Merged into another customer.';
comment on column private.customer_tallies.is_folded is 'A sum of rows that were there before.';

create index customer_tallies_organization_id_idx on private.customer_tallies (organization_id);
create index customer_tallies_unfolded_idx
on private.customer_tallies (organization_id) where not is_folded;

create function private.tg_customers__tally()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    if tg_op = 'INSERT' then
        insert into private.customer_tallies
        (organization_id, status, customer_type, tier_id, currency, is_redirect, customers)
        select n.organization_id, n.status, n.customer_type, n.tier_id, n.currency,
            n.merged_into is not null, count(*)
        from new_rows as n
        group by 1, 2, 3, 4, 5, 6;
    elsif tg_op = 'UPDATE' then
        insert into private.customer_tallies
        (organization_id, status, customer_type, tier_id, currency, is_redirect, customers)
        select r.organization_id, r.status, r.customer_type, r.tier_id, r.currency,
            r.merged_into is not null, sum(r.change)
        from (
            select n.*, 1 as change from new_rows as n
            union all
            select o.*, -1 from old_rows as o
        ) as r
        group by 1, 2, 3, 4, 5, 6
        having sum(r.change) <> 0;
    else
        insert into private.customer_tallies
        (organization_id, status, customer_type, tier_id, currency, is_redirect, customers)
        select o.organization_id, o.status, o.customer_type, o.tier_id, o.currency,
            o.merged_into is not null, -count(*)
        from old_rows as o
        inner join public.organizations as g on o.organization_id = g.id
        group by 1, 2, 3, 4, 5, 6;
    end if;
    return null;
end;
$$;

comment on function private.tg_customers__tally is
'DEFINER because API roles may neither read nor write tallies.';

-- A customer with money cannot be deleted, and comes without any.
create function private.tg_customer_stats__tally()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    insert into private.customer_tallies
    (organization_id, currency, revenue, open_order_total, open_invoice_total)
    select c.organization_id, c.currency, sum(r.revenue), sum(r.open_order_total),
        sum(r.open_invoice_total)
    from (
        select n.organization_id, n.customer_id, n.revenue, n.open_order_total,
            n.open_invoice_total
        from new_rows as n
        union all
        select o.organization_id, o.customer_id, -o.revenue, -o.open_order_total,
            -o.open_invoice_total
        from old_rows as o
    ) as r
    inner join public.customers as c
        on r.organization_id = c.organization_id and r.customer_id = c.id
    group by 1, 2
    having (sum(r.revenue), sum(r.open_order_total), sum(r.open_invoice_total)) <> (0, 0, 0);
    return null;
end;
$$;

comment on function private.tg_customer_stats__tally is
'DEFINER because API roles may neither read nor write tallies.';

create trigger _650_tally_insert
after insert on public.customers
referencing new table as new_rows
for each statement execute function private.tg_customers__tally();

create trigger _650_tally_update
after update on public.customers
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_customers__tally();

create trigger _650_tally_delete
after delete on public.customers
referencing old table as old_rows
for each statement execute function private.tg_customers__tally();

create trigger _650_tally_update
after update on public.customer_stats
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_customer_stats__tally();

create function private.counted_tallies(_organization_id uuid)
returns setof private.customer_tallies
language sql
stable
set search_path = ''
begin atomic
    select c.organization_id, c.status, c.customer_type, c.tier_id, c.currency,
        c.merged_into is not null, count(*), 0, 0, 0, true
    from public.customers as c
    where c.organization_id = _organization_id
    group by 1, 2, 3, 4, 5, 6
    union all
    select c.organization_id, null, null, null, c.currency, false, 0, sum(s.revenue),
        sum(s.open_order_total), sum(s.open_invoice_total), true
    from public.customers as c
    inner join public.customer_stats as s
        on c.organization_id = s.organization_id and c.id = s.customer_id
    where c.organization_id = _organization_id and s.organization_id = _organization_id
    group by 1, 5;
end;

comment on function private.counted_tallies is
'The tallies of an organization by the customers that there are, for whoever loads customers
without triggers.';

-- Only where there is much to add up: whoever reads adds up the rest.
create function private.fold_tallies()
returns integer
language plpgsql
set search_path = ''
as $$
declare
    v_count integer;
begin
    with gone as (
        delete from private.customer_tallies as t
        where t.organization_id in (
            select u.organization_id
            from private.customer_tallies as u
            where not u.is_folded
            group by u.organization_id
            having count(*) >= 100
        )
        returning t.*
    )

    insert into private.customer_tallies
    select g.organization_id, g.status, g.customer_type, g.tier_id, g.currency, g.is_redirect,
        sum(g.customers), sum(g.revenue), sum(g.open_order_total), sum(g.open_invoice_total), true
    from gone as g
    group by 1, 2, 3, 4, 5, 6
    having sum(g.customers) <> 0 or sum(g.revenue) <> 0 or sum(g.open_order_total) <> 0
        or sum(g.open_invoice_total) <> 0;
    get diagnostics v_count = row_count;
    return v_count;
end;
$$;

comment on function private.fold_tallies is
'Adds tallies up where an organization has 100 new ones. Returns how many are left of them.';

revoke all on all functions in schema private from public;
