"""`ts-customers watch`: changes as they happen, and who is there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ts_customers.cli._find import find_customer
from ts_customers.cli._options import AsJson, Organization, Service, client_for
from ts_customers.cli._output import print_json_line, print_note, reports_errors

if TYPE_CHECKING:
    from uuid import UUID

    from ts_customers._client import Client


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(rich_help_panel="Customers")(watch)


@reports_errors
def watch(
    customer: Annotated[
        str | None, typer.Argument(help="Id, number or external id; without one, all customers.")
    ] = None,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Show what happens to a customer, or which customers change, until Ctrl-C.

    Whoever watches a customer is seen by the others who have it open. With --json, one object a
    line.

    Examples:

      ts-customers watch C-000042

      ts-customers watch --json
    """
    client = client_for(organization, service)
    shown = (
        _organization(client, as_json=as_json)
        if customer is None
        else _customer(client, find_customer(client, customer), as_json=as_json)
    )
    try:
        asyncio.run(shown)
    except KeyboardInterrupt:
        print_note("Watched until here.")


async def _customer(client: Client, customer_id: UUID, *, as_json: bool) -> None:
    from dataclasses import asdict

    from ts_customers.live import watch_customer

    seen: Any = None
    async with watch_customer(client, customer_id) as updates:
        async for update in updates:
            there = [asdict(viewer) for viewer in update.viewers]
            if as_json:
                customer = update.overview["customer"]
                said = {"customer": customer, "activities": update.activities, "viewers": there}
                print_json_line(said)
                continue
            for activity in update.activities:
                typer.echo(f"{activity['created_at']}  {activity['type']}  {activity['title']}")
            if there != seen:
                names = ", ".join(f"{one['user_id']} ({one['state']})" for one in there)
                print_note(f"There: {names or 'nobody'}")
            seen = there


async def _organization(client: Client, *, as_json: bool) -> None:
    from ts_customers.live import watch_organization

    async with watch_organization(client) as updates:
        async for update in updates:
            if as_json:
                ids = [str(one) for one in update.customer_ids]
                print_json_line({"customer_ids": ids, "is_complete": update.is_complete})
                continue
            for customer_id in update.customer_ids:
                typer.echo(str(customer_id))
            if not update.is_complete:
                print_note("Others may have changed too.")
