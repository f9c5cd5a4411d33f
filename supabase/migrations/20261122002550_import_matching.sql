-- Which customer a row means: its identity within the file, and the customers that fit it.
-- Needs: imports, search_index. Provides: private.import_match_order, private.import_identity,
-- private.import_matches.

create function private.import_match_order(_options jsonb)
returns text[]
language sql
immutable
set search_path = ''
begin atomic
    select coalesce(array_agg(m.key order by m.position), private.import_match_keys())
    from jsonb_array_elements_text(coalesce(_options -> 'match', '[]'))
        with ordinality as m (key, position);
end;

-- What a row calls its customer: rows of one file with the same identity are one customer.
create function private.import_identity(_match text[], _values jsonb)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_key text;
    v_value text;
begin
    foreach v_key in array _match loop
        v_value := case v_key
            when 'name' then private.name_key(_values -> 'customer' ->> 'company_name')
            -- A company's people have different addresses, so these tell companies apart only
            -- where nothing else was asked for.
            when 'email' then case
                when 'name' <> all(_match) then lower(_values #>> '{contacts,0,email}')
            end
            else btrim(_values -> 'customer' ->> v_key)
        end;
        if v_value <> '' then
            return v_key || ' ' || v_value;
        end if;
    end loop;
    return null;
end;
$$;

create function private.customers_by(
    _organization_id uuid, _key text, _customer jsonb, _contacts jsonb
)
returns uuid[]
language plpgsql
stable
set search_path = ''
as $$
declare
    v_value constant text := btrim(_customer ->> _key);
begin
    return case _key
        when 'external_id' then array(
            select private.current_customer_id(_organization_id, c.id) from public.customers as c
            where c.organization_id = _organization_id and c.external_id = v_value
        )
        when 'customer_number' then array(
            select private.current_customer_id(_organization_id, c.id) from public.customers as c
            where c.organization_id = _organization_id and c.customer_number = v_value
        )
        when 'tax_id' then array(
            select c.id from public.customers as c
            where c.organization_id = _organization_id and c.tax_id = v_value
        )
        when 'email' then array(
            select distinct k.customer_id
            from jsonb_array_elements(
                case jsonb_typeof(_contacts) when 'array' then _contacts else '[]' end
            ) as a
            inner join public.customer_contacts as k
                on k.organization_id = _organization_id
                and lower(k.email) = lower(btrim(a.value ->> 'email'))
        )
        when 'name' then array(
            select w.customer_id from private.customer_search as w
            where w.organization_id = _organization_id
                and w.name_key = private.name_key(_customer ->> 'company_name')
        )
    end;
end;
$$;

-- The customers that a row may mean, by the strongest key that finds any. One that contradicts the
-- row on a stronger key is another company of the same name.
create function private.import_matches(_organization_id uuid, _match text[], _values jsonb)
returns uuid[]
language plpgsql
stable
set search_path = ''
as $$
declare
    v_customer constant jsonb := _values -> 'customer';
    v_external_id constant text := nullif(btrim(v_customer ->> 'external_id'), '');
    v_number constant text := nullif(btrim(v_customer ->> 'customer_number'), '');
    v_tax_id constant text := nullif(btrim(v_customer ->> 'tax_id'), '');
    v_key text;
    v_ids uuid[];
begin
    foreach v_key in array _match loop
        v_ids := private.customers_by(
            _organization_id, v_key, v_customer, _values -> 'contacts'
        );
        continue when v_ids = '{}';
        v_ids := array(
            select c.id from public.customers as c
            where c.organization_id = _organization_id and c.id = any(v_ids)
                and c.merged_into is null
                and (v_key = 'external_id' or (c.external_id <> v_external_id) is not true)
                and (
                    v_key in ('external_id', 'customer_number')
                    or (c.customer_number <> v_number) is not true
                ) and (
                    v_key in ('external_id', 'customer_number', 'tax_id')
                    or (c.tax_id <> v_tax_id) is not true
                )
                -- Somebody's address may stand in another company's row by mistake, which must not
                -- rename the company; asked to match by addresses alone, it may.
                and (
                    v_key <> 'email' or 'name' <> all(_match)
                    or not v_customer ? 'company_name'
                    or private.name_key(v_customer ->> 'company_name') in (
                        private.name_key(c.company_name), private.name_key(c.display_name)
                    )
                )
        );
        exit when v_ids <> '{}';
    end loop;
    return v_ids;
end;
$$;

revoke all on all functions in schema private from public;
