-- What a new local stack starts with: three people and their organization, to try things out with.
-- Never for a project on the internet: the password stands below.
--
-- owner@demo.example, manager@demo.example and viewer@demo.example sign in with demo-password.

insert into auth.users (
    instance_id, id, aud, role, email, encrypted_password, email_confirmed_at,
    confirmation_token, recovery_token, email_change_token_new, email_change,
    raw_app_meta_data, raw_user_meta_data, created_at, updated_at
)
select
    '00000000-0000-0000-0000-000000000000', u.id, 'authenticated', 'authenticated', u.email,
    extensions.crypt('demo-password', extensions.gen_salt('bf')), now(), '', '', '', '',
    '{"provider": "email", "providers": ["email"]}', '{}', now(), now()
from (values
    ('de300000-0000-4000-8000-000000000001'::uuid, 'owner@demo.example'),
    ('de300000-0000-4000-8000-000000000002'::uuid, 'manager@demo.example'),
    ('de300000-0000-4000-8000-000000000003'::uuid, 'viewer@demo.example')
) as u (id, email);

insert into auth.identities (
    provider_id, user_id, identity_data, provider, last_sign_in_at, created_at, updated_at
)
select
    u.id::text, u.id,
    jsonb_build_object('sub', u.id, 'email', u.email, 'email_verified', true),
    'email', now(), now(), now()
from auth.users as u
where u.email like '%@demo.example';

insert into public.organizations (id, name, settings)
values (
    'de300000-0000-4000-8000-0000000000aa', 'Demo Trading', '{"time_zone": "Europe/Berlin"}'
);

insert into public.organization_members (organization_id, user_id, role)
select 'de300000-0000-4000-8000-0000000000aa', u.id, split_part(u.email, '@', 1)
from auth.users as u
where u.email like '%@demo.example';

-- They came by invitation, as others will: that is where admins read the addresses of members.
insert into public.member_invitations
(organization_id, email, role, expires_at, accepted_at, accepted_by)
select m.organization_id, u.email, m.role, now() + interval '7 days', now(), u.id
from public.organization_members as m
inner join auth.users as u on m.user_id = u.id
where m.organization_id = 'de300000-0000-4000-8000-0000000000aa' and m.role <> 'owner';

insert into public.customer_tiers
(organization_id, name, level, discount_percentage, color, is_default)
values
('de300000-0000-4000-8000-0000000000aa', 'Gold', 1, 15, '#d4af37', false),
('de300000-0000-4000-8000-0000000000aa', 'Silver', 2, 8, '#a8a9ad', false),
('de300000-0000-4000-8000-0000000000aa', 'Bronze', 3, 3, '#cd7f32', true);
