-- The portal: what a contact sees of its own customer, through a schema of its own.
-- Needs: portal_invitations, validation, timeline. Provides: schema portal, resolve_portal.
--
-- Its views are security_invoker over functions of private, which alone decide whose rows a caller
-- sees, and name every column: what a contact may not read never leaves them.

create schema portal;

comment on schema portal is
'The customer portal: what a contact sees of its own customer. Exposed through the API.';

revoke all on schema portal from public, anon, authenticated, service_role;
grant usage on schema portal to authenticated, service_role;

-- DEFINER because a contact is no member: RLS hides everything from it.
create function private.portal_links()
returns table (organization_id uuid, customer_id uuid, contact_id uuid)
language sql
stable
security definer
set search_path = ''
rows 1
begin atomic
    select k.organization_id, k.customer_id, k.id
    from public.customer_contacts as k
    inner join public.customers as c
        on k.organization_id = c.organization_id and k.customer_id = c.id
    where k.user_id = auth.uid() and k.portal_access and private.is_portal_open(c);
end;

comment on function private.portal_links is
'The contacts that the caller''s login is linked to and may use the portal as, at this moment.';

create type public.portal_profile as (
    organization_id uuid,
    organization_name text,
    customer_id uuid,
    company_name text,
    contact_id uuid,
    first_name text,
    last_name text,
    email text,
    phone text,
    mobile text,
    role text,
    preferred_contact_method text,
    receives_order_updates boolean,
    receives_marketing boolean
);

comment on type public.portal_profile is
'A row of portal.me: a contact, its customer and its organization.';

-- DEFINER for the same reason.
create function private.portal_profiles()
returns setof public.portal_profile
language sql
stable
security definer
set search_path = ''
rows 1
begin atomic
    select k.organization_id, o.name, k.customer_id, c.company_name, k.id, k.first_name,
        k.last_name, k.email, k.phone, k.mobile, k.role, k.preferred_contact_method,
        k.receives_order_updates, k.receives_marketing
    from private.portal_links() as l
    inner join public.customer_contacts as k
        on l.organization_id = k.organization_id and l.contact_id = k.id
    inner join public.customers as c
        on k.organization_id = c.organization_id and k.customer_id = c.id
    inner join public.organizations as o on k.organization_id = o.id
    order by o.name, k.id;
end;

-- DEFINER for the same reason.
create function private.portal_customers()
returns table (
    organization_id uuid,
    customer_id uuid,
    customer_number text,
    company_name text,
    display_name text,
    tax_id text,
    website text,
    billing_address jsonb,
    shipping_address jsonb,
    payment_terms integer,
    currency text,
    notes text
)
language sql
stable
security definer
set search_path = ''
rows 1
begin atomic
    select c.organization_id, c.id, c.customer_number, c.company_name, c.display_name, c.tax_id,
        c.website, c.billing_address, c.shipping_address, c.payment_terms, c.currency, c.notes
    from private.portal_links() as l
    inner join public.customers as c
        on l.organization_id = c.organization_id and l.customer_id = c.id;
end;

-- DEFINER for the same reason.
create function private.portal_contacts()
returns table (
    organization_id uuid,
    customer_id uuid,
    id uuid,
    first_name text,
    last_name text,
    email text,
    phone text,
    mobile text,
    role text,
    is_primary boolean
)
language sql
stable
security definer
set search_path = ''
rows 10
begin atomic
    select k.organization_id, k.customer_id, k.id, k.first_name, k.last_name, k.email, k.phone,
        k.mobile, k.role, k.is_primary
    from private.portal_links() as l
    inner join public.customer_contacts as k
        on l.organization_id = k.organization_id and l.customer_id = k.customer_id;
end;

-- DEFINER for the same reason.
create function private.portal_orders()
returns table (
    organization_id uuid,
    customer_id uuid,
    id uuid,
    number text,
    status text,
    currency text,
    list_amount numeric,
    discount_percentage numeric,
    total numeric,
    placed_at timestamptz
)
language sql
stable
security definer
set search_path = ''
begin atomic
    select o.organization_id, o.customer_id, o.id, o.number, o.status, o.currency, o.list_amount,
        o.discount_percentage, o.total, o.placed_at
    from private.portal_links() as l
    inner join public.orders as o
        on l.organization_id = o.organization_id and l.customer_id = o.customer_id;
end;

