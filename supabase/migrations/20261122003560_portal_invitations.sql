-- Invitations to the customer portal: only a hash of the token is stored. Which login a contact
-- uses the portal with, and when that ends.
-- Needs: contacts, timeline, member_invitations. Provides: public.portal_invitations,
-- invite_to_portal, revoke_portal_access, private.accept_portal_invitation.

create table public.portal_invitations (
    organization_id uuid not null,
    id uuid not null default gen_random_uuid(),
    contact_id uuid not null,
    expires_at timestamptz not null,
    accepted_at timestamptz,
    accepted_by uuid,
    revoked_at timestamptz,
    revoked_by uuid,
    created_by uuid,
    created_at timestamptz not null default now(),

    constraint portal_invitations_pkey primary key (organization_id, id),
    constraint portal_invitations_contact_fkey
    foreign key (organization_id, contact_id) references public.customer_contacts
    on delete cascade,
    constraint portal_invitations_ended_check check (accepted_at is null or revoked_at is null)
);

comment on table public.portal_invitations is
'Which contacts were asked into the portal, and what became of it. An invitation is open until it is
accepted, revoked, replaced by the next one, or expires. Written by functions alone.';
comment on column public.portal_invitations.accepted_by is 'The login; no reference.';
comment on column public.portal_invitations.revoked_at is
'When it was revoked or replaced, or ended since the contact''s address or customer changed.';

create index portal_invitations_contact_id_idx
on public.portal_invitations (organization_id, contact_id);
create unique index portal_invitations_open_key
on public.portal_invitations (organization_id, contact_id)
where accepted_at is null and revoked_at is null;

-- Of its own, so that the table can be read whole.
create table private.portal_invitation_tokens (
    organization_id uuid not null,
    invitation_id uuid not null,
    token_hash bytea not null,

    constraint portal_invitation_tokens_pkey primary key (organization_id, invitation_id),
    constraint portal_invitation_tokens_invitation_fkey
    foreign key (organization_id, invitation_id) references public.portal_invitations
    on delete cascade
);

comment on table private.portal_invitation_tokens is
'SHA-256 of the tokens, which are shown once, by invite_to_portal.';

create index portal_invitation_tokens_token_hash_idx
on private.portal_invitation_tokens (token_hash);

alter table public.portal_invitations enable row level security;

create policy portal_invitations_select_member on public.portal_invitations
for select to authenticated
using (organization_id = any(array(select private.member_organization_ids())));

revoke all on public.portal_invitations from public, anon, authenticated, service_role;
grant select on public.portal_invitations to authenticated, service_role;

create trigger _100_refuse_key_change
before update of organization_id, id on public.portal_invitations
for each row when (old.organization_id <> new.organization_id or old.id <> new.id)
execute function private.tg__refuse_key_change();

create function private.record_portal_step(
    _contact public.customer_contacts, _type text, _title text
)
returns void
language sql
set search_path = ''
begin atomic
    insert into public.customer_activities (
        organization_id, customer_id, type, title, related_type, related_id, created_by
    )
    values (
        (_contact).organization_id, (_contact).customer_id, _type,
        _title || ': ' || private.contact_name((_contact).first_name, (_contact).last_name),
        'contact', (_contact).id, auth.uid()
    );
end;

create function private.end_portal_invitation(_contact public.customer_contacts)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
    update public.portal_invitations as i
    set revoked_at = now(), revoked_by = auth.uid()
    where i.organization_id = _contact.organization_id and i.contact_id = _contact.id
        and i.accepted_at is null and i.revoked_at is null;
    return found;
end;
$$;

comment on function private.end_portal_invitation is
'Revokes the open invitation of a contact; returns whether there was one.';

create function private.tg_customer_contacts__end_invitation()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    -- A merge takes the person along, with whatever was offered.
    if private.is_merging() then
        return null;
    end if;
    -- Where access itself ends, that is recorded already.
    if private.end_portal_invitation(new) and not (old.portal_access and not new.portal_access) then
        perform private.record_portal_step(new, 'portal_revoked', 'Portal invitation revoked');
    end if;
    return null;
