"""The checks that are a question to the catalogue or the tables, one query each.

A query returns what is wrong, row by row: a text that stands for {} in the check's sentence, and
the SQL or the command that mends it. The setting ts_customers.tables holds the names of the tables
and views that the migrations make, ts_customers.functions those of the functions.
"""

from __future__ import annotations

from dataclasses import dataclass

MAINTENANCE = "ts-customers maintenance"
# The functions that somebody without a login may call.
ANON_FUNCTIONS = ("resolve_portal", "")


@dataclass(frozen=True, slots=True)
class Check:
    """One check: `what` says it of one object, `why` says what comes of it.

    `needs` is a relation without which there is nothing to check.
    """

    slug: str
    severity: str
    what: str
    why: str
    sql: str
    needs: str | None = None


EXPOSED = "('public', 'portal')"
_API_ROLES = "('anon', 'authenticated', 'service_role')"
_TABLES = """
select c.*, c.oid::regclass::text as name, n.nspname
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
where format('%s.%s', n.nspname, c.relname) = any(
    string_to_array(current_setting('ts_customers.tables'), ' ')
)
"""
_GRANTS = f"""
select t.name, t.nspname, a.privilege_type, coalesce(g.rolname, 'public') as grantee
from ({_TABLES}) as t
cross join lateral (
    select x.* from aclexplode(t.relacl) as x
    union
    select x.*
    from pg_attribute as c
    cross join lateral aclexplode(c.attacl) as x
    where c.attrelid = t.oid
) as a
left join pg_roles as g on g.oid = a.grantee
"""
_FUNCTIONS = """
select p.*, p.oid::regprocedure::text as name, n.nspname
from pg_proc as p
inner join pg_namespace as n on n.oid = p.pronamespace
where format('%s.%s', n.nspname, p.proname) = any(
    string_to_array(current_setting('ts_customers.functions'), ' ')
)
"""

ACCESS = (
    Check(
        "table_without_rls",
        "error",
        "{} has no row level security",
        "whoever has a grant on it reads the rows of every organization",
        f"""
select c.oid::regclass, format('alter table %s enable row level security;', c.oid::regclass)
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname in {EXPOSED} and c.relkind in ('r', 'p') and not c.relrowsecurity
    and not exists (select from pg_depend as d where d.objid = c.oid and d.deptype = 'e')
""",
    ),
    Check(
        "view_with_owner_rights",
        "error",
        "the view {} runs with the rights of its owner",
        "it shows the rows of every organization to everybody",
        f"""
select c.oid::regclass, format('alter view %s set (security_invoker = true);', c.oid::regclass)
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname in {EXPOSED} and c.relkind = 'v'
    and not coalesce(c.reloptions, '{{}}') && '{{security_invoker=true,security_invoker=on}}'
    and not exists (select from pg_depend as d where d.objid = c.oid and d.deptype = 'e')
""",
    ),
    Check(
        "table_open_to_anon",
        "error",
        "{} is open to callers without a login",
        "nothing of ours is for them; policies were written for people who are signed in",
        f"""
select
    format('%s (%s)', g.name, string_agg(distinct g.privilege_type, ', ')),
    format('revoke all on %s from public, anon;', g.name)
from ({_GRANTS}) as g
where g.grantee in ('anon', 'public')
group by g.name
""",
    ),
    Check(
        "grant_past_policies",
        "error",
        "{} on a table of ours",
        "these rights do not obey row level security",
        f"""
select
    format('%s may %s %s', g.grantee, g.privilege_type, g.name),
    format('revoke %s on %s from %s;', lower(g.privilege_type), g.name, g.grantee)
from ({_GRANTS}) as g
where g.grantee in {_API_ROLES}
    and g.privilege_type in ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN')
""",
    ),
    Check(
        "private_table_open",
        "error",
        "{} is open to an API role",
        "what is in private bypasses the policies of the tables that it serves",
        f"""
select
    format('%s (%s)', g.name, g.grantee), format('revoke all on %s from %s;', g.name, g.grantee)
from ({_GRANTS}) as g
where g.nspname = 'private' and g.grantee in ('anon', 'authenticated', 'service_role', 'public')
group by g.name, g.grantee
""",
    ),
    Check(
        "schema_open",
        "error",
        "{}",
        "private is reached through functions in public alone, and API roles make no objects",
        """
select
    format('%s may %s schema %s', r.role, p.verb, n.nspname),
    format('revoke %s on schema %I from public, %s;', p.privilege, n.nspname, r.role)
from pg_namespace as n
cross join (values ('anon'), ('authenticated'), ('service_role')) as r (role)
cross join (values ('usage', 'use'), ('create', 'create objects in')) as p (privilege, verb)
where n.nspname in ('public', 'private', 'portal')
    and has_schema_privilege(r.role, n.oid, p.privilege)
    and (n.nspname = 'private' or p.privilege = 'create')
""",
    ),
    Check(
        "function_for_everybody",
        "error",
        "everybody may execute {}",
        "a right of PUBLIC reaches every role that there will ever be, anon included",
        f"""
select f.name, format('revoke execute on function %s from public;', f.name)
from ({_FUNCTIONS}) as f
cross join lateral aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) as a
where a.grantee = 0
""",
    ),
    Check(
        "function_open_to_anon",
        "error",
        "callers without a login may execute {}",
        "only resolve_portal is for them",
        f"""
select f.name, format('revoke execute on function %s from anon;', f.name)
from ({_FUNCTIONS}) as f
cross join lateral aclexplode(f.proacl) as a
where a.grantee = 'anon'::regrole and f.proname not in {ANON_FUNCTIONS}
""",
    ),
    Check(
        "function_search_path",
        "error",
        "{} looks names up in a path that its caller chooses",
        "a caller's object of the same name would be used in place of ours",
        f"""
select f.name, format('alter function %s set search_path = %L;', f.name, '')
from ({_FUNCTIONS}) as f
where 'search_path=""' <> all(coalesce(f.proconfig, '{{}}'))
""",
    ),
    Check(
        "definer_exposed",
        "error",
        "{} runs with the rights of its owner, in an exposed schema",
        "such functions belong into private, behind one that checks",
        f"""
select f.name, format('alter function %s security invoker;', f.name)
from ({_FUNCTIONS}) as f
where f.prosecdef and f.nspname in {EXPOSED}
""",
    ),
    Check(
        "table_published",
        "error",
        "{} is in a publication",
        "postgres_changes does not filter deletes: it would tell them to every organization",
        f"""
select
    format('%s (%s)', t.name, p.pubname),
    format('alter publication %I drop table %s;', p.pubname, t.name)
from ({_TABLES}) as t
inner join pg_publication_tables as p on p.schemaname = t.nspname and p.tablename = t.relname
""",
    ),
)

