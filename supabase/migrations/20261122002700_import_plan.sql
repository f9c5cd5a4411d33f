-- The plan of an import: which customer a row means, and what would change.
-- Needs: import_validation. Provides: private.plan_import_rows, and what follows it.

-- What keeps a row from being imported as things are. One that is wrong in itself is only asked for
-- what could not be told before.
create function private.import_conflicts(
    _import public.customer_imports, _row public.customer_import_rows, _matches uuid[]
)
returns public.validation_error[]
language plpgsql
stable
set search_path = ''
as $$
declare
    v_count constant integer := cardinality(_matches);
    v_errors constant public.validation_error[] := private.rule(
        v_count = 0 and not _row.values -> 'customer' ? 'company_name',
        'company_name', 'company_name_required', 'a company name is required'
    );
begin
    if _row.reading_errors <> '[]' then
        return '{}'::public.validation_error[];
    elsif _row.errors <> '[]' then
        return v_errors;
    end if;
    return v_errors || private.rule(
        v_count > 1,
        'company_name', 'match_ambiguous', 'more than one customer fits this row'
    ) || private.rule(
        v_count = 1 and _import.options ->> 'mode' = 'insert',
        'company_name', 'already_exists', 'this customer exists, and the mode is insert'
    ) || private.rule(
        v_count = 0 and _import.options ->> 'mode' = 'update',
        'company_name', 'no_match', 'there is no such customer, and the mode is update'
    ) || private.conflict_errors(
        _import.organization_id, (_row.values -> 'customer') - 'tier', _row.values -> 'contacts',
        _matches[1]
    );
end;
$$;

-- Which row named a contact's address first.
create function private.import_claim(_row public.customer_import_rows, _contact jsonb)
returns integer
language plpgsql
stable
set search_path = ''
as $$
begin
    return (
        select k.row_number
        from private.customer_import_keys as k
        where k.organization_id = _row.organization_id and k.import_id = _row.import_id
            and k.key = 'contact ' || lower(btrim(_contact ->> 'email'))
    );
end;
$$;

create function private.emails_of_other_rows(_row public.customer_import_rows)
returns public.validation_error[]
language plpgsql
stable
set search_path = ''
as $$
begin
    return array(
        select (
            concat_ws('.', 'contacts', a.position - 1, 'email'), 'email_repeated',
            format('row %s has this e-mail address for another customer', k.row_number)
        )::public.validation_error
        from jsonb_array_elements(_row.values -> 'contacts') with ordinality as a (value, position)
        cross join lateral private.import_claim(_row, a.value) as k (row_number)
        where _row.first_row <> (
            select f.first_row
            from public.customer_import_rows as f
            where f.organization_id = _row.organization_id and f.import_id = _row.import_id
                and f.row_number = k.row_number
        )
    );
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
        v_customer.settings := _customer.settings || v_customer.settings;
    end if;
    return v_customer;
end;
$$;

create function private.import_differences(_customer public.customers, _given jsonb)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
    return private.changes(
        to_jsonb(_customer), to_jsonb(private.imported_customer(_customer, _given)), '{}'
    );
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

create function private.plan_import_rows(_import public.customer_imports, _to integer)
returns void
language plpgsql
set search_path = ''
as $$
declare
    v_match constant text[] := private.import_match_order(_import.options);
    v_reserved constant text[] := private.reserved_import_fields(_import.organization_id);
begin
    with matched as materialized (
        select r, case
            when r.reading_errors = '[]' then private.import_matches(
                r.organization_id, v_match, r.values
            )
            else '{}'
        end as ids
        from public.customer_import_rows as r
        where r.organization_id = _import.organization_id and r.import_id = _import.id
            and r.row_number > _import.done_count and r.row_number <= _to
    ),

    held as materialized (
        select m.r, m.ids[1] as customer_id,
            (m.r).errors || private.import_findings(
                _import.mapping, (m.r).values, private.import_conflicts(_import, m.r, m.ids)
            ) as errors
        from matched as m
    ),

    planned as materialized (
        select (h.r).row_number, h.customer_id, h.errors,
            case
                when c.id is not null and h.errors = '[]'
                    then private.import_differences(c, ((h.r).values -> 'customer') - v_reserved)
            end as differences
        from held as h
        left join public.customers as c
            on c.organization_id = _import.organization_id and c.id = h.customer_id
    )

    update public.customer_import_rows as r
    set errors = p.errors, customer_id = p.customer_id, differences = p.differences,
        contacts_created = 0, contacts_updated = 0, contacts_unchanged = 0,
        action = case
            when p.errors <> '[]' then 'reject'
            when p.customer_id is null then 'create'
            when p.differences = '{}' then 'unchanged'
            else 'update'
        end
    from planned as p
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number > _import.done_count and r.row_number <= _to
        and r.row_number = p.row_number;
