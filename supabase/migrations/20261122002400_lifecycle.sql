-- Deactivating, suspending and reactivating customers. Nothing is ever deleted.
-- Needs: timeline, activity_triggers. Provides: private.locked_customer, deactivate_, suspend_,
-- reactivate_customer.

-- Locked, then looked at: of two calls at once the second one sees what the first one did.
create function private.locked_customer(_customer_id uuid, _role text)
returns public.customers
language plpgsql
set search_path = ''
as $$
declare
    v_customer public.customers := private.find_customer(_customer_id, _role);
begin
    select c.* into v_customer
    from public.customers as c
    where c.organization_id = v_customer.organization_id and c.id = _customer_id
    for no key update;
    if v_customer.merged_into is not null then
        perform private.fail_merged();
    end if;
    return v_customer;
end;
$$;

comment on function private.locked_customer is
'The customer that a call is about to change, as find_customer gives it. Raises PT409
customer_merged where it is a redirect.';

create function private.fail_merged()
returns void
language sql
set search_path = ''
return private.fail(
    'PT409', 'customer_merged', 'this customer was merged into another one',
    'Work with the customer in merged_into.'
);

create function private.refuse_open_orders(_organization_id uuid, _customer_id uuid)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
    v_count bigint;
begin
    select count(*) into v_count
    from public.orders as o
    where o.organization_id = _organization_id and o.customer_id = _customer_id
        and o.status = 'open';
    if v_count > 0 then
        perform private.fail(
            'PT409', 'open_orders', format(
                'a customer with open orders cannot become inactive, and this one has %s',
                v_count
            ),
            'Complete or cancel them first; suspend_customer stops new business meanwhile.'
        );
    end if;
end;
$$;

-- Whoever writes a status, by whatever way, meets the rules here; who may write one is decided by
-- grants and functions. An order that is placed while its customer is deactivated may still slip
-- in: the host's order system knows better, and an inactive customer's orders are kept like others.
create function private.tg_customers__guard_status()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    -- Merging and its undoing write merged_into as well, and know what they do.
    if old.merged_into is not null and new.merged_into is not null then
        perform private.fail_merged();
    end if;
    if new.status = 'inactive' then
        perform private.refuse_open_orders(new.organization_id, new.id);
    end if;
    return new;
end;
$$;

comment on function private.tg_customers__guard_status is
'DEFINER because it counts orders whoever writes. Raises PT409 open_orders, customer_merged.';

create trigger _200_guard_status
before update of status on public.customers
for each row when (new.status <> old.status)
execute function private.tg_customers__guard_status();

create function private.set_customer_status(
    _customer_id uuid, _from text[], _status text, _reason text
)
returns public.customers
language plpgsql
set search_path = ''
as $$
declare
    v_customer public.customers := private.locked_customer(_customer_id, 'manager');
begin
    perform private.check_reason(_reason);
    if v_customer.status <> all(_from) then
        perform private.fail(
            'PT409', 'status_conflict', format(
                'a customer that is %s cannot become %s', v_customer.status, _status
            ), case
                when _status = 'suspended' and v_customer.status = 'inactive'
                    then 'There is no business to suspend: reactivate_customer takes it up again.'
                else 'Read the customer again: somebody may have been faster.'
            end
        );
    end if;
    perform private.set_reason(private.trim(_reason));
    update public.customers as c
    set status = _status
    where c.organization_id = v_customer.organization_id and c.id = _customer_id
    returning c.* into v_customer;
    perform private.set_reason(null);
    return v_customer;
end;
$$;

-- DEFINER, all three, because status is not writable by API roles.
create function private.deactivate_customer(_customer_id uuid, _reason text)
returns public.customers
language sql
security definer
set search_path = ''
return private.set_customer_status(
    _customer_id, array['active', 'suspended'], 'inactive', _reason
);

create function private.suspend_customer(_customer_id uuid, _reason text)
returns public.customers
language sql
security definer
set search_path = ''
return private.set_customer_status(_customer_id, array['active'], 'suspended', _reason);

create function private.reactivate_customer(_customer_id uuid)
returns public.customers
language sql
security definer
set search_path = ''
return private.set_customer_status(
    _customer_id, array['inactive', 'suspended'], 'active', null
);

create function public.deactivate_customer(customer_id uuid, reason text default null)
returns public.customers
language sql
set search_path = ''
return private.deactivate_customer(deactivate_customer.customer_id, deactivate_customer.reason);

comment on function public.deactivate_customer is
'Ends the business with a customer, which stays with everything it has. Refused while it has open
orders. reason: the description of the activity. Returns the customer. For managers. Raises PT404
customer_not_found, PT409 open_orders, status_conflict, customer_merged, PT422 reason_too_long,
42501 role_required.';

create function public.suspend_customer(customer_id uuid, reason text default null)
returns public.customers
language sql
set search_path = ''
return private.suspend_customer(suspend_customer.customer_id, suspend_customer.reason);

comment on function public.suspend_customer is
'Stops the business with an active customer for a while, open orders or not. reason: the description
of the activity. Returns the customer. For managers. Raises PT404 customer_not_found, PT409
status_conflict, customer_merged, PT422 reason_too_long, 42501 role_required.';

create function public.reactivate_customer(customer_id uuid)
returns public.customers
language sql
set search_path = ''
return private.reactivate_customer(reactivate_customer.customer_id);

comment on function public.reactivate_customer is
'Takes up the business with an inactive or suspended customer again. Returns the customer. For
managers. Raises PT404 customer_not_found, PT409 status_conflict, customer_merged, 42501
role_required.';

revoke all on all functions in schema private from public;
revoke all on function public.deactivate_customer from public, anon, authenticated, service_role;
revoke all on function public.suspend_customer from public, anon, authenticated, service_role;
revoke all on function public.reactivate_customer from public, anon, authenticated, service_role;
grant execute on function private.deactivate_customer to authenticated, service_role;
grant execute on function private.suspend_customer to authenticated, service_role;
grant execute on function private.reactivate_customer to authenticated, service_role;
grant execute on function public.deactivate_customer to authenticated, service_role;
grant execute on function public.suspend_customer to authenticated, service_role;
grant execute on function public.reactivate_customer to authenticated, service_role;
