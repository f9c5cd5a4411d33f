-- The rules of a customer's row: reserved columns, prepared values, versions, groups, subdomains.
-- Needs: customers. Provides: triggers of public.customers, private.portal_subdomains.

create function private.tg_customers__guard_reserved()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_before public.customers;
begin
    if private.is_system() or private.is_importing() then
        return new;
    end if;
    if tg_op = 'UPDATE' then
        v_before := old;
    else
        -- An upsert tries to insert first: it may repeat, or leave out, what is there already.
        select c.* into v_before
        from public.customers as c
        where c.organization_id = new.organization_id and c.external_id = new.external_id
            and c.organization_id = any(array(select private.member_organization_ids('member')));
    end if;
    if (
        new.credit_limit is distinct from v_before.credit_limit
        and (tg_op = 'UPDATE' or new.credit_limit is not null)
    ) or (
        new.payment_terms is distinct from v_before.payment_terms
        and (tg_op = 'UPDATE' or new.payment_terms <> 30)
    ) then
        perform private.require_role(new.organization_id, 'admin');
    end if;
    if (
        new.portal_enabled is distinct from v_before.portal_enabled
        and (tg_op = 'UPDATE' or new.portal_enabled)
    ) or (
        new.portal_subdomain is distinct from v_before.portal_subdomain
        and (tg_op = 'UPDATE' or new.portal_subdomain is not null)
    ) then
        perform private.require_role(new.organization_id, 'manager');
    end if;
    return new;
end;
$$;

comment on function private.tg_customers__guard_reserved is
'Columns that a role reserves, which grants cannot tell: credit limit and payment terms for admins,
portal columns for managers. DEFINER because it names functions of private.';

-- A random number, not a counter: a counter would make an organization''s writers wait for each
-- other until commit, and a shared one would tell everybody how fast the others grow.
create function private.new_customer_number(_organization_id uuid)
returns text
language plpgsql
volatile
set search_path = ''
as $$
declare
    v_number text;
begin
    loop
        v_number := 'C-' || lpad(floor(random() * 1e10)::bigint::text, 10, '0');
        exit when not exists (
            select 1
            from public.customers as c
            where c.organization_id = _organization_id and c.customer_number = v_number
        );
    end loop;
    return v_number;
end;
$$;

create function private.tg_customers__prepare()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_error text;
begin
    new.company_name := private.trim(new.company_name);
    new.customer_number := nullif(private.trim(new.customer_number), '');
    new.external_id := nullif(private.trim(new.external_id), '');
    new.display_name := nullif(private.trim(new.display_name), '');
    new.tax_id := nullif(private.trim(new.tax_id), '');
    new.website := nullif(private.trim(new.website), '');
    new.portal_subdomain := nullif(lower(private.trim(new.portal_subdomain)), '');
    new.notes := nullif(private.trim(new.notes), '');
    new.internal_notes := nullif(private.trim(new.internal_notes), '');
    if new.parent_id = new.id then
        perform private.fail_parent_cycle();
    end if;
    if new.tags <> '{}' and (tg_op = 'INSERT' or new.tags is distinct from old.tags) then
        new.tags := private.accepted_tags(new.tags);
    end if;
    if tg_op = 'INSERT' then
        new.customer_number := coalesce(
            new.customer_number, private.new_customer_number(new.organization_id)
        );
        new.created_by := coalesce(auth.uid(), new.created_by);
        if new.tier_id is null then
            new.tier_id := (
                select t.id
                from public.customer_tiers as t
                where t.organization_id = new.organization_id and t.is_default
            );
        end if;
    end if;
    if tg_op = 'INSERT' or new.billing_address is distinct from old.billing_address then
        new.billing_address := private.accepted_address(new.billing_address, 'billing_address');
    end if;
    if tg_op = 'INSERT' or new.shipping_address is distinct from old.shipping_address then
        new.shipping_address := private.accepted_address(new.shipping_address, 'shipping_address');
    end if;
    if tg_op = 'INSERT' or new.settings is distinct from old.settings then
        v_error := private.customer_settings_error(new.settings);
        if v_error is not null then
            perform private.fail('PT422', 'settings_invalid', v_error, 'See docs/settings.md.');
        end if;
    end if;
    if new.status <> 'inactive' then
        new.deactivated_at := null;
    elsif new.deactivated_at is null then
        new.deactivated_at := now();
    end if;
    return new;
end;
$$;

comment on function private.tg_customers__prepare is
'Blank is null, numbers and the default tier are assigned, tags made clean, addresses and settings
judged. DEFINER because it names functions of private. Raises PT422 address_invalid,
settings_invalid, tags_invalid, parent_cycle.';

