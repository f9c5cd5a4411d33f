-- How a host's own order system keeps its orders in step: what a row means, and writing some.
-- Needs: orders. Provides: private.write_orders, and what invoices share with it.
--
-- A row is the one with the same external_id in its organization, else the one with the same
-- number; of two rows for one order the later wins. A key left out keeps what is stored.

create function private.check_upsert_rows(_rows jsonb, _fields text[])
returns void
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_row jsonb;
begin
    if jsonb_typeof(_rows) is distinct from 'array' then
        perform private.fail(
            'PT422', 'rows_invalid', 'rows must be a JSON array of objects',
            'Send [{…}], also for a single row.'
        );
    end if;
    for v_row in select a.value from jsonb_array_elements(_rows) as a loop
        perform private.check_keys(v_row, array[
            'organization_id', 'customer_id', 'customer_external_id', 'customer_number', 'number',
            'external_id'
        ] || _fields, 'a row');
        if v_row ->> 'organization_id' is null
            or coalesce(v_row ->> 'external_id', v_row ->> 'number') is null
        then
            perform private.fail(
                'PT422', 'row_unidentified',
                'every row needs an organization_id, and a number or an external_id',
                'Nothing was written. Complete the rows, and send them again.'
            );
        end if;
    end loop;
end;
$$;

-- Null when the row names no customer, which an update need not do.
create function private.upsert_customer_id(_organization_id uuid, _row jsonb)
returns uuid
language plpgsql
stable
set search_path = ''
as $$
declare
    v_ids uuid[];
begin
    if not jsonb_strip_nulls(_row)
        ?| array['customer_id', 'customer_external_id', 'customer_number']
    then
        return null;
    end if;
    v_ids := array(
        select distinct private.current_customer_id(_organization_id, c.id)
        from public.customers as c
        where c.organization_id = _organization_id and (
            c.id = (_row ->> 'customer_id')::uuid
            or c.external_id = _row ->> 'customer_external_id'
            or c.customer_number = _row ->> 'customer_number'
        )
    );
    if cardinality(v_ids) <> 1 then
        perform private.fail(
            'PT404', 'customer_not_found', format(
                'no such customer, or two, for %s',
                coalesce(_row ->> 'number', _row ->> 'external_id')
            ), 'Check customer_id, customer_external_id or customer_number.'
        );
    end if;
    return v_ids[1];
end;
$$;

-- Of two rows for one order the later one.
create function private.last_rows(_rows jsonb)
returns setof jsonb
language sql
immutable
set search_path = ''
begin atomic
    select distinct on (
        r.value ->> 'organization_id',
        coalesce('e' || (r.value ->> 'external_id'), r.value ->> 'number')
    ) r.value
    from jsonb_array_elements(_rows) with ordinality as r (value, position)
    order by
        r.value ->> 'organization_id',
        coalesce('e' || (r.value ->> 'external_id'), r.value ->> 'number'),
        r.position desc;
end;

create function private.require_number(_number text)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
    if _number is null then
        perform private.fail(
            'PT422', 'row_unidentified', 'what is new needs a number',
            'An external_id alone finds what is there already. Nothing was written.'
        );
    end if;
end;
$$;

create function private.merged_order(_row jsonb)
returns public.orders
language plpgsql
volatile
set search_path = ''
as $$
declare
    v_order public.orders;
begin
    select t.* into v_order
    from public.orders as t
    where t.organization_id = (_row ->> 'organization_id')::uuid
        and (
            t.external_id = _row ->> 'external_id'
            -- Another external id is another order, whose number then is taken.
            or (
                t.number = _row ->> 'number'
                and (t.external_id <> _row ->> 'external_id') is not true
            )
        )
    order by (t.external_id = _row ->> 'external_id') desc nulls last
    limit 1
    for no key update;
    if not found then
        v_order := jsonb_populate_record(v_order, jsonb_build_object(
            'id', gen_random_uuid(), 'status', 'open', 'discount_percentage', 0,
            'list_amount', _row -> 'total', 'placed_at', now(),
            'created_at', now(), 'updated_at', now()
        ));
    end if;
    v_order := jsonb_populate_record(v_order, jsonb_strip_nulls(_row) - 'customer_id');
    v_order.customer_id := coalesce(
        private.upsert_customer_id(v_order.organization_id, _row), v_order.customer_id
    );
    v_order.currency := coalesce(v_order.currency, (
        select c.currency
        from public.customers as c
        where c.organization_id = v_order.organization_id and c.id = v_order.customer_id
    ));
    perform private.require_number(v_order.number);
    return v_order;
end;
$$;

comment on function private.merged_order is
'What is stored, locked, with what a row gives laid over it; a new one has a new id.';

create function private.write_orders(_rows jsonb)
returns integer[]
language plpgsql
set search_path = ''
as $$
declare
    v_counts integer[];
begin
    with written as (
        insert into public.orders as t
        select m.*
        from private.last_rows(_rows) as r (value)
        cross join lateral private.merged_order(r.value) as m
        on conflict (organization_id, id) do update
        set (
            customer_id, number, external_id, status, currency, list_amount,
            discount_percentage, total, placed_at
        ) = (
            excluded.customer_id, excluded.number, excluded.external_id, excluded.status,
            excluded.currency, excluded.list_amount, excluded.discount_percentage,
            excluded.total, excluded.placed_at
        )
        where t.* is distinct from excluded.*
        returning (t.xmax = 0) as is_new
    )

    select array[count(*) filter (where w.is_new), count(*) filter (where not w.is_new)]::integer[]
    into v_counts
    from written as w;
    return v_counts;
end;
$$;

revoke all on all functions in schema private from public;
