-- Taking a merge back: rows return to where they came from, with what was changed of them since.
-- Needs: unmerged_customers. Provides: undo_merge.
--
-- What somebody has moved on to a third customer, or removed, stays so; what was added to the
-- target since stays there.

create function private.take_moved(
    _merge public.customer_merges, _kind text,
    out ids uuid[], out source_ids uuid[], out before jsonb[]
)
language sql
set search_path = ''
begin atomic
    with gone as (
        delete from private.customer_merge_rows as r
        where r.organization_id = _merge.organization_id and r.merge_id = _merge.id
            and r.kind = _kind and r.row_id in (
                select b.row_id
                from private.customer_merge_rows as b
                where b.organization_id = _merge.organization_id and b.merge_id = _merge.id
                    and b.kind = _kind
                order by b.row_id
                limit 2000
            )
        returning r.*
    )

    select array_agg(g.row_id), array_agg(g.source_id), array_agg(g.before)
    from gone as g;
end;

-- A role that nobody has changed since is what it was; being primary is given back last, since who
-- moves arrives as a plain contact.
create function private.return_merged_contacts(_merge public.customer_merges)
returns integer
language plpgsql
set search_path = ''
as $$
declare
    v_taken constant record := private.take_moved(_merge, 'contact');
    v_primary_ids uuid[];
begin
    v_primary_ids := array(
        select k.id
        from unnest(v_taken.ids, v_taken.before) as r (id, before)
        inner join public.customer_contacts as k
            on k.organization_id = _merge.organization_id and k.id = r.id
        where k.customer_id = _merge.target_id and r.before ->> 'role' = 'primary'
            and k.role in ('primary', 'contact')
    );
    update public.customer_contacts as k
    set customer_id = r.source_id,
        is_primary = false,
        role = case k.role when 'primary' then 'contact' else k.role end
    from unnest(v_taken.ids, v_taken.source_ids) as r (id, source_id)
    where k.organization_id = _merge.organization_id and k.id = r.id
        and k.customer_id = _merge.target_id;
    update public.customer_contacts as k
    set is_primary = true
    where k.organization_id = _merge.organization_id and k.id = any(v_primary_ids)
        and not exists (
            select 1
            from public.customer_contacts as p
            where p.organization_id = k.organization_id and p.customer_id = k.customer_id
                and p.is_primary
        );
    return coalesce(cardinality(v_taken.ids), 0);
end;
$$;

create function private.return_merged_orders(_merge public.customer_merges)
returns integer
language plpgsql
set search_path = ''
as $$
declare
    v_taken constant record := private.take_moved(_merge, 'order');
begin
    update public.orders as o
    set customer_id = r.source_id
    from unnest(v_taken.ids, v_taken.source_ids) as r (id, source_id)
    where o.organization_id = _merge.organization_id and o.id = r.id
        and o.customer_id = _merge.target_id;
    return coalesce(cardinality(v_taken.ids), 0);
end;
$$;

-- Those of an order go where it goes, by their reference.
create function private.return_merged_invoices(_merge public.customer_merges)
returns integer
language plpgsql
set search_path = ''
as $$
declare
    v_taken constant record := private.take_moved(_merge, 'invoice');
begin
    update public.invoices as i
    set customer_id = r.source_id
    from unnest(v_taken.ids, v_taken.source_ids) as r (id, source_id)
    where i.organization_id = _merge.organization_id and i.id = r.id
        and i.customer_id = _merge.target_id and i.order_id is null;
    return coalesce(cardinality(v_taken.ids), 0);
end;
$$;

-- What the merge withdrew is open again. What was decided since is the target's.
create function private.return_merged_requests(_merge public.customer_merges)
returns integer
language plpgsql
set search_path = ''
as $$
declare
    v_taken constant record := private.take_moved(_merge, 'request');
begin
    update public.tier_change_requests as r
    set customer_id = t.source_id
    from unnest(v_taken.ids, v_taken.source_ids, v_taken.before) as t (id, source_id, before)
    where r.organization_id = _merge.organization_id and r.id = t.id
        and r.customer_id = _merge.target_id
        and (t.before is null or r.status in ('pending', 'cancelled', 'rejected'));
    update public.tier_change_requests as r
    set status = b.status, decided_by = b.decided_by, decided_at = b.decided_at,
        decision_note = b.decision_note,
        effective_at = case
            when b.status = 'approved' then greatest(b.effective_at, clock_timestamp())
            else b.effective_at
        end
    from unnest(v_taken.ids, v_taken.before) as t (id, before)
    cross join lateral jsonb_populate_record(null::public.tier_change_requests, t.before) as b
    where r.organization_id = _merge.organization_id and r.id = t.id
        and r.status = 'cancelled' and r.decision_note = private.merge_note();
    perform private.begin_requested_periods(_merge.organization_id, array_agg(t.id))
    from unnest(v_taken.ids, v_taken.before) as t (id, before)
    where t.before ->> 'status' = 'approved'
    having count(*) > 0;
    return coalesce(cardinality(v_taken.ids), 0);
end;
$$;

create function private.return_merged_rows(
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
        v_count := private.return_merged_contacts(_merge) + private.return_merged_orders(_merge)
            + private.return_merged_invoices(_merge) + private.return_merged_requests(_merge);
    end loop;
    perform private.set_merging(false);
end;
$$;

-- DEFINER because it writes what API roles may not.
create function private.undo_merge(_merge_id uuid)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_started_at constant timestamptz := clock_timestamp();
    v_merge public.customer_merges := private.lock_merge(_merge_id);
    v_remaining bigint;
begin
    perform private.refuse_undo(v_merge);
    if v_merge.status = 'merged' then
        perform private.open_sources(v_merge);
    end if;
    perform private.return_merged_rows(v_merge, v_started_at);
    perform private.refresh_merged_stats(v_merge);
    select count(*) into v_remaining
    from private.customer_merge_rows as r
    where r.organization_id = v_merge.organization_id and r.merge_id = _merge_id;
    update public.customer_merges as m
    set status = case v_remaining when 0 then 'undone' else 'undoing' end,
        undone_by = coalesce(auth.uid(), m.undone_by),
        undone_at = case v_remaining when 0 then now() end
    where m.organization_id = v_merge.organization_id and m.id = _merge_id
    returning m.* into v_merge;
    if v_merge.status = 'undone' then
        perform private.record_merge(v_merge, 'merge_undone', v_merge.moved, null);
    end if;
    return jsonb_build_object(
        'merge_id', _merge_id, 'status', v_merge.status, 'target_id', v_merge.target_id,
        'remaining', v_remaining
    );
end;
$$;

create function public.undo_merge(merge_id uuid)
returns jsonb
language sql
set search_path = ''
return private.undo_merge(undo_merge.merge_id);

comment on function public.undo_merge is
'Takes a merge back: moved rows return with their later edits, the target''s values where nobody has
changed them since, and the sources are customers again; what was added to the target since stays
there. Does what fits in a few seconds: call it until status is undone. A merge that is under way
can be undone too. Returns {"merge_id", "status": undoing or undone, "target_id", "remaining"}. For
managers. Raises PT404 merge_not_found, PT409 merge_undone, merge_followed, customer_erased, 42501
role_required.';

revoke all on all functions in schema private from public;
revoke all on function public.undo_merge from public, anon, authenticated, service_role;
grant execute on function private.undo_merge to authenticated, service_role;
grant execute on function public.undo_merge to authenticated, service_role;
