-- Nothing goes unrecorded: triggers write activities in the transaction of the change.
-- Needs: activities, contacts, orders. Provides: triggers, private.with_reason.

-- Why a change is made travels to its trigger in a setting of the transaction.
create function private.set_reason(_reason text)
returns void
language sql
set search_path = ''
begin atomic
    select set_config('private.activity_reason', coalesce(_reason, ''), true);
end;

create function private.reason()
returns text
language sql
stable
set search_path = ''
return nullif(current_setting('private.activity_reason', true), '');

-- A merge is one activity, however many rows it moves: while it moves them, triggers neither record
-- them nor count them one by one, and redirects open. A setting of functions in private, which no
-- client can reach.
create function private.set_merging(_is_merging boolean)
returns void
language sql
set search_path = ''
begin atomic
    select set_config('private.merging', case when _is_merging then 'on' else '' end, true);
end;

create function private.is_merging()
returns boolean
language sql
stable
set search_path = ''
return coalesce(current_setting('private.merging', true), '') = 'on';

-- In PL/pgSQL, whose expressions stay prepared: called for every row of large updates.
create function private.customer_activity_type(_changes jsonb)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
    return case
        when _changes ? 'status' then 'status_changed'
        when _changes ? 'tier_id' then 'tier_changed'
        when _changes -> 'credit_hold_reason' -> 'to' = 'null' then 'credit_hold_released'
        when _changes ?| array['credit_hold_reason', 'credit_hold_until', 'credit_hold_by']
            then 'credit_hold_set'
        when _changes - 'settings' = '{}' then 'settings_changed'
        else 'customer_updated'
    end;
end;
$$;

create function private.customer_activity_title(
    _type text, _changes jsonb, _from_tier text, _to_tier text
)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
    return case _type
        when 'status_changed' then format(
            'Status changed from %s to %s',
            _changes -> 'status' ->> 'from', _changes -> 'status' ->> 'to'
        )
        when 'tier_changed' then format(
            'Tier changed from %s to %s', coalesce(_from_tier, 'none'), coalesce(_to_tier, 'none')
        )
        when 'credit_hold_set' then 'Credit hold set'
        when 'credit_hold_released' then 'Credit hold released'
        when 'settings_changed' then 'Settings changed'
        else 'Changed ' || (
            select string_agg(replace(k.key, '_', ' '), ', ' order by k.key)
            from jsonb_object_keys(_changes) as k (key)
        )
    end;
end;
$$;

-- What was said when a change of tier was asked for, and when it was decided.
create function private.request_words(_reason text, _note text)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
    if _reason is null and _note is null then
        return '{}'::jsonb;
    end if;
    return jsonb_strip_nulls(jsonb_build_object('reason', _reason, 'note', _note));
end;
$$;

create function private.tg_customers__record()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    if private.is_merging() then
        return null;
    elsif tg_op = 'INSERT' then
        insert into public.customer_activities
        (organization_id, customer_id, type, title, metadata, created_by)
        select n.organization_id, n.id, 'customer_created', 'Customer created: ' || n.company_name,
            jsonb_build_object('version', n.version), auth.uid()
        from new_rows as n;
    else
        insert into public.customer_activities
        (
            organization_id, customer_id, type, title, description, metadata, related_type,
            related_id, created_by
        )
        select n.organization_id, n.id, k.type,
            private.customer_activity_title(k.type, d.changes, f.name, t.name),
            coalesce((select private.reason()), r.decision_note, r.reason),
            jsonb_build_object('version', n.version, 'changes', d.changes)
            || private.request_words(r.reason, r.decision_note),
            case when r.id is not null then 'tier_change_request' end, r.id, (select auth.uid())
        from new_rows as n
        full join old_rows as o on o.organization_id = n.organization_id and o.id = n.id
        cross join lateral private.changes(
            to_jsonb(o), to_jsonb(n), '{version,updated_at,updated_by}'
        ) as d (changes)
        cross join lateral (
            select private.customer_activity_type(d.changes) as type offset 0
        ) as k
        left join public.customer_tiers as f
            on f.organization_id = o.organization_id and f.id = o.tier_id
        left join public.customer_tiers as t
            on t.organization_id = n.organization_id and t.id = n.tier_id
        -- The request that this change carries out.
        left join public.tier_change_requests as r
            on r.organization_id = n.organization_id and r.customer_id = n.id
            and r.status = 'approved' and r.to_tier_id = n.tier_id
            and o.tier_id is distinct from n.tier_id
        where o.version is distinct from n.version and d.changes <> '{}';
    end if;
    return null;
