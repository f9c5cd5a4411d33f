-- The list of customers: search, filters, sorting, keyset pages, counts.
-- Needs: search_conditions. Provides: search_customers, count_customers.
--
-- Under RLS the trigram condition would never use its index (textlike is not leakproof): the
-- definer functions check membership first, then read one organization without policies.

create type public.customer_list_row as (
    organization_id uuid,
    id uuid,
    customer_number text,
    external_id text,
    parent_id uuid,
    company_name text,
    display_name text,
    tax_id text,
    website text,
    tier_id uuid,
    status text,
    customer_type text,
    billing_address jsonb,
    shipping_address jsonb,
    credit_limit numeric,
    payment_terms integer,
    currency text,
    settings jsonb,
    tags text [],
    portal_enabled boolean,
    portal_subdomain text,
    notes text,
    internal_notes text,
    credit_hold_reason text,
    credit_hold_until timestamptz,
    credit_hold_by uuid,
    deactivated_at timestamptz,
    merged_into uuid,
    erased_at timestamptz,
    version integer,
    created_at timestamptz,
    updated_at timestamptz,
    created_by uuid,
    updated_by uuid,
    tier_name text,
    tier_level integer,
    tier_color text,
    primary_contact_name text,
    primary_contact_email text,
    contact_count integer,
    order_count integer,
    revenue numeric,
    last_order_at timestamptz,
    open_order_total numeric,
    uninvoiced_order_total numeric,
    open_invoice_total numeric,
    oldest_unpaid_due_on date,
    cursor text
);

comment on type public.customer_list_row is
'A row of search_customers: the customer, its tier, primary contact and statistics, and a cursor.';

-- How each order walks its index. The id is of the table of the key: else no index condition.
create function private.search_order(
    _sort text, out source text, out key text, out id text, out key_type text, out direction text,
    out filters text[]
)
language plpgsql
immutable
set search_path = ''
as $$
begin
    direction := case when _sort like '-%' then 'desc' else 'asc' end;
    case regexp_replace(_sort, '^-', '')
        when 'name' then
            key := 'w.name_key'; id := 'w.customer_id'; key_type := 'text';
            source := 'private.customer_search as w where w.organization_id';
        when 'created_at' then
            key := 'c.created_at'; id := 'c.id'; key_type := 'timestamptz';
            source := 'public.customers as c where c.organization_id';
            filters := '{created_from, created_to}';
        when 'revenue' then
            key := 's.revenue'; id := 's.customer_id'; key_type := 'numeric';
            source := 'public.customer_stats as s where s.organization_id';
            filters := '{revenue_min, revenue_max}';
        when 'last_order_at' then
            key := 'coalesce(s.last_order_at, ''-infinity'')'; id := 's.customer_id';
            key_type := 'timestamptz';
            source := 'public.customer_stats as s where s.organization_id';
        else
            perform private.fail(
                'PT422', 'sort_invalid', 'sort must be name, created_at, revenue or last_order_at',
                'Put a - before it for descending order.'
            );
    end case;
end;
$$;

