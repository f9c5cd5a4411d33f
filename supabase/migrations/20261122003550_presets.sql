-- Filter presets: searches that people keep, for themselves or for everybody.
-- Needs: search, members. Provides: public.customer_filter_presets.

create table public.customer_filter_presets (
    organization_id uuid not null,
    id uuid not null default gen_random_uuid(),
    name text not null,
    query text,
    filters jsonb not null default '{}',
    sort text not null default 'name',
    is_shared boolean not null default false,
    is_default boolean not null default false,
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),

    constraint customer_filter_presets_pkey primary key (organization_id, id),
    constraint customer_filter_presets_organization_id_fkey
    foreign key (organization_id) references public.organizations on delete cascade,
    constraint customer_filter_presets_name_check
    check (private.has_text(name) and length(name) <= 100),
    constraint customer_filter_presets_created_by_check
    check (is_shared or created_by is not null)
);

comment on table public.customer_filter_presets is
'Arguments of search_customers under a name. One''s own: written by members, seen by nobody else,
removed when the membership ends. Shared ones: written by managers, read by every member, and kept
when whoever made them leaves.';
comment on column public.customer_filter_presets.name is
'Unique among one''s own, and among the shared ones, ignoring case.';
comment on column public.customer_filter_presets.query is 'As search_customers takes it.';
comment on column public.customer_filter_presets.filters is
'As search_customers takes them; what it would refuse cannot be kept.';
comment on column public.customer_filter_presets.sort is 'As search_customers takes it.';
comment on column public.customer_filter_presets.is_default is
'What a list starts with: at most one of one''s own, and one of the shared ones, which gives way to
it. Making one the default takes it from the other.';
comment on column public.customer_filter_presets.created_by is
'The login that made it; no reference, since shared ones outlive logins.';

create unique index customer_filter_presets_own_name_key
on public.customer_filter_presets (organization_id, created_by, lower(name)) where not is_shared;

create unique index customer_filter_presets_shared_name_key
on public.customer_filter_presets (organization_id, lower(name)) where is_shared;

create unique index customer_filter_presets_own_default_key
on public.customer_filter_presets (organization_id, created_by) where is_default and not is_shared;

create unique index customer_filter_presets_shared_default_key
on public.customer_filter_presets (organization_id) where is_default and is_shared;

alter table public.customer_filter_presets enable row level security;

create policy customer_filter_presets_select_member on public.customer_filter_presets
for select to authenticated
using (
    organization_id = any(array(select private.member_organization_ids()))
    and (is_shared or created_by = (select auth.uid()))
);

create policy customer_filter_presets_insert_member on public.customer_filter_presets
for insert to authenticated
with check (case
    when is_shared
        then organization_id = any(array(select private.member_organization_ids('manager')))
    else organization_id = any(array(select private.member_organization_ids('member')))
        and created_by = (select auth.uid())
end);

create policy customer_filter_presets_update_member on public.customer_filter_presets
for update to authenticated
using (case
    when is_shared
        then organization_id = any(array(select private.member_organization_ids('manager')))
    else organization_id = any(array(select private.member_organization_ids('member')))
        and created_by = (select auth.uid())
end)
with check (case
    when is_shared
        then organization_id = any(array(select private.member_organization_ids('manager')))
    else organization_id = any(array(select private.member_organization_ids('member')))
        and created_by = (select auth.uid())
end);

create policy customer_filter_presets_delete_member on public.customer_filter_presets
for delete to authenticated
using (case
    when is_shared
        then organization_id = any(array(select private.member_organization_ids('manager')))
    else organization_id = any(array(select private.member_organization_ids('member')))
        and created_by = (select auth.uid())
end);

revoke all on public.customer_filter_presets from public, anon, authenticated, service_role;
grant select, delete on public.customer_filter_presets to authenticated;
grant insert (organization_id, name, query, filters, sort, is_shared, is_default),
update (organization_id, name, query, filters, sort, is_shared, is_default)
on public.customer_filter_presets to authenticated;
grant select, insert, update, delete on public.customer_filter_presets to service_role;

create function private.tg_customer_filter_presets__prepare()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    new.name := private.trim(new.name);
    new.query := nullif(private.trim(new.query), '');
    if tg_op = 'INSERT' then
        new.created_by := coalesce(auth.uid(), new.created_by);
    end if;
    perform private.search_terms(new.query), private.filter_conditions(new.filters),
        private.search_order(new.sort);
    return new;
end;
$$;

comment on function private.tg_customer_filter_presets__prepare is
'Asks the functions that search_customers asks, so that what is kept works. DEFINER because it names
functions of private. Raises PT422 unknown_key, not_an_object, filter_invalid, query_too_long,
sort_invalid.';

-- Before the row is written, since its index would refuse a second default. The lock makes two
-- defaults at once wait for each other, and the second then sees the first. A statement that makes
-- several rows of one owner the default is refused by the index, or by PostgreSQL.
create function private.tg_customer_filter_presets__take_default()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    perform pg_advisory_xact_lock(hashtextextended(
        concat_ws(' ', 'preset', new.organization_id, case
            when not new.is_shared then new.created_by
        end), 0
    ));
    update public.customer_filter_presets as p
    set is_default = false
    where p.organization_id = new.organization_id and p.id <> new.id and p.is_default
        and p.is_shared = new.is_shared and (p.is_shared or p.created_by = new.created_by);
    return new;
end;
$$;

comment on function private.tg_customer_filter_presets__take_default is
'DEFINER because it names a table that the role of a cascade may not write. What a caller may not
write is refused by the policies after it, which undoes this too.';

-- Nobody inherits what somebody kept for themselves.
create function private.tg_organization_members__remove_presets()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    delete from public.customer_filter_presets as p
    using old_rows as o
    where p.organization_id = o.organization_id and p.created_by = o.user_id and not p.is_shared;
    return null;
end;
$$;

comment on function private.tg_organization_members__remove_presets is
'DEFINER because a cascade from auth.users runs it as the role of Auth, and admins who remove others
see none of their presets.';

create trigger _100_refuse_key_change
before update of organization_id, id on public.customer_filter_presets
for each row when (old.organization_id <> new.organization_id or old.id <> new.id)
execute function private.tg__refuse_key_change();

create trigger _300_prepare
before insert or update on public.customer_filter_presets
for each row execute function private.tg_customer_filter_presets__prepare();

create trigger _400_take_default
before insert or update of is_default, is_shared on public.customer_filter_presets
for each row when (new.is_default)
execute function private.tg_customer_filter_presets__take_default();

create trigger _900_touch
before update on public.customer_filter_presets
for each row execute function private.tg__touch();

create trigger _600_remove_presets
after delete on public.organization_members
referencing old table as old_rows
for each statement execute function private.tg_organization_members__remove_presets();

revoke all on all functions in schema private from public;
