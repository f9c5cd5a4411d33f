-- Handing rows over: each is judged by itself as it comes, so that the plan has only to compare.
-- Needs: imports. Provides: stage_import_rows, private.import_findings.

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
    if private.address_errors(v_address) <> '{}' and private.may_be_unverified(v_address) then
        return v_address || '{"unverified": true}';
    end if;
    return v_address;
end;
$$;

-- Text that is JSON, as settings are where a client could not hold their numbers exactly.
create function private.parsed_json(_text text)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
    return _text::jsonb;
exception
    when data_exception or program_limit_exceeded then
        return to_jsonb(_text);
end;
$$;

-- A staged row's values as they will be stored, but for its addresses.
create function private.import_values(_values jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_customer jsonb := private.cleaned(_values -> 'customer');
    v_contacts jsonb := coalesce(_values -> 'contacts', '[]');
begin
    if jsonb_typeof(v_customer -> 'settings') = 'string' then
        v_customer := v_customer || jsonb_build_object(
            'settings', private.parsed_json(v_customer ->> 'settings')
        );
    end if;
    -- Most are clean: a query for each row costs more than a look at all of them.
    if jsonb_typeof(v_contacts) = 'array' and jsonb_path_exists(
        v_contacts, '$[*].* ? (@ == null || @ == "" || @ like_regex "^\\s|\\s$")'
    ) then
        v_contacts := (
            select jsonb_agg(private.cleaned(a.value) order by a.position)
            from jsonb_array_elements(v_contacts) with ordinality as a (value, position)
        );
    end if;
    return jsonb_build_object('customer', v_customer, 'contacts', v_contacts);
end;
$$;

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

create function private.import_value_errors(_values jsonb)
returns public.validation_error[]
language plpgsql
stable
set search_path = ''
as $$
declare
    v_customer jsonb := (_values -> 'customer') - array['billing_address', 'shipping_address'];
    v_errors public.validation_error[];
begin
    -- A customer that is found keeps the name that the file is silent about.
    if not v_customer ? 'company_name' then
        v_customer := v_customer || '{"company_name": "-"}';
    end if;
    v_errors := private.customer_errors(v_customer)
        || private.contact_errors(_values -> 'contacts');
    if v_customer ? 'organization_id' then
        v_errors := v_errors || private.rule(true,
            'organization_id', 'unknown_field', 'an import belongs to one organization');
    end if;
    return v_errors;
end;
$$;

create type private.judged_import_row as (values jsonb, errors jsonb, warnings jsonb);

-- An address is stored if it is sound, stored as unverified if it could be one, else refused.
create function private.judge_import_address(
    _judged private.judged_import_row, _mapping jsonb, _field text
)
returns private.judged_import_row
language plpgsql
stable
set search_path = ''
as $$
declare
    v_given constant jsonb := _judged.values -> 'customer' -> _field;
    v_address jsonb := private.cleaned(v_given);
    v_errors constant private.address_error[] := private.address_errors(v_address);
begin
    if v_errors <> '{}' and private.may_be_unverified(v_address) then
        v_address := v_address || '{"unverified": true}';
        _judged.warnings := _judged.warnings || private.import_findings(
            _mapping, _judged.values, private.rule(true,
                _field, 'address_unverified',
                'stored as unverified: ' || private.address_messages(v_errors))
        );
    elsif v_errors <> '{}' then
        _judged.errors := _judged.errors || private.import_findings(_mapping, _judged.values, array(
            select (
                concat_ws('.', _field, nullif(e.field, '')), 'address_invalid', e.message
            )::public.validation_error
            from unnest(v_errors) as e
        ));
    end if;
    if v_address is distinct from v_given then
        _judged.values := jsonb_set(_judged.values, array['customer', _field], v_address);
    end if;
    return _judged;
end;
$$;

create function private.judge_import_row(_mapping jsonb, _row jsonb)
returns private.judged_import_row
language plpgsql
stable
set search_path = ''
as $$
declare
    v private.judged_import_row;
begin
    v.values := private.import_values(_row -> 'values');
    -- Contacts that a client has named for want of a name, by their place: whoever is there keeps
    -- the name that people gave.
    if _row ? 'named' then
        v.values := v.values || jsonb_build_object('named', _row -> 'named');
    end if;
    v.errors := coalesce(_row -> 'errors', '[]');
    v.warnings := coalesce(_row -> 'warnings', '[]');
    if v.errors <> '[]' then
        return v;
    end if;
    v.errors := private.import_findings(
        _mapping, v.values, private.import_value_errors(v.values)
    );
    if v.values -> 'customer' ? 'billing_address' then
        v := private.judge_import_address(v, _mapping, 'billing_address');
    end if;
    if v.values -> 'customer' ? 'shipping_address' then
        v := private.judge_import_address(v, _mapping, 'shipping_address');
    end if;
    return v;
end;
$$;

create function private.is_list_of_objects(_value jsonb)
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
begin
    return _value is null or jsonb_typeof(_value) = 'array' and not jsonb_path_exists(
        _value, 'strict $[*] ? (@.type() != "object")'
    );
end;
$$;

create function private.refuse_staged_rows(
    _import public.customer_imports, _first_row integer, _rows jsonb
)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
    if jsonb_typeof(_rows) is distinct from 'array' or jsonb_array_length(_rows) > 5000
        or _first_row is null or _first_row not between 1 and _import.row_count + 1
    then
        perform private.fail(
            'PT422', 'rows_invalid', 'rows is a list of at most 5,000, without a gap before it',
            format('The next first_row is %s.', _import.row_count + 1)
        );
    elsif exists (
        select 1
        from jsonb_array_elements(_rows) as r
        where jsonb_typeof(r.value -> 'raw') is distinct from 'object'
            or jsonb_typeof(r.value -> 'values' -> 'customer') is distinct from 'object'
            or jsonb_typeof(coalesce(r.value -> 'changes', '[]')) <> 'array'
            or not private.is_list_of_objects(r.value -> 'errors')
            or not private.is_list_of_objects(r.value -> 'warnings')
            or (r.value ->> 'line' ~ '^[1-9][0-9]{0,8}$') is false
            or jsonb_typeof(coalesce(r.value -> 'named', '[]')) <> 'array'
    ) then
        perform private.fail(
            'PT422', 'rows_invalid',
            'a row is {"raw": {…}, "values": {"customer": {…}}, "changes": […], "errors": […]}',
            'raw and customer are objects, the others lists; line is a number.'
        );
    end if;
end;
$$;

-- DEFINER because staged rows are written by functions alone.
create function private.stage_import_rows(_import_id uuid, _first_row integer, _rows jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_import public.customer_imports := private.find_import(_import_id, array['staging']);
begin
    perform private.refuse_staged_rows(v_import, _first_row, _rows);
    insert into public.customer_import_rows (
        organization_id, import_id, row_number, line, raw, values, changes, is_readable,
        staging_errors, staging_warnings, errors, warnings
    )
    select v_import.organization_id, _import_id, _first_row + r.position - 1,
        (r.value ->> 'line')::integer, r.value -> 'raw', j.values,
        coalesce(r.value -> 'changes', '[]'), coalesce(r.value -> 'errors', '[]') = '[]',
        j.errors, j.warnings, j.errors, j.warnings
    from jsonb_array_elements(_rows) with ordinality as r (value, position)
    cross join lateral private.judge_import_row(v_import.mapping, r.value) as j
    -- A client that was interrupted sends a batch again.
    on conflict (organization_id, import_id, row_number) do update
    set line = excluded.line, raw = excluded.raw, values = excluded.values,
        changes = excluded.changes, is_readable = excluded.is_readable,
        staging_errors = excluded.staging_errors, staging_warnings = excluded.staging_warnings,
        errors = excluded.errors, warnings = excluded.warnings;
    update public.customer_imports as i
    set row_count = greatest(i.row_count, _first_row - 1 + jsonb_array_length(_rows))
    where i.organization_id = v_import.organization_id and i.id = _import_id
    returning i.* into v_import;
    return private.import_progress(v_import);
end;
$$;

create function public.stage_import_rows(import_id uuid, first_row integer, rows jsonb)
returns jsonb
language sql
set search_path = ''
return private.stage_import_rows(
    stage_import_rows.import_id, stage_import_rows.first_row, stage_import_rows.rows
);

comment on function public.stage_import_rows is
'Hands rows over, at most 5,000 a call; a row handed over twice replaces itself. rows: [{"raw":
{header: cell}, "values": {"customer": {…}, "contacts": […]}, "changes": […], "warnings": […],
"errors": […], "line", "named"}], numbered from first_row, which counts from 1. errors and warnings,
in the form of the report, are what a client could not read, and what it read otherwise than
written; line is where the record stands in the file; named lists the contacts, from 0, whose names
a client made up: one that is there keeps its own. Returns what create_customer_import returns. For
managers. Raises PT422 rows_invalid, PT404 import_not_found, PT409 import_status_conflict.';

revoke all on all functions in schema private from public;
revoke all on function public.stage_import_rows from public, anon, authenticated, service_role;
grant execute on function private.stage_import_rows to authenticated, service_role;
grant execute on function public.stage_import_rows to authenticated, service_role;
