"""`ts-customers customer stats` and `may-order`: what customers come to, and what one may spend."""

from __future__ import annotations

from typing import Annotated

import typer

from ts_customers.cli._find import find_customer
from ts_customers.cli._input import parse_number
from ts_customers.cli._options import AsJson, Customer, Organization, Service, client_for
from ts_customers.cli._output import (
    money,
    print_fields,
    print_heading,
    print_json,
    print_table,
    reports_errors,
)


def register(group: typer.Typer) -> None:
    """Add the commands to the group `customer`."""
    group.command()(stats)
    group.command("may-order")(may_order)


@reports_errors
def stats(
    organization: Organization = None, service: Service = False, as_json: AsJson = False
) -> None:
    """Count the customers of the organization, by status, type, tier and currency.

    Examples:

      ts-customers customer stats

      ts-customers customer stats --json
    """
    client = client_for(organization, service)
    found = client.rpc("customer_statistics", {"organization_id": client.organization_id})
    if as_json:
        print_json(found)
        return
    print_fields(
        {
            "Customers": found["total"],
            "New this month": found["new_this_month"],
        }
    )
    for key, heading in (("by_status", "Status"), ("by_type", "Type")):
        print_heading(f"By {heading.lower()}")
        counts = [{"name": name, "count": count} for name, count in found[key].items()]
        print_table({"name": heading, "count#": "Customers"}, counts)
    tiers = [tier | {"name": tier["name"] or "no tier"} for tier in found["by_tier"]]
    print_heading("By tier")
    print_table({"name": "Tier", "count#": "Customers"}, tiers)
    amounts = ("revenue", "open_order_total", "open_invoice_total")
    rows = [
        row | {name: money(row[name], row["currency"]) for name in amounts}
        for row in found["by_currency"]
    ]
    print_heading("By currency")
    columns = {"currency": "Currency", "count#": "Customers", "revenue#": "Revenue"}
    columns |= {"open_order_total#": "Open orders", "open_invoice_total#": "Unpaid invoices"}
    print_table(columns, rows)


@reports_errors
def may_order(
    customer: Customer,
    amount: Annotated[str, typer.Argument(help="For how much more, in its currency.")],
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Say whether a customer may order for this much more without paying first.

    Advice, not a reservation. Exit code: 0 whatever the answer.

    Examples:

      ts-customers customer may-order C-000042 1200

      ts-customers customer may-order C-000042 99.90 --json
    """
    amount = parse_number(amount)
    client = client_for(organization, service)
    args = {"customer_id": find_customer(client, customer), "amount": amount}
    found = client.rpc("may_order", args)
    if as_json:
        print_json(found)
    else:
        print_fields(
            {"May order": found["allowed"], "Why not": found["reason"], "Left": found["available"]}
        )
