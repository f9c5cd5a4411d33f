-- The plan of an import, continued: what rows of one file have to do with each other.
-- Needs: import_plan. Provides: private.claim_import_rows, private.claim_import_contacts, and what
-- follows from the claims.
--
-- Rows that are sound in themselves claim their customer and their e-mail addresses, in the order
-- of the file; the first claim holds.

create type private.import_claim as (key text, row_number integer);

-- Claims what is free. Returns the claims that somebody else holds already.
create function private.claim_import_keys(
    _import public.customer_imports, _claims private.import_claim[]
)
returns private.import_claim[]
language plpgsql
set search_path = ''
as $$
declare
    v_won private.import_claim[];
begin
    with won as (
        insert into private.customer_import_keys (organization_id, import_id, key, row_number)
        select _import.organization_id, _import.id, c.key, c.row_number
        from unnest(_claims) as c
        order by c.row_number
        on conflict (organization_id, import_id, key) do nothing
        returning key, row_number
    )

    select array_agg((w.key, w.row_number)::private.import_claim) into v_won from won as w;
    if cardinality(v_won) = cardinality(_claims) then
        return '{}'::private.import_claim[];
    end if;
    return array(
        select (u.key, u.row_number)::private.import_claim
        from unnest(_claims) with ordinality as u (key, row_number, position)
        where (u.key, u.row_number) not in (select w.key, w.row_number from unnest(v_won) as w)
            -- A row may have claimed it before, when it was planned last.
            and private.claimant_of(_import, u.key) <> u.row_number
        order by u.position
    );
end;
$$;

-- Of the claims that a row has lost, the strongest one to a row that may mean the same customer
-- decides. Returns the rows that add to an earlier one.
create function private.add_to_earlier_rows(
    _import public.customer_imports, _lost private.import_claim[]
)
returns integer[]
language sql
set search_path = ''
begin atomic
    with named as (
        select distinct on (l.row_number) l.row_number, h.first_row
        from unnest(_lost) with ordinality as l (key, row_number, position)
        cross join lateral private.import_row(
            _import, private.claimant_of(_import, l.key)
        ) as h
        cross join lateral private.import_row(_import, l.row_number) as r
        where not private.contradicts(
            split_part(l.key, ' ', 1), r.values -> 'customer', h.values -> 'customer'
        )
        order by l.row_number, l.position
    ),

    added as (
        update public.customer_import_rows as r
        set first_row = n.first_row
        from named as n
        where r.organization_id = _import.organization_id and r.import_id = _import.id
            and r.row_number = n.row_number
            and r.row_number = any(array(select l.row_number from unnest(_lost) as l))
        returning r.row_number
    )

    select coalesce(array_agg(a.row_number), '{}') from added as a;
end;

-- A row that adds to one which adds itself is the first one's. Every turn halves the way there.
create function private.follow_first_rows(_import public.customer_imports, _rows integer[])
returns void
language plpgsql
set search_path = ''
as $$
begin
    loop
        update public.customer_import_rows as r
        set first_row = (private.import_row(_import, r.first_row)).first_row
        where r.organization_id = _import.organization_id and r.import_id = _import.id
            and r.row_number = any(_rows)
            and (private.import_row(_import, r.first_row)).first_row < r.first_row;
        exit when not found;
    end loop;
end;
$$;

-- Rows that call one customer by different keys are one customer as well. Where contacts are
-- imported alone, none is the first of its customer.
create function private.claim_import_rows(_import public.customer_imports, _rows integer[])
returns integer[]
language plpgsql
set search_path = ''
as $$
declare
    v_match constant text[] := private.import_match_order(_import.options);
    v_lost private.import_claim[];
    v_added integer[];
