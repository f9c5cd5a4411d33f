-- Deactivating, suspending and reactivating customers. Nothing is ever deleted.
-- Needs: timeline, activity_triggers. Provides: deactivate_, suspend_, reactivate_customer.

create function private.set_customer_status(
    _customer_id uuid, _from text[], _status text, _reason text
)
returns public.customers
language plpgsql
set search_path = ''
as $$
declare
    v_customer public.customers := private.find_customer(_customer_id, 'manager');
begin
    -- Locked, then looked at: of two calls at once the second one sees the first one's status.
    select c.* into v_customer
    from public.customers as c
    where c.organization_id = v_customer.organization_id and c.id = _customer_id
    for no key update;
    if v_customer.merged_into is not null then
        perform private.fail(
            'PT409', 'customer_merged', 'this customer was merged into another one',
            'Work with the customer in merged_into.'
        );
    elsif v_customer.status <> all(_from) then
        perform private.fail(
            'PT409', 'status_conflict', format(
                'a customer that is %s cannot become %s', v_customer.status, _status
            ), 'Read the customer again: somebody may have been faster.'
        );
    end if;
    perform private.set_reason(_reason);
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
'Ends the business with a customer, which stays with everything it has. Returns the customer. For
managers. Raises PT404 customer_not_found, PT409 status_conflict, customer_merged, 42501
role_required.';

create function public.suspend_customer(customer_id uuid, reason text default null)
returns public.customers
language sql
set search_path = ''
return private.suspend_customer(suspend_customer.customer_id, suspend_customer.reason);

comment on function public.suspend_customer is
'Stops the business with an active customer for a while. Returns the customer. For managers. Raises
PT404 customer_not_found, PT409 status_conflict, customer_merged, 42501 role_required.';

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
