-- What an export can hold: its columns, and how a cell and a document say each of them.
-- Needs: search_conditions, contacts, tiers. Provides: private.export_columns,
-- private.chosen_export_columns, private.export_cell, private.export_document.
--
-- All of it is text of SQL, put into one statement: run for every cell, a function that sets its
-- search_path costs more than the rest of the export. Aliases: c customers, s customer_stats,
-- t customer_tiers, k customer_contacts.

-- Those that an import takes come without being asked for.
create function private.export_customer_columns()
returns table (path text, kind text, value text)
language sql
immutable
set search_path = ''
begin atomic
    select v.path, v.kind, coalesce(v.value, 'c.' || v.path)
    from (values
        ('customer_number', 'number', null),
        ('external_id', 'number', null),
        ('company_name', 'text', null),
        ('display_name', 'text', null),
        ('parent_id', 'plain', null),
        ('tax_id', 'number', null),
        ('website', 'plain', null),
        ('tier', 'text', 't.name'),
        ('status', 'plain', null),
        ('customer_type', 'plain', null),
        ('currency', 'plain', null),
        ('credit_limit', 'plain', null),
        ('payment_terms', 'plain', null),
        ('tags', 'tags', null),
        ('portal_enabled', 'plain', null),
        ('portal_subdomain', 'plain', null),
        ('settings', 'json', null),
        ('notes', 'text', null),
        ('internal_notes', 'text', null)
    ) as v (path, kind, value)
    union all
    select concat(a.address, '.', f.field),
        case f.field when 'postal_code' then 'number' else 'text' end,
        format('nullif(c.%s ->> %L, '''')', a.address, f.field)
    from unnest('{billing_address, shipping_address}'::text[]) as a (address)
    cross join unnest(private.address_fields()) as f (field);
end;

-- What is only read.
create function private.export_other_columns()
returns table (path text, kind text, value text)
language sql
immutable
set search_path = ''
begin atomic
    select v.path, v.kind, coalesce(v.value, 'c.' || v.path)
    from (values
        ('id', 'plain', null),
        ('version', 'plain', null),
        ('created_at', 'instant', null),
        ('created_by', 'plain', null),
        ('updated_at', 'instant', null),
        ('updated_by', 'plain', null),
        ('deactivated_at', 'instant', null),
        ('erased_at', 'instant', null),
        ('tier_id', 'plain', null),
        ('tier_level', 'plain', 't.level'),
        ('billing_address.unverified', 'plain', 'c.billing_address -> ''unverified'''),
        ('shipping_address.unverified', 'plain', 'c.shipping_address -> ''unverified'''),
        ('credit_status', 'plain', 'private.credit_status(c, s)'),
        ('credit_hold_reason', 'text', null),
        ('credit_hold_until', 'instant', null),
        ('credit_hold_by', 'plain', null),
        ('order_count', 'plain', 's.order_count'),
        ('revenue', 'plain', 's.revenue'),
        ('last_order_at', 'instant', 's.last_order_at'),
        ('open_order_total', 'plain', 's.open_order_total'),
        ('uninvoiced_order_total', 'plain', 's.uninvoiced_order_total'),
        ('open_invoice_total', 'plain', 's.open_invoice_total'),
        ('oldest_unpaid_due_on', 'plain', 's.oldest_unpaid_due_on'),
        ('contacts.id', 'plain', 'k.id'),
        ('contacts.created_at', 'instant', 'k.created_at'),
        ('contacts.updated_at', 'instant', 'k.updated_at')
    ) as v (path, kind, value);
end;

create function private.export_columns()
returns table (path text, kind text, value text, is_default boolean)
language sql
immutable
set search_path = ''
begin atomic
    select c.path, c.kind, c.value, true from private.export_customer_columns() as c
    union all
    select 'contacts.' || v.field, v.kind, 'k.' || v.field, true
    from (values
        ('first_name', 'text'),
        ('last_name', 'text'),
        ('email', 'text'),
        ('phone', 'number'),
        ('mobile', 'number'),
        ('role', 'plain'),
        ('is_primary', 'plain'),
        ('preferred_contact_method', 'plain'),
        ('receives_order_updates', 'plain'),
        ('receives_marketing', 'plain'),
        ('portal_access', 'plain'),
        ('notes', 'text')
    ) as v (field, kind)
    union all
    select o.path, o.kind, o.value, false from private.export_other_columns() as o;
end;

comment on function private.export_columns is
'path: as an import maps it, contacts without a number. kind: text (anything may stand in it),
number (the same, where an import takes an apostrophe before digits for a spreadsheet''s), plain
(nothing that a spreadsheet would run), instant, json, tags. value: an expression.';

-- What a path asks for: a column, an address or all contacts, or something inside of settings.
create function private.columns_of_path(_path text)
returns table (path text, kind text, value text)
language sql
immutable
set search_path = ''
begin atomic
    select e.path, e.kind, e.value
    from private.export_columns() as e
    where e.path = _path or (e.is_default and starts_with(e.path, _path || '.'))
    union all
    select _path, 'inner', format('c.settings #> %L', (string_to_array(_path, '.'))[2:])
    where _path ~ '^settings\.(locale|time_zone|(shipping|invoicing|notifications|custom)\.[^.]+)$';
end;

-- Without any named: what an import takes; of an export of contacts, what names their customers.
create function private.chosen_export_columns(_request jsonb)
returns table (path text, kind text, value text)
language plpgsql
stable
set search_path = ''
as $$
declare
    v_columns constant text[] := array(
        select regexp_replace(a.path, '^contacts\.0\.', 'contacts.')
        from jsonb_array_elements_text(coalesce(_request -> 'columns', '[]')) as a (path)
    );
    v_unknown text;
