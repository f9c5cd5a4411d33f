"""Which customers: the options of every command that is about some of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ts_customers.cli._find import find_customer, find_tier
from ts_customers.cli._input import given

if TYPE_CHECKING:
    from ts_customers._client import Client

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


def search_arguments(
    client: Client,
    *,
    status: list[str] | None,
    tier: list[str] | None,
    type_: list[str] | None,
    tag: list[str] | None,
    credit_status: list[str] | None,
    has_overdue: bool | None,
    currency: list[str] | None,
    parent: str | None,
    filters: str | None,
    preset: str | None,
) -> dict[str, Any]:
    """Make `query`, `filters` and `sort` of what a command was given; they add to a preset's.

    Raises:
        NotFound: preset_not_found, tier_not_found, customer_not_found.
    """
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
    return stored | {"filters": stored.get("filters", {}) | wanted}


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
