-- Everything that is held about a customer, for whoever asks what that is.
-- Needs: personal_data, activities, timeline. Provides: private.all_activities,
-- export_customer_data.

create type public.exported_row as (
    entity text,
    data jsonb,
    cursor text
);

comment on type public.exported_row is
'A row of export_customer_data: what it is, the whole row, and a cursor.';

-- What tells the rows of a table about one customer apart, in the order of an export.
create function private.export_key(_table_name text)
returns table (name text, type text)
language sql
stable
set search_path = ''
begin atomic
    select a.attname, format_type(a.atttypid, a.atttypmod)
    from pg_catalog.pg_index as i
    cross join unnest(i.indkey::int2[]) with ordinality as k (attnum, position)
    inner join pg_catalog.pg_attribute as a
        on i.indrelid = a.attrelid and k.attnum = a.attnum
    where i.indrelid = _table_name::regclass and i.indisprimary
        and a.attname <> 'organization_id'
    order by k.position;
end;

-- Read as one, a row that moves to the archive meanwhile is neither skipped nor repeated.
create view private.all_activities as
select a.* from public.customer_activities as a
union all
select a.* from public.customer_activities_archive as a;

-- Where the rows of a table go on: after the key in the cursor, whose casts are tried first.
create function private.export_condition(_table_name text, _after jsonb)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
    v_names text;
    v_values text;
    v_count integer;
begin
    if _after is null then
        return '';
    end if;
    select string_agg(format('t.%I', k.name), ', ' order by k.position),
        string_agg(format('%L::%s', _after ->> k.position::integer, k.type), ', '
            order by k.position),
        count(*)
    into v_names, v_values, v_count
    from private.export_key(_table_name) with ordinality as k (name, type, position);
    if jsonb_array_length(_after) <> v_count + 1 or jsonb_path_exists(_after, '$[*] ? (@ == null)')
    then
        perform private.fail_cursor();
    end if;
    begin
        execute 'select ' || v_values;
    exception when data_exception then
        perform private.fail_cursor();
    end;
    return format(' and (%s) > (%s)', v_names, v_values);
end;
$$;

create function private.export_rows(
    _organization_id uuid, _customer_id uuid, _earlier_ids uuid[], _table_name text, _after jsonb,
    _limit integer
)
returns setof public.exported_row
language plpgsql
stable
set search_path = ''
as $$
declare
    v_key text;
    v_entity text;
    v_found_by text;
begin
    select p.entity, p.found_by into v_entity, v_found_by
    from private.personal_data as p
    where p.table_name = _table_name;
    select string_agg(format('t.%I', k.name), ', ' order by k.position) into v_key
    from private.export_key(_table_name) with ordinality as k (name, type, position);
    return query execute format(
        'select %L::text, to_jsonb(t), private.encode_cursor(
            ''export'', jsonb_build_array(%L, %s)::text, $2
        )
        from %s as t
        where t.organization_id = $1 and (%s)%s%s
        order by %s
        limit $3',
        v_entity, _table_name, v_key,
        case _table_name
            when 'public.customer_activities' then 'private.all_activities' else _table_name
        end, v_found_by, private.export_condition(_table_name, _after),
        -- A merge is about several customers, and is exported with the first of them.
        case when _earlier_ids <> '{}' then format(
            ' and not exists (select 1 from unnest($4) as earlier (id) where (%s))',
            replace(v_found_by, '$2', 'earlier.id')
        ) end, v_key
    ) using _organization_id, _customer_id, _limit, _earlier_ids;
end;
$$;

create function private.export_start(_cursor text)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
    v_parts constant jsonb := private.decode_cursor(_cursor, 'export');
    v_after jsonb;
begin
    if v_parts is null then
        return null;
    end if;
    begin
        v_after := (v_parts ->> 1)::jsonb;
    exception when data_exception then
        perform private.fail_cursor();
    end;
    if jsonb_typeof(v_after) <> 'array' or not exists (
        select 1
        from private.personal_data as p
        where p.table_name = v_after ->> 0 and p.entity is not null
    ) then
        perform private.fail_cursor();
    end if;
    return jsonb_build_object('after', v_after, 'customer_id', v_parts ->> 2);
end;
$$;

comment on function private.export_start is
'What a cursor says: after, the table and the key of the last row, and its customer_id.';

-- DEFINER because it reads what managers see no policy for, and to tell callers that a customer
-- does not exist; membership is checked first.
create function private.export_customer_data(_customer_id uuid, _cursor text, _page_size integer)
returns setof public.exported_row
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
    v_organization_id constant uuid
    := (private.find_customer(_customer_id, 'manager')).organization_id;
    v_ids constant uuid[] := private.merged_ids(v_organization_id, _customer_id);
    v_start constant jsonb := private.export_start(_cursor);
    v_left integer := private.page_limit(_page_size);
    v_stage record;
    v_count integer;
begin
    for v_stage in
        select p.table_name, m.customer_id,
            array(select e.id from unnest(v_ids) as e (id) where e.id < m.customer_id)
                as earlier_ids,
            case
                when p.table_name = v_start #>> '{after,0}'
                    and m.customer_id = (v_start ->> 'customer_id')::uuid then v_start -> 'after'
            end as after
        from private.personal_data as p
        cross join unnest(v_ids) as m (customer_id)
        left join private.personal_data as s on s.table_name = v_start #>> '{after,0}'
        where p.entity is not null and (
            v_start is null
            or (p.position, m.customer_id) >= (s.position, (v_start ->> 'customer_id')::uuid)
        )
        order by p.position, m.customer_id
    loop
        return query
        select e.*
        from private.export_rows(
            v_organization_id, v_stage.customer_id, v_stage.earlier_ids, v_stage.table_name,
            v_stage.after, v_left
        ) as e;
        get diagnostics v_count = row_count;
        v_left := v_left - v_count;
        exit when v_left = 0;
    end loop;
end;
$$;

create function public.export_customer_data(
    customer_id uuid, cursor text default null, page_size integer default 50
)
returns setof public.exported_row
language sql
stable
rows 50
set search_path = ''
begin atomic
    select *
    from private.export_customer_data(
        export_customer_data.customer_id, export_customer_data.cursor,
        export_customer_data.page_size
    );
end;

comment on function public.export_customer_data is
'Everything that is held about a customer and whatever was merged into it, as rows {"entity",
"data", "cursor"}: the customer, then its contacts, orders and so on, each whole. page_size: 1 to
200. Pass the last row''s cursor on until no row comes. For managers. Raises PT404
customer_not_found, PT422 cursor_invalid, page_size_invalid, 42501 role_required.';

revoke all on all functions in schema private from public;
revoke all on private.all_activities from public, anon, authenticated, service_role;
revoke all on function public.export_customer_data from public, anon, authenticated, service_role;
grant execute on function private.export_customer_data to authenticated, service_role;
grant execute on function public.export_customer_data to authenticated, service_role;
