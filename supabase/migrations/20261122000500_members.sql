-- Members: who belongs to an organization, in which role. The one seam for every permission: a
-- host with a membership table of its own replaces the functions of this file.
-- Needs: organizations, auth.users. Provides: public.organization_members,
-- private.member_organization_ids, private.require_role, private.organization_for,
-- create_organization, set_member_role, remove_member.

create table public.organization_members (
    organization_id uuid not null,
    user_id uuid not null,
    role text not null default 'viewer',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),

    constraint organization_members_pkey primary key (organization_id, user_id),
    constraint organization_members_organization_id_fkey
    foreign key (organization_id) references public.organizations on delete cascade,
    constraint organization_members_user_id_fkey
    foreign key (user_id) references auth.users (id) on delete cascade,
    constraint organization_members_role_check
    check (role in ('viewer', 'member', 'manager', 'admin', 'owner'))
);

comment on table public.organization_members is
'Who belongs to an organization. Each role includes the one before it: viewer, member, manager,
admin, owner. Changed through invite_member, set_member_role and remove_member.';

comment on column public.organization_members.role is
'viewer, member, manager, admin or owner. An organization keeps at least one owner.';

create index organization_members_user_id_idx
on public.organization_members (user_id, organization_id);

alter table public.organization_members enable row level security;

revoke all on public.organization_members from public, anon, authenticated, service_role;
grant select on public.organization_members to authenticated;
grant select, insert, update, delete on public.organization_members to service_role;

create function private.role_rank(_role text)
returns integer
language sql
immutable
parallel safe
set search_path = ''
return array_position(array['viewer', 'member', 'manager', 'admin', 'owner'], _role);

-- DEFINER because the policies of the membership table would call themselves.
create function private.member_organization_ids(_role text default 'viewer')
returns setof uuid
language sql
stable
security definer
set search_path = ''
rows 10
begin atomic
    select m.organization_id
    from public.organization_members as m
    where m.user_id = auth.uid() and private.role_rank(m.role) >= private.role_rank(_role);
end;

comment on function private.member_organization_ids is
'Organizations in which the caller has at least this role. In policies, always as organization_id =
any(array(select private.member_organization_ids(…))): evaluated once.';

-- DEFINER for the same reason.
create function private.member_role(_organization_id uuid)
returns text
language sql
stable
security definer
set search_path = ''
begin atomic
    select m.role
    from public.organization_members as m
    where m.organization_id = _organization_id and m.user_id = auth.uid();
end;

create function private.require_role(_organization_id uuid, _role text)
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
    v_role constant text := private.member_role(_organization_id);
begin
    if private.is_system() then
        if not exists (select 1 from public.organizations as o where o.id = _organization_id) then
            perform private.fail(
                'PT404', 'organization_not_found', 'organization not found', 'Check the id.'
            );
        end if;
    elsif v_role is null then
        perform private.fail(
            'PT404', 'organization_not_found', 'organization not found',
            'Check the id, and that you are a member of it.'
        );
    elsif private.role_rank(v_role) < private.role_rank(_role) then
        perform private.fail(
            '42501', 'role_required',
            format('this needs the role %s, and yours is %s', _role, v_role),
            'Ask an admin of the organization.'
        );
    end if;
end;
$$;

comment on function private.require_role is
'Passes the system and callers with at least this role. Raises PT404 organization_not_found to
outsiders, 42501 role_required to lesser roles.';

create function private.organization_for(_organization_id uuid, _role text)
returns uuid
language plpgsql
stable
set search_path = ''
as $$
declare
    v_ids uuid[];
    v_id uuid := _organization_id;
begin
    if v_id is null then
        v_ids := array(select private.member_organization_ids());
        if coalesce(array_length(v_ids, 1), 0) <> 1 then
            perform private.fail(
                'PT422', 'organization_required', 'say which organization',
                'Pass organization_id: it may be left out by a member of exactly one.'
            );
        end if;
        v_id := v_ids[1];
    end if;
    perform private.require_role(v_id, _role);
    return v_id;
end;
$$;

