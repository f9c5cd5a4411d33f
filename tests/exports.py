"""Customers to export, put into the database past the API, and what of them is there."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import openpyxl
import psycopg
from psycopg.types.json import Jsonb

from programs import CommandLine

_CUSTOMER = """
insert into public.customers (
    organization_id, customer_number, external_id, company_name, display_name, tax_id, website,
    status, customer_type, billing_address, shipping_address, credit_limit, payment_terms, currency,
    settings, tags, notes, internal_notes
)
select
    %s, r.customer_number, r.external_id, r.company_name, r.display_name, r.tax_id, r.website,
    coalesce(r.status, 'active'), coalesce(r.customer_type, 'standard'),
    coalesce(r.billing_address, '{}'), coalesce(r.shipping_address, '{}'), r.credit_limit,
    coalesce(r.payment_terms, 30), coalesce(r.currency, 'USD'), coalesce(r.settings, '{}'),
    coalesce(r.tags, '{}'), r.notes, r.internal_notes
from jsonb_populate_record(null::public.customers, %s) as r
returning id::text
"""
_CONTACT = """
insert into public.customer_contacts (
    organization_id, customer_id, first_name, last_name, email, phone, mobile, role, notes
)
select
    %s, %s, r.first_name, r.last_name, r.email, r.phone, r.mobile, coalesce(r.role, 'contact'),
    r.notes
from jsonb_populate_record(null::public.customer_contacts, %s) as r
"""
_THERE = """
select to_jsonb(c)::text as customer, (
    select jsonb_agg(to_jsonb(k) order by k.id)::text
    from public.customer_contacts as k where k.customer_id = c.id
) as contacts
from public.customers as c where c.id = any(%s::uuid[]) order by c.id
"""
_IN_ORGANIZATION = "select count(*) from public.customers where organization_id = %s"


def person(**values: str) -> dict[str, Any]:
    """A contact with an address that nobody else has."""
    known = {"first_name": "Ada", "last_name": "Ott", "email": f"{uuid4().hex}@example.com"}
    return known | values


@dataclass(frozen=True, slots=True)
class Books:
    """The customers of an organization, and the commands that export and import them."""

    cli: CommandLine
    database: psycopg.Connection[Any]

    def add(self, customer: Mapping[str, Any], *contacts: Mapping[str, Any]) -> str:
        """Add a customer as it is, and return its id."""
        row = Jsonb({"company_name": "Acme", **customer})
        made = self.database.execute(_CUSTOMER, (self.cli.org.id, row)).fetchone()
        assert made
        (id_,) = made.values()
        for contact in contacts:
            values = Jsonb(dict(contact))
            self.database.execute(_CONTACT, (self.cli.org.id, id_, values))
        return str(id_)

    def there(self, *ids: str) -> list[Any]:
        """All that is known of customers and their contacts, versions included."""
        return [list(row.values()) for row in self.database.execute(_THERE, ([*ids],)).fetchall()]

    def count(self) -> int:
        """How many customers the organization has."""
        found = self.database.execute(_IN_ORGANIZATION, (self.cli.org.id,)).fetchone()
        assert found
        return int(found["count"])

    def export(self, file: Path, *options: object, ids: Sequence[str] = ()) -> dict[str, Any]:
        """Export customers, all or some, and return the summary."""
        only = ("--filters", json.dumps({"ids": [*ids]})) if ids else ()
        summary: dict[str, Any] = self.cli.json("export", file, *only, *options)
        return summary

    def rows(self, file: Path, *options: object, ids: Sequence[str] = ()) -> list[dict[str, str]]:
        """Export customers to CSV, and read it."""
        self.export(file, *options, ids=ids)
        csv.field_size_limit(
            2**31 - 1
        )  # a cell of an export may be as long as the database lets it
        return list(csv.DictReader(io.StringIO(file.read_text("utf-8"), newline="")))


def sheet(file: Path) -> list[list[Any]]:
    """The cells of a workbook, and whether any is more than text."""
    rows = list(openpyxl.load_workbook(file)["Customers"].iter_rows())
    assert {cell.data_type for row in rows for cell in row if cell.value is not None} <= {"s"}
    return [[cell.value for cell in row] for row in rows]
