-- The timeline of a customer.
-- Needs: activities, search_conditions; private.tier_discount_activities, which comes with the
-- history of tiers. Provides: private.find_customer, private.refuse_erased,
-- private.merged_ids, customer_timeline.

create function private.find_customer(_customer_id uuid, _role text)
returns public.customers
language plpgsql
stable
set search_path = ''
as $$
declare
    v_customer public.customers;
begin
    if private.is_system() then
        select c.* into v_customer from public.customers as c where c.id = _customer_id;
    else
        select c.* into v_customer
        from public.customers as c
        where c.organization_id = any(array(select private.member_organization_ids()))
            and c.id = _customer_id;
    end if;
    if v_customer.id is null then
        perform private.fail(
            'PT404', 'customer_not_found', 'customer not found',
            'Check the id: search_customers lists the customers that you may see.'
        );
    end if;
    perform private.require_role(v_customer.organization_id, _role);
    return v_customer;
end;
$$;

comment on function private.find_customer is
'The customer, for a caller with at least this role in its organization. Raises PT404
customer_not_found to outsiders, 42501 role_required to lesser roles.';

create function private.refuse_erased(_organization_id uuid, _customer_id uuid)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
    if exists (
        select 1
        from public.customers as c
        where c.organization_id = _organization_id and c.id = _customer_id
            and c.erased_at is not null
    ) then
        perform private.fail(
            'PT409', 'customer_erased', 'the personal data of this customer was erased',
            'It stays as it is; what happens from now on belongs to another customer.'
        );
    end if;
end;
$$;

comment on function private.refuse_erased is
'Asked after a row about the customer is written, whose reference then waits for an erasure that is
under way. Raises PT409 customer_erased.';

create type public.timeline_row as (
    organization_id uuid,
    id uuid,
    customer_id uuid,
    type text,
    title text,
    description text,
    metadata jsonb,
    related_type text,
    related_id uuid,
    occurred_at timestamptz,
    created_by uuid,
    created_at timestamptz,
    cursor text
);

comment on type public.timeline_row is
'A row of customer_timeline: the activity and a cursor. customer_id is the customer that it happened
to, which may have been merged since.';

-- A merged customer is a redirect whose own history stays where it is.
create function private.merged_ids(_organization_id uuid, _customer_id uuid)
returns uuid[]
language plpgsql
stable
set search_path = ''
as $$
begin
    return array(
        with recursive merged as (
            select _customer_id as id
            -- Without ALL, what was seen before ends a circle.
            union
            select c.id
            from merged as m
            inner join public.customers as c
                on c.merged_into = m.id and c.organization_id = _organization_id
        )
        select m.id from merged as m
    );
end;
$$;

comment on function private.merged_ids is
'The customer and everything that was merged into it, however indirectly.';

create function private.has_words(_title text, _description text, _patterns text[])
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
begin
    return private.search_key(concat_ws(' ', _title, _description)) like all(_patterns);
end;
$$;

create function private.least_id()
returns uuid
language sql
immutable
parallel safe
set search_path = ''
return '00000000-0000-0000-0000-000000000000'::uuid;

-- Where a page begins: after a row, or before an instant, which the least of all ids stands for.
create function private.timeline_place(
    _cursor text, _until timestamptz, out created_at timestamptz, out id uuid
)
language plpgsql
stable
set search_path = ''
as $$
declare
    v_after constant jsonb := private.decode_cursor(_cursor, 'timeline');
begin
    created_at := coalesce(_until, 'infinity');
    id := private.least_id();
    if v_after is not null and (v_after ->> 1)::timestamptz < created_at then
        created_at := (v_after ->> 1)::timestamptz;
        id := (v_after ->> 2)::uuid;
    end if;
exception when data_exception then
    perform private.fail_cursor();
end;
$$;

-- One plan for every customer, kept by the session: planning for each of some twenty partitions
-- takes longer than reading a page. The bounds are therefore always there, open or not, and each
-- customer's own page is a walk along the index, from where a page begins. Two ends of one column
-- would look like so little that the planner takes any index that begins with the organization:
-- one end is a row.
create function private.live_activities(
    _organization_id uuid, _customer_ids uuid[], _types text[], _since timestamptz,
    _before timestamptz, _before_id uuid, _patterns text[], _limit integer
)
returns setof public.customer_activities
language plpgsql
stable
set search_path = ''
set plan_cache_mode = 'force_generic_plan'
as $$
begin
    if _types is null then
        return query
        select p.*
        from unnest(_customer_ids) as m (id)
        cross join lateral (
            select a.*
            from public.customer_activities as a
            where a.organization_id = _organization_id and a.customer_id = m.id
                and (a.created_at, a.id) >= (_since, private.least_id())
                and a.created_at <= _before
                and (a.created_at, a.id) < (_before, _before_id)
                and (_patterns = '{}' or private.has_words(a.title, a.description, _patterns))
            order by a.created_at desc, a.id desc
            limit _limit
        ) as p;
    else
        return query
        select p.*
        from unnest(_customer_ids) as m (id)
        cross join lateral (
            select a.*
            from public.customer_activities as a
            where a.organization_id = _organization_id and a.customer_id = m.id
                and a.type = any(_types)
                and (a.created_at, a.id) >= (_since, private.least_id())
                and a.created_at <= _before
                and (a.created_at, a.id) < (_before, _before_id)
                and (_patterns = '{}' or private.has_words(a.title, a.description, _patterns))
            order by a.created_at desc, a.id desc
            limit _limit
        ) as p;
    end if;
