-- Carrying out the plan of an import.
-- Needs: import_plan. Provides: commit_import.

create function private.commit_import_creates(
    _import public.customer_imports, _first_rows integer[]
)
returns void
language plpgsql
set search_path = ''
as $$
declare
    v_reserved constant text[] := private.reserved_import_fields(_import.organization_id);
begin
    update public.customer_import_rows as r
    set customer_id = gen_random_uuid()
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number = any(_first_rows) and r.first_row = r.row_number
        and r.action = 'create' and not r.is_committed;

    update public.customer_import_rows as r
    set customer_id = f.customer_id
    from public.customer_import_rows as f
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.first_row = any(_first_rows) and r.first_row <> r.row_number
        and r.action = 'create' and not r.is_committed
        and f.organization_id = r.organization_id and f.import_id = r.import_id
        and f.row_number = r.first_row;

    perform private.insert_customers(_import.organization_id, coalesce((
        select jsonb_agg(
            jsonb_build_object(
                'id', r.customer_id, 'customer', (r.values -> 'customer') - v_reserved
            )
        )
        from public.customer_import_rows as r
        where r.organization_id = _import.organization_id and r.import_id = _import.id
            and r.row_number = any(_first_rows) and r.first_row = r.row_number
            and r.action = 'create' and not r.is_committed
    ), '[]'));
end;
$$;

create function private.commit_import_updates(
    _import public.customer_imports, _first_rows integer[]
)
returns void
language plpgsql
set search_path = ''
as $$
declare
    v_reserved constant text[] := private.reserved_import_fields(_import.organization_id);
begin
    -- Locked first, in one order, so that the values laid over are the latest.
    perform 1
    from public.customers as c
    where c.organization_id = _import.organization_id and c.id in (
        select r.customer_id
        from public.customer_import_rows as r
        where r.organization_id = _import.organization_id and r.import_id = _import.id
            and r.row_number = any(_first_rows) and r.action = 'update'
    )
    order by c.id
    for no key update;

    update public.customer_import_rows as r
    set differences = private.import_differences(c, (r.values -> 'customer') - v_reserved),
        customer_version = c.version
    from public.customers as c
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number = any(_first_rows) and r.first_row = r.row_number
        and r.action in ('update', 'unchanged')
        and c.organization_id = r.organization_id and c.id = r.customer_id;

    update public.customers as c
    set (
        customer_number, external_id, parent_id, company_name, display_name, tax_id, website,
        status, customer_type, billing_address, shipping_address, credit_limit, payment_terms,
        currency, settings, tags, portal_enabled, portal_subdomain, notes, internal_notes
    ) = row(
        v.customer_number, v.external_id, v.parent_id, v.company_name, v.display_name, v.tax_id,
        v.website, v.status, v.customer_type, v.billing_address, v.shipping_address,
        v.credit_limit, v.payment_terms, v.currency, v.settings, v.tags, v.portal_enabled,
        v.portal_subdomain, v.notes, v.internal_notes
    )
    from (
        select i.*
        from public.customer_import_rows as r
        inner join public.customers as b
            on b.organization_id = r.organization_id and b.id = r.customer_id
        cross join lateral private.imported_customer(
            b, (r.values -> 'customer') - v_reserved
        ) as i
        where r.organization_id = _import.organization_id and r.import_id = _import.id
            and r.row_number = any(_first_rows) and r.first_row = r.row_number
            and r.action = 'update' and r.differences <> '{}'
    ) as v
    where c.organization_id = v.organization_id and c.id = v.id;
end;
$$;

-- An address that was free when the plan was made may be another customer's by now.
create function private.refuse_taken_emails(
    _import public.customer_imports, _first_rows integer[]
)
returns void
language plpgsql
set search_path = ''
as $$
begin
    if exists (
        select 1
        from public.customer_import_rows as r
        cross join lateral private.import_contacts(r) as k
        where r.organization_id = _import.organization_id and r.import_id = _import.id
            and r.first_row = any(_first_rows) and r.action <> 'reject' and not r.is_committed
            and (k.contact).customer_id <> r.customer_id
    ) then
        perform private.fail(
            'PT409', 'email_taken', 'another customer has got a contact with this e-mail address'
        );
    end if;
end;
$$;

create function private.commit_import_contacts(
    _import public.customer_imports, _first_rows integer[]
)
returns void
language plpgsql
set search_path = ''
as $$
declare
    v_new jsonb;
