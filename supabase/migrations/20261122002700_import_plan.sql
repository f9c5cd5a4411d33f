-- The plan of an import: which customer a row means, and what would change.
-- Needs: import_contacts. Provides: private.plan_import_rows, private.import_differences.

-- The fields that are reserved to roles above the importer's.
create function private.reserved_import_fields(_organization_id uuid)
returns text[]
language sql
stable
set search_path = ''
return case
    when private.is_system()
        or private.role_rank(private.member_role(_organization_id)) >= private.role_rank('admin')
        then '{}'::text[]
    else array['credit_limit', 'payment_terms']
end;

create function private.reserved_field_warnings(_customer jsonb, _reserved text[])
returns public.validation_error[]
language plpgsql
immutable
set search_path = ''
as $$
begin
    return array(
        select (
            f.field, 'reserved_field', f.field || ' is for admins and was left out'
        )::public.validation_error
        from unnest(_reserved) as f (field)
        where _customer ? f.field
    );
end;
$$;

create function private.match_conflicts(_import public.customer_imports, _found integer)
returns public.validation_error[]
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_mode constant text := _import.options ->> 'mode';
begin
    if _found > 1 then
        return private.rule(true,
            'company_name', 'match_ambiguous', 'more than one customer fits this row');
    elsif not private.is_about_customers(_import) then
        return private.rule(_found = 0, 'company_name', 'no_match',
            'there is no such customer, and this file is about contacts alone');
    elsif _found = 1 then
        return private.rule(v_mode = 'insert',
            'company_name', 'already_exists', 'this customer exists, and the mode is insert');
    end if;
    return private.rule(v_mode = 'update',
        'company_name', 'no_match', 'there is no such customer, and the mode is update');
end;
$$;

-- What keeps a row from being imported as things are. One that is wrong in itself is asked only for
-- what could not be told before.
create function private.import_conflicts(
    _import public.customer_imports, _row public.customer_import_rows, _match private.import_match
)
returns public.validation_error[]
language plpgsql
stable
set search_path = ''
as $$
declare
    v_customer constant jsonb := _row.values -> 'customer';
    v_found constant integer := coalesce(cardinality(_match.customer_ids), 0);
    v_errors public.validation_error[] := '{}'::public.validation_error[];
begin
    if not _row.is_readable then
        return v_errors;
    elsif v_customer ? 'tier' and private.is_about_customers(_import)
        and not private.tier_exists(_import.organization_id, v_customer)
    then
        v_errors := private.rule(true, 'tier', 'tier_not_found', 'there is no such tier');
    end if;
    if _row.staging_errors <> '[]' then
        return v_errors || private.rule(
            v_found = 0 and not v_customer ? 'company_name' and private.is_about_customers(_import),
            'company_name', 'company_name_required', 'a company name is required'
        );
    end if;
    v_errors := v_errors || private.match_conflicts(_import, v_found);
    if not private.is_about_customers(_import) then
        return v_errors || private.rule(private.count_contacts(_row.values) = 0,
            'contacts.0.email', 'email_required',
            'this file is about contacts, and the row has none'
        ) || private.taken_emails(
            _import.organization_id, _row.values -> 'contacts', _match.customer_ids[1]
        ) || private.contact_mode_errors(
            _import, _row.values -> 'contacts', _match.customer_ids[1]
        );
    elsif _match.is_clashing or v_customer ?| array['portal_subdomain', 'parent_id', 'tier_id']
        or v_customer ->> 'status' = 'inactive'
    then
        v_errors := v_errors || private.conflict_errors(
            _import.organization_id, v_customer - 'tier', _row.values -> 'contacts',
            _match.customer_ids[1]
        );
    end if;
    return v_errors;
end;
$$;

-- An external id or a number that led here through a redirect stays the redirect's.
create function private.without_redirected_ids(_customer public.customers, _given jsonb)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
    if (btrim(_given ->> 'external_id'), btrim(_given ->> 'customer_number'))
        is not distinct from (_customer.external_id, _customer.customer_number)
        or not _given ?| array['external_id', 'customer_number']
    then
        return _given;
    end if;
    return _given - array(
        select k.key
        from unnest(array['external_id', 'customer_number']) as k (key)
        where exists (
            select 1
            from public.customers as c
            where c.organization_id = _customer.organization_id and c.merged_into is not null
                and case k.key
                    when 'external_id' then c.external_id = btrim(_given ->> 'external_id')
                    else c.customer_number = btrim(_given ->> 'customer_number')
                end
        )
    );
end;
$$;

-- What a found customer becomes. Its tier is changed by request alone.
create function private.imported_customer(_customer public.customers, _given jsonb)
returns public.customers
language plpgsql
stable
set search_path = ''
as $$
declare
    v_given constant jsonb := private.without_redirected_ids(
        _customer, private.without_nulls(_given) - array['tier_id', 'organization_id']
    );
    v_customer public.customers := jsonb_populate_record(_customer, v_given);
