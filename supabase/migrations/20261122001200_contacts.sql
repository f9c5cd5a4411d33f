-- Contacts: the people at a customer, at most one of them primary.
-- Needs: customers, auth.users. Provides: public.customer_contacts, private.locked_contact,
-- set_primary_contact.

create table public.customer_contacts (
    organization_id uuid not null,
    id uuid not null default gen_random_uuid(),
    customer_id uuid not null,
    user_id uuid,
    first_name text not null,
    last_name text not null,
    email text not null,
    phone text,
    mobile text,
    role text not null default 'contact',
    is_primary boolean not null default false,
    portal_access boolean not null default false,
    preferred_contact_method text not null default 'email',
    receives_order_updates boolean not null default true,
    receives_marketing boolean not null default false,
    notes text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),

    constraint customer_contacts_pkey primary key (organization_id, id),
    constraint customer_contacts_customer_fkey
    foreign key (organization_id, customer_id) references public.customers on delete cascade,
    constraint customer_contacts_user_id_fkey
    foreign key (user_id) references auth.users (id) on delete set null,
    constraint customer_contacts_first_name_check
    check (private.has_text(first_name) and length(first_name) <= 200),
    constraint customer_contacts_last_name_check
    check (private.has_text(last_name) and length(last_name) <= 200),
    constraint customer_contacts_phone_check check (length(phone) <= 100),
    constraint customer_contacts_mobile_check check (length(mobile) <= 100),
    constraint customer_contacts_email_check check (private.is_email(email)),
    constraint customer_contacts_role_check
    check (role in ('primary', 'billing', 'shipping', 'contact')),
    constraint customer_contacts_is_primary_check check (is_primary = (role = 'primary')),
    constraint customer_contacts_preferred_contact_method_check
    check (preferred_contact_method in ('email', 'phone', 'mobile', 'post', 'none')),
    -- Deferred: a statement sets the new primary first, and its trigger then demotes the other.
    constraint customer_contacts_one_primary_excl
    exclude using btree (organization_id with =, customer_id with =) where (is_primary)
    deferrable initially deferred
);

comment on table public.customer_contacts is
'A person at a customer. Making one primary demotes the other in the same statement.';
comment on column public.customer_contacts.user_id is
'The login that this person uses the portal with; at most one contact per organization.';
comment on column public.customer_contacts.email is
'Unique in the organization ignoring case; other organizations may know the same address.';
comment on column public.customer_contacts.role is
'primary, billing, shipping or contact. primary and is_primary never disagree.';
comment on column public.customer_contacts.portal_access is
'Whether this person may use the portal. Granted and revoked by managers.';
comment on column public.customer_contacts.preferred_contact_method is
'email, phone, mobile, post or none.';

-- As for customers.
alter table public.customer_contacts alter column organization_id set statistics 0;

create unique index customer_contacts_email_key
on public.customer_contacts (organization_id, lower(email));
create unique index customer_contacts_user_id_key
on public.customer_contacts (organization_id, user_id) where user_id is not null;
create index customer_contacts_customer_id_idx
on public.customer_contacts (organization_id, customer_id);
create index customer_contacts_user_id_idx on public.customer_contacts (user_id);
create index customer_contacts_id_idx on public.customer_contacts (id);

alter table public.customer_contacts enable row level security;

create policy customer_contacts_select_member on public.customer_contacts
for select to authenticated
using (organization_id = any(array(select private.member_organization_ids())));

create policy customer_contacts_insert_member on public.customer_contacts
for insert to authenticated
with check (organization_id = any(array(select private.member_organization_ids('member'))));

create policy customer_contacts_update_member on public.customer_contacts
for update to authenticated
using (organization_id = any(array(select private.member_organization_ids('member'))))
with check (organization_id = any(array(select private.member_organization_ids('member'))));

create policy customer_contacts_delete_member on public.customer_contacts
for delete to authenticated
using (organization_id = any(array(select private.member_organization_ids('member'))));

