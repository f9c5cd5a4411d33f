-- The call that carries the plan of an import out, batch by batch.
-- Needs: import_commit. Provides: commit_import.

-- What somebody's change meanwhile has made of a row, in the words of the plan.
create function private.reject_import_row(
    _import public.customer_imports, _first_row integer, _slug text, _message text
)
returns void
language plpgsql
set search_path = ''
as $$
begin
    update public.customer_import_rows as r
    set action = 'reject', is_committed = true, customer_id = null,
        contacts_created = 0, contacts_updated = 0, contacts_unchanged = 0, tier_change = null,
        errors = private.import_findings(_import.mapping, r.values, coalesce(
            nullif(case
                when private.is_about_customers(_import) then private.conflict_errors(
                    r.organization_id, r.values -> 'customer', r.values -> 'contacts', r.customer_id
                )
                else private.taken_emails(
                    r.organization_id, r.values -> 'contacts', r.customer_id
                ) || private.contact_mode_errors(_import, r.values -> 'contacts', r.customer_id)
            end, '{}'),
            -- A native detail carries values; a slug of ours does not.
            case
                when _slug ~ '^[a-z_]+$'
                    then private.rule(true, 'company_name', _slug, _message)
                else private.rule(
                    true, 'company_name', 'import_conflict',
                    'somebody changed what this row needs while it was imported'
                )
            end
        ))
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number = any(private.rows_with_additions(_import, array[_first_row]));
    -- Where each row stands for itself, the next one that names a contact of this one takes it on.
    if not private.is_about_customers(_import) then
        perform private.release_import_keys(_import, array[_first_row]);
    end if;
end;
$$;

-- One customer at a time, for a batch that somebody else's change has spoilt: what still goes in
-- goes in, and what does not is reported.
create function private.commit_import_one_by_one(
    _import public.customer_imports, _first_rows integer[]
)
returns void
language plpgsql
set search_path = ''
as $$
declare
    v_first_row integer;
    v_message text;
    v_slug text;
begin
    foreach v_first_row in array _first_rows loop
        begin
            perform private.commit_import_rows(_import, array[v_first_row]);
        exception
            when integrity_constraint_violation or data_exception or program_limit_exceeded
            or sqlstate 'PT409' or sqlstate 'PT422' then
                get stacked diagnostics
                    v_message = message_text, v_slug = pg_exception_detail;
                perform private.reject_import_row(_import, v_first_row, v_slug, v_message);
        end;
    end loop;
end;
$$;

create function private.refuse_import_with_errors(_import public.customer_imports)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
    if exists (
        select 1
        from public.customer_import_rows as r
        where r.organization_id = _import.organization_id and r.import_id = _import.id
            and r.action = 'reject'
    ) then
        perform private.fail(
            'PT422', 'import_has_errors', 'some rows are wrong, and it is to be all or nothing',
            'import_report lists them; mend the file, or import without all_or_nothing.'
        );
    end if;
end;
$$;

create function private.fail_import_conflict()
returns void
language plpgsql
set search_path = ''
as $$
begin
    perform private.fail(
        'PT409', 'import_conflict',
        'somebody changed what the import needs; nothing was imported',
        'Validate the import again, then commit it.'
    );
end;
$$;

-- False where two writers met in a deadlock: this one gives way, and what it holds is free when the
-- call ends.
create function private.commit_import_batch(
    _import public.customer_imports, _first_rows integer[], _is_whole boolean
)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
    v_state text;
begin
    perform private.commit_import_rows(_import, _first_rows);
    return true;
exception
    when integrity_constraint_violation or data_exception or program_limit_exceeded
    or deadlock_detected or sqlstate 'PT409' or sqlstate 'PT422' then
        get stacked diagnostics v_state = returned_sqlstate;
        if _is_whole then
            perform private.fail_import_conflict();
        elsif v_state = '40P01' then
            return false;
        end if;
        perform private.commit_import_one_by_one(_import, _first_rows);
        return true;
end;
$$;

