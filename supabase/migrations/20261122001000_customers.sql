-- Customers: the companies that an organization sells to.
-- Needs: tiers, customer_values, currencies. Provides: public.customers.

create table public.customers (
    organization_id uuid not null,
    id uuid not null default gen_random_uuid(),
    customer_number text not null,
    external_id text,
    parent_id uuid,
    company_name text not null,
    display_name text,
    tax_id text,
    website text,
    tier_id uuid,
    status text not null default 'active',
    customer_type text not null default 'standard',
    billing_address jsonb not null default '{}',
    shipping_address jsonb not null default '{}',
    credit_limit numeric(18, 3),
    payment_terms integer not null default 30,
    currency text not null default 'USD',
    settings jsonb not null default '{}',
    tags text[] not null default '{}',
    portal_enabled boolean not null default false,
    portal_subdomain text,
    notes text,
    internal_notes text,
    credit_hold_reason text,
    credit_hold_until timestamptz,
    credit_hold_by uuid,
    deactivated_at timestamptz,
    merged_into uuid,
    erased_at timestamptz,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    created_by uuid,
    updated_by uuid,

    constraint customers_pkey primary key (organization_id, id),
    constraint customers_external_id_key unique (organization_id, external_id),
    -- What orders refer to: a currency cannot change under them.
    constraint customers_currency_key unique (organization_id, id, currency),
    constraint customers_organization_id_fkey
    foreign key (organization_id) references public.organizations on delete cascade,
    constraint customers_tier_fkey
    foreign key (organization_id, tier_id) references public.customer_tiers,
    constraint customers_parent_fkey
    foreign key (organization_id, parent_id) references public.customers
    on delete set null (parent_id),
    constraint customers_merged_into_fkey
    foreign key (organization_id, merged_into) references public.customers,

    constraint customers_customer_number_check
    check (private.has_text(customer_number) and length(customer_number) <= 100),
    constraint customers_external_id_check check (length(external_id) <= 200),
    constraint customers_company_name_check
    check (private.has_text(company_name) and length(company_name) <= 500),
    constraint customers_display_name_check check (length(display_name) <= 500),
    constraint customers_tax_id_check check (length(tax_id) <= 100),
    constraint customers_website_check check (private.is_url(website) and length(website) <= 2000),
    constraint customers_status_check check (status in ('active', 'inactive', 'suspended')),
    constraint customers_customer_type_check
    check (customer_type in ('standard', 'vip', 'partner')),
    constraint customers_credit_limit_check check (credit_limit between 0 and 1000000),
    constraint customers_payment_terms_check check (payment_terms between 0 and 365),
    constraint customers_currency_check check (private.currency_digits(currency) is not null),
    constraint customers_tags_check check (private.is_tag_list(tags)),
    constraint customers_portal_subdomain_check
    check (private.is_free_subdomain(portal_subdomain)),
    constraint customers_credit_hold_check check (
        credit_hold_reason is not null or (credit_hold_until is null and credit_hold_by is null)
    ),
    constraint customers_deactivated_at_check
    check ((status = 'inactive') = (deactivated_at is not null)),
    constraint customers_parent_id_check check (parent_id <> id),
    constraint customers_merged_into_check check (merged_into <> id)
);

comment on table public.customers is
'A company that an organization sells to. It is deactivated, never deleted.';
comment on column public.customers.customer_number is
'For people: unique in the organization, assigned when absent. Not writable through the API.';
comment on column public.customers.external_id is
'The customer''s id in another system, unique in the organization; upserts go by it.';
comment on column public.customers.parent_id is
'The group that this company belongs to; no cycles.';
comment on column public.customers.website is 'With http:// or https://.';
comment on column public.customers.tier_id is
'Changed through request_tier_change alone; without one given, the default tier.';
comment on column public.customers.status is
'active, inactive or suspended. Changed by deactivate_, suspend_ and reactivate_customer.';
comment on column public.customers.customer_type is 'standard, vip or partner.';
comment on column public.customers.billing_address is
'line1, line2, city, state, postal_code, country (ISO 3166 alpha-2), as address_formats asks for.
{} means none. "unverified": true marks one that misses its country''s format.';
comment on column public.customers.shipping_address is 'As billing_address; {} means the same one.';
comment on column public.customers.credit_limit is
'Money in currency. Null: unlimited. 0: prepaid. Set by admins.';
comment on column public.customers.payment_terms is 'Days until an invoice is due. Set by admins.';
comment on column public.customers.currency is 'ISO 4217. Fixed once orders or invoices exist.';
comment on column public.customers.settings is
'shipping, invoicing, notifications, locale, time_zone; anything of the host''s own under custom.';
comment on column public.customers.tags is
'Up to 100 different ones of up to 100 characters each; trimmed, in the order given.';
comment on column public.customers.portal_enabled is
'Whether contacts may use the portal. Set by managers.';
comment on column public.customers.portal_subdomain is
'A DNS label, unique across all organizations. Set by managers.';
comment on column public.customers.notes is 'May be shown to the customer.';
comment on column public.customers.internal_notes is 'Never shown to the customer.';
comment on column public.customers.credit_hold_reason is
'Why nothing is to be ordered on credit; null: no hold. Set by admins through set_credit_hold.';
comment on column public.customers.credit_hold_until is
'When the hold ends by itself; null: never.';
comment on column public.customers.credit_hold_by is 'The login that set the hold; no reference.';
comment on column public.customers.merged_into is 'Where this customer''s data went; a redirect.';
comment on column public.customers.erased_at is
'When erase_customer took the personal data away; nobody edits the customer after that.';
comment on column public.customers.version is
'Rises by one with every change. An update that filters on a stale one changes nothing.';
comment on column public.customers.created_by is 'A login; no reference, history outlives logins.';

