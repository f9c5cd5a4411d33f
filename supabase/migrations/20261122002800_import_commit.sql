-- Carrying out the plan of an import, for some of its rows.
-- Needs: validate_import. Provides: private.commit_import_rows.

-- The first rows of customers stand for them: what other rows add goes by first_row.
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
    perform private.insert_customers(_import.organization_id, jsonb_agg(
        jsonb_build_object(
            'id', r.customer_id, 'customer', (r.values -> 'customer') - v_reserved
        )
    ))
    from public.customer_import_rows as r
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number = any(_first_rows) and r.first_row = r.row_number
        and r.action = 'create' and not r.is_committed
    having count(*) > 0;
end;
$$;

-- Locked in one order, so that the values laid over are the latest. What was merged since the plan
-- was made leads to where its data went, which is locked then.
create function private.lock_imported_customers(
    _import public.customer_imports, _rows integer[]
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
                and r.row_number = any(_rows) and r.action in ('update', 'unchanged')
        )
        order by c.id
        for no key update;
        update public.customer_import_rows as r
        set customer_id = private.current_customer_id(r.organization_id, r.customer_id)
        from public.customers as c
        where r.organization_id = _import.organization_id and r.import_id = _import.id
            and r.row_number = any(_rows) and not r.is_committed
            and c.organization_id = r.organization_id and c.id = r.customer_id
            and c.merged_into is not null;
        exit when not found;
    end loop;
end;
$$;

-- Writes whole customers, locked before, over those that are there; tier and keys stay.
create function private.overwrite_customers(_customers public.customers[])
returns void
language plpgsql
set search_path = ''
as $$
begin
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
    from unnest(_customers) as v
    where c.organization_id = v.organization_id and c.id = v.id;
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
    update public.customer_import_rows as r
    set customer_version = c.version, differences = case
        when private.is_about_customers(_import)
            then private.import_differences(c, (r.values -> 'customer') - v_reserved)
        else '{}'
    end
    from public.customers as c
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number = any(_first_rows) and r.first_row = r.row_number
        and r.action in ('update', 'unchanged')
        and c.organization_id = r.organization_id and c.id = r.customer_id;
    if not found or not private.is_about_customers(_import) then
        return;
    end if;

    perform private.overwrite_customers(array(
        select i
        from public.customer_import_rows as r
        inner join public.customers as b
            on b.organization_id = r.organization_id and b.id = r.customer_id
        cross join lateral private.imported_customer(
            b, (r.values -> 'customer') - v_reserved
        ) as i
        where r.organization_id = _import.organization_id and r.import_id = _import.id
            and r.row_number = any(_first_rows) and r.first_row = r.row_number
            and r.action = 'update' and r.differences <> '{}'
    ));
end;
$$;

-- Another tier is asked for, as everybody asks for it; what needs no approval is applied.
create function private.commit_import_tiers(
    _import public.customer_imports, _first_rows integer[]
)
returns void
language plpgsql
set search_path = ''
as $$
declare
    v_outcomes jsonb;
begin
    select private.ask_tier_changes(
        _import.organization_id, array_agg(r.customer_id order by r.customer_id), array_agg(
            private.tier_of(r.organization_id, r.values -> 'customer') order by r.customer_id
        ), private.reason(), null
    ) into v_outcomes
    from public.customer_import_rows as r
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number = any(_first_rows) and r.tier_change is not null and not r.is_committed
    having count(*) > 0;
    if v_outcomes is null then
        return;
    end if;
    perform private.apply_tier_changes(
        _import.organization_id, private.asked_requests(v_outcomes)
    );
    update public.customer_import_rows as r
    set warnings = private.with_open_request(
            _import, r, o.slug is not distinct from 'tier_change_pending'
        ),
        tier_change = case
            when o.slug = 'tier_unchanged' then null
            when o.slug is not null then 'refused'
            when q.status = 'pending' then 'pending'
            else 'applied'
        end
    from jsonb_to_recordset(v_outcomes) as o (customer_id uuid, request_id uuid, slug text)
    left join public.tier_change_requests as q
        on q.organization_id = _import.organization_id and q.id = o.request_id
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number = any(_first_rows) and r.customer_id = o.customer_id;
end;
$$;

