-- Invitations to an organization: only a hash of the token is stored.
-- Needs: members. Provides: public.member_invitations, private.new_token,
-- private.require_verified_email, invite_member, accept_member_invitation.

create table public.member_invitations (
    organization_id uuid not null,
    id uuid not null default gen_random_uuid(),
    email text not null,
    role text not null,
    expires_at timestamptz not null,
    accepted_at timestamptz,
    accepted_by uuid,
    created_by uuid,
    created_at timestamptz not null default now(),

    constraint member_invitations_pkey primary key (organization_id, id),
    constraint member_invitations_organization_id_fkey
    foreign key (organization_id) references public.organizations on delete cascade,
    constraint member_invitations_email_check check (private.is_email(email)),
    constraint member_invitations_role_check
    check (role in ('viewer', 'member', 'manager', 'admin', 'owner'))
);

comment on table public.member_invitations is
'Who was asked to join, and whether they did. Admins read them, and delete one to withdraw it.';
comment on column public.member_invitations.role is
'What the person becomes: viewer, member, manager, admin or owner.';
-- Of its own, so that the table can be read whole.
create table private.member_invitation_tokens (
    organization_id uuid not null,
    invitation_id uuid not null,
    token_hash bytea not null,

    constraint member_invitation_tokens_pkey primary key (organization_id, invitation_id),
    constraint member_invitation_tokens_invitation_fkey
    foreign key (organization_id, invitation_id) references public.member_invitations
    on delete cascade
);

comment on table private.member_invitation_tokens is
'SHA-256 of the tokens, which are shown once, by invite_member.';

create index member_invitation_tokens_token_hash_idx
on private.member_invitation_tokens (token_hash);

alter table public.member_invitations enable row level security;

create policy member_invitations_select_admin on public.member_invitations
for select to authenticated
using (organization_id = any(array(select private.member_organization_ids('admin'))));

create policy member_invitations_delete_admin on public.member_invitations
for delete to authenticated
using (
    organization_id = any(array(select private.member_organization_ids('admin')))
    and (
        role <> 'owner'
        or organization_id = any(array(select private.member_organization_ids('owner')))
    )
);

revoke all on public.member_invitations from public, anon, authenticated, service_role;
grant select, delete on public.member_invitations to authenticated, service_role;

create trigger _100_refuse_key_change
before update of organization_id, id on public.member_invitations
for each row when (old.organization_id <> new.organization_id or old.id <> new.id)
execute function private.tg__refuse_key_change();

-- Two random uuids hold 244 bits from the system's generator, without an extension.
create function private.new_token()
returns text
language sql
volatile
set search_path = ''
return replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');

create function private.token_hash(_token text)
returns bytea
language sql
immutable
set search_path = ''
return sha256(convert_to(_token, 'UTF8'));

-- DEFINER because API roles may not read auth.users; it tells callers about themselves alone.
create function private.verified_email()
returns text
language sql
stable
security definer
set search_path = ''
begin atomic
    select lower(u.email)
    from auth.users as u
    where u.id = auth.uid() and u.email_confirmed_at is not null;
end;

comment on function private.verified_email is
'The caller''s verified e-mail address in lower case, read from Auth itself, never from the token:
a token keeps claims that have since changed.';

create function private.require_verified_email()
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
    v_email constant text := private.verified_email();
begin
    if auth.uid() is null then
        perform private.fail(
            '42501', 'not_signed_in', 'sign in to accept an invitation',
            'Sign in, or sign up, with the address that was invited.'
        );
    elsif v_email is null then
        perform private.fail(
            '42501', 'email_not_verified', 'your e-mail address is not verified',
            'Follow the link in the confirmation mail, then accept again.'
        );
    end if;
    return v_email;
end;
$$;

create function private.fail_invitation_not_found()
returns void
language sql
set search_path = ''
return private.fail(
    'PT404', 'invitation_not_found', 'invitation not found',
    'Sign in with the address that was invited, or ask for a new invitation.'
);

-- DEFINER because API roles have no grant to write invitations.
create function private.invite_member(_email text, _role text, _organization_id uuid)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_organization_id constant uuid := private.organization_for(_organization_id, 'admin');
    v_email constant text := lower(btrim(_email));
    v_token constant text := private.new_token();
    v_invitation public.member_invitations;