comment on function private.organization_for is
'The organization that a call is about, the caller''s only one when none is named. Raises PT422
organization_required, and what private.require_role raises.';

create policy organizations_select_member on public.organizations
for select to authenticated
using (id = any(array(select private.member_organization_ids())));

create policy organizations_update_admin on public.organizations
for update to authenticated
using (id = any(array(select private.member_organization_ids('admin'))))
with check (id = any(array(select private.member_organization_ids('admin'))));

create policy organization_activities_select_admin on public.organization_activities
for select to authenticated
using (organization_id = any(array(select private.member_organization_ids('admin'))));

create policy organization_members_select_member on public.organization_members
for select to authenticated
using (organization_id = any(array(select private.member_organization_ids())));

create function private.tg_organization_members__keep_owner()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_organization_id uuid;
begin
    -- The lock makes two owners who leave at once wait for each other. An organization that is
    -- being deleted is no longer there to be locked, so its cascade passes.
    for v_organization_id in
        select g.id
        from public.organizations as g
        where g.id in (select o.organization_id from old_rows as o where o.role = 'owner')
        order by g.id
        for no key update
    loop
        if not exists (
            select 1
            from public.organization_members as m
            where m.organization_id = v_organization_id and m.role = 'owner'
        ) then
            perform private.fail(
                'PT409', 'last_owner', 'an organization keeps at least one owner',
                'Make somebody else an owner first.'
            );
        end if;
    end loop;
    return null;
end;
$$;

comment on function private.tg_organization_members__keep_owner is
'DEFINER because a cascade from auth.users runs it as the role of Auth.';

create trigger _400_keep_owner_update
after update on public.organization_members
referencing old table as old_rows
for each statement execute function private.tg_organization_members__keep_owner();

create trigger _400_keep_owner_delete
after delete on public.organization_members
referencing old table as old_rows
for each statement execute function private.tg_organization_members__keep_owner();

create function private.tg_organization_members__record()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    if tg_op = 'INSERT' then
        insert into public.organization_activities
        (organization_id, type, title, metadata, created_by)
        select n.organization_id, 'member_added', 'Member added as ' || n.role,
            jsonb_build_object('user_id', n.user_id, 'role', n.role), auth.uid()
        from new_rows as n;
    elsif tg_op = 'UPDATE' then
        insert into public.organization_activities
        (organization_id, type, title, metadata, created_by)
        select n.organization_id, 'member_role_changed',
            format('Role changed from %s to %s', o.role, n.role),
            jsonb_build_object('user_id', n.user_id, 'changes', private.changes(
                jsonb_build_object('role', o.role), jsonb_build_object('role', n.role), '{}'
            )), auth.uid()
        from new_rows as n
        full join old_rows as o
            on o.organization_id = n.organization_id and o.user_id = n.user_id
        where o.role is distinct from n.role;
    else
        insert into public.organization_activities
        (organization_id, type, title, metadata, created_by)
        select o.organization_id, 'member_removed', 'Member removed, was ' || o.role,
            jsonb_build_object('user_id', o.user_id, 'role', o.role), auth.uid()
        from old_rows as o
        where exists (select 1 from public.organizations as g where g.id = o.organization_id);
    end if;
    return null;
end;
$$;

comment on function private.tg_organization_members__record is
'DEFINER because nobody but triggers may write history.';

create trigger _500_record_insert
after insert on public.organization_members
referencing new table as new_rows
for each statement execute function private.tg_organization_members__record();

create trigger _500_record_update
after update on public.organization_members
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_organization_members__record();

create trigger _500_record_delete
after delete on public.organization_members
referencing old table as old_rows
for each statement execute function private.tg_organization_members__record();

create trigger _900_touch
before update on public.organization_members
for each row execute function private.tg__touch();

-- A membership is moved to nobody and nowhere: its key is its identity.
create trigger _100_refuse_key_change
before update of organization_id, user_id on public.organization_members
for each row
when (old.organization_id <> new.organization_id or old.user_id <> new.user_id)
execute function private.tg__refuse_key_change();

revoke all on all functions in schema private from public;
grant execute on function private.member_organization_ids to authenticated, service_role;
