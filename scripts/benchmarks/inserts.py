"""What people do today: the same customers by supabase-py's insert, one by one or in batches."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

import psycopg

from ts_customers._client import Client

Row = dict[str, Any]

# Whatever a signed-in user may write; the rest is made by the database in either case.
_WRITTEN = """
select to_jsonb(r) - array(
    select a.attname::text
    from pg_attribute as a
    where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped
        and not has_column_privilege('authenticated', a.attrelid, a.attnum, 'insert')
)
"""
_CUSTOMERS = f"""{_WRITTEN}
from public.customers as r
where r.organization_id = %s
order by r.external_id
limit %s
"""
_CONTACTS = f"""{_WRITTEN} || jsonb_build_object('customer_id', c.external_id)
from public.customer_contacts as r
inner join public.customers as c
    on c.organization_id = r.organization_id and c.id = r.customer_id
where r.organization_id = %s and c.external_id = any(%s)
order by c.external_id, r.is_primary desc
"""


class Inserts:
    """Customers and contacts that were imported, as a program of its own would insert them."""

    def __init__(self, admin_db_url: str, organization_id: UUID, count: int) -> None:
        """Read them: `count` customers at most."""
        with psycopg.connect(admin_db_url) as connection:
            found = connection.execute(
                _CUSTOMERS, ("public.customers", organization_id, count)
            ).fetchall()
            self.customers: list[Row] = [row for (row,) in found]
            keys = [customer["external_id"] for customer in self.customers]
            found = connection.execute(
                _CONTACTS, ("public.customer_contacts", organization_id, keys)
            ).fetchall()
        self._contacts: dict[str, list[Row]] = {key: [] for key in keys}
        for (contact,) in found:
            self._contacts[contact["customer_id"]].append(contact)

    def timed(self, client: Client, *, batch: int, count: int) -> float:
        """Insert customers and then their contacts, so many customers at once.

        Returns:
            Seconds per customer, of `count` at most.
        """
        customers = self.customers[:count]
        organization = {"organization_id": str(client.organization_id)}
        begin = time.perf_counter()
        for start in range(0, len(customers), batch):
            part = customers[start : start + batch]
            rows = [customer | organization for customer in part]
            made: Any = client.server.table("customers").insert(rows).execute().data
            ids = {row["external_id"]: row["id"] for row in made}
            people = [
                contact | organization | {"customer_id": ids[customer["external_id"]]}
                for customer in part
                for contact in self._contacts[customer["external_id"]]
            ]
            if people:
                client.server.table("customer_contacts").insert(people).execute()
        return (time.perf_counter() - begin) / len(customers)
