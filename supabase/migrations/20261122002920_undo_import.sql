-- Taking back what an import did, and giving up one that is not done.
-- Needs: commit_import, log_activity. Provides: undo_import, cancel_import.
--
-- Nobody's work is undone with it: what somebody has changed since stays as it is, and the report
-- says so.

-- Contacts that the import added and nobody has touched since go; of those that it changed, fields
-- get their former values if all of them are as the import left them. Returns whether nothing of
-- what it did to contacts is left.
create function private.undo_import_contacts(_row public.customer_import_rows)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
    v_change record;
    v_contact public.customer_contacts;
    v_former jsonb;
    v_is_clean boolean := true;
begin
    for v_change in
        select (c.value ->> 'id')::uuid as id, c.value -> 'changes' as changes
        from jsonb_array_elements(coalesce(_row.contact_changes, '[]')) as c
    loop
        select k.* into v_contact
        from public.customer_contacts as k
        where k.organization_id = _row.organization_id and k.id = v_change.id
        for update;
        continue when not found;
        if v_change.changes <> 'null' then
            v_former := private.former_values(to_jsonb(v_contact), v_change.changes);
            v_is_clean := v_is_clean and v_former is not null;
            if v_former is not null then
                perform private.overwrite_contact(
                    jsonb_populate_record(v_contact, v_former)
                );
            end if;
        elsif v_contact.updated_at > v_contact.created_at or v_contact.user_id is not null then
            v_is_clean := false;
        else
            delete from public.customer_contacts as k
            where k.organization_id = _row.organization_id and k.id = v_change.id;
        end if;
    end loop;
    return v_is_clean;
end;
$$;

