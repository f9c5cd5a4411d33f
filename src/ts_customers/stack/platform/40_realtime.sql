-- Realtime: the messages that the database sends, and the functions that send them.
-- Needs: schemas. Provides: realtime.messages, topic, send, send_binary, broadcast_changes, and
-- the publication supabase_realtime. Partitions are made by each_start/realtime_partitions.sql.
--
-- Left out: realtime.subscription, which only postgres_changes needs.
-- Added: the trigger _announce on realtime.messages. Hosted reads new rows from the write-ahead log
-- through a replication connection; the gateway here hears of them by NOTIFY, which PostgreSQL
-- delivers after the commit and in the order of commits, as the log does. Senders see one
-- difference: a transaction that sends cannot be prepared (PREPARE TRANSACTION).

create table realtime.messages (
    topic text not null,
    extension text not null,
    payload jsonb,
    event text,
    private boolean default false,
    updated_at timestamp without time zone not null default now(),
    inserted_at timestamp without time zone not null default now(),
    id uuid not null default gen_random_uuid(),
    binary_payload bytea,

    constraint messages_pkey primary key (id, inserted_at),
    constraint messages_payload_check check (payload is null or binary_payload is null)
) partition by range (inserted_at);

alter table realtime.messages owner to supabase_realtime_admin;
alter table realtime.messages enable row level security;

grant select, insert, update on realtime.messages to anon, authenticated, service_role, postgres;

-- postgres inherits the owner (10_roles.sql): what hosted does not give it, the owner lacks too.
revoke delete, truncate on realtime.messages from supabase_realtime_admin;

create function realtime.announce_message()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
    perform pg_catalog.pg_notify('realtime_messages', new.id::text);

    return null;
end;
$$;

create trigger _announce
after insert on realtime.messages
for each row execute function realtime.announce_message();

create function realtime.topic()
returns text
language sql
stable
as $$
    select nullif(current_setting('realtime.topic', true), '');
$$;

-- As on hosted, a failure to send never fails the transaction: it is a warning.
create function realtime.send(payload jsonb, event text, topic text, private boolean default true)
returns void
language plpgsql
as $$
declare
    v_id constant uuid := gen_random_uuid();
begin
    if not send.payload ? 'id' then
        send.payload := jsonb_set(send.payload, '{id}', to_jsonb(v_id));
    end if;

    perform set_config('realtime.topic', send.topic, true);

    insert into realtime.messages (id, payload, event, topic, private, extension)
    values (v_id, send.payload, send.event, send.topic, send.private, 'broadcast');
exception
    when others then
        raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
end;
$$;

create function realtime.send_binary(
    payload bytea, event text, topic text, private boolean default true
)
returns void
language plpgsql
as $$
begin
    perform set_config('realtime.topic', send_binary.topic, true);

    insert into realtime.messages (binary_payload, event, topic, private, extension)
    values (
        send_binary.payload, send_binary.event, send_binary.topic, send_binary.private, 'broadcast'
    );
exception
    when others then
        raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
end;
$$;

create function realtime.broadcast_changes(
    topic_name text,
    event_name text,
    operation text,
    table_name text,
    table_schema text,
    new record,
    old record,
    level text default 'ROW'
)
returns void
language plpgsql
as $$
begin
    if level = 'STATEMENT' then
        raise exception 'function can only be triggered for each row, not for each statement';
    end if;

    if operation not in ('INSERT', 'UPDATE', 'DELETE') then
        raise exception 'Unexpected operation type: %', operation;
    end if;

    perform realtime.send(
        jsonb_build_object(
            'old_record', old, 'record', new, 'operation', operation,
            'table', table_name, 'schema', table_schema
        ),
        event_name,
        topic_name
    );
exception
    when others then
        raise exception 'Failed to process the row: %', sqlerrm;
end;
$$;

create publication supabase_realtime;
alter publication supabase_realtime owner to postgres;