end;
$$;

create function private.archived_activities(
    _organization_id uuid, _customer_ids uuid[], _types text[], _since timestamptz,
    _before timestamptz, _before_id uuid, _patterns text[], _limit integer
)
returns setof public.customer_activities
language plpgsql
stable
set search_path = ''
set plan_cache_mode = 'force_generic_plan'
as $$
begin
    return query
    select p.*
    from unnest(_customer_ids) as m (id)
    cross join lateral (
        select a.*
        from public.customer_activities_archive as a
        where a.organization_id = _organization_id and a.customer_id = m.id
            and (_types is null or a.type = any(_types))
            and (a.created_at, a.id) >= (_since, private.least_id())
            and a.created_at <= _before
            and (a.created_at, a.id) < (_before, _before_id)
            and (_patterns = '{}' or private.has_words(a.title, a.description, _patterns))
        order by a.created_at desc, a.id desc
        limit _limit
    ) as p;
end;
$$;

-- DEFINER because the indexes would go unused under RLS, and to tell callers that a customer does
-- not exist; membership is checked first. The live table is read before the archive: a month that
-- moves between them cannot do so in between.
create function private.customer_timeline(
    _customer_id uuid, _types text[], _since timestamptz, _until timestamptz, _query text,
    _cursor text, _page_size integer, _include_archived boolean
)
returns setof public.timeline_row
language plpgsql
stable
security definer
set search_path = ''
set plan_cache_mode = 'force_generic_plan'
as $$
declare
    v_organization_id constant uuid
    := (private.find_customer(_customer_id, 'viewer')).organization_id;
    v_limit constant integer := private.page_limit(_page_size);
    v_ids constant uuid[] := private.merged_ids(v_organization_id, _customer_id);
    v_types constant text[] := nullif(_types, '{}');
    v_since constant timestamptz := coalesce(_since, '-infinity');
    v_before timestamptz;
    v_before_id uuid;
    v_patterns constant text[] := array(
        select '%' || regexp_replace(t.term, '([\\%_])', '\\\1', 'g') || '%'
        from unnest(private.search_terms(_query)) as t (term)
    );
begin
    select p.created_at, p.id into v_before, v_before_id
    from private.timeline_place(_cursor, _until) as p;
    return query
    select p.organization_id, p.id, p.customer_id, p.type, p.title, p.description, p.metadata,
        p.related_type, p.related_id, p.occurred_at, p.created_by, p.created_at,
        private.encode_cursor('timeline', p.created_at::text, p.id)
    from (
        select a.* from private.live_activities(
            v_organization_id, v_ids, v_types, v_since, v_before, v_before_id, v_patterns,
            v_limit
        ) as a
        union all
        select a.* from private.archived_activities(
            v_organization_id, v_ids, v_types, v_since, v_before, v_before_id, v_patterns,
            v_limit
        ) as a
        where _include_archived
        union all
        select d.* from private.tier_discount_activities(
            v_organization_id, _customer_id, v_ids
        ) as d
        where (v_types is null or d.type = any(v_types)) and d.created_at >= v_since
            and (d.created_at, d.id) < (v_before, v_before_id)
            and (v_patterns = '{}' or private.has_words(d.title, d.description, v_patterns))
    ) as p
    order by p.created_at desc, p.id desc
    limit v_limit;
end;
$$;

create function public.customer_timeline(
    customer_id uuid,
    types text[] default null,
    since timestamptz default null,
    until timestamptz default null,
    query text default null,
    cursor text default null,
    page_size integer default 50,
    include_archived boolean default false
)
returns setof public.timeline_row
language sql
stable
rows 50
set search_path = ''
begin atomic
    select *
    from private.customer_timeline(
        customer_timeline.customer_id, customer_timeline.types, customer_timeline.since,
        customer_timeline.until, customer_timeline.query, customer_timeline.cursor,
        customer_timeline.page_size, customer_timeline.include_archived
    );
end;

comment on function public.customer_timeline is
'One page of a customer''s activities, newest first by created_at, with those of the customers that
were merged into it and with what its tiers'' discounts became (tier_discount_changed). types: only
these; since and until (exclusive) limit created_at; query: words in title and description;
include_archived adds activities older than a year. page_size: 1 to 200. Pass the last row''s cursor
on for the next page. For viewers. Raises PT404 customer_not_found, PT422 cursor_invalid,
page_size_invalid, query_too_long.';

revoke all on all functions in schema private from public;
revoke all on function public.customer_timeline from public, anon, authenticated, service_role;
grant execute on function private.customer_timeline to authenticated, service_role;
grant execute on function public.customer_timeline to authenticated, service_role;