end;
$$;

comment on function private.tg_customers__record is
'DEFINER because nobody but triggers may write history.';

create function private.contact_name(_first_name text, _last_name text)
returns text
language sql
immutable
set search_path = ''
return _first_name || ' ' || _last_name;

create function private.contact_activity_type(_changes jsonb)
returns text
language sql
immutable
set search_path = ''
return case
    when _changes #> '{user_id,to}' <> 'null' then 'portal_accepted'
    when _changes ? 'user_id' or _changes #> '{portal_access,to}' = 'false' then 'portal_revoked'
    when _changes ? 'role' then 'contact_role_changed'
    else 'contact_updated'
end;

create function private.contact_activity_title(_changes jsonb, _name text)
returns text
language sql
immutable
set search_path = ''
return case private.contact_activity_type(_changes)
    when 'portal_accepted' then 'Portal access accepted: ' || _name
    when 'portal_revoked' then 'Portal access revoked: ' || _name
    when 'contact_role_changed' then format(
        'Role of %s changed from %s to %s',
        _name, _changes #>> '{role,from}', _changes #>> '{role,to}'
    )
    else 'Contact changed: ' || _name
end;

create function private.tg_customer_contacts__record()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    if private.is_merging() then
        return null;
    elsif tg_op = 'INSERT' then
        insert into public.customer_activities (
            organization_id, customer_id, type, title, metadata, related_type, related_id,
            created_by
        )
        select n.organization_id, n.customer_id, 'contact_added',
            'Contact added: ' || private.contact_name(n.first_name, n.last_name),
            jsonb_build_object('role', n.role), 'contact', n.id, auth.uid()
        from new_rows as n;
    elsif tg_op = 'UPDATE' then
        insert into public.customer_activities (
            organization_id, customer_id, type, title, metadata, related_type, related_id,
            created_by
        )
        select n.organization_id, n.customer_id, private.contact_activity_type(d.changes),
            private.contact_activity_title(
                d.changes, private.contact_name(n.first_name, n.last_name)
            ),
            jsonb_build_object('changes', d.changes), 'contact', n.id, auth.uid()
        from new_rows as n
        full join old_rows as o on o.organization_id = n.organization_id and o.id = n.id
        cross join lateral private.changes(to_jsonb(o), to_jsonb(n), '{updated_at}') as d (changes)
        where d.changes <> '{}'
        union all
        select o.organization_id, o.customer_id, 'contact_removed',
            'Contact moved to another customer: '
            || private.contact_name(o.first_name, o.last_name),
            jsonb_build_object('customer_id', n.customer_id), 'contact', o.id, auth.uid()
        from new_rows as n
        full join old_rows as o on o.organization_id = n.organization_id and o.id = n.id
        where o.customer_id is distinct from n.customer_id;
    else
        -- What a customer that is itself being removed had is not worth a reference to nowhere.
        insert into public.customer_activities (
            organization_id, customer_id, type, title, metadata, related_type, related_id,
            created_by
        )
        select o.organization_id, o.customer_id, 'contact_removed',
            'Contact removed: ' || private.contact_name(o.first_name, o.last_name),
            jsonb_build_object('contact', to_jsonb(o) - 'organization_id'), 'contact', o.id,
            auth.uid()
        from old_rows as o
        inner join public.customers as c
            on c.organization_id = o.organization_id and c.id = o.customer_id;
    end if;
    return null;
end;
$$;

comment on function private.tg_customer_contacts__record is
'DEFINER because nobody but triggers may write history.';

