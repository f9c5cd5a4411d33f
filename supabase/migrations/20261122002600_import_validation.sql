-- Judging staged rows, and planning what the commit will do with each.
-- Needs: imports. Provides: validate_import.
--
-- Set-based, in batches, in the order of the file: a row is judged knowing all rows before it.

-- Where the clock says that a call has worked long enough: hosted projects cancel after 8 seconds.
create function private.has_time(_started_at timestamptz)
returns boolean
language sql
volatile
set search_path = ''
return clock_timestamp() - _started_at < interval '4 seconds';

-- A session keeps the plans that it made when these tables were small, and autovacuum comes too
-- late for a first import: without this, its lookups turn into scans. Each doubling analyzes once.
-- One import at a time does it, since two could wait for each other's tables for ever.
create function private.analyze_grown_tables()
returns void
language plpgsql
set search_path = ''
as $$
declare
    v_table regclass;
begin
    if not pg_try_advisory_xact_lock(hashtextextended('analyze_grown_tables', 0)) then
        return;
    end if;
    for v_table in
        select c.oid::regclass
        from pg_catalog.pg_class as c
        where c.oid in (
            'public.customer_import_rows'::regclass, 'private.customer_import_keys'::regclass,
            'public.customers'::regclass, 'public.customer_contacts'::regclass,
            'public.customer_stats'::regclass, 'private.customer_search'::regclass
        )
        and pg_relation_size(c.oid) / current_setting('block_size')::bigint
        > greatest(2 * c.relpages, 4)
        order by c.oid
    loop
        execute 'analyze ' || v_table::text;
    end loop;
end;
$$;

create function private.import_match_order(_options jsonb)
returns text[]
language sql
immutable
set search_path = ''
begin atomic
    select coalesce(array_agg(m.key order by m.position), private.import_match_keys())
    from jsonb_array_elements_text(coalesce(_options -> 'match', '[]'))
        with ordinality as m (key, position);
end;

-- What a row calls its customer: rows of one file with the same identity are one customer.
create function private.import_identity(_match text[], _values jsonb)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_key text;
    v_value text;
