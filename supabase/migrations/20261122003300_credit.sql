-- Credit: what a customer may order on account, and holds that stop it.
-- Needs: lifecycle, stats, search_conditions. Provides: private.customer_credit, set_credit_hold,
-- release_credit_hold, may_order, private.release_expired_holds.

-- The one computation of credit. A hold that has expired is none, whether or not maintenance has
-- cleared it yet.
create function private.customer_credit(
    _customer public.customers, _stats public.customer_stats, _at timestamptz default now()
)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
    v_status constant text := private.credit_status(_customer, _stats, _at);
    v_used constant numeric := _stats.uninvoiced_order_total + _stats.open_invoice_total;
begin
    return jsonb_build_object(
        'limit', _customer.credit_limit,
        'used', v_used,
        'available', case
            when _customer.credit_limit is not null
                then greatest(_customer.credit_limit - v_used, 0)
        end,
        'status', v_status,
        'hold', case v_status
            when 'on_hold' then jsonb_build_object(
                'reason', _customer.credit_hold_reason,
                'until', _customer.credit_hold_until,
                'by', _customer.credit_hold_by
            )
        end
    );
end;
$$;

comment on function private.customer_credit is
'limit and available (null: unlimited), used (uninvoiced open orders and unpaid invoices), status
(ok, near_limit, over_limit, on_hold), hold (null, or reason, until and by). Money in the
customer''s currency; available is never below 0.';

-- DEFINER because the columns of a hold are not writable by API roles.
create function private.set_credit_hold(_customer_id uuid, _reason text, _until timestamptz)
returns public.customers
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_customer public.customers := private.locked_customer(_customer_id, 'admin');
begin
    if private.has_text(_reason) is not true or length(_reason) > 1000 then
        perform private.fail(
            'PT422', 'reason_required', 'a credit hold needs a reason of at most 1,000 characters',
            'Say what the next one should know who meets the hold.'
        );
    elsif _until <= now() or not isfinite(_until) then
        perform private.fail(
            'PT422', 'until_invalid', 'until must be an instant in the future',
            'Leave it out for a hold that lasts until it is released.'
        );
    end if;
    update public.customers as c
    set credit_hold_reason = private.trim(_reason),
        credit_hold_until = _until,
        credit_hold_by = auth.uid()
    where c.organization_id = v_customer.organization_id and c.id = _customer_id
    returning c.* into v_customer;
    return v_customer;
end;
$$;

create function public.set_credit_hold(
    customer_id uuid, reason text default null, until timestamptz default null
)
returns public.customers
language sql
set search_path = ''
return private.set_credit_hold(
    set_credit_hold.customer_id, set_credit_hold.reason, set_credit_hold.until
);

comment on function public.set_credit_hold is
'Lets a customer order nothing on credit, or changes a hold that it has. reason: required. until:
when the hold ends by itself, in the future; left out, never. Returns the customer. For admins.
Raises PT404 customer_not_found, PT409 customer_merged, PT422 reason_required, until_invalid, 42501
role_required.';

-- DEFINER for the same reason.
create function private.release_credit_hold(_customer_id uuid)
returns public.customers
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_customer public.customers := private.locked_customer(_customer_id, 'admin');
begin
    if v_customer.credit_hold_reason is null then
        perform private.fail(
            'PT409', 'no_credit_hold', 'this customer has no credit hold',
            'Read the customer again: somebody may have been faster.'
        );
    end if;
    update public.customers as c
    set credit_hold_reason = null, credit_hold_until = null, credit_hold_by = null
    where c.organization_id = v_customer.organization_id and c.id = _customer_id
    returning c.* into v_customer;
    return v_customer;
end;
$$;

create function public.release_credit_hold(customer_id uuid)
returns public.customers
language sql
set search_path = ''
return private.release_credit_hold(release_credit_hold.customer_id);

comment on function public.release_credit_hold is
'Ends a customer''s credit hold. Returns the customer. For admins. Raises PT404 customer_not_found,
PT409 no_credit_hold, customer_merged, 42501 role_required.';

-- DEFINER because it names functions of private, and tells outsiders what find_customer tells.
create function private.may_order(_customer_id uuid, _amount numeric)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
    v_customer constant public.customers := private.find_customer(_customer_id, 'viewer');
    v_stats public.customer_stats;
    v_credit jsonb;
    v_reason text;
begin
    if v_customer.merged_into is not null then
        perform private.fail_merged();
    -- NaN is greater than infinity.
    elsif (_amount >= 0 and _amount < 'Infinity') is not true then
        perform private.fail(
            'PT422', 'amount_invalid', 'amount must be a number of 0 or more',
            'In the customer''s currency.'
        );
    end if;
    select s.* into v_stats
    from public.customer_stats as s
    where s.organization_id = v_customer.organization_id and s.customer_id = _customer_id;
    v_credit := private.customer_credit(v_customer, v_stats);
    v_reason := case
        when v_customer.status <> 'active' then 'customer_' || v_customer.status
        when v_credit ->> 'status' = 'on_hold' then 'on_hold'
        when (v_credit ->> 'used')::numeric + _amount <= v_customer.credit_limit is not false
            then null
        when v_customer.credit_limit = 0 then 'prepayment_required'
        else 'credit_limit'
    end;
    return jsonb_build_object(
        'allowed', v_reason is null, 'reason', v_reason, 'available', v_credit -> 'available'
    );
end;
$$;

create function public.may_order(customer_id uuid, amount numeric)
returns jsonb
language sql
stable
set search_path = ''
return private.may_order(may_order.customer_id, may_order.amount);

comment on function public.may_order is
'Whether a customer may order for this much more, in its currency, without paying first: {"allowed",
"reason", "available"}. reason: null, customer_inactive, customer_suspended, on_hold,
prepayment_required (the credit limit is 0) or credit_limit. available: what is left of the limit,
null where there is none. Advice, not a reservation: two orders at once may both be told yes. For
viewers. Raises PT404 customer_not_found, PT409 customer_merged, PT422 amount_invalid.';

-- Whoever is changing such a customer right now is left alone: the next run finds it.
create function private.release_expired_holds()
returns integer
language plpgsql
set search_path = ''
as $$
declare
    v_count integer;
begin
    perform private.set_reason('The hold has expired');
    update public.customers as c
    set credit_hold_reason = null, credit_hold_until = null, credit_hold_by = null
    from (
        select e.organization_id, e.id
        from public.customers as e
        -- An erased customer is written by nothing but its erasure.
        where e.credit_hold_until <= now() and e.erased_at is null
        order by e.organization_id, e.id
        for no key update skip locked
    ) as e
    where c.organization_id = e.organization_id and c.id = e.id;
    get diagnostics v_count = row_count;
    perform private.set_reason(null);
    return v_count;
end;
$$;

comment on function private.release_expired_holds is
'Clears the holds whose time is over, for maintenance; returns how many.';

revoke all on all functions in schema private from public;
revoke all on function public.set_credit_hold from public, anon, authenticated, service_role;
revoke all on function public.release_credit_hold from public, anon, authenticated, service_role;
revoke all on function public.may_order from public, anon, authenticated, service_role;
grant execute on function private.set_credit_hold to authenticated, service_role;
grant execute on function private.release_credit_hold to authenticated, service_role;
grant execute on function private.may_order to authenticated, service_role;
grant execute on function public.set_credit_hold to authenticated, service_role;
grant execute on function public.release_credit_hold to authenticated, service_role;
grant execute on function public.may_order to authenticated, service_role;
