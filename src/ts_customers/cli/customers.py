"""`ts-customers customer`: finding customers. What is done to one stands in customer_*.py."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ts_customers.cli import (
    customer_edits,
    customer_merges,
    customer_page,
    customer_privacy,
    customer_stats,
    customer_status,
)
from ts_customers.cli._find import find_customer, find_tier
from ts_customers.cli._input import given
from ts_customers.cli._options import AsJson, Limit, Organization, Service, client_for
from ts_customers.cli._output import money, print_json, print_table, reports_errors
from ts_customers.cli._rows import note_more, pages

if TYPE_CHECKING:
    from ts_customers._client import Client

_LIST_COLUMNS = {
    "customer_number": "Number",
    "company_name": "Company",
    "status": "Status",
    "tier_name": "Tier",
    "primary_contact_name": "Contact",
    "revenue#": "Revenue",
    "currency": "",
}

Sort = Annotated[
    str | None,
    typer.Option("--sort", help="name, created_at, revenue or last_order_at; -name is descending."),
]
Status = Annotated[
    list[str] | None, typer.Option("--status", help="active, inactive or suspended.")
]
Tier = Annotated[
    list[str] | None, typer.Option("--tier", metavar="NAME|ID", help="Has one of these tiers.")
]
Type = Annotated[list[str] | None, typer.Option("--type", help="standard, vip or partner.")]
Tag = Annotated[list[str] | None, typer.Option("--tag", help="Has all of these.")]
CreditStatus = Annotated[
    list[str] | None,
    typer.Option("--credit-status", help="ok, near_limit, over_limit or on_hold."),
]
HasOverdue = Annotated[
    bool | None,
    typer.Option("--has-overdue/--no-overdue", help="Has invoices that are overdue, or none."),
]
Currency = Annotated[list[str] | None, typer.Option("--currency", help="ISO 4217, such as EUR.")]
Parent = Annotated[
    str | None, typer.Option("--parent", metavar="CUSTOMER", help="Belongs to this group.")
]
Filter = Annotated[
    str | None,
    typer.Option("--filters", metavar="JSON", help="Any filters of search_customers."),
]
Preset = Annotated[
    str | None,
    typer.Option("--preset", metavar="NAME", help="A stored filter; options add to it."),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    group = typer.Typer(no_args_is_help=True, help="Customers.")
    group.command("list")(list_customers)
    group.command("search")(search_customers)
    group.command("presets")(list_presets)
    for part in (
        customer_page,
        customer_stats,
        customer_edits,
        customer_status,
        customer_merges,
        customer_privacy,
    ):
        part.register(group)
    app.add_typer(group, name="customer", rich_help_panel="Customers")


@reports_errors
def list_customers(
    status: Status = None,
    tier: Tier = None,
    type_: Type = None,
    tag: Tag = None,
    credit_status: CreditStatus = None,
    has_overdue: HasOverdue = None,
    currency: Currency = None,
    parent: Parent = None,
    filters: Filter = None,
    preset: Preset = None,
    sort: Sort = None,
    limit: Limit = 50,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """List customers.

    Examples:

      ts-customers customer list --status active --sort -revenue --limit 10

      ts-customers customer list --tier Gold --tag wholesale --json

      ts-customers customer list --preset "Overdue partners"

      ts-customers customer list --filters '{"created_from": "2026-01-01", "revenue_min": 1000}'
    """
    client = client_for(organization, service)
    stored = _preset(client, preset) if preset else {}
    wanted = _json_object(filters) | given(
        status=status or None,
        tier_id=[find_tier(client, name)["id"] for name in tier or []] or None,
        customer_type=type_ or None,
        tags=tag or None,
        credit_status=credit_status or None,
        has_overdue=has_overdue,
        currency=currency or None,
        parent_id=str(find_customer(client, parent)) if parent else None,
    )
    args = {
        "query": stored.get("query"),
        "filters": stored.get("filters", {}) | wanted,
        "sort": sort or stored.get("sort", "name"),
    }
    _print_customers(client, args, limit=limit, as_json=as_json)


@reports_errors
def search_customers(
    query: Annotated[str, typer.Argument(help="Parts of words, such as a name or an e-mail.")],
    sort: Sort = None,
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
    args = {"query": query, "sort": sort or "name"}
    _print_customers(client_for(organization, service), args, limit=limit, as_json=as_json)


@reports_errors
def list_presets(
    organization: Organization = None, service: Service = False, as_json: AsJson = False
) -> None:
    """List the stored filters: yours, and those that others share.

    Examples:

      ts-customers customer presets

      ts-customers customer presets --json
    """
    client = client_for(organization, service)
    rows = client.run(
        client.table("customer_filter_presets")
        .select("*")
        .eq("organization_id", str(client.organization_id))
        .order("name")
    )
    if as_json:
        print_json(rows)
        return
    shown = [row | {"filters": json.dumps(row["filters"], ensure_ascii=False)} for row in rows]
    columns = {"name": "Name", "query": "Words", "filters": "Filters", "sort": "Sort"}
    print_table(columns | {"is_shared": "Shared", "is_default": "Default"}, shown)


def _print_customers(client: Client, args: dict[str, Any], *, limit: int, as_json: bool) -> None:
    args = args | {"organization_id": client.organization_id}
    rows = list(pages(client, "search_customers", args, limit=limit))
    if as_json:
        print_json(rows)
    else:
        shown = [row | {"revenue": money(row["revenue"], row["currency"])} for row in rows]
        print_table(_LIST_COLUMNS, shown)
        note_more(rows, limit)


def _preset(client: Client, name: str) -> dict[str, Any]:
    from ts_customers._client import escape_like
    from ts_customers._errors import NotFound

    rows: list[dict[str, Any]] = client.run(
        client.table("customer_filter_presets")
        .select("query, filters, sort")
        .eq("organization_id", str(client.organization_id))
        .ilike("name", escape_like(name))
        .order("is_shared")  # one's own before one of the same name that others share
        .limit(1)
    )
    if not rows:
        raise NotFound(
            f"there is no preset {name}",
            slug="preset_not_found",
            hint="List them with: ts-customers customer presets",
        )
    return rows[0]


def _json_object(text: str | None) -> dict[str, Any]:
    try:
        value = json.loads(text or "{}")
    except ValueError as error:
        raise typer.BadParameter(f"this is not JSON: {error}", param_hint="--filters") from None
    if not isinstance(value, dict):
        raise typer.BadParameter("filters are a JSON object", param_hint="--filters")
    return value