-- An address that was free when the plan was made may be another customer's by now.
create function private.refuse_taken_emails(_contacts private.import_contact[])
returns void
language plpgsql
set search_path = ''
as $$
begin
    if exists (
        select 1 from unnest(_contacts) as k where (k.contact).customer_id <> k.customer_id
    ) then
        perform private.fail(
            'PT409', 'email_taken', 'another customer has got a contact with this e-mail address',
            'Give the row another address, or leave the contact out.'
        );
    end if;
end;
$$;

-- What the plan has found may be gone by now, or have come.
create function private.refuse_contacts_of_mode(
    _import public.customer_imports, _contacts private.import_contact[]
)
returns void
language plpgsql
set search_path = ''
as $$
declare
    v_error public.validation_error;
begin
    select e.* into v_error
    from unnest(_contacts) as k
    cross join lateral unnest(private.contact_mode_error(
        _import, 'contacts.0.email', (k.contact).id is not null
    )) as e
    limit 1;
    if found then
        perform private.fail(
            'PT409', v_error.slug, v_error.message,
            'Leave the row out, or import in mode upsert.'
        );
    end if;
end;
$$;

create type private.import_contact_change as (row_number integer, id uuid, changes jsonb);

create function private.add_import_contacts(
    _organization_id uuid, _contacts private.import_contact[]
)
returns private.import_contact_change[]
language plpgsql
set search_path = ''
as $$
declare
    v_added public.customer_contacts[];
begin
    select private.insert_contacts(_organization_id, jsonb_agg(
        jsonb_build_object('id', d.customer_id, 'contacts', d.contacts) order by d.row_number
    )) into v_added
    from (
        select k.customer_id, k.row_number, jsonb_agg(k.given) as contacts
        from unnest(_contacts) as k
        where (k.contact).id is null
        group by k.customer_id, k.row_number
    ) as d
    having count(*) > 0;
    return array(
        select (k.row_number, a.id, null)::private.import_contact_change
        from unnest(v_added) as a
        inner join unnest(_contacts) as k
            on a.customer_id = k.customer_id and lower(a.email) = lower(k.given ->> 'email')
    );
end;
$$;

create function private.change_import_contacts(
    _organization_id uuid, _contacts private.import_contact[]
)
returns private.import_contact_change[]
language plpgsql
set search_path = ''
as $$
declare
    v_changes private.import_contact_change[];
begin
    if not exists (select 1 from unnest(_contacts) as k where (k.contact).id is not null) then
        return '{}'::private.import_contact_change[];
    end if;
    with changed as materialized (
        select k.row_number, (k.contact).id, private.changes(
            to_jsonb(k.contact), to_jsonb(private.imported_contact(k.contact, k.given)), '{}'
        ) as changes, private.imported_contact(k.contact, k.given) as v
        from unnest(_contacts) as k
        where (k.contact).id is not null
            and private.imported_contact(k.contact, k.given) is distinct from k.contact
    ),

    written as (
        update public.customer_contacts as c
        set (
            first_name, last_name, phone, mobile, role, is_primary, portal_access,
            preferred_contact_method, receives_order_updates, receives_marketing, notes
        ) = row(
            (d.v).first_name, (d.v).last_name, (d.v).phone, (d.v).mobile, (d.v).role,
            (d.v).is_primary, (d.v).portal_access, (d.v).preferred_contact_method,
            (d.v).receives_order_updates, (d.v).receives_marketing, (d.v).notes
        )
        from changed as d
        where c.organization_id = _organization_id and c.id = d.id
        returning (d.row_number, d.id, d.changes)::private.import_contact_change as change
    )

    select array_agg(w.change) into v_changes from written as w;
    return coalesce(v_changes, '{}');
end;
$$;

