-- Changing many customers at once: set-based, one outcome for each.
-- Needs: tier_requests, lifecycle. Provides: bulk_update_customers.

create function private.check_bulk_changes(_customer_ids uuid[], _changes jsonb)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
    if coalesce(cardinality(_customer_ids), 0) not between 1 and 10000
        or array_position(_customer_ids, null) is not null
    then
        perform private.fail(
            'PT422', 'customer_ids_invalid', 'customer_ids must be 1 to 10,000 ids',
            'Split what is more into several calls.'
        );
    end if;
    perform private.check_keys(_changes, array[
        'status', 'customer_type', 'add_tags', 'remove_tags', 'tier_id', 'settings'
    ], 'changes');
    if _changes = '{}' then
        perform private.fail(
            'PT422', 'changes_invalid', 'changes says nothing to change',
            'Known: status, customer_type, add_tags, remove_tags, tier_id, settings.'
        );
    elsif _changes ->> 'status' not in ('active', 'inactive', 'suspended')
        or _changes ->> 'customer_type' not in ('standard', 'vip', 'partner')
        or not private.is_uuid(_changes ->> 'tier_id')
        or jsonb_path_exists(_changes, 'strict $.keyvalue() ? (@.value == null)')
    then
        perform private.fail(
            'PT422', 'changes_invalid', 'a value of changes cannot be set',
            'status is active, inactive or suspended; customer_type standard, vip or partner.'
        );
    elsif private.tags_rule(_changes -> 'add_tags') || private.tags_rule(_changes -> 'remove_tags')
        <> '{}'
    then
        perform private.fail(
            'PT422', 'tags_invalid', 'add_tags and remove_tags are lists of tags',
            'Up to 100 different texts, each of 1 to 100 characters.'
        );
    elsif jsonb_typeof(_changes -> 'settings') <> 'object' then
        perform private.fail(
            'PT422', 'settings_invalid', 'settings must be an object',
            'See docs/settings.md; its keys are laid over those that are there.'
        );
    end if;
end;
$$;

create function private.clean_bulk_changes(_changes jsonb)
returns jsonb
language sql
immutable
set search_path = ''
begin atomic
    select jsonb_object_agg(c.key, case
        when c.key in ('add_tags', 'remove_tags') then to_jsonb(private.clean_tags(array(
            select t.tag from jsonb_array_elements_text(c.value) as t (tag)
        )))
        else c.value
    end)
    from jsonb_each(_changes) as c;
end;

create function private.bulk_tags(_tags text[], _changes jsonb)
returns text[]
language plpgsql
immutable
set search_path = ''
as $$
begin
    if not _changes ?| array['add_tags', 'remove_tags'] then
        return _tags;
    end if;
    return array(
        select k.tag
        from unnest(
            _tags || array(select jsonb_array_elements_text(_changes -> 'add_tags'))
        ) with ordinality as k (tag, position)
        where k.tag <> all(array(select jsonb_array_elements_text(_changes -> 'remove_tags')))
        group by k.tag
        order by min(k.position)
    );
end;
$$;

comment on function private.bulk_tags is
'The tags that a customer has after a bulk change, whose tags are clean.';

-- Why each of the customers, locked before, cannot be changed: null where it can.
create function private.judge_bulk(_organization_id uuid, _customer_ids uuid[], _changes jsonb)
returns jsonb
language sql
volatile
set search_path = ''
begin atomic
    select jsonb_agg(jsonb_build_object('customer_id', a.id, 'slug', case
        when c.id is null then 'customer_not_found'
        when c.merged_into is not null then 'customer_merged'
        when c.erased_at is not null then 'customer_erased'
        when _changes ->> 'status' = 'suspended' and c.status = 'inactive' then 'status_conflict'
        when _changes ->> 'status' = 'inactive' and c.status <> 'inactive' and exists (
            select 1
            from public.orders as o
            where o.organization_id = c.organization_id and o.customer_id = c.id
                and o.status = 'open'
        ) then 'open_orders'
        when private.customer_settings_error(c.settings || coalesce(_changes -> 'settings', '{}'))
            is not null then 'settings_invalid'
        when _changes ? 'add_tags' and cardinality(private.bulk_tags(c.tags, _changes)) > 100
            then 'tags_invalid'
    end) order by a.position)
    from unnest(_customer_ids) with ordinality as a (id, position)
    left join public.customers as c
        on c.organization_id = _organization_id and a.id = c.id;
end;

-- In one statement, whose activities tell of everything but tiers; returns who was changed.
-- DISTINCT keeps to the index of ids: to the planner a large organization is as small as any.
create function private.write_bulk(_organization_id uuid, _customer_ids uuid[], _changes jsonb)
returns uuid[]
language plpgsql
set search_path = ''
as $$
declare
    v_changed uuid[];
begin
    if _changes - 'tier_id' = '{}' then
        return '{}'::uuid[];
    end if;
    with before as (
        select c.id, c.version
        from public.customers as c
        where c.organization_id is not distinct from _organization_id
            and c.id = any(_customer_ids)
    ),

    written as (
        update public.customers as c
        set status = coalesce(_changes ->> 'status', c.status),
            customer_type = coalesce(_changes ->> 'customer_type', c.customer_type),
            settings = c.settings || coalesce(_changes -> 'settings', '{}'),
            tags = private.bulk_tags(c.tags, _changes)
        where c.organization_id is not distinct from _organization_id
            and c.id = any(_customer_ids)
        returning c.id, c.version
    )

    select array_agg(w.id) into v_changed
    from written as w
    inner join before as b on w.id = b.id
    where w.version > b.version;
    return coalesce(v_changed, '{}');
