-- What customers pay: the discount of a tier at an instant, on any list price.
-- Needs: tier_history, tier_change_requests, lifecycle. Provides: public.customer_pricing,
-- price_items. The order of precedence stands in docs/pricing.md.

create view public.customer_pricing
with (security_invoker = on) as
select
    c.organization_id,
    c.id as customer_id,
    c.customer_number,
    c.status,
    c.currency,
    p.tier_id,
    t.name as tier_name,
    t.level as tier_level,
    p.started_at as tier_since,
    p.grace_until,
    s.tier_id as scheduled_tier_id,
    st.name as scheduled_tier_name,
    st.discount_percentage as scheduled_discount_percentage,
    s.started_at as scheduled_at,
    coalesce(t.discount_percentage, 0) as discount_percentage
from public.customers as c
-- The tier in force, whether or not the scheduler has given it to the customer.
left join lateral (
    select h.tier_id, h.started_at, h.grace_until
    from public.customer_tier_periods as h
    where h.organization_id = c.organization_id and h.customer_id = c.id
        and h.started_at <= statement_timestamp()
    order by h.started_at desc
    limit 1
) as p on true
left join lateral (
    select h.tier_id, h.started_at
    from public.customer_tier_periods as h
    where h.organization_id = c.organization_id and h.customer_id = c.id
        and h.started_at > statement_timestamp()
    order by h.started_at
    limit 1
) as s on true
left join public.customer_tiers as t
    on c.organization_id = t.organization_id and p.tier_id = t.id
left join public.customer_tiers as st
    on c.organization_id = st.organization_id and s.tier_id = st.id
where c.merged_into is null;

comment on view public.customer_pricing is
'What a customer''s prices rest on now: tier, percent off, currency, and an approved change that is
ahead. Members read it.';

revoke all on public.customer_pricing from public, anon, authenticated, service_role;
grant select on public.customer_pricing to authenticated, service_role;

create type public.price_row as (
    sku text,
    quantity numeric,
    list_price numeric,
    discount_percentage numeric,
    unit_price numeric,
    line_total numeric,
    tier_id uuid
);

comment on type public.price_row is
'A row of price_items. Money is in the customer''s currency, rounded to its minor unit.';

-- The first loss of discount after an order was placed; a later one does not extend its grace.
create function private.order_grace_until(_order public.orders, _at timestamptz)
returns timestamptz
language plpgsql
stable
set search_path = ''
as $$
begin
    return (
        select l.grace_until
        from (
            select p.started_at, p.grace_until
            from public.customer_tier_periods as p
            where p.organization_id = _order.organization_id
                and p.customer_id = _order.customer_id
                and p.grace_until is not null
            union all
            select d.started_at, d.grace_until
            from public.tier_discounts as d
            where d.organization_id = _order.organization_id
                and d.grace_until is not null
                and d.tier_id = private.tier_at(
                    _order.organization_id, _order.customer_id, d.started_at
                )
        ) as l
        where l.started_at > _order.placed_at and l.started_at <= _at
        order by l.started_at
        limit 1
    );
end;
$$;

comment on function private.order_grace_until is
'Until when an open order keeps its own discount: the grace of the first downgrade, or cut of the
discount of the tier that the customer then had, since it was placed. Null: nothing was lost.';

create function private.is_amount(_value jsonb)
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
begin
    return jsonb_typeof(_value) in ('number', 'string')
        and _value #>> '{}' ~ '^[0-9]{1,15}([.][0-9]{1,9})?$';
end;
$$;

create function private.check_items(_items jsonb)
returns void
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_item record;
begin
    if jsonb_typeof(_items) is distinct from 'array'
        or jsonb_array_length(_items) not between 1 and 1000
    then
        perform private.fail(
            'PT422', 'items_invalid', 'items must be a JSON array of 1 to 1,000 objects',
            'Each has sku, unit_price and quantity.'
        );
    end if;
    for v_item in
        select a.value, a.position
        from jsonb_array_elements(_items) with ordinality as a (value, position)
    loop
        perform private.check_keys(v_item.value, array['sku', 'unit_price', 'quantity'], 'an item');
        if private.has_text(v_item.value ->> 'sku') is not true
            or private.is_amount(v_item.value -> 'unit_price') is not true
            or private.is_amount(coalesce(v_item.value -> 'quantity', '1'::jsonb)) is not true
            or (coalesce(v_item.value ->> 'quantity', '1'))::numeric = 0
        then
            perform private.fail(
                'PT422', 'items_invalid', format(
                    'item %s needs a sku, a unit_price of 0 or more and a quantity above 0',
                    v_item.position
                ), 'Amounts are numbers, or texts such as "19.99", of at most 9 decimals.'
            );
        end if;
    end loop;