begin
    if not private.is_about_customers(_import) then
        return '{}'::integer[];
    end if;
    v_lost := private.claim_import_keys(_import, array(
        select (c.key, r.row_number)::private.import_claim
        from public.customer_import_rows as r
        cross join lateral unnest(case
            when r.action in ('update', 'unchanged') then array['customer ' || r.customer_id]
            else private.import_identities(v_match, r.values)
        end) with ordinality as c (key, position)
        where r.organization_id = _import.organization_id and r.import_id = _import.id
            and r.row_number = any(_rows) and r.staging_errors = '[]'
        order by r.row_number, c.position
    ));
    if v_lost = '{}' then
        return '{}'::integer[];
    end if;
    v_added := private.add_to_earlier_rows(_import, v_lost);
    perform private.follow_first_rows(_import, v_added);
    return v_added;
end;
$$;

-- A row without a company's name may add to one that has it. Nobody's, it is refused; what it has
-- claimed goes to the next one.
create function private.refuse_nameless_rows(_import public.customer_imports, _rows integer[])
returns void
language plpgsql
set search_path = ''
as $$
declare
    v_refused integer[];
begin
    with refused as (
        update public.customer_import_rows as r
        set action = 'reject', customer_id = null, contacts_created = 0,
            errors = private.import_findings(_import.mapping, r.values, private.rule(
                true, 'company_name', 'company_name_required', 'a company name is required'
            ))
        where r.organization_id = _import.organization_id and r.import_id = _import.id
            and r.row_number = any(_rows) and r.action = 'create' and r.first_row = r.row_number
            and not r.values -> 'customer' ? 'company_name'
        returning r.row_number
    )

    select array_agg(r.row_number) into v_refused from refused as r;
    if v_refused is not null then
        perform private.release_import_keys(_import, v_refused);
    end if;
end;
$$;

-- Returns the rows that name a contact which an earlier row has named.
create function private.claim_import_contacts(_import public.customer_imports, _rows integer[])
returns integer[]
language plpgsql
set search_path = ''
as $$
begin
    return array(
        select distinct l.row_number
        from unnest(private.claim_import_keys(_import, array(
            select (private.contact_key(a.value), r.row_number)::private.import_claim
            from public.customer_import_rows as r
            cross join lateral jsonb_array_elements(r.values -> 'contacts') as a
            where r.organization_id = _import.organization_id and r.import_id = _import.id
                and r.row_number = any(_rows) and r.action <> 'reject'
                and a.value ->> 'email' <> ''
        ))) as l
    );
end;
$$;

create function private.contact_key(_contact jsonb)
returns text
language sql
immutable
set search_path = ''
return 'contact ' || lower(_contact ->> 'email');

create function private.emails_of_other_rows(
    _import public.customer_imports, _row public.customer_import_rows
)
returns public.validation_error[]
language plpgsql
stable
set search_path = ''
as $$
begin
    return array(
        select (
            concat_ws('.', 'contacts', a.position - 1, 'email'), 'email_repeated',
            format('row %s has this e-mail address for another customer', f.row_number)
        )::public.validation_error
        from jsonb_array_elements(_row.values -> 'contacts') with ordinality as a (value, position)
        cross join lateral private.import_row(
            _import, private.claimant_of(_import, private.contact_key(a.value))
        ) as f
        where f.first_row <> _row.first_row and f.customer_id is distinct from _row.customer_id
    );
end;
$$;

-- Asked once it is known which rows are one customer: those may repeat a contact. Returns the rows
-- that are refused.
create function private.refuse_repeated_emails(_import public.customer_imports, _rows integer[])
returns integer[]
language plpgsql
set search_path = ''
as $$
declare
    v_refused integer[];
begin
    with asked as materialized (
        select r.row_number, private.emails_of_other_rows(_import, r) as errors
        from public.customer_import_rows as r
        where r.organization_id = _import.organization_id and r.import_id = _import.id
            and r.row_number = any(_rows) and r.action <> 'reject'
    ),

    refused as (
        update public.customer_import_rows as r
        set action = 'reject', customer_id = null, contacts_created = 0,
            errors = private.import_findings(_import.mapping, r.values, a.errors)
        from asked as a
        where r.organization_id = _import.organization_id and r.import_id = _import.id
            and r.row_number = any(_rows) and r.row_number = a.row_number and a.errors <> '{}'
        returning r.row_number
    )

    select coalesce(array_agg(d.row_number), '{}') into v_refused from refused as d;
    return v_refused;