begin
    -- What a file is silent about stays, inside of objects too.
    if v_given ? 'billing_address' then
        v_customer.billing_address := private.import_address(
            (_customer.billing_address || v_customer.billing_address) - 'unverified'
        );
    end if;
    if v_given ? 'shipping_address' then
        v_customer.shipping_address := private.import_address(
            (_customer.shipping_address || v_customer.shipping_address) - 'unverified'
        );
    end if;
    if v_given ? 'settings' then
        v_customer.settings := private.laid_over_settings(_customer.settings, v_customer.settings);
    end if;
    return v_customer;
end;
$$;

create function private.laid_over_settings(_settings jsonb, _given jsonb)
returns jsonb
language sql
immutable
set search_path = ''
begin atomic
    select _settings || coalesce(jsonb_object_agg(g.key, case
        when jsonb_typeof(g.value) = 'object' and jsonb_typeof(_settings -> g.key) = 'object'
            then (_settings -> g.key) || g.value
        else g.value
    end), '{}')
    from jsonb_each(_given) as g;
end;

create function private.import_differences(_customer public.customers, _given jsonb)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
    v_customer constant public.customers := private.imported_customer(_customer, _given);
begin
    if v_customer is not distinct from _customer then
        return '{}'::jsonb;
    end if;
    return private.changes(to_jsonb(_customer), to_jsonb(v_customer), '{}');
end;
$$;

-- Being primary goes before the role, as it does for a new contact; a file that says nothing about
-- either changes nothing.
create function private.imported_contact(_contact public.customer_contacts, _values jsonb)
returns public.customer_contacts
language plpgsql
stable
set search_path = ''
as $$
declare
    v_given constant jsonb := private.without_nulls(_values);
    v_is_primary constant boolean := coalesce(
        (v_given -> 'is_primary')::boolean, v_given ->> 'role' = 'primary', _contact.is_primary
    );
begin
    return jsonb_populate_record(_contact, v_given || jsonb_build_object(
        'email', _contact.email,
        'is_primary', v_is_primary,
        'role', case
            when v_is_primary then 'primary'
            else coalesce(nullif(coalesce(v_given ->> 'role', _contact.role), 'primary'), 'contact')
        end
    ));
end;
$$;

-- An empty one keeps the place of those behind it.
create function private.count_contacts(_values jsonb)
returns integer
language plpgsql
immutable
set search_path = ''
as $$
begin
    if _values -> 'contacts' = '[]' then
        return 0;
    end if;
    return jsonb_array_length(jsonb_path_query_array(_values, '$.contacts[*] ? (exists(@.*))'));
end;
$$;

create type private.planned_import_row as (
    errors jsonb,
    warnings jsonb,
    action text,
    customer_id uuid,
    differences jsonb,
    contacts_created integer
);

-- All that can be told of a row without the rows before it. Of one that is to be created, the id is
-- chosen now.
create function private.plan_import_row(
    _import public.customer_imports, _row public.customer_import_rows, _match private.import_match,
    _reserved text[]
)
returns private.planned_import_row
language plpgsql
set search_path = ''
as $$
declare
    v_customer constant jsonb := _row.values -> 'customer';
    v private.planned_import_row;
begin
    v.errors := _row.staging_errors || private.import_findings(
        _import.mapping, _row.values, private.import_conflicts(_import, _row, _match)
    );
    v.warnings := _row.staging_warnings;
    if v_customer ?| _reserved then
        v.warnings := v.warnings || private.import_findings(
            _import.mapping, _row.values, private.reserved_field_warnings(v_customer, _reserved)
        );
    end if;
    v.customer_id := _match.customer_ids[1];
    if v.errors <> '[]' then
        v.action := 'reject';
        v.contacts_created := 0;
        return v;
    end if;
    v.contacts_created := private.count_contacts(_row.values);
    if v.customer_id is null then
        v.action := 'create';
        v.customer_id := gen_random_uuid();
        return v;
    end if;
    v.differences := '{}';
    if private.is_about_customers(_import) then
        select private.import_differences(c, v_customer - _reserved) into v.differences
        from public.customers as c
        where c.organization_id = _import.organization_id and c.id = v.customer_id;
    end if;
    v.action := case when v.differences = '{}' then 'unchanged' else 'update' end;
    return v;
end;
$$;

create function private.plan_import_rows(
    _import public.customer_imports, _rows integer[], _matches private.import_match[]
)
returns void
language plpgsql
set search_path = ''
as $$
declare
    v_reserved constant text[] := private.reserved_import_fields(_import.organization_id);
begin
    update public.customer_import_rows as r
    set (
        errors, warnings, action, customer_id, differences, contacts_created, contacts_updated,
        contacts_unchanged, tier_change, first_row
    ) = (
        select p.errors, p.warnings, p.action, p.customer_id, p.differences, p.contacts_created,
            0, 0, null, r.row_number
        from private.plan_import_row(
            _import, r, _matches[array_position(_rows, r.row_number)], v_reserved
        ) as p
    )
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number = any(_rows);
end;
$$;

comment on function private.plan_import_rows is
'_matches: what was found for each of the rows, in their order, null for nothing.';

revoke all on all functions in schema private from public;
