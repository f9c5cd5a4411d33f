"""Finding what a person names: by id, or by the name, number or address that people use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from ts_customers._client import Client

# What PostgREST returns at most of a table in one answer.
_ROWS = 1000


def find_customer(client: Client, wanted: str) -> UUID:
    """Find a customer by id, number or external id.

    Raises:
        NotFound: customer_not_found.
    """
    if found := as_uuid(wanted):
        return found
    for column in ("customer_number", "external_id"):
        if rows := _rows(client, "customers", column, wanted):
            return UUID(rows[0]["id"])
    raise no_customer(wanted)


def no_customer(wanted: str) -> Exception:
    """Make the error that says so."""
    return _not_found("customer", wanted, "Find the number with: ts-customers customer search TEXT")


def find_contact(client: Client, wanted: str) -> UUID:
    """Find a contact of the organization by id or e-mail address.

    Raises:
        NotFound: contact_not_found.
    """
    if found := as_uuid(wanted):
        return found
    if rows := _rows(client, "customer_contacts", "email", wanted, ignoring_case=True):
        return UUID(rows[0]["id"])
    raise _not_found("contact", wanted, "List them with: ts-customers contact list CUSTOMER")


def find_tier(client: Client, wanted: str) -> dict[str, Any]:
    """Find a tier of the organization by id or name.

    Raises:
        NotFound: tier_not_found.
    """
    by_id = as_uuid(wanted)
    rows = _rows(
        client, "customer_tiers", "id" if by_id else "name", wanted, ignoring_case=not by_id
    )
    if rows:
        return rows[0]
    raise _not_found("tier", wanted, "List them with: ts-customers tier list")


def find_tier_change(client: Client, wanted: str) -> UUID:
    """Find a request for another tier by its id, or the open one of a customer.

    Raises:
        NotFound: tier_change_not_found, customer_not_found.
    """
    table = client.table("tier_change_requests").select("id")
    given_id = as_uuid(wanted)
    if given_id and client.run(table.eq("id", str(given_id))):
        return given_id
    open_ones = client.run(
        client.table("tier_change_requests")
        .select("id")
        .eq("customer_id", str(find_customer(client, wanted)))
        .in_("status", ["pending", "approved"])
    )
    if open_ones:
        return UUID(open_ones[0]["id"])
    raise _not_found("tier_change", wanted, "List them with: ts-customers tier pending")


def find_member(client: Client, wanted: str) -> UUID:
    """Find a member of the organization by the login's id or the e-mail address it was known by.

    Raises:
        NotFound: member_not_found.
    """
    if found := as_uuid(wanted):
        return found
    for member in list_members(client):
        if member["user_id"] and (member["email"] or "").lower() == wanted.lower():
            return UUID(member["user_id"])
    raise _not_found(
        "member", wanted, "List them with: ts-customers member list. An id always works."
    )


def find_invitation(client: Client, wanted: str) -> UUID | None:
    """Find the invitation of somebody who is no member yet, by e-mail address."""
    for row in list_members(client):
        if row["status"] == "invited" and row["email"].lower() == wanted.lower():
            return UUID(row["id"])
    return None


def list_members(client: Client) -> list[dict[str, Any]]:
    """List members, and who was invited, with what is known of their e-mail addresses.

    Auth alone knows the addresses of logins: with the secret key it is asked; admins see the
    address that somebody was invited by; everybody knows their own.
    """
    from ts_customers._session import email_of

    organization_id = str(client.organization_id)
    members = client.run(
        client.table("organization_members")
        .select("user_id, role, created_at")
        .eq("organization_id", organization_id)
        .order("created_at")
        .limit(_ROWS)
    )
    invitations = client.run(
        client.table("member_invitations")
        .select("id, email, role, created_at, expires_at, accepted_by")
        .eq("organization_id", organization_id)
        .order("created_at")
        .limit(_ROWS)
    )
    emails = {row["accepted_by"]: row["email"] for row in invitations if row["accepted_by"]}
    if client.session is not None:
        emails[client.session.user_id] = client.session.email
    else:
        emails |= {row["user_id"]: email_of(client.server, row["user_id"]) for row in members}
    return [{"status": "member", "email": emails.get(row["user_id"]), **row} for row in members] + [
        {"status": "invited", "user_id": None, **row}
        for row in invitations
        if row.pop("accepted_by") is None
    ]


def as_uuid(text: str) -> UUID | None:
    """Read an id, or say that it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _rows(
    client: Client, table: str, column: str, wanted: str, *, ignoring_case: bool = False
) -> list[dict[str, Any]]:
    from ts_customers._client import escape_like

    query = client.table(table).select("*").eq("organization_id", str(client.organization_id))
    query = query.ilike(column, escape_like(wanted)) if ignoring_case else query.eq(column, wanted)
    rows: list[dict[str, Any]] = client.run(query.limit(2))
    return rows


def _not_found(kind: str, wanted: str, hint: str) -> Exception:
    from ts_customers._errors import NotFound

    said = "open tier change of" if kind == "tier_change" else kind
    return NotFound(f"there is no {said} {wanted}", slug=f"{kind}_not_found", hint=hint)
