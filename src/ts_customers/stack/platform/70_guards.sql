-- Guards: what hosted refuses postgres, refused here too.
-- Needs: everything before. Provides: event triggers that keep postgres from changing objects in
-- auth, realtime and storage. Policies, triggers and grants on their tables stay allowed.

create function extensions.guard_platform_ddl()
returns event_trigger
language plpgsql
set search_path = ''
as $$
declare
    v_command record;
begin
    if current_user <> 'postgres' then
        return;
    end if;

    for v_command in
        select c.command_tag, c.object_type, c.object_identity
        from pg_catalog.pg_event_trigger_ddl_commands() as c
        where (
                c.schema_name in ('auth', 'realtime', 'storage')
                or c.object_identity ~ ' on (auth|realtime|storage)\.'
            )
            and not c.in_extension
            and c.command_tag not in (
                'CREATE POLICY', 'ALTER POLICY', 'CREATE TRIGGER', 'GRANT', 'REVOKE',
                'CREATE PUBLICATION', 'ALTER PUBLICATION'
            )
    loop
        raise insufficient_privilege using
            message = format('must be owner of %s %s', v_command.object_type, v_command.object_identity),
            detail = format('%s in a schema of the platform is refused.', v_command.command_tag),
            hint = 'Put objects of your own into a schema of your own.';
    end loop;
end;
$$;

create function extensions.guard_platform_drop()
returns event_trigger
language plpgsql
set search_path = ''
as $$
declare
    v_object record;
begin
    if current_user <> 'postgres' then
        return;
    end if;

    -- Only what was named itself: dropping a table of one's own takes along the triggers that its
    -- foreign keys put on auth.users.
    for v_object in
        select o.object_type, o.object_identity
        from pg_catalog.pg_event_trigger_dropped_objects() as o
        where o.original
            and o.object_type not in ('policy', 'publication relation')
            and (
                o.schema_name in ('auth', 'realtime', 'storage')
                or o.object_identity ~ ' on (auth|realtime|storage)\.'
            )
    loop
        raise insufficient_privilege using
            message = format('must be owner of %s %s', v_object.object_type, v_object.object_identity),
            hint = 'Objects of the platform cannot be dropped.';
    end loop;
end;
$$;

create event trigger guard_platform_ddl on ddl_command_end -- noqa: PRS
execute function extensions.guard_platform_ddl();

create event trigger guard_platform_drop on sql_drop -- noqa: PRS
execute function extensions.guard_platform_drop();