end;
$$;

create function private.refuse_pricing(_customer public.customers, _include_suspended boolean)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
    if _customer.merged_into is not null then
        perform private.fail_merged();
    elsif _customer.status = 'suspended' and _include_suspended is not true then
        perform private.fail(
            'PT409', 'customer_suspended', 'this customer is suspended and gets no prices',
            'Pass include_suspended to price all the same.'
        );
    elsif _customer.status = 'inactive' and _include_suspended is not true then
        perform private.fail(
            'PT409', 'customer_inactive', 'this customer is inactive and gets no prices',
            'Pass include_suspended to price all the same.'
        );
    end if;
end;
$$;

-- DEFINER to tell callers that a customer or order does not exist; membership is checked first.
create function private.price_items(
    _customer_id uuid, _items jsonb, _at timestamptz, _order_id uuid, _include_suspended boolean
)
returns setof public.price_row
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
    v_customer constant public.customers := private.find_customer(_customer_id, 'viewer');
    v_at constant timestamptz := coalesce(_at, clock_timestamp());
    v_tier_id uuid;
    v_discount numeric;
    v_order public.orders;
begin
    perform private.refuse_pricing(v_customer, _include_suspended);
    perform private.check_items(_items);
    v_tier_id := private.tier_at(v_customer.organization_id, _customer_id, v_at);
    v_discount := private.tier_discount_at(v_customer.organization_id, v_tier_id, v_at);
    if _order_id is not null then
        select o.* into v_order
        from public.orders as o
        where o.organization_id = v_customer.organization_id and o.id = _order_id
            and o.customer_id = _customer_id;
        if not found then
            perform private.fail(
                'PT404', 'order_not_found', 'the customer has no such order',
                'Pass the id of one of its orders, or none for what is new.'
            );
        end if;
        if v_order.status = 'open' and private.order_grace_until(v_order, v_at) > v_at then
            v_discount := greatest(v_discount, v_order.discount_percentage);
        end if;
    end if;
    return query
    select i.value ->> 'sku', q.quantity, q.list_price, v_discount, u.unit_price,
        round(u.unit_price * q.quantity, private.currency_digits(v_customer.currency)), v_tier_id
    from jsonb_array_elements(_items) with ordinality as i (value, position)
    cross join lateral (
        select
            (i.value ->> 'unit_price')::numeric as list_price,
            coalesce(i.value ->> 'quantity', '1')::numeric as quantity
    ) as q
    cross join lateral (
        select private.discounted(q.list_price, v_discount, v_customer.currency) as unit_price
    ) as u
    order by i.position;
end;
$$;

create function public.price_items(
    customer_id uuid,
    items jsonb,
    at timestamptz default null,
    order_id uuid default null,
    include_suspended boolean default false
)
returns setof public.price_row
language sql
stable
rows 50
set search_path = ''
begin atomic
    select *
    from private.price_items(
        price_items.customer_id, price_items.items, price_items.at, price_items.order_id,
        price_items.include_suspended
    );
end;

comment on function public.price_items is
'Prices for a customer, in the order of the items. items: up to 1,000 of {"sku", "unit_price" (list,
in the customer''s currency), "quantity" (default 1)}; amounts are numbers or texts. at: by the tier
and discount in force then, default now. order_id: an open order of the customer, which keeps its
own discount during grace. Suspended and inactive customers get no prices unless include_suspended.
For viewers. Raises PT404 customer_not_found, order_not_found, PT409 customer_suspended,
customer_inactive, customer_merged, PT422 items_invalid, unknown_key, not_an_object.';

revoke all on all functions in schema private from public;
revoke all on function public.price_items from public, anon, authenticated, service_role;
grant execute on function private.price_items to authenticated, service_role;
grant execute on function public.price_items to authenticated, service_role;
