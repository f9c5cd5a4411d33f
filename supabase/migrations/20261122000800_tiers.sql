-- Pricing tiers: what customers of an organization are grouped by for their discount.
-- Needs: members. Provides: public.customer_tiers.

create table public.customer_tiers (
    organization_id uuid not null,
    id uuid not null default gen_random_uuid(),
    name text not null,
    level integer not null,
    discount_percentage numeric(5, 2) not null default 0,
    benefits jsonb not null default '{}',
    requirements jsonb not null default '{}',
    color text not null default '#808080',
    is_default boolean not null default false,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),

    constraint customer_tiers_pkey primary key (organization_id, id),
    constraint customer_tiers_organization_id_fkey
    foreign key (organization_id) references public.organizations on delete cascade,
    constraint customer_tiers_level_key unique (organization_id, level),
    constraint customer_tiers_name_check check (private.has_text(name) and length(name) <= 100),
    constraint customer_tiers_level_check check (level >= 1),
    constraint customer_tiers_discount_percentage_check
    check (discount_percentage between 0 and 100),
    constraint customer_tiers_benefits_check check (jsonb_typeof(benefits) = 'object'),
    constraint customer_tiers_requirements_check check (
        jsonb_typeof(requirements) = 'object'
        and requirements - array['min_annual_spend', 'min_orders', 'min_account_age_days'] = '{}'
        and not jsonb_path_exists(requirements, 'strict $.* ? (!(@.type() == "number" && @ >= 0))')
    ),
    constraint customer_tiers_color_check check (color ~* '^#[0-9a-f]{6}$')
);

comment on table public.customer_tiers is
'A pricing tier. A tier that customers have cannot be deleted. Admins write, members read.';
comment on column public.customer_tiers.level is
'Rank: 1 is the highest tier. Direction of a tier change follows it.';
comment on column public.customer_tiers.discount_percentage is 'Percent off list prices, 0 to 100.';
comment on column public.customer_tiers.benefits is 'Anything worth showing; not read by rules.';
comment on column public.customer_tiers.requirements is
'min_annual_spend (money), min_orders, min_account_age_days: numbers of 0 or more.';
comment on column public.customer_tiers.color is '#rrggbb, for display.';
comment on column public.customer_tiers.is_default is
'At most one per organization: the tier of a customer that is added without one.';

-- Ignoring case, since imports name tiers as people write them.
create unique index customer_tiers_name_key
on public.customer_tiers (organization_id, lower(name));

create unique index customer_tiers_is_default_key
on public.customer_tiers (organization_id) where is_default;

alter table public.customer_tiers enable row level security;

create policy customer_tiers_select_member on public.customer_tiers
for select to authenticated
using (organization_id = any(array(select private.member_organization_ids())));

create policy customer_tiers_insert_admin on public.customer_tiers
for insert to authenticated
with check (organization_id = any(array(select private.member_organization_ids('admin'))));

create policy customer_tiers_update_admin on public.customer_tiers
for update to authenticated
using (organization_id = any(array(select private.member_organization_ids('admin'))))
with check (organization_id = any(array(select private.member_organization_ids('admin'))));

create policy customer_tiers_delete_admin on public.customer_tiers
for delete to authenticated
using (organization_id = any(array(select private.member_organization_ids('admin'))));

revoke all on public.customer_tiers from public, anon, authenticated, service_role;
grant select, delete on public.customer_tiers to authenticated;
grant insert (
    organization_id, name, level, discount_percentage, benefits, requirements, color, is_default
), update (
    organization_id, name, level, discount_percentage, benefits, requirements, color, is_default
) on public.customer_tiers to authenticated;
grant select, insert, update, delete on public.customer_tiers to service_role;

create function private.tg_customer_tiers__record()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    if tg_op = 'INSERT' then
        insert into public.organization_activities
        (organization_id, type, title, metadata, created_by)
        select n.organization_id, 'tier_added', 'Tier added: ' || n.name,
            jsonb_build_object('tier_id', n.id), auth.uid()
        from new_rows as n;
    elsif tg_op = 'UPDATE' then
        insert into public.organization_activities
        (organization_id, type, title, metadata, created_by)
        select n.organization_id, 'tier_updated', 'Tier changed: ' || n.name,
            jsonb_build_object('tier_id', n.id, 'changes', d.changes), auth.uid()
        from new_rows as n
        full join old_rows as o on o.organization_id = n.organization_id and o.id = n.id
        cross join lateral private.changes(to_jsonb(o), to_jsonb(n), '{updated_at}') as d (changes)
        where d.changes <> '{}';
    else
        insert into public.organization_activities
        (organization_id, type, title, metadata, created_by)
        select o.organization_id, 'tier_removed', 'Tier removed: ' || o.name,
            jsonb_build_object('tier_id', o.id), auth.uid()
        from old_rows as o
        where exists (select 1 from public.organizations as g where g.id = o.organization_id);
    end if;
    return null;
end;
$$;

comment on function private.tg_customer_tiers__record is
'DEFINER because nobody but triggers may write history.';

create trigger _100_refuse_key_change
before update of organization_id, id on public.customer_tiers
for each row when (old.organization_id <> new.organization_id or old.id <> new.id)
execute function private.tg__refuse_key_change();

create trigger _500_record_insert
after insert on public.customer_tiers
referencing new table as new_rows
for each statement execute function private.tg_customer_tiers__record();

create trigger _500_record_update
after update on public.customer_tiers
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_customer_tiers__record();

create trigger _500_record_delete
after delete on public.customer_tiers
referencing old table as old_rows
for each statement execute function private.tg_customer_tiers__record();

create trigger _900_touch
before update on public.customer_tiers
for each row execute function private.tg__touch();

revoke all on all functions in schema private from public;
