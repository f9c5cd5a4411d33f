-- Live updates: which changes are told of, and in which words.
-- Needs: live_messages, contacts, activities, tier_change_requests, pricing_changes.
-- Provides: triggers.

create function private.tg_customers__broadcast()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_changes private.live_change[];
begin
    if tg_op = 'UPDATE' then
        v_changes := array(
            select (
                n.organization_id, n.id,
                case when count(*) over () <= 100 then jsonb_build_object(
                    'id', n.id, 'version', n.version, 'changed', array(
                        select k.name
                        from jsonb_object_keys(private.changes(
                            to_jsonb(o), to_jsonb(n), '{version,updated_at,updated_by}'
                        )) as k (name)
                        order by k.name
                    )
                ) end
            )::private.live_change
            from new_rows as n
            full join old_rows as o on o.organization_id = n.organization_id and o.id = n.id
            where o.version is distinct from n.version
        );
    elsif tg_op = 'INSERT' then
        v_changes := array(
            select (
                n.organization_id, n.id,
                case when count(*) over () <= 100 then
                    jsonb_build_object('id', n.id, 'version', n.version, 'changed', '{}'::text[])
                end
            )::private.live_change
            from new_rows as n
        );
    else
        v_changes := array(
            select (
                o.organization_id, o.id,
                case when count(*) over () <= 100 then
                    jsonb_build_object('id', o.id, 'version', o.version, 'changed', '{}'::text[])
                end
            )::private.live_change
            from old_rows as o
        );
    end if;
    perform private.broadcast_changes('customer_changed', tg_op, v_changes);
    return null;
end;
$$;

comment on function private.tg_customers__broadcast is
'DEFINER because nobody but the database may send.';

-- One function for contacts and requests, whose triggers name their rows alike; the event is its
-- argument. A contact that moves is told of where it was as well.
create function private.tg__broadcast()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_changes private.live_change[];
begin
    if tg_op = 'UPDATE' then
        v_changes := array(
            select (
                d.organization_id, d.customer_id,
                case when count(*) over () <= 100 then
                    jsonb_build_object('id', d.id)
                end
            )::private.live_change
            from (
                select c.organization_id, c.customer_id, c.id
                from (select n.* from new_rows as n except select o.* from old_rows as o) as c
                union
                (
                    select o.organization_id, o.customer_id, o.id from old_rows as o
                    except
                    select n.organization_id, n.customer_id, n.id from new_rows as n
                )
            ) as d
        );
    elsif tg_op = 'INSERT' then
        v_changes := array(
            select (
                n.organization_id, n.customer_id,
                case when count(*) over () <= 100 then
                    jsonb_build_object('id', n.id)
                end
            )::private.live_change
            from new_rows as n
        );
    else
        -- What goes with its customer goes without saying.
        v_changes := array(
            select (
                o.organization_id, o.customer_id,
                case when count(*) over () <= 100 then
                    jsonb_build_object('id', o.id)
                end
            )::private.live_change
            from old_rows as o
            where exists (
                select 1
                from public.customers as c
                where c.organization_id = o.organization_id and c.id = o.customer_id
            )
        );
    end if;
    perform private.broadcast_changes(tg_argv[0], tg_op, v_changes);
    return null;
end;
$$;

comment on function private.tg__broadcast is 'DEFINER because nobody but the database may send.';

-- Of many customers, contacts and requests it is told already that they changed; of orders and
-- invoices, and of what is written by itself, these tell.
create function private.tg_customer_activities__broadcast()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
    v_changes private.live_change[] := array(
        select (
            n.organization_id, n.customer_id,
            case when count(*) over () <= 100 then
                jsonb_build_object('id', n.id, 'type', n.type)
            end
        )::private.live_change
        from new_rows as n
        where (select count(*) from new_rows) <= 100
            or pg_trigger_depth() = 1 or n.related_type in ('order', 'invoice')
    );
begin
    perform private.broadcast_changes('activity_added', tg_op, v_changes);
    return null;
end;
$$;

comment on function private.tg_customer_activities__broadcast is
'DEFINER because nobody but the database may send.';

-- The feed itself tells what changed, and from when; this, that there is something to be read.
create function private.tg_pricing_changes__broadcast()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    -- Every update of customers asks for new ones, which fires this; few find any.
    if not exists (select 1 from new_rows) then
        return null;
    end if;
    perform private.broadcast(array(
        select (
            format('organization:%s:pricing', d.organization_id), 'pricing_changed',
            jsonb_build_object(
                'customer_ids', d.customer_ids[1:100],
                'tier_id', case when cardinality(d.tier_ids) = 1 then d.tier_ids[1] end
            )
        )::private.live_message
        from (
            select
                n.organization_id,
                array_agg(distinct n.tier_id) as tier_ids,
                coalesce(
                    array_agg(distinct n.customer_id) filter (where n.customer_id is not null), '{}'
                ) as customer_ids
            from new_rows as n
            group by n.organization_id
        ) as d
    ));
    return null;
end;
$$;

comment on function private.tg_pricing_changes__broadcast is
'DEFINER because nobody but the database may send.';

create trigger _800_broadcast_insert
after insert on public.customers
referencing new table as new_rows
for each statement execute function private.tg_customers__broadcast();

create trigger _800_broadcast_update
after update on public.customers
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_customers__broadcast();

create trigger _800_broadcast_delete
after delete on public.customers
referencing old table as old_rows
for each statement execute function private.tg_customers__broadcast();

create trigger _800_broadcast_insert
after insert on public.customer_contacts
referencing new table as new_rows
for each statement execute function private.tg__broadcast('contact_changed');

create trigger _800_broadcast_update
after update on public.customer_contacts
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg__broadcast('contact_changed');

create trigger _800_broadcast_delete
after delete on public.customer_contacts
referencing old table as old_rows
for each statement execute function private.tg__broadcast('contact_changed');

create trigger _800_broadcast_insert
after insert on public.tier_change_requests
referencing new table as new_rows
for each statement execute function private.tg__broadcast('tier_change');

create trigger _800_broadcast_update
after update on public.tier_change_requests
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg__broadcast('tier_change');

create trigger _800_broadcast_delete
after delete on public.tier_change_requests
referencing old table as old_rows
for each statement execute function private.tg__broadcast('tier_change');

create trigger _800_broadcast_insert
after insert on public.customer_activities
referencing new table as new_rows
for each statement execute function private.tg_customer_activities__broadcast();

create trigger _800_broadcast_insert
after insert on private.pricing_changes
referencing new table as new_rows
for each statement execute function private.tg_pricing_changes__broadcast();

revoke all on all functions in schema private from public;
