"""`ts-customers tier`: pricing tiers. What is done about a customer's stands in tier_changes.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from ts_customers.cli import tier_changes
from ts_customers.cli._find import find_tier
from ts_customers.cli._input import confirm, given, parse_fields, require_fields
from ts_customers.cli._options import AsJson, Fields, Organization, Service, Yes, client_for
from ts_customers.cli._output import print_json, print_note, print_table, reports_errors
from ts_customers.cli._rows import change_row

if TYPE_CHECKING:
    from ts_customers._client import Client

Tier = Annotated[str, typer.Argument(help="Name or id of the tier.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    group = typer.Typer(no_args_is_help=True, help="Tiers, and who changes from one to another.")
    group.command("list")(list_tiers)
    group.command("set")(set_tier)
    group.command("remove")(remove_tier)
    tier_changes.register(group)
    app.add_typer(group, name="tier", rich_help_panel="Customers")


@reports_errors
def list_tiers(
    organization: Organization = None, service: Service = False, as_json: AsJson = False
) -> None:
    """List the tiers, the highest first.

    Examples:

      ts-customers tier list

      ts-customers tier list --json
    """
    client = client_for(organization, service)
    rows = client.run(
        client.table("customer_tiers")
        .select("*")
        .eq("organization_id", str(client.organization_id))
        .order("level")
    )
    if as_json:
        print_json(rows)
        return
    columns = {"level#": "Level", "name": "Tier", "discount_percentage#": "Discount %"}
    print_table(columns | {"color": "Color", "is_default": "Default", "id": "Id"}, rows)


@reports_errors
def set_tier(
    name: Annotated[str, typer.Argument(help="Name of the tier, or id of one that exists.")],
    level: Annotated[
        int | None, typer.Option("--level", help="Rank; 1 is the highest. A new tier needs it.")
    ] = None,
    discount: Annotated[
        str | None, typer.Option("--discount", help="Percent off list prices.")
    ] = None,
    default: Annotated[
        bool | None,
        typer.Option("--default/--no-default", help="What a customer without one gets."),
    ] = None,
    color: Annotated[str | None, typer.Option("--color", help="#rrggbb.")] = None,
    rename: Annotated[str | None, typer.Option("--rename", help="A new name.")] = None,
    field: Fields = None,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Change a tier, or make one of this name. For admins.

    Examples:

      ts-customers tier set Gold --level 1 --discount 15 --color "#d4af37"

      ts-customers tier set Bronze --default

      ts-customers tier set Gold --set 'requirements={"min_annual_spend": 10000}'
    """
    values = given(
        level=level,
        discount_percentage=discount,
        is_default=False if default is False else None,
        color=color,
        name=rename,
    ) | parse_fields(field)
    client = client_for(organization, service)
    existing = _existing(client, name)
    if existing:
        require_fields(values | given(is_default=default))
        tier = existing
        if values:
            tier = change_row(client, "customer_tiers", UUID(existing["id"]), values)
    elif level is None:
        raise typer.BadParameter(f"there is no tier {name}; to make one, give its --level")
    else:
        values = {"organization_id": str(client.organization_id), "name": name, **values}
        (tier,) = client.run(client.table("customer_tiers").insert(values))
    if default and not tier["is_default"]:
        tier = _make_default(client, tier)
    if as_json:
        print_json(tier)
    else:
        print_note(
            f"{'Changed' if existing else 'Added'} {tier['name']}: level {tier['level']}, "
            f"{tier['discount_percentage']:g} % off."
        )
        typer.echo(tier["id"])


@reports_errors
def remove_tier(
    tier: Tier,
    yes: Yes = False,
    organization: Organization = None,
    service: Service = False,
) -> None:
    """Remove a tier that no customer has or had. For admins.

    Example:

      ts-customers tier remove Trial --yes
    """
    client = client_for(organization, service)
    found = find_tier(client, tier)
    confirm(f"Remove the tier {found['name']}?", yes=yes)
    change_row(client, "customer_tiers", UUID(found["id"]), None)
    print_note(f"Removed {found['name']}.")


def _make_default(client: Client, tier: dict[str, Any]) -> dict[str, Any]:
    """Make a tier the default. There is one at most: the former ceases to be it, just before."""
    client.run(
        client.table("customer_tiers")
        .update({"is_default": False})
        .eq("organization_id", str(client.organization_id))
        .is_("is_default", "true")
    )
    return change_row(client, "customer_tiers", UUID(tier["id"]), {"is_default": True})


def _existing(client: Client, name: str) -> dict[str, Any] | None:
    from ts_customers._errors import NotFound

    try:
        return find_tier(client, name)
    except NotFound:
        return None