end;
$$;

comment on function private.tg_customer_contacts__end_invitation is
'An invitation was meant for this person at this address and customer.
DEFINER because members may not write invitations.';

create trigger _650_end_invitation
after update of email, customer_id, portal_access on public.customer_contacts
for each row when (
    lower(new.email) <> lower(old.email) or new.customer_id <> old.customer_id
    or (old.portal_access and not new.portal_access)
)
execute function private.tg_customer_contacts__end_invitation();

create function private.is_portal_open(_customer public.customers)
returns boolean
language sql
immutable
set search_path = ''
return (_customer).portal_enabled and (_customer).status = 'active'
    and (_customer).merged_into is null and (_customer).erased_at is null;

comment on function private.is_portal_open is
'Whether contacts of this customer may use the portal at all: enabled, and the customer active.';

create function private.refuse_closed_portal(_organization_id uuid, _customer_id uuid)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
    if not exists (
        select 1
        from public.customers as c
        where c.organization_id = _organization_id and c.id = _customer_id
            and private.is_portal_open(c)
    ) then
        perform private.fail(
            'PT409', 'portal_closed', 'the portal is closed for this customer',
            'A manager opens it with portal_enabled, for a customer that is active.'
        );
    end if;
end;
$$;

-- DEFINER because API roles have no grant to write invitations.
create function private.invite_to_portal(_contact_id uuid, _valid_for interval)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_contact constant public.customer_contacts := private.locked_contact(_contact_id, 'manager');
    v_token constant text := private.new_token();
    v_invitation public.portal_invitations;
begin
    if (_valid_for between interval '1 minute' and interval '90 days') is not true then
        perform private.fail(
            'PT422', 'valid_for_invalid', 'an invitation is valid for 1 minute to 90 days',
            'Give an interval such as "7 days", or leave it out.'
        );
    elsif v_contact.user_id is not null and v_contact.portal_access then
        perform private.fail(
            'PT409', 'portal_access_exists', 'this contact uses the portal already',
            'Nothing is left to do; to have another login, revoke this one first.'
        );
    end if;
    perform private.refuse_closed_portal(v_contact.organization_id, v_contact.customer_id);
    -- A new invitation replaces the one before it.
    perform private.end_portal_invitation(v_contact);
    insert into public.portal_invitations (organization_id, contact_id, expires_at, created_by)
    values (v_contact.organization_id, _contact_id, now() + _valid_for, auth.uid())
    returning * into v_invitation;
    insert into private.portal_invitation_tokens (organization_id, invitation_id, token_hash)
    values (v_contact.organization_id, v_invitation.id, private.token_hash(v_token));
    perform private.record_portal_step(v_contact, 'portal_invited', 'Invited to the portal');
    return jsonb_build_object(
        'invitation_id', v_invitation.id, 'token', v_token, 'expires_at', v_invitation.expires_at
    );
end;
$$;

create function public.invite_to_portal(contact_id uuid, valid_for interval default '7 days')
returns jsonb
language sql
set search_path = ''
return private.invite_to_portal(invite_to_portal.contact_id, invite_to_portal.valid_for);

comment on function public.invite_to_portal is
'Asks a contact into the portal of its customer; an earlier invitation ends. valid_for: 1 minute to
90 days. Returns {"invitation_id", "token", "expires_at"}: the token this once. Whoever signs in
with the contact''s address, verified, spends it with portal.accept_invitation. For managers. Raises
PT404 contact_not_found, PT409 portal_closed, portal_access_exists, PT422 valid_for_invalid, 42501
role_required.';

-- DEFINER because API roles have no grant to write logins and invitations.
create function private.revoke_portal_access(_contact_id uuid)
returns public.customer_contacts
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_contact public.customer_contacts := private.locked_contact(_contact_id, 'manager');
begin
    if v_contact.portal_access or v_contact.user_id is not null then
        perform private.end_portal_invitation(v_contact);
        update public.customer_contacts as k
        set portal_access = false, user_id = null
        where k.organization_id = v_contact.organization_id and k.id = _contact_id
        returning k.* into v_contact;
    elsif private.end_portal_invitation(v_contact) then
        perform private.record_portal_step(
            v_contact, 'portal_revoked', 'Portal invitation revoked'
        );
    end if;
    return v_contact;