create function private.refresh_imported_search(
    _import public.customer_imports, _rows integer[], _changed_rows integer[]
)
returns void
language plpgsql
set search_path = ''
as $$
begin
    perform private.refresh_search(array_agg(_import.organization_id), array_agg(r.customer_id))
    from public.customer_import_rows as r
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number = any(_rows) and not r.is_committed and (
            (r.action = 'create' and r.first_row = r.row_number)
            or (r.action = 'update' and r.differences <> '{}')
            or r.row_number = any(_changed_rows)
        )
    having count(*) > 0;
end;
$$;

-- What was done, which others may have made less than what was planned.
create function private.finish_import_rows(
    _import public.customer_imports, _rows integer[],
    _changes private.import_contact_change[]
)
returns void
language plpgsql
set search_path = ''
as $$
declare
    v_changes constant jsonb := (
        select jsonb_object_agg(d.row_number, d.changes)
        from (
            select c.row_number, jsonb_agg(
                jsonb_build_object('id', c.id, 'changes', c.changes)
            ) as changes
            from unnest(_changes) as c
            group by c.row_number
        ) as d
    );
begin
    update public.customer_import_rows as r
    set is_committed = true, (customer_version, contact_changes, action) = (
        select c.version, v_changes -> r.row_number::text, case
            when r.action = 'update' and c.version = (
                select f.customer_version
                from public.customer_import_rows as f
                where f.organization_id = r.organization_id and f.import_id = r.import_id
                    and f.row_number = r.first_row
            ) then 'unchanged'
            else r.action
        end
        from public.customers as c
        where c.organization_id = r.organization_id and c.id = r.customer_id
    )
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number = any(_rows) and r.action <> 'reject' and not r.is_committed;

    insert into public.customer_activities (
        organization_id, customer_id, type, title, metadata, related_type, related_id, created_by
    )
    select distinct on (r.customer_id) r.organization_id, r.customer_id, 'imported',
        case r.action when 'create' then 'Created' else 'Updated' end
        || ' by import of ' || _import.file_name,
        jsonb_build_object('row', r.row_number, 'action', r.action), 'import', _import.id,
        auth.uid()
    from public.customer_import_rows as r
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number = any(_rows) and r.first_row = r.row_number and (
            r.action in ('create', 'update') or r.contacts_created + r.contacts_updated > 0
        )
    order by r.customer_id, r.row_number;
end;
$$;

-- Rows of a batch and what later rows add to them.
create function private.rows_with_additions(
    _import public.customer_imports, _first_rows integer[]
)
returns integer[]
language plpgsql
stable
set search_path = ''
as $$
begin
    return _first_rows || array(
        select r.row_number
        from public.customer_import_rows as r
        where r.import_id = _import.id and r.first_row = any(_first_rows)
            and r.first_row <> r.row_number and r.action <> 'reject' and not r.is_committed
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
declare
    v_rows constant integer[] := private.rows_with_additions(_import, _first_rows);
    v_contacts private.import_contact[];
    v_changes private.import_contact_change[];
begin
    perform private.set_reason('Import of ' || _import.file_name), private.set_importing(true);
    perform private.lock_imported_customers(_import, v_rows);
    perform private.commit_import_creates(_import, _first_rows);
    perform private.commit_import_updates(_import, _first_rows);
    v_contacts := array(select k from private.import_contacts(_import, v_rows) as k);
    perform private.refuse_taken_emails(v_contacts);
    perform private.refuse_contacts_of_mode(_import, v_contacts);
    v_changes := private.change_import_contacts(_import.organization_id, v_contacts)
        || private.add_import_contacts(_import.organization_id, v_contacts);
    perform private.set_importing(false);
    perform private.refresh_imported_search(
        _import, v_rows, array(select c.row_number from unnest(v_changes) as c)
    );
    perform private.commit_import_tiers(_import, _first_rows);
    perform private.finish_import_rows(_import, v_rows, v_changes);
    perform private.set_reason(null);
end;
$$;

revoke all on all functions in schema private from public;
