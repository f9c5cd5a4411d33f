-- Requests for another tier: a change of tier is a decision with a preview, an approval and a date.
-- Needs: tier_history. Provides: public.tier_change_requests.

create table public.tier_change_requests (
    organization_id uuid not null,
    id uuid not null default gen_random_uuid(),
    customer_id uuid not null,
    from_tier_id uuid,
    to_tier_id uuid not null,
    direction text not null,
    reason text,
    status text not null,
    requested_by uuid,
    requested_at timestamptz not null default clock_timestamp(),
    decided_by uuid,
    decided_at timestamptz,
    decision_note text,
    effective_at timestamptz not null,
    grace_until timestamptz,
    impact jsonb not null,
    applied_at timestamptz,
    updated_at timestamptz not null default now(),

    constraint tier_change_requests_pkey primary key (organization_id, id),
    constraint tier_change_requests_customer_fkey
    foreign key (organization_id, customer_id) references public.customers on delete cascade,
    constraint tier_change_requests_from_tier_fkey
    foreign key (organization_id, from_tier_id) references public.customer_tiers,
    constraint tier_change_requests_to_tier_fkey
    foreign key (organization_id, to_tier_id) references public.customer_tiers,
    constraint tier_change_requests_direction_check check (direction in ('upgrade', 'downgrade')),
    constraint tier_change_requests_status_check
    check (status in ('pending', 'approved', 'rejected', 'cancelled', 'applied')),
    constraint tier_change_requests_decided_at_check
    check ((status = 'pending') = (decided_at is null)),
    constraint tier_change_requests_applied_at_check
    check ((status = 'applied') = (applied_at is not null)),
    constraint tier_change_requests_reason_check check (length(reason) <= 2000),
    constraint tier_change_requests_decision_note_check check (length(decision_note) <= 2000),
    constraint tier_change_requests_grace_until_check
    check (direction = 'downgrade' or grace_until is null)
);

comment on table public.tier_change_requests is
'Wishes for another tier and what became of them. Functions write it, members read it.';
comment on column public.tier_change_requests.from_tier_id is 'Null: the customer had none.';
comment on column public.tier_change_requests.direction is
'upgrade or downgrade, by the level of the two tiers; from no tier is an upgrade.';
comment on column public.tier_change_requests.status is
'pending: waits for a decision. approved: waits for effective_at. applied, rejected, cancelled:
closed. At most one request of a customer is pending or approved.';
comment on column public.tier_change_requests.decided_by is
'Null where the policy decided, or the system.';
comment on column public.tier_change_requests.effective_at is
'From when the new tier prices; a decision that comes later moves it.';
comment on column public.tier_change_requests.grace_until is
'On a downgrade: until when orders that are open then keep the discount stored on them.';
comment on column public.tier_change_requests.impact is
'What preview_tier_change said when it was asked.';

create unique index tier_change_requests_open_key
on public.tier_change_requests (organization_id, customer_id)
where status in ('pending', 'approved');
create index tier_change_requests_due_idx
on public.tier_change_requests (effective_at) where status = 'approved';
create index tier_change_requests_customer_idx
on public.tier_change_requests (organization_id, customer_id, requested_at desc);
create index tier_change_requests_from_tier_id_idx
on public.tier_change_requests (organization_id, from_tier_id);
create index tier_change_requests_to_tier_id_idx
on public.tier_change_requests (organization_id, to_tier_id);
create index tier_change_requests_id_idx on public.tier_change_requests (id);

alter table public.customer_tier_periods
add constraint customer_tier_periods_request_fkey
foreign key (organization_id, request_id) references public.tier_change_requests
on delete set null (request_id);

create index customer_tier_periods_request_id_idx
on public.customer_tier_periods (organization_id, request_id);

alter table public.tier_change_requests enable row level security;

create policy tier_change_requests_select_member on public.tier_change_requests
for select to authenticated
using (organization_id = any(array(select private.member_organization_ids())));

revoke all on public.tier_change_requests from public, anon, authenticated, service_role;
grant select on public.tier_change_requests to authenticated, service_role;

-- What takes effect with its decision is told by tier_changed alone.
create function private.record_tier_requests(_organization_ids uuid[], _ids uuid[])
returns void
language plpgsql
set search_path = ''
as $$
begin
    insert into public.customer_activities (
        organization_id, customer_id, type, title, description, metadata, related_type,
        related_id, created_by
    )
    select r.organization_id, r.customer_id,
        'tier_change_' || case r.status when 'pending' then 'requested' else r.status end,
        format(
            'Change of tier to %s %s', t.name,
            case r.status when 'pending' then 'asked for' else r.status end
        ),
        case r.status
            when 'pending' then r.reason
            when 'approved' then coalesce(r.decision_note, r.reason)
            else r.decision_note
        end,
        jsonb_build_object(
            'from_tier_id', r.from_tier_id, 'to_tier_id', r.to_tier_id,
            'effective_at', r.effective_at, 'grace_until', r.grace_until,
            'changes', jsonb_build_object(
                'tier_id', jsonb_build_object('from', r.from_tier_id, 'to', r.to_tier_id)
            )
        ) || private.request_words(r.reason, r.decision_note),
        'tier_change_request', r.id, auth.uid()
    from unnest(_organization_ids, _ids) as u (organization_id, id)
    inner join public.tier_change_requests as r
        on r.organization_id = u.organization_id and r.id = u.id
    inner join public.customer_tiers as t
        on t.organization_id = r.organization_id and t.id = r.to_tier_id
    where r.status in ('pending', 'rejected', 'cancelled')
        or (r.status = 'approved' and r.effective_at > r.decided_at);
end;
$$;

create function private.tg_tier_change_requests__record()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    if tg_op = 'INSERT' then
        perform private.record_tier_requests(array_agg(n.organization_id), array_agg(n.id))
        from new_rows as n;
    else
        perform private.record_tier_requests(array_agg(n.organization_id), array_agg(n.id))
        from new_rows as n
        full join old_rows as o on o.organization_id = n.organization_id and o.id = n.id
        where o.status is distinct from n.status;
    end if;
    return null;
end;
$$;

comment on function private.tg_tier_change_requests__record is
'DEFINER because nobody but triggers may write history.';

create trigger _600_record_insert
after insert on public.tier_change_requests
referencing new table as new_rows
for each statement execute function private.tg_tier_change_requests__record();

create trigger _600_record_update
after update on public.tier_change_requests
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_tier_change_requests__record();

create trigger _100_refuse_key_change
before update of organization_id, id on public.tier_change_requests
for each row when (old.organization_id <> new.organization_id or old.id <> new.id)
execute function private.tg__refuse_key_change();

create trigger _900_touch
before update on public.tier_change_requests
for each row execute function private.tg__touch();

revoke all on all functions in schema private from public;