-- DEFINER for the same reason.
create function private.portal_invoices()
returns table (
    organization_id uuid,
    customer_id uuid,
    id uuid,
    order_id uuid,
    number text,
    status text,
    currency text,
    total numeric,
    issued_at timestamptz,
    due_at timestamptz,
    paid_at timestamptz
)
language sql
stable
security definer
set search_path = ''
begin atomic
    select i.organization_id, i.customer_id, i.id, i.order_id, i.number, i.status, i.currency,
        i.total, i.issued_at, i.due_at, i.paid_at
    from private.portal_links() as l
    inner join public.invoices as i
        on l.organization_id = i.organization_id and l.customer_id = i.customer_id;
end;

create function private.portal_activity_types()
returns text[]
language sql
immutable
set search_path = ''
return array[
    'order_placed', 'order_status_changed', 'invoice_issued', 'invoice_paid', 'portal_accepted'
];

comment on function private.portal_activity_types is
'What a customer sees of its own history. Members write none of these by hand.';

-- Of what was merged into the customer too. DEFINER for the same reason.
create function private.portal_activities()
returns table (
    organization_id uuid,
    customer_id uuid,
    id uuid,
    type text,
    title text,
    related_type text,
    related_id uuid,
    occurred_at timestamptz,
    created_at timestamptz
)
language sql
stable
security definer
set search_path = ''
begin atomic
    select a.organization_id, l.customer_id, a.id, a.type, a.title, a.related_type, a.related_id,
        a.occurred_at, a.created_at
    from private.portal_links() as l
    cross join unnest(private.merged_ids(l.organization_id, l.customer_id)) as m (id)
    inner join public.customer_activities as a
        on l.organization_id = a.organization_id and m.id = a.customer_id
    where a.type = any(private.portal_activity_types());
end;

create view portal.customer with (security_invoker = on) as
select c.* from private.portal_customers() as c;

create view portal.contacts with (security_invoker = on) as
select c.* from private.portal_contacts() as c;

create view portal.orders with (security_invoker = on) as
select o.* from private.portal_orders() as o;

create view portal.invoices with (security_invoker = on) as
select i.* from private.portal_invoices() as i;

create view portal.timeline with (security_invoker = on) as
select a.* from private.portal_activities() as a;

comment on view portal.customer is
'The caller''s own customers, one row for each that its login is linked to. notes are those meant
for the customer; internal ones never appear here.';
comment on view portal.contacts is 'The people at the caller''s own customers.';
comment on view portal.orders is 'Orders of the caller''s own customers. Money in currency.';
comment on view portal.invoices is
'Invoices of the caller''s own customers. Money in currency.';
comment on view portal.timeline is
'What happened that is the customer''s business: orders, invoices, and who joined the portal. Order
by created_at.';

create function portal.me()
returns setof public.portal_profile
language sql
stable
rows 1
set search_path = ''
begin atomic
    select * from private.portal_profiles();
end;

comment on function portal.me is
'Who the caller is in the portal: one row for each contact that its login is linked to and may use
it as; none, no access. By the organization''s name.';

create function portal.accept_invitation(token text)
returns jsonb
language sql
set search_path = ''
return private.accept_portal_invitation(accept_invitation.token);

comment on function portal.accept_invitation is
'Links the caller''s login to the contact that was invited, whose address must be the caller''s
verified one. Returns {"organization_id", "customer_id", "contact_id"}. Raises 42501 not_signed_in,
email_not_verified, PT404 invitation_not_found, PT409 invitation_accepted, portal_closed,
login_linked.';

create function private.portal_contact_id(_contact_id uuid)
returns uuid
language plpgsql
stable
set search_path = ''
as $$
declare
    v_ids constant uuid[] := array(select l.contact_id from private.portal_links() as l);
begin
    if _contact_id is null and cardinality(v_ids) > 1 then
        perform private.fail(
            'PT422', 'contact_required', 'say as which contact',
            'Pass contact_id: portal.me lists yours.'
        );
    elsif v_ids = '{}' or _contact_id <> all(v_ids) then
        perform private.fail(
            'PT404', 'contact_not_found', 'contact not found',
            'portal.me lists the contacts that you may use the portal as.'
        );
    end if;
    return coalesce(_contact_id, v_ids[1]);
end;
$$;

-- DEFINER for the same reason.
create function private.update_profile(_changes jsonb, _contact_id uuid)
returns public.portal_profile
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_id constant uuid := private.portal_contact_id(_contact_id);
    v_changes jsonb;
    v_contact public.customer_contacts;
    v_profile public.portal_profile;
