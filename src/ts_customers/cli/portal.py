"""`ts-customers portal`: who of a customer may look at what is theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ts_customers.cli._find import find_contact, find_customer, no_customer
from ts_customers.cli._input import confirm
from ts_customers.cli._options import (
    AsJson,
    Contact,
    Customer,
    Organization,
    Service,
    Yes,
    client_for,
)
from ts_customers.cli._output import print_json, print_note, print_table, reports_errors

if TYPE_CHECKING:
    from uuid import UUID

    from ts_customers._client import Client

COLUMNS = {"name": "Contact", "email": "E-mail", "status": "", "until": "Until", "id": "Id"}


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    group = typer.Typer(no_args_is_help=True, help="The customer portal: who may use it.")
    group.command("invite")(invite)
    group.command("revoke")(revoke)
    group.command("status")(status)
    app.add_typer(group, name="portal", rich_help_panel="Customers")


@reports_errors
def invite(
    contact: Contact,
    valid_for: Annotated[
        str, typer.Option("--valid-for", help="How long, from 1 minute to 90 days.")
    ] = "7 days",
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Ask a contact into the portal: prints the token, this once.

    An earlier invitation of the contact ends. With --service, Auth also sends the mail: an
    invitation, or a magic link to somebody who has a login, leading to the portal_url of the
    organization's settings with ?token=….

    Examples:

      ts-customers portal invite ada@acme.example

      ts-customers portal invite ada@acme.example --valid-for "2 hours" --service
    """
    client = client_for(organization, service)
    contact_id = find_contact(client, contact)
    url = _portal_url(client) if service else None
    invitation = client.rpc("invite_to_portal", {"contact_id": contact_id, "valid_for": valid_for})
    if url:
        invitation["mail"] = _send(client, contact_id, f"{url}?token={invitation['token']}")
    if as_json:
        print_json(invitation)
        return
    if url:
        print_note(f"{contact} gets a mail with {invitation['mail']}.")
    print_note(f"{contact} may accept until {invitation['expires_at']}, with:")
    typer.echo(invitation["token"])


@reports_errors
def revoke(
    contact: Contact,
    yes: Yes = False,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """End a contact's use of the portal at once, or the invitation to it.

    Example:

      ts-customers portal revoke ada@acme.example
    """
    client = client_for(organization, service)
    contact_id = find_contact(client, contact)
    confirm(f"End the portal access of {contact}?", yes=yes)
    revoked = client.rpc("revoke_portal_access", {"contact_id": contact_id})
    if as_json:
        print_json(revoked)
    else:
        print_note(f"{contact} has no access to the portal any more.")


@reports_errors
def status(
    customer: Customer,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Say whether a customer's portal is open, and for whom.

    Example:

      ts-customers portal status C-000042
    """
    client = client_for(organization, service)
    customer_id = str(find_customer(client, customer))
    found = client.run(
        client.table("customers")
        .select(
            "status, portal_enabled, portal_subdomain, customer_contacts(*, portal_invitations(*))"
        )
        .eq("id", customer_id)
        .order("last_name", foreign_table="customer_contacts")
    )
    if not found:
        raise no_customer(customer)
    contacts = [_contact(row) for row in found[0].pop("customer_contacts")]
    if as_json:
        print_json(found[0] | {"contacts": contacts})
        return
    enabled = "enabled" if found[0]["portal_enabled"] else "not enabled"
    print_note(f"The portal is {enabled}, and the customer {found[0]['status']}.")
    print_table(COLUMNS, contacts)


def _contact(row: dict[str, Any]) -> dict[str, Any]:
    from datetime import UTC, datetime

    invitations = [
        one for one in row["portal_invitations"] if not one["accepted_at"] and not one["revoked_at"]
    ]
    until = max((one["expires_at"] for one in invitations), default=None)
    if row["user_id"] and row["portal_access"]:
        said = "has access"
    elif until and datetime.fromisoformat(until) > datetime.now(UTC):
        said = "invited"
    else:
        said = "invitation expired" if until else "no access"
    return {
        "id": row["id"],
        "name": f"{row['first_name']} {row['last_name']}",
        "email": row["email"],
        "user_id": row["user_id"],
        "status": said,
        "until": until if said.startswith("invit") else None,
    }


def _portal_url(client: Client) -> str:
    from ts_customers._errors import Invalid

    (found,) = client.run(
        client.table("organizations").select("settings").eq("id", str(client.organization_id))
    )
    if url := found["settings"].get("portal_url"):
        return str(url).rstrip("/")
    raise Invalid(
        "the organization has no portal_url, to which a mail could lead",
        slug="portal_url_required",
        hint="Put portal_url into the organization's settings, or invite without --service.",
    )


def _send(client: Client, contact_id: UUID, url: str) -> str:
    from ts_customers._session import mail_link

    (contact,) = client.run(
        client.table("customer_contacts").select("email").eq("id", str(contact_id))
    )
    return mail_link(client.server, contact["email"], url)
