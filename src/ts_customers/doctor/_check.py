"""The checks that are a question to the catalogue or the tables, one query each.

A query returns what is wrong, row by row: a text that stands for {} in the check's sentence, and
the SQL or the command that mends it. The setting ts_customers.tables holds the names of the tables
and views that the migrations make, ts_customers.functions those of the functions.
"""

from __future__ import annotations

from dataclasses import dataclass

MAINTENANCE = "ts-customers maintenance"


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
API_ROLES = "('anon', 'authenticated', 'service_role')"
TABLES = """
select c.*, c.oid::regclass::text as name, n.nspname
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
-- A partition is made by a function, and is as ours as its parent.
left join pg_inherits as i on i.inhrelid = c.oid and c.relispartition
left join pg_class as m on m.oid = i.inhparent
left join pg_namespace as o on o.oid = m.relnamespace
where array[format('%s.%s', n.nspname, c.relname), format('%s.%s', o.nspname, m.relname)]
    && string_to_array(current_setting('ts_customers.tables'), ' ')
"""
GRANTS = f"""
select t.name, t.nspname, a.privilege_type, coalesce(g.rolname, 'public') as grantee
from ({TABLES}) as t
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
FUNCTIONS = """
select p.*, p.oid::regprocedure::text as name, n.nspname
from pg_proc as p
inner join pg_namespace as n on n.oid = p.pronamespace
where format('%s.%s', n.nspname, p.proname) = any(
    string_to_array(current_setting('ts_customers.functions'), ' ')
)
"""
