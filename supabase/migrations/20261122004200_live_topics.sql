-- Live topics: who may hear what changes, and who may be seen with a customer.
-- Needs: customers, realtime.messages. Provides: private.may_read_topic, policies of
-- realtime.messages.
--
-- Realtime asks these policies when somebody joins a private channel, with a row that it makes up:
-- a topic and an extension, no payload. They are about our topics alone; what a project does on
-- topics of its own is up to its own policies.

-- DEFINER because it looks for customers whoever asks. Ids in capitals are refused: nothing is ever
-- sent to such a topic.
create function private.may_read_topic(_topic text)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
    v_parts constant text[] := regexp_match(
        _topic, '^organization:([0-9a-f-]+):(customers|pricing|customer:([0-9a-f-]+))$'
    );
begin
    if private.is_uuid(v_parts[1]) is not true or private.is_uuid(v_parts[3]) is false then
        return false;
    elsif private.member_role(v_parts[1]::uuid) is null then
        return false;
    end if;
    return v_parts[3] is null or exists (
        select 1
        from public.customers as c
        where c.organization_id = v_parts[1]::uuid and c.id = v_parts[3]::uuid
    );
end;
$$;

comment on function private.may_read_topic is
'Whether the caller is a member of the organization that one of our topics names, and the customer
that it names is one of it. False for everything else; never an error.';

create policy customers_live_select_member on realtime.messages
for select to authenticated
using (
    extension in ('broadcast', 'presence')
    and topic = (select realtime.topic())
    and (select private.may_read_topic(realtime.topic()))
);

-- Who looks at a customer says so; what changed, the database says.
create policy customers_live_insert_member on realtime.messages
for insert to authenticated
with check (
    extension = 'presence'
    and topic = (select realtime.topic())
    and topic like '%:customer:%'
    and (select private.may_read_topic(realtime.topic()))
);

-- Many a project lets whoever is signed in use every channel. The following hold beside whatever
-- its policies allow: they open nothing, and leave every topic but ours alone.
create policy customers_live_guard_select on realtime.messages
as restrictive for select to authenticated
using (
    coalesce(
        (select realtime.topic())
        !~ '^organization:[^:]+:(customers|pricing|customer:[^:]+)$', true
    )
    or (select private.may_read_topic(realtime.topic()))
);

create policy customers_live_guard_insert on realtime.messages
as restrictive for insert to authenticated
with check (
    coalesce(
        (select realtime.topic())
        !~ '^organization:[^:]+:(customers|pricing|customer:[^:]+)$', true
    )
    or (extension = 'presence' and (select private.may_read_topic(realtime.topic())))
);

create policy customers_live_guard_anon on realtime.messages
as restrictive for all to anon
using (
    coalesce(
        (select realtime.topic())
        !~ '^organization:[^:]+:(customers|pricing|customer:[^:]+)$', true
    )
)
with check (
    coalesce(
        (select realtime.topic())
        !~ '^organization:[^:]+:(customers|pricing|customer:[^:]+)$', true
    )
);

revoke all on all functions in schema private from public;
grant execute on function private.may_read_topic to authenticated;
