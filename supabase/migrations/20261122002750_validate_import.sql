-- The contacts and tiers in the plan of an import, and the call that makes the plan.
-- Needs: import_claims. Provides: private.import_contacts, private.plan_import_batch,
-- validate_import.

create type private.import_contact as (
    row_number integer,
    customer_id uuid,
    given jsonb,
    contact public.customer_contacts
);

-- The contacts of rows that count: those whose address no earlier row has named. contact is the one
-- that is there, if any.
create function private.import_contacts(_import public.customer_imports, _rows integer[])
returns setof private.import_contact
language plpgsql
stable
rows 500
set search_path = ''
set enable_seqscan = off
as $$
begin
    return query
    select r.row_number, r.customer_id, case
        when (k.c).id is not null and r.values -> 'named' @> to_jsonb(a.position - 1)
            then a.value - array['first_name', 'last_name']
        else a.value
    end, k.c
    from public.customer_import_rows as r
    cross join lateral jsonb_array_elements(r.values -> 'contacts')
        with ordinality as a (value, position)
    cross join lateral (
        select (
            select k
            from public.customer_contacts as k
            where k.organization_id = _import.organization_id
                and lower(k.email) = lower(a.value ->> 'email')
        ) as c
    ) as k
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number = any(_rows) and r.action <> 'reject' and not r.is_committed
        and a.value ->> 'email' <> ''
        and coalesce(
            private.claimant_of(_import, private.contact_key(a.value)), r.row_number
        ) = r.row_number;
end;
$$;

-- Counts anew where contacts are there already, or are named by another row too.
create function private.plan_import_contacts(_import public.customer_imports, _rows integer[])
returns void
language plpgsql
set search_path = ''
as $$
begin
    with planned as materialized (
        select k.row_number,
            count(*) filter (where (k.contact).id is null) as created,
            count(*) filter (
                where (k.contact).id is not null
                    and private.imported_contact(k.contact, k.given) is distinct from k.contact
            ) as updated
        from private.import_contacts(_import, _rows) as k
        group by k.row_number
    )

    update public.customer_import_rows as r
    set contacts_created = coalesce(p.created, 0), contacts_updated = coalesce(p.updated, 0),
        contacts_unchanged = private.count_contacts(r.values) - coalesce(p.created, 0)
            - coalesce(p.updated, 0)
    from unnest(_rows) as n (row_number)
    left join planned as p on n.row_number = p.row_number
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number = any(_rows) and r.row_number = n.row_number and r.action <> 'reject';
end;
$$;

-- A customer's open request goes before the tier that a row gives it.
create function private.with_open_request(
    _import public.customer_imports, _row public.customer_import_rows, _is_open boolean
)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
    return jsonb_path_query_array(_row.warnings, '$[*] ? (@.slug != "tier_change_pending")')
        || private.import_findings(_import.mapping, _row.values, private.rule(
            _is_open, 'tier', 'tier_change_pending',
            'the customer has an open request for another tier already'
        ));
end;
$$;

comment on function private.with_open_request is
'The warnings of a row, with the one about an open request if there is one, and else without it.';

-- Another tier for a customer that is there is asked for: what would come of it, as things are. A
-- request that is due is carried out before, by the commit.
create function private.plan_import_tiers(_import public.customer_imports, _rows integer[])
returns void
language plpgsql
set search_path = ''
as $$
begin
    with asked as materialized (
        select r.row_number, t, jsonb_populate_record(
            c, jsonb_build_object('tier_id', n.tier_id)
        ) as c
        from public.customer_import_rows as r
        inner join public.customers as c
            on c.organization_id = r.organization_id and c.id = r.customer_id
        cross join lateral (
            select private.tier_at(c.organization_id, c.id, clock_timestamp()) as tier_id
        ) as n
        inner join public.customer_tiers as t
            on t.organization_id = r.organization_id
            and t.id = private.tier_of(r.organization_id, r.values -> 'customer')
        where r.organization_id = _import.organization_id and r.import_id = _import.id
            and r.row_number = any(_rows) and r.action in ('update', 'unchanged')
            and r.first_row = r.row_number and r.values -> 'customer' ?| array['tier', 'tier_id']
            and t.id is distinct from n.tier_id
    ),

    judged as materialized (
        select a.row_number, exists (
            select 1
            from public.tier_change_requests as q
            where q.organization_id = _import.organization_id and q.customer_id = (a.c).id
                and q.status in ('pending', 'approved')
                and (q.status = 'pending' or q.effective_at > clock_timestamp())
        ) as is_open, private.tier_change_impact(a.c, a.t, clock_timestamp()) as impact
        from asked as a
    )

    update public.customer_import_rows as r
    set tier_change = case
            when j.is_open then 'refused'
            when j.impact -> 'requires_approval' = 'true' then 'pending'
            else 'applied'
        end,
        warnings = private.with_open_request(_import, r, j.is_open)
    from judged as j
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number = any(_rows) and r.row_number = j.row_number;
end;
$$;

