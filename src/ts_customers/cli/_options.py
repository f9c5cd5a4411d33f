"""Options that many commands have, and the client they make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

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


def client_for(organization: str | None, service: bool) -> Client:
    """Connect as the options say."""
    from ts_customers._client import connect

    return connect(organization=organization, service=service)


def find_customer(client: Client, wanted: str) -> UUID:
    """Find a customer by id, number or external id.

    Raises:
        NotFound: customer_not_found.
    """
    from ts_customers._errors import NotFound

    try:
        return UUID(wanted)
    except ValueError:
        pass
    for column in ("customer_number", "external_id"):
        rows: list[dict[str, Any]] = client.run(
            client.table("customers")
            .select("id")
            .eq("organization_id", str(client.organization_id))
            .eq(column, wanted)
        )
        if rows:
            return UUID(rows[0]["id"])
    raise NotFound(
        f"there is no customer {wanted}",
        slug="customer_not_found",
        hint="Find the number with: ts-customers customer search TEXT",
    )
