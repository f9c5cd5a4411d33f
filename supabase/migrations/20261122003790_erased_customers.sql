-- What was erased stays erased: nobody writes anything personal about such a customer again.
-- Needs: customers, contacts, timeline, tier_change_requests. Provides: private.tg__refuse_erased.

create function private.tg_customers__refuse_erased()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_movable constant text[] := array['tier_id', 'parent_id'];
begin
    -- The system may still give it another tier, or take its group away.
    if not private.is_system() or to_jsonb(new) - v_movable <> to_jsonb(old) - v_movable then
        perform private.refuse_erased(old.organization_id, old.id);
    end if;
    return new;
end;
$$;

comment on function private.tg_customers__refuse_erased is
'Nobody edits an erased customer, imports and service_role included. DEFINER because it names
functions of private. Raises PT409 customer_erased.';

create trigger _210_refuse_erased
before update on public.customers
for each row when (old.erased_at is not null)
execute function private.tg_customers__refuse_erased();

-- After the rows are written and their references have waited for an erasure that is under way: a
-- new look at the customer then sees it.
create function private.tg__refuse_erased()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    perform private.refuse_erased(c.organization_id, c.id)
    from new_rows as n
    inner join public.customers as c
        on n.organization_id = c.organization_id and n.customer_id = c.id
    where c.erased_at is not null;
    return null;
end;
$$;

comment on function private.tg__refuse_erased is
'For tables with personal data of a customer_id: an erased customer gets no more of it. DEFINER
because it names functions of private. Raises PT409 customer_erased.';

create trigger _420_refuse_erased_insert
after insert on public.customer_contacts
referencing new table as new_rows
for each statement execute function private.tg__refuse_erased();

create trigger _420_refuse_erased_update
after update on public.customer_contacts
referencing new table as new_rows
for each statement execute function private.tg__refuse_erased();

create trigger _420_refuse_erased
after insert on public.tier_change_requests
referencing new table as new_rows
for each statement execute function private.tg__refuse_erased();

revoke all on all functions in schema private from public;
