-- Merges: what was merged into what, what it takes to undo that, and redirects that stay closed.
-- Needs: lifecycle, contacts, orders. Provides: public.customer_merges, guards of
-- redirects.

create table public.customer_merges (
    organization_id uuid not null,
    id uuid not null default gen_random_uuid(),
    target_id uuid not null,
    source_ids uuid[] not null,
    status text not null default 'merging',
    moved jsonb not null default '{}',
    merged_by uuid,
    merged_at timestamptz,
    undone_by uuid,
    undone_at timestamptz,
    created_at timestamptz not null default clock_timestamp(),
    updated_at timestamptz not null default now(),

    constraint customer_merges_pkey primary key (organization_id, id),
    constraint customer_merges_target_fkey
    foreign key (organization_id, target_id) references public.customers on delete cascade,
    constraint customer_merges_status_check
    check (status in ('merging', 'merged', 'undoing', 'undone')),
    constraint customer_merges_source_ids_check
    check (cardinality(source_ids) between 1 and 100 and target_id <> all(source_ids))
);

comment on table public.customer_merges is
'Which customers were merged into which one. Written by merge_customers and undo_merge.';
comment on column public.customer_merges.source_ids is
'In the order in which they fill what the target lacks.';
comment on column public.customer_merges.status is
'merging and undoing: under way, to be called again. merged, undone: final.';
comment on column public.customer_merges.moved is
'How many contacts, orders, invoices, requests, presets and children moved.';
comment on column public.customer_merges.merged_by is 'A login; no reference, history outlives it.';
comment on column public.customer_merges.undone_by is 'A login; no reference, history outlives it.';

create index customer_merges_target_id_idx on public.customer_merges (organization_id, target_id);
create index customer_merges_source_ids_idx on public.customer_merges using gin (source_ids);
create index customer_merges_id_idx on public.customer_merges (id);

-- For undo: the customers as they were and as the merge left them, and every row that moved.
create table private.customer_merge_customers (
    organization_id uuid not null,
    merge_id uuid not null,
    customer_id uuid not null,
    before jsonb not null,
    after jsonb not null,

    constraint customer_merge_customers_pkey primary key (organization_id, merge_id, customer_id),
    constraint customer_merge_customers_merge_fkey
    foreign key (organization_id, merge_id) references public.customer_merges on delete cascade
);

comment on table private.customer_merge_customers is
'What a merge changed of its target and sources: the columns before and after.';

create table private.customer_merge_rows (
    organization_id uuid not null,
    merge_id uuid not null,
    kind text not null,
    row_id uuid not null,
    source_id uuid,
    before jsonb,

    constraint customer_merge_rows_pkey primary key (organization_id, merge_id, kind, row_id),
    constraint customer_merge_rows_merge_fkey
    foreign key (organization_id, merge_id) references public.customer_merges on delete cascade,
    constraint customer_merge_rows_kind_check
    check (kind in ('contact', 'order', 'invoice', 'request', 'preset', 'child'))
);

comment on table private.customer_merge_rows is
'What a merge moved, and from whom. A row goes when it is moved back.';
comment on column private.customer_merge_rows.before is
'What more the merge changed of the row: a contact''s role, a request, the filters of a preset.';

alter table public.customer_merges enable row level security;

create policy customer_merges_select_manager on public.customer_merges
for select to authenticated
using (organization_id = any(array(select private.member_organization_ids('manager'))));

revoke all on public.customer_merges from public, anon, authenticated, service_role;
grant select on public.customer_merges to authenticated, service_role;
revoke all on private.customer_merge_customers from public, anon, authenticated, service_role;
revoke all on private.customer_merge_rows from public, anon, authenticated, service_role;

create trigger _900_touch
before update on public.customer_merges
for each row execute function private.tg__touch();

-- A redirect takes nothing any more. An erasure reaches it all the same.
create function private.tg_customers__refuse_merged()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    if not private.is_merging() then
        perform private.fail_merged();
    end if;
    return new;
end;
$$;

comment on function private.tg_customers__refuse_merged is
'DEFINER because it names functions of private. Raises PT409 customer_merged.';

create trigger _205_refuse_merged
before update on public.customers
for each row when (
    old.merged_into is not null and old.erased_at is not distinct from new.erased_at
    and old.* is distinct from new.*
)
execute function private.tg_customers__refuse_merged();

-- A merge keeps what there is: the target may come to belong where a source did.
create function private.tg_customers__refuse_closed_parent()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_parent public.customers;
begin
    select c.* into v_parent
    from public.customers as c
    where c.organization_id = new.organization_id and c.id = new.parent_id;
    if v_parent.merged_into is not null then
        perform private.fail_merged();
    elsif v_parent.erased_at is not null and not private.is_merging() then
        perform private.refuse_erased(v_parent.organization_id, v_parent.id);
    end if;
    return null;
end;
$$;

comment on function private.tg_customers__refuse_closed_parent is
'Nobody joins a group that is a redirect or erased. DEFINER because it names functions of private.
Raises PT409 customer_merged, customer_erased.';

create trigger _405_refuse_closed_parent_insert
after insert on public.customers
for each row when (new.parent_id is not null)
execute function private.tg_customers__refuse_closed_parent();

create trigger _405_refuse_closed_parent_update
after update of parent_id on public.customers
for each row when (new.parent_id is not null and new.parent_id is distinct from old.parent_id)
execute function private.tg_customers__refuse_closed_parent();

-- After the rows are written and their references have waited for a merge that closes a source: a
-- new look at the customer then sees it.
create function private.tg__refuse_merged()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    if not private.is_merging() and exists (
        select 1
        from new_rows as n
        inner join public.customers as c
            on c.organization_id = n.organization_id and c.id = n.customer_id
        where c.merged_into is not null
    ) then
        perform private.fail_merged();
    end if;
    return null;
end;
$$;

comment on function private.tg__refuse_merged is
'Nothing is added to a redirect. DEFINER because it names functions of private. Raises PT409
customer_merged.';

create trigger _410_refuse_merged_insert
after insert on public.customer_contacts
referencing new table as new_rows
for each statement execute function private.tg__refuse_merged();

create trigger _410_refuse_merged_update
after update on public.customer_contacts
referencing new table as new_rows
for each statement execute function private.tg__refuse_merged();

create trigger _410_refuse_merged_insert
after insert on public.orders
referencing new table as new_rows
for each statement execute function private.tg__refuse_merged();

create trigger _410_refuse_merged_update
after update on public.orders
referencing new table as new_rows
for each statement execute function private.tg__refuse_merged();

create trigger _410_refuse_merged_insert
after insert on public.invoices
referencing new table as new_rows
for each statement execute function private.tg__refuse_merged();

create trigger _410_refuse_merged_update
after update on public.invoices
referencing new table as new_rows
for each statement execute function private.tg__refuse_merged();

revoke all on all functions in schema private from public;
