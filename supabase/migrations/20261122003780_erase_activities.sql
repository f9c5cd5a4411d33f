-- What stays of activities when a customer is erased: that something happened, when, by whom, and
-- the numbers and amounts of orders and invoices.
-- Needs: export_customer_data, timeline, merges. Provides: private.customer_erasures,
-- private.erase_activities, private.erase_traces.

create table private.customer_erasures (
    organization_id uuid not null,
    customer_id uuid not null,
    logins uuid[] not null,
    done_to timestamptz not null default 'infinity',
    finished_at timestamptz,

    constraint customer_erasures_pkey primary key (organization_id, customer_id),
    constraint customer_erasures_customer_fkey
    foreign key (organization_id, customer_id) references public.customers on delete cascade
);

comment on table private.customer_erasures is
'How far the erasure of a customer is; written and read by erase_customer.';
comment on column private.customer_erasures.logins is 'The logins that its contacts had.';
comment on column private.customer_erasures.done_to is
'Activities from here on are rewritten; those before are not yet.';

create function private.erase_batch()
returns integer
language sql
immutable
set search_path = ''
return 2000;

comment on function private.erase_batch is 'How many activities are rewritten at a time.';

-- The titles that hold nothing but statuses, numbers, and names of tiers and columns. log_activity
-- writes none of these types.
create function private.erased_title(_type text, _title text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
    return case
        when _type = any(array[
            'customer_updated', 'status_changed', 'settings_changed', 'tier_changed',
            'tier_change_requested', 'tier_change_approved', 'tier_change_rejected',
            'tier_change_cancelled', 'order_placed', 'order_status_changed', 'order_updated',
            'order_removed', 'invoice_issued', 'invoice_paid', 'invoice_updated',
            'invoice_removed', 'credit_hold_set', 'credit_hold_released', 'erased'
        ]) then _title
        else upper(left(_type, 1)) || replace(substr(_type, 2), '_', ' ')
    end;
end;
$$;

-- The names of columns that are harmless wherever a table about customers has them.
create function private.harmless_keys()
returns text[]
language sql
stable
set search_path = ''
begin atomic
    select array_agg(distinct h.name)
    from private.personal_data as p
    cross join unnest(p.harmless) as h (name)
    where p.found_by is not null and not exists (
        select 1
        from private.personal_data as o
        where o.found_by is not null and h.name = any(o.personal)
    );
end;

-- changes, and whole rows of what was removed, hold columns one level down. What somebody else than
-- the system wrote may be anything.
create function private.erased_metadata(_type text, _metadata jsonb, _harmless text[])
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
    if _type <> all(private.system_activity_types()) then
        return '{}'::jsonb;
    end if;
    return (
        select coalesce(jsonb_object_agg(e.key, case
            when e.key = any(_harmless) then e.value
            else (
                select coalesce(jsonb_object_agg(i.key, i.value), '{}')
                from jsonb_each(e.value) as i
                where i.key = any(_harmless)
            )
        end), '{}')
        from jsonb_each(_metadata) as e
        where e.key = any(_harmless) or jsonb_typeof(e.value) = 'object'
    );
end;
$$;

comment on function private.erased_metadata is
'The metadata of an activity without what is personal: keys that are harmless columns.';

create function private.rewrite_activities(
    _organization_id uuid, _customer_ids uuid[], _related_ids uuid[], _from timestamptz,
    _to timestamptz
)
returns void
language plpgsql
set search_path = ''
as $$
declare
    v_harmless constant text[] := private.harmless_keys();
begin
    perform set_config('private.rewriting_history', 'on', true);
    update public.customer_activities as a
    set title = private.erased_title(a.type, a.title),
        description = null,
        metadata = private.erased_metadata(a.type, a.metadata, v_harmless)
    where a.organization_id = _organization_id and a.customer_id = any(_customer_ids)
        and a.created_at >= _from and a.created_at < _to and a.type <> 'erased'
        and (_related_ids is null or a.related_id = any(_related_ids));
    update public.customer_activities_archive as a
    set title = private.erased_title(a.type, a.title),
        description = null,
        metadata = private.erased_metadata(a.type, a.metadata, v_harmless)
    where a.organization_id = _organization_id and a.customer_id = any(_customer_ids)
        and a.created_at >= _from and a.created_at < _to and a.type <> 'erased'
        and (_related_ids is null or a.related_id = any(_related_ids));
    perform set_config('private.rewriting_history', '', true);
end;
$$;

comment on function private.rewrite_activities is
'Takes what is personal out of the activities of customers, all or those that relate to something,
from one instant to before another, in the archive as well.';

-- One batch, from the newest on; false when there is nothing left to do.
create function private.erase_activities(_organization_id uuid, _customer_id uuid)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
    v_ids constant uuid[] := private.merged_ids(_organization_id, _customer_id);
    v_limit constant integer := private.erase_batch();
    v_to timestamptz;
    v_from timestamptz;
    v_count integer;
begin
    -- Two calls at once take turns.
    select e.done_to into v_to
    from private.customer_erasures as e
    where e.organization_id = _organization_id and e.customer_id = _customer_id
        and e.finished_at is null
    for update;
    if not found then
        return false;
    end if;
    select min(b.created_at), count(*) into v_from, v_count
    from (
        select a.created_at
        from unnest(v_ids) as m (customer_id)
        cross join lateral (
            select a.created_at
            from private.all_activities as a
            where a.organization_id = _organization_id and a.customer_id = m.customer_id
                and a.created_at < v_to
            order by a.created_at desc
            limit v_limit
        ) as a
        order by a.created_at desc
        limit v_limit
    ) as b;
    perform private.rewrite_activities(_organization_id, v_ids, null, v_from, v_to);
    update private.customer_erasures as e
    set done_to = coalesce(v_from, e.done_to),
        finished_at = case when v_count < v_limit then clock_timestamp() end
    where e.organization_id = _organization_id and e.customer_id = _customer_id;
    return v_count = v_limit;
end;
$$;

-- The contacts that customers had or have, without those that belong elsewhere now.
create function private.contacts_to_erase(_organization_id uuid, _customer_ids uuid[])
returns uuid[]
language plpgsql
stable
set search_path = ''
as $$
begin
    return array(
        select a.related_id
        from private.all_activities as a
        where a.organization_id = _organization_id and a.customer_id = any(_customer_ids)
            and a.related_type = 'contact'
        except
        select k.id
        from public.customer_contacts as k
        where k.organization_id = _organization_id and k.customer_id <> all(_customer_ids)
    );
end;
$$;

-- Where contacts came from stands in the changes of their moves. What a merge had in common is in
-- the activities of all who took part, also when it was undone.
create function private.erase_traces(_organization_id uuid, _customer_ids uuid[])
returns void
language plpgsql
set search_path = ''
as $$
declare
    v_contact_ids constant uuid[] := private.contacts_to_erase(_organization_id, _customer_ids);
    v_merge_ids constant uuid[] := array(
        select m.id
        from public.customer_merges as m
        where m.organization_id = _organization_id
            and (m.target_id = any(_customer_ids) or m.source_ids && _customer_ids)
    );
    v_customer_ids constant uuid[] := array(
        with recursive holders as (
            select h.id
            from unnest(_customer_ids) as h (id)
            union
            select (a.metadata #>> '{changes,customer_id,from}')::uuid
            from holders as h
            inner join private.all_activities as a
                on a.organization_id = _organization_id and h.id = a.customer_id
            where a.type in ('contact_updated', 'contact_role_changed')
                and a.related_id = any(v_contact_ids)
                and a.metadata #> '{changes,customer_id}' is not null
        )

        select h.id from holders as h
        union
        select t.id
        from public.customer_merges as m
        cross join unnest(m.source_ids || m.target_id) as t (id)
        where m.organization_id = _organization_id and m.id = any(v_merge_ids)
        except
        select i.id from unnest(_customer_ids) as i (id)
    );
begin
    if v_customer_ids <> '{}' then
        perform private.rewrite_activities(
            _organization_id, v_customer_ids, v_contact_ids || v_merge_ids, '-infinity', 'infinity'
        );
    end if;
end;
$$;

comment on function private.erase_traces is
'Takes what is personal about contacts and merges of customers out of the activities of others.';

revoke all on all functions in schema private from public;
revoke all on private.customer_erasures from public, anon, authenticated, service_role;
