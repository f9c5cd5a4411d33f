-- What an import will do, or has done.
-- Needs: import_plan. Provides: import_report.

create function private.placed_finding(_finding jsonb, _row_number integer, _line integer)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
    return _finding || jsonb_build_object('row', _row_number) || case
        when _line is null then '{}' else jsonb_build_object('line', _line)
    end;
end;
$$;

-- What nobody asked for is not told of.
create function private.told_counts(_counts jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
    return _counts - array(
        select k.key
        from unnest(array['tier_changes', 'undone']) as k (key)
        where not jsonb_path_exists(_counts -> k.key, '$.* ? (@ > 0)')
    );
end;
$$;

-- DEFINER because a report is for managers of its organization, and says so to others.
create function private.import_report(_import_id uuid, _cursor text, _page_size integer)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_limit constant integer := private.page_limit(_page_size);
    v_import constant public.customer_imports := private.find_import(
        _import_id, array[
            'staging', 'validating', 'validated', 'committing', 'committed', 'cancelled', 'undoing',
            'undone'
        ]
    );
    v_after constant jsonb := private.decode_cursor(_cursor, 'report');
    v_page jsonb;
begin
    if v_after is not null and v_after ->> 1 !~ '^[0-9]{1,9}$' then
        perform private.fail_cursor();
    end if;
    select jsonb_build_object(
        'errors', coalesce(jsonb_path_query_array(jsonb_agg(p.errors), '$[*][*]'), '[]'),
        'warnings', coalesce(jsonb_path_query_array(jsonb_agg(p.warnings), '$[*][*]'), '[]'),
        'cursor', case when count(*) = v_limit then private.encode_cursor(
            'report', max(p.row_number)::text, _import_id
        ) end
    ) into v_page
    from (
        select r.row_number, (
            select coalesce(jsonb_agg(
                private.placed_finding(e.value, r.row_number, r.line)
            ), '[]')
            from jsonb_array_elements(r.errors) as e
        ) as errors, (
            select coalesce(jsonb_agg(
                private.placed_finding(w.value, r.row_number, r.line)
            ), '[]')
            from jsonb_array_elements(r.warnings) as w
        ) as warnings
        from public.customer_import_rows as r
        where r.organization_id = v_import.organization_id and r.import_id = _import_id
            and r.row_number > coalesce((v_after ->> 1)::integer, 0)
            and (r.errors <> '[]' or r.warnings <> '[]')
        order by r.row_number
        limit v_limit
    ) as p;
    if v_import.status = 'committed' and v_import.reported_at is null then
        update public.customer_imports as i
        set reported_at = now()
        where i.organization_id = v_import.organization_id and i.id = _import_id;
    end if;
    return private.import_progress(v_import)
        || private.told_counts(coalesce(v_import.counts, private.import_counts(v_import)))
        || v_page || jsonb_build_object('unmapped', coalesce((
            select jsonb_agg(m.key order by m.key)
            from jsonb_each(v_import.mapping) as m
            where m.value = 'null'
        ), '[]'));
end;
$$;

create function public.import_report(
    import_id uuid, cursor text default null, page_size integer default 50
)
returns jsonb
language sql
set search_path = ''
return private.import_report(
    import_report.import_id, import_report.cursor, import_report.page_size
);

comment on function public.import_report is
'What an import will do, or has done: {"import_id", "status", "rows", "customers": {"created",
"updated", "unchanged"}, "contacts": {…}, "rejected", "errors": [{"row", "line", "column", "value",
"slug", "message"}], "warnings": […], "unmapped": […], "cursor"}, and where there is something to
tell "tier_changes": {"applied", "pending", "refused"}, "undone": {"restored", "removed",
"deactivated", "kept"}. Errors and warnings come in pages of rows: pass cursor on until it is null.
row counts the file''s records from 1; line is where the record stands in the file. For managers.
Raises PT404 import_not_found, PT422 cursor_invalid, page_size_invalid.';

revoke all on all functions in schema private from public;
revoke all on function public.import_report from public, anon, authenticated, service_role;
grant execute on function private.import_report to authenticated, service_role;
grant execute on function public.import_report to authenticated, service_role;
