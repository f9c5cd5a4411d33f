-- Activities: what happened to customers. Append-only, partitioned by month.
-- Needs: customers. Provides: public.customer_activities, customer_activities_archive,
-- private.make_activity_partitions.

create table public.customer_activities (
    organization_id uuid not null,
    id uuid not null default gen_random_uuid(),
    customer_id uuid not null,
    type text not null,
    title text not null,
    description text,
    metadata jsonb not null default '{}',
    related_type text,
    related_id uuid,
    occurred_at timestamptz not null default now(),
    created_by uuid,
    created_at timestamptz not null default clock_timestamp(),

    constraint customer_activities_pkey primary key (organization_id, created_at, id),
    constraint customer_activities_customer_fkey
    foreign key (organization_id, customer_id) references public.customers on delete cascade,
    constraint customer_activities_type_check
    check (type ~ '^[a-z][a-z0-9_]*$' and length(type) <= 100),
    constraint customer_activities_title_check
    check (private.has_text(title) and length(title) <= 1000),
    constraint customer_activities_occurred_at_check check (isfinite(occurred_at)),
    constraint customer_activities_metadata_check check (jsonb_typeof(metadata) = 'object')
) partition by range (created_at);

comment on table public.customer_activities is
'The history of customers: one row per change, written in the change''s transaction by triggers,
and whatever log_activity adds. Append-only for everyone. Partitions live in private.';
comment on column public.customer_activities.metadata is
'changes as {field: {"from": …, "to": …}}, and what else belongs to the type.';
comment on column public.customer_activities.related_type is
'What related_id is the id of: contact, order, invoice, import, or a host''s own kind.';
comment on column public.customer_activities.occurred_at is
'When it happened, which may be long before it was written down.';
comment on column public.customer_activities.created_at is
'When it was written: the order of the timeline, exact within a transaction too.';
comment on column public.customer_activities.created_by is
'A login; no reference, history outlives logins. Null: the system.';

-- The order of the timeline; with the type at its end, so that rows of other types are passed over
-- without being fetched.
create index customer_activities_customer_idx
on public.customer_activities (organization_id, customer_id, created_at desc, id desc, type);

-- Nothing is ever refused for want of a partition.
create table private.customer_activities_default
partition of public.customer_activities default;

create table public.customer_activities_archive (
    like public.customer_activities including defaults including constraints including comments,

    constraint customer_activities_archive_pkey primary key (organization_id, created_at, id),
    constraint customer_activities_archive_customer_fkey
    foreign key (organization_id, customer_id) references public.customers on delete cascade
) partition by range (created_at);

comment on table public.customer_activities_archive is
'Activities older than a year, read through customer_timeline with include_archived.';

create index customer_activities_archive_customer_idx
on public.customer_activities_archive
(organization_id, customer_id, created_at desc, id desc, type);

alter table public.customer_activities enable row level security;
alter table public.customer_activities_archive enable row level security;

create policy customer_activities_select_member on public.customer_activities
for select to authenticated
using (organization_id = any(array(select private.member_organization_ids())));

create policy customer_activities_archive_select_member on public.customer_activities_archive
for select to authenticated
using (organization_id = any(array(select private.member_organization_ids())));

revoke all on public.customer_activities from public, anon, authenticated, service_role;
revoke all on public.customer_activities_archive from public, anon, authenticated, service_role;
grant select on public.customer_activities to authenticated, service_role;
grant select on public.customer_activities_archive to authenticated, service_role;

create function private.tg_customer_activities__refuse_change()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    -- A cascade arrives from inside another trigger, and takes the customer along. The setting is
    -- that of functions in private, which no client can reach.
    if tg_level = 'STATEMENT' or (
        pg_trigger_depth() = 1
        and current_setting('private.rewriting_history', true) is distinct from 'on'
    ) then
        perform private.fail(
            '42501', 'append_only', 'activities are never changed or removed',
            'Write another one with log_activity.'
        );
    end if;
    return case tg_op when 'DELETE' then old else new end;
end;
$$;

comment on function private.tg_customer_activities__refuse_change is
'DEFINER because it names private.fail. Holds for service_role and postgres too.';

create trigger _100_refuse_change
before update or delete on public.customer_activities
for each row execute function private.tg_customer_activities__refuse_change();

create trigger _100_refuse_truncate
before truncate on public.customer_activities
for each statement execute function private.tg_customer_activities__refuse_change();

create trigger _100_refuse_change
before update or delete on public.customer_activities_archive
for each row execute function private.tg_customer_activities__refuse_change();

create trigger _100_refuse_truncate
before truncate on public.customer_activities_archive
for each statement execute function private.tg_customer_activities__refuse_change();

create trigger _100_refuse_truncate
before truncate on private.customer_activities_default
for each statement execute function private.tg_customer_activities__refuse_change();

-- The check repeats the bounds, so that attaching it anywhere reads none of its rows. Triggers for
-- each row come and go with the parent; the one against TRUNCATE is the partition's own.
create function private.create_activity_partition(_name text, _from timestamptz, _to timestamptz)
returns void
language plpgsql
set search_path = ''
as $$
begin
    execute format(
        'create table private.%1$I (
            like public.customer_activities including defaults including constraints,
            constraint %2$I check (created_at >= %3$L and created_at < %4$L)
        )', _name, _name || '_created_at_check', _from, _to
    );
    execute format(
        'create trigger _100_refuse_truncate before truncate on private.%I
        for each statement execute function private.tg_customer_activities__refuse_change()',
        _name
    );
end;
$$;

-- What waits in the default partition moves into its own before that is attached: PostgreSQL
-- refuses a partition whose rows the default holds.
create function private.make_activity_partition(_name text, _from timestamptz, _to timestamptz)
returns void
language plpgsql
set search_path = ''
as $$
begin
    perform private.create_activity_partition(_name, _from, _to);
    perform set_config('private.rewriting_history', 'on', true);
    execute format(
        'with waiting as (
            delete from private.customer_activities_default as a
            where a.created_at >= %L and a.created_at < %L
            returning a.*
        )
        insert into private.%I select w.* from waiting as w', _from, _to, _name
    );
    perform set_config('private.rewriting_history', '', true);
    execute format(
        'alter table public.customer_activities attach partition private.%I
        for values from (%L) to (%L)', _name, _from, _to
    );
end;
$$;

-- Months are UTC: a partition's bounds must not move with the session's time zone.
create function private.make_activity_partitions(
    _months_ahead integer default 3, _months_back integer default 0
)
returns integer
language plpgsql
set search_path = ''
set lock_timeout = '200ms'
as $$
declare
    v_this_month constant timestamp := date_trunc('month', now() at time zone 'UTC');
    v_month timestamp;
    v_name text;
    v_made integer := 0;
begin
    for v_month in
        select m.month
        from generate_series(
            v_this_month - make_interval(months => _months_back),
            v_this_month + make_interval(months => _months_ahead),
            interval '1 month'
        ) as m (month)
    loop
        v_name := 'customer_activities_' || to_char(v_month, 'YYYY_MM');
        if to_regclass('private.' || v_name) is null then
            perform private.make_activity_partition(
                v_name, v_month at time zone 'UTC',
                (v_month + interval '1 month') at time zone 'UTC'
            );
            v_made := v_made + 1;
        end if;
    end loop;
    return v_made;
end;
$$;

comment on function private.make_activity_partitions is
'Makes the monthly partitions around this month; returns how many were missing. Months back are for
whoever is about to load history. Gives up (55P03) rather than have everybody wait behind it.';

select private.make_activity_partitions();

revoke all on all functions in schema private from public;
