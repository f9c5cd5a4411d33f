"""`ts-customers customer erase` and `export-data`: what the law gives people a right to."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from ts_customers.cli._find import find_customer
from ts_customers.cli._input import confirm_by_typing
from ts_customers.cli._options import AsJson, Customer, Organization, Service, Yes, client_for
from ts_customers.cli._output import print_json, print_note, reports_errors
from ts_customers.cli._rows import call_until_final, pages

_ALL = sys.maxsize


def register(group: typer.Typer) -> None:
    """Add the commands to the group `customer`."""
    group.command()(erase)
    group.command("export-data")(export_data)


@reports_errors
def erase(
    customer: Customer,
    reason: Annotated[
        str | None, typer.Option("--reason", help="Why; nothing personal, for it is kept.")
    ] = None,
    yes: Yes = False,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Erase the personal data of a customer, for ever. For owners.

    Names, contacts, addresses, every free text and all copies of them go; numbers and amounts of
    orders and invoices stay. Prints the logins to delete through Auth.

    Examples:

      ts-customers customer erase C-000042 --reason "asked for on 3 March"

      ts-customers customer erase C-000042 --yes --json
    """
    client = client_for(organization, service)
    customer_id = find_customer(client, customer)
    (record,) = client.run(
        client.table("customers").select("customer_number, company_name").eq("id", str(customer_id))
    ) or [None]
    if record:
        print_note(f"This erases {record['company_name']}, and cannot be undone.")
        number = record["customer_number"]
        confirm_by_typing(number, f"Type its number, {number}, to erase it", yes=yes)
    result = call_until_final(
        client, "erase_customer", {"customer_id": customer_id, "reason": reason}
    )
    if as_json:
        print_json(result)
        return
    print_note("Erased.")
    if result["logins"]:
        print_note("Delete these logins through Auth:")
    for login in result["logins"]:
        typer.echo(login)


@reports_errors
def export_data(
    customer: Customer,
    organization: Organization = None,
    service: Service = False,
) -> None:
    """Print everything that is held about a customer, one JSON object in each line. For managers.

    Example:

      ts-customers customer export-data C-000042 > C-000042.jsonl
    """
    client = client_for(organization, service)
    args = {"customer_id": find_customer(client, customer)}
    for row in pages(client, "export_customer_data", args, limit=_ALL):
        row.pop("cursor")
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
