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
        contacts_created = 0, contacts_updated = 0, contacts_unchanged = 0,
        errors = private.import_findings(_import.mapping, r.values, coalesce(
            nullif(private.conflict_errors(
                r.organization_id, r.values -> 'customer', r.values -> 'contacts', r.customer_id
            ), '{}'),
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
        and r.first_row = _first_row and not r.is_committed;
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

-- False where two imports met in a deadlock: this one gives way, and what it holds is free when the
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
            perform private.fail(
                'PT409', 'import_conflict',
                'somebody changed what the import needs; nothing was imported',
                'Validate the import again, then commit it.'
            );
        elsif v_state = '40P01' then
            return false;
        end if;
        perform private.commit_import_one_by_one(_import, _first_rows);
        return true;
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
    v_is_last boolean;
begin
    if v_whole and v_import.status <> 'committed' then
        perform private.refuse_import_with_errors(v_import);
    end if;
    -- All or nothing is one transaction, however long; all else stops in time and goes on later.
    while v_import.status <> 'committed' and (v_whole or private.has_time(v_started_at)) loop
        v_first_rows := array(
            select distinct r.first_row
            from public.customer_import_rows as r
            where r.organization_id = v_import.organization_id and r.import_id = _import_id
                and not r.is_committed and r.action <> 'reject'
            order by r.first_row
            limit 200
        );
        exit when not private.commit_import_batch(v_import, v_first_rows, v_whole);
        v_is_last := cardinality(v_first_rows) < 200;
        update public.customer_imports as i
        set status = case when v_is_last then 'committed' else 'committing' end,
            committed_at = case when v_is_last then now() end,
            done_count = case when v_is_last then i.row_count else v_first_rows[200] end
        where i.organization_id = v_import.organization_id and i.id = _import_id
        returning i.* into v_import;
        perform private.analyze_grown_tables();
    end loop;
    return private.import_progress(v_import.organization_id, _import_id);
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