end;
$$;

-- A file that only repeats what is left of an erased customer changes nothing, and is no mistake.
create function private.refuse_erased_customers(_import public.customer_imports, _rows integer[])
returns void
language plpgsql
set search_path = ''
as $$
begin
    update public.customer_import_rows as r
    set action = 'reject', contacts_created = 0,
        errors = private.import_findings(_import.mapping, r.values, private.rule(
            true, 'company_name', 'customer_erased', 'the personal data of this customer was erased'
        ))
    from public.customers as c
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number = any(_rows)
        and (r.action = 'update' or (r.action = 'unchanged' and r.values -> 'contacts' <> '[]'))
        and c.organization_id = r.organization_id and c.id = r.customer_id
        and c.erased_at is not null;
end;
$$;

-- A row that adds to an earlier one shares its fate, and brings its contacts only. Returns the rows
-- that are refused.
create function private.plan_added_rows(_import public.customer_imports, _rows integer[])
returns integer[]
language plpgsql
set search_path = ''
as $$
declare
    v_refused integer[];
begin
    with planned as (
        update public.customer_import_rows as r
        set action = f.action, customer_id = f.customer_id, differences = '{}',
            warnings = r.warnings || private.import_findings(
                _import.mapping, r.values, private.rule(
                    not f.values -> 'customer' @> (r.values -> 'customer'),
                    'company_name', 'values_ignored', format(
                        'row %s names the same customer; of this one only the contacts',
                        f.row_number
                    )
                )
            ),
            errors = case f.action
                when 'reject' then private.import_findings(
                    _import.mapping, r.values, private.rule(
                        true, 'company_name', 'first_row_rejected',
                        format('row %s, which this one adds to, was refused', f.row_number)
                    )
                )
                else r.errors
            end
        from unnest(_rows) as n (row_number)
        cross join lateral private.import_row(
            _import, (private.import_row(_import, n.row_number)).first_row
        ) as f
        where r.organization_id = _import.organization_id and r.import_id = _import.id
            and r.row_number = any(_rows) and r.row_number = n.row_number
            and r.action <> 'reject' and r.first_row <> r.row_number
        returning r.row_number, r.action
    )

    select coalesce(array_agg(p.row_number) filter (where p.action = 'reject'), '{}')
    into v_refused
    from planned as p;
    return v_refused;
end;
$$;

-- The first row that names a contact gives its values, as the first one that names a customer does.
create function private.warn_of_repeated_contacts(
    _import public.customer_imports, _rows integer[]
)
returns void
language plpgsql
set search_path = ''
as $$
begin
    update public.customer_import_rows as r
    set warnings = r.warnings || private.import_findings(_import.mapping, r.values, array(
        select (
            concat_ws('.', 'contacts', a.position - 1, 'email'), 'values_ignored',
            format('row %s names the same contact, with other values, which count', f.row_number)
        )::public.validation_error
        from jsonb_array_elements(r.values -> 'contacts') with ordinality as a (value, position)
        cross join lateral private.import_row(
            _import, private.claimant_of(_import, private.contact_key(a.value))
        ) as f
        where f.row_number <> r.row_number and not exists (
            select 1
            from jsonb_array_elements(f.values -> 'contacts') as o
            where lower(o.value ->> 'email') = lower(a.value ->> 'email')
                and o.value @> (a.value - 'email')
        )
        order by a.position
    ))
    where r.organization_id = _import.organization_id and r.import_id = _import.id
        and r.row_number = any(_rows) and r.action <> 'reject';
end;
$$;

-- A row that is refused names nobody: its contacts go to the next row that names them.
create function private.release_import_contacts(
    _import public.customer_imports, _rows integer[], _refused integer[]
)
returns void
language plpgsql
set search_path = ''
as $$
begin
    perform private.release_import_keys(_import, _refused, 'contact %');
    perform private.claim_import_contacts(_import, _rows);
end;
$$;

revoke all on all functions in schema private from public;
