"""`ts-customers timeline` and `note`: what happened to a customer, and adding to it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ts_customers.cli._find import find_customer
from ts_customers.cli._input import given
from ts_customers.cli._options import (
    AsJson,
    Customer,
    Limit,
    Organization,
    Service,
    client_for,
)
from ts_customers.cli._output import print_json, print_note, print_table, reports_errors
from ts_customers.cli._rows import note_more, pages

if TYPE_CHECKING:
    from ts_customers._client import Client


class Bucket(StrEnum):
    """What a summary counts by."""

    day = "day"
    week = "week"
    month = "month"


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command(rich_help_panel="Customers")(timeline)
    group = typer.Typer(no_args_is_help=True, help="Notes, calls and the like, in the timeline.")
    group.command("add")(add_note)
    app.add_typer(group, name="note", rich_help_panel="Customers")


@reports_errors
def timeline(
    customer: Customer,
    type_: Annotated[
        list[str] | None, typer.Option("--type", help="Only these, such as note or tier_changed.")
    ] = None,
    since: Annotated[str | None, typer.Option("--since", help="Not before this instant.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Before this instant.")] = None,
    query: Annotated[
        str | None, typer.Option("--query", help="Titles and descriptions with these words.")
    ] = None,
    archived: Annotated[
        bool, typer.Option("--archived", help="Also what is older than a year.")
    ] = False,
    summary: Annotated[
        Bucket | None, typer.Option("--summary", help="Count by day, week or month instead.")
    ] = None,
    time_zone: Annotated[
        str | None,
        typer.Option("--time-zone", help="Whose days a summary counts by, such as Europe/Berlin."),
    ] = None,
    limit: Limit = 50,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Show what happened to a customer, the newest first.

    Examples:

      ts-customers timeline C-000042

      ts-customers timeline C-000042 --type note --since 2026-01-01 --json

      ts-customers timeline C-000042 --summary month --time-zone Europe/Berlin
    """
    client = client_for(organization, service)
    args: dict[str, Any] = {
        "customer_id": find_customer(client, customer),
        "types": type_ or None,
        "since": since,
        "until": until,
    }
    if summary:
        _print_summary(client, args | given(bucket=summary.value, time_zone=time_zone), as_json)
        return
    args |= {"query": query, "include_archived": archived}
    rows = list(pages(client, "customer_timeline", args, limit=limit))
    if as_json:
        print_json(rows)
    else:
        columns = {"created_at": "When", "type": "Type", "title": "What", "description": ""}
        print_table(columns, rows)
        note_more(rows, limit)


def _print_summary(client: Client, args: dict[str, Any], as_json: bool) -> None:
    rows = client.rpc("customer_timeline_summary", args)
    if as_json:
        print_json(rows)
        return
    shown = [
        row | {"types": [f"{count} {name}" for name, count in row["types"].items()]} for row in rows
    ]
    print_table({"bucket": "From", "count#": "Count", "types": "Types"}, shown)


@reports_errors
def add_note(
    customer: Customer,
    title: Annotated[str, typer.Argument(help="What it is about, in a line.")],
    description: Annotated[
        str | None, typer.Option("--description", help="The rest of what there is to say.")
    ] = None,
    type_: Annotated[
        str, typer.Option("--type", help="note, call, email, meeting, payment, or one of yours.")
    ] = "note",
    occurred_at: Annotated[
        str | None, typer.Option("--at", help="When it happened; by default now.")
    ] = None,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Add a note, or another activity, to a customer's timeline.

    Examples:

      ts-customers note add C-000042 "Wants a quote for 200 pieces by Friday"

      ts-customers note add C-000042 "Asked about terms" --type call --at 2026-03-01T10:30Z
    """
    client = client_for(organization, service)
    args = {
        "customer_id": find_customer(client, customer),
        "type": type_,
        "title": title,
        **given(description=description, occurred_at=occurred_at),
    }
    activity = client.rpc("log_activity", args)
    if as_json:
        print_json(activity)
    else:
        print_note(f"Added a {type_}.")
        typer.echo(activity["id"])
