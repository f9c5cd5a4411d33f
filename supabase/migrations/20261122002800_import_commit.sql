-- Carrying out the plan of an import, for some of its rows.
-- Needs: validate_import. Provides: private.commit_import_rows.

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

-- Locked in one order, so that the values laid over are the latest. What was merged since the plan
-- was made leads to where its data went, which is locked then.
create function private.lock_imported_customers(
    _import public.customer_imports, _first_rows integer[]
)
returns void
language plpgsql
set search_path = ''
as $$
begin
    loop
        perform 1
        from public.customers as c
        where c.organization_id = _import.organization_id and c.id in (
            select r.customer_id
            from public.customer_import_rows as r
            where r.organization_id = _import.organization_id and r.import_id = _import.id
                and r.row_number = any(_first_rows) and r.action in ('update', 'unchanged')
        )
        order by c.id
        for no key update;
        update public.customer_import_rows as r
        set customer_id = private.current_customer_id(r.organization_id, r.customer_id)
        from public.customers as c
        where r.organization_id = _import.organization_id and r.import_id = _import.id
            and r.first_row = any(_first_rows) and not r.is_committed
            and c.organization_id = r.organization_id and c.id = r.customer_id
            and c.merged_into is not null;
        exit when not found;
    end loop;
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
    perform private.lock_imported_customers(_import, _first_rows);

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
            'PT409', 'email_taken', 'another customer has got a contact with this e-mail address',
            'Give the contact another address, or import the row for that customer.'
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

revoke all on all functions in schema private from public;
