"""`ts-customers price`: what a customer pays."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from ts_customers._errors import InputFileError
from ts_customers.cli._find import find_customer
from ts_customers.cli._input import given, parse_number
from ts_customers.cli._options import AsJson, Customer, Organization, Service, client_for
from ts_customers.cli._output import money, print_json, print_table, reports_errors


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(rich_help_panel="Customers")(price)


@reports_errors
def price(
    customer: Customer,
    items: Annotated[
        list[str] | None,
        typer.Argument(metavar="SKU=PRICExQUANTITY", help="List price and pieces; 1 if left out."),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--items", metavar="FILE", help="CSV with sku, unit_price, quantity; or a JSON list."
        ),
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", help="As of this instant instead of now.")
    ] = None,
    order: Annotated[
        str | None, typer.Option("--order", metavar="ID", help="For an order that is open.")
    ] = None,
    include_suspended: Annotated[
        bool, typer.Option("--include-suspended", help="Even if the customer may not buy.")
    ] = False,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Price items for a customer, by its tier.

    Examples:

      ts-customers price C-000042 BOLT=2.50x1000 NUT=1.20x500

      ts-customers price C-000042 --items basket.csv --at 2026-01-01 --json
    """
    wanted = [_item(text) for text in items or []] + (_read_items(file) if file else [])
    if not wanted:
        raise typer.BadParameter("name items, such as BOLT=2.50x1000, or a file with --items")
    client = client_for(organization, service)
    customer_id = find_customer(client, customer)
    args = {
        "customer_id": customer_id,
        "items": wanted,
        "include_suspended": include_suspended,
        **given(at=at, order_id=order),
    }
    rows = client.rpc("price_items", args)
    if as_json:
        print_json(rows)
        return
    (record,) = client.run(client.table("customers").select("currency").eq("id", str(customer_id)))
    currency = record["currency"]
    amounts = ("list_price", "unit_price", "line_total")
    shown = [row | {name: money(row[name], currency) for name in amounts} for row in rows]
    total = sum(Decimal(str(row["line_total"])) for row in rows)
    shown.append({"sku": "Total", "line_total": f"{money(total, currency)} {currency}"})
    columns = {"sku": "SKU", "quantity#": "Quantity", "list_price#": "List price"}
    columns |= {"discount_percentage#": "Discount %", "unit_price#": "Price"}
    print_table(columns | {"line_total#": "Total"}, shown)


def _item(text: str) -> dict[str, Any]:
    sku, equals, rest = text.rpartition("=")
    amount, _, quantity = rest.partition("x")
    if not equals or not sku:
        raise typer.BadParameter(f"{text} is not SKU=PRICE or SKU=PRICExQUANTITY")
    try:
        return {
            "sku": sku,
            "unit_price": parse_number(amount),
            "quantity": parse_number(quantity or "1"),
        }
    except typer.BadParameter as error:
        raise typer.BadParameter(f"{text}: {error.message}") from None


def _read_items(path: Path) -> list[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        if text.lstrip().startswith("["):
            found = json.loads(text, parse_float=str)
        else:
            rows = csv.DictReader(text.splitlines(), strict=True)
            found = [{name: cell for name, cell in row.items() if cell} for row in rows]
    except (OSError, ValueError, csv.Error) as error:
        raise InputFileError(
            f"{path} cannot be read: {error}",
            slug="file_unreadable",
            hint="CSV with the columns sku, unit_price and quantity, or a JSON list of objects.",
        ) from error
    items: list[dict[str, Any]] = found
    return items
