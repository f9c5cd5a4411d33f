-- What may be merged, and the beginning of a merge.
-- Needs: merges, tier_requests. Provides: private.check_merge_ids, private.refuse_merge,
-- private.start_merge.

-- The target is asked for first: who may not see it learns nothing about the sources.
create function private.check_merge_ids(_target_id uuid, _source_ids uuid[])
returns public.customers
language plpgsql
stable
set search_path = ''
as $$
declare
    v_target constant public.customers := private.find_customer(_target_id, 'manager');
begin
    if coalesce(cardinality(_source_ids), 0) not between 1 and 100
        or array_position(_source_ids, null) is not null or _target_id = any(_source_ids)
        or (select count(distinct s.id) from unnest(_source_ids) as s (id))
        <> cardinality(_source_ids)
    then
        perform private.fail(
            'PT422', 'source_ids_invalid',
            'source_ids must be 1 to 100 different customers, none of them the target',
            'find_duplicate_customers lists customers that may be one company.'
        );
    elsif (
        select count(*)
        from public.customers as c
        where c.organization_id = v_target.organization_id and c.id = any(_source_ids)
    ) <> cardinality(_source_ids) then
        perform private.fail(
            'PT404', 'customer_not_found', 'customer not found',
            'Check the id: search_customers lists the customers that you may see.'
        );
    end if;
    return v_target;
end;
$$;

-- In the order given.
create function private.merge_sources(_organization_id uuid, _source_ids uuid[])
returns public.customers[]
language sql
stable
set search_path = ''
return array(
    select c
    from public.customers as c
    where c.organization_id = _organization_id and c.id = any(_source_ids)
    order by array_position(_source_ids, c.id)
);

create function private.unfinished_merge(_organization_id uuid, _ids uuid[])
returns public.customer_merges
language sql
stable
set search_path = ''
begin atomic
    select m.*
    from public.customer_merges as m
    where m.organization_id = _organization_id and m.status in ('merging', 'undoing')
        and (m.target_id = any(_ids) or m.source_ids && _ids)
    order by m.created_at
    limit 1;
end;

create function private.refuse_erased_merge(_organization_id uuid, _ids uuid[])
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
    if exists (
        select 1
        from public.customers as c
        where c.organization_id = _organization_id and c.id = any(_ids) and c.erased_at is not null
    ) then
        perform private.fail(
            'PT409', 'customer_erased', 'the personal data of one of these customers was erased',
            'It stays as it is; what happens from now on belongs to another customer.'
        );
    end if;
end;
$$;

-- What keeps customers from being merged as things are.
create function private.refuse_merge(_target public.customers, _sources public.customers[])
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
    v_customer public.customers;
begin
    perform private.refuse_erased_merge(_target.organization_id, array[_target.id] || array(
        select s.id from unnest(_sources) as s
    ));
    foreach v_customer in array array[_target] || _sources loop
        if v_customer.merged_into is not null then
            perform private.fail_merged();
        elsif v_customer.currency <> _target.currency then
            perform private.fail(
                'PT409', 'currency_differs', format(
                    '%s is kept in %s, and the target in %s',
                    v_customer.company_name, v_customer.currency, _target.currency
                ), 'A currency can be changed as long as there are no orders or invoices.'
            );
        end if;
    end loop;
    if _target.status = 'inactive' then
        perform private.fail(
            'PT409', 'target_inactive', 'the target is inactive: business would end',
            'Reactivate it, or merge the other way round.'
        );
    end if;
end;
$$;

comment on function private.refuse_merge is
'Raises PT409 customer_merged, customer_erased, currency_differs, target_inactive.';

create function private.refuse_unfinished_merge(_organization_id uuid, _ids uuid[])
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
    v_merge constant public.customer_merges := private.unfinished_merge(_organization_id, _ids);
begin
    if v_merge.id is not null then
        perform private.fail(
            'PT409', 'merge_unfinished', format(
                'a merge of these customers is under way: it is %s', v_merge.status
            ), 'Call it again until its status is final; customer_merges lists what is under way.'
        );
    end if;
end;
$$;

-- Customers, and whoever belongs to their groups, are locked in the order of their ids before
-- anything is looked at. Tier changes that are due are carried out by that.
create function private.start_merge(_target_id uuid, _source_ids uuid[])
returns public.customer_merges
language plpgsql
set search_path = ''
as $$
declare
    v_target public.customers := private.check_merge_ids(_target_id, _source_ids);
    v_organization_id constant uuid := v_target.organization_id;
    v_merge public.customer_merges;
begin
    perform private.lock_for_tier_changes(v_organization_id, _target_id || _source_ids || array(
        select c.id
        from public.customers as c
        where c.organization_id = v_organization_id and c.parent_id = any(_source_ids)
    ));
    select c.* into v_target
    from public.customers as c
    where c.organization_id = v_organization_id and c.id = _target_id;
    v_merge := private.unfinished_merge(v_organization_id, _target_id || _source_ids);
    if v_merge.status = 'merging' and v_merge.target_id = _target_id
        and v_merge.source_ids @> _source_ids and v_merge.source_ids <@ _source_ids
    then
        return v_merge;
    end if;
    perform private.refuse_unfinished_merge(v_organization_id, _target_id || _source_ids);
    perform private.refuse_merge(
        v_target, private.merge_sources(v_organization_id, _source_ids)
    );
    insert into public.customer_merges (organization_id, target_id, source_ids, merged_by)
    values (v_organization_id, _target_id, _source_ids, auth.uid())
    returning * into v_merge;
    return v_merge;
end;
$$;

revoke all on all functions in schema private from public;
