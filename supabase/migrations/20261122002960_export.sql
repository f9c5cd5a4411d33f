-- Exporting customers with their contacts, page by page.
-- Needs: export_statements. Provides: export_customers, private.export_size.

-- The sum over groups, not over joined rows, so that a document counts once.
create function private.export_size(_organization_id uuid, _request jsonb)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
    v_request constant jsonb := private.export_request(_request);
    v_size jsonb;
begin
    execute format(
        'with contacts as (
            select k.customer_id, count(*) as count
            from public.customer_contacts as k
            where k.organization_id = %L and %s
            group by k.customer_id
        )
        select jsonb_build_object(
            ''columns'', $1, ''customers'', count(*), ''contacts'', coalesce(sum(k.count), 0),
            ''rows'', coalesce(sum(case
                when $2 = ''contacts'' then k.count
                when $3 = ''cells'' then greatest(k.count, 1)
                else 1
            end), 0)
        )%s left join contacts as k on k.customer_id = c.id%s',
        _organization_id, private.export_has_contacts(v_request)::text,
        private.export_from(_organization_id, ''),
        private.export_where(_organization_id, v_request)
    ) into v_size using private.export_header(v_request), v_request ->> 'entity',
        v_request ->> 'shape';
    return v_size;
end;
$$;

create function private.export_page(
    _organization_id uuid, _request jsonb, _after jsonb, _page_size integer
)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
    v_order constant record := private.search_order(_request ->> 'sort');
begin
    return format(
        'with page as materialized (
            select c.id, %1$s as key %2$s %3$s order by %1$s %5$s, %4$s %5$s limit %6$s
        ), found as (
            select %7$s as value, %8$s as contacts
            from page
            inner join public.customers as c on c.organization_id = %9$L and c.id = page.id
            left join public.customer_stats as s
                on s.organization_id = %9$L and s.customer_id = page.id
            %10$s %11$s
        )',
        v_order.key, private.export_from(_organization_id, v_order.key),
        private.export_where(_organization_id, _request) || private.after_condition(
            _after, v_order.key, v_order.id, v_order.key_type, v_order.direction
        ),
        v_order.id, v_order.direction, _page_size, private.export_value(_request),
        private.export_contact_count(_request), _organization_id,
        private.export_joins(_organization_id, _request),
        private.export_order(_request, 'page.key')
    );
end;
$$;

-- DEFINER because the search behind it is; the role is checked first.
create function private.export_customers(
    _organization_id uuid, _request jsonb, _cursor text, _page_size integer
)
returns json
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
    v_organization_id constant uuid := private.organization_for(_organization_id, 'manager');
    v_request constant jsonb := private.export_request(_request);
    v_sort constant text := v_request ->> 'sort';
    v_total bigint;
    v_page json;
begin
    if _page_size is null or _page_size not between 1 and 1000 then
        perform private.fail(
            'PT422', 'page_size_invalid', 'page_size must be between 1 and 1000',
            'Leave it out for pages of 500.'
        );
    end if;
    if _cursor is null then
        execute 'select count(*)' || private.export_from(v_organization_id, '')
            || private.export_where(v_organization_id, v_request)
        into v_total;
    end if;
    execute private.export_page(
        v_organization_id, v_request, private.decode_cursor(_cursor, v_sort), _page_size
    ) || 'select json_build_object(
        ''columns'', $1, ''total'', $2,
        ''customers'', (select count(*) from page),
        ''contacts'', (select coalesce(sum(f.contacts), 0) from found as f),
        ''rows'', coalesce((select json_agg(f.value) from found as f), ''[]''),
        ''cursor'', (
            select private.encode_cursor($3, p.key::text, p.id) from page as p offset $4 - 1
        )
    )'
    into v_page using private.export_header(v_request), v_total, v_sort, _page_size;
    return v_page;
end;
$$;

create function public.export_customers(
    query text default null,
    filters jsonb default '{}',
    sort text default 'created_at',
    columns text[] default null,
    entity text default 'customers',
    shape text default 'documents',
    raw boolean default false,
    cursor text default null,
    page_size integer default 500,
    organization_id uuid default null
)
returns json
language sql
stable
set search_path = ''
return private.export_customers(
    export_customers.organization_id,
    jsonb_build_object(
        'query', export_customers.query, 'filters', export_customers.filters,
        'sort', export_customers.sort, 'columns', export_customers.columns,
        'entity', export_customers.entity, 'shape', export_customers.shape,
        'raw', export_customers.raw
    ),
    export_customers.cursor, export_customers.page_size
);

comment on function public.export_customers is
'One page of an export: {"columns", "total", "customers", "contacts", "rows", "cursor"}. query,
filters and sort as search_customers takes them. columns: paths such as company_name,
billing_address.city, settings.locale, contacts.email; a prefix such as billing_address or contacts
means all below it; without any, all that an import takes. entity: customers, or contacts, of which
each stands alone with its customer''s number, external id and name. shape: documents, objects with
nested addresses and contacts; lines, their text, whose numbers no parser rounds; cells, a list of
texts and nulls for each contact, under columns, where all but the first row of a customer hold no
more of it than its keys. What a spreadsheet would run is neutralised in cells by one apostrophe,
unless raw. page_size: 1 to 1000 customers. total, in the first page: all customers. Pass cursor on
until it is null. For managers. Raises PT422 columns_invalid, entity_invalid, shape_invalid,
unknown_key, filter_invalid, query_too_long, sort_invalid, cursor_invalid, page_size_invalid,
organization_required, PT404 organization_not_found, 42501 role_required.';

revoke all on all functions in schema private from public;
revoke all on function public.export_customers from public, anon, authenticated, service_role;
grant execute on function private.export_customers to authenticated, service_role;
grant execute on function public.export_customers to authenticated, service_role;
