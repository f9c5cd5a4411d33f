-- Whose credit is not ok: few, and found without reading all others.
-- Needs: search_conditions. Provides: private.credit_alerts.

create table private.credit_alerts (
    organization_id uuid not null,
    customer_id uuid not null,

    constraint credit_alerts_pkey primary key (organization_id, customer_id),
    constraint credit_alerts_customer_fkey
    foreign key (organization_id, customer_id) references public.customers on delete cascade
);

comment on table private.credit_alerts is
'Customers near their limit, over it, or on hold, also where the hold has ended by itself: all that
private.credit_status may say anything but ok of.';

-- As for customers.
alter table private.credit_alerts alter column organization_id set statistics 0;

create function private.refresh_credit_alert(_organization_id uuid, _customer_id uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
    -- Locked first: of two writers, of the limit and of what is used of it, the later one then
    -- sees what both wrote.
    perform 1
    from public.customer_stats as s
    where s.organization_id = _organization_id and s.customer_id = _customer_id
    for update;
    if exists (
        select 1
        from public.customers as c
        left join public.customer_stats as s
            on c.organization_id = s.organization_id and c.id = s.customer_id
        where c.organization_id = _organization_id and c.id = _customer_id
            and private.credit_status(c, s, '-infinity') <> 'ok'
    ) then
        insert into private.credit_alerts (organization_id, customer_id)
        values (_organization_id, _customer_id)
        on conflict do nothing;
    else
        delete from private.credit_alerts as a
        where a.organization_id = _organization_id and a.customer_id = _customer_id;
    end if;
end;
$$;

create function private.tg_customers__refresh_credit_alert()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    perform private.refresh_credit_alert(new.organization_id, new.id);
    return null;
end;
$$;

comment on function private.tg_customers__refresh_credit_alert is
'DEFINER because API roles may neither read nor write alerts.';

create function private.tg_customer_stats__refresh_credit_alert()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    perform private.refresh_credit_alert(new.organization_id, new.customer_id);
    return null;
end;
$$;

comment on function private.tg_customer_stats__refresh_credit_alert is
'DEFINER because API roles may neither read nor write alerts.';

create trigger _620_refresh_credit_alert_insert
after insert on public.customers
for each row when (new.credit_hold_reason is not null)
execute function private.tg_customers__refresh_credit_alert();

create trigger _620_refresh_credit_alert_update
after update on public.customers
for each row when (
    (new.credit_limit, new.credit_hold_reason)
    is distinct from (old.credit_limit, old.credit_hold_reason)
)
execute function private.tg_customers__refresh_credit_alert();

create trigger _620_refresh_credit_alert_update
after update on public.customer_stats
for each row when (
    new.uninvoiced_order_total + new.open_invoice_total
    <> old.uninvoiced_order_total + old.open_invoice_total
)
execute function private.tg_customer_stats__refresh_credit_alert();

revoke all on all functions in schema private from public;
