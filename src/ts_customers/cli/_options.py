"""Options and arguments that many commands have, and the client they make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ts_customers.cli._output import at_end

if TYPE_CHECKING:
    from ts_customers._client import Client

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Organization = Annotated[
    str | None,
    typer.Option(
        "--organization",
        metavar="NAME|ID",
        envvar="TS_CUSTOMERS_ORGANIZATION",
        help="The organization to act for; not needed if there is only one.",
    ),
]
Service = Annotated[
    bool, typer.Option("--service", help="Act by the secret key instead of as a user.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="How many to print at most.")]
Fields = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help="Any field; objects and lists as JSON."),
]
Customer = Annotated[str, typer.Argument(help="Id, number or external id of the customer.")]
Contact = Annotated[str, typer.Argument(help="Id or e-mail address of the contact.")]


def client_for(organization: str | None, service: bool) -> Client:
    """Connect as the options say; the connection is closed when the command ends."""
    from ts_customers._client import connect

    client = connect(organization=organization, service=service)
    at_end(client.close)
    return client
