-- Moving the rows of merged customers to their target, and back, in batches.
-- Needs: merges, tier_decisions, presets. Provides: private.move_merged_rows,
-- private.return_merged_rows.
--
-- Rows that somebody is writing right now are passed over and taken by a later batch, so that a
-- merge waits for nobody while it holds what others may want.

create function private.record_moved(
    _merge public.customer_merges, _kind text, _ids uuid[], _source_ids uuid[], _before jsonb[]
)
returns void
language sql
set search_path = ''
begin atomic
    insert into private.customer_merge_rows
    (organization_id, merge_id, kind, row_id, source_id, before)
    select _merge.organization_id, _merge.id, _kind, r.id as row_id, r.source_id, r.before
    from unnest(_ids, _source_ids, _before) as r (id, source_id, before)
    on conflict (organization_id, merge_id, kind, row_id) do nothing;
end;

-- Moved as a plain contact; the target is given a primary one in the end if it has none.
create function private.move_merged_contacts(_merge public.customer_merges)
returns integer
language plpgsql
set search_path = ''
as $$
declare
    v_ids uuid[];
    v_source_ids uuid[];
    v_before jsonb[];
begin
    select array_agg(k.id), array_agg(k.customer_id),
        array_agg(jsonb_build_object('role', k.role))
    into v_ids, v_source_ids, v_before
    from (
        select a.id, a.customer_id, a.role
        from public.customer_contacts as a
        where a.organization_id = _merge.organization_id and a.customer_id = any(_merge.source_ids)
        limit 2000
        for update skip locked
    ) as k;
    perform private.record_moved(_merge, 'contact', v_ids, v_source_ids, v_before);
    update public.customer_contacts as k
    set customer_id = _merge.target_id,
        is_primary = false,
        role = case k.role when 'primary' then 'contact' else k.role end
    where k.organization_id = _merge.organization_id and k.id = any(v_ids);
    return coalesce(cardinality(v_ids), 0);
end;
$$;

-- The invoices of an order follow it by their reference.
create function private.move_merged_orders(_merge public.customer_merges)
returns integer
language plpgsql
set search_path = ''
as $$
declare
    v_ids uuid[];
    v_source_ids uuid[];
begin
    select array_agg(o.id), array_agg(o.customer_id) into v_ids, v_source_ids
    from (
        select a.id, a.customer_id
        from public.orders as a
        where a.organization_id = _merge.organization_id and a.customer_id = any(_merge.source_ids)
        limit 2000
        for update skip locked
    ) as o;
    perform private.record_moved(_merge, 'order', v_ids, v_source_ids, null);
    perform private.record_moved(
        _merge, 'invoice', array_agg(i.id), array_agg(i.customer_id), null
    )
    from public.invoices as i
    where i.organization_id = _merge.organization_id and i.order_id = any(v_ids);
    update public.orders as o
    set customer_id = _merge.target_id
    where o.organization_id = _merge.organization_id and o.id = any(v_ids);
    return coalesce(cardinality(v_ids), 0);
end;
$$;

create function private.move_merged_invoices(_merge public.customer_merges)
returns integer
language plpgsql
set search_path = ''
as $$
declare
    v_ids uuid[];
    v_source_ids uuid[];
begin
    select array_agg(i.id), array_agg(i.customer_id) into v_ids, v_source_ids
    from (
        select a.id, a.customer_id
        from public.invoices as a
        where a.organization_id = _merge.organization_id
            and a.customer_id = any(_merge.source_ids) and a.order_id is null
        limit 2000
        for update skip locked
    ) as i;
    perform private.record_moved(_merge, 'invoice', v_ids, v_source_ids, null);
    update public.invoices as i
    set customer_id = _merge.target_id
    where i.organization_id = _merge.organization_id and i.id = any(v_ids);
    return coalesce(cardinality(v_ids), 0);
end;
$$;

-- One open request per customer: the target's own goes first, then a pending one of the sources in
-- their order, unless it asks for the tier that the target has. An approved one was about the
-- source's prices.
create function private.withdraw_merged_requests(_merge public.customer_merges)
returns void
language plpgsql
set search_path = ''
as $$
declare
    v_request public.tier_change_requests;
    v_is_taken boolean;