begin
    if v_columns = '{}' then
        return query
        select e.path, e.kind, e.value
        from private.export_columns() with ordinality as e (path, kind, value, is_default, position)
        where e.is_default and (
            _request ->> 'entity' = 'customers'
            or e.path like 'contacts.%' or e.path = any(private.export_keys())
        )
        order by e.position;
        return;
    end if;
    select string_agg(coalesce(a.path, 'null'), ', ') into v_unknown
    from unnest(v_columns) as a (path)
    where not exists (select 1 from private.columns_of_path(a.path));
    -- A function that builds JSON takes 50 pairs.
    if v_unknown is not null or cardinality(v_columns) > 200 or (
        select count(*) from unnest(v_columns) as a (path) where a.path like 'settings.%'
    ) > 50 then
        perform private.fail(
            'PT422', 'columns_invalid', coalesce(
                'there is no column ' || v_unknown,
                'an export has at most 200 columns, and 50 from inside of settings'
            ),
            'Columns: ' || (select string_agg(e.path, ', ') from private.export_columns() as e)
            || '; settings.locale, settings.custom.… and the like.'
        );
    end if;
    return query
    select f.path, min(f.kind), min(f.value)
    from unnest(v_columns) with ordinality as a (path, position)
    cross join lateral private.columns_of_path(a.path)
        with ordinality as f (path, kind, value, inner_position)
    group by f.path
    order by min(a.position), min(f.inner_position);
end;
$$;

comment on function private.chosen_export_columns is
'The columns of an export in their order, each once. Raises PT422 columns_invalid.';

-- What names a customer: repeated with each of its contacts, since an import matches by it.
create function private.export_keys()
returns text[]
language sql
immutable
set search_path = ''
return array['customer_number', 'external_id', 'company_name'];

-- Tags in one cell: separated by semicolons; as JSON where that could be read in another way, or be
-- run by a spreadsheet. What programs trim from a text is more than [[:space:]] has.
create function private.tags_cell(_tags text[])
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
    v_cell constant text := array_to_string(_tags, ';');
begin
    for v_at in 1 .. cardinality(_tags) - 1 loop
        if _tags[v_at] = any(_tags[v_at + 1:]) then
            return to_json(_tags);
        end if;
    end loop;
    if v_cell ~ '^[\u0027=+@＝＋－＠-]|(^|;)["\[{]|[,|[:cntrl:]]'
        or length(replace(v_cell, ';', '')) <> length(v_cell) - cardinality(_tags) + 1
        or v_cell ~ '(^|;)[\s\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]'
        or v_cell ~ '[\s\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000](;|$)'
    then
        return to_json(_tags);
    end if;
    return v_cell;
end;
$$;

-- One apostrophe before what a spreadsheet would run, and before apostrophes in front of that: an
-- import takes one away. Tab, both ends of a line, + - = @ and their full-width forms are told by
-- their codes: regular expressions for every cell would cost more than all the rest.
create function private.neutralised(_text text, _after_apostrophes text)
returns text
language sql
immutable
set search_path = ''
return format(
    'case
        when ascii(%1$s) between 65 and 65290 or ascii(%1$s) between 48 and 57 then %1$s
        when ascii(%1$s) = any(''{9,10,13,43,45,61,64,65291,65293,65309,65312}''::integer[])
            then '''''''' || (%1$s)
        when %1$s ~ ''^\u0027+[%2$s]'' then '''''''' || (%1$s)
        else %1$s
    end', _text, _after_apostrophes
);

create function private.export_cell(_kind text, _value text, _raw boolean)
returns text
language sql
immutable
set search_path = ''
begin atomic
    select case
        when _raw or _kind in ('plain', 'instant', 'json', 'tags') then t.cell
        else private.neutralised(
            t.cell, '\t\r\n＝＋－＠=+@' || case _kind when 'number' then '0-9(-' else '-' end
        )
    end
    from (select case
        when _kind in ('text', 'number') then format('(%s)', _value)
        when _kind = 'plain' then format('(%s)::text', _value)
        when _kind = 'instant' then format('to_json(%s) #>> ''{}''', _value)
        when _kind = 'json' then format('nullif(%s, ''{}'')::text', _value)
        when _kind = 'tags' then format(
            'case when cardinality(%1$s) > 0 then private.tags_cell(%1$s) end', _value
        )
        when _kind = 'inner' then format('nullif(%s #>> ''{}'', '''')', _value)
    end as cell) as t;
end;

comment on function private.export_cell is
'The expression of a cell. What is blank, without keys or without tags is null: an import leaves
alone what a blank cell is about.';

-- Paths to objects in an object. json, not jsonb: keys stay in the order of the columns. _contacts
-- is what a contact's object is put into.
create function private.export_object(_paths text[], _values text[], _contacts text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_key record;
    v_value text;
    v_pairs text[] := '{}'::text[];
begin
    for v_key in
        select split_part(p.path, '.', 1) as name,
            array_agg(substr(p.path, length(split_part(p.path, '.', 1)) + 2) order by p.position)
                as paths,
            array_agg(p.value order by p.position) as values
        from unnest(_paths, _values) with ordinality as p (path, value, position)
        group by 1
        order by min(p.position)
    loop
        if '' = any(v_key.paths) then
            v_value := v_key.values[array_position(v_key.paths, '')];
        else
            v_value := format(
                case
                    when v_key.name = 'contacts' then _contacts
                    when v_key.name like '%\_address' then 'json_strip_nulls(%s)'
                    else '%s'
                end, private.export_object(v_key.paths, v_key.values, _contacts)
            );
        end if;
        v_pairs := v_pairs || format('%L, %s', v_key.name, v_value);
    end loop;
    return format('json_build_object(%s)', array_to_string(v_pairs, ', '));
end;
$$;

revoke all on all functions in schema private from public;