begin
    perform private.check_keys(_changes, array[
        'first_name', 'last_name', 'phone', 'mobile', 'preferred_contact_method',
        'receives_order_updates', 'receives_marketing'
    ], 'changes');
    -- Nothing, of what always is something, means no change.
    v_changes := _changes - array(
        select c.key
        from jsonb_each(_changes) as c
        where c.value = 'null' and c.key <> all('{first_name,last_name,phone,mobile}')
    );
    select k.* into v_contact
    from private.portal_links() as l
    inner join public.customer_contacts as k
        on l.organization_id = k.organization_id and l.contact_id = k.id
    where k.id = v_id
    for no key update of k;
    perform private.refuse_errors(private.one_contact_errors(
        jsonb_build_object(
            'first_name', v_contact.first_name, 'last_name', v_contact.last_name,
            'email', v_contact.email
        ) || v_changes
    ));
    v_contact := jsonb_populate_record(v_contact, v_changes);
    update public.customer_contacts as k
    set first_name = v_contact.first_name, last_name = v_contact.last_name,
        phone = v_contact.phone, mobile = v_contact.mobile,
        preferred_contact_method = v_contact.preferred_contact_method,
        receives_order_updates = v_contact.receives_order_updates,
        receives_marketing = v_contact.receives_marketing
    where k.organization_id = v_contact.organization_id and k.id = v_contact.id;
    select p.* into v_profile from private.portal_profiles() as p where p.contact_id = v_id;
    return v_profile;
end;
$$;

create function portal.update_profile(changes jsonb, contact_id uuid default null)
returns public.portal_profile
language sql
set search_path = ''
return private.update_profile(update_profile.changes, update_profile.contact_id);

comment on function portal.update_profile is
'Changes the caller''s own contact: first_name, last_name, phone, mobile, preferred_contact_method,
receives_order_updates, receives_marketing; its e-mail address is the organization''s to change.
contact_id: where the login has several. Returns the row of portal.me. Raises PT404
contact_not_found, PT422 contact_required, not_an_object, unknown_key, and the slugs of
validate_customer for a contact.';

-- DEFINER because anon may read nothing; it tells what the portal''s sign-in page shows.
create function private.resolve_portal(_subdomain text)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
    v_portal jsonb;
begin
    select jsonb_build_object(
        'organization_name', o.name, 'branding', coalesce(o.settings -> 'branding', '{}')
    ) into v_portal
    from private.portal_subdomains as p
    inner join public.customers as c
        on p.organization_id = c.organization_id and p.customer_id = c.id
    inner join public.organizations as o on p.organization_id = o.id
    where p.subdomain = lower(btrim(_subdomain)) and private.is_portal_open(c);
    if v_portal is null then
        perform private.fail(
            'PT404', 'portal_not_found', 'there is no portal at this address',
            'Check the spelling with whoever gave it to you.'
        );
    end if;
    return v_portal;
end;
$$;

create function public.resolve_portal(subdomain text)
returns jsonb
language sql
stable
set search_path = ''
return private.resolve_portal(resolve_portal.subdomain);

comment on function public.resolve_portal is
'What the sign-in page of a portal shows, for anybody: {"organization_name", "branding": {"color",
"logo_url"}}, and nothing about the customer. Raises PT404 portal_not_found, also where the portal
is closed.';

revoke all on all functions in schema private from public;
revoke all on all functions in schema portal from public, anon, authenticated, service_role;
revoke all on all tables in schema portal from public, anon, authenticated, service_role;
revoke all on function public.resolve_portal from public, anon, authenticated, service_role;
grant select on all tables in schema portal to authenticated, service_role;
grant execute on all functions in schema portal to authenticated, service_role;
grant execute on function private.portal_profiles to authenticated, service_role;
grant execute on function private.portal_customers to authenticated, service_role;
grant execute on function private.portal_contacts to authenticated, service_role;
grant execute on function private.portal_orders to authenticated, service_role;
grant execute on function private.portal_invoices to authenticated, service_role;
grant execute on function private.portal_activities to authenticated, service_role;
grant execute on function private.accept_portal_invitation to authenticated, service_role;
grant execute on function private.update_profile to authenticated, service_role;
grant execute on function private.resolve_portal to anon, authenticated, service_role;
grant execute on function public.resolve_portal to anon, authenticated, service_role;
