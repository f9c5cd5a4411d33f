-- The same for invoices, and the calls for both.
-- Needs: order_upserts. Provides: upsert_orders, upsert_invoices.

-- An invoice is its order's customer's, whether the order is given by its id or its number.
create function private.with_order(_invoice public.invoices, _order_number text)
returns public.invoices
language plpgsql
stable
set search_path = ''
as $$
declare
    v_invoice public.invoices := _invoice;
    v_order public.orders;
begin
    select o.* into v_order
    from public.orders as o
    where o.organization_id = _invoice.organization_id and case
        when _order_number is not null then o.number = _order_number
        else o.id = _invoice.order_id
    end;
    if not found and coalesce(_order_number, _invoice.order_id::text) is not null then
        perform private.fail(
            'PT404', 'order_not_found', format('no such order for %s', _invoice.number),
            'Upsert orders before their invoices.'
        );
    end if;
    v_invoice.order_id := v_order.id;
    v_invoice.customer_id := coalesce(v_invoice.customer_id, v_order.customer_id);
    return v_invoice;
end;
$$;

create function private.merged_invoice(_row jsonb)
returns public.invoices
language plpgsql
volatile
set search_path = ''
as $$
declare
    v_invoice public.invoices;
begin
    select t.* into v_invoice
    from public.invoices as t
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
        v_invoice := jsonb_populate_record(v_invoice, jsonb_build_object(
            'id', gen_random_uuid(), 'status', 'open', 'issued_at', now(),
            'created_at', now(), 'updated_at', now()
        ));
    end if;
    v_invoice := jsonb_populate_record(v_invoice, jsonb_strip_nulls(_row) - 'customer_id');
    v_invoice := private.with_order(v_invoice, _row ->> 'order_number');
    -- A reopened invoice is not paid.
    if v_invoice.status <> 'paid' then
        v_invoice.paid_at := null;
    end if;
    v_invoice.customer_id := coalesce(
        private.upsert_customer_id(v_invoice.organization_id, _row), v_invoice.customer_id
    );
    v_invoice.currency := coalesce(v_invoice.currency, (
        select c.currency
        from public.customers as c
        where c.organization_id = v_invoice.organization_id and c.id = v_invoice.customer_id
    ));
    perform private.require_number(v_invoice.number);
    return v_invoice;
end;
$$;

comment on function private.merged_invoice is
'What is stored, locked, with what a row gives laid over it; a new one has a new id.';

create function private.write_invoices(_rows jsonb)
returns integer[]
language plpgsql
set search_path = ''
as $$
declare
    v_counts integer[];
begin
    with written as (
        insert into public.invoices as t
        select m.*
        from private.last_rows(_rows) as r (value)
        cross join lateral private.merged_invoice(r.value) as m
        on conflict (organization_id, id) do update
        set (
            customer_id, order_id, number, external_id, status, currency, total,
            issued_at, due_at, paid_at
        ) = (
            excluded.customer_id, excluded.order_id, excluded.number, excluded.external_id,
            excluded.status, excluded.currency, excluded.total, excluded.issued_at,
            excluded.due_at, excluded.paid_at
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

create function private.write_rows(_table text, _rows jsonb)
returns integer[]
language plpgsql
set search_path = ''
as $$
begin
    return case _table
        when 'orders' then private.write_orders(_rows) else private.write_invoices(_rows)
    end;
end;
$$;

-- Row after row, for rows that somebody else is adding just now, or that name one order in two
-- ways: each finds what is there by then.
create function private.write_one_by_one(_table text, _rows jsonb)
returns integer[]
language plpgsql
set search_path = ''
as $$
declare
    v_row jsonb;
    v_counts integer[];
    v_created integer := 0;
    v_updated integer := 0;
begin
    for v_row in select r.value from jsonb_array_elements(_rows) as r loop
        v_counts := private.write_rows(_table, jsonb_build_array(v_row));
        v_created := v_created + v_counts[1];
        v_updated := v_updated + v_counts[2];
    end loop;
    return array[v_created, v_updated];
exception when unique_violation then
    perform private.fail(
        'PT409', 'number_taken', format(
            'another one has the number %s or the external id %s',
            v_row ->> 'number', v_row ->> 'external_id'
        ), 'A number and an external id stay together.'
    );
    return null;
end;
$$;

create function private.upsert_rows(_table text, _rows jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
    v_counts integer[];
begin
    begin
        v_counts := private.write_rows(_table, _rows);
    exception when unique_violation or cardinality_violation then
        v_counts := private.write_one_by_one(_table, _rows);
    end;
    return jsonb_build_object(
        'created', v_counts[1], 'updated', v_counts[2],
        'unchanged', jsonb_array_length(_rows) - v_counts[1] - v_counts[2]
    );
end;
$$;

-- DEFINER, both, because the bodies name private, where service_role has no USAGE either.
create function private.upsert_orders(_rows jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
begin
    perform private.check_upsert_rows(_rows, array[
        'status', 'currency', 'list_amount', 'discount_percentage', 'total', 'placed_at'
    ]);
    return private.upsert_rows('orders', _rows);
end;
$$;

create function private.upsert_invoices(_rows jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
begin
    perform private.check_upsert_rows(_rows, array[
        'order_id', 'order_number', 'status', 'currency', 'total', 'issued_at', 'due_at', 'paid_at'
    ]);
    return private.upsert_rows('invoices', _rows);
end;
$$;

create function public.upsert_orders(rows jsonb)
returns jsonb
language sql
set search_path = ''
return private.upsert_orders(upsert_orders.rows);

comment on function public.upsert_orders is
'Adds or changes orders, for service_role. rows: [{organization_id, number and/or external_id,
customer_id | customer_external_id | customer_number, status, list_amount, discount_percentage,
total, placed_at}]; a key left out keeps what is stored. Returns {"created", "updated",
"unchanged"}. Raises PT422 rows_invalid, unknown_key, row_unidentified, PT404 customer_not_found,
native 23514.';

create function public.upsert_invoices(rows jsonb)
returns jsonb
language sql
set search_path = ''
return private.upsert_invoices(upsert_invoices.rows);

comment on function public.upsert_invoices is
'Adds or changes invoices, for service_role. rows: as for upsert_orders, with order_id or
order_number, total, issued_at, due_at, paid_at; the customer may be left out where the order
says. Returns {"created", "updated", "unchanged"}. Raises what upsert_orders raises, PT404
order_not_found.';

revoke all on all functions in schema private from public;
revoke all on function public.upsert_orders from public, anon, authenticated, service_role;
revoke all on function public.upsert_invoices from public, anon, authenticated, service_role;
grant execute on function private.upsert_orders to service_role;
grant execute on function private.upsert_invoices to service_role;
grant execute on function public.upsert_orders to service_role;
grant execute on function public.upsert_invoices to service_role;
