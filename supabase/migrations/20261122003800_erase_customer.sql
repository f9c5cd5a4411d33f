-- Erasing the personal data of a customer. What is left is a number with its orders and invoices.
-- Needs: personal_data, erase_activities, lifecycle, tier_decisions. Provides: erase_customer.

-- What a personal column holds when there is nothing: null, its default, or something empty.
create function private.blank_assignments(_table_name text)
returns text
language sql
stable
set search_path = ''
begin atomic
    select string_agg(format('%I = %s', a.attname, case
        when not a.attnotnull then 'null'
        when d.oid is not null then pg_get_expr(d.adbin, d.adrelid)
        when a.atttypid = 'jsonb'::regtype then '''{}'''
        else ''''''
    end), ', ')
    from private.personal_data as p
    inner join pg_catalog.pg_attribute as a
        on a.attrelid = p.table_name::regclass and a.attname = any(p.personal)
    left join pg_catalog.pg_attrdef as d on a.attrelid = d.adrelid and a.attnum = d.adnum
    where p.table_name = _table_name;
end;

-- What refers to a row goes before it: against the order of the declaration.
create function private.erase_declared(_organization_id uuid, _customer_ids uuid[])
returns void
language plpgsql
set search_path = ''
as $$
declare
    v_table record;
    v_customer_id uuid;
begin
    for v_table in
        select format(case p.erased_by
            when 'deleting' then 'delete from %1$s as t where t.organization_id = $1 and (%2$s)'
            else 'update %1$s as t set %3$s where t.organization_id = $1 and (%2$s)'
        end, p.table_name, p.found_by, private.blank_assignments(p.table_name)) as statement
        from private.personal_data as p
        where p.erased_by in ('deleting', 'blanking')
        order by p.position desc
    loop
        foreach v_customer_id in array _customer_ids loop
            execute v_table.statement using _organization_id, v_customer_id;
        end loop;
    end loop;
end;
$$;

-- What was imported stays imported; what was still to be imported never will be.
create function private.erase_import_rows(_organization_id uuid, _customer_id uuid)
returns void
language sql
set search_path = ''
begin atomic
    with named as materialized (
        select n.import_id, n.row_number
        from private.import_rows_naming(_organization_id, _customer_id) as n
    ),

    forgotten as (
        delete from private.customer_import_keys as k
        using named as n
        where k.import_id = n.import_id and k.row_number = n.row_number
    )

    update public.customer_import_rows as r
    set raw = '{}', values = '{"customer": {}, "contacts": []}', changes = '[]',
        staging_errors = '[]', staging_warnings = '[]', warnings = '[]', differences = null,
        contact_changes = null,
        action = case when r.is_committed then r.action else 'reject' end,
        errors = case
            when r.is_committed and r.action <> 'reject' then '[]'
            else private.import_findings('{}', '{}', private.rule(
                true, 'company_name', 'customer_erased',
                'the personal data of this customer was erased'
            ))
        end,
        contacts_created = case when r.is_committed then r.contacts_created else 0 end,
        contacts_updated = case when r.is_committed then r.contacts_updated else 0 end,
        contacts_unchanged = case when r.is_committed then r.contacts_unchanged else 0 end
    from named as n
    where r.organization_id = _organization_id and r.import_id = n.import_id
        and r.row_number = n.row_number;
end;

create function private.erase_customer_rows(_organization_id uuid, _customer_ids uuid[])
returns void
language sql
set search_path = ''
begin atomic
    update public.customers as c
    set company_name = 'Erased ' || c.customer_number,
        display_name = null, external_id = null, tax_id = null, website = null,
        billing_address = '{}', shipping_address = '{}', settings = '{}', tags = '{}',
        portal_enabled = false, portal_subdomain = null, notes = null, internal_notes = null,
        credit_hold_reason = null, credit_hold_until = null, credit_hold_by = null,
        -- A redirect keeps the status that it was given.
        status = case when c.merged_into is null then 'inactive' else c.status end,
        erased_at = now()
    where c.organization_id = _organization_id and c.id = any(_customer_ids);
end;

-- Locked in the order in which imports and merges lock. An import that is under way has stopped by
-- then, and the next one sees that the customer is erased.
create function private.lock_for_erasure(_organization_id uuid, _customer_id uuid)
returns uuid[]
language plpgsql
set search_path = ''
as $$
declare
    v_customer public.customers;
    v_ids uuid[];
begin
    perform 1
    from public.customer_imports as i
    where i.organization_id = _organization_id and i.status <> 'committed'
    order by i.id
    for update;
    select c.* into v_customer
    from public.customers as c
    where c.organization_id = _organization_id and c.id = _customer_id
    for update;
    if v_customer.merged_into is not null then
        perform private.fail_merged();
    elsif v_customer.erased_at is not null then
        return null;
    end if;
    perform private.refuse_open_orders(_organization_id, _customer_id);
    v_ids := private.merged_ids(_organization_id, _customer_id);
    perform 1
    from public.customers as c
    where c.organization_id = _organization_id and c.id = any(v_ids)
    order by c.id
    for update;
    perform private.refuse_unfinished_merge(_organization_id, v_ids);
    return v_ids;
