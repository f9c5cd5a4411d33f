-- Asking for changes of tier, one or many, and carrying out those that are due.
-- Needs: tier_previews, lifecycle. Provides: private.ask_tier_changes, private.apply_tier_changes,
-- request_tier_change, apply_due_tier_changes.
--
-- A customer is locked before its request, always: whoever asks, decides, cancels or applies waits
-- for the others, and then sees what they did.

create function private.tier_change_refusal(
    _slug text, out sqlstate text, out message text, out hint text
)
language sql
immutable
set search_path = ''
begin atomic
    select r.sqlstate, r.message, r.hint
    from (values
        ('customer_not_found', 'PT404', 'customer not found',
            'Check the id: search_customers lists the customers that you may see.'),
        ('customer_merged', 'PT409', 'this customer was merged into another one',
            'Work with the customer in merged_into.'),
        ('customer_erased', 'PT409', 'the personal data of this customer was erased',
            'It stays as it is; what happens from now on belongs to another customer.'),
        ('tier_change_pending', 'PT409', 'the customer has an open request for another tier',
            'Approve, reject or cancel that one first.'),
        ('tier_not_found', 'PT404', 'there is no such tier',
            'customer_tiers lists the tiers of the organization.'),
        ('tier_unchanged', 'PT409', 'the customer has this tier already',
            'Ask for another one.')
    ) as r (slug, sqlstate, message, hint)
    where r.slug = _slug;
end;

create function private.fail_tier_change(_slug text)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
    v_refusal constant record := private.tier_change_refusal(_slug);
begin
    perform private.fail(v_refusal.sqlstate, _slug, v_refusal.message, v_refusal.hint);
end;
$$;

-- Approved ones alone reach into the future: from then on they price, applied or not.
create function private.begin_requested_periods(_organization_id uuid, _request_ids uuid[])
returns void
language sql
set search_path = ''
begin atomic
    with begun as (
        insert into public.customer_tier_periods (
            organization_id, customer_id, started_at, tier_id, grace_until, request_id
        )
        select r.organization_id, r.customer_id, r.effective_at, r.to_tier_id, r.grace_until, r.id
        from public.tier_change_requests as r
        where r.organization_id = _organization_id and r.id = any(_request_ids)
            and r.status = 'approved'
        returning *
    )

    insert into private.pricing_changes
    (organization_id, kind, customer_id, tier_id, effective_at, grace_until)
    select b.organization_id, 'tier', b.customer_id, b.tier_id, b.started_at, b.grace_until
    from begun as b;
end;

create function private.apply_tier_changes(_organization_id uuid, _request_ids uuid[])
returns integer
language plpgsql
set search_path = ''
as $$
declare
    v_count integer;
begin
    update public.customers as c
    set tier_id = r.to_tier_id
    from public.tier_change_requests as r
    where r.organization_id = _organization_id and r.id = any(_request_ids)
        and r.status = 'approved' and r.effective_at <= clock_timestamp()
        and c.organization_id = r.organization_id and c.id = r.customer_id;
    update public.tier_change_requests as r
    set status = 'applied', applied_at = clock_timestamp()
    where r.organization_id = _organization_id and r.id = any(_request_ids)
        and r.status = 'approved' and r.effective_at <= clock_timestamp();
    get diagnostics v_count = row_count;
    return v_count;
end;
$$;

comment on function private.apply_tier_changes is
'Gives customers, locked before, the tiers of their approved requests that are due; returns how
many.';

-- The tiers of changes that are due already, so that what follows starts from the truth. DISTINCT
-- keeps to the index of ids: to the planner a large organization is as small as any.
create function private.lock_for_tier_changes(_organization_id uuid, _customer_ids uuid[])
returns void
language plpgsql
set search_path = ''
as $$
begin
    perform 1
    from public.customers as c
    where c.organization_id is not distinct from _organization_id and c.id = any(_customer_ids)
    order by c.id
    for no key update;
    perform private.apply_tier_changes(_organization_id, array_agg(r.id))
    from public.tier_change_requests as r
    where r.organization_id = _organization_id and r.customer_id = any(_customer_ids)
        and r.status = 'approved' and r.effective_at <= clock_timestamp()
    having count(*) > 0;
