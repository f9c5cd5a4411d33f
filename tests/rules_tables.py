"""What tables, keys and names look like, as rules that the catalogue answers."""

from rules_access import EXPOSED, OURS

# Tables that belong to no organization, and why.
SHARED_TABLES = {
    "organizations": "is the organization",
    "address_formats": "is reference data, the same for everybody",
    "personal_data": "is about tables, the same for everybody",
    "maintenance_steps": "is about the database as a whole",
}
# Keys without organization_id, and why.
SHARED_KEYS = {
    "portal_subdomains_pkey": "a subdomain is unique across all organizations",
    "organizations_pkey": "is the organization's own",
    "address_formats_pkey": "is reference data",
    "personal_data_pkey": "is about tables",
    "maintenance_steps_pkey": "is about the database as a whole",
}
# References to the logins of Auth, which belong to no organization.
LOGIN_REFERENCES = ("organization_members_user_id_fkey", "customer_contacts_user_id_fkey")

# Partitions take after their parents.
_OUR_TABLES = f"""
select c.*, c.oid as id, n.nspname, format('%I.%I', n.nspname, c.relname) as name
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname in {OURS} and c.relkind in ('r', 'p') and not c.relispartition
"""
_OUR_CONSTRAINTS = f"""
select k.*, t.relname, t.name as table_name, format('%s on %s', k.conname, t.name) as name
from pg_constraint as k
inner join ({_OUR_TABLES}) as t on t.id = k.conrelid
"""
_OUR_INDEXES = f"""
select i.*, t.relname, x.relname as index_name, format('%s on %s', x.relname, t.name) as name
from pg_index as i
inner join ({_OUR_TABLES}) as t on t.id = i.indrelid
inner join pg_class as x on x.oid = i.indexrelid
"""
_ORGANIZATION = "select {} from pg_attribute as o where o.attname = 'organization_id' and "

