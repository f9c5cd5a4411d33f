-- Live messages: how the database tells whoever watches, in the transaction of the change.
-- Needs: live_topics. Provides: private.broadcast, private.broadcast_changes.
--
-- A message says what changed, never its content: clients read that again, with their own rights.
-- Realtime delivers it once the change is committed.

create type private.live_message as (topic text, event text, payload jsonb);

-- What a message says of a customer, or of something of a customer; no payload where more than a
-- hundred of them changed in one statement.
create type private.live_change as (organization_id uuid, customer_id uuid, payload jsonb);

-- Whatever is wrong with Realtime is a warning. It is waited for once, and not for long: its own
-- function would wait with each message for whoever holds the table.
create function private.broadcast(_messages private.live_message[])
returns void
language plpgsql
set search_path = ''
set lock_timeout = '500ms'
as $$
begin
    if cardinality(_messages) = 0 then
        return;
    end if;
    begin
        lock table realtime.messages in row exclusive mode;
        perform realtime.send(m.payload, m.event, m.topic, true) from unnest(_messages) as m;
    exception when others then
        raise warning 'live updates are not sent: %', sqlerrm
            using hint = 'ts-customers doctor says what Realtime lacks.';
    end;
end;
$$;

comment on function private.broadcast is
'Sends messages to private channels, in this order. A change never fails because this does.';

-- Many changes are told to the organization alone: hundreds of messages would help nobody.
create function private.broadcast_changes(
    _event text, _operation text, _changes private.live_change[]
)
returns void
language plpgsql
set search_path = ''
as $$
begin
    perform private.broadcast(array(
        select (
            format('organization:%s:customer:%s', c.organization_id, c.customer_id), _event,
            jsonb_build_object('operation', _operation) || c.payload
        )::private.live_message
        from unnest(_changes) as c
        where c.payload is not null
        union all
        select (
            format('organization:%s:customers', d.organization_id), 'customers_changed',
            jsonb_build_object(
                'operation', case _event when 'customer_changed' then _operation else 'UPDATE' end,
                'customer_ids', d.customer_ids[1:100], 'count', cardinality(d.customer_ids)
            )
        )::private.live_message
        from (
            select c.organization_id, array_agg(distinct c.customer_id) as customer_ids
            from unnest(_changes) as c
            where _event = 'customer_changed' or c.payload is null
            group by c.organization_id
        ) as d
    ));
end;
$$;

revoke all on all functions in schema private from public;