create function private.plan_import_batch(_import public.customer_imports, _rows integer[])
returns void
language plpgsql
set search_path = ''
as $$
declare
    v_matches constant private.import_match[] := private.match_import_rows(_import, _rows);
    v_known constant integer[] := array(
        select m.row_number from unnest(v_matches) as m where m.customer_ids <> '{}'
    );
    v_added integer[];
    v_repeating integer[];
    v_refused integer[];
begin
    perform private.plan_import_rows(_import, _rows, v_matches);
    v_added := private.claim_import_rows(_import, _rows);
    perform private.refuse_nameless_rows(_import, _rows);
    if v_known <> '{}' then
        perform private.refuse_erased_customers(_import, v_known);
    end if;
    v_repeating := private.claim_import_contacts(_import, _rows);
    if v_added <> '{}' or v_repeating <> '{}' then
        v_refused := private.refuse_repeated_emails(_import, v_repeating)
            || private.plan_added_rows(_import, v_added);
        if v_refused <> '{}' then
            perform private.release_import_contacts(_import, _rows, v_refused);
            v_repeating := _rows;
        end if;
    end if;
    if v_repeating <> '{}' then
        perform private.warn_of_repeated_contacts(_import, v_repeating);
    end if;
    if v_known <> '{}' or v_added <> '{}' or v_repeating <> '{}' then
        perform private.plan_import_contacts(_import, v_known || v_added || v_repeating || array(
            select m.row_number from unnest(v_matches) as m where m.has_known_contacts
        ));
    end if;
    if v_known <> '{}' and private.is_about_customers(_import) then
        perform private.plan_import_tiers(_import, v_known);
    end if;
end;
$$;

comment on function private.plan_import_batch is
'Plans some rows, which come after those that were planned before.';

-- Where the clock says that a call has worked long enough: hosted projects cancel after 8 seconds.
create function private.has_time(_started_at timestamptz)
returns boolean
language sql
volatile
set search_path = ''
return clock_timestamp() - _started_at < interval '4 seconds';

-- A session keeps the plans that it made when these tables were small, and autovacuum comes too
-- late for a first import: without this, its lookups turn into scans. Each doubling analyzes once,
-- one import at a time, and nobody waits for it. Rows count beside pages: they may fill what
-- deleted ones have left.
create function private.analyze_grown_tables()
returns void
language plpgsql
set search_path = ''
as $$
declare
    v_table regclass;
begin
    if not pg_try_advisory_xact_lock(hashtextextended('analyze_grown_tables', 0)) then
        return;
    end if;
    for v_table in
        select c.oid::regclass
        from pg_catalog.pg_class as c
        where c.oid in (
            'public.customer_import_rows'::regclass, 'private.customer_import_keys'::regclass,
            'public.customers'::regclass, 'public.customer_contacts'::regclass,
            'public.customer_stats'::regclass, 'private.customer_search'::regclass
        )
        and (
            pg_relation_size(c.oid) / current_setting('block_size')::bigint
            > greatest(2 * c.relpages, 4)
            or pg_stat_get_mod_since_analyze(c.oid) + pg_stat_get_xact_tuples_inserted(c.oid)
            > 2 * greatest(c.reltuples, 100)
        )
        order by c.oid
    loop
        execute 'analyze (skip_locked) ' || v_table::text;
    end loop;
end;
$$;

