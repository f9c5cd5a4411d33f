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
    _sort text, out key text, out id text, out key_type text, out direction text
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
        when 'created_at' then
            key := 'c.created_at'; id := 'c.id'; key_type := 'timestamptz';
        when 'revenue' then
            key := 's.revenue'; id := 's.customer_id'; key_type := 'numeric';
        when 'last_order_at' then
            key := 'coalesce(s.last_order_at, ''-infinity'')'; id := 's.customer_id';
            key_type := 'timestamptz';
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
language sql
immutable
set search_path = ''
return format(
    ' from public.customers as c%2$s%3$s
    where c.organization_id = %1$L and c.merged_into is null', _organization_id,
    case when strpos(_uses, 's.') > 0 or strpos(_uses, ', s)') > 0 then format(
        ' inner join public.customer_stats as s
        on s.organization_id = %1$L and s.customer_id = c.id', _organization_id
    ) end,
    case when strpos(_uses, 'w.') > 0 then format(
        ' inner join private.customer_search as w
        on w.organization_id = %1$L and w.customer_id = c.id', _organization_id
    ) end
);

comment on function private.search_from is
'The customers of an organization, with those of customer_stats and customer_search that a text of
conditions and keys names as s and w.';

-- Literal matches if there are any, else names within a typo of the terms.
create function private.query_condition(_query text, _conditions text, _organization_id uuid)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
    v_terms constant text[] := private.search_terms(_query);
    v_condition constant text := private.search_condition(v_terms);
    v_found boolean;
begin
    if not exists (select 1 from unnest(v_terms) as t (term) where length(t.term) >= 4) then
        return v_condition;
    end if;
    execute 'select exists (select 1'
        || private.search_from(_organization_id, _conditions || v_condition)
        || _conditions || v_condition || ')'
    into v_found;
    if v_found then
        return v_condition;
    end if;
    -- Two letters swapped in a word of four leave one trigram of five. Set here: PostgreSQL lets
    -- nobody but a superuser name an extension's setting in a function before it is loaded.
    perform set_config('pg_trgm.word_similarity_threshold', '0.19', true);
    return private.typo_condition(v_terms);
end;
$$;

-- Which customers are on a page, in order, and the keys that they stand at.
create function private.search_page(
    _organization_id uuid, _conditions text, _after jsonb, _sort text, _limit integer,
    out ids uuid[], out keys text[]
)
language plpgsql
stable
set search_path = ''
as $$
declare
    v_order constant record := private.search_order(_sort);
    v_where constant text := _conditions || private.after_condition(
        _after, v_order.key, v_order.id, v_order.key_type, v_order.direction
    );
begin
    execute format(
        'select array_agg(p.id order by p.key %1$s, p.id %1$s),
            array_agg(p.key::text order by p.key %1$s, p.id %1$s)
        from (
            select %2$s as id, %3$s as key %4$s %5$s
            order by %3$s %1$s, %2$s %1$s
            limit %6$s
        ) as p',
        v_order.direction, v_order.id, v_order.key,
        private.search_from(_organization_id, v_order.key || v_where), v_where, _limit
    ) into ids, keys;
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
    v_filters constant text := private.filter_conditions(_filters);
    v_literal constant text := private.search_condition(private.search_terms(_query));
    v_query text;
    v_page record;
begin
    v_page := private.search_page(
        v_organization_id, v_filters || v_literal, v_after, _sort, v_limit
    );
    if v_page.ids is null then
        v_query := private.query_condition(_query, v_filters, v_organization_id);
        if v_query <> v_literal then
            v_page := private.search_page(
                v_organization_id, v_filters || v_query, v_after, _sort, v_limit
            );
        end if;
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
    v_filters constant text := private.filter_conditions(_filters);
    v_literal constant text := private.search_condition(private.search_terms(_query));
    v_query text;
    v_count bigint := private.count_found(v_organization_id, v_filters || v_literal);
begin
    if v_count = 0 then
        v_query := private.query_condition(_query, v_filters, v_organization_id);
        if v_query <> v_literal then
            v_count := private.count_found(v_organization_id, v_filters || v_query);
        end if;
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
