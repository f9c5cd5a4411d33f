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
from ts_customers.cli._filters import (
    CreditStatus,
    Currency,
    Filter,
    HasOverdue,
    Parent,
    Preset,
    Sort,
    Status,
    Tag,
    Tier,
    Type,
    search_arguments,
)
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
    args = search_arguments(
        client,
        status=status,
        tier=tier,
        type_=type_,
        tag=tag,
        credit_status=credit_status,
        has_overdue=has_overdue,
        currency=currency,
        parent=parent,
        filters=filters,
        preset=preset,
    )
    args["sort"] = sort or args.get("sort", "name")
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