-- To the planner every organization is alike. Of one that is new it would know that it has no
-- customers, find all indexes that begin with organization_id equally good, and look through all
-- customers of a growing organization for each of them.
alter table public.customers alter column organization_id set statistics 0;

create index customers_id_idx on public.customers (id);
create index customers_created_at_idx on public.customers (organization_id, created_at, id);
create index customers_tier_id_idx on public.customers (organization_id, tier_id);
create index customers_parent_id_idx on public.customers (organization_id, parent_id);
create index customers_merged_into_idx on public.customers (organization_id, merged_into);
create index customers_tax_id_idx on public.customers (organization_id, tax_id);
-- Most are active: whoever asks for those finds them in any order.
create index customers_status_idx
on public.customers (organization_id, status) where status <> 'active';
create index customers_tags_idx on public.customers using gin (organization_id, tags);
create index customers_credit_hold_until_idx
on public.customers (credit_hold_until) where credit_hold_until is not null;

-- The last one: while the table is empty all of these cost the same, and the planner takes the
-- newest. Numbering a first bulk of customers asks this one.
alter table public.customers
add constraint customers_customer_number_key unique (organization_id, customer_number);

alter table public.customers enable row level security;

create policy customers_select_member on public.customers
for select to authenticated
using (organization_id = any(array(select private.member_organization_ids())));

create policy customers_insert_member on public.customers
for insert to authenticated
with check (organization_id = any(array(select private.member_organization_ids('member'))));

create policy customers_update_member on public.customers
for update to authenticated
using (organization_id = any(array(select private.member_organization_ids('member'))))
with check (organization_id = any(array(select private.member_organization_ids('member'))));

-- No delete policy: a customer is deactivated. organization_id may be written since an upsert
-- writes its key; a trigger keeps it from changing.
revoke all on public.customers from public, anon, authenticated, service_role;
grant select on public.customers to authenticated;
grant insert (
    organization_id, external_id, parent_id, company_name, display_name, tax_id, website,
    customer_type, billing_address, shipping_address, credit_limit, payment_terms, currency,
    settings, tags, portal_enabled, portal_subdomain, notes, internal_notes
), update (
    organization_id, external_id, parent_id, company_name, display_name, tax_id, website,
    customer_type, billing_address, shipping_address, credit_limit, payment_terms, currency,
    settings, tags, portal_enabled, portal_subdomain, notes, internal_notes
) on public.customers to authenticated;
grant select, insert, update, delete on public.customers to service_role;

-- Groups, for PostgREST to embed: it cannot choose between two references to the table itself.
create function public.parent(public.customers)
returns setof public.customers
language sql
stable
rows 1
set search_path = ''
begin atomic
    select p.*
    from public.customers as p
    where p.organization_id = $1.organization_id and p.id = $1.parent_id;
end;

create function public.children(public.customers)
returns setof public.customers
language sql
stable
set search_path = ''
begin atomic
    select c.*
    from public.customers as c
    where c.organization_id = $1.organization_id and c.parent_id = $1.id;
end;

comment on function public.parent is 'The group that a customer belongs to: select=parent(…).';
comment on function public.children is 'The companies of a group: select=children(…).';

revoke all on function public.parent from public, anon, authenticated, service_role;
revoke all on function public.children from public, anon, authenticated, service_role;
grant execute on function public.parent to authenticated, service_role;
grant execute on function public.children to authenticated, service_role;