TABLE_OUTSIDE_ORGANIZATIONS = f"""
select t.name
from ({_OUR_TABLES}) as t
where t.relname not in {tuple(SHARED_TABLES)} and not exists (
    {_ORGANIZATION.format("")} o.attrelid = t.id and o.attnotnull
)
"""
KEY_ACROSS_ORGANIZATIONS = f"""
select i.name
from ({_OUR_INDEXES}) as i
where (i.indisunique or i.indisexclusion)
    and i.index_name not in {tuple(SHARED_KEYS)}
    and not exists (
        {_ORGANIZATION.format("")} o.attrelid = i.indrelid
        and o.attnum = any(i.indkey[:i.indnkeyatts - 1])
    )
"""
REFERENCE_ACROSS_ORGANIZATIONS = f"""
select k.name
from ({_OUR_CONSTRAINTS}) as k
where k.contype = 'f' and k.conname not in {LOGIN_REFERENCES} and not exists (
    select
    from unnest(k.conkey, k.confkey) as p (ours, theirs)
    inner join pg_attribute as o on o.attrelid = k.conrelid and o.attnum = p.ours
    inner join pg_attribute as f on f.attrelid = k.confrelid and f.attnum = p.theirs
    where o.attname = 'organization_id' and (
        f.attname = 'organization_id'
        or k.confrelid = 'public.organizations'::regclass and f.attname = 'id'
    )
)
"""
REFERENCE_THAT_NULLS_THE_ORGANIZATION = f"""
select k.name
from ({_OUR_CONSTRAINTS}) as k
where k.contype = 'f' and (k.confdeltype in ('n', 'd') or k.confupdtype in ('n', 'd'))
    and k.conname not in {LOGIN_REFERENCES}
    and (k.confdelsetcols is null or exists (
        {_ORGANIZATION.format("")} o.attrelid = k.conrelid and o.attnum = any(k.confdelsetcols)
    ))
"""
# The currency in a reference follows from the customer, so an index does without it.
REFERENCE_WITHOUT_AN_INDEX = f"""
select k.name
from ({_OUR_CONSTRAINTS}) as k
cross join lateral (
    select array_agg(a.attnum) as columns
    from pg_attribute as a
    where a.attrelid = k.conrelid and a.attnum = any(k.conkey) and a.attname <> 'currency'
) as r
where k.contype = 'f' and k.conparentid = 0 and not exists (
    select
    from pg_index as i
    where i.indrelid = k.conrelid and i.indpred is null
        and (i.indkey::int2[])[0:cardinality(r.columns) - 1] @> r.columns
)
"""
# A name that PostgreSQL made up lists all columns of a composite key.
CONSTRAINT_NAMED_OTHERWISE = f"""
select k.name
from ({_OUR_CONSTRAINTS}) as k
where k.contype <> 'n'
    -- Made by LIKE, which keeps the names that it finds.
    and not (k.contype = 'c' and k.relname = 'customer_activities_archive')
    and (
        k.conname !~ format('^%s_([a-z0-9_]+_)?%s$', k.relname, case k.contype
            when 'p' then 'pkey' when 'u' then 'key' when 'f' then 'fkey' when 'x' then 'excl'
            else 'check' end)
        or k.contype = 'f' and k.conname ~ 'organization_id_.*_fkey$'
    )
"""
INDEX_NAMED_OTHERWISE = f"""
select i.name
from ({_OUR_INDEXES}) as i
where i.index_name !~ format('^%s_([a-z0-9_]+_)?%s$', i.relname, case
    when i.indisprimary then 'pkey' when i.indisexclusion then 'excl'
    when i.indisunique then 'key' else 'idx' end)
"""
POLICY_NAMED_OTHERWISE = f"""
select format('%s on %s', p.polname, t.name)
from pg_policy as p
inner join ({_OUR_TABLES}) as t on t.id = p.polrelid
where p.polname !~ format('^%s_%s_[a-z]+(_[a-z]+)*$', t.relname, case p.polcmd
    when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete'
    else 'all' end)
"""
# The number is the order of firing: triggers fire by name.
TRIGGER_NAMED_OTHERWISE = f"""
select format('%s on %s', g.tgname, t.name)
from pg_trigger as g
inner join ({_OUR_TABLES}) as t on t.id = g.tgrelid
where not g.tgisinternal and g.tgname !~ '^_[1-9][0-9]{{2}}_[a-z]+(_[a-z]+)*$'
"""
TRIGGER_FUNCTION_NAMED_OTHERWISE = f"""
select p.oid::regprocedure::text
from pg_proc as p
inner join pg_namespace as n on n.oid = p.pronamespace
where n.nspname in {OURS} and p.prorettype = 'trigger'::regtype and not (
    n.nspname = 'private' and (
        p.proname ~ '^tg__[a-z]' or exists (
            select
            from ({_OUR_TABLES}) as t
            where p.proname ~ format('^tg_%s__[a-z]', t.relname)
        )
    )
)
"""
THING_WITHOUT_A_COMMENT = f"""
select t.name from ({_OUR_TABLES}) as t where obj_description(t.id, 'pg_class') is null
union all
select c.oid::regclass::text
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname in {EXPOSED} and c.relkind in ('v', 'c')
    and obj_description(c.oid, 'pg_class') is null
    and (c.relkind = 'v' or obj_description(c.reltype, 'pg_type') is null)
union all
select p.oid::regprocedure::text
from pg_proc as p
inner join pg_namespace as n on n.oid = p.pronamespace
where n.nspname in {EXPOSED} and obj_description(p.oid, 'pg_proc') is null
"""
# A number has a unit, an object has keys, a hash has a method, and a list of words is a rule.
COLUMN_WITH_AN_UNWRITTEN_RULE = f"""
select format('%s.%I', t.name, a.attname)
from ({_OUR_TABLES}) as t
inner join pg_attribute as a on a.attrelid = t.id and a.attnum > 0 and not a.attisdropped
where t.nspname in {EXPOSED} and col_description(t.id, a.attnum) is null
    and t.relname <> 'customer_activities_archive'
    and (
        a.atttypid in ('numeric'::regtype, 'interval'::regtype, 'jsonb'::regtype, 'bytea'::regtype)
        or exists (
            select
            from pg_constraint as k
            where k.conrelid = t.id and k.contype = 'c' and k.conkey = array[a.attnum]
                and pg_get_constraintdef(k.oid) ~ '= ANY \\(ARRAY\\['
        )
    )
"""
OVERLOADED_FUNCTION = f"""
select format('%I.%I', n.nspname, p.proname)
from pg_proc as p
inner join pg_namespace as n on n.oid = p.pronamespace
where n.nspname in {EXPOSED}
group by n.nspname, p.proname
having count(*) > 1
"""
# A body in a string looks up private when it runs, where API roles have no USAGE.
FUNCTION_THAT_BINDS_LATE = f"""
select p.oid::regprocedure::text
from pg_proc as p
inner join pg_namespace as n on n.oid = p.pronamespace
where n.nspname in {EXPOSED} and p.prosqlbody is null
"""

TABLE_RULES = {
    name: query
    for name, query in globals().items()
    if name[0] != "_" and isinstance(query, str) and "select" in query
}