begin
    for v_request in
        select r.*
        from public.tier_change_requests as r
        where r.organization_id = _merge.organization_id
            and r.customer_id = any(_merge.source_ids) and r.status in ('pending', 'approved')
        order by array_position(_merge.source_ids, r.customer_id)
    loop
        select exists (
            select 1
            from public.tier_change_requests as r
            where r.organization_id = _merge.organization_id
                and r.customer_id = _merge.target_id and r.status in ('pending', 'approved')
        ) or c.tier_id is not distinct from v_request.to_tier_id into v_is_taken
        from public.customers as c
        where c.organization_id = _merge.organization_id and c.id = _merge.target_id;
        perform private.record_moved(
            _merge, 'request', array[v_request.id], array[v_request.customer_id],
            array[to_jsonb(v_request)]
        );
        if v_is_taken or v_request.status = 'approved' then
            perform private.withdraw_tier_change(v_request, private.merge_note());
        end if;
        update public.tier_change_requests as r
        set customer_id = _merge.target_id
        where r.organization_id = _merge.organization_id and r.id = v_request.id;
    end loop;
end;
$$;

create function private.merge_note()
returns text
language sql
immutable
set search_path = ''
return 'Withdrawn: the customer was merged into another one.';

create function private.move_merged_requests(_merge public.customer_merges)
returns integer
language plpgsql
set search_path = ''
as $$
declare
    v_ids uuid[];
    v_source_ids uuid[];
begin
    perform private.withdraw_merged_requests(_merge);
    select array_agg(r.id), array_agg(r.customer_id) into v_ids, v_source_ids
    from (
        select a.id, a.customer_id
        from public.tier_change_requests as a
        where a.organization_id = _merge.organization_id and a.customer_id = any(_merge.source_ids)
        limit 2000
        for update skip locked
    ) as r;
    perform private.record_moved(_merge, 'request', v_ids, v_source_ids, null);
    update public.tier_change_requests as r
    set customer_id = _merge.target_id
    where r.organization_id = _merge.organization_id and r.id = any(v_ids);
    return coalesce(cardinality(v_ids), 0);
end;
$$;

create function private.move_merged_rows(_merge public.customer_merges)
returns integer
language plpgsql
set search_path = ''
as $$
begin
    return private.move_merged_contacts(_merge) + private.move_merged_orders(_merge)
        + private.move_merged_invoices(_merge) + private.move_merged_requests(_merge);
end;
$$;

comment on function private.move_merged_rows is
'Moves a batch of each kind from the sources to the target; returns how many rows it found.';

-- What is left at the sources, whether or not somebody holds it.
create function private.unmoved_rows(_merge public.customer_merges)
returns bigint
language sql
stable
set search_path = ''
return (
    select count(*)
    from public.customer_contacts as k
    where k.organization_id = _merge.organization_id and k.customer_id = any(_merge.source_ids)
) + (
    select count(*)
    from public.orders as o
    where o.organization_id = _merge.organization_id and o.customer_id = any(_merge.source_ids)
) + (
    select count(*)
    from public.invoices as i
    where i.organization_id = _merge.organization_id and i.customer_id = any(_merge.source_ids)
        and i.order_id is null
) + (
    select count(*)
    from public.tier_change_requests as r
    where r.organization_id = _merge.organization_id and r.customer_id = any(_merge.source_ids)
);

-- A filter that names a source names the target from now on.
create function private.move_merged_presets(_merge public.customer_merges)
returns void
language plpgsql
set search_path = ''
as $$
declare
    v_pattern constant text := array_to_string(_merge.source_ids, '|');
begin
    with changed as (
        update public.customer_filter_presets as p
        set filters = regexp_replace(
            p.filters::text, v_pattern, _merge.target_id::text, 'gi'
        )::jsonb
        from public.customer_filter_presets as b
        where p.organization_id = _merge.organization_id and p.filters::text ~* v_pattern
            and b.organization_id = p.organization_id and b.id = p.id
        returning p.id, jsonb_build_object('from', b.filters, 'to', p.filters) as before
    )

    insert into private.customer_merge_rows (organization_id, merge_id, kind, row_id, before)
    select _merge.organization_id, _merge.id, 'preset', c.id, c.before
    from changed as c;
end;
$$;

revoke all on all functions in schema private from public;
