"""Who may do what, as rules that the catalogue answers: each query lists what breaks its rule."""

from tap import Connection

OURS = "('public', 'private', 'portal')"
EXPOSED = "('public', 'portal')"
API_ROLES = "('anon', 'authenticated', 'service_role')"

# The functions that somebody without a login may call.
ANON_FUNCTIONS = ("resolve_portal",)

_OUR_FUNCTIONS = f"""
select p.*, p.oid::regprocedure::text as name, n.nspname
from pg_proc as p
inner join pg_namespace as n on n.oid = p.pronamespace
where n.nspname in {OURS} and not exists (
    select from pg_depend as d where d.objid = p.oid and d.deptype = 'e'
)
"""
_OUR_GRANTS = f"""
select
    c.oid, format('%I.%I', n.nspname, c.relname) as name, n.nspname, c.relkind,
    coalesce(g.rolname, 'public') as grantee, a.privilege_type
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
cross join lateral (
    select x.* from aclexplode(c.relacl) as x
    union
    select x.*
    from pg_attribute as t
    cross join lateral aclexplode(t.attacl) as x
    where t.attrelid = c.oid
) as a
left join pg_roles as g on g.oid = a.grantee
where n.nspname in {OURS}
"""
_OUR_POLICIES = f"""
select p.*, format('%s on %s', p.polname, p.polrelid::regclass) as name
from pg_policy as p
inner join pg_class as c on c.oid = p.polrelid
inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname in {OURS} or c.oid = 'realtime.messages'::regclass
"""

