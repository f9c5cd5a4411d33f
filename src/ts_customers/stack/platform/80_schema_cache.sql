-- Schema cache: PostgREST hears of every change to what it exposes.
-- Needs: the schema extensions. Provides: the event triggers pgrst_ddl_watch and pgrst_drop_watch.
-- GRANT, REVOKE and policies do not notify: they change nothing that PostgREST remembers.

create function extensions.pgrst_ddl_watch()
returns event_trigger
language plpgsql
as $$
begin
    if exists (
        select
        from pg_catalog.pg_event_trigger_ddl_commands() as c
        where (
                c.command_tag in (
                    'CREATE SCHEMA', 'ALTER SCHEMA',
                    'CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE',
                    'CREATE FOREIGN TABLE', 'ALTER FOREIGN TABLE',
                    'CREATE VIEW', 'ALTER VIEW',
                    'CREATE MATERIALIZED VIEW', 'ALTER MATERIALIZED VIEW',
                    'CREATE FUNCTION', 'ALTER FUNCTION',
                    'CREATE TYPE', 'ALTER TYPE',
                    'CREATE RULE', 'COMMENT'
                )
                and coalesce(c.schema_name, '') not in ('pg_temp', 'auth', 'realtime', 'storage')
            )
            or (c.command_tag = 'CREATE TRIGGER' and c.object_identity !~ ' pg_temp\.')
    ) then
        notify pgrst, 'reload schema';
    end if;
end;
$$;

create function extensions.pgrst_drop_watch()
returns event_trigger
language plpgsql
as $$
begin
    if exists (
        select
        from pg_catalog.pg_event_trigger_dropped_objects() as o
        where (
                o.object_type in (
                    'schema', 'table', 'foreign table', 'view', 'materialized view',
                    'function', 'type', 'rule'
                )
                and not o.is_temporary
                and coalesce(o.schema_name, '') not in ('auth', 'realtime', 'storage')
            )
            or (o.object_type = 'trigger' and o.object_identity !~ ' pg_temp\.')
    ) then
        notify pgrst, 'reload schema';
    end if;
end;
$$;

create event trigger pgrst_ddl_watch on ddl_command_end -- noqa: PRS
execute function extensions.pgrst_ddl_watch();

create event trigger pgrst_drop_watch on sql_drop -- noqa: PRS
execute function extensions.pgrst_drop_watch();