-- The values that fields had before changes; null where one of them has another value by now.
create function private.former_values(_now jsonb, _changes jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
    return (
        select case
            when bool_and(_now -> c.key is not distinct from c.value -> 'to')
                then jsonb_object_agg(c.key, c.value -> 'from')
        end
        from jsonb_each(_changes) as c
    );
end;
$$;

create function private.overwrite_contact(_contact public.customer_contacts)
returns void
language plpgsql
set search_path = ''
as $$
begin
    update public.customer_contacts as k
    set (
        first_name, last_name, phone, mobile, role, is_primary, portal_access,
        preferred_contact_method, receives_order_updates, receives_marketing, notes
    ) = row(
        _contact.first_name, _contact.last_name, _contact.phone, _contact.mobile, _contact.role,
        _contact.is_primary, _contact.portal_access, _contact.preferred_contact_method,
        _contact.receives_order_updates, _contact.receives_marketing, _contact.notes
    )
    where k.organization_id = _contact.organization_id and k.id = _contact.id;
end;
$$;

-- Why a customer that the import added is not to be removed with it; null: nothing hangs on it.
create function private.import_hindrance(_row public.customer_import_rows)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
    v_org constant uuid := _row.organization_id;
    v_id constant uuid := _row.customer_id;
    v_own_contacts constant uuid[] := array(
        select (c.value ->> 'id')::uuid
        from (
            -- Its customer's rows are few; its import's may be a million.
            select r.import_id, r.contact_changes
            from public.customer_import_rows as r
            where r.organization_id = v_org and r.customer_id = v_id
            offset 0
        ) as r
        cross join lateral jsonb_array_elements(coalesce(r.contact_changes, '[]')) as c
        where r.import_id = _row.import_id
    );
begin
    return case
        when exists (
            select 1 from public.customers as c
            where c.organization_id = v_org and c.id = v_id and c.version <> _row.customer_version
        ) then 'somebody has changed it since'
        when exists (
            select 1 from public.orders as o
            where o.organization_id = v_org and o.customer_id = v_id
        ) or exists (
            select 1 from public.invoices as i
            where i.organization_id = v_org and i.customer_id = v_id
        ) then 'it has orders or invoices'
        when exists (
            select 1 from public.customers as c
            where c.organization_id = v_org and (c.parent_id = v_id or c.merged_into = v_id)
        ) then 'other customers belong to it'
        when exists (
            select 1 from public.customer_contacts as k
            where k.organization_id = v_org and k.customer_id = v_id and (
                k.id <> all(v_own_contacts) or k.updated_at > k.created_at
                or k.user_id is not null
            )
        ) then 'it has contacts that are not the import''s'
        when exists (
            select 1 from public.tier_change_requests as q
            where q.organization_id = v_org and q.customer_id = v_id
        ) or exists (
            select 1 from public.customer_activities as a
            where a.organization_id = v_org and a.customer_id = v_id
                and a.type not in ('customer_created', 'contact_added', 'imported')
        ) then 'its timeline tells of more'
    end;
end;
$$;

create function private.mark_undone(
    _row public.customer_import_rows, _undone text,
    _warnings public.validation_error[] default '{}'
)
returns void
language plpgsql
set search_path = ''
as $$
begin
    update public.customer_import_rows as r
    set undone = _undone,
        warnings = r.warnings || private.import_findings('{}', '{}', _warnings)
    where r.organization_id = _row.organization_id and r.import_id = _row.import_id
        and r.row_number = _row.row_number;
end;
$$;

create function private.undo_created_customer(_row public.customer_import_rows)
returns void
language plpgsql
set search_path = ''
as $$
declare
    v_hindrance constant text := private.import_hindrance(_row);
begin
    if v_hindrance is null then
        delete from public.customers as c
        where c.organization_id = _row.organization_id and c.id = _row.customer_id;
        perform private.mark_undone(_row, 'removed');
    elsif exists (
        select 1 from public.orders as o
        where o.organization_id = _row.organization_id and o.customer_id = _row.customer_id
            and o.status = 'open'
    ) then
        perform private.mark_undone(_row, 'kept', private.rule(
            true, null, 'not_undone', 'the customer stays: it has open orders'
        ));
    else
        update public.customers as c
        set status = 'inactive'
        where c.organization_id = _row.organization_id and c.id = _row.customer_id
            and c.status <> 'inactive';
        perform private.mark_undone(_row, 'deactivated', private.rule(
            true, null, 'not_removed',
            'the customer was deactivated and not removed: ' || v_hindrance
        ));
    end if;
end;
$$;

create function private.undo_changed_customer(
    _row public.customer_import_rows, _customer public.customers
)
returns void
language plpgsql
set search_path = ''
as $$
declare
    v_former jsonb;
    v_is_clean boolean;
begin
    -- Where the customer itself was left alone, what counts is its contacts.
    if _row.differences <> '{}' and _customer.version <> _row.customer_version then
        perform private.mark_undone(_row, 'kept', private.rule(
            true, null, 'not_undone', 'somebody has changed the customer since'
        ));
        return;
    end if;
    v_is_clean := private.undo_import_contacts(_row);
    if _row.first_row = _row.row_number and _row.differences <> '{}' then
        v_former := private.former_values(to_jsonb(_customer), _row.differences);
        v_is_clean := v_is_clean and v_former is not null;
        perform private.overwrite_customers(array[jsonb_populate_record(_customer, v_former)])
        where v_former is not null;
    end if;
    if v_is_clean then
        perform private.mark_undone(_row, 'restored');
    else
        perform private.mark_undone(_row, 'kept', private.rule(
            true, null, 'not_undone', 'somebody has changed some of its contacts since'
        ));
    end if;
end;
$$;

-- The later rows first: what adds to a row goes before it.
create function private.undo_import_row(_row public.customer_import_rows)
returns void
language plpgsql
set search_path = ''
as $$
declare
    v_customer public.customers;
begin
    select c.* into v_customer
    from public.customers as c
    where c.organization_id = _row.organization_id and c.id = _row.customer_id
    for update;
    if not found then
        perform private.mark_undone(_row, 'removed');
    elsif v_customer.erased_at is not null or v_customer.merged_into is not null then
        perform private.mark_undone(_row, 'kept', private.rule(
            true, null, 'not_undone', format(
                'the customer was %s', case
                    when v_customer.erased_at is not null then 'erased'
                    else 'merged into another one'
                end
            )
        ));
    elsif _row.action = 'create' and _row.first_row = _row.row_number then
        perform private.undo_created_customer(_row);
    elsif _row.action <> 'create' then
        perform private.undo_changed_customer(_row, v_customer);
    end if;
end;
$$;

create function private.undo_import_batch(_import public.customer_imports)
returns integer
language plpgsql
set search_path = ''
as $$
declare
    v_row public.customer_import_rows;
    v_last integer := 0;
begin
    perform private.set_reason('Undo of the import of ' || _import.file_name);
    for v_row in
        select r.*
        from public.customer_import_rows as r
        where r.organization_id = _import.organization_id and r.import_id = _import.id
            and r.row_number <= _import.row_count - _import.done_count
        order by r.row_number desc
        limit 100
    loop
        v_last := v_row.row_number - 1;
        continue when not v_row.is_committed or v_row.action = 'reject'
            or (v_row.action = 'unchanged' and v_row.contact_changes is null)
            or (v_row.action <> 'create' and v_row.first_row <> v_row.row_number
                and v_row.contact_changes is null);
        perform private.undo_import_row(v_row);
    end loop;
    perform private.set_reason(null);
    return _import.row_count - v_last;
end;
$$;

-- DEFINER because imports, and what they wrote, are written by functions alone.
create function private.undo_import(_import_id uuid)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_started_at constant timestamptz := clock_timestamp();
    v_import public.customer_imports := private.find_import(
        _import_id, array['committed', 'cancelled', 'undoing', 'undone']
    );
    v_done integer;
begin
    if v_import.status = 'undone' or not private.take_import_turn(v_import.organization_id) then
        return private.import_progress(v_import);
    elsif v_import.status <> 'undoing' then
        v_import := private.set_import_status(v_import, 'undoing', 0);
    end if;
    -- A later import of what this one has made is undone first, by its versions: those that it left
    -- are told from those that people left by nobody.
    while v_import.status <> 'undone' and private.has_time(v_started_at) loop
        v_done := private.undo_import_batch(v_import);
        v_import := private.set_import_status(v_import, case
            when v_done >= v_import.row_count then 'undone' else 'undoing'
        end, v_done);
    end loop;
    -- What was removed has no timeline any more that could tell of it.
    insert into public.organization_activities
    (organization_id, type, title, metadata, created_by)
    select v_import.organization_id, 'import_undone',
        'Import of ' || v_import.file_name || ' undone',
        jsonb_build_object('import_id', v_import.id) || (v_import.counts -> 'undone'), auth.uid()
    where v_import.status = 'undone';
    return private.import_progress(v_import);
end;
$$;

create function public.undo_import(import_id uuid)
returns jsonb
language sql
set search_path = ''
return private.undo_import(undo_import.import_id);

comment on function public.undo_import is
'Takes back what an import did: customers and contacts that it changed get their former values where
nobody has changed them since; customers that it added are removed where only imported rows hang on
them, else deactivated; changes of tier stay. Does what fits in a few seconds: call it until status
is undone. import_report then counts what was undone, and warns of what was not. Returns
{"import_id", "status", "rows", "done"}. For managers. Raises PT404 import_not_found, PT409
import_status_conflict.';

-- DEFINER because imports are written by functions alone.
create function private.cancel_import(_import_id uuid)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_import constant public.customer_imports := private.find_import(
        _import_id, array['staging', 'validating', 'validated', 'committing', 'cancelled']
    );
begin
    return private.import_progress(
        private.set_import_status(v_import, 'cancelled', v_import.done_count)
    );
end;
$$;

create function public.cancel_import(import_id uuid)
returns jsonb
language sql
set search_path = ''
return private.cancel_import(cancel_import.import_id);

comment on function public.cancel_import is
'Gives up an import that is not done; the same file starts a new one then. What was committed stays,
until undo_import takes it back. Returns {"import_id", "status", "rows", "done"}. For managers.
Raises PT404 import_not_found, PT409 import_status_conflict.';

revoke all on all functions in schema private from public;
revoke all on function public.undo_import from public, anon, authenticated, service_role;
revoke all on function public.cancel_import from public, anon, authenticated, service_role;
grant execute on function private.undo_import to authenticated, service_role;
grant execute on function private.cancel_import to authenticated, service_role;
grant execute on function public.undo_import to authenticated, service_role;
grant execute on function public.cancel_import to authenticated, service_role;
