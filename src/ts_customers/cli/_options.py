"""Options and arguments that many commands have, and the client they make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from ts_customers.cli._output import at_end

if TYPE_CHECKING:
    from ts_customers._client import Client
    from ts_customers.importing import Caller

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


def caller_for(organization: str | None, service: bool, *, direct: bool) -> Caller:
    """Connect for long work: to the API, or, as the same user, to the database itself.

    Raises:
        Unavailable: no_database_url.
    """
    client = client_for(organization, service)
    if not direct:
        return client

    from ts_customers.importing import DirectCaller

    db_url = database_url(" Or leave out --direct.")
    user_id = UUID(client.session.user_id) if client.session else None
    caller = DirectCaller(db_url, user_id=user_id, organization_id=client.organization_id)
    at_end(caller.close)
    return caller


def database_url(otherwise: str = "") -> str:
    """The address of the stack's database; `otherwise` is said after the hint where none is known.

    Raises:
        Unavailable: no_database_url.
    """
    from ts_customers._errors import Unavailable
    from ts_customers.stack import open_stack

    db_url = open_stack().status().db_url
    if not db_url:
        raise Unavailable(
            "there is no address of the database",
            slug="no_database_url",
            hint=f"Put SUPABASE_DB_URL into the environment or .env.{otherwise}",
        )
    return db_url