revoke all on public.customer_contacts from public, anon, authenticated, service_role;
grant select, delete on public.customer_contacts to authenticated;
grant insert (
    organization_id, customer_id, first_name, last_name, email, phone, mobile, role, is_primary,
    portal_access, preferred_contact_method, receives_order_updates, receives_marketing, notes
), update (
    organization_id, customer_id, first_name, last_name, email, phone, mobile, role, is_primary,
    portal_access, preferred_contact_method, receives_order_updates, receives_marketing, notes
) on public.customer_contacts to authenticated;
grant select, insert, update, delete on public.customer_contacts to service_role;

create function private.tg_customer_contacts__guard_portal_access()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    if private.is_system() or private.is_importing() then
        return new;
    elsif tg_op = 'INSERT' then
        if new.portal_access then
            perform private.require_role(new.organization_id, 'manager');
        end if;
    -- API roles cannot write it: a function of the portal does, which has asked by itself.
    elsif new.user_id is distinct from old.user_id then
        return new;
    -- Access belongs to a person at a customer: who moves it to another one, or hands it to another
    -- address, grants it anew.
    elsif new.portal_access <> old.portal_access or (
        (old.portal_access or old.user_id is not null)
        and (new.customer_id, lower(new.email)) <> (old.customer_id, lower(old.email))
    ) then
        perform private.require_role(new.organization_id, 'manager');
    end if;
    return new;
end;
$$;

comment on function private.tg_customer_contacts__guard_portal_access is
'Portal access is for managers, which grants cannot tell. DEFINER: it names functions of private.';

create function private.tg_customer_contacts__prepare()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    new.first_name := private.trim(new.first_name);
    new.last_name := private.trim(new.last_name);
    new.email := private.trim(new.email);
    new.phone := nullif(private.trim(new.phone), '');
    new.mobile := nullif(private.trim(new.mobile), '');
    new.notes := nullif(private.trim(new.notes), '');
    -- Whichever of the two was changed leads; where both were, being primary does.
    if tg_op = 'INSERT' then
        new.is_primary := new.is_primary or new.role = 'primary';
    elsif new.customer_id <> old.customer_id and new.role = old.role then
        -- Who moves to another customer arrives as a plain contact, unless told otherwise.
        new.is_primary := new.is_primary and not old.is_primary;
    elsif new.is_primary = old.is_primary then
        new.is_primary := new.role = 'primary';
    end if;
    if new.is_primary then
        new.role := 'primary';
    elsif new.role = 'primary' then
        new.role := 'contact';
    end if;
    return new;
end;
$$;

comment on function private.tg_customer_contacts__prepare is
'Blank is null; role and is_primary agree. DEFINER because it names functions of private.';

create function private.tg_customer_contacts__lock_customer()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    -- An import has locked its customers, or has just made them.
    if private.is_importing() then
        return new;
    end if;
    perform 1
    from public.customers as c
    where c.organization_id = new.organization_id and c.id = new.customer_id and (
        private.is_system()
        -- This runs before the policies: nobody may wait for, or hold up, what is not theirs.
        or c.organization_id = any(array(select private.member_organization_ids('member')))
    )
    for no key update;
    return new;
end;
$$;

comment on function private.tg_customer_contacts__lock_customer is
'Lets contacts of one customer become primary one after the other. Before the row is written: later,
each of two would wait for the other''s entry in the index of primaries.
DEFINER because members may not lock rows of customers.';

create function private.tg_customer_contacts__demote_others()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    -- The update below fires this trigger again, for rows that are primary no more.
    if not exists (select 1 from new_rows as n where n.is_primary) then
        return null;
    end if;

    -- The customer is locked by now: what another session made primary is committed and seen.
    update public.customer_contacts as k
    set is_primary = false, role = 'contact'
    from (
        select distinct on (n.organization_id, n.customer_id)
            n.organization_id, n.customer_id, n.id
        from new_rows as n
        where n.is_primary
        order by n.organization_id, n.customer_id, n.created_at desc, n.id desc
    ) as winner
    where k.organization_id = winner.organization_id
        and k.customer_id = winner.customer_id
        and k.id <> winner.id
        and k.is_primary;
    return null;
