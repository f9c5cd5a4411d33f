-- From a query and filters to SQL conditions, every value quoted and typed.
-- Needs: search_index, stats. Provides: private.search_condition, private.filter_condition.
--
-- Conditions are text with literals, so that the planner sees the actual values: a frequent term
-- wants another plan than a rare one. Aliases: c customers, s customer_stats, w customer_search.

create function private.credit_status(
    _customer public.customers, _stats public.customer_stats, _at timestamptz default now()
)
returns text
language sql
stable
set search_path = ''
return case
    when _customer.credit_hold_reason is not null
        and coalesce(_customer.credit_hold_until > _at, true) then 'on_hold'
    when _customer.credit_limit is null then 'ok'
    when _stats.uninvoiced_order_total + _stats.open_invoice_total > _customer.credit_limit
        then 'over_limit'
    when _stats.uninvoiced_order_total + _stats.open_invoice_total > 0
        and _stats.uninvoiced_order_total + _stats.open_invoice_total
        >= 0.8 * _customer.credit_limit then 'near_limit'
    else 'ok'
end;

comment on function private.credit_status is
'ok, near_limit (from 80 % used), over_limit or on_hold. Used: uninvoiced open orders and unpaid
invoices. No limit is never reached; a limit of 0 (prepaid) is exceeded by any use.';

-- Where a page starts: a row comparison, which an index can walk. The key's cast is tried first.
create function private.after_condition(
    _after jsonb, _key text, _id text, _type text, _direction text
)
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
    if _after is null then
        return '';
    end if;
    begin
        execute format('select %L::%s', _after ->> 1, _type);
    exception when data_exception then
        perform private.fail_cursor();
    end;
    return format(
        ' and (%s, %s) %s (%L::%s, %L::uuid)', _key, _id,
        case _direction when 'asc' then '>' else '<' end, _after ->> 1, _type, _after ->> 2
    );
end;
$$;

-- Few and short, since every term is a condition: planning a great many of them cannot be stopped.
create function private.search_terms(_query text)
returns text[]
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_terms constant text[] := array(
        select private.without_scheme(t.term)
        from regexp_split_to_table(
            private.search_key(left(_query, 501)), '[[:space:]]+'
        ) as t (term)
        where private.without_scheme(t.term) <> ''
    );
begin
    if length(_query) > 500 or cardinality(v_terms) > 20 then
        perform private.fail(
            'PT422', 'query_too_long', 'a query has at most 20 words and 500 characters',
            'Search for fewer words; filters narrow the list further.'
        );
    end if;
    return v_terms;
end;
$$;

-- Terms under three letters match starts of words: a trigram index would walk all of itself. Of
-- long ones the index is asked for the middle, where an address has its @: each trigram costs a
-- list of all organizations.
create function private.search_condition(_terms text[])
returns text
language sql
immutable
set search_path = ''
begin atomic
    select coalesce(string_agg(
        format(' and w.words like %L', case
            when length(t.term) < 3 then '% ' else '%'
        end || regexp_replace(m.middle, '([\\%_])', '\\\1', 'g') || '%')
        || case
            when m.middle <> t.term then format(' and strpos(w.words, %L) > 0', t.term) else ''
        end, ''
    ), '')
    from unnest(_terms) as t (term)
    cross join lateral (
        select case
            when length(t.term) > 14 then substr(t.term, length(t.term) / 2 - 6, 12) else t.term
        end
    ) as m (middle);
end;

-- One letter too many, too few, another one, or two swapped.
create function private.is_typo_of(_term text, _word text)
returns boolean
language sql
immutable
set search_path = ''
return case
    when abs(length(_term) - length(_word)) > 1 or length(_term) > 200 then false
    when extensions.levenshtein_less_equal(_term, _word, 2) <= 1 then true
    else length(_term) = length(_word) and exists (
        select 1
        from generate_series(1, length(_term) - 1) as i (at)
        where left(_term, i.at - 1) || reverse(substr(_term, i.at, 2)) || substr(_term, i.at + 2)
            = _word
    )
end;

create function private.has_typo_of(_term text, _name text)
returns boolean
language sql
immutable
set search_path = ''
return exists (
    select 1
    from regexp_split_to_table(_name, '[^[:alnum:]]+') as n (word)
    where private.is_typo_of(_term, n.word)
);