create function private.tg_orders__record()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    if private.is_merging() then
        return null;
    elsif tg_op = 'INSERT' then
        insert into public.customer_activities (
            organization_id, customer_id, type, title, metadata, related_type, related_id,
            occurred_at, created_by
        )
        select n.organization_id, n.customer_id, 'order_placed', 'Order placed: ' || n.number,
            jsonb_build_object('total', n.total, 'currency', n.currency, 'status', n.status),
            'order', n.id, n.placed_at, auth.uid()
        from new_rows as n;
    elsif tg_op = 'UPDATE' then
        insert into public.customer_activities (
            organization_id, customer_id, type, title, metadata, related_type, related_id,
            created_by
        )
        select n.organization_id, n.customer_id,
            case when o.status <> n.status then 'order_status_changed' else 'order_updated' end,
            case when o.status <> n.status then format('Order %s is %s', n.number, n.status)
            else 'Order changed: ' || n.number end,
            jsonb_build_object('changes', d.changes), 'order', n.id, auth.uid()
        from new_rows as n
        full join old_rows as o on o.organization_id = n.organization_id and o.id = n.id
        cross join lateral private.changes(to_jsonb(o), to_jsonb(n), '{updated_at}') as d (changes)
        where d.changes <> '{}';
    else
        insert into public.customer_activities (
            organization_id, customer_id, type, title, metadata, related_type, related_id,
            created_by
        )
        select o.organization_id, o.customer_id, 'order_removed', 'Order removed: ' || o.number,
            jsonb_build_object('order', to_jsonb(o) - 'organization_id'), 'order', o.id, auth.uid()
        from old_rows as o;
    end if;
    return null;
end;
$$;

comment on function private.tg_orders__record is
'DEFINER because nobody but triggers may write history.';

create function private.tg_invoices__record()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    if private.is_merging() then
        return null;
    elsif tg_op = 'INSERT' then
        insert into public.customer_activities (
            organization_id, customer_id, type, title, metadata, related_type, related_id,
            occurred_at, created_by
        )
        select n.organization_id, n.customer_id, 'invoice_issued', 'Invoice issued: ' || n.number,
            jsonb_build_object('total', n.total, 'currency', n.currency, 'status', n.status),
            'invoice', n.id, n.issued_at, auth.uid()
        from new_rows as n;
    elsif tg_op = 'UPDATE' then
        insert into public.customer_activities (
            organization_id, customer_id, type, title, metadata, related_type, related_id,
            occurred_at, created_by
        )
        select n.organization_id, n.customer_id,
            case when n.status = 'paid' and o.status <> 'paid' then 'invoice_paid'
            else 'invoice_updated' end,
            case when n.status = 'paid' and o.status <> 'paid' then 'Invoice paid: ' || n.number
            else 'Invoice changed: ' || n.number end,
            jsonb_build_object('changes', d.changes), 'invoice', n.id,
            case when n.status = 'paid' and o.status <> 'paid' then n.paid_at else now() end,
            auth.uid()
        from new_rows as n
        full join old_rows as o on o.organization_id = n.organization_id and o.id = n.id
        cross join lateral private.changes(to_jsonb(o), to_jsonb(n), '{updated_at}') as d (changes)
        where d.changes <> '{}';
    else
        insert into public.customer_activities (
            organization_id, customer_id, type, title, metadata, related_type, related_id,
            created_by
        )
        select o.organization_id, o.customer_id, 'invoice_removed', 'Invoice removed: ' || o.number,
            jsonb_build_object('invoice', to_jsonb(o) - 'organization_id'), 'invoice', o.id,
            auth.uid()
        from old_rows as o;
    end if;
    return null;
end;
$$;

comment on function private.tg_invoices__record is
'DEFINER because nobody but triggers may write history.';

create trigger _600_record_insert
after insert on public.customers
referencing new table as new_rows
for each statement execute function private.tg_customers__record();

create trigger _600_record_update
after update on public.customers
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_customers__record();

create trigger _600_record_insert
after insert on public.customer_contacts
referencing new table as new_rows
for each statement execute function private.tg_customer_contacts__record();

create trigger _600_record_update
after update on public.customer_contacts
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_customer_contacts__record();

create trigger _600_record_delete
after delete on public.customer_contacts
referencing old table as old_rows
for each statement execute function private.tg_customer_contacts__record();

create trigger _600_record_insert
after insert on public.orders
referencing new table as new_rows
for each statement execute function private.tg_orders__record();

create trigger _600_record_update
after update on public.orders
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_orders__record();

create trigger _600_record_delete
after delete on public.orders
referencing old table as old_rows
for each statement execute function private.tg_orders__record();

create trigger _600_record_insert
after insert on public.invoices
referencing new table as new_rows
for each statement execute function private.tg_invoices__record();

create trigger _600_record_update
after update on public.invoices
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_invoices__record();

create trigger _600_record_delete
after delete on public.invoices
referencing old table as old_rows
for each statement execute function private.tg_invoices__record();

revoke all on all functions in schema private from public;
