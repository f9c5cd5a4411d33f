-- Schemas, who may use them, and the extensions that a project is born with.
-- Needs: roles. Provides: auth, extensions, realtime, storage (all empty), access to public.
--
-- Left out, because the PostgreSQL wheel lacks them: uuid-ossp (gen_random_uuid() is built in),
-- supabase_vault and the schema vault. pg_graphql is off on new projects.

create schema auth;
create schema extensions;
create schema realtime;
create schema storage;

grant usage on schema auth to postgres, anon, authenticated, service_role, dashboard_user;
grant all on schema auth to supabase_auth_admin;

grant all on schema extensions to postgres, dashboard_user;
grant usage on schema extensions to anon, authenticated, service_role;

grant usage on schema realtime to postgres with grant option;
grant usage on schema realtime to anon, authenticated, service_role;
grant all on schema realtime to supabase_realtime_admin;

grant usage on schema storage to postgres with grant option;
grant usage on schema storage to anon, authenticated, service_role;
grant all on schema storage to supabase_storage_admin;

grant all on schema public to postgres;
grant usage on schema public to anon, authenticated, service_role;

create extension pgcrypto with schema extensions;
create extension pg_stat_statements with schema extensions;

-- On hosted, postgres may create these itself. Plain PostgreSQL asks for a superuser, so they are
-- here from the start and `create extension if not exists` finds them.
do $$
declare
    v_extension name;
begin
    for v_extension in
        select e.name
        from pg_catalog.pg_available_extensions as e
        where e.name in ('moddatetime', 'plpgsql_check')
    loop
        execute format('create extension %I with schema extensions', v_extension);
    end loop;
end;
$$;

grant all on all tables in schema extensions to postgres, dashboard_user;
grant all on all routines in schema extensions to postgres, dashboard_user;
