-- Merging customers into one.
-- Needs: merge_checks, merge_rows, merge_fields. Provides: merge_customers.
--
-- A merge moves rows in batches while its sources are still customers like others, then closes the
-- sources, takes what has arrived meanwhile, and makes redirects of them, all in one transaction.
-- Where that does not fit in one call, or somebody holds a row, status is merging: the same call
-- goes on.

-- Whoever is adding something to a source right now is waited for, but not for long: they may be
-- waiting for this merge.
create function private.close_sources(_merge public.customer_merges)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
    v_timeout constant text := current_setting('lock_timeout');
begin
    perform set_config('lock_timeout', '500ms', true);
    perform 1
    from public.customers as c
    where c.organization_id = _merge.organization_id and c.id = any(_merge.source_ids)
    order by c.id
    for update;
    perform set_config('lock_timeout', v_timeout, true);
    return true;
exception when lock_not_available then
    return false;
end;
$$;

create function private.keep_primary_contact(_merge public.customer_merges)
returns void
language sql
set search_path = ''
begin atomic
    update public.customer_contacts as k
    set is_primary = true
    where k.organization_id = _merge.organization_id and k.customer_id = _merge.target_id
        and not exists (
            select 1
            from public.customer_contacts as p
            where p.organization_id = _merge.organization_id
                and p.customer_id = _merge.target_id and p.is_primary
        )
        and k.id = (
            select r.row_id
            from private.customer_merge_rows as r
            where r.organization_id = _merge.organization_id and r.merge_id = _merge.id
                and r.kind = 'contact' and r.before ->> 'role' = 'primary'
            order by array_position(_merge.source_ids, r.source_id)
            limit 1
        );
end;

create function private.make_redirects(_merge public.customer_merges)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
    v_sources constant public.customers[] := private.merge_sources(
        _merge.organization_id, _merge.source_ids
    );
    v_source public.customers;
    v_target public.customers;
    v_merged public.customers;
begin
    select c.* into v_target
    from public.customers as c
    where c.organization_id = _merge.organization_id and c.id = _merge.target_id;
    v_merged := private.merged_customer(v_target, v_sources);
    foreach v_source in array v_sources loop
        v_source.status := 'inactive';
        v_source.merged_into := _merge.target_id;
        v_source.parent_id := null;
        v_source.portal_subdomain := nullif(v_source.portal_subdomain, v_merged.portal_subdomain);
        v_source.credit_hold_reason := null;
        v_source.credit_hold_until := null;
        v_source.credit_hold_by := null;
        perform private.write_merged_customer(v_source);
    end loop;
    perform private.write_merged_customer(v_merged);
    insert into private.customer_merge_customers
    (organization_id, merge_id, customer_id, before, after)
    select c.organization_id, _merge.id, c.id as customer_id, to_jsonb(b), to_jsonb(c)
    from unnest(array[v_target] || v_sources) as b
    inner join public.customers as c on c.organization_id = b.organization_id and c.id = b.id;
    return private.changes(to_jsonb(v_target), to_jsonb(v_merged), '{}');
end;
$$;

create function private.move_merged_children(_merge public.customer_merges)
returns void
language sql
set search_path = ''
begin atomic
    insert into private.customer_merge_rows
    (organization_id, merge_id, kind, row_id, source_id)
    select _merge.organization_id, _merge.id, 'child', c.id as row_id, c.parent_id
    from public.customers as c
    where c.organization_id = _merge.organization_id and c.parent_id = any(_merge.source_ids);

    update public.customers as c
    set parent_id = _merge.target_id
    where c.organization_id = _merge.organization_id and c.parent_id = any(_merge.source_ids);
end;

create function private.moved_counts(_merge public.customer_merges)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
    select jsonb_object_agg(k.plural, (
        select count(*)
        from private.customer_merge_rows as r
        where r.organization_id = _merge.organization_id and r.merge_id = _merge.id
            and r.kind = k.kind
    ))
    from (values
        ('contact', 'contacts'), ('order', 'orders'), ('invoice', 'invoices'),
        ('request', 'requests'), ('preset', 'presets'), ('child', 'children')
    ) as k (kind, plural);
end;

