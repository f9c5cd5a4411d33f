-- What the target of a merge becomes: values that it lacks, its place in a group, its hold.
-- Needs: merges. Provides: private.merged_customer, private.merged_parent.

create function private.merged_settings(_target jsonb, _source jsonb)
returns jsonb
language sql
immutable
set search_path = ''
return _source || _target || case
    when _source ? 'custom' and _target ? 'custom' then jsonb_build_object(
        'custom', (_source -> 'custom') || (_target -> 'custom')
    )
    else '{}'
end;

-- A hold is never lost: reasons add up, and the one that lasts longer tells the end.
create function private.with_hold_of(_target public.customers, _source public.customers)
returns public.customers
language plpgsql
stable
set search_path = ''
as $$
declare
    v public.customers := _target;
begin
    if _source.credit_hold_reason is null or _source.credit_hold_until <= now() then
        return v;
    elsif v.credit_hold_reason is null or v.credit_hold_until <= now() then
        v.credit_hold_reason := _source.credit_hold_reason;
        v.credit_hold_until := _source.credit_hold_until;
        v.credit_hold_by := _source.credit_hold_by;
        return v;
    end if;
    if position(_source.credit_hold_reason in v.credit_hold_reason) = 0 then
        v.credit_hold_reason := v.credit_hold_reason || E'\n' || _source.credit_hold_reason;
    end if;
    v.credit_hold_until := case
        when v.credit_hold_until is not null and _source.credit_hold_until is not null
            then greatest(v.credit_hold_until, _source.credit_hold_until)
    end;
    return v;
end;
$$;

-- No address means the billing address, so a shipping address is filled only together with that.
create function private.with_values_of(_target public.customers, _source public.customers)
returns public.customers
language plpgsql
stable
set search_path = ''
as $$
declare
    v public.customers := private.with_hold_of(_target, _source);
begin
    v.display_name := coalesce(v.display_name, _source.display_name);
    v.tax_id := coalesce(v.tax_id, _source.tax_id);
    v.website := coalesce(v.website, _source.website);
    if v.billing_address = '{}' then
        v.billing_address := _source.billing_address;
        if v.shipping_address = '{}' then
            v.shipping_address := _source.shipping_address;
        end if;
    end if;
    v.settings := private.merged_settings(v.settings, _source.settings);
    v.tags := v.tags || array(
        select t.tag
        from unnest(_source.tags) with ordinality as t (tag, position)
        where t.tag <> all(v.tags)
        order by t.position
    );
    v.portal_enabled := v.portal_enabled or _source.portal_enabled;
    v.portal_subdomain := coalesce(v.portal_subdomain, _source.portal_subdomain);
    v.notes := concat_ws(E'\n\n', v.notes, nullif(_source.notes, v.notes));
    v.internal_notes := concat_ws(
        E'\n\n', v.internal_notes, nullif(_source.internal_notes, v.internal_notes)
    );
    v.notes := nullif(v.notes, '');
    v.internal_notes := nullif(v.internal_notes, '');
    return v;
end;
$$;

-- Below a source, the target takes that source's place; without a parent, it takes the first that a
-- source has and that belongs neither to the target nor to what becomes the target.
create function private.merged_parent(_target public.customers, _sources public.customers[])
returns uuid
language plpgsql
stable
set search_path = ''
as $$
declare
    v_source_ids constant uuid[] := array(select s.id from unnest(_sources) as s);
    v_ancestors uuid[];
    v_above uuid;
begin
    v_ancestors := private.ancestor_ids(_target.organization_id, _target.id);
    if v_ancestors && v_source_ids then
        -- Above the source that is farthest up stands none.
        select a.id into v_above
        from unnest(v_ancestors) with ordinality as a (id, depth)
        where a.depth > (
            select max(b.depth)
            from unnest(v_ancestors) with ordinality as b (id, depth)
            where b.id = any(v_source_ids)
        )
        order by a.depth
        limit 1;
        return v_above;
    end if;
    return coalesce(_target.parent_id, (
        select s.parent_id
        from unnest(_sources) with ordinality as s
        where s.parent_id <> all(v_source_ids) and s.parent_id <> _target.id
            and not private.ancestor_ids(_target.organization_id, s.parent_id)
            && (_target.id || v_source_ids)
        order by s.ordinality
        limit 1
    ));
end;
$$;

create function private.ancestor_ids(_organization_id uuid, _customer_id uuid)
returns uuid[]
language plpgsql
stable
set search_path = ''
as $$
begin
    return array(
        with recursive ancestors as (
            select c.parent_id as id, 1 as depth
            from public.customers as c
            where c.organization_id = _organization_id and c.id = _customer_id
            union all
            select c.parent_id, a.depth + 1
            from ancestors as a
            inner join public.customers as c
                on c.organization_id = _organization_id and c.id = a.id
        )
        select a.id from ancestors as a where a.id is not null order by a.depth
    );
end;
$$;

comment on function private.ancestor_ids is 'The groups above a customer, the nearest first.';

create function private.merged_customer(_target public.customers, _sources public.customers[])
returns public.customers
language plpgsql
stable
set search_path = ''
as $$
declare
    v public.customers := _target;
    v_source public.customers;
begin
    foreach v_source in array _sources loop
        v := private.with_values_of(v, v_source);
    end loop;
    v.parent_id := private.merged_parent(_target, _sources);
    return v;
end;
$$;

comment on function private.merged_customer is
'The target as a merge leaves it. Its name, number, external id, status, tier, credit limit and
payment terms stay; what it lacks is filled by the sources in their order.';

-- The columns of a customer that a merge, or its undoing, writes.
create function private.write_merged_customer(_customer public.customers)
returns void
language sql
set search_path = ''
begin atomic
    update public.customers as c
    set parent_id = _customer.parent_id,
        display_name = _customer.display_name,
        tax_id = _customer.tax_id,
        website = _customer.website,
        status = _customer.status,
        deactivated_at = _customer.deactivated_at,
        billing_address = _customer.billing_address,
        shipping_address = _customer.shipping_address,
        settings = _customer.settings,
        tags = _customer.tags,
        portal_enabled = _customer.portal_enabled,
        portal_subdomain = _customer.portal_subdomain,
        notes = _customer.notes,
        internal_notes = _customer.internal_notes,
        credit_hold_reason = _customer.credit_hold_reason,
        credit_hold_until = _customer.credit_hold_until,
        credit_hold_by = _customer.credit_hold_by,
        merged_into = _customer.merged_into
    where c.organization_id = _customer.organization_id and c.id = _customer.id;
end;

revoke all on all functions in schema private from public;
