"""An organization whose customer has an open portal, and the steps into it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from organizations import Organization, insert_user
from tap import Tap

INVITE = "select public.invite_to_portal(%s)"
ACCEPT = "select portal.accept_invitation(%s)"
REVOKE = "select (public.revoke_portal_access(%s)).id"
ME = "select contact_id from portal.me()"
OPEN = "update public.customers set portal_enabled = true where id = %s"


def open_portal(tap: Tap, ours: Organization, customer_id: UUID | None = None) -> None:
    """Let contacts of the organization's customer use the portal."""
    with tap.acting_as(ours.manager):
        tap.affects(OPEN, 1, customer_id or ours.customer)


def email_of(tap: Tap, contact_id: UUID) -> str:
    """The address of a contact."""
    email: str = tap.value("select email from public.customer_contacts where id = %s", contact_id)
    return email


def invite(tap: Tap, ours: Organization, contact_id: UUID) -> Any:
    """Invite a contact as the manager; returns the invitation."""
    with tap.acting_as(ours.manager):
        return tap.value(INVITE, contact_id)


def bring_in(tap: Tap, ours: Organization, contact_id: UUID, login: UUID | None = None) -> UUID:
    """Invite a contact and accept, with a new login of its address unless one is given."""
    login = login or insert_user(tap, email_of(tap, contact_id))
    token = invite(tap, ours, contact_id)["token"]
    with tap.acting_as(login):
        tap.execute(ACCEPT, token)
    return login


def contacts_of(tap: Tap, login: UUID) -> list[UUID]:
    """As whom a login may use the portal at this moment."""
    with tap.acting_as(login):
        return [contact_id for (contact_id,) in tap.rows(ME)]