-- Keys find candidates by the index; names are then held against each term exactly. Null where no
-- term is long enough.
create function private.typo_condition(_terms text[])
returns text
language sql
immutable
set search_path = ''
begin atomic
    select string_agg(case
        when length(t.term) < 4 then private.search_condition(array[t.term])
        else format(
            ' and w.typo_keys && %L::integer[] and (private.has_typo_of(%L, w.name_key)'
            || ' or private.has_typo_of(%L, private.search_key(coalesce(c.display_name, ''''))))',
            private.typo_keys(array[t.term]), t.term, t.term
        )
    end, '')
    from unnest(_terms) as t (term)
    having max(length(t.term)) >= 4;
end;

-- What each filter compares, with the type that its value must have. $ stands for the value.
create function private.filter_rule(_key text, out value_type text, out condition text)
language sql
immutable
set search_path = ''
begin atomic
    select r.value_type, r.condition
    from (values
        ('ids', 'uuid[]', 'c.id = any($)'),
        ('status', 'text[]', 'c.status = any($)'),
        ('tier_id', 'uuid[]', 'c.tier_id = any($)'),
        ('customer_type', 'text[]', 'c.customer_type = any($)'),
        ('tags', 'text[]', 'c.tags @> $'),
        ('tags_any', 'text[]', 'c.tags && $'),
        ('currency', 'text[]', 'c.currency = any($)'),
        ('parent_id', 'uuid[]', 'c.parent_id = any($)'),
        ('portal_enabled', 'boolean', 'c.portal_enabled = $'),
        ('created_from', 'timestamptz', 'c.created_at >= $'),
        ('created_to', 'timestamptz', 'c.created_at < $'),
        ('revenue_min', 'numeric', 's.revenue >= $'),
        ('revenue_max', 'numeric', 's.revenue <= $'),
        ('credit_status', 'text[]', 'private.credit_status(c, s) = any($)'),
        ('has_overdue', 'boolean',
            '(s.oldest_unpaid_due_on < (now() at time zone ''UTC'')::date) is true = $'),
        ('unverified_address', 'boolean',
            '(c.billing_address ? ''unverified'' or c.shipping_address ? ''unverified'') = $')
    ) as r (key, value_type, condition)
    where r.key = _key;
end;

create function private.filter_condition(_key text, _value jsonb)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
    v_rule record;
    v_value text := _value #>> '{}';
begin
    if _value = 'null' then
        return '';
    end if;
    select r.* into v_rule from private.filter_rule(_key) as r;
    -- A single value stands for a list of one.
    if v_rule.value_type like '%[]' then
        v_value := array(
            select e.value
            from jsonb_array_elements_text(
                case jsonb_typeof(_value)
                    when 'array' then _value else jsonb_build_array(_value)
                end
            ) as e (value)
        )::text;
        if cardinality(v_value::text[]) > 10000 then
            perform private.fail(
                'PT422', 'filter_invalid', format('filters: %s takes at most 10,000 values', _key),
                'Ask several times with fewer.'
            );
        end if;
    end if;
    begin
        case v_rule.value_type
            when 'uuid[]' then perform v_value::uuid[];
            when 'boolean' then perform v_value::boolean;
            when 'timestamptz' then perform v_value::timestamptz;
            when 'numeric' then perform v_value::numeric;
            else null;
        end case;
    exception when data_exception then
        perform private.fail(
            'PT422', 'filter_invalid',
            format('filters: %s must be of type %s', _key, v_rule.value_type),
            'The comment of search_customers lists them; those of an array take one value too.'
        );
    end;
    return ' and ' || replace(
        v_rule.condition, '$', quote_literal(v_value) || '::' || v_rule.value_type
    );
end;
$$;

create function private.filter_conditions(_filters jsonb)
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
    perform private.check_keys(coalesce(_filters, '{}'), array[
        'ids', 'status', 'tier_id', 'customer_type', 'tags', 'tags_any', 'currency', 'parent_id',
        'portal_enabled', 'created_from', 'created_to', 'revenue_min', 'revenue_max',
        'credit_status', 'has_overdue', 'unverified_address'
    ], 'filters');
    return coalesce((
        select string_agg(private.filter_condition(f.key, f.value), '')
        from jsonb_each(_filters) as f
    ), '');
end;
$$;

create function private.filter_candidates(_filters jsonb)
returns text
language sql
immutable
set search_path = ''
return case
    when _filters -> 'credit_status' <> 'null' and not _filters -> 'credit_status' @> '"ok"'
        then ' and exists (
            select 1
            from private.credit_alerts as a
            where a.organization_id = c.organization_id and a.customer_id = c.id
        )'
    else ''
end;

comment on function private.filter_candidates is
'What holds anyway of whoever meets the filters, and is in an index, as SQL.';

create function private.only_keys(_filters jsonb, _keys text[])
returns jsonb
language sql
immutable
set search_path = ''
begin atomic
    select jsonb_object_agg(f.key, f.value)
    from jsonb_each(_filters) as f
    where f.key = any(_keys);
end;

comment on function private.filter_conditions is
'The filters of search_customers as SQL. Raises PT422 unknown_key, filter_invalid.';

revoke all on all functions in schema private from public;