end;
$$;

-- Rows that call one customer by different keys are one customer as well.
create function private.claim_customers(_import public.customer_imports, _to integer)
returns void
language plpgsql
set search_path = ''
as $$
begin
    insert into private.customer_import_keys (organization_id, import_id, key, row_number)
    select r.organization_id, r.import_id, 'customer ' || r.customer_id, r.row_number
    from public.customer_import_rows as r
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number > _import.done_count and r.row_number <= _to
        and r.action in ('update', 'unchanged')
    order by r.row_number
    on conflict (organization_id, import_id, key) do nothing;

    update public.customer_import_rows as r
    set first_row = k.row_number
    from private.customer_import_keys as k
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number > _import.done_count and r.row_number <= _to
        and r.action in ('update', 'unchanged')
        and k.organization_id = r.organization_id and k.import_id = r.import_id
        and k.key = 'customer ' || r.customer_id;
end;
$$;

-- Asked once it is known which rows are one customer: those may repeat a contact.
create function private.refuse_repeated_emails(_import public.customer_imports, _to integer)
returns void
language plpgsql
set search_path = ''
as $$
begin
    with asked as materialized (
        select r.row_number, private.emails_of_other_rows(r) as errors
        from public.customer_import_rows as r
        where r.organization_id = _import.organization_id and r.import_id = _import.id
            and r.row_number > _import.done_count and r.row_number <= _to
            and r.action <> 'reject'
    )

    update public.customer_import_rows as r
    set action = 'reject', customer_id = null,
        errors = private.import_findings(_import.mapping, r.values, a.errors)
    from asked as a
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number > _import.done_count and r.row_number <= _to
        and r.row_number = a.row_number and a.errors <> '{}';
end;
$$;

-- A file that only repeats what is left of an erased customer changes nothing, and is no mistake.
create function private.refuse_erased_customers(_import public.customer_imports, _to integer)
returns void
language plpgsql
set search_path = ''
as $$
begin
    update public.customer_import_rows as r
    set action = 'reject',
        errors = private.import_findings(_import.mapping, r.values, private.rule(
            true, 'company_name', 'customer_erased', 'the personal data of this customer was erased'
        ))
    from public.customers as c
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number > _import.done_count and r.row_number <= _to
        and (r.action = 'update' or (r.action = 'unchanged' and r.values -> 'contacts' <> '[]'))
        and c.organization_id = r.organization_id and c.id = r.customer_id
        and c.erased_at is not null;
end;
$$;

-- A row that adds to an earlier one shares its fate, and brings its contacts only.
create function private.plan_added_rows(_import public.customer_imports, _to integer)
returns void
language plpgsql
set search_path = ''
as $$
begin
    update public.customer_import_rows as r
    set action = f.action, customer_id = f.customer_id, differences = '{}',
        warnings = r.warnings || private.import_findings(_import.mapping, r.values, private.rule(
            not f.values -> 'customer' @> (r.values -> 'customer'),
            'company_name', 'values_ignored',
            format('row %s names the same customer; of this one only the contacts', f.row_number)
        )),
        errors = case f.action
            when 'reject' then private.import_findings(_import.mapping, r.values, private.rule(
                true, 'company_name', 'first_row_rejected',
                format('row %s, which this one adds to, was refused', f.row_number)
            ))
            else r.errors
        end
    from public.customer_import_rows as f
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number > _import.done_count and r.row_number <= _to
        and r.action <> 'reject' and r.first_row <> r.row_number
        and f.organization_id = r.organization_id and f.import_id = r.import_id
        and f.row_number = r.first_row;
end;
$$;

-- A row that is refused names nobody: its contacts go to the next row that names them.
create function private.release_contacts(_import public.customer_imports, _to integer)
returns void
language plpgsql
set search_path = ''
as $$
begin
    delete from private.customer_import_keys as k
    using public.customer_import_rows as r
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number > _import.done_count and r.row_number <= _to
        and r.action = 'reject'
        and k.organization_id = r.organization_id and k.import_id = r.import_id
        and k.row_number = r.row_number and k.key like 'contact %';
    if found then
        perform private.claim_contacts(_import, _to);
    end if;
end;
$$;

revoke all on all functions in schema private from public;
