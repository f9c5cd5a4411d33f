-- Orders and invoices: the smallest that statistics, tier previews and credit need. A host that has
-- an order system of its own keeps them in step through upsert_orders and upsert_invoices.
-- Needs: customers. Provides: public.orders, public.invoices.

create table public.orders (
    organization_id uuid not null,
    id uuid not null default gen_random_uuid(),
    customer_id uuid not null,
    number text not null,
    external_id text,
    status text not null default 'open',
    currency text not null,
    list_amount numeric(18, 3) not null,
    discount_percentage numeric(5, 2) not null default 0,
    total numeric(18, 3) not null,
    placed_at timestamptz not null default now(),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),

    constraint orders_pkey primary key (organization_id, id),
    constraint orders_number_key unique (organization_id, number),
    constraint orders_external_id_key unique (organization_id, external_id),
    -- What invoices refer to: an invoice is its order's customer's.
    constraint orders_customer_key unique (organization_id, id, customer_id),
    constraint orders_customer_fkey foreign key (organization_id, customer_id, currency)
    references public.customers (organization_id, id, currency),
    constraint orders_number_check check (private.has_text(number) and length(number) <= 100),
    constraint orders_external_id_check check (length(external_id) <= 200),
    constraint orders_status_check check (status in ('open', 'completed', 'cancelled')),
    -- NaN is greater than every number.
    constraint orders_list_amount_check check (list_amount >= 0 and list_amount <> 'NaN'),
    constraint orders_discount_percentage_check check (discount_percentage between 0 and 100),
    constraint orders_total_check check (total >= 0 and total <> 'NaN')
);

comment on table public.orders is
'What a customer ordered. Written by service_role through upsert_orders, read by members.';
comment on column public.orders.currency is 'The customer''s, ISO 4217: the reference sees to it.';
comment on column public.orders.status is 'open, completed or cancelled.';
comment on column public.orders.list_amount is 'Before the discount, in currency.';
comment on column public.orders.discount_percentage is
'Percent off that was agreed for this order, 0 to 100; kept until grace_until of a tier change.';
comment on column public.orders.total is 'After the discount, in currency.';

create index orders_placed_at_idx on public.orders (organization_id, customer_id, placed_at desc);
create index orders_open_idx on public.orders (organization_id, customer_id) where status = 'open';

create table public.invoices (
    organization_id uuid not null,
    id uuid not null default gen_random_uuid(),
    customer_id uuid not null,
    order_id uuid,
    number text not null,
    external_id text,
    status text not null default 'open',
    currency text not null,
    total numeric(18, 3) not null,
    issued_at timestamptz not null default now(),
    due_at timestamptz,
    paid_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),

    constraint invoices_pkey primary key (organization_id, id),
    constraint invoices_number_key unique (organization_id, number),
    constraint invoices_external_id_key unique (organization_id, external_id),
    constraint invoices_customer_fkey foreign key (organization_id, customer_id, currency)
    references public.customers (organization_id, id, currency),
    constraint invoices_order_fkey foreign key (organization_id, order_id, customer_id)
    references public.orders (organization_id, id, customer_id)
    on update cascade on delete set null (order_id),
    constraint invoices_number_check check (private.has_text(number) and length(number) <= 100),
    constraint invoices_external_id_check check (length(external_id) <= 200),
    constraint invoices_status_check check (status in ('open', 'paid', 'void')),
    constraint invoices_total_check check (total >= 0 and total <> 'NaN'),
    constraint invoices_paid_at_check check ((status = 'paid') = (paid_at is not null)),
    constraint invoices_due_at_check check (due_at >= issued_at)
);

comment on table public.invoices is
'What a customer owes or has paid. Written by service_role through upsert_invoices, read by
members.';
comment on column public.invoices.status is 'open, paid or void. paid goes with paid_at.';
comment on column public.invoices.currency is 'The customer''s, ISO 4217.';
comment on column public.invoices.total is 'In currency.';
comment on column public.invoices.due_at is
'When payment is due; absent, issued_at plus the customer''s payment terms.';

create index invoices_issued_at_idx
on public.invoices (organization_id, customer_id, issued_at desc);
create index invoices_open_idx
on public.invoices (organization_id, customer_id, due_at) where status = 'open';
create index invoices_order_id_idx on public.invoices (organization_id, order_id, customer_id);

alter table public.orders enable row level security;
alter table public.invoices enable row level security;

create policy orders_select_member on public.orders
for select to authenticated
using (organization_id = any(array(select private.member_organization_ids())));

create policy invoices_select_member on public.invoices
for select to authenticated
using (organization_id = any(array(select private.member_organization_ids())));

revoke all on public.orders from public, anon, authenticated, service_role;
revoke all on public.invoices from public, anon, authenticated, service_role;
grant select on public.orders to authenticated;
grant select on public.invoices to authenticated;
grant select, insert, update, delete on public.orders to service_role;
grant select, insert, update, delete on public.invoices to service_role;

create function private.tg_invoices__prepare()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    if new.status = 'paid' and new.paid_at is null then
        new.paid_at := now();
    end if;
    if new.due_at is null then
        new.due_at := new.issued_at + (
            select make_interval(days => c.payment_terms)
            from public.customers as c
            where c.organization_id = new.organization_id and c.id = new.customer_id
        );
    end if;
    return new;
end;
$$;

comment on function private.tg_invoices__prepare is
'DEFINER because it reads the terms of a customer that the writer may not see.';

create trigger _100_refuse_key_change
before update of organization_id, id on public.orders
for each row when (old.organization_id <> new.organization_id or old.id <> new.id)
execute function private.tg__refuse_key_change();

create trigger _900_touch
before update on public.orders
for each row execute function private.tg__touch();

create trigger _100_refuse_key_change
before update of organization_id, id on public.invoices
for each row when (old.organization_id <> new.organization_id or old.id <> new.id)
execute function private.tg__refuse_key_change();

create trigger _300_prepare
before insert or update on public.invoices
for each row execute function private.tg_invoices__prepare();

create trigger _900_touch
before update on public.invoices
for each row execute function private.tg__touch();

-- A cascade reaches tiers before the customers that refer to them, so what refers goes first.
create function private.tg_organizations__empty()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    delete from public.invoices as i where i.organization_id = old.id;
    delete from public.orders as o where o.organization_id = old.id;
    delete from public.customers as c where c.organization_id = old.id;
    return old;
end;
$$;

comment on function private.tg_organizations__empty is
'DEFINER because only service_role may delete an organization, and not by way of its tables.';

create trigger _300_empty
before delete on public.organizations
for each row execute function private.tg_organizations__empty();

revoke all on all functions in schema private from public;