-- A change of nothing is no change: the row is written as it was, so that a client which filters
-- on a version can tell an unchanged row from a stale one.
create function private.tg_customers__raise_version()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
    new.version := old.version;
    new.updated_at := old.updated_at;
    new.updated_by := old.updated_by;
    if new is distinct from old then
        new.version := old.version + 1;
        new.updated_at := now();
        new.updated_by := auth.uid();
    end if;
    return new;
end;
$$;

create function private.fail_parent_cycle()
returns void
language sql
set search_path = ''
return private.fail(
    'PT422', 'parent_cycle', 'a company cannot belong to a group that belongs to itself',
    'Choose another parent, or move that one out of this company first.'
);

-- Not serialised by a lock, two moves at once could close a circle that neither of them sees.
create function private.tg_customers__refuse_cycle()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('parent ' || new.organization_id, 0));
    if exists (
        with recursive ancestors as (
            select new.parent_id as id
            union
            select c.parent_id
            from public.customers as c
            inner join ancestors as a on a.id = c.id
            where c.organization_id = new.organization_id
        )
        select 1 from ancestors as a where a.id = new.id
    ) then
        perform private.fail_parent_cycle();
    end if;
    return null;
end;
$$;

comment on function private.tg_customers__refuse_cycle is
'DEFINER because it names private.fail and must see the whole chain.';

create table private.portal_subdomains (
    subdomain text not null,
    organization_id uuid not null,
    customer_id uuid not null,

    constraint portal_subdomains_pkey primary key (subdomain),
    constraint portal_subdomains_customer_key unique (organization_id, customer_id),
    constraint portal_subdomains_customer_fkey
    foreign key (organization_id, customer_id) references public.customers on delete cascade
);

comment on table private.portal_subdomains is
'Which customer a portal subdomain leads to: unique across organizations, which no constraint on
customers may be.';

create function private.tg_customers__claim_subdomain()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    delete from private.portal_subdomains as p
    where p.organization_id = new.organization_id and p.customer_id = new.id;
    if new.portal_subdomain is not null then
        insert into private.portal_subdomains (subdomain, organization_id, customer_id)
        values (new.portal_subdomain, new.organization_id, new.id);
    end if;
    return null;
exception when unique_violation then
    -- Raised anew: the native detail would go to whoever tries names.
    perform private.fail(
        'PT409', 'subdomain_taken', 'this subdomain is taken', 'Choose another one.'
    );
    return null;
end;
$$;

comment on function private.tg_customers__claim_subdomain is
'DEFINER because callers may not read whose subdomains there are. Raises PT409 subdomain_taken.';

create trigger _100_refuse_key_change
before update of organization_id, id on public.customers
for each row when (old.organization_id <> new.organization_id or old.id <> new.id)
execute function private.tg__refuse_key_change();

create trigger _200_guard_reserved
before insert or update of credit_limit, payment_terms, portal_enabled, portal_subdomain
on public.customers
for each row execute function private.tg_customers__guard_reserved();

create trigger _300_prepare
before insert or update on public.customers
for each row execute function private.tg_customers__prepare();

create trigger _400_refuse_cycle_insert
after insert on public.customers
for each row when (new.parent_id is not null)
execute function private.tg_customers__refuse_cycle();

create trigger _400_refuse_cycle_update
after update of parent_id on public.customers
for each row when (new.parent_id is not null and new.parent_id is distinct from old.parent_id)
execute function private.tg_customers__refuse_cycle();

create trigger _410_claim_subdomain_insert
after insert on public.customers
for each row when (new.portal_subdomain is not null)
execute function private.tg_customers__claim_subdomain();

create trigger _410_claim_subdomain_update
after update of portal_subdomain on public.customers
for each row when (new.portal_subdomain is distinct from old.portal_subdomain)
execute function private.tg_customers__claim_subdomain();

create trigger _900_raise_version
before update on public.customers
for each row execute function private.tg_customers__raise_version();

-- Ids and numbers of a merged customer keep leading to where its data went.
create function private.current_customer_id(_organization_id uuid, _customer_id uuid)
returns uuid
language plpgsql
stable
set search_path = ''
as $$
declare
    v_id uuid := _customer_id;
    v_next uuid;
begin
    loop
        select c.merged_into into v_next
        from public.customers as c
        where c.organization_id = _organization_id and c.id = v_id;
        exit when v_next is null;
        v_id := v_next;
    end loop;
    return v_id;
end;
$$;

comment on function private.current_customer_id is
'The customer itself, or the one that it was merged into, however indirectly.';

revoke all on all functions in schema private from public;
