"""Checks of who may do what."""

from ts_customers.doctor._check import API_ROLES, EXPOSED, FUNCTIONS, GRANTS, TABLES, Check

# The functions that somebody without a login may call.
_ANON_FUNCTIONS = ("resolve_portal", "")

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
from ({GRANTS}) as g
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
from ({GRANTS}) as g
where g.grantee in {API_ROLES}
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
from ({GRANTS}) as g
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
from ({FUNCTIONS}) as f
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
from ({FUNCTIONS}) as f
cross join lateral aclexplode(f.proacl) as a
where a.grantee = 'anon'::regrole and f.proname not in {_ANON_FUNCTIONS}
""",
    ),
    Check(
        "function_search_path",
        "error",
        "{} looks names up in a path that its caller chooses",
        "a caller's object of the same name would be used in place of ours",
        f"""
select f.name, format('alter function %s set search_path = %L;', f.name, '')
from ({FUNCTIONS}) as f
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
from ({FUNCTIONS}) as f
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
from ({TABLES}) as t
inner join pg_publication_tables as p on p.schemaname = t.nspname and p.tablename = t.relname
""",
    ),
    Check(
        "live_channels_open",
        "error",
        "{} has no row level security",
        "whoever is signed in hears what changes in every organization, and may send such messages",
        """
select m.oid::regclass, 'alter table realtime.messages enable row level security;'
from pg_class as m
where m.oid = to_regclass('realtime.messages') and not m.relrowsecurity
""",
    ),
)