end;
$$;

comment on function private.tg_customer_contacts__demote_others is
'At most one primary per customer. DEFINER because a demotion asks nobody''s leave.';

create trigger _100_refuse_key_change
before update of organization_id, id on public.customer_contacts
for each row when (old.organization_id <> new.organization_id or old.id <> new.id)
execute function private.tg__refuse_key_change();

create trigger _200_guard_portal_access
before insert or update of portal_access, customer_id, email on public.customer_contacts
for each row execute function private.tg_customer_contacts__guard_portal_access();

create trigger _300_prepare
before insert or update on public.customer_contacts
for each row execute function private.tg_customer_contacts__prepare();

create trigger _350_lock_customer_insert
before insert on public.customer_contacts
for each row when (new.is_primary)
execute function private.tg_customer_contacts__lock_customer();

create trigger _350_lock_customer_update
before update on public.customer_contacts
for each row when (
    new.is_primary and (not old.is_primary or new.customer_id <> old.customer_id)
)
execute function private.tg_customer_contacts__lock_customer();

create trigger _400_demote_others_insert
after insert on public.customer_contacts
referencing new table as new_rows
for each statement execute function private.tg_customer_contacts__demote_others();

create trigger _400_demote_others_update
after update on public.customer_contacts
referencing new table as new_rows
for each statement execute function private.tg_customer_contacts__demote_others();

create trigger _900_touch
before update on public.customer_contacts
for each row execute function private.tg__touch();

create function private.locked_contact(_contact_id uuid, _role text)
returns public.customer_contacts
language plpgsql
set search_path = ''
as $$
declare
    v_contact public.customer_contacts;
begin
    select k.* into v_contact
    from public.customer_contacts as k
    where k.id = _contact_id and (
        private.is_system()
        or k.organization_id = any(array(select private.member_organization_ids()))
    )
    for update;
    if not found then
        perform private.fail(
            'PT404', 'contact_not_found', 'contact not found',
            'Check the id: customer_contacts lists the contacts that you may see.'
        );
    end if;
    perform private.require_role(v_contact.organization_id, _role);
    return v_contact;
end;
$$;

comment on function private.locked_contact is
'The contact that a call is about to change, for a caller with at least this role. Raises PT404
contact_not_found to outsiders, 42501 role_required to lesser roles.';

-- DEFINER because role, unlike the call, cannot tell absent from forbidden under RLS.
create function private.set_primary_contact(_contact_id uuid)
returns public.customer_contacts
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_contact public.customer_contacts := private.locked_contact(_contact_id, 'member');
begin
    if v_contact.is_primary then
        perform private.fail(
            'PT409', 'already_primary', 'this contact is the primary one already',
            'Nothing is left to do; to demote it, make another contact the primary one.'
        );
    end if;
    update public.customer_contacts as k
    set is_primary = true
    where k.organization_id = v_contact.organization_id and k.id = _contact_id
    returning k.* into v_contact;
    return v_contact;
end;
$$;

create function public.set_primary_contact(contact_id uuid)
returns public.customer_contacts
language sql
set search_path = ''
return private.set_primary_contact(set_primary_contact.contact_id);

comment on function public.set_primary_contact is
'Makes a contact its customer''s primary one; the former becomes a plain contact. Returns the
contact. For members. Raises PT404 contact_not_found, PT409 already_primary, 42501 role_required.';

revoke all on all functions in schema private from public;
revoke all on function public.set_primary_contact from public, anon, authenticated, service_role;
grant execute on function private.set_primary_contact to authenticated, service_role;
grant execute on function public.set_primary_contact to authenticated, service_role;
