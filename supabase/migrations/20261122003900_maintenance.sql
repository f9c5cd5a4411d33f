-- Maintenance: what the clock asks for, in one call.
-- Needs: archive, tier requests, credit, tallies, imports, member_invitations, portal_invitations.
-- Provides: run_maintenance, private.schedule_maintenance.

create table private.maintenance_steps (
    step text not null,
    status text not null,
    sqlstate text,
    ran_at timestamptz not null,
    done_at timestamptz,

    constraint maintenance_steps_pkey primary key (step),
    constraint maintenance_steps_status_check
    check (status in ('done', 'more', 'postponed', 'failed'))
);

comment on table private.maintenance_steps is
'How each step of run_maintenance ended last: a scheduler throws its result away. For doctor.';
comment on column private.maintenance_steps.status is
'done; more: the time was up, call again; postponed: somebody was in the way; failed.';
comment on column private.maintenance_steps.sqlstate is 'Of a failure; its message is in the log.';
comment on column private.maintenance_steps.done_at is 'When it was last done. Null: never.';

create function private.delete_expired_invitations()
returns integer
language plpgsql
set search_path = ''
as $$
declare
    v_count integer;
    v_more integer;
begin
    delete from public.member_invitations as i
    where i.accepted_at is null and i.expires_at < now() - interval '30 days';
    get diagnostics v_count = row_count;
    delete from public.portal_invitations as i
    where i.accepted_at is null and i.expires_at < now() - interval '30 days';
    get diagnostics v_more = row_count;
    return v_count + v_more;
end;
$$;

comment on function private.delete_expired_invitations is
'Removes invitations that nobody accepted and that ended 30 days ago: until then an admin can see
what became of them. Returns how many.';

-- An import that was never finished counts from its last step, and gets a day more: nothing is
-- taken from under somebody who is at it, however short the time.
create function private.imports_to_purge()
returns setof public.customer_imports
language sql
stable
set search_path = ''
begin atomic
    select i.*
    from public.customer_imports as i
    inner join public.organizations as o on i.organization_id = o.id
    where i.raw_purged_at is null
        and coalesce(i.committed_at, i.updated_at + interval '1 day')
        + coalesce((o.settings ->> 'import_retention_days')::integer, 30) * interval '1 day'
        <= now()
    order by i.created_at;
end;

create function private.purge_import_rows(_until timestamptz)
returns integer
language plpgsql
set search_path = ''
as $$
declare
    v_import public.customer_imports;
    v_count integer := 0;
    v_portion integer;
begin
    for v_import in select i.* from private.imports_to_purge() as i loop
        loop
            if clock_timestamp() >= _until then
                return v_count;
            end if;
            update public.customer_import_rows as r
            set raw = '{}', values = '{"customer": {}, "contacts": []}', changes = '[]'
            where r.organization_id = v_import.organization_id and r.import_id = v_import.id
                and r.row_number = any(array(
                    select w.row_number
                    from public.customer_import_rows as w
                    where w.organization_id = v_import.organization_id
                        and w.import_id = v_import.id and w.raw <> '{}'
                    limit 5000
                ));
            get diagnostics v_portion = row_count;
            v_count := v_count + v_portion;
            exit when v_portion < 5000;
        end loop;
        if not private.forget_import_keys(v_import, _until) then
            return v_count;
        end if;
        update public.customer_imports as i
        set raw_purged_at = now()
        where i.organization_id = v_import.organization_id and i.id = v_import.id;
    end loop;
    return v_count;
end;
$$;

comment on function private.purge_import_rows is
'Empties the file''s cells, and what was read in them, of imports older than
settings.import_retention_days; they can be undone all the same. Returns how many
rows; stops when the time is up.';

-- Short steps first. Partitions and the archive last: their locks are held until the end.
create function private.maintenance_step(_step text, _until timestamptz)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
    v_count integer;
    v_status text := 'done';
begin
    case _step
        when 'tier_changes' then
            v_count := private.apply_due_tier_changes();
            -- As many as it takes at once, or as it had time for.
            if v_count >= 10000 or clock_timestamp() >= _until then
                v_status := 'more';
            end if;
        when 'credit_holds' then
            v_count := private.release_expired_holds();
        when 'invitations' then
            v_count := private.delete_expired_invitations();
        when 'tallies' then
            v_count := private.fold_tallies();
        when 'import_rows' then
            v_count := private.purge_import_rows(_until);
            if exists (select 1 from private.imports_to_purge()) then
                v_status := 'more';
            end if;
        when 'partitions' then
            v_count := private.make_activity_partitions();
        when 'default_partition' then
            if not private.drain_activities(_until) then
                v_status := case when clock_timestamp() < _until then 'postponed' else 'more' end;
            end if;
        when 'archive' then
            v_count := private.archive_activities();
            if exists (select 1 from private.months_to_archive()) then
                v_status := 'postponed';
            end if;
    end case;
    return jsonb_strip_nulls(jsonb_build_object(
        'step', _step, 'status', v_status, 'count', v_count
    ));