end;
$$;

-- The organization that all customers belong to which the caller may see.
create function private.bulk_organization(_customer_ids uuid[])
returns uuid
language plpgsql
stable
set search_path = ''
as $$
declare
    v_ids uuid[];
begin
    v_ids := array(
        select distinct c.organization_id
        from public.customers as c
        where c.id = any(_customer_ids) and (
            private.is_system()
            or c.organization_id = any(array(select private.member_organization_ids()))
        )
    );
    if cardinality(v_ids) = 0 then
        perform private.fail_tier_change('customer_not_found');
    elsif cardinality(v_ids) > 1 then
        perform private.fail(
            'PT422', 'customer_ids_invalid', 'customer_ids must be of one organization',
            'Call once for each organization.'
        );
    end if;
    perform private.require_role(v_ids[1], 'manager');
    return v_ids[1];
end;
$$;

-- DEFINER because status and tier are written by functions alone; the role is checked first.
create function private.bulk_update_customers(_customer_ids uuid[], _changes jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_changes jsonb;
    v_organization_id uuid;
    v_ids uuid[];
    v_judged jsonb;
    v_asked jsonb := '[]'::jsonb;
    v_changed uuid[];
begin
    perform private.check_bulk_changes(_customer_ids, _changes);
    v_changes := private.clean_bulk_changes(_changes);
    v_organization_id := private.bulk_organization(_customer_ids);
    v_ids := array(
        select a.id from unnest(_customer_ids) with ordinality as a (id, position)
        group by a.id order by min(a.position)
    );
    perform private.lock_for_tier_changes(v_organization_id, v_ids);
    v_judged := private.judge_bulk(v_organization_id, v_ids, v_changes);
    v_ids := array(
        select (j.value ->> 'customer_id')::uuid
        from jsonb_array_elements(v_judged) as j
        where j.value ->> 'slug' is null
    );
    if _changes ? 'tier_id' and v_ids <> '{}' then
        v_asked := private.ask_tier_changes(
            v_organization_id, v_ids,
            array_fill((_changes ->> 'tier_id')::uuid, array[cardinality(v_ids)]), null, null
        );
        -- A statement of its own, and so an activity: a tier is changed by request, and told so.
        perform private.apply_tier_changes(
            v_organization_id, private.asked_requests(v_asked)
        );
    end if;
    v_changed := private.write_bulk(v_organization_id, v_ids, v_changes);
    return private.bulk_outcomes(v_organization_id, v_judged, v_asked, v_changed);
end;
$$;

create function private.bulk_outcomes(
    _organization_id uuid, _judged jsonb, _asked jsonb, _changed uuid[]
)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
    select jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
        'customer_id', j.value -> 'customer_id',
        'outcome', case
            when j.value ->> 'slug' is not null then 'refused'
            when (j.value ->> 'customer_id')::uuid = any(_changed) or r.status = 'applied'
                then 'updated'
            else 'unchanged'
        end,
        'slug', j.value -> 'slug',
        -- Its tier already: nothing asked for, nothing refused.
        'tier_change', case
            when a.value ->> 'slug' = 'tier_unchanged' then 'unchanged'
            when a.value ->> 'slug' is not null then 'refused'
            else r.status
        end,
        'tier_slug', nullif(a.value ->> 'slug', 'tier_unchanged'),
        'request_id', r.id
    )) order by j.position)
    from jsonb_array_elements(_judged) with ordinality as j (value, position)
    left join jsonb_array_elements(_asked) as a (value)
        on j.value -> 'customer_id' = a.value -> 'customer_id'
    left join public.tier_change_requests as r
        on r.organization_id = _organization_id
        and r.id = (a.value ->> 'request_id')::uuid and a.value ->> 'slug' is null;
end;

create function public.bulk_update_customers(customer_ids uuid[], changes jsonb)
returns jsonb
language sql
set search_path = ''
return private.bulk_update_customers(
    bulk_update_customers.customer_ids, bulk_update_customers.changes
);

comment on function public.bulk_update_customers is
'Changes up to 10,000 customers of one organization, set-based. changes: status, customer_type,
add_tags, remove_tags, tier_id (a request for each, as request_tier_change makes it), settings (keys
laid over). Returns one outcome per id, in their order: [{"customer_id", "outcome":
updated|unchanged|refused, "slug": why refused, "tier_change": applied|pending|refused|unchanged,
"tier_slug": why refused, "request_id"}]. One that is refused stops no other, and a tier that is
refused stops nothing else. One activity for each customer, and one more where the tier changed. For
managers. Raises PT422 customer_ids_invalid, changes_invalid, tags_invalid, settings_invalid,
unknown_key, not_an_object, PT404 customer_not_found, 42501 role_required.';

revoke all on all functions in schema private from public;
revoke all on function public.bulk_update_customers from public, anon, authenticated, service_role;
grant execute on function private.bulk_update_customers to authenticated, service_role;
grant execute on function public.bulk_update_customers to authenticated, service_role;
