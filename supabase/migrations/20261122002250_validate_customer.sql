-- What a customer clashes with among those that are there, and everything at once for forms.
-- Needs: validation. Provides: private.conflict_errors, private.all_errors, validate_customer.

create function private.tier_exists(_organization_id uuid, _customer jsonb)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
    return exists (
        select 1
        from public.customer_tiers as t
        where t.organization_id = _organization_id
            and t.id::text = coalesce(lower(_customer ->> 'tier_id'), t.id::text)
            and lower(t.name) = coalesce(lower(btrim(_customer ->> 'tier')), lower(t.name))
    );
end;
$$;

comment on function private.tier_exists is
'Whether there is a tier with the id and the name, ignoring case, that a customer''s values give.';

-- Each question only where it arises: a plan is set up for it, row by row.
create function private.taken_keys(_organization_id uuid, c jsonb, _except uuid)
returns public.validation_error[]
language plpgsql
stable
set search_path = ''
as $$
declare
    v_errors public.validation_error[] := '{}'::public.validation_error[];
begin
    if c ? 'customer_number' then
        v_errors := v_errors || private.rule(exists (
            select 1 from public.customers as o
            where o.organization_id = _organization_id
                and o.customer_number = btrim(c ->> 'customer_number')
                and private.current_customer_id(_organization_id, o.id) is distinct from _except
        ), 'customer_number', 'customer_number_taken', 'another customer has this number');
    end if;
    if c ? 'external_id' then
        v_errors := v_errors || private.rule(exists (
            select 1 from public.customers as o
            where o.organization_id = _organization_id
                and o.external_id = btrim(c ->> 'external_id')
                and private.current_customer_id(_organization_id, o.id) is distinct from _except
        ), 'external_id', 'external_id_taken', 'another customer has this external id');
    end if;
    if c ? 'portal_subdomain' then
        v_errors := v_errors || private.rule(exists (
            select 1 from private.portal_subdomains as o
            where o.subdomain = lower(btrim(c ->> 'portal_subdomain'))
                and o.customer_id is distinct from _except
        ), 'portal_subdomain', 'subdomain_taken', 'this subdomain is taken');
    end if;
    return v_errors;
end;
$$;

-- What a new customer clashes with among those that are there. Slugs in _taken are conflicts.
-- _except is the customer that may have the values, since they are its own or those of a redirect
-- that leads to it, and is to take others.
create function private.conflict_errors(
    _organization_id uuid, _customer jsonb, _contacts jsonb, _except uuid default null
)
returns public.validation_error[]
language plpgsql
stable
set search_path = ''
as $$
declare
    c constant jsonb := private.without_nulls(_customer);
    v_errors public.validation_error[] := private.taken_keys(_organization_id, c, _except);
begin
    if c ? 'parent_id' then
        v_errors := v_errors || private.rule(not exists (
            select 1 from public.customers as o
            where o.organization_id = _organization_id and case
                when private.is_uuid(c ->> 'parent_id') then o.id = (c ->> 'parent_id')::uuid
            end and ((o.merged_into is null and o.erased_at is null) or exists (
                select 1 from public.customers as k
                where k.organization_id = _organization_id and k.id = _except
                    and k.parent_id = o.id
            ))
        ), 'parent_id', 'parent_not_found',
        'the parent is none of your customers, or merged or erased');
    end if;
    if c ?| array['tier_id', 'tier'] then
        v_errors := v_errors || private.rule(not private.tier_exists(_organization_id, c),
            case when c ? 'tier' then 'tier' else 'tier_id' end,
            'tier_not_found', 'there is no such tier');
    end if;
    if c ->> 'status' = 'inactive' then
        v_errors := v_errors || private.rule(exists (
            select 1 from public.customers as o
            inner join public.orders as r
                on r.organization_id = o.organization_id and r.customer_id = o.id
                and r.status = 'open'
            where o.organization_id = _organization_id and o.id = _except and o.status <> 'inactive'
        ), 'status', 'open_orders', 'a customer with open orders cannot become inactive');
    end if;
    return v_errors || private.taken_emails(_organization_id, _contacts, _except);
end;
$$;

create function private.taken_emails(_organization_id uuid, _contacts jsonb, _except uuid)
returns public.validation_error[]
language plpgsql
stable
set search_path = ''
as $$
begin
    if jsonb_typeof(_contacts) is distinct from 'array' or _contacts = '[]' then
        return '{}'::public.validation_error[];
    end if;
    return array(
        select (
            concat_ws('.', 'contacts', k.position - 1, 'email'), 'email_taken',
            'another contact has this e-mail address'
        )::public.validation_error
        from jsonb_array_elements(_contacts) with ordinality as k (contact, position)
        inner join public.customer_contacts as a
            on a.organization_id = _organization_id
            and lower(a.email) = lower(btrim(k.contact ->> 'email'))
            and a.customer_id is distinct from _except
    );
end;
$$;

create function private.all_errors(_organization_id uuid, _customer jsonb, _contacts jsonb)
returns public.validation_error[]
language plpgsql
stable
set search_path = ''
as $$
begin
    return private.customer_errors(_customer) || private.contact_errors(_contacts)
        || private.conflict_errors(_organization_id, _customer, _contacts);
end;
$$;

create function private.organization_of(_customer jsonb, _role text)
returns uuid
language plpgsql
stable
set search_path = ''
as $$
begin
    if jsonb_typeof(_customer) is distinct from 'object' then
        perform private.fail(
            'PT422', 'not_an_object', 'customer must be a JSON object',
            'Send its fields by name, such as {"company_name": "Acme"}.'
        );
    elsif private.is_uuid(_customer ->> 'organization_id') is false then
        perform private.fail(
            'PT404', 'organization_not_found', 'organization not found',
            'Check the id, and that you are a member of it.'
        );
    end if;
    return private.organization_for((_customer ->> 'organization_id')::uuid, _role);
end;
$$;

-- DEFINER because it looks for clashes with subdomains, which nobody may read.
create function private.validate_customer(_customer jsonb, _contacts jsonb)
returns setof public.validation_error
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
    v_organization_id constant uuid := private.organization_of(_customer, 'member');
begin
    return query
    select e.* from unnest(private.all_errors(v_organization_id, _customer, _contacts)) as e;
end;
$$;

create function public.validate_customer(customer jsonb, contacts jsonb default '[]')
returns setof public.validation_error
language sql
stable
set search_path = ''
begin atomic
    select *
    from private.validate_customer(validate_customer.customer, validate_customer.contacts);
end;

comment on function public.validate_customer is
'Every error that create_customer would find, at once: {path, slug, message}; none if it would
pass. For members. Raises PT422 not_an_object, organization_required, PT404
organization_not_found.';

revoke all on all functions in schema private from public;
revoke all on function public.validate_customer from public, anon, authenticated, service_role;
grant execute on function private.validate_customer to authenticated, service_role;
grant execute on function public.validate_customer to authenticated, service_role;
