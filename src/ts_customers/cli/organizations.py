"""`ts-customers org`: the organizations that the caller belongs to."""

from __future__ import annotations

from typing import Annotated

import typer

from ts_customers.cli._options import AsJson, Service, client_for
from ts_customers.cli._output import print_json, print_note, print_table, reports_errors


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    group = typer.Typer(no_args_is_help=True, help="Organizations: the tenants.")
    group.command("list")(list_organizations)
    group.command("create")(create_organization)
    app.add_typer(group, name="org", rich_help_panel="Organization")


@reports_errors
def list_organizations(service: Service = False, as_json: AsJson = False) -> None:
    """List the organizations that you belong to.

    Examples:

      ts-customers org list

      ts-customers org list --service --json
    """
    client = client_for(None, service)
    rows = client.run(
        client.table("organizations").select("id, name, settings, created_at").order("name")
    )
    if as_json:
        print_json(rows)
    else:
        print_table({"name": "Name", "id": "Id", "created_at": "Since"}, rows)


@reports_errors
def create_organization(
    name: Annotated[str, typer.Argument(help="What it is called.")],
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Create an organization, and become its owner.

    Example:

      ts-customers org create "Acme Trading"
    """
    organization = client_for(None, service).rpc("create_organization", {"name": name})
    if as_json:
        print_json(organization)
    else:
        print_note(f"Created {organization['name']}.")
        typer.echo(organization["id"])