-- Whom the plan would create, somebody else may have created since, another import for one.
create function private.replan_created_rows(
    _import public.customer_imports, _first_rows integer[], _is_whole boolean
)
returns void
language plpgsql
set search_path = ''
as $$
declare
    v_found integer[] := array(
        select m.row_number
        from unnest(private.match_import_rows(_import, array(
            select r.row_number
            from public.customer_import_rows as r
            where r.organization_id = _import.organization_id and r.import_id = _import.id
                and r.row_number = any(_first_rows) and r.action = 'create'
        ))) as m
        where m.customer_ids <> '{}' or m.is_clashing
    );
begin
    if v_found = '{}' then
        return;
    end if;
    v_found := private.rows_with_additions(_import, v_found);
    perform private.release_import_keys(_import, v_found);
    perform private.plan_import_batch(_import, v_found);
    if _is_whole and exists (
        select 1
        from public.customer_import_rows as r
        where r.organization_id = _import.organization_id and r.import_id = _import.id
            and r.row_number = any(v_found) and r.action = 'reject'
    ) then
        perform private.fail_import_conflict();
    end if;
end;
$$;

create function private.import_rows_to_commit(_import public.customer_imports, _to integer)
returns integer[]
language plpgsql
stable
set search_path = ''
as $$
begin
    return array(
        select r.row_number
        from public.customer_import_rows as r
        where r.organization_id = _import.organization_id and r.import_id = _import.id
            and r.row_number > _import.done_count and r.row_number <= _to
            and r.first_row = r.row_number and r.action <> 'reject' and not r.is_committed
        order by r.row_number
    );
end;
$$;

-- One import of an organization at a time, for as long as a call takes: each sees what the others
-- have created. Who has to wait for too long comes again.
create function private.take_import_turn(_organization_id uuid)
returns boolean
language plpgsql
set search_path = ''
set lock_timeout = '2s'
as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('commit_import ' || _organization_id, 0));
    return true;
exception
    when lock_not_available then
        return false;
end;
$$;

-- DEFINER because customers' numbers and tiers, and staged rows, are written by functions alone.
create function private.commit_import(_import_id uuid)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_started_at constant timestamptz := clock_timestamp();
    v_import public.customer_imports := private.find_import(
        _import_id, array['validated', 'committing', 'committed']
    );
    v_whole constant boolean := coalesce((v_import.options -> 'all_or_nothing')::boolean, false);
    v_first_rows integer[];
    v_to integer;
begin
    if v_import.status = 'committed' or not private.take_import_turn(v_import.organization_id) then
        return private.import_progress(v_import);
    elsif v_import.status = 'validated' then
        v_import := private.set_import_status(v_import, 'committing', 0);
    end if;
    if v_whole then
        perform private.refuse_import_with_errors(v_import);
    end if;
    perform private.analyze_grown_tables();
    -- All or nothing is one transaction, however long; all else stops in time and goes on later.
    while v_import.status <> 'committed' and (v_whole or private.has_time(v_started_at)) loop
        v_to := least(v_import.done_count + 500, v_import.row_count);
        v_first_rows := private.import_rows_to_commit(v_import, v_to);
        if v_first_rows <> '{}' then
            perform private.replan_created_rows(v_import, v_first_rows, v_whole);
            exit when not private.commit_import_batch(v_import, v_first_rows, v_whole);
        end if;
        v_import := private.set_import_status(v_import, case
            when v_to = v_import.row_count then 'committed' else 'committing'
        end, v_to);
        perform private.analyze_grown_tables();
    end loop;
    return private.import_progress(v_import);
end;
$$;

create function public.commit_import(import_id uuid)
returns jsonb
language sql
set search_path = ''
return private.commit_import(commit_import.import_id);

comment on function public.commit_import is
'Carries the plan out: good rows go in, bad ones never stop them. Does what fits in a few seconds:
call it until status is committed; interrupted, it goes on where it was. With all_or_nothing, one
transaction. Returns {"import_id", "status", "rows", "done"}. For managers. Raises PT404
import_not_found, PT409 import_status_conflict, PT422 import_has_errors, PT409 import_conflict.';

revoke all on all functions in schema private from public;
revoke all on function public.commit_import from public, anon, authenticated, service_role;
grant execute on function private.commit_import to authenticated, service_role;
grant execute on function public.commit_import to authenticated, service_role;
