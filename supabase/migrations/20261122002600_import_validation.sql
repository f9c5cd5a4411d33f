-- Judging staged rows: each by itself, then against the rows before it.
-- Needs: import_matching. Provides: private.judge_import_values, private.claim_import_keys.
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