TABLE_WITHOUT_RLS = f"""
select c.oid::regclass::text
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname in {EXPOSED} and c.relkind in ('r', 'p') and not c.relrowsecurity
"""
TABLE_WITH_GRANTS_BUT_NO_POLICY = f"""
select distinct g.name
from ({_OUR_GRANTS}) as g
where g.nspname in {EXPOSED} and g.relkind in ('r', 'p') and g.grantee <> 'postgres'
    and not exists (select from pg_policy as p where p.polrelid = g.oid)
"""
# A restrictive policy opens nothing, whoever it is for.
POLICY_FOR_EVERYBODY = f"""
select p.name
from ({_OUR_POLICIES}) as p
where p.polpermissive and p.polroles <> array['authenticated'::regrole::oid]
"""
# One lookup for the statement instead of one for each row.
POLICY_EVALUATED_FOR_EACH_ROW = f"""
select format('%s: %s', p.name, e.text)
from ({_OUR_POLICIES}) as p
cross join lateral (
    values (pg_get_expr(p.polqual, p.polrelid)), (pg_get_expr(p.polwithcheck, p.polrelid))
) as e (text)
where e.text is not null
    and (p.polrelid <> 'public.address_formats'::regclass or e.text <> 'true')
    and (
        e.text !~ '\\( SELECT (private\\.|auth\\.uid\\(\\)|realtime\\.topic\\(\\))'
        or e.text ~ '(?<!SELECT )auth\\.[a-z]+\\(\\)'
    )
"""
UPDATE_POLICY_THAT_LETS_ROWS_MOVE = f"""
select p.name
from ({_OUR_POLICIES}) as p
where p.polcmd in ('w', '*')
    and pg_get_expr(p.polwithcheck, p.polrelid)
    is distinct from pg_get_expr(p.polqual, p.polrelid)
"""
VIEW_WITH_ITS_OWNERS_RIGHTS = f"""
select c.oid::regclass::text
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname in {EXPOSED} and (c.relkind = 'm' or c.relkind = 'v' and not exists (
    select from unnest(c.reloptions) as o where o ~ '^security_invoker=(true|on)$'
))
"""
FUNCTION_WITH_A_SEARCH_PATH = f"""
select f.name from ({_OUR_FUNCTIONS}) as f
where 'search_path=""' <> all(coalesce(f.proconfig, '{{}}'))
"""
DEFINER_FUNCTION_IN_AN_EXPOSED_SCHEMA = f"""
select f.name from ({_OUR_FUNCTIONS}) as f where f.prosecdef and f.nspname in {EXPOSED}
"""
FUNCTION_EVERYBODY_MAY_EXECUTE = f"""
select f.name
from ({_OUR_FUNCTIONS}) as f
cross join lateral aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) as a
where a.grantee = 0
"""
FUNCTION_ANON_MAY_EXECUTE = f"""
select f.name
from ({_OUR_FUNCTIONS}) as f
where has_function_privilege('anon', f.oid, 'execute') <> (f.proname in {(*ANON_FUNCTIONS, "")})
"""
TABLE_ANON_MAY_USE = f"""
select distinct format('%s: %s to %s', g.name, g.privilege_type, g.grantee)
from ({_OUR_GRANTS}) as g
where g.grantee in ('anon', 'public')
"""
# Neither obeys row level security.
GRANT_THAT_POLICIES_DO_NOT_SEE = f"""
select format('%s: %s to %s', g.name, g.privilege_type, g.grantee)
from ({_OUR_GRANTS}) as g
where g.grantee in {API_ROLES}
    and g.privilege_type in ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN')
"""
GRANT_IN_PRIVATE = f"""
select format('%s: %s to %s', g.name, g.privilege_type, g.grantee)
from ({_OUR_GRANTS}) as g
where g.nspname = 'private' and g.grantee <> 'postgres'
"""
SCHEMA_OPEN_TO_API_ROLES = """
select format('%I: %s to %s', n.nspname, p.privilege, r.role)
from pg_namespace as n
cross join (values ('anon'), ('authenticated'), ('service_role')) as r (role)
cross join (values ('usage'), ('create')) as p (privilege)
where n.nspname !~ '^pg_' and has_schema_privilege(r.role, n.oid, p.privilege)
    and (p.privilege = 'create' or n.nspname in ('private', 'supabase_migrations'))
"""
# Ids are the database's; who did something and when, it sees itself; the rest has functions.
COLUMN_API_USERS_MAY_NOT_WRITE = f"""
select format('%s.%I', c.oid::regclass, a.attname)
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0
where n.nspname in {EXPOSED} and c.relkind in ('r', 'p', 'v')
    and (
        a.attname in (
            'id', 'version', 'status', 'tier_id', 'customer_number', 'user_id', 'deactivated_at',
            'merged_into', 'erased_at', 'created_at', 'updated_at', 'created_by', 'updated_by',
            'token_hash'
        ) or a.attname ~ '^credit_hold_|^(accepted|decided|requested)_(at|by)$'
    )
    and (
        has_column_privilege('authenticated', c.oid, a.attnum, 'insert')
        or has_column_privilege('authenticated', c.oid, a.attnum, 'update')
    )
"""
SECRET_COLUMN_API_ROLES_MAY_READ = f"""
select format('%s.%I to %s', c.oid::regclass, a.attname, r.role)
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
inner join pg_attribute as a on a.attrelid = c.oid and a.attname ~ '_hash$'
cross join (values ('anon'), ('authenticated'), ('service_role')) as r (role)
where n.nspname in {OURS} and c.relkind in ('r', 'p', 'v')
    and has_column_privilege(r.role, c.oid, a.attnum, 'select')
"""
# What RLS filters out of inserts and updates, postgres_changes does not filter out of deletes.
PUBLISHED_TABLE = f"""
select format('%I.%I in %I', t.schemaname, t.tablename, t.pubname)
from pg_publication_tables as t where t.schemaname in {OURS}
"""
# A cascade from auth.users ends in these as the role of Auth, which has no rights here.
INVOKER_TRIGGER_BEHIND_AUTH_USERS = """
select format('%s on %s', t.tgname, t.tgrelid::regclass)
from pg_trigger as t
inner join pg_proc as p on p.oid = t.tgfoid
where not t.tgisinternal and not p.prosecdef and t.tgtype & 2 = 0 and exists (
    select
    from pg_constraint as c
    where c.conrelid = t.tgrelid and c.confrelid = 'auth.users'::regclass
)
"""

# Not a rule: everything that is granted to anybody but the owner.
ALL_GRANTS = f"""
select g.name, null, g.privilege_type, g.grantee
from ({_OUR_GRANTS}) as g where g.grantee <> 'postgres'
union all
select f.name, f.nspname, a.privilege_type, a.grantee::regrole::text
from ({_OUR_FUNCTIONS}) as f
cross join lateral aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) as a
where a.grantee <> f.proowner
order by 1, 3, 4
"""

ACCESS_RULES = {
    name: query
    for name, query in globals().items()
    if name[0] != "_" and isinstance(query, str) and "select" in query and name != "ALL_GRANTS"
}


def findings(connection: Connection, rule: str) -> list[str]:
    """What breaks a rule, each in words."""
    return [row[0] for row in connection.execute(rule.encode())]
