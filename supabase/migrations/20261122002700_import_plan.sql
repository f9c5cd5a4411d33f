-- The plan of an import: which customer a row means, and what would change.
-- Needs: import_validation. Provides: validate_import.

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

-- What a found customer becomes. Its tier is changed by request alone.
create function private.imported_customer(_customer public.customers, _given jsonb)
returns public.customers
language plpgsql
stable
set search_path = ''
as $$
declare
    v_given constant jsonb := private.without_nulls(_given) - array['tier_id', 'organization_id'];
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

-- The contacts of a row that count: those whose address no earlier row has named.
create function private.import_contacts(_row public.customer_import_rows)
returns table (given jsonb, contact public.customer_contacts)
language plpgsql
stable
set search_path = ''
as $$
begin
    return query
    select a.value, k
    from jsonb_array_elements(_row.values -> 'contacts') as a
    left join public.customer_contacts as k
        on k.organization_id = _row.organization_id
        and lower(k.email) = lower(btrim(a.value ->> 'email'))
    where private.import_claim(_row, a.value) = _row.row_number;
end;
$$;

create function private.plan_import_contacts(_import public.customer_imports, _to integer)
returns void
language plpgsql
set search_path = ''
as $$
begin
    with planned as materialized (
        select r.row_number,
            jsonb_array_length(jsonb_path_query_array(r.values, '$.contacts[*] ? (exists(@.*))'))
                as given,
            count(k.given) filter (where (k.contact).id is null) as created,
            count(k.given) filter (
                where (k.contact).id is not null
                    and private.imported_contact(k.contact, k.given) is distinct from k.contact
            ) as updated
        from public.customer_import_rows as r
        left join lateral private.import_contacts(r) as k on true
        where r.organization_id = _import.organization_id and r.import_id = _import.id
            and r.row_number > _import.done_count and r.row_number <= _to
            and r.action <> 'reject'
        group by r.organization_id, r.import_id, r.row_number
    )

    update public.customer_import_rows as r
    set contacts_created = p.created, contacts_updated = p.updated,
        contacts_unchanged = p.given - p.created - p.updated
    from planned as p
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number > _import.done_count and r.row_number <= _to
        and r.row_number = p.row_number;

    update public.customer_import_rows as r
    set warnings = r.warnings || private.import_findings(_import.mapping, r.values, private.rule(
        true, 'tier', 'tier_unchanged', 'the tier of an existing customer changes by request alone'
    ))
    from public.customers as c
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number > _import.done_count and r.row_number <= _to
        and r.action in ('update', 'unchanged') and r.values -> 'customer' ? 'tier'
        and c.organization_id = r.organization_id and c.id = r.customer_id
        and private.tier_of(r.organization_id, r.values -> 'customer')
        is distinct from c.tier_id;
end;
$$;

create function private.restart_import(_import public.customer_imports)
returns public.customer_imports
language plpgsql
set search_path = ''
as $$
declare
    v_import public.customer_imports;
begin
    delete from private.customer_import_keys as k
    where k.organization_id = _import.organization_id and k.import_id = _import.id;
    update public.customer_imports as i
    set status = 'validating', done_count = 0
    where i.organization_id = _import.organization_id and i.id = _import.id
    returning i.* into v_import;
    return v_import;
end;
$$;

-- DEFINER because staged rows are written by functions alone.
create function private.validate_import(_import_id uuid)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_started_at constant timestamptz := clock_timestamp();
    v_import public.customer_imports := private.find_import(
        _import_id, array['staging', 'validating', 'validated']
    );
    v_to integer;
begin
    -- Much may have changed since a plan was made: asked again, it is made afresh.
    if v_import.status = 'validated' then
        v_import := private.restart_import(v_import);
    end if;
    while v_import.status <> 'validated' and private.has_time(v_started_at) loop
        v_to := v_import.done_count + 200;
        perform private.judge_import_values(v_import, v_to);
        perform private.claim_import_keys(v_import, v_to);
        perform private.plan_import_rows(v_import, v_to);
        perform private.claim_customers(v_import, v_to);
        perform private.refuse_repeated_emails(v_import, v_to);
        perform private.plan_added_rows(v_import, v_to);
        perform private.release_contacts(v_import, v_to);
        perform private.plan_import_contacts(v_import, v_to);
        update public.customer_imports as i
        set done_count = least(v_to, i.row_count),
            status = case when v_to >= i.row_count then 'validated' else 'validating' end
        where i.organization_id = v_import.organization_id and i.id = _import_id
        returning i.* into v_import;
        perform private.analyze_grown_tables();
    end loop;
    return private.import_progress(v_import.organization_id, _import_id);
end;
$$;

create function public.validate_import(import_id uuid)
returns jsonb
language sql
set search_path = ''
return private.validate_import(validate_import.import_id);

comment on function public.validate_import is
'Judges the staged rows and plans the commit; nothing else is written. Does what fits in a few
seconds: call it until status is validated; once more, and the plan is made afresh. Returns
{"import_id", "status", "rows", "done"}. For managers. Raises PT404 import_not_found, PT409
import_status_conflict.';

revoke all on all functions in schema private from public;
revoke all on function public.validate_import from public, anon, authenticated, service_role;
grant execute on function private.validate_import to authenticated, service_role;
grant execute on function public.validate_import to authenticated, service_role;
