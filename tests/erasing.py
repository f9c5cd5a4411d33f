"""A customer with a word in everything that is personal about it, and looking for the word."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from merges import MERGE, add
from organizations import Organization
from rules_access import OURS
from staging import imported, new_import, person, staged
from tap import Tap
from worlds import World

WORD = "xqzword"
ERASE = "select public.erase_customer(%s, 'asked to')"

NAME = "update public.customers set company_name = 'Back' where id = %s"
ADD = """
insert into public.customers (organization_id, company_name, merged_into) values (%s, %s, %s)
returning id
"""
ADD_CONTACT = """
insert into public.customer_contacts
(organization_id, customer_id, first_name, last_name, email, user_id)
values (%s, %s, 'A', 'B', gen_random_uuid() || '@c.example', %s) returning id
"""

_FIELDS: dict[str, Any] = {
    **dict.fromkeys(("company_name", "display_name", "external_id", "tax_id"), WORD),
    **dict.fromkeys(("notes", "internal_notes"), WORD),
    "website": f"https://{WORD}.example",
    "billing_address": {"line1": WORD, "country": "US", "unverified": True},
    "shipping_address": {"line1": WORD, "country": "US", "unverified": True},
    "settings": {"custom": {WORD: WORD}},
    "tags": [WORD],
    "portal_subdomain": WORD,
}
_SET = """
update public.customers as c set {0} = r.{0}
from jsonb_populate_record(null::public.customers, %s) as r where c.id = %s
"""
_ADD_CONTACT = """
insert into public.customer_contacts
(organization_id, customer_id, first_name, last_name, email, phone, mobile, notes)
select %(organization)s, %(customer)s, w, w, %(name)s || '@' || w || '.example', w, w, w
from (values (%(word)s)) as v (w) returning id
"""
_ADD_CUSTOMER = """
insert into public.customers (organization_id, company_name) values (%s, %s) returning id
"""
_ARCHIVE = """
insert into public.customer_activities_archive
(organization_id, customer_id, type, title, description, metadata, created_at)
values (%s, %s, 'note', %s, %s, %s, '2001-06-06')
"""
_LOG = "select public.log_activity(%s, 'note', %s, %s, %s)"
_TABLES = f"""
select c.oid::regclass::text
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname in {OURS} and c.relkind = 'r'
order by 1
"""
_DECLARED = """
select p.table_name, p.found_by, c.name, a.atttypid::regtype::text
from private.personal_data as p
cross join lateral unnest(p.personal) as c (name)
inner join pg_attribute as a on a.attrelid = p.table_name::regclass and a.attname = c.name
where p.found_by is not null and a.atttypid = any('{text,jsonb,text[]}'::regtype[])
order by p.position
"""
_EMPTY = {"text": WORD, "jsonb": f'{{"a": "{WORD}"}}', "text[]": f"{{{WORD}}}"}


def fill(world: World) -> None:
    """Put the word into everything about our customer, in the ways in which it gets there."""
    tap, ours = world.tap, world.ours
    tap.execute("update public.orders set status = 'completed' where customer_id = %s", *_us(ours))
    with tap.acting_as(ours.owner):
        for name in _FIELDS:
            tap.execute(_SET.format(name), _FIELDS, ours.customer)
        tap.execute("select public.set_credit_hold(%s, %s)", ours.customer, WORD)
        tap.execute(_LOG, ours.customer, f"Met {WORD}", WORD, {WORD: WORD, "status": WORD})
        _contacts(tap, ours)
    twin = add(tap, ours, f"{WORD} twin", f"twin@{WORD}.example", tax_id=f"{WORD} too")
    with tap.acting_as(ours.manager):
        tap.execute(MERGE, ours.customer, [twin])
    with tap.acting_as(ours.member):
        tap.execute("select public.cancel_tier_change(%s)", world.subject.request_id)
        request = "select id from public.request_tier_change(%s, %s, %s)"
        asked = tap.value(request, ours.customer, ours.gold, WORD)
    with tap.acting_as(ours.manager):
        tap.execute("select public.reject_tier_change(%s, %s)", asked, WORD)
    with tap.acting_as(ours.member):
        tap.execute(request, ours.customer, ours.gold, WORD)
    tap.execute(_ARCHIVE, ours.id, ours.customer, WORD, WORD, {WORD: WORD})
    _imports(tap, ours)
    _the_rest(tap, ours)


def erase(world: World, customer: UUID | None = None) -> Any:
    """Erase our customer, call by call."""
    with world.tap.acting_as(world.ours.owner):
        for _ in range(100):
            progress = world.tap.value(ERASE, customer or world.ours.customer)
            if progress["status"] == "erased":
                return progress
    raise AssertionError("100 calls and still not erased")


def places(tap: Tap) -> list[str]:
    """The tables, partitions included, that hold the word anywhere."""
    return [
        table
        for (table,) in tap.rows(_TABLES)
        if tap.value(f"select exists (select from {table} as t where t::text ilike %s)", _like())
    ]


def without_the_word(tap: Tap, ours: Organization) -> list[str]:
    """The personal columns that can hold text, and of our customer nowhere hold the word."""
    return [
        f"{table}.{column}"
        for table, found_by, column, _type in tap.rows(_DECLARED)
        if not _holds(tap, ours, table, found_by, column)
    ]


def _contacts(tap: Tap, ours: Organization) -> None:
    other = tap.value(_ADD_CUSTOMER, ours.id, "Other")
    for name, customer in (("stays", ours.customer), ("goes", ours.customer), ("moves", other)):
        named = {"organization": ours.id, "customer": customer, "name": name, "word": WORD}
        contact = tap.connection.execute(_ADD_CONTACT.encode(), named).fetchall()[0][0]
        where = "where id = %s"
        tap.execute(f"update public.customer_contacts set notes = 'new' {where}", contact)
        tap.execute(f"update public.customer_contacts set notes = %s {where}", WORD, contact)
        if name == "goes":
            tap.execute(f"delete from public.customer_contacts {where}", contact)
        if name == "moves":
            sql = f"update public.customer_contacts set customer_id = %s {where}"
            tap.execute(sql, ours.customer, contact)


def _imports(tap: Tap, ours: Organization) -> None:
    known = staged(company_name=WORD, external_id=WORD, notes=f"{WORD} anew", credit_limit=5)
    known["values"]["customer"]["billing_address"] = {"line1": f"{WORD} 2", "country": "US"}
    known |= {"raw": {"Name": WORD}, "changes": [WORD]}
    wrong = staged(person(f"no address, {WORD}"), company_name=WORD)
    imported(tap, ours, known, wrong, staged(company_name="Somebody else"))
    planned = {**known, "values": {"customer": {"company_name": WORD, "notes": f"{WORD}!"}}}
    new_import(tap, ours, planned).validate()


def _the_rest(tap: Tap, ours: Organization) -> None:
    """Whatever column has not been reached is written to as it stands."""
    for table, found_by, column, type_ in tap.rows(_DECLARED):
        if not _holds(tap, ours, table, found_by, column):
            sql = f"update {table} as t set {column} = '{_EMPTY[type_]}' where {_of(found_by)}"
            tap.connection.execute(sql.encode(), _named(ours))


def _holds(tap: Tap, ours: Organization, table: str, found_by: str, column: str) -> bool:
    condition = f"{_of(found_by)} and t.{column}::text ilike %(like)s"
    sql = f"select exists (select from {table} as t where {condition})"
    return bool(tap.connection.execute(sql.encode(), _named(ours)).fetchall()[0][0])


def _of(found_by: str) -> str:
    found = found_by.replace("$1", "%(organization)s").replace("$2", "%(customer)s")
    return f"t.organization_id = %(organization)s and ({found})"


def _named(ours: Organization) -> dict[str, Any]:
    return {"organization": ours.id, "customer": ours.customer, "like": _like()}


def _like() -> str:
    return f"%{WORD}%"


def _us(ours: Organization) -> tuple[UUID]:
    return (ours.customer,)
