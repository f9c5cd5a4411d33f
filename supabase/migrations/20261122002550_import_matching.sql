-- Which customer a row means: its identity within the file, and the customers that fit it.
-- Needs: stage_import, search_index. Provides: private.import_match_order,
-- private.import_identities, private.match_import_rows.

create function private.import_match_order(_options jsonb)
returns text[]
language plpgsql
immutable
set search_path = ''
as $$
begin
    if _options ? 'match' then
        return array(select jsonb_array_elements_text(_options -> 'match'));
    elsif _options ->> 'entity' = 'contacts' then
        -- The address is the contact's own, and tells of the customer only where nothing else does.
        return array['external_id', 'customer_number', 'tax_id', 'name', 'email'];
    end if;
    return private.import_match_keys();
end;
$$;

-- What a row calls its customer, the strongest first: by any of these another row of the file may
-- name the same one.
create function private.import_identities(_match text[], _values jsonb)
returns text[]
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_customer constant jsonb := _values -> 'customer';
    v_key text;
    v_value text;
    v_found text[] := '{}'::text[];
begin
    foreach v_key in array _match loop
        v_value := case v_key
            when 'name' then private.name_key(v_customer ->> 'company_name')
            -- A company's people have different addresses, so these tell companies apart only
            -- where nothing else was asked for.
            when 'email' then case
                when 'name' <> all(_match) then lower(_values #>> '{contacts,0,email}')
            end
            else v_customer ->> v_key
        end;
        if v_value <> '' then
            v_found := v_found || (v_key || ' ' || v_value);
        end if;
    end loop;
    return v_found;
end;
$$;

-- Two that agree on one key are two companies all the same where they differ on a stronger one.
create function private.contradicts(_key text, _given jsonb, _other jsonb)
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
begin
    return coalesce(
        (_key <> 'external_id' and _given ->> 'external_id' <> _other ->> 'external_id')
        or (
            _key not in ('external_id', 'customer_number')
            and _given ->> 'customer_number' <> _other ->> 'customer_number'
        ) or (
            _key not in ('external_id', 'customer_number', 'tax_id')
            and _given ->> 'tax_id' <> _other ->> 'tax_id'
        ), false
    );
end;
$$;

create function private.is_import_match(
    _match text[], _key text, _given jsonb, _customer public.customers
)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
    if _key <> all(_match) or _customer.merged_into is not null
        or private.contradicts(_key, _given, jsonb_build_object(
            'external_id', _customer.external_id, 'customer_number', _customer.customer_number,
            'tax_id', _customer.tax_id
        ))
    then
        return false;
    elsif _key <> 'email' or 'name' <> all(_match) or not _given ? 'company_name' then
        return true;
    end if;
    -- Somebody's address may stand in another company's row by mistake, which must not rename the
    -- company; asked to match by addresses alone, it may.
    return private.name_key(_given ->> 'company_name') in (
        private.name_key(_customer.company_name), private.name_key(_customer.display_name)
    );
end;
$$;

create type private.import_candidate as (
    row_number integer,
    key text,
    customer_id uuid,
    is_match boolean
);

-- Every customer that has something of a row. A row's question is answered by an index, whatever
-- the statistics say (offset 0, no sequential scans): they may not know yet how large a table is.
create function private.import_candidates(_import public.customer_imports, _rows integer[])
returns setof private.import_candidate
language plpgsql
stable
rows 500
set search_path = ''
set enable_seqscan = off
as $$
declare
    v_match constant text[] := private.import_match_order(_import.options);
    v_organization_id constant uuid := _import.organization_id;
begin
    return query with given as materialized (
        select r.row_number, r.values, r.values -> 'customer' as customer
        from public.customer_import_rows as r
        where r.organization_id = v_organization_id and r.import_id = _import.id
            and r.row_number = any(_rows) and r.is_readable
    ),

    found as (
        select g.row_number, g.customer, f.key, f.customer_id
        from given as g
        cross join lateral (
            select 'external_id', private.current_customer_id(v_organization_id, c.id)
            from public.customers as c
            where c.organization_id = v_organization_id
                and c.external_id = g.customer ->> 'external_id'
            union all
            select 'customer_number', private.current_customer_id(v_organization_id, c.id)
            from public.customers as c
            where c.organization_id = v_organization_id
                and c.customer_number = g.customer ->> 'customer_number'
            union all
            select 'tax_id', c.id from public.customers as c
            where c.organization_id = v_organization_id and c.tax_id = g.customer ->> 'tax_id'
            union all
            select 'name', w.customer_id from private.customer_search as w
            where w.organization_id = v_organization_id
                and w.name_key = private.name_key(g.customer ->> 'company_name')
            offset 0
        ) as f (key, customer_id)
        union all
        select g.row_number, g.customer, 'email', k.customer_id
        from given as g
        cross join lateral jsonb_path_query(g.values, '$.contacts[*].email') as a (email)
        cross join lateral (
            select c.customer_id from public.customer_contacts as c
            where c.organization_id = v_organization_id
                and lower(c.email) = lower(a.email #>> '{}')
            offset 0
        ) as k
    )

    select f.row_number, f.key, f.customer_id,
        private.is_import_match(v_match, f.key, f.customer, c)
    from found as f
    inner join public.customers as c
        on c.organization_id = v_organization_id and c.id = f.customer_id;
end;
$$;

create type private.import_match as (
    row_number integer,
    customer_ids uuid array,
    is_clashing boolean,
    has_known_contacts boolean
);

comment on type private.import_match is
'What was found for a row: the customers that its strongest key finds; whether another customer has
something that is unique; whether somebody has one of its e-mail addresses.';

create function private.match_import_rows(_import public.customer_imports, _rows integer[])
returns private.import_match[]
language plpgsql
stable
set search_path = ''
as $$
declare
    v_match constant text[] := private.import_match_order(_import.options);
    v_candidates constant private.import_candidate[] := array(
        select c from private.import_candidates(_import, _rows) as c
    );
begin
    if v_candidates = '{}' then
        return '{}'::private.import_match[];
    end if;
    return array(
        with ranked as (
            select c.row_number, c.key, c.customer_id, c.is_match,
                rank() over (
                    partition by c.row_number, c.is_match order by array_position(v_match, c.key)
                ) as rank
            from unnest(v_candidates) as c
        ),

        best as (
            select r.row_number,
                coalesce(
                    array_agg(distinct r.customer_id) filter (where r.is_match and r.rank = 1), '{}'
                ) as customer_ids,
                array_agg(distinct r.customer_id) filter (where r.key in (
                    'external_id', 'customer_number', 'email'
                )) as holders,
                bool_or(r.key = 'email') as has_known_contacts
            from ranked as r
            group by r.row_number
        )

        select case when b.row_number is not null then (
            b.row_number, b.customer_ids, coalesce(not b.holders <@ b.customer_ids, false),
            b.has_known_contacts
        )::private.import_match end
        from unnest(_rows) with ordinality as n (row_number, position)
        left join best as b on b.row_number = n.row_number
        order by n.position
    );
end;
$$;

comment on function private.match_import_rows is
'What was found for each of the rows, in their order, null for nothing; {} where nothing was found
for any.';

revoke all on all functions in schema private from public;
