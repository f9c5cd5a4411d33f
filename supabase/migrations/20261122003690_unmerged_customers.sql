-- Taking a merge back, as far as it is about the customers themselves: values return where nobody
-- has changed them since.
-- Needs: merge_customers. Provides: private.lock_merge, private.refuse_undo, private.open_sources.

create function private.find_merge(_merge_id uuid)
returns public.customer_merges
language plpgsql
stable
set search_path = ''
as $$
declare
    v_merge public.customer_merges;
begin
    select m.* into v_merge
    from public.customer_merges as m
    where m.id = _merge_id and (
        private.is_system()
        or m.organization_id = any(array(select private.member_organization_ids()))
    );
    if not found then
        perform private.fail(
            'PT404', 'merge_not_found', 'merge not found',
            'customer_merges lists the merges that you may see.'
        );
    end if;
    perform private.require_role(v_merge.organization_id, 'manager');
    return v_merge;
end;
$$;

create function private.lock_merge(_merge_id uuid)
returns public.customer_merges
language plpgsql
set search_path = ''
as $$
declare
    v_merge public.customer_merges := private.find_merge(_merge_id);
begin
    perform private.lock_for_tier_changes(
        v_merge.organization_id, v_merge.target_id || v_merge.source_ids || array(
            select r.row_id
            from private.customer_merge_rows as r
            where r.organization_id = v_merge.organization_id and r.merge_id = _merge_id
                and r.kind = 'child'
        )
    );
    select m.* into v_merge
    from public.customer_merges as m
    where m.organization_id = v_merge.organization_id and m.id = _merge_id;
    return v_merge;
end;
$$;

create function private.refuse_undo(_merge public.customer_merges)
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
    v_ids constant uuid[] := _merge.target_id || _merge.source_ids;
begin
    if _merge.status = 'undone' then
        perform private.fail(
            'PT409', 'merge_undone', 'this merge was undone already',
            'The customers are what they were; merge them again if they are one.'
        );
    elsif exists (
        select 1
        from public.customer_merges as m
        where m.organization_id = _merge.organization_id and m.created_at > _merge.created_at
            and m.status <> 'undone' and (m.target_id = any(v_ids) or m.source_ids && v_ids)
    ) then
        perform private.fail(
            'PT409', 'merge_followed', 'these customers took part in another merge since',
            'Undo that one first.'
        );
    end if;
    perform private.refuse_erased_merge(_merge.organization_id, v_ids);
end;
$$;

comment on function private.refuse_undo is
'Raises PT409 merge_undone, merge_followed, customer_erased.';

-- What the merge left and nobody has changed since is what it was before.
create function private.unmerged_customer(
    _customer public.customers, _before jsonb, _after jsonb
)
returns public.customers
language sql
stable
set search_path = ''
begin atomic
    select r.*
    from (
        select coalesce(jsonb_object_agg(b.key, b.value), '{}') as restored
        from jsonb_each(_before) as b
        where b.value is distinct from _after -> b.key
            and to_jsonb(_customer) -> b.key = _after -> b.key
            and b.key not in ('version', 'updated_at', 'updated_by')
    ) as d
    cross join lateral jsonb_populate_record(_customer, d.restored) as r;
end;

-- A subdomain that somebody else has taken meanwhile is gone.
create function private.restore_merged_customer(
    _merge public.customer_merges, _customer_id uuid, _is_last boolean
)
returns void
language plpgsql
set search_path = ''
as $$
declare
    v_customer public.customers;
begin
    select u.* into v_customer
    from private.customer_merge_customers as m
    inner join public.customers as c
        on c.organization_id = m.organization_id and c.id = m.customer_id
    cross join lateral private.unmerged_customer(c, m.before, m.after) as u
    where m.organization_id = _merge.organization_id and m.merge_id = _merge.id
        and m.customer_id = _customer_id;
    if exists (
        select 1
        from private.portal_subdomains as p
        where p.subdomain = v_customer.portal_subdomain and p.customer_id <> _customer_id
    ) then
        v_customer.portal_subdomain := null;
    end if;
    if not _is_last then
        select c.parent_id into v_customer.parent_id
        from public.customers as c
        where c.organization_id = _merge.organization_id and c.id = _customer_id;
    end if;
    perform private.write_merged_customer(v_customer);
end;
$$;

create function private.return_merged_children(_merge public.customer_merges)
returns void
language sql
set search_path = ''
begin atomic
    with gone as (
        delete from private.customer_merge_rows as r
        where r.organization_id = _merge.organization_id and r.merge_id = _merge.id
            and r.kind = 'child'
        returning r.*
    )

    update public.customers as c
    set parent_id = g.source_id
    from gone as g
    where c.organization_id = g.organization_id and c.id = g.row_id
        and c.parent_id = _merge.target_id;
end;

create function private.return_merged_presets(_merge public.customer_merges)
returns void
language sql
set search_path = ''
begin atomic
    with gone as (
        delete from private.customer_merge_rows as r
        where r.organization_id = _merge.organization_id and r.merge_id = _merge.id
            and r.kind = 'preset'
        returning r.*
    )

    update public.customer_filter_presets as p
    set filters = g.before -> 'from'
    from gone as g
    where p.organization_id = g.organization_id and p.id = g.row_id
        and p.filters = g.before -> 'to';
end;

-- Redirects open again, the target gives back what it got from them, and groups are what they were.
-- Places in groups come last, when everybody is there: a source may stand below another one, and
-- the target below a source.
create function private.open_sources(_merge public.customer_merges)
returns void
language plpgsql
set search_path = ''
as $$
declare
    v_ids constant uuid[] := _merge.target_id || _merge.source_ids;
    v_id uuid;
begin
    perform private.set_merging(true);
    foreach v_id in array v_ids loop
        perform private.restore_merged_customer(_merge, v_id, false);
    end loop;
    perform private.return_merged_presets(_merge);
    perform private.set_merging(false);
    perform private.return_merged_children(_merge);
    perform private.set_merging(true);
    foreach v_id in array v_ids loop
        perform private.restore_merged_customer(_merge, v_id, true);
    end loop;
    perform private.set_merging(false);
end;
$$;

revoke all on all functions in schema private from public;