begin
    select jsonb_agg(jsonb_build_object('id', d.customer_id, 'contacts', d.contacts)) into v_new
    from (
        select r.customer_id, jsonb_agg(k.given) as contacts
        from public.customer_import_rows as r
        cross join lateral private.import_contacts(r) as k
        where r.organization_id = _import.organization_id and r.import_id = _import.id
            and r.first_row = any(_first_rows) and r.action <> 'reject' and not r.is_committed
            and (k.contact).id is null
        group by r.customer_id, r.row_number
        order by r.row_number
    ) as d;

    update public.customer_contacts as c
    set (
        first_name, last_name, phone, mobile, role, is_primary, portal_access,
        preferred_contact_method, receives_order_updates, receives_marketing, notes
    ) = row(
        v.first_name, v.last_name, v.phone, v.mobile, v.role, v.is_primary, v.portal_access,
        v.preferred_contact_method, v.receives_order_updates, v.receives_marketing, v.notes
    )
    from (
        select i.*
        from public.customer_import_rows as r
        cross join lateral private.import_contacts(r) as k
        cross join lateral private.imported_contact(k.contact, k.given) as i
        where r.organization_id = _import.organization_id and r.import_id = _import.id
            and r.first_row = any(_first_rows) and r.action <> 'reject' and not r.is_committed
            and (k.contact).customer_id = r.customer_id
    ) as v
    where c.organization_id = v.organization_id and c.id = v.id and (
        c.first_name, c.last_name, c.phone, c.mobile, c.role, c.is_primary, c.portal_access,
        c.preferred_contact_method, c.receives_order_updates, c.receives_marketing, c.notes
    ) is distinct from (
        v.first_name, v.last_name, v.phone, v.mobile, v.role, v.is_primary, v.portal_access,
        v.preferred_contact_method, v.receives_order_updates, v.receives_marketing, v.notes
    );

    perform private.insert_contacts(_import.organization_id, coalesce(v_new, '[]'));
end;
$$;

create function private.finish_import_rows(
    _import public.customer_imports, _first_rows integer[]
)
returns void
language plpgsql
set search_path = ''
as $$
begin
    -- What was done, which others may have made less than what was planned.
    update public.customer_import_rows as r
    set is_committed = true,
        action = case
            when r.action = 'update' and f.customer_version = c.version then 'unchanged'
            else r.action
        end,
        customer_version = c.version
    from public.customer_import_rows as f
    inner join public.customers as c
        on c.organization_id = f.organization_id and c.id = f.customer_id
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.first_row = any(_first_rows) and r.action <> 'reject' and not r.is_committed
        and f.organization_id = r.organization_id and f.import_id = r.import_id
        and f.row_number = r.first_row;

    insert into public.customer_activities (
        organization_id, customer_id, type, title, metadata, related_type, related_id, created_by
    )
    select r.organization_id, r.customer_id, 'imported',
        case r.action when 'create' then 'Created' else 'Updated' end
        || ' by import of ' || _import.file_name,
        jsonb_build_object('row', r.row_number, 'action', r.action), 'import', _import.id,
        auth.uid()
    from public.customer_import_rows as r
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number = any(_first_rows) and r.first_row = r.row_number
        and (
            r.action in ('create', 'update') or r.contacts_created + r.contacts_updated > 0
        );
end;
$$;

create function private.commit_import_rows(
    _import public.customer_imports, _first_rows integer[]
)
returns void
language plpgsql
set search_path = ''
as $$
begin
    perform private.set_reason('Import of ' || _import.file_name);
    perform private.commit_import_creates(_import, _first_rows);
    perform private.commit_import_updates(_import, _first_rows);
    perform private.refuse_taken_emails(_import, _first_rows);
    perform private.commit_import_contacts(_import, _first_rows);
    perform private.finish_import_rows(_import, _first_rows);
    perform private.set_reason(null);
end;
$$;

-- What somebody's change meanwhile has made of a row, in the words of the plan.
create function private.reject_import_row(
    _import public.customer_imports, _first_row integer, _slug text, _message text
)
returns void
language plpgsql
set search_path = ''
as $$
begin
    update public.customer_import_rows as r
    set action = 'reject', is_committed = true, customer_id = null,
        contacts_created = 0, contacts_updated = 0, contacts_unchanged = 0,
        errors = private.import_findings(_import.mapping, r.values, coalesce(
            nullif(private.conflict_errors(
                r.organization_id, r.values -> 'customer', r.values -> 'contacts', r.customer_id
            ), '{}'),
            -- A native detail carries values; a slug of ours does not.
            case
                when _slug ~ '^[a-z_]+$'
                    then private.rule(true, 'company_name', _slug, _message)
                else private.rule(
                    true, 'company_name', 'import_conflict',
                    'somebody changed what this row needs while it was imported'
                )
            end
        ))
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.first_row = _first_row and not r.is_committed;
end;
$$;