end;
$$;

create function public.revoke_portal_access(contact_id uuid)
returns public.customer_contacts
language sql
set search_path = ''
return private.revoke_portal_access(revoke_portal_access.contact_id);

comment on function public.revoke_portal_access is
'Ends a contact''s use of the portal, open sessions included, and its open invitation; where
there is neither, nothing changes. Returns the contact. For managers. Raises PT404
contact_not_found, 42501
role_required.';

-- Its contact is locked, and then it is read again: of two acceptances at once, one waits and finds
-- it used; so does one beside a revocation.
create function private.locked_portal_invitation(_token text, _email text)
returns public.portal_invitations
language plpgsql
set search_path = ''
as $$
declare
    v_invitation public.portal_invitations;
begin
    select i.* into v_invitation
    from private.portal_invitation_tokens as t
    inner join public.portal_invitations as i
        on i.organization_id = t.organization_id and i.id = t.invitation_id
    where t.token_hash = private.token_hash(_token);
    perform 1
    from public.customer_contacts as k
    where k.organization_id = v_invitation.organization_id and k.id = v_invitation.contact_id
        and lower(k.email) = _email
    for no key update;
    if not found then
        return null;
    end if;
    select i.* into v_invitation
    from public.portal_invitations as i
    where i.organization_id = v_invitation.organization_id and i.id = v_invitation.id;
    return v_invitation;
end;
$$;

-- DEFINER because the caller is no member: RLS hides the invitation.
create function private.accept_portal_invitation(_token text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_email constant text := private.require_verified_email();
    v_invitation public.portal_invitations;
    v_contact public.customer_contacts;
begin
    v_invitation := private.locked_portal_invitation(_token, v_email);
    -- One answer for wrong, expired, revoked and somebody else's: a guesser learns nothing.
    if v_invitation.id is null or v_invitation.revoked_at is not null
        or (v_invitation.accepted_at is null and v_invitation.expires_at <= now())
    then
        perform private.fail_invitation_not_found();
    elsif v_invitation.accepted_at is not null then
        perform private.fail(
            'PT409', 'invitation_accepted', 'this invitation has been accepted already',
            'Nothing is left to do, unless the access was revoked: then ask for a new invitation.'
        );
    end if;
    select k.* into v_contact
    from public.customer_contacts as k
    where k.organization_id = v_invitation.organization_id and k.id = v_invitation.contact_id;
    perform private.refuse_closed_portal(v_contact.organization_id, v_contact.customer_id);
    update public.portal_invitations as i
    set accepted_at = now(), accepted_by = auth.uid()
    where i.organization_id = v_invitation.organization_id and i.id = v_invitation.id;
    begin
        update public.customer_contacts as k
        set user_id = auth.uid(), portal_access = true
        where k.organization_id = v_contact.organization_id and k.id = v_contact.id;
    exception when unique_violation then
        perform private.fail(
            'PT409', 'login_linked', 'you use the portal of this organization as another contact',
            'Have that access revoked first, or sign in with another login.'
        );
    end;
    return jsonb_build_object(
        'organization_id', v_contact.organization_id, 'customer_id', v_contact.customer_id,
        'contact_id', v_contact.id
    );
end;
$$;

revoke all on all functions in schema private from public;
revoke all on function public.invite_to_portal from public, anon, authenticated, service_role;
revoke all on function public.revoke_portal_access from public, anon, authenticated, service_role;
grant execute on function private.invite_to_portal to authenticated, service_role;
grant execute on function private.revoke_portal_access to authenticated, service_role;
grant execute on function public.invite_to_portal to authenticated, service_role;
grant execute on function public.revoke_portal_access to authenticated, service_role;
