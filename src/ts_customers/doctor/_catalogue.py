"""What the migrations make, object by object, as the catalogue of a database tells it.

`catalogue.json` is what a database tells that nothing but the migrations has touched;
scripts/database_catalogue.py writes it, and a test holds it against the migrations.
"""

from __future__ import annotations

import json
from importlib.resources import files

import psycopg
from psycopg.rows import TupleRow

Connection = psycopg.Connection[TupleRow]

# By kind, by table, view or function, and by name: what stands in the statement that makes it.
Catalogue = dict[str, dict[str, dict[str, str]]]

FILE = "catalogue.json"

# Names are told in full, whatever the session's own path is.
_PATH = "set local search_path = ''"
_NOT_OF_AN_EXTENSION = """
not exists (select from pg_depend as d where d.objid = {}.oid and d.deptype = 'e')
"""
_OURS = f"""
with ours as (
    select c.*, c.oid::regclass::text as name
    from pg_class as c
    where c.relnamespace in (
        select n.oid from pg_namespace as n where n.nspname in ('public', 'private', 'portal')
    ) and c.relkind in ('r', 'p', 'v') and not c.relispartition
        and {_NOT_OF_AN_EXTENSION.format("c")}
)
"""
_COLUMNS = f"""
{_OURS}
select o.name, format('%I', a.attname), concat(
    format_type(a.atttypid, a.atttypmod),
    case a.attgenerated when '' then ' default ' || pg_get_expr(d.adbin, d.adrelid)
    else ' generated always as (' || pg_get_expr(d.adbin, d.adrelid) || ') stored' end,
    case when a.attnotnull then ' not null' end
)
from ours as o
inner join pg_attribute as a on a.attrelid = o.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
where o.relkind <> 'v'
"""
_CONSTRAINTS = f"""
{_OURS}
select o.name, format('%I', k.conname), pg_get_constraintdef(k.oid)
from ours as o
inner join pg_constraint as k on k.conrelid = o.oid
where k.contype in ('c', 'f', 'p', 'u', 'x') and k.conparentid = 0
"""
_INDEXES = f"""
{_OURS}
select o.name, i.indexrelid::regclass::text,
    replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ')
from ours as o
inner join pg_index as i on i.indrelid = o.oid
where not exists (
    select from pg_constraint as k where k.conrelid = o.oid and k.conindid = i.indexrelid
        and k.contype in ('p', 'u', 'x')
)
"""
_POLICIES = f"""
{_OURS}
select o.name, format('%I', p.polname), concat(
    case when not p.polpermissive then 'as restrictive ' end,
    'for ', case p.polcmd
        when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update'
        when 'd' then 'delete' else 'all'
    end,
    ' to ', (
        select string_agg(coalesce(g.rolname, 'public'), ', ' order by g.rolname)
        from unnest(p.polroles) as r (oid)
        left join pg_roles as g on g.oid = r.oid
    ),
    ' using (' || pg_get_expr(p.polqual, p.polrelid) || ')',
    ' with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')'
)
from (
    select o.oid, o.name from ours as o
    union all
    select c.oid, 'realtime.messages' from pg_class as c
    where c.oid = to_regclass('realtime.messages')
) as o
inner join pg_policy as p on p.polrelid = o.oid
-- The policies of a project's own channels are its own.
where o.name <> 'realtime.messages' or p.polname ~ '^customers_live_'
"""
_TRIGGERS = f"""
{_OURS}
select o.name, format('%I', t.tgname), pg_get_triggerdef(t.oid)
from ours as o
inner join pg_trigger as t on t.tgrelid = o.oid
where not t.tgisinternal and t.tgparentid = 0
"""
_VIEWS = f"""
{_OURS}
select o.name, o.name, concat(
    'with (' || array_to_string(o.reloptions, ', ') || ') ', 'as',
    -- Before version 16, columns are qualified also where there is but one table.
    case when d.text ~ ' JOIN ' then d.text else regexp_replace(d.text, '\\m[a-z]\\.', '', 'g') end
)
from ours as o
cross join lateral regexp_replace(pg_get_viewdef(o.oid), '\\s+', ' ', 'g') as d (text)
where o.relkind = 'v'
"""
# Every table, view and function is there, also without a grant.
_GRANTS = f"""
{_OURS},

granted as (
    select o.name, a.privilege_type, '' as columns, a.grantee
    from ours as o
    cross join lateral aclexplode(coalesce(o.relacl, acldefault('r', o.relowner))) as a
    union all
    select o.name, x.privilege_type, format(' (%I)', c.attname), x.grantee
    from ours as o
    inner join pg_attribute as c on c.attrelid = o.oid and not c.attisdropped
    cross join lateral aclexplode(c.attacl) as x
    union all
    select p.oid::regprocedure::text, a.privilege_type, '', a.grantee
    from pg_proc as p
    cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as a
    where p.pronamespace in (
        select n.oid from pg_namespace as n where n.nspname in ('public', 'private', 'portal')
    ) and {_NOT_OF_AN_EXTENSION.format("p")}
)

select g.name, g.privilege_type || g.columns || ' to ' || r.role, ''
from granted as g
left join (
    select r.oid, r.rolname as role
    from pg_roles as r
    where r.rolname in ('anon', 'authenticated', 'service_role')
    union all
    select 0, 'public'
) as r on r.oid = g.grantee
"""
_QUERIES = {
    "column": _COLUMNS,
    "constraint": _CONSTRAINTS,
    "index": _INDEXES,
    "policy": _POLICIES,
    "trigger": _TRIGGERS,
    "view": _VIEWS,
    "grant": _GRANTS,
}


def read_catalogue(connection: Connection) -> Catalogue:
    """What a database tells, inside a transaction that is open."""
    catalogue: Catalogue = {kind: {} for kind in _QUERIES}
    connection.execute(_PATH)
    for kind, query in _QUERIES.items():
        for owner, name, definition in connection.execute(query.encode()):
            named = catalogue[kind].setdefault(owner, {})
            if name is not None:
                named[name] = definition
    return catalogue


def shipped_catalogue() -> Catalogue:
    """What the migrations of this version make."""
    text = (files("ts_customers.doctor") / FILE).read_text(encoding="utf-8")
    catalogue: Catalogue = json.loads(text)
    return catalogue


def to_json(catalogue: Catalogue) -> str:
    """A catalogue as it is kept: one line for each object, in order."""
    return json.dumps(catalogue, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def making(kind: str, owner: str, name: str, definition: str) -> str:
    """The statement that makes an object."""
    match kind:
        case "column" | "constraint":
            return f"alter table {owner} add {kind} {name} {definition}"
        case "policy":
            return f"create policy {name} on {owner} {definition}"
        case "view":
            return f"create or replace view {owner} {definition.rstrip(';')}"
        case "grant":
            privilege, _, role = name.rpartition(" to ")
            return f"grant {privilege.lower()} on {_target(owner)} to {role}"
    return definition


def unmaking(kind: str, owner: str, name: str) -> str:
    """The statement that takes it away."""
    match kind:
        case "column" | "constraint":
            return f"alter table {owner} drop {kind} {name}"
        case "index" | "view":
            return f"drop {kind} {name}"
        case "grant":
            privilege, _, role = name.rpartition(" to ")
            return f"revoke {privilege.lower()} on {_target(owner)} from {role}"
    return f"drop {kind} {name} on {owner}"


def _target(owner: str) -> str:
    return f"function {owner}" if "(" in owner else owner
