"""A contact's way into the portal with supabase-py: a code by mail, the invitation, the end."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from postgrest.exceptions import APIError
from supabase import AsyncClientOptions, acreate_client

from fix_api import ApiOrganization
from gateways import Api, Connect, new_email


def invited(org: ApiOrganization, email: str) -> tuple[str, str]:
    """A contact of a customer with an open portal: its id, and the token of its invitation."""
    server = org.owner.client
    contact = {"organization_id": org.id, "customer_id": org.customer, "email": email}
    rows: Any = (
        server.table("customer_contacts")
        .insert(contact | {"first_name": "Ada", "last_name": "Vogt"})
        .execute()
        .data
    )
    server.table("customers").update({"portal_enabled": True}).eq("id", org.customer).execute()
    made: Any = server.rpc("invite_to_portal", {"contact_id": rows[0]["id"]}).execute().data
    return rows[0]["id"], made["token"]


def revoke(org: ApiOrganization, contact_id: str) -> None:
    """End the contact's access."""
    org.owner.client.rpc("revoke_portal_access", {"contact_id": contact_id}).execute()


def test_a_contact_signs_in_by_mail_accepts_and_is_shut_out(
    api: Api, api_org: ApiOrganization, connect: Connect
) -> None:
    email = new_email()
    contact_id, token = invited(api_org, email)
    client = connect(api.url, api.publishable_key)
    with pytest.raises(APIError) as early:
        client.schema("portal").rpc("accept_invitation", {"token": token}).execute()
    assert early.value.code == "42501"

    client.auth.sign_in_with_otp({"email": email})
    mail = httpx.get(f"{api.url}/inbox", params={"to": email}).json()[-1]
    client.auth.verify_otp({"type": "email", "email": email, "token": mail["token"]})
    # Of now: a schema's client keeps the headers that it was made with.
    portal = client.schema("portal")
    joined: Any = portal.rpc("accept_invitation", {"token": token}).execute().data
    assert joined["contact_id"] == contact_id
    with pytest.raises(APIError) as again:
        portal.rpc("accept_invitation", {"token": token}).execute()
    assert again.value.details == "invitation_accepted"
    customers: Any = portal.table("customer").select("*").execute().data
    assert len(customers) == 1
    assert "internal_notes" not in customers[0]
    assert client.table("customers").select("id").execute().data == []

    revoke(api_org, contact_id)
    assert portal.table("customer").select("*").execute().data == []
    assert portal.rpc("me", {}).execute().data == []


def test_the_same_way_with_the_asynchronous_client(api: Api, api_org: ApiOrganization) -> None:
    email = new_email()
    contact_id, token = invited(api_org, email)

    async def walk() -> None:
        async with httpx.AsyncClient() as http:
            options = AsyncClientOptions(auto_refresh_token=False, httpx_client=http)
            client = await acreate_client(api.url, api.publishable_key, options)
            await client.auth.sign_in_with_otp({"email": email})
            mail = (await http.get(f"{api.url}/inbox", params={"to": email})).json()[-1]
            await client.auth.verify_otp({"type": "email", "email": email, "token": mail["token"]})
            portal = client.schema("portal")
            joined: Any = (await portal.rpc("accept_invitation", {"token": token}).execute()).data
            assert joined["contact_id"] == contact_id
            assert len((await portal.table("customer").select("*").execute()).data) == 1
            changes: Any = {"changes": {"phone": "030 1"}}
            changed: Any = (await portal.rpc("update_profile", changes).execute()).data
            assert changed["phone"] == "030 1"
            revoke(api_org, contact_id)
            assert (await portal.table("customer").select("*").execute()).data == []

    asyncio.run(walk())