-- What rows have claimed, as much as there is time for. Returns whether nothing is left.
create function private.forget_import_keys(_import public.customer_imports, _until timestamptz)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
    while clock_timestamp() < _until loop
        delete from private.customer_import_keys as k
        where k.organization_id = _import.organization_id and k.import_id = _import.id
            and k.key = any(array(
                select w.key
                from private.customer_import_keys as w
                where w.organization_id = _import.organization_id and w.import_id = _import.id
                limit 20000
            ));
        if not found then
            return true;
        end if;
    end loop;
    return false;
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
    if v_import.status <> 'validating' then
        v_import := private.set_import_status(v_import, 'validating', 0);
    end if;
    -- Much may have changed since a plan was made: asked again, it is made afresh.
    if v_import.done_count = 0
        and not private.forget_import_keys(v_import, v_started_at + interval '4 seconds')
    then
        return private.import_progress(v_import);
    end if;
    perform private.analyze_grown_tables();
    while v_import.status <> 'validated' and private.has_time(v_started_at) loop
        v_to := least(v_import.done_count + 500, v_import.row_count);
        perform private.plan_import_batch(
            v_import, array(select generate_series(v_import.done_count + 1, v_to))
        );
        v_import := private.set_import_status(v_import, case
            when v_to = v_import.row_count then 'validated' else 'validating'
        end, v_to);
        perform private.analyze_grown_tables();
    end loop;
    return private.import_progress(v_import);
end;
$$;

create function private.import_counts(_import public.customer_imports)
returns jsonb
language sql
stable
set search_path = ''
begin atomic
    select jsonb_build_object(
        'customers', jsonb_build_object(
            'created', count(*) filter (where r.action = 'create' and r.first_row = r.row_number),
            'updated', count(*) filter (where r.action = 'update' and r.first_row = r.row_number),
            'unchanged', case
                when private.is_about_customers(_import)
                    then count(*) filter (
                        where r.action = 'unchanged' and r.first_row = r.row_number
                    )
                else count(distinct r.customer_id) filter (where r.action = 'unchanged')
            end
        ),
        'contacts', jsonb_build_object(
            'created', coalesce(sum(r.contacts_created), 0),
            'updated', coalesce(sum(r.contacts_updated), 0),
            'unchanged', coalesce(sum(r.contacts_unchanged), 0)
        ),
        'tier_changes', jsonb_build_object(
            'applied', count(*) filter (where r.tier_change = 'applied'),
            'pending', count(*) filter (where r.tier_change = 'pending'),
            'refused', count(*) filter (where r.tier_change = 'refused')
        ),
        'rejected', count(*) filter (where r.action = 'reject'),
        'undone', jsonb_build_object(
            'restored', count(*) filter (where r.undone = 'restored'),
            'removed', count(*) filter (where r.undone = 'removed'),
            'deactivated', count(*) filter (where r.undone = 'deactivated'),
            'kept', count(*) filter (where r.undone = 'kept')
        )
    )
    from public.customer_import_rows as r
    where r.organization_id = _import.organization_id and r.import_id = _import.id;
end;

create function private.set_import_status(
    _import public.customer_imports, _status text, _done_count integer
)
returns public.customer_imports
language sql
set search_path = ''
begin atomic
    update public.customer_imports as i
    set status = _status, done_count = _done_count,
        counts = case
            when _status in ('validated', 'committed', 'cancelled', 'undone')
                then private.import_counts(i)
        end,
        committed_at = case when _status = 'committed' then now() else i.committed_at end
    where i.organization_id = _import.organization_id and i.id = _import.id
    returning i.*;
end;

create function public.validate_import(import_id uuid)
returns jsonb
language sql
set search_path = ''
return private.validate_import(validate_import.import_id);

comment on function public.validate_import is
'Plans the commit of the staged rows; nothing else is written. Does what fits in a few seconds: call
it until status is validated; once more, and the plan is made afresh. Returns {"import_id",
"status", "rows", "done"}. For managers. Raises PT404 import_not_found, PT409
import_status_conflict.';

revoke all on all functions in schema private from public;
revoke all on function public.validate_import from public, anon, authenticated, service_role;
grant execute on function private.validate_import to authenticated, service_role;
grant execute on function public.validate_import to authenticated, service_role;