end;
$$;

comment on function private.lock_for_erasure is
'Locks a customer and what was merged into it; returns their ids, null where it is erased already.
Raises PT409 customer_merged, open_orders, merge_unfinished.';

create function private.begin_erasure(_organization_id uuid, _customer_id uuid, _reason text)
returns void
language plpgsql
set search_path = ''
as $$
declare
    v_ids constant uuid[] := private.lock_for_erasure(_organization_id, _customer_id);
begin
    if v_ids is null then
        return;
    end if;
    insert into private.customer_erasures (organization_id, customer_id, logins)
    select _organization_id, _customer_id, array(
        select k.user_id
        from public.customer_contacts as k
        where k.organization_id = _organization_id and k.customer_id = any(v_ids)
            and k.user_id is not null
    );
    perform private.withdraw_tier_change(r)
    from public.tier_change_requests as r
    where r.organization_id = _organization_id and r.customer_id = any(v_ids)
        and r.status in ('pending', 'approved');
    perform private.erase_traces(_organization_id, v_ids);
    perform private.erase_import_rows(_organization_id, i.id) from unnest(v_ids) as i (id);
    perform private.erase_declared(_organization_id, v_ids);
    perform private.erase_customer_rows(_organization_id, v_ids);
    insert into public.customer_activities
    (organization_id, customer_id, type, title, description, created_by)
    values (
        _organization_id, _customer_id, 'erased', 'Personal data erased',
        nullif(private.trim(_reason), ''), auth.uid()
    );
-- Somebody worked on the same rows in another order: nothing is done, and the next call will be.
exception when deadlock_detected then
    return;
end;
$$;

-- A login that is somebody elsewhere, a member or another customer's contact, is not deleted.
create function private.erasure_progress(_organization_id uuid, _customer_id uuid)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
    select jsonb_build_object(
        'customer_id', _customer_id,
        'status', case when e.finished_at is null then 'erasing' else 'erased' end,
        'remaining', case when e.finished_at is null then (
            select count(*)
            from private.all_activities as a
            where a.organization_id = _organization_id
                and a.customer_id = any(private.merged_ids(_organization_id, _customer_id))
                and a.created_at < coalesce(e.done_to, 'infinity')
        ) else 0 end,
        'logins', (
            select coalesce(jsonb_agg(u.id order by u.id), '[]')
            from auth.users as u
            where u.id = any(e.logins)
                and u.id not in (
                    select k.user_id
                    from public.customer_contacts as k
                    where k.user_id = any(e.logins)
                    union all
                    select m.user_id
                    from public.organization_members as m
                    where m.user_id = any(e.logins)
                )
        )
    )
    from (values (1)) as o (one)
    left join private.customer_erasures as e
        on e.organization_id = _organization_id and e.customer_id = _customer_id;
end;

-- DEFINER because nobody may rewrite history, or write most of what is erased.
create function private.erase_customer(_customer_id uuid, _reason text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_started_at constant timestamptz := clock_timestamp();
    v_customer constant public.customers := private.find_customer(_customer_id, 'owner');
begin
    perform private.check_reason(_reason);
    if v_customer.erased_at is null then
        perform private.begin_erasure(v_customer.organization_id, _customer_id, _reason);
    end if;
    while private.erase_activities(v_customer.organization_id, _customer_id) loop
        exit when not private.has_time(v_started_at);
    end loop;
    return private.erasure_progress(v_customer.organization_id, _customer_id);
end;
$$;

create function public.erase_customer(customer_id uuid, reason text default null)
returns jsonb
language sql
set search_path = ''
return private.erase_customer(erase_customer.customer_id, erase_customer.reason);

comment on function public.erase_customer is
'Erases the personal data of a customer and of whatever was merged into it, for good: names, tax id,
addresses, contacts, free text, and their copies in activities and imports. It becomes inactive, and
"Erased" with its number; orders and invoices keep numbers and amounts. The first call does all but
old activities: call until status is erased. reason stays in the timeline: nothing personal in it.
Returns {"customer_id", "status": erasing or erased, "remaining": activities, "logins": [user ids to
delete through Auth]}. For owners. Raises PT404 customer_not_found, PT409 open_orders,
customer_merged, PT422 reason_too_long, 42501 role_required.';

revoke all on all functions in schema private from public;
revoke all on function public.erase_customer from public, anon, authenticated, service_role;
grant execute on function private.erase_customer to authenticated, service_role;
grant execute on function public.erase_customer to authenticated, service_role;
