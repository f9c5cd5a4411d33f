-- Adding customers with their contacts, one or many, in one transaction.
-- Needs: validation. Provides: private.insert_customers, create_customer.

create function private.customer_defaults()
returns public.customers
language sql
immutable
set search_path = ''
return jsonb_populate_record(null::public.customers, '{
    "status": "active", "customer_type": "standard", "billing_address": {}, "shipping_address": {},
    "payment_terms": 30, "currency": "USD", "settings": {}, "tags": [], "portal_enabled": false
}');

create function private.contact_defaults()
returns public.customer_contacts
language sql
immutable
set search_path = ''
return jsonb_populate_record(null::public.customer_contacts, '{
    "role": "contact", "is_primary": false, "portal_access": false,
    "preferred_contact_method": "email", "receives_order_updates": true,
    "receives_marketing": false
}');

comment on function private.customer_defaults is 'The column defaults, for records made from JSON.';
comment on function private.contact_defaults is 'The column defaults, for records made from JSON.';

-- The tier that a customer's values name, by id or by name ignoring case.
create function private.tier_of(_organization_id uuid, _customer jsonb)
returns uuid
language plpgsql
stable
set search_path = ''
as $$
begin
    if not _customer ? 'tier' then
        return (_customer ->> 'tier_id')::uuid;
    end if;
    return coalesce((_customer ->> 'tier_id')::uuid, (
        select t.id
        from public.customer_tiers as t
        where t.organization_id = _organization_id
            and lower(t.name) = lower(btrim(_customer ->> 'tier'))
    ));
end;
$$;

create function private.insert_contacts(_organization_id uuid, _rows jsonb)
returns public.customer_contacts[]
language sql
set search_path = ''
begin atomic
    with added as (
        insert into public.customer_contacts (
            organization_id, customer_id, first_name, last_name, email, phone, mobile, role,
            is_primary, portal_access, preferred_contact_method, receives_order_updates,
            receives_marketing, notes
        )
        select
            _organization_id, (r.value ->> 'id')::uuid, k.first_name, k.last_name, k.email, k.phone,
            k.mobile, k.role, k.is_primary, k.portal_access, k.preferred_contact_method,
            k.receives_order_updates, k.receives_marketing, k.notes
        from jsonb_array_elements(_rows) as r
        cross join lateral jsonb_array_elements(coalesce(r.value -> 'contacts', '[]'))
            with ordinality as a (contact, position)
        cross join lateral jsonb_populate_record(
            private.contact_defaults(), private.without_nulls(a.contact)
        ) as k
        where private.without_nulls(a.contact) <> '{}'
        order by (r.value ->> 'id'), a.position
        returning *
    )

    select array_agg(row(d.*)::public.customer_contacts) from added as d;
end;

create function private.insert_customers(_organization_id uuid, _rows jsonb)
returns void
language plpgsql
set search_path = ''
as $$
begin
    insert into public.customers (
        organization_id, id, customer_number, external_id, parent_id, company_name, display_name,
        tax_id, website, tier_id, status, customer_type, billing_address, shipping_address,
        credit_limit, payment_terms, currency, settings, tags, portal_enabled, portal_subdomain,
        notes, internal_notes
    )
    select
        _organization_id, (r.value ->> 'id')::uuid, c.customer_number, c.external_id, c.parent_id,
        c.company_name, c.display_name, c.tax_id, c.website,
        private.tier_of(_organization_id, r.value -> 'customer'), c.status, c.customer_type,
        c.billing_address, c.shipping_address, c.credit_limit, c.payment_terms, c.currency,
        c.settings, c.tags, c.portal_enabled, c.portal_subdomain, c.notes, c.internal_notes
    from jsonb_array_elements(_rows) as r
    cross join lateral jsonb_populate_record(
        private.customer_defaults(), private.without_nulls(r.value -> 'customer')
    ) as c;
    perform private.insert_contacts(_organization_id, _rows);
end;
$$;

comment on function private.insert_customers is
'Inserts customers with their contacts, set-based. _rows: [{"id", "customer": {…}, "contacts":
[…]}], validated before.';

-- Raises what is wrong, if anything is: the first error, and how many more there are.
create function private.refuse_errors(_errors public.validation_error[])
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
    if cardinality(_errors) > 0 then
        perform private.fail(
            case when (
                select bool_and(e.slug like '%\_taken') from unnest(_errors) as e
            ) then 'PT409' else 'PT422' end,
            _errors[1].slug,
            concat(
                _errors[1].path, ': ', _errors[1].message,
                ' (and ' || nullif(cardinality(_errors) - 1, 0) || ' more)'
            ),
            'validate_customer lists every error at once.'
        );
    end if;
end;
$$;

-- DEFINER because API roles may not write the tier and number that it takes.
create function private.create_customer(_customer jsonb, _contacts jsonb)
returns public.customers
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_organization_id constant uuid := private.organization_of(_customer, 'member');
    v_id constant uuid := gen_random_uuid();
    v_customer public.customers;
begin
    if coalesce(_customer ->> 'tier_id', _customer ->> 'tier') is not null
        or _customer ->> 'status' <> 'active'
    then
        perform private.require_role(v_organization_id, 'manager');
    end if;
    perform private.refuse_errors(
        private.all_errors(v_organization_id, _customer, _contacts)
    );
    begin
        perform private.insert_customers(v_organization_id, jsonb_build_array(
            jsonb_build_object('id', v_id, 'customer', _customer, 'contacts', _contacts)
        ));
    exception when unique_violation then
        -- Somebody was faster. Raised anew: the native detail would carry a definer's values.
        perform private.refuse_errors(
            private.conflict_errors(v_organization_id, _customer, _contacts)
        );
        raise;
    end;
    select c.* into v_customer
    from public.customers as c
    where c.organization_id = v_organization_id and c.id = v_id;
    return v_customer;
end;
$$;

create function public.create_customer(customer jsonb, contacts jsonb default '[]')
returns public.customers
language sql
set search_path = ''
return private.create_customer(create_customer.customer, create_customer.contacts);

comment on function public.create_customer is
'Adds a customer with its contacts in one transaction; returns the customer. customer: the writable
columns of customers, organization_id where the caller has several, tier_id or tier (a name) and
status for managers. contacts: a list of contact columns. For members. Raises PT422 with the first
error''s slug, PT409 with one in _taken, 42501 role_required.';

revoke all on all functions in schema private from public;
revoke all on function public.create_customer from public, anon, authenticated, service_role;
grant execute on function private.create_customer to authenticated, service_role;
grant execute on function public.create_customer to authenticated, service_role;