end;
$$;

create function private.asked_requests(_outcomes jsonb)
returns uuid[]
language sql
immutable
set search_path = ''
return array(
    select (o.value ->> 'request_id')::uuid
    from jsonb_array_elements(_outcomes) as o
    where o.value ->> 'slug' is null
);

-- [{"customer_id", "tier_id", "request_id", "slug": null, or why there may be no request}].
create function private.judge_tier_changes(
    _organization_id uuid, _customer_ids uuid[], _tier_ids uuid[]
)
returns jsonb
language sql
volatile
set search_path = ''
begin atomic
    select jsonb_agg(jsonb_build_object(
        'customer_id', a.customer_id,
        'tier_id', a.tier_id,
        'request_id', gen_random_uuid(),
        'slug', case
            when c.id is null then 'customer_not_found'
            when c.merged_into is not null then 'customer_merged'
            when c.erased_at is not null then 'customer_erased'
            when r.id is not null then 'tier_change_pending'
            when t.id is null then 'tier_not_found'
            when c.tier_id = t.id then 'tier_unchanged'
        end
    ))
    from unnest(_customer_ids, _tier_ids) as a (customer_id, tier_id)
    left join public.customers as c
        on c.organization_id = _organization_id and a.customer_id = c.id
    left join public.tier_change_requests as r
        on r.organization_id = _organization_id and a.customer_id = r.customer_id
        and r.status in ('pending', 'approved')
    left join public.customer_tiers as t
        on t.organization_id = _organization_id and a.tier_id = t.id;
end;

create function private.ask_tier_changes(
    _organization_id uuid, _customer_ids uuid[], _tier_ids uuid[], _reason text,
    _effective_at timestamptz
)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
    v_outcomes jsonb;
    v_now timestamptz;
    v_effective_at timestamptz;
begin
    perform private.lock_for_tier_changes(_organization_id, _customer_ids);
    v_now := clock_timestamp();
    v_effective_at := greatest(_effective_at, v_now);
    v_outcomes := private.judge_tier_changes(_organization_id, _customer_ids, _tier_ids);
    insert into public.tier_change_requests (
        organization_id, id, customer_id, from_tier_id, to_tier_id, direction, reason, status,
        requested_by, requested_at, decided_at, effective_at, grace_until, impact
    )
    select c.organization_id, o.request_id, c.id, c.tier_id, t.id, i.impact ->> 'direction',
        nullif(btrim(_reason), ''), d.status, auth.uid(), v_now,
        case d.status when 'approved' then v_now end, v_effective_at,
        (i.impact ->> 'grace_until')::timestamptz, i.impact
    from jsonb_to_recordset(v_outcomes) as o (
        customer_id uuid, tier_id uuid, request_id uuid, slug text
    )
    inner join public.customers as c
        on c.organization_id = _organization_id and o.customer_id = c.id
    inner join public.customer_tiers as t
        on t.organization_id = _organization_id and o.tier_id = t.id
    cross join lateral private.tier_change_impact(c, t, v_effective_at) as i (impact)
    cross join lateral (
        select case i.impact ->> 'requires_approval'
            when 'true' then 'pending' else 'approved'
        end as status
    ) as d
    where o.slug is null;
    perform private.begin_requested_periods(_organization_id, private.asked_requests(v_outcomes));
    return v_outcomes;
end;
$$;

comment on function private.ask_tier_changes is
'Opens a request for each customer, with a tier each, that may have one; returns [{"customer_id",
"tier_id", "request_id", "slug": null, or why there is no request}]. Where the policy asks for no
approval it is approved at once; what is due is then for the caller to apply.';