-- One customer at a time, for a batch that somebody else's change has spoilt: what still goes in
-- goes in, and what does not is reported.
create function private.commit_import_one_by_one(
    _import public.customer_imports, _first_rows integer[]
)
returns void
language plpgsql
set search_path = ''
as $$
declare
    v_first_row integer;
    v_message text;
    v_slug text;
begin
    foreach v_first_row in array _first_rows loop
        begin
            perform private.commit_import_rows(_import, array[v_first_row]);
        exception
            when integrity_constraint_violation or data_exception or program_limit_exceeded
            or sqlstate 'PT409' or sqlstate 'PT422' then
                get stacked diagnostics
                    v_message = message_text, v_slug = pg_exception_detail;
                perform private.reject_import_row(_import, v_first_row, v_slug, v_message);
        end;
    end loop;
end;
$$;

create function private.refuse_import_with_errors(_import public.customer_imports)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
    if exists (
        select 1
        from public.customer_import_rows as r
        where r.organization_id = _import.organization_id and r.import_id = _import.id
            and r.action = 'reject'
    ) then
        perform private.fail(
            'PT422', 'import_has_errors', 'some rows are wrong, and it is to be all or nothing',
            'import_report lists them; mend the file, or import without all_or_nothing.'
        );
    end if;
end;
$$;

-- False where two imports met in a deadlock: this one gives way, and what it holds is free when the
-- call ends.
create function private.commit_import_batch(
    _import public.customer_imports, _first_rows integer[], _is_whole boolean
)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
    v_state text;
begin
    perform private.commit_import_rows(_import, _first_rows);
    return true;
exception
    when integrity_constraint_violation or data_exception or program_limit_exceeded
    or deadlock_detected or sqlstate 'PT409' or sqlstate 'PT422' then
        get stacked diagnostics v_state = returned_sqlstate;
        if _is_whole then
            perform private.fail(
                'PT409', 'import_conflict',
                'somebody changed what the import needs; nothing was imported',
                'Validate the import again, then commit it.'
            );
        elsif v_state = '40P01' then
            return false;
        end if;
        perform private.commit_import_one_by_one(_import, _first_rows);
        return true;
end;
$$;

-- DEFINER because customers' numbers and tiers, and staged rows, are written by functions alone.
create function private.commit_import(_import_id uuid)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_started_at constant timestamptz := clock_timestamp();
    v_import public.customer_imports := private.find_import(
        _import_id, array['validated', 'committing', 'committed']
    );
    v_whole constant boolean := coalesce((v_import.options -> 'all_or_nothing')::boolean, false);
    v_first_rows integer[];
    v_is_last boolean;
begin
    if v_whole and v_import.status <> 'committed' then
        perform private.refuse_import_with_errors(v_import);
    end if;
    -- All or nothing is one transaction, however long; all else stops in time and goes on later.
    while v_import.status <> 'committed' and (v_whole or private.has_time(v_started_at)) loop
        v_first_rows := array(
            select distinct r.first_row
            from public.customer_import_rows as r
            where r.organization_id = v_import.organization_id and r.import_id = _import_id
                and not r.is_committed and r.action <> 'reject'
            order by r.first_row
            limit 200
        );
        exit when not private.commit_import_batch(v_import, v_first_rows, v_whole);
        v_is_last := cardinality(v_first_rows) < 200;
        update public.customer_imports as i
        set status = case when v_is_last then 'committed' else 'committing' end,
            committed_at = case when v_is_last then now() end,
            done_count = case when v_is_last then i.row_count else v_first_rows[200] end
        where i.organization_id = v_import.organization_id and i.id = _import_id
        returning i.* into v_import;
        perform private.analyze_grown_tables();
    end loop;
    return private.import_progress(v_import.organization_id, _import_id);
end;
$$;

create function public.commit_import(import_id uuid)
returns jsonb
language sql
set search_path = ''
return private.commit_import(commit_import.import_id);

comment on function public.commit_import is
'Carries the plan out: good rows go in, bad ones never stop them. Does what fits in a few seconds:
call it until status is committed; interrupted, it goes on where it was. With all_or_nothing, one
transaction. Returns {"import_id", "status", "rows", "done"}. For managers. Raises PT404
import_not_found, PT409 import_status_conflict, PT422 import_has_errors, PT409 import_conflict.';

revoke all on all functions in schema private from public;
revoke all on function public.commit_import from public, anon, authenticated, service_role;
grant execute on function private.commit_import to authenticated, service_role;
grant execute on function public.commit_import to authenticated, service_role;
