"""`ts-customers customer show`: everything about one customer on a page."""

from __future__ import annotations

import typer

from ts_customers.cli._find import find_customer
from ts_customers.cli._options import AsJson, Customer, Organization, Service, client_for
from ts_customers.cli._output import print_fields, print_json, print_table, reports_errors
from ts_customers.cli.contacts import COLUMNS


def register(group: typer.Typer) -> None:
    """Add the command to the group `customer`."""
    group.command("show")(show_customer)


@reports_errors
def show_customer(
    customer: Customer,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Show a customer with its contacts.

    Examples:

      ts-customers customer show C-000042

      ts-customers customer show 6f1c5c8e-3c1b-4b0e-9d5a-0c7b8a1f2e3d --json
    """
    client = client_for(organization, service)
    filters = {"ids": [str(find_customer(client, customer))]}
    (record,) = client.rpc(
        "search_customers", {"filters": filters, "organization_id": client.organization_id}
    )
    contacts = client.run(
        client.table("customer_contacts")
        .select("*")
        .eq("customer_id", record["id"])
        .order("is_primary", desc=True)
        .order("last_name")
    )
    if as_json:
        print_json(record | {"contacts": contacts})
        return
    hidden = {"id", "organization_id", "settings", "created_by", "updated_by", "version", "cursor"}
    print_fields({name: value for name, value in record.items() if name not in hidden})
    print_table(COLUMNS, contacts)
