-- The contacts in the plan of an import, and the call that makes the plan.
-- Needs: import_plan. Provides: private.import_contacts, validate_import.

-- The contacts of a row that count: those whose address no earlier row has named.
create function private.import_contacts(_row public.customer_import_rows)
returns table (given jsonb, contact public.customer_contacts)
language plpgsql
stable
set search_path = ''
as $$
begin
    return query
    select a.value, k
    from jsonb_array_elements(_row.values -> 'contacts') as a
    left join public.customer_contacts as k
        on k.organization_id = _row.organization_id
        and lower(k.email) = lower(btrim(a.value ->> 'email'))
    where private.import_claim(_row, a.value) = _row.row_number;
end;
$$;

create function private.plan_import_contacts(_import public.customer_imports, _to integer)
returns void
language plpgsql
set search_path = ''
as $$
begin
    with planned as materialized (
        select r.row_number,
            jsonb_array_length(jsonb_path_query_array(r.values, '$.contacts[*] ? (exists(@.*))'))
                as given,
            count(k.given) filter (where (k.contact).id is null) as created,
            count(k.given) filter (
                where (k.contact).id is not null
                    and private.imported_contact(k.contact, k.given) is distinct from k.contact
            ) as updated
        from public.customer_import_rows as r
        left join lateral private.import_contacts(r) as k on true
        where r.organization_id = _import.organization_id and r.import_id = _import.id
            and r.row_number > _import.done_count and r.row_number <= _to
            and r.action <> 'reject'
        group by r.organization_id, r.import_id, r.row_number
    )

    update public.customer_import_rows as r
    set contacts_created = p.created, contacts_updated = p.updated,
        contacts_unchanged = p.given - p.created - p.updated
    from planned as p
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number > _import.done_count and r.row_number <= _to
        and r.row_number = p.row_number;

    update public.customer_import_rows as r
    set warnings = r.warnings || private.import_findings(_import.mapping, r.values, private.rule(
        true, 'tier', 'tier_unchanged', 'the tier of an existing customer changes by request alone'
    ))
    from public.customers as c
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number > _import.done_count and r.row_number <= _to
        and r.action in ('update', 'unchanged') and r.values -> 'customer' ? 'tier'
        and c.organization_id = r.organization_id and c.id = r.customer_id
        and private.tier_of(r.organization_id, r.values -> 'customer')
        is distinct from c.tier_id;
end;
$$;

create function private.restart_import(_import public.customer_imports)
returns public.customer_imports
language plpgsql
set search_path = ''
as $$
declare
    v_import public.customer_imports;
begin
    delete from private.customer_import_keys as k
    where k.organization_id = _import.organization_id and k.import_id = _import.id;
    update public.customer_imports as i
    set status = 'validating', done_count = 0
    where i.organization_id = _import.organization_id and i.id = _import.id
    returning i.* into v_import;
    return v_import;
end;
$$;

-- DEFINER because staged rows are written by functions alone.
create function private.validate_import(_import_id uuid)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_started_at constant timestamptz := clock_timestamp();
    v_import public.customer_imports := private.find_import(
        _import_id, array['staging', 'validating', 'validated']
    );
    v_to integer;
begin
    -- Much may have changed since a plan was made: asked again, it is made afresh.
    if v_import.status = 'validated' then
        v_import := private.restart_import(v_import);
    end if;
    while v_import.status <> 'validated' and private.has_time(v_started_at) loop
        v_to := v_import.done_count + 200;
        perform private.judge_import_values(v_import, v_to);
        perform private.claim_import_keys(v_import, v_to);
        perform private.plan_import_rows(v_import, v_to);
        perform private.claim_customers(v_import, v_to);
        perform private.refuse_erased_customers(v_import, v_to);
        perform private.refuse_repeated_emails(v_import, v_to);
        perform private.plan_added_rows(v_import, v_to);
        perform private.release_contacts(v_import, v_to);
        perform private.plan_import_contacts(v_import, v_to);
        update public.customer_imports as i
        set done_count = least(v_to, i.row_count),
            status = case when v_to >= i.row_count then 'validated' else 'validating' end
        where i.organization_id = v_import.organization_id and i.id = _import_id
        returning i.* into v_import;
        perform private.analyze_grown_tables();
    end loop;
    return private.import_progress(v_import.organization_id, _import_id);
end;
$$;

create function public.validate_import(import_id uuid)
returns jsonb
language sql
set search_path = ''
return private.validate_import(validate_import.import_id);

comment on function public.validate_import is
'Judges the staged rows and plans the commit; nothing else is written. Does what fits in a few
seconds: call it until status is validated; once more, and the plan is made afresh. Returns
{"import_id", "status", "rows", "done"}. For managers. Raises PT404 import_not_found, PT409
import_status_conflict.';

revoke all on all functions in schema private from public;
revoke all on function public.validate_import from public, anon, authenticated, service_role;
grant execute on function private.validate_import to authenticated, service_role;
grant execute on function public.validate_import to authenticated, service_role;