-- No more tables than are asked about: each one that is joined is planned anew for every page.
create function private.search_from(_organization_id uuid, _uses text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_w constant boolean := _uses ~ '\mw\.';
    v_s constant boolean := _uses ~ '\ms\.|, s\)';
    v_c constant boolean := not v_w or _uses ~ '\mc\.|\(c,';
begin
    return format(
        ' from %s where %s',
        concat_ws(
            ', ',
            case when v_c then 'public.customers as c' end,
            case when v_w then 'private.customer_search as w' end,
            case when v_s then 'public.customer_stats as s' end
        ),
        format(
            concat_ws(
                ' and ',
                case when v_c then 'c.organization_id = %1$L and c.merged_into is null' end,
                case when v_w then 'w.organization_id = %1$L' end,
                case when v_w and v_c then 'w.customer_id = c.id' end,
                case when v_w and not v_c then 'not w.is_redirect' end,
                case when v_s then 's.organization_id = %1$L and s.customer_id = %2$s' end
            ),
            _organization_id, case when v_c then 'c.id' else 'w.customer_id' end
        )
    );
end;
$$;

comment on function private.search_from is
'The customers of an organization, with those tables that a text of conditions and keys names: c
customers, s customer_stats, w customer_search.';

create function private.read_page(
    _statement text, out matched bigint, out ids uuid[], out keys text[]
)
language plpgsql
stable
set search_path = ''
as $$
begin
    execute _statement into matched, ids, keys;
end;
$$;

-- The planner does not know how many customers an organization has, since that would tell others:
-- it is not asked. Reading an index alone would make any that begins with the organization look
-- better than the primary key.
create function private.walk_page(
    _statement text, out matched bigint, out ids uuid[], out keys text[]
)
language plpgsql
stable
set search_path = ''
set max_parallel_workers_per_gather = 0
set enable_sort = off
set enable_bitmapscan = off
set enable_indexonlyscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set jit = off
as $$
begin
    execute _statement into matched, ids, keys;
end;
$$;

comment on function private.walk_page is
'As private.read_page: customer by customer in the order of the page, by the index of its key.';

create function private.end_condition(
    _organization_id uuid, _sort text, _after text, _customers integer
)
returns text
language plpgsql
stable
set search_path = ''
set max_parallel_workers_per_gather = 0
set enable_sort = off
set enable_bitmapscan = off
as $$
declare
    v_order constant record := private.search_order(_sort);
    v_end jsonb;
begin
    execute format(
        'select jsonb_build_array(null, %1$s::text, %2$s) from %3$s = %4$L %5$s
        order by %1$s %6$s, %2$s %6$s offset %7$s limit 1', v_order.key, v_order.id,
        v_order.source, _organization_id, _after, v_order.direction, _customers
    ) into v_end;
    return private.after_condition(
        v_end, v_order.key, v_order.id, v_order.key_type,
        case v_order.direction when 'asc' then 'desc' else 'asc' end
    );
end;
$$;

comment on function private.end_condition is
'Where a walk in order ends that looks at so many customers; empty if there are no more.';

-- Which customers are on a page, in order, and the keys that they stand at. The first customers in
-- order tell how: where many of a thousand are found, whoever goes on fills the page soon, and
-- where few are, all that there are is little to sort, or else they stand further on.
create function private.search_page(
    _organization_id uuid, _filters jsonb, _conditions text, _after jsonb, _sort text,
    _limit integer, out ids uuid[], out keys text[]
)
language plpgsql
stable
set search_path = ''
as $$
declare
    c_most constant integer := 4000;
    v_order constant record := private.search_order(_sort);
    v_conditions constant text := private.filter_conditions(_filters) || _conditions;
    -- Filters of the sort key itself are ends of the walk.
    v_after constant text := private.after_condition(
        _after, v_order.key, v_order.id, v_order.key_type, v_order.direction
    ) || private.filter_conditions(private.only_keys(_filters, v_order.filters));
    v_found constant text := format('select %s as id, %s as key', v_order.id, v_order.key)
        || private.search_from(_organization_id, v_order.key || v_conditions);
    -- IS TRUE keeps conditions from the choice of indexes: each row is looked up by its key.
    v_walked constant text := format('%s and (true%s) is true%s', v_found, v_conditions, v_after);
    v_page constant text := format(
        'with f as %%s (%%s) select %%s,
            array_agg(p.id order by p.key %1$s, p.id %1$s),
            array_agg(p.key::text order by p.key %1$s, p.id %1$s)
        from (select f.id, f.key from f order by f.key %1$s, f.id %1$s limit %2$s) as p',
        v_order.direction, _limit
    );
    v_candidates constant text := private.filter_candidates(_filters);
    v_end text := '';
    v_count bigint;
begin
    if v_conditions <> '' then
        v_end := private.end_condition(
            _organization_id, _sort, v_after, greatest(1000, 20 * _limit)
        );
    end if;
    select w.ids, w.keys into ids, keys
    from private.walk_page(format(v_page, 'not materialized', v_walked || v_end, 'null')) as w;
    if v_end = '' or cardinality(ids) = _limit then
        return;
    end if;
    if coalesce(cardinality(ids), 0) * 5 < _limit or v_candidates <> '' then
        select r.matched, r.ids, r.keys into v_count, ids, keys
        from private.read_page(format(
            v_page, 'materialized',
            v_found || v_conditions || v_candidates || v_after
            || format(' limit %s', c_most + 1),
            '(select count(*) from f)'
        )) as r;
        if v_count <= c_most then
            return;
        end if;
    end if;
    select w.ids, w.keys into ids, keys
    from private.walk_page(format(v_page, 'not materialized', v_walked, 'null')) as w;
end;
$$;

create function private.count_found(_organization_id uuid, _conditions text)
returns bigint
language plpgsql
stable
set search_path = ''
as $$
declare
    v_count bigint;
begin
    execute 'select count(*) from (select 1' || private.search_from(_organization_id, _conditions)
        || _conditions || ' limit 10001) as found'
    into v_count;
    return v_count;
end;
$$;

-- Literal matches if there are any, else names within a typo of the terms.
create function private.query_condition(_query text, _conditions text, _organization_id uuid)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
    v_terms constant text[] := private.search_terms(_query);
    v_literal constant text := private.search_condition(v_terms);
    v_typo constant text := private.typo_condition(v_terms);
begin
    return case
        when v_typo is null or private.count_found(_organization_id, _conditions || v_literal) > 0
            then v_literal
        else v_typo
    end;
end;
$$;

-- DEFINER because the index is of no use under RLS; membership is checked first. What a page shows
-- is looked up by ids, in a statement that is planned once in a session.
create function private.search_customers(
    _query text, _filters jsonb, _sort text, _cursor text, _page_size integer,
    _organization_id uuid
)
returns setof public.customer_list_row
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
    v_organization_id constant uuid := private.organization_for(_organization_id, 'viewer');
    v_limit constant integer := private.page_limit(_page_size);
    v_after constant jsonb := private.decode_cursor(_cursor, _sort);
    v_terms constant text[] := private.search_terms(_query);
    v_typo constant text := private.typo_condition(v_terms);
    v_page record;
begin
    v_page := private.search_page(
        v_organization_id, _filters, private.search_condition(v_terms), v_after, _sort, v_limit
    );
    if v_page.ids is null and v_typo = private.query_condition(
        _query, private.filter_conditions(_filters), v_organization_id
    ) then
        v_page := private.search_page(
            v_organization_id, _filters, v_typo, v_after, _sort, v_limit
        );
    end if;
    return query
    select c.*, t.name, t.level, t.color, private.contact_name(k.first_name, k.last_name), k.email,
        (
            select count(*)::integer
            from public.customer_contacts as a
            where a.organization_id = v_organization_id and a.customer_id = p.id
        ),
        s.order_count, s.revenue, s.last_order_at, s.open_order_total, s.uninvoiced_order_total,
        s.open_invoice_total, s.oldest_unpaid_due_on,
        private.encode_cursor(_sort, p.key, p.id)
    from unnest(v_page.ids, v_page.keys) with ordinality as p (id, key, position)
    inner join public.customers as c
        on c.organization_id = v_organization_id and c.id = p.id
    inner join public.customer_stats as s
        on s.organization_id = v_organization_id and s.customer_id = p.id
    left join public.customer_tiers as t
        on t.organization_id = v_organization_id and t.id = c.tier_id
    left join public.customer_contacts as k
        on k.organization_id = v_organization_id and k.customer_id = p.id and k.is_primary
    order by p.position;
end;
$$;

create function public.search_customers(
    query text default null,
    filters jsonb default '{}',
    sort text default 'name',
    cursor text default null,
    page_size integer default 50,
    organization_id uuid default null
)
returns setof public.customer_list_row
language sql
stable
rows 50
set search_path = ''
begin atomic
    select *
    from private.search_customers(
        search_customers.query, search_customers.filters, search_customers.sort,
        search_customers.cursor, search_customers.page_size, search_customers.organization_id
    );
end;

comment on function public.search_customers is
'One page of customers. query: parts of words in name, number, tax id, website, tags and contacts,
ignoring case and accents; one- and two-letter terms match starts of words; without a literal
match, names within a typo of terms of four letters and more. filters: ids (at most 10,000),
status, tier_id, customer_type, tags (all of), tags_any, currency, parent_id, portal_enabled,
created_from, created_to, revenue_min, revenue_max, credit_status, has_overdue, unverified_address.
sort: name, created_at, revenue, last_order_at, with - for descending. Tiers are those of the rows:
an approved change of tier prices from its date, and shows here once maintenance has carried it out.
page_size: 1 to 200. Pass the last row''s cursor on for the next page. For viewers. Raises PT422
unknown_key, filter_invalid, sort_invalid, cursor_invalid, page_size_invalid, organization_required,
PT404 organization_not_found.';

-- DEFINER for the same reason. No planner's estimate above the bound: it would rest on statistics
-- of all organizations, and tell about them.
create function private.count_customers(_query text, _filters jsonb, _organization_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
    v_organization_id constant uuid := private.organization_for(_organization_id, 'viewer');
    v_filters constant text := private.filter_conditions(_filters)
        || private.filter_candidates(_filters);
    v_terms constant text[] := private.search_terms(_query);
    v_typo constant text := v_filters || private.typo_condition(v_terms);
    v_count bigint := private.count_found(
        v_organization_id, v_filters || private.search_condition(v_terms)
    );
begin
    if v_count = 0 and v_typo is not null then
        v_count := private.count_found(v_organization_id, v_typo);
    end if;
    return jsonb_build_object('count', v_count, 'exact', v_count <= 10000);
end;
$$;

create function public.count_customers(
    query text default null, filters jsonb default '{}', organization_id uuid default null
)
returns jsonb
language sql
stable
set search_path = ''
return private.count_customers(
    count_customers.query, count_customers.filters, count_customers.organization_id
);

comment on function public.count_customers is
'How many customers search_customers would find: {"count", "exact"}. Above 10,000 the count is
10,001 and exact is false: that many at least. For viewers. Raises what search_customers raises.';

revoke all on all functions in schema private from public;
revoke all on function public.search_customers from public, anon, authenticated, service_role;
revoke all on function public.count_customers from public, anon, authenticated, service_role;
grant execute on function private.search_customers to authenticated, service_role;
grant execute on function private.count_customers to authenticated, service_role;
grant execute on function public.search_customers to authenticated, service_role;
grant execute on function public.count_customers to authenticated, service_role;