begin
    if private.is_email(v_email) is not true then
        perform private.fail(
            'PT422', 'email_invalid', 'this is not an e-mail address',
            'Give one such as ada@example.com.'
        );
    end if;
    if private.role_rank(_role) is null then
        perform private.fail(
            'PT422', 'role_unknown', 'no such role',
            'One of viewer, member, manager, admin, owner.'
        );
    end if;
    perform private.require_power_over(v_organization_id, (
        select i.role
        from public.member_invitations as i
        where i.organization_id = v_organization_id and i.email = v_email
            and i.accepted_at is null
    ), _role);
    if exists (
        select 1
        from public.organization_members as m
        inner join auth.users as u on u.id = m.user_id
        where m.organization_id = v_organization_id and lower(u.email) = v_email
    ) then
        perform private.fail(
            'PT409', 'already_member', 'this person is a member already',
            'Change the role with set_member_role.'
        );
    end if;
    -- A new invitation replaces the one before it.
    delete from public.member_invitations as i
    where i.organization_id = v_organization_id and i.email = v_email and i.accepted_at is null;
    insert into public.member_invitations (organization_id, email, role, expires_at, created_by)
    values (v_organization_id, v_email, _role, now() + interval '7 days', auth.uid())
    returning * into v_invitation;
    insert into private.member_invitation_tokens (organization_id, invitation_id, token_hash)
    values (v_organization_id, v_invitation.id, private.token_hash(v_token));
    return jsonb_build_object(
        'invitation_id', v_invitation.id, 'token', v_token, 'expires_at', v_invitation.expires_at
    );
end;
$$;

create function public.invite_member(email text, role text, organization_id uuid default null)
returns jsonb
language sql
set search_path = ''
return private.invite_member(
    invite_member.email, invite_member.role, invite_member.organization_id
);

comment on function public.invite_member is
'Asks somebody to join; an earlier invitation of the same address ends. For admins, and owners to
make owners. Returns {"invitation_id", "token", "expires_at"}: the token this once, for 7 days.
Raises PT422 email_invalid, role_unknown, PT409 already_member, 42501 role_required.';

-- DEFINER because the caller is not a member yet: RLS hides the invitation.
create function private.accept_member_invitation(_token text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_user_id constant uuid := auth.uid();
    v_email constant text := private.require_verified_email();
    v_invitation public.member_invitations;
begin
    -- Locked before it is judged: of two acceptances at once, one waits and finds it used.
    select i.* into v_invitation
    from private.member_invitation_tokens as t
    inner join public.member_invitations as i
        on i.organization_id = t.organization_id and i.id = t.invitation_id
    where t.token_hash = private.token_hash(_token) and i.email = v_email
    for update;
    -- One answer for wrong, expired and somebody else's: a guesser learns nothing.
    if not found or (v_invitation.accepted_at is null and v_invitation.expires_at <= now()) then
        perform private.fail_invitation_not_found();
    elsif v_invitation.accepted_at is not null then
        perform private.fail(
            'PT409', 'invitation_accepted', 'this invitation has been accepted already',
            'Nothing is left to do, unless the membership was ended: then ask for a new invitation.'
        );
    end if;
    update public.member_invitations as i
    set accepted_at = now(), accepted_by = v_user_id
    where i.organization_id = v_invitation.organization_id and i.id = v_invitation.id;
    insert into public.organization_members (organization_id, user_id, role)
    values (v_invitation.organization_id, v_user_id, v_invitation.role)
    on conflict (organization_id, user_id) do update
    set role = excluded.role
    where private.role_rank(excluded.role) > private.role_rank(organization_members.role);
    return jsonb_build_object(
        'organization_id', v_invitation.organization_id,
        'role', private.member_role(v_invitation.organization_id)
    );
end;
$$;

create function public.accept_member_invitation(token text)
returns jsonb
language sql
set search_path = ''
return private.accept_member_invitation(accept_member_invitation.token);

comment on function public.accept_member_invitation is
'Joins the organization that invited the caller''s verified e-mail address; a member keeps the
higher of both roles. Returns
{"organization_id", "role"}. Raises 42501 not_signed_in, email_not_verified, PT404
invitation_not_found, PT409 invitation_accepted.';

revoke all on all functions in schema private from public;
revoke all on function public.invite_member from public, anon, authenticated, service_role;
revoke all on function public.accept_member_invitation
from public, anon, authenticated, service_role;
grant execute on function private.invite_member to authenticated, service_role;
grant execute on function private.accept_member_invitation to authenticated;
grant execute on function public.invite_member to authenticated, service_role;
grant execute on function public.accept_member_invitation to authenticated;