end;
$$;

-- DEFINER because only their owner attaches partitions, and service_role has no grant on what
-- functions alone write. A step that fails is undone by itself, and costs no other.
create function private.run_maintenance()
returns jsonb
language plpgsql
security definer
set search_path = ''
set lock_timeout = '1s'
as $$
declare
    v_until constant timestamptz := clock_timestamp() + interval '4 seconds';
    v_step text;
    v_result jsonb;
    v_results jsonb := '[]'::jsonb;
begin
    if not pg_try_advisory_xact_lock(hashtext('ts_customers'), hashtext('run_maintenance')) then
        return '{"status": "busy", "steps": []}'::jsonb;
    end if;
    foreach v_step in array array[
        'tier_changes', 'credit_holds', 'invitations', 'tallies', 'import_rows',
        'partitions', 'default_partition', 'archive'
    ] loop
        begin
            v_result := private.maintenance_step(v_step, v_until);
        exception
            when lock_not_available then
                v_result := jsonb_build_object('step', v_step, 'status', 'postponed');
            when others then
                raise log 'run_maintenance: % failed: % %', v_step, sqlstate, sqlerrm;
                v_result := jsonb_build_object(
                    'step', v_step, 'status', 'failed',
                    'error', jsonb_build_object('sqlstate', sqlstate, 'message', sqlerrm)
                );
        end;
        v_results := v_results || v_result;
        perform private.keep_maintenance_step(v_result);
    end loop;
    return jsonb_build_object('status', case
        when v_results @> '[{"status": "failed"}]' then 'failed'
        when v_results @> '[{"status": "more"}]' then 'more'
        else 'done'
    end, 'steps', v_results);
end;
$$;

create function private.keep_maintenance_step(_result jsonb)
returns void
language sql
set search_path = ''
begin atomic
    insert into private.maintenance_steps as s (step, status, sqlstate, ran_at, done_at)
    values (
        _result ->> 'step', _result ->> 'status', _result #>> '{error,sqlstate}',
        clock_timestamp(),
        case when _result ->> 'status' = 'done' then clock_timestamp() end
    )
    on conflict (step) do update
    set status = excluded.status, sqlstate = excluded.sqlstate, ran_at = excluded.ran_at,
        done_at = coalesce(excluded.done_at, s.done_at);
end;

create function public.run_maintenance()
returns jsonb
language sql
set search_path = ''
return private.run_maintenance();

comment on function public.run_maintenance is
'Applies due tier changes, releases expired credit holds, removes invitations that ended 30 days
ago, adds up what statistics count, empties the cells of old imports, makes partitions ahead, finds
a place for what waits in the default partition, and archives activities older than a year. Ends
within some seconds. Returns
{"status", "steps": [{"step", "status", "count", "error"}]}: done, more (call again), failed (the
other steps are done nevertheless), or busy (another run is at it); a step is postponed to the next
run where somebody is in its way. For service_role and the scheduler.';

-- The same name replaces its own schedule.
create function private.schedule_maintenance()
returns boolean
language plpgsql
set search_path = ''
as $$
declare
    v_schedule regproc;
begin
    -- Asked of the catalogue: naming what one may not use is an error.
    select p.oid::regproc into v_schedule
    from pg_catalog.pg_proc as p
    inner join pg_catalog.pg_namespace as n on p.pronamespace = n.oid
    where n.nspname = 'cron' and p.proname = 'schedule' and p.pronargs = 3
        and has_schema_privilege(n.oid, 'usage') and has_function_privilege(p.oid, 'execute');
    if v_schedule is null then
        return false;
    end if;
    execute format('select %s($1, $2, $3)', v_schedule)
    using 'ts-customers-maintenance', '*/5 * * * *', 'select public.run_maintenance()';
    return true;
end;
$$;

comment on function private.schedule_maintenance is
'Has pg_cron run maintenance every five minutes, where the project has pg_cron; returns whether it
has. To be called once more where pg_cron is enabled later.';

select private.schedule_maintenance();

revoke all on all functions in schema private from public;
revoke all on function public.run_maintenance from public, anon, authenticated, service_role;
grant execute on function private.run_maintenance to service_role;
grant execute on function public.run_maintenance to service_role;
