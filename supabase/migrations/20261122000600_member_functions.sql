-- Founding an organization, and changing or ending a membership.
-- Needs: members. Provides: create_organization, set_member_role, remove_member.

-- DEFINER because the caller is no member of what does not exist yet.
create function private.create_organization(_name text)
returns public.organizations
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_organization public.organizations;
begin
    if private.has_text(_name) is not true then
        perform private.fail(
            'PT422', 'name_required', 'an organization needs a name',
            'Give one that is not blank.'
        );
    end if;
    -- A token outlives the login that it was given to.
    if not private.is_system() and not exists (
        select 1
        from auth.users as u
        where u.id = auth.uid()
    ) then
        perform private.fail(
            '42501', 'not_signed_in', 'sign in to create an organization',
            'Sign in with a login that exists, and call again with its token.'
        );
    end if;
    insert into public.organizations (name)
    values (private.trim(_name))
    returning * into v_organization;
    if auth.uid() is not null then
        insert into public.organization_members (organization_id, user_id, role)
        values (v_organization.id, auth.uid(), 'owner');
    end if;
    return v_organization;
end;
$$;

create function public.create_organization(name text)
returns public.organizations
language sql
set search_path = ''
return private.create_organization(create_organization.name);

comment on function public.create_organization is
'Creates an organization; the caller becomes its owner. Returns the organization. Raises PT422
name_required, 42501 not_signed_in.';

-- What a caller may do to others: admins to everyone below owner, owners to all.
create function private.require_power_over(_organization_id uuid, _role text, _new_role text)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
    perform private.require_role(_organization_id, 'admin');
    if 'owner' in (_role, _new_role) then
        perform private.require_role(_organization_id, 'owner');
    end if;
end;
$$;

-- DEFINER because API roles have no grant to write memberships.
create function private.set_member_role(_user_id uuid, _role text, _organization_id uuid)
returns public.organization_members
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_organization_id constant uuid := private.organization_for(_organization_id, 'admin');
    v_member public.organization_members;
begin
    if private.role_rank(_role) is null then
        perform private.fail(
            'PT422', 'role_unknown', 'no such role',
            'One of viewer, member, manager, admin, owner.'
        );
    end if;
    select m.* into v_member
    from public.organization_members as m
    where m.organization_id = v_organization_id and m.user_id = _user_id
    for update;
    if not found then
        perform private.fail(
            'PT404', 'member_not_found', 'no such member', 'Invite new people with invite_member.'
        );
    end if;
    perform private.require_power_over(v_organization_id, v_member.role, _role);
    update public.organization_members as m
    set role = _role
    where m.organization_id = v_organization_id and m.user_id = _user_id
    returning m.* into v_member;
    return v_member;
end;
$$;

create function public.set_member_role(user_id uuid, role text, organization_id uuid default null)
returns public.organization_members
language sql
set search_path = ''
return private.set_member_role(
    set_member_role.user_id, set_member_role.role, set_member_role.organization_id
);

comment on function public.set_member_role is
'Changes a member''s role; returns the membership. For admins; where owners are concerned, for
owners. Raises PT422 role_unknown, PT404 member_not_found, PT409 last_owner, 42501 role_required.';

-- DEFINER because API roles have no grant to delete memberships.
create function private.remove_member(_user_id uuid, _organization_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_organization_id constant uuid := private.organization_for(_organization_id, 'viewer');
    v_role text;
begin
    -- Whoever may not remove others learns nothing about who is there.
    if _user_id is distinct from auth.uid() then
        perform private.require_role(v_organization_id, 'admin');
    end if;
    select m.role into v_role
    from public.organization_members as m
    where m.organization_id = v_organization_id and m.user_id = _user_id
    for update;
    if not found then
        perform private.fail(
            'PT404', 'member_not_found', 'no such member',
            'organization_members lists the members of the organization.'
        );
    end if;
    if _user_id is distinct from auth.uid() then
        perform private.require_power_over(v_organization_id, v_role, v_role);
    end if;
    delete from public.organization_members as m
    where m.organization_id = v_organization_id and m.user_id = _user_id;
end;
$$;

create function public.remove_member(user_id uuid, organization_id uuid default null)
returns void
language sql
set search_path = ''
return private.remove_member(remove_member.user_id, remove_member.organization_id);

comment on function public.remove_member is
'Ends a membership, one''s own included. For admins, and owners where owners are concerned. Raises
PT404 member_not_found, PT409 last_owner, 42501 role_required.';

revoke all on all functions in schema private from public;
revoke all on function public.create_organization from public, anon, authenticated, service_role;
revoke all on function public.set_member_role from public, anon, authenticated, service_role;
revoke all on function public.remove_member from public, anon, authenticated, service_role;
grant execute on function private.create_organization to authenticated, service_role;
grant execute on function private.set_member_role to authenticated, service_role;
grant execute on function private.remove_member to authenticated, service_role;
grant execute on function public.create_organization to authenticated, service_role;
grant execute on function public.set_member_role to authenticated, service_role;
grant execute on function public.remove_member to authenticated, service_role;
