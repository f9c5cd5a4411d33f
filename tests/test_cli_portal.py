"""`ts-customers portal`: contacts are invited, looked at and shut out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from fix_api import ApiUser
from gateways import Api, Connect, new_email
from programs import CommandLine


def add_customer(cli: CommandLine, email: str) -> str:
    """A customer with an open portal and one contact; returns its number."""
    cli("customer", "add", "Portal Co", "--contact", f"Ada Vogt <{email}>")
    [row] = cli.json("customer", "search", "Portal Co")
    cli("customer", "edit", row["customer_number"], "--set", "portal_enabled=true")
    number: str = row["customer_number"]
    return number


def test_a_contact_is_invited_accepts_and_is_shut_out(
    cli: CommandLine, make_api_user: Callable[..., ApiUser]
) -> None:
    ada = make_api_user()
    customer = add_customer(cli, ada.email)

    def status() -> list[str]:
        shown = cli.json("portal", "status", customer)
        assert (shown["portal_enabled"], shown["status"]) == (True, "active")
        return [row["status"] for row in shown["contacts"]]

    assert status() == ["no access"]
    token = cli.id("portal", "invite", ada.email, "--valid-for", "2 hours")
    assert status() == ["invited"]
    portal = ada.client.schema("portal")
    joined: Any = portal.rpc("accept_invitation", {"token": token}).execute().data
    assert joined["organization_id"] == cli.org.id
    assert status() == ["has access"]
    assert len(portal.table("customer").select("*").execute().data) == 1

    assert cli.json("portal", "revoke", ada.email.upper(), "--yes")["portal_access"] is False
    assert status() == ["no access"]
    assert portal.table("customer").select("*").execute().data == []


def test_what_cannot_be_done_says_why(cli: CommandLine) -> None:
    cli("customer", "add", "Closed Co", "--contact", "Ada Vogt <ada@closed.example>")
    assert "[portal_closed]" in cli.refused("portal", "invite", "ada@closed.example")
    assert "[contact_not_found]" in cli.refused("portal", "invite", "nobody@closed.example")
    assert "[customer_not_found]" in cli.refused("portal", "status", "C-0")
    assert "--yes" in cli.misused("portal", "revoke", "ada@closed.example")
    service = ("--service", "--organization", cli.org.id)
    assert "[portal_url_required]" in cli.refused(
        "portal", "invite", "ada@closed.example", *service
    )


def test_by_the_secret_key_the_invitation_is_mailed_and_its_link_lets_in(
    cli: CommandLine, api: Api, connect: Connect
) -> None:
    page = "http://127.0.0.1:3000/portal"
    organizations = cli.org.owner.client.table("organizations")
    organizations.update({"settings": {"portal_url": page}}).eq("id", cli.org.id).execute()
    email = new_email()
    add_customer(cli, email)
    service = ("--service", "--organization", cli.org.id)
    for kind in ("invite", "magiclink"):
        given = cli.json("portal", "invite", email, *service)
        mail = httpx.get(f"{api.url}/inbox", params={"to": email}).json()[-1]
        assert mail["type"] == kind
        where = urlsplit(httpx.get(mail["link"]).headers["location"])
        assert f"{where.scheme}://{where.netloc}{where.path}" == page
        assert parse_qs(where.query) == {"token": [given["token"]]}
        told = parse_qs(where.fragment)
        client = connect(api.url, api.publishable_key)
        client.auth.set_session(told["access_token"][0], told["refresh_token"][0])
        portal = client.schema("portal")
        portal.rpc("accept_invitation", {"token": given["token"]}).execute()
        assert portal.rpc("me", {}).execute().data
        cli("portal", "revoke", email, "--yes")
        assert portal.rpc("me", {}).execute().data == []
