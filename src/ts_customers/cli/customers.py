"""`ts-customers customer` and `timeline`: customers, and what happened to them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from email.utils import parseaddr
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ts_customers.cli._options import AsJson, Organization, Service, client_for, find_customer
from ts_customers.cli._output import (
    print_fields,
    print_json,
    print_note,
    print_table,
    reports_errors,
)

if TYPE_CHECKING:
    from ts_customers._client import Client

# What the API returns at most in one page.
_PAGE = 200

_LIST_COLUMNS = {
    "customer_number": "Number",
    "company_name": "Company",
    "status": "Status",
    "tier_name": "Tier",
    "primary_contact_name": "Contact",
    "revenue#": "Revenue",
    "currency": "",
}

Limit = Annotated[int, typer.Option("--limit", min=1, help="How many to print at most.")]
Sort = Annotated[
    str,
    typer.Option("--sort", help="name, created_at, revenue or last_order_at; -name is descending."),
]
Customer = Annotated[str, typer.Argument(help="Id, number or external id of the customer.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    group = typer.Typer(no_args_is_help=True, help="Customers.")
    group.command("list")(list_customers)
    group.command("search")(search_customers)
    group.command("show")(show_customer)
    group.command("add")(add_customer)
    app.add_typer(group, name="customer", rich_help_panel="Customers")
    app.command("timeline", rich_help_panel="Customers")(timeline)


@reports_errors
def list_customers(
    status: Annotated[
        str | None, typer.Option("--status", help="active, inactive or suspended.")
    ] = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", help="Has all of these.")] = None,
    sort: Sort = "name",
    limit: Limit = 50,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """List customers.

    Examples:

      ts-customers customer list --status active --sort -revenue --limit 10

      ts-customers customer list --tag wholesale --json
    """
    filters: dict[str, Any] = {}
    if status:
        filters["status"] = status
    if tag:
        filters["tags"] = tag
    args = {"filters": filters, "sort": sort}
    _print_customers(client_for(organization, service), args, limit=limit, as_json=as_json)


@reports_errors
def search_customers(
    query: Annotated[str, typer.Argument(help="Parts of words, such as a name or an e-mail.")],
    sort: Sort = "name",
    limit: Limit = 50,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Find customers by name, number, tax id, website, tag or contact.

    Examples:

      ts-customers customer search mueller

      ts-customers customer search ada@acme.example --json
    """
    args = {"query": query, "sort": sort}
    _print_customers(client_for(organization, service), args, limit=limit, as_json=as_json)


def _print_customers(client: Client, args: dict[str, Any], *, limit: int, as_json: bool) -> None:
    args = args | {"organization_id": client.organization_id}
    rows = list(_pages(client, "search_customers", args, limit=limit))
    if as_json:
        print_json(rows)
    else:
        print_table(_LIST_COLUMNS, rows)
        _note_more(rows, limit)


def _pages(
    client: Client, function: str, args: dict[str, Any], *, limit: int
) -> Iterator[dict[str, Any]]:
    cursor: str | None = None
    left = limit
    while left > 0:
        size = min(left, _PAGE)
        rows = client.rpc(function, args | {"cursor": cursor, "page_size": size})
        yield from rows
        if len(rows) < size:
            return
        left -= size
        cursor = rows[-1]["cursor"]


def _note_more(rows: list[dict[str, Any]], limit: int) -> None:
    if len(rows) == limit:
        print_note(f"The first {limit}; there may be more: --limit.")


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
    filters = {"ids": [find_customer(client, customer)]}
    (record,) = client.rpc(
        "search_customers", {"filters": filters, "organization_id": client.organization_id}
    )
    contacts = client.run(
        client.table("customer_contacts")
        .select("first_name, last_name, email, phone, role, is_primary")
        .eq("customer_id", record["id"])
        .order("is_primary", desc=True)
        .order("last_name")
    )
    if as_json:
        print_json(record | {"contacts": contacts})
        return
    hidden = {"id", "organization_id", "settings", "created_by", "updated_by", "version", "cursor"}
    print_fields({name: value for name, value in record.items() if name not in hidden})
    print_table(
        {
            "first_name": "First name",
            "last_name": "Last name",
            "email": "E-mail",
            "phone": "Phone",
            "role": "Role",
        },
        contacts,
    )


@reports_errors
def add_customer(
    name: Annotated[str, typer.Argument(help="The company's name.")],
    contact: Annotated[
        list[str] | None,
        typer.Option("--contact", metavar="'NAME <E-MAIL>'", help="The first is the primary one."),
    ] = None,
    field: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="FIELD=VALUE", help="Any other field; objects and lists as JSON."
        ),
    ] = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", help="A tag.")] = None,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Add a customer, and its contacts with it.

    Examples:

      ts-customers customer add "Müller GmbH" --contact "Ada Vogt <ada@mueller.example>"

      ts-customers customer add "Acme" --set currency=EUR --set external_id=4711

      ts-customers customer add "Acme" --set 'billing_address={"country": "DE", …}'
    """
    fields = dict(_field(text) for text in field or [])
    contacts = [
        _contact(text, role="primary" if index == 0 else "contact")
        for index, text in enumerate(contact or [])
    ]
    client = client_for(organization, service)
    customer = {"organization_id": str(client.organization_id), "company_name": name, **fields}
    if tag:
        customer["tags"] = tag
    created = client.rpc("create_customer", {"customer": customer, "contacts": contacts})
    if as_json:
        print_json(created)
    else:
        print_note(f"Added {created['company_name']} as {created['customer_number']}.")
        typer.echo(created["id"])


def _field(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise typer.BadParameter(f"{text} is not FIELD=VALUE", param_hint="--set")
    if value not in ("true", "false", "null") and not value.startswith(("{", "[")):
        return name, value  # also a number: the database knows what the column takes
    try:
        return name, json.loads(value)
    except ValueError as error:
        raise typer.BadParameter(f"{value} is not JSON: {error}", param_hint="--set") from None


def _contact(text: str, *, role: str) -> dict[str, str]:
    name, email = parseaddr(text)
    first_name, _, last_name = name.rpartition(" ")
    if not email or not first_name:
        raise typer.BadParameter(
            f"{text} is not of the form 'First Last <name@domain>'", param_hint="--contact"
        )
    return {"first_name": first_name, "last_name": last_name, "email": email, "role": role}


@reports_errors
def timeline(
    customer: Customer,
    type_: Annotated[
        list[str] | None, typer.Option("--type", help="Only these, such as note or tier_changed.")
    ] = None,
    since: Annotated[str | None, typer.Option("--since", help="Not before this instant.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Before this instant.")] = None,
    query: Annotated[str | None, typer.Option("--query", help="Titles with these words.")] = None,
    limit: Limit = 50,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Show what happened to a customer, the newest first.

    Examples:

      ts-customers timeline C-000042

      ts-customers timeline C-000042 --type note --since 2026-01-01 --json
    """
    client = client_for(organization, service)
    args = {
        "customer_id": find_customer(client, customer),
        "types": type_ or None,
        "since": since,
        "until": until,
        "query": query,
    }
    rows = list(_pages(client, "customer_timeline", args, limit=limit))
    if as_json:
        print_json(rows)
    else:
        columns = {"created_at": "When", "type": "Type", "title": "What", "description": ""}
        print_table(columns, rows)
        _note_more(rows, limit)