STORAGE = (
    Check(
        "trigger_disabled",
        "error",
        "the trigger {} is switched off",
        "the rule that it holds is not held, or what it records is not recorded",
        f"""
select
    format('%I on %s', g.tgname, t.name),
    format('alter table %s enable trigger %I;', t.name, g.tgname)
from ({_TABLES}) as t
inner join pg_trigger as g on g.tgrelid = t.oid
where g.tgenabled in ('D', 'R')
""",
    ),
    Check(
        "constraint_not_validated",
        "warning",
        "the constraint {} was never checked against the rows that are there",
        "rows may break it",
        f"""
select
    format('%I on %s', k.conname, t.name),
    format('alter table %s validate constraint %I;', t.name, k.conname)
from ({_TABLES}) as t
inner join pg_constraint as k on k.conrelid = t.oid
where not k.convalidated
""",
    ),
    Check(
        "index_invalid",
        "warning",
        "the index {} is not valid",
        "it is written but never read, and a unique one may have missed rows",
        f"""
select i.indexrelid::regclass, format('reindex index concurrently %s;', i.indexrelid::regclass)
from ({_TABLES}) as t
inner join pg_index as i on i.indrelid = t.oid
where not i.indisvalid
""",
    ),
    Check(
        "partition_missing",
        "warning",
        "the activities of {} have no partition of their own",
        "they go into the default partition and must be moved later",
        f"""
select to_char(m.month, 'YYYY-MM'), '{MAINTENANCE}'
from generate_series(
    date_trunc('month', now() at time zone 'UTC'),
    date_trunc('month', now() at time zone 'UTC') + interval '1 month',
    interval '1 month'
) as m (month)
where to_regclass('private.customer_activities_' || to_char(m.month, 'YYYY_MM')) is null
""",
        needs="public.customer_activities",
    ),
    Check(
        "default_partition_filled",
        "warning",
        "{} activities wait in the default partition",
        "the partition of their month cannot be attached before they are moved",
        f"""
select d.count, '{MAINTENANCE}'
from (select count(*) from private.customer_activities_default) as d
where d.count > 0
""",
        needs="private.customer_activities_default",
    ),
)

WORK = (
    Check(
        "scheduler_missing",
        "note",
        "this project has no pg_cron{}",
        "nothing runs maintenance by itself: due tier changes, partitions, archive, purges",
        f"""
select '', 'put into a crontab: 17 * * * * {MAINTENANCE}, or: create extension pg_cron;'
where to_regclass('cron.job') is null
""",
    ),
    Check(
        "maintenance_unscheduled",
        "warning",
        "pg_cron is there, but runs no maintenance{}",
        "due tier changes, partitions, archive and purges wait for somebody to think of them",
        """
select '', format(
    'select cron.schedule(%L, %L, %L);',
    'ts-customers-maintenance', '17 * * * *', 'select public.run_maintenance()'
)
where not exists (select from cron.job as j where j.command ~ 'run_maintenance' and j.active)
""",
        needs="cron.job",
    ),
    Check(
        "tier_change_overdue",
        "warning",
        "the tier change {} was due more than a day ago and is not applied",
        "prices follow it already; the customer, its timeline and its watchers do not",
        f"""
select format('%s of customer %s', r.id, r.customer_id), '{MAINTENANCE}'
from public.tier_change_requests as r
where r.status = 'approved' and r.effective_at < now() - interval '1 day'
order by r.effective_at
limit 20
""",
        needs="public.tier_change_requests",
    ),
    Check(
        "credit_hold_overdue",
        "warning",
        "the credit hold of customer {} ended more than a day ago and still stands there",
        "its end is missing in the timeline",
        f"""
select c.id, '{MAINTENANCE}'
from public.customers as c
where c.credit_hold_reason is not null and c.credit_hold_until < now() - interval '1 day'
order by c.credit_hold_until
limit 20
""",
        needs="public.customers",
    ),
    Check(
        "organization_without_owner",
        "note",
        "the organization {} has no owner",
        "nobody but the secret key can add members, or erase what must be erased",
        """
select
    format('%s (%s)', o.name, o.id),
    format('ts-customers member invite EMAIL owner --organization %s --service', o.id)
from public.organizations as o
where not exists (
    select from public.organization_members as m
    where m.organization_id = o.id and m.role = 'owner'
)
order by o.name
limit 20
""",
        needs="public.organizations",
    ),
)

CHECKS = (*ACCESS, *STORAGE, *WORK)