-- One activity on the target and one on each source; what moved is told by numbers.
create function private.record_merge(
    _merge public.customer_merges, _type text, _moved jsonb, _changes jsonb
)
returns void
language sql
set search_path = ''
begin atomic
    insert into public.customer_activities (
        organization_id, customer_id, type, title, metadata, related_type, related_id, created_by
    )
    select c.organization_id, c.id as customer_id, _type,
        left(case
            when c.id <> _merge.target_id and _type = 'merged' then 'Merged into ' || t.company_name
            when c.id <> _merge.target_id then 'No longer merged into ' || t.company_name
            when _type = 'merged' then 'Merged with ' || s.names
            else 'No longer merged with ' || s.names
        end, 1000),
        jsonb_build_object(
            'target_id', _merge.target_id, 'source_ids', _merge.source_ids, 'moved', _moved
        ) || case
            when c.id = _merge.target_id then jsonb_build_object('changes', _changes)
            else '{}'
        end,
        'merge', _merge.id as merge_id, auth.uid()
    from public.customers as c
    inner join public.customers as t
        on c.organization_id = t.organization_id and t.id = _merge.target_id
    cross join (
        select string_agg(n.company_name, ', ' order by n.company_name) as names
        from public.customers as n
        where n.organization_id = _merge.organization_id and n.id = any(_merge.source_ids)
    ) as s
    where c.organization_id = _merge.organization_id
        and c.id = any(_merge.target_id || _merge.source_ids);
end;

create function private.finish_merge(_merge public.customer_merges)
returns void
language plpgsql
set search_path = ''
as $$
declare
    v_moved jsonb;
    v_changes jsonb;
begin
    perform private.set_merging(true);
    perform private.keep_primary_contact(_merge);
    perform private.move_merged_presets(_merge);
    v_changes := private.make_redirects(_merge);
    perform private.set_merging(false);
    -- A change of each of them, recorded as such.
    perform private.move_merged_children(_merge);
    v_moved := private.moved_counts(_merge);
    perform private.record_merge(_merge, 'merged', v_moved, v_changes);
    update public.customer_merges as m
    set status = 'merged', merged_at = now(), moved = v_moved
    where m.organization_id = _merge.organization_id and m.id = _merge.id;
end;
$$;

-- Batch after batch, quietly; what the triggers would count after each is counted once.
create function private.move_all_merged_rows(
    _merge public.customer_merges, _started_at timestamptz
)
returns void
language plpgsql
set search_path = ''
as $$
declare
    v_count integer := 1;
begin
    perform private.set_merging(true);
    while v_count > 0 and private.has_time(_started_at) loop
        v_count := private.move_merged_rows(_merge);
    end loop;
    perform private.set_merging(false);
end;
$$;

create function private.refresh_merged_stats(_merge public.customer_merges)
returns void
language sql
set search_path = ''
return private.refresh_stats(
    array_fill(_merge.organization_id, array[cardinality(_merge.source_ids) + 1]),
    _merge.target_id || _merge.source_ids
);

-- DEFINER because it writes what API roles may not.
create function private.merge_customers(_target_id uuid, _source_ids uuid[])
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_started_at constant timestamptz := clock_timestamp();
    v_merge public.customer_merges := private.start_merge(_target_id, _source_ids);
begin
    perform private.move_all_merged_rows(v_merge, v_started_at);
    if private.unmoved_rows(v_merge) < 2000 and private.close_sources(v_merge) then
        perform private.move_all_merged_rows(v_merge, clock_timestamp());
        if private.unmoved_rows(v_merge) = 0 then
            perform private.finish_merge(v_merge);
        end if;
    end if;
    perform private.refresh_merged_stats(v_merge);
    select m.* into v_merge
    from public.customer_merges as m
    where m.organization_id = v_merge.organization_id and m.id = v_merge.id;
    return jsonb_build_object(
        'merge_id', v_merge.id,
        'status', v_merge.status,
        'target_id', v_merge.target_id,
        'moved', private.moved_counts(v_merge),
        'remaining', private.unmoved_rows(v_merge)
    );
end;
$$;

create function public.merge_customers(target_id uuid, source_ids uuid[])
returns jsonb
language sql
set search_path = ''
return private.merge_customers(merge_customers.target_id, merge_customers.source_ids);

comment on function public.merge_customers is
'Moves everything of the sources to the target and makes redirects of them; docs/merging.md says
what moves and what stays. Does what fits in a few seconds: call it with the same arguments until
status is merged. Returns {"merge_id", "status": merging or merged, "target_id", "moved":
{"contacts", "orders", "invoices", "requests", "presets", "children"}, "remaining"}. For managers.
Raises PT404 customer_not_found, PT409 customer_merged, customer_erased, currency_differs,
target_inactive, merge_unfinished, PT422 source_ids_invalid, 42501 role_required.';

revoke all on all functions in schema private from public;
revoke all on function public.merge_customers from public, anon, authenticated, service_role;
grant execute on function private.merge_customers to authenticated, service_role;
grant execute on function public.merge_customers to authenticated, service_role;
