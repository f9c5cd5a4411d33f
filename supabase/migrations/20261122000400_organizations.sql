-- Organizations: the tenants. What they keep apart, and their settings.
-- Needs: foundation. Provides: public.organizations, private.settings_error.

create table public.organizations (
    id uuid not null default gen_random_uuid(),
    name text not null,
    settings jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),

    constraint organizations_pkey primary key (id),
    constraint organizations_name_check check (private.has_text(name) and length(name) <= 500),
    constraint organizations_settings_check check (jsonb_typeof(settings) = 'object')
);

comment on table public.organizations is
'A tenant. Everything else belongs to exactly one organization and is invisible to all others.';
comment on column public.organizations.settings is
'tier_policy {upgrade, downgrade: immediate|approval, grace_days, allow_self_approval}, time_zone,
portal_url, branding {color, logo_url} of the portal, import_retention_days; anything of the host''s
own under custom.';

alter table public.organizations enable row level security;

revoke all on public.organizations from public, anon, authenticated, service_role;
grant select on public.organizations to authenticated;
grant update (name, settings) on public.organizations to authenticated;
grant select, insert, update, delete on public.organizations to service_role;

-- Asking the clock takes microseconds; reading pg_timezone_names reads every zone's file.
create function private.is_time_zone(_value text)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
    perform now() at time zone _value;
    -- No digits: with them, PostgreSQL takes any word for a zone of its own making.
    return _value ~ '^(UTC|[A-Za-z_]+(/[A-Za-z_]+(-[A-Za-z_]+)*)+)$';
exception when invalid_parameter_value then
    return false;
end;
$$;

-- Null when the policy is sound, else what is wrong with it.
create function private.tier_policy_error(_policy jsonb)
returns text
language sql
immutable
set search_path = ''
return case
    when _policy is null then null
    when jsonb_typeof(_policy) <> 'object' then 'tier_policy must be an object'
    when _policy - array['upgrade', 'downgrade', 'grace_days', 'allow_self_approval'] <> '{}'
        then 'tier_policy knows upgrade, downgrade, grace_days and allow_self_approval only'
    when coalesce(_policy -> 'upgrade', '"approval"') not in ('"immediate"', '"approval"')
        then 'tier_policy.upgrade must be immediate or approval'
    when coalesce(_policy -> 'downgrade', '"approval"') not in ('"immediate"', '"approval"')
        then 'tier_policy.downgrade must be immediate or approval'
    when coalesce((_policy -> 'grace_days')::text, '30') !~ '^[0-9]{1,3}$'
        then 'tier_policy.grace_days must be a number of days from 0 to 999'
    when jsonb_typeof(coalesce(_policy -> 'allow_self_approval', 'false')) <> 'boolean'
        then 'tier_policy.allow_self_approval must be true or false'
end;

create function private.branding_error(_branding jsonb)
returns text
language sql
immutable
set search_path = ''
return case
    when _branding is null then null
    when jsonb_typeof(_branding) <> 'object' or _branding - array['color', 'logo_url'] <> '{}'
        then 'branding is an object of color and logo_url only'
    when _branding ? 'color' and (_branding ->> 'color' ~ '^#[0-9a-f]{6}$') is not true
        then 'branding.color must be #rrggbb, in lower case'
    when _branding ? 'logo_url' and private.is_url(_branding ->> 'logo_url') is not true
        then 'branding.logo_url must start with https:// or http://'
end;

create function private.organization_settings_error(_settings jsonb)
returns text
language sql
stable
set search_path = ''
return case
    when _settings - array[
        'tier_policy', 'time_zone', 'portal_url', 'branding', 'import_retention_days', 'custom'
    ] <> '{}' then 'settings of your own belong under custom'
    when private.tier_policy_error(_settings -> 'tier_policy') is not null
        then private.tier_policy_error(_settings -> 'tier_policy')
    when _settings ? 'time_zone'
        and not private.is_time_zone(coalesce(_settings ->> 'time_zone', ''))
        then 'time_zone must be a name such as Europe/Berlin'
    when _settings ? 'portal_url'
        and private.is_url(coalesce(_settings ->> 'portal_url', '')) is not true
        then 'portal_url must start with https:// or http://'
    when private.branding_error(_settings -> 'branding') is not null
        then private.branding_error(_settings -> 'branding')
    when _settings ? 'import_retention_days'
        and coalesce((_settings -> 'import_retention_days')::text, '') !~ '^[0-9]{1,4}$'
        then 'import_retention_days must be a number of days from 0 to 9999'
    when jsonb_typeof(coalesce(_settings -> 'custom', '{}')) <> 'object'
        then 'custom must be an object'
end;

create function private.tg_organizations__check_settings()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_error constant text := private.organization_settings_error(new.settings);
begin
    if v_error is not null then
        perform private.fail('PT422', 'settings_invalid', v_error, 'See docs/settings.md.');
    end if;
    return new;
end;
$$;

comment on function private.tg_organizations__check_settings is
'DEFINER because it names functions of private. A trigger since time zones are no constant.';

create trigger _100_refuse_key_change
before update of id on public.organizations
for each row when (old.id <> new.id)
execute function private.tg__refuse_key_change();

create trigger _300_check_settings
before insert or update of settings on public.organizations
for each row execute function private.tg_organizations__check_settings();

create trigger _900_touch
before update on public.organizations
for each row execute function private.tg__touch();

create table public.organization_activities (
    organization_id uuid not null,
    id uuid not null default gen_random_uuid(),
    type text not null,
    title text not null,
    metadata jsonb not null default '{}',
    created_by uuid,
    created_at timestamptz not null default clock_timestamp(),

    constraint organization_activities_pkey primary key (organization_id, id),
    constraint organization_activities_organization_id_fkey
    foreign key (organization_id) references public.organizations on delete cascade
);

comment on table public.organization_activities is
'History of an organization itself: members, roles, tiers, settings. Read by admins, written by
triggers only.';
comment on column public.organization_activities.metadata is
'What it is about, and changes as {field: {"from": …, "to": …}}.';
comment on column public.organization_activities.created_by is
'The login that did it; no reference, since history outlives logins. Null: the system.';

create index organization_activities_created_at_idx
on public.organization_activities (organization_id, created_at desc, id desc);

alter table public.organization_activities enable row level security;

revoke all on public.organization_activities from public, anon, authenticated, service_role;
grant select on public.organization_activities to authenticated, service_role;

-- One lookup per key instead of two expansions and a join: this runs for every changed row.
create function private.changes(_old jsonb, _new jsonb, _ignored text[])
returns jsonb
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
    return (
        select coalesce(
            jsonb_object_agg(n.key, jsonb_build_object('from', _old -> n.key, 'to', n.value)), '{}'
        )
        from jsonb_each(_new) as n
        where n.value is distinct from _old -> n.key and n.key <> all(_ignored)
    );
end;
$$;

comment on function private.changes is
'The fields in which two versions of a row differ, as {field: {"from": …, "to": …}}.';

create function private.tg_organizations__record()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    insert into public.organization_activities (organization_id, type, title, metadata, created_by)
    select n.id, 'organization_updated', 'Organization changed',
        jsonb_build_object('changes', d.changes), auth.uid()
    from new_rows as n
    full join old_rows as o on o.id = n.id
    cross join lateral private.changes(to_jsonb(o), to_jsonb(n), '{updated_at}') as d (changes)
    where d.changes <> '{}';
    return null;
end;
$$;

comment on function private.tg_organizations__record is
'DEFINER because nobody but triggers may write history.';

create trigger _500_record
after update on public.organizations
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_organizations__record();

revoke all on all functions in schema private from public;
