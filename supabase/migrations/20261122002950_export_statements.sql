-- Exports as statements: what they can be asked for, and the SQL that answers.
-- Needs: export_columns, search. Provides: private.export_request, private.export_statement, and
-- the parts that a page is made of.

-- Everything that an export can be asked for, with its defaults.
create function private.export_request(_request jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
declare
    -- When a customer was created never changes: a walk in this order misses nobody.
    v_request constant jsonb := '{
        "entity": "customers", "shape": "documents", "sort": "created_at", "filters": {},
        "raw": false
    }' || private.without_nulls(_request);
begin
    perform private.check_keys(_request, array[
        'query', 'filters', 'sort', 'columns', 'entity', 'shape', 'raw'
    ], 'request');
    if v_request ->> 'entity' not in ('customers', 'contacts') then
        perform private.fail(
            'PT422', 'entity_invalid', 'entity must be customers or contacts',
            'Leave it out for customers with their contacts.'
        );
    elsif v_request ->> 'shape' not in ('documents', 'lines', 'cells') then
        perform private.fail(
            'PT422', 'shape_invalid', 'shape must be documents, lines or cells',
            'Leave it out for documents.'
        );
    end if;
    return v_request;
end;
$$;

comment on function private.export_request is
'query, filters and sort as search_customers takes them; columns: paths, or none for all that an
import takes; entity: customers or contacts; shape: documents (objects), lines (their text) or
cells; raw: whether cells stay as they are that a spreadsheet would run. Raises PT422 unknown_key,
entity_invalid, shape_invalid.';

-- Which customers. Joined outside what they may do without, so that the planner leaves it out; the
-- table of the key inside, so that it walks that one's index.
create function private.export_from(_organization_id uuid, _key text)
returns text
language sql
immutable
set search_path = ''
return format(
    ' from public.customers as c
    %2$s join public.customer_stats as s on s.organization_id = %1$L and s.customer_id = c.id
    %3$s join private.customer_search as w on w.organization_id = %1$L and w.customer_id = c.id',
    _organization_id,
    case when _key ~ '\ms\.' then 'inner' else 'left' end,
    case when _key ~ '\mw\.' then 'inner' else 'left' end
);

create function private.export_where(_organization_id uuid, _request jsonb)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
    v_conditions constant text := private.filter_conditions(_request -> 'filters');
begin
    return format(
        ' where c.organization_id = %L and c.merged_into is null', _organization_id
    ) || v_conditions
    || private.query_condition(_request ->> 'query', v_conditions, _organization_id);
end;
$$;

-- One object: a customer with its contacts, or a contact with what names its customer.
create function private.export_document(_request jsonb)
returns text
language sql
stable
set search_path = ''
begin atomic
    select private.export_object(
        array_agg(e.path order by e.position), array_agg(e.value order by e.position),
        case _request ->> 'entity'
            when 'contacts' then 'json_build_array(%s)'
            else 'coalesce((
                select json_agg(%s order by k.is_primary desc, k.created_at, k.id)
                from public.customer_contacts as k
                where k.organization_id = c.organization_id and k.customer_id = c.id
            ), ''[]'')'
        end
    )
    from private.chosen_export_columns(_request)
        with ordinality as e (path, kind, value, position);
end;

-- A customer's own values stand in its first row alone; what names it, in each.
create function private.export_cells(_request jsonb)
returns text[]
language sql
stable
set search_path = ''
begin atomic
    select array_agg(
        case
            when _request ->> 'entity' = 'contacts' or e.path like 'contacts.%'
                or e.path = any(private.export_keys()) then e.cell
            else format('case when lag(c.id) over rows is distinct from c.id then %s end', e.cell)
        end order by e.position
    )
    from (
        select f.path, f.position,
            private.export_cell(f.kind, f.value, (_request -> 'raw')::boolean) as cell
        from private.chosen_export_columns(_request)
            with ordinality as f (path, kind, value, position)
    ) as e;
end;

-- What stands above the cells, as an import knows it.
create function private.export_header(_request jsonb)
returns text[]
language sql
stable
set search_path = ''
begin atomic
    select array_agg(regexp_replace(e.path, '^contacts\.', 'contacts.0.') order by e.position)
    from private.chosen_export_columns(_request)
        with ordinality as e (path, kind, value, position);
end;

create function private.export_has_contacts(_request jsonb)
returns boolean
language sql
stable
set search_path = ''
return _request ->> 'entity' = 'contacts' or exists (
    select 1
    from private.chosen_export_columns(_request) as e
    where e.path like 'contacts.%'
);

create function private.export_has_contact_rows(_request jsonb)
returns boolean
language sql
stable
set search_path = ''
return private.export_has_contacts(_request)
    and (_request ->> 'entity' = 'contacts' or _request ->> 'shape' = 'cells');

-- A row as one value of JSON.
create function private.export_value(_request jsonb)
returns text
language sql
stable
set search_path = ''
return case _request ->> 'shape'
    when 'documents' then private.export_document(_request)
    when 'lines' then format('to_json((%s)::text)', private.export_document(_request))
    else format('to_json(array[%s])', array_to_string(private.export_cells(_request), ', '))
end;

-- How many contacts a row holds.
create function private.export_contact_count(_request jsonb)
returns text
language sql
stable
set search_path = ''
return case
    when not private.export_has_contacts(_request) then '0'
    when _request ->> 'entity' = 'contacts' then '1'
    when _request ->> 'shape' = 'cells' then '(k.id is not null)::integer'
    else '(
        select count(*)
        from public.customer_contacts as a
        where a.organization_id = c.organization_id and a.customer_id = c.id
    )'
end;

-- Tiers, and contacts where each has a row: the last joins.
create function private.export_joins(_organization_id uuid, _request jsonb)
returns text
language sql
stable
set search_path = ''
return format(
    ' left join public.customer_tiers as t on t.organization_id = %1$L and t.id = c.tier_id'
    || case when private.export_has_contact_rows(_request) then '
    %2$s join public.customer_contacts as k
        on k.organization_id = %1$L and k.customer_id = c.id' else '' end,
    _organization_id, case _request ->> 'entity' when 'contacts' then 'inner' else 'left' end
);

create function private.export_order(_request jsonb, _key text)
returns text
language sql
stable
set search_path = ''
begin atomic
    select format(' window rows as (order by %1$s) order by %1$s', format(
        '%1$s %2$s, c.id %2$s', _key, (private.search_order(_request ->> 'sort')).direction
    ) || case
        when private.export_has_contact_rows(_request)
            then ', k.is_primary desc, k.created_at, k.id'
        else ''
    end);
end;

create function private.export_statement(_organization_id uuid, _request jsonb)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
    v_request constant jsonb := private.export_request(_request);
    v_key constant text := (private.search_order(v_request ->> 'sort')).key;
begin
    return 'select ' || case v_request ->> 'shape'
        when 'cells' then array_to_string(private.export_cells(v_request), ', ')
        else private.export_document(v_request)
    end || private.export_from(_organization_id, v_key)
    || private.export_joins(_organization_id, v_request)
    || private.export_where(_organization_id, v_request)
    || private.export_order(v_request, v_key);
end;
$$;

comment on function private.export_statement is
'A whole export as one statement, for COPY over a connection of the owner: cells, or one column of
JSON. Raises what export_customers does.';

revoke all on all functions in schema private from public;
