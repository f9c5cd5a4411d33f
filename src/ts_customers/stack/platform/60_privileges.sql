-- What postgres may do with the platform's tables, and what new objects in public are born with.
-- Needs: realtime and storage with their tables. Provides: grants and default privileges.
--
-- The setting platform.auto_expose (on, off) says whether new tables are open to the API roles.
-- Hosted projects differ, so migrations must be right in both worlds.

grant all on all tables in schema storage to postgres with grant option;

alter default privileges for role postgres in schema public
grant all on tables to postgres, anon, authenticated, service_role;
alter default privileges for role postgres in schema public
grant all on sequences to postgres, anon, authenticated, service_role;
alter default privileges for role postgres in schema public
grant all on functions to postgres, anon, authenticated, service_role;

alter default privileges for role supabase_admin in schema public
grant all on tables to postgres, anon, authenticated, service_role;
alter default privileges for role supabase_admin in schema public
grant all on sequences to postgres, anon, authenticated, service_role;
alter default privileges for role supabase_admin in schema public
grant all on functions to postgres, anon, authenticated, service_role;

-- Off is no more than this: TRUNCATE and the like stay granted, and so does EXECUTE to PUBLIC.
do $$
begin
    if current_setting('platform.auto_expose') = 'off' then
        alter default privileges for role postgres in schema public
        revoke select, insert, update, delete on tables from anon, authenticated, service_role;
        alter default privileges for role postgres in schema public
        revoke usage, select on sequences from anon, authenticated, service_role;
        alter default privileges for role postgres in schema public
        revoke execute on functions from anon, authenticated, service_role;
    end if;
end;
$$;