begin
    foreach v_key in array _match loop
        v_value := case v_key
            when 'name' then private.name_key(_values -> 'customer' ->> 'company_name')
            -- A company's people have different addresses, so these tell companies apart only
            -- where nothing else was asked for.
            when 'email' then case
                when 'name' <> all(_match) then lower(_values #>> '{contacts,0,email}')
            end
            else btrim(_values -> 'customer' ->> v_key)
        end;
        if v_value <> '' then
            return v_key || ' ' || v_value;
        end if;
    end loop;
    return null;
end;
$$;

create function private.customers_by(
    _organization_id uuid, _key text, _customer jsonb, _contacts jsonb
)
returns uuid[]
language plpgsql
stable
set search_path = ''
as $$
declare
    v_value constant text := btrim(_customer ->> _key);
begin
    return case _key
        when 'external_id' then array(
            select c.id from public.customers as c
            where c.organization_id = _organization_id and c.external_id = v_value
        )
        when 'customer_number' then array(
            select c.id from public.customers as c
            where c.organization_id = _organization_id and c.customer_number = v_value
        )
        when 'tax_id' then array(
            select c.id from public.customers as c
            where c.organization_id = _organization_id and c.tax_id = v_value
        )
        when 'email' then array(
            select distinct k.customer_id
            from jsonb_array_elements(
                case jsonb_typeof(_contacts) when 'array' then _contacts else '[]' end
            ) as a
            inner join public.customer_contacts as k
                on k.organization_id = _organization_id
                and lower(k.email) = lower(btrim(a.value ->> 'email'))
        )
        when 'name' then array(
            select w.customer_id from private.customer_search as w
            where w.organization_id = _organization_id
                and w.name_key = private.name_key(_customer ->> 'company_name')
        )
    end;
end;
$$;

-- The customers that a row may mean, by the strongest key that finds any. One that contradicts the
-- row on a stronger key is another company of the same name.
create function private.import_matches(_organization_id uuid, _match text[], _values jsonb)
returns uuid[]
language plpgsql
stable
set search_path = ''
as $$
declare
    v_customer constant jsonb := _values -> 'customer';
    v_external_id constant text := nullif(btrim(v_customer ->> 'external_id'), '');
    v_number constant text := nullif(btrim(v_customer ->> 'customer_number'), '');
    v_tax_id constant text := nullif(btrim(v_customer ->> 'tax_id'), '');
    v_key text;
    v_ids uuid[];
begin
    foreach v_key in array _match loop
        v_ids := private.customers_by(
            _organization_id, v_key, v_customer, _values -> 'contacts'
        );
        continue when v_ids = '{}';
        v_ids := array(
            select c.id from public.customers as c
            where c.organization_id = _organization_id and c.id = any(v_ids)
                and c.merged_into is null
                and (v_key = 'external_id' or (c.external_id <> v_external_id) is not true)
                and (
                    v_key in ('external_id', 'customer_number')
                    or (c.customer_number <> v_number) is not true
                ) and (
                    v_key in ('external_id', 'customer_number', 'tax_id')
                    or (c.tax_id <> v_tax_id) is not true
                )
                -- Somebody's address may stand in another company's row by mistake, which must not
                -- rename the company; asked to match by addresses alone, it may.
                and (
                    v_key <> 'email' or 'name' <> all(_match)
                    or not v_customer ? 'company_name'
                    or private.name_key(v_customer ->> 'company_name') in (
                        private.name_key(c.company_name), private.name_key(c.display_name)
                    )
                )
        );
        exit when v_ids <> '{}';
    end loop;
    return v_ids;
end;
$$;

-- An empty cell says nothing, and blanks around a value mean nothing.
create function private.cleaned(_value jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
    if jsonb_typeof(_value) is distinct from 'object' then
        return _value;
    end if;
    return (
        select coalesce(jsonb_object_agg(e.key, case jsonb_typeof(e.value)
            when 'string' then to_jsonb(private.trim(e.value #>> '{}')) else e.value
        end), '{}')
        from jsonb_each(_value) as e
        where e.value <> 'null' and private.has_text(e.value #>> '{}')
    );
end;
$$;

-- An address that misses its country's format is kept, marked, rather than lost with its customer.
create function private.import_address(_address jsonb)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
    v_address constant jsonb := private.cleaned(_address);
begin
    if jsonb_typeof(v_address) = 'object' and v_address <> '{}'
        and private.may_be_unverified(v_address)
        and exists (select 1 from private.address_errors(v_address))
    then
        return v_address || '{"unverified": true}';
    end if;
    return v_address;
end;
$$;

create function private.import_values(_values jsonb)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
    v_customer constant jsonb := private.cleaned(_values -> 'customer');
    v_contacts constant jsonb := coalesce(_values -> 'contacts', '[]');
begin
    return jsonb_build_object(
        'customer', v_customer || jsonb_strip_nulls(jsonb_build_object(
            'billing_address', private.import_address(v_customer -> 'billing_address'),
            'shipping_address', private.import_address(v_customer -> 'shipping_address')
        )),
        'contacts', case jsonb_typeof(v_contacts)
            when 'array' then (
                select coalesce(jsonb_agg(private.cleaned(a.value) order by a.position), '[]')
                from jsonb_array_elements(v_contacts) with ordinality as a (value, position)
            )
            else v_contacts
        end
    );
end;
$$;

comment on function private.import_values is
'A staged row''s values as they will be stored, with addresses marked that are not verified.';

-- Errors or warnings as the report shows them: by the file's column and the value in it.
create function private.import_findings(
    _mapping jsonb, _values jsonb, _errors public.validation_error[]
)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
    if _errors = '{}' then
        return '[]'::jsonb;
    end if;
    return (
        select jsonb_agg(jsonb_build_object(
            'column', coalesce((
                select min(m.key)
                from jsonb_each_text(_mapping) as m
                where m.value = e.path
            ), e.path),
            'value', coalesce(
                _values -> 'customer' #> string_to_array(e.path, '.'),
                _values #> string_to_array(e.path, '.')
            ),
            'slug', e.slug,
            'message', e.message
        ))
        from unnest(_errors) as e
    );
end;
$$;

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

create function private.import_warnings(_customer jsonb, _reserved text[])
returns public.validation_error[]
language plpgsql
stable
set search_path = ''
as $$
declare
    v_field text;
    v_warnings public.validation_error[] := '{}'::public.validation_error[];
begin
    foreach v_field in array array['billing_address', 'shipping_address'] loop
        continue when (_customer -> v_field -> 'unverified' = 'true') is not true;
        v_warnings := v_warnings || private.rule(
            true, v_field, 'address_unverified', 'stored as unverified: ' || (
                select string_agg(e.message, '; ')
                from private.address_errors(_customer -> v_field) as e
            )
        );
    end loop;
    foreach v_field in array _reserved loop
        v_warnings := v_warnings || private.rule(
            _customer ? v_field, v_field, 'reserved_field',
            v_field || ' is for admins and was left out'
        );
    end loop;
    return v_warnings;
end;
$$;

create function private.import_value_errors(_organization_id uuid, _values jsonb)
returns public.validation_error[]
language plpgsql
stable
set search_path = ''
as $$
declare
    v_customer constant jsonb := _values -> 'customer';
begin
    return private.customer_errors(case
        -- A customer that is found keeps the name that the file is silent about.
        when v_customer ? 'company_name' then v_customer
        else v_customer || '{"company_name": "-"}'
    end)
    || private.contact_errors(_values -> 'contacts')
    || private.rule(
        v_customer ? 'organization_id',
        'organization_id', 'unknown_field', 'an import belongs to one organization'
    )
    || private.rule(
        v_customer ? 'tier' and not private.tier_exists(_organization_id, v_customer),
        'tier', 'tier_not_found', 'there is no such tier'
    );
end;
$$;

-- First look: each row by itself. Materialized, here and below: the planner would otherwise be free
-- to judge every row once for every other.
create function private.judge_import_values(_import public.customer_imports, _to integer)
returns void
language plpgsql
set search_path = ''
as $$
declare
    v_reserved constant text[] := private.reserved_import_fields(_import.organization_id);
begin
    with given as materialized (
        select r.row_number, r.reading_errors, private.import_values(r.values) as values
        from public.customer_import_rows as r
        where r.organization_id = _import.organization_id and r.import_id = _import.id
            and r.row_number > _import.done_count and r.row_number <= _to
    ),

    judged as materialized (
        select g.row_number, g.values,
            private.import_findings(
                _import.mapping, g.values,
                private.import_warnings(g.values -> 'customer', v_reserved)
            ) as warnings,
            case
                when g.reading_errors <> '[]' then g.reading_errors
                else private.import_findings(
                    _import.mapping, g.values,
                    private.import_value_errors(_import.organization_id, g.values)
                )
            end as errors
        from given as g
    )

    update public.customer_import_rows as r
    set values = j.values, warnings = j.warnings, errors = j.errors
    from judged as j
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number > _import.done_count and r.row_number <= _to
        and r.row_number = j.row_number;
end;
$$;

create function private.claim_contacts(_import public.customer_imports, _to integer)
returns void
language sql
set search_path = ''
begin atomic
    insert into private.customer_import_keys (organization_id, import_id, key, row_number)
    select r.organization_id, r.import_id, 'contact ' || lower(btrim(a.value ->> 'email')),
        r.row_number
    from public.customer_import_rows as r
    cross join lateral jsonb_array_elements(r.values -> 'contacts') as a
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number > _import.done_count and r.row_number <= _to
        and r.errors = '[]' and a.value ->> 'email' is not null
    order by r.row_number
    on conflict (organization_id, import_id, key) do nothing;
end;

-- Second look: against the rows before it. Sound rows claim their customer and their addresses; the
-- first claim holds.
create function private.claim_import_keys(_import public.customer_imports, _to integer)
returns void
language plpgsql
set search_path = ''
as $$
declare
    v_match constant text[] := private.import_match_order(_import.options);
begin
    insert into private.customer_import_keys (organization_id, import_id, key, row_number)
    select r.organization_id, r.import_id, k.key, r.row_number
    from public.customer_import_rows as r
    cross join lateral private.import_identity(v_match, r.values) as k (key)
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number > _import.done_count and r.row_number <= _to
        and r.errors = '[]' and k.key is not null
    order by r.row_number
    on conflict (organization_id, import_id, key) do nothing;

    perform private.claim_contacts(_import, _to);

    update public.customer_import_rows as r
    set first_row = coalesce((
        select k.row_number
        from private.customer_import_keys as k
        where k.organization_id = r.organization_id and k.import_id = r.import_id
            and k.key = private.import_identity(v_match, r.values)
    ), r.row_number)
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number > _import.done_count and r.row_number <= _to;
end;
$$;

revoke all on all functions in schema private from public;