-- DEFINER because requests are written by functions alone.
create function private.request_tier_change(
    _customer_id uuid, _tier_id uuid, _reason text, _effective_at timestamptz
)
returns public.tier_change_requests
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_customer constant public.customers := private.find_customer(_customer_id, 'member');
    v_outcome jsonb;
    v_request public.tier_change_requests;
begin
    perform private.check_reason(_reason);
    if not isfinite(_effective_at) or _effective_at > now() + interval '10 years' then
        perform private.fail(
            'PT422', 'effective_at_invalid', 'effective_at is an instant of the next ten years',
            'Leave it out for a change as soon as it is approved.'
        );
    end if;
    v_outcome := private.ask_tier_changes(
        v_customer.organization_id, array[_customer_id], array[_tier_id], _reason, _effective_at
    ) -> 0;
    if v_outcome ->> 'slug' is not null then
        perform private.fail_tier_change(v_outcome ->> 'slug');
    end if;
    perform private.apply_tier_changes(
        v_customer.organization_id, array[(v_outcome ->> 'request_id')::uuid]
    );
    select r.* into v_request
    from public.tier_change_requests as r
    where r.organization_id = v_customer.organization_id
        and r.id = (v_outcome ->> 'request_id')::uuid;
    return v_request;
end;
$$;

create function public.request_tier_change(
    customer_id uuid,
    tier_id uuid,
    reason text default null,
    effective_at timestamptz default null
)
returns public.tier_change_requests
language sql
set search_path = ''
return private.request_tier_change(
    request_tier_change.customer_id, request_tier_change.tier_id, request_tier_change.reason,
    request_tier_change.effective_at
);

comment on function public.request_tier_change is
'Asks for another tier of a customer; returns the request. Where the organization''s policy asks for
no approval it is approved at once, and applied if it is due. effective_at: from when it prices;
default, and whatever is past: as soon as it is approved. For members. Raises PT404
customer_not_found, tier_not_found, PT409 tier_change_pending, tier_unchanged, customer_merged,
customer_erased, PT422 effective_at_invalid, reason_too_long, 42501 role_required.';

-- A customer that somebody is working on is left for the next run. DEFINER because the body names
-- private, where service_role has no USAGE either.
create function private.apply_due_tier_changes()
returns integer
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_started_at constant timestamptz := clock_timestamp();
    v_batch record;
    v_count integer := 0;
begin
    for v_batch in
        select d.organization_id, array_agg(d.id) as request_ids
        from (
            select r.organization_id, r.id
            from public.tier_change_requests as r
            inner join public.customers as c
                on c.organization_id = r.organization_id and c.id = r.customer_id
            where r.status = 'approved' and r.effective_at <= v_started_at
            order by r.organization_id, c.id
            limit 10000
            for no key update of c skip locked
        ) as d
        group by d.organization_id
    loop
        v_count := v_count
            + private.apply_tier_changes(v_batch.organization_id, v_batch.request_ids);
        exit when clock_timestamp() > v_started_at + interval '5 seconds';
    end loop;
    return v_count;
end;
$$;

create function public.apply_due_tier_changes()
returns integer
language sql
set search_path = ''
return private.apply_due_tier_changes();

comment on function public.apply_due_tier_changes is
'Gives customers the tiers of approved requests whose effective_at has come; returns how many. They
price from effective_at on, whether or not this has run. run_maintenance calls it. For service_role
alone.';

revoke all on all functions in schema private from public;
revoke all on function public.request_tier_change from public, anon, authenticated, service_role;
revoke all on function public.apply_due_tier_changes
from public, anon, authenticated, service_role;
grant execute on function private.request_tier_change to authenticated, service_role;
grant execute on function private.apply_due_tier_changes to service_role;
grant execute on function public.request_tier_change to authenticated, service_role;
grant execute on function public.apply_due_tier_changes to service_role;
