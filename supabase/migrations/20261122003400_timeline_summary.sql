-- What the timeline shows that is no activity of one customer, and the timeline counted.
-- Needs: timeline, tier_history. Provides: private.tier_discount_activities,
-- customer_timeline_summary.

create function private.tier_discount_activities(
    _organization_id uuid, _customer_id uuid, _customer_ids uuid[]
)
returns setof public.customer_activities
language plpgsql
stable
set search_path = ''
rows 5
as $$
begin
    return query
    select d.organization_id, d.id, _customer_id, 'tier_discount_changed',
        format(
            'Discount of %s changed from %s to %s', t.name,
            trim_scale(b.discount_percentage), trim_scale(d.discount_percentage)
        ),
        null::text,
        jsonb_build_object(
            'tier_id', d.tier_id,
            'changes', jsonb_build_object('discount_percentage', jsonb_build_object(
                'from', trim_scale(b.discount_percentage),
                'to', trim_scale(d.discount_percentage)
            ))
        ),
        'tier', d.tier_id, d.started_at, d.created_by, d.started_at
    from public.tier_discounts as d
    inner join public.customer_tiers as t
        on d.organization_id = t.organization_id and d.tier_id = t.id
    -- What a tier is made with is no change.
    cross join lateral (
        select o.discount_percentage
        from public.tier_discounts as o
        where o.organization_id = d.organization_id and o.tier_id = d.tier_id
            and o.started_at < d.started_at
        order by o.started_at desc
        limit 1
    ) as b
    where d.organization_id = _organization_id and exists (
        select 1
        from public.customer_tier_periods as p
        where p.organization_id = _organization_id and p.customer_id = any(_customer_ids)
            and p.tier_id = d.tier_id and p.started_at <= d.started_at
            and not exists (
                select 1
                from public.customer_tier_periods as n
                where n.organization_id = p.organization_id and n.customer_id = p.customer_id
                    and n.started_at > p.started_at and n.started_at <= d.started_at
            )
    );
end;
$$;

comment on function private.tier_discount_activities is
'Each change of the discount of a tier that one of these customers had when it began, as an activity
of the first of them.';

-- What has no bound of its own gets one: no zone has a calendar beyond it.
create function private.count_activities(
    _organization_id uuid, _customer_id uuid, _bucket text, _time_zone text, _types text[],
    _since timestamptz, _until timestamptz
)
returns table (bucket date, type text, count bigint)
language plpgsql
stable
set search_path = ''
as $$
#variable_conflict use_column
declare
    v_ids constant uuid[] := private.merged_ids(_organization_id, _customer_id);
begin
    return query
    select
        date_trunc(
            _bucket,
            greatest(least(e.occurred_at, '9999-12-01+00'), '0001-02-01+00') at time zone _time_zone
        )::date as bucket,
        e.type,
        count(*) as count
    from (
        select a.type, a.occurred_at, a.created_at
        from public.customer_activities as a
        where a.organization_id = _organization_id and a.customer_id = any(v_ids)
        union all
        select a.type, a.occurred_at, a.created_at
        from public.customer_activities_archive as a
        where a.organization_id = _organization_id and a.customer_id = any(v_ids)
        union all
        select d.type, d.occurred_at, d.created_at
        from private.tier_discount_activities(_organization_id, _customer_id, v_ids) as d
    ) as e
    where (coalesce(_types, '{}') = '{}' or e.type = any(_types))
        and e.created_at >= coalesce(_since, '-infinity')
        and e.created_at < coalesce(_until, 'infinity')
    group by 1, 2;
end;
$$;

-- DEFINER because the indexes would go unused under RLS, and to tell callers that a customer does
-- not exist; membership is checked first.
create function private.customer_timeline_summary(
    _customer_id uuid, _bucket text, _time_zone text, _types text[], _since timestamptz,
    _until timestamptz
)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
    v_organization_id constant uuid
    := (private.find_customer(_customer_id, 'viewer')).organization_id;
    v_zone constant text := coalesce(_time_zone, (
        select o.settings ->> 'time_zone'
        from public.organizations as o
        where o.id = v_organization_id
    ), 'UTC');
begin
    if coalesce(_bucket, '') not in ('day', 'week', 'month') then
        perform private.fail(
            'PT422', 'bucket_invalid', 'a summary counts by day, week or month',
            'Give one of the three as bucket.'
        );
    elsif private.is_time_zone(v_zone) is not true then
        perform private.fail(
            'PT422', 'time_zone_invalid', 'time_zone must be a name such as Europe/Berlin',
            'Leave it out for that of the organization, or UTC.'
        );
    end if;
    return (
        select coalesce(jsonb_agg(jsonb_build_object(
            'bucket', b.bucket,
            'starts_at', b.bucket::timestamp at time zone v_zone,
            'count', b.count,
            'types', b.types
        ) order by b.bucket), '[]')
        from (
            select c.bucket, sum(c.count) as count, jsonb_object_agg(c.type, c.count) as types
            from private.count_activities(
                v_organization_id, _customer_id, _bucket, v_zone, _types, _since, _until
            ) as c
            group by c.bucket
        ) as b
    );
end;
$$;

create function public.customer_timeline_summary(
    customer_id uuid,
    bucket text default 'day',
    time_zone text default null,
    types text[] default null,
    since timestamptz default null,
    until timestamptz default null
)
returns jsonb
language sql
stable
set search_path = ''
return private.customer_timeline_summary(
    customer_timeline_summary.customer_id, customer_timeline_summary.bucket,
    customer_timeline_summary.time_zone, customer_timeline_summary.types,
    customer_timeline_summary.since, customer_timeline_summary.until
);

comment on function public.customer_timeline_summary is
'How much happened to a customer when, by occurred_at: one JSON array of {"bucket", "starts_at",
"count", "types": {type: count}}, oldest first, without the buckets in which nothing happened.
bucket: day (default), week (from Monday) or month, in time_zone (default: the organization''s, else
UTC); "bucket" is its first date there, "starts_at" the instant. types, since and until narrow it as
they do customer_timeline, by created_at. Merged customers and the archive are counted too. For
viewers. Raises PT404 customer_not_found, PT422 bucket_invalid, time_zone_invalid.';

revoke all on all functions in schema private from public;
revoke all on function public.customer_timeline_summary
from public, anon, authenticated, service_role;
grant execute on function private.customer_timeline_summary to authenticated, service_role;
grant execute on function public.customer_timeline_summary to authenticated, service_role;
