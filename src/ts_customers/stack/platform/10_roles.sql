-- Roles: who exists in a Supabase project, what each may do, and its settings.
-- Needs: an empty cluster whose superuser is supabase_admin. Provides: every role of the platform.
--
-- Left out: session_preload_libraries = supautils,safeupdate, two libraries that the PostgreSQL
-- wheel does not have. What supautils allows and refuses is copied by grants and by 70_guards.sql.
-- Passwords are set after these files by the program that runs them.

create role anon nologin inherit;
create role authenticated nologin inherit;
create role service_role nologin inherit bypassrls;
create role authenticator login noinherit;

create role postgres login createdb createrole replication bypassrls;
create role dashboard_user nologin createdb createrole replication;

create role supabase_auth_admin login noinherit;
create role supabase_storage_admin login noinherit createrole;
create role supabase_realtime_admin login noinherit;
create role supabase_replication_admin login replication;
create role supabase_etl_admin login replication;
create role supabase_read_only_user login bypassrls;
create role pgbouncer login;

-- PostgREST logs in as authenticator and becomes one of these.
grant anon to authenticator;
grant authenticated to authenticator;
grant service_role to authenticator;
grant authenticator to supabase_storage_admin;

-- Realtime logs in as the owner of its messages, and becomes one of these to ask the policies.
grant anon to supabase_realtime_admin;
grant authenticated to supabase_realtime_admin;
grant service_role to supabase_realtime_admin;

grant pg_read_all_data to supabase_read_only_user;
grant pg_read_all_data to supabase_etl_admin;
grant pg_monitor to supabase_etl_admin;

grant anon to postgres with admin option;
grant authenticated to postgres with admin option;
grant service_role to postgres with admin option;
grant authenticator to postgres with admin option;
grant pg_monitor to postgres with admin option;
grant pg_read_all_data to postgres with admin option;
grant pg_signal_backend to postgres with admin option;

-- postgres may write policies on realtime.messages, which plain PostgreSQL gives to a table's
-- owner alone: so it inherits that owner here, and 70_guards.sql refuses everything else. It
-- cannot become the owner. PostgreSQL 15 knows neither the option nor pg_create_subscription.
do $$
begin
    if current_setting('server_version_num')::integer >= 160000 then
        execute 'grant supabase_realtime_admin to postgres with inherit true, set false';
        execute 'grant pg_create_subscription to postgres with admin option';
    else
        execute 'grant supabase_realtime_admin to postgres';
    end if;
end;
$$;

alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';
alter role postgres set search_path = "$user", public, extensions; -- noqa: RF05
alter role supabase_admin set search_path = "$user", public, auth, extensions; -- noqa: RF05
alter role supabase_admin set log_statement = 'none';
alter role supabase_auth_admin set search_path = auth;
alter role supabase_auth_admin set idle_in_transaction_session_timeout = '60s';
alter role supabase_storage_admin set search_path = storage;

-- Settings that hosted lets postgres change although they are a superuser's.
grant set on parameter -- noqa: PRS
session_replication_role, log_statement, log_min_duration_statement, log_min_messages,
track_io_timing, pg_stat_statements.track,
pgrst.db_schemas, pgrst.db_extra_search_path, pgrst.db_max_rows, pgrst.db_pre_request,
pgrst.db_aggregates_enabled, pgrst.db_plan_enabled, pgrst.openapi_mode
to postgres;
grant execute on function pg_catalog.pg_reload_conf() to postgres;

-- Owning the database, postgres owns the schema public, and may set parameters for everyone.
alter database postgres owner to postgres;
grant all on database postgres to dashboard_user;
grant create on database postgres to supabase_auth_admin, supabase_storage_admin;
