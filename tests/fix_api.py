"""Fixtures of tests that go through the gateway. What they write stays until the run ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from supabase import Client

from gateways import PASSWORD, Api, Connect, new_email


@dataclass(frozen=True, slots=True)
class ApiUser:
    """A login with a client that is signed in."""

    id: str
    email: str
    client: Client


class ApiOrganization:
    """An organization, made through PostgREST, with two tiers and a customer."""

    def __init__(self, owner: ApiUser, name: str) -> None:
        self.owner = owner
        self.name = name
        self.id: str = self._call("create_organization", name=name)["id"]
        self.gold = self._tier(name="Gold", level=1, discount_percentage=10)
        self.basic = self._tier(name="Basic", level=2, is_default=True)
        customer = {"organization_id": self.id, "company_name": f"{name} Customer"}
        self.customer: str = self._call("create_customer", customer=customer)["id"]

    def join(self, user: ApiUser, role: str) -> ApiUser:
        """Invite a login, and accept for it."""
        invitation = self._call(
            "invite_member", email=user.email, role=role, organization_id=self.id
        )
        user.client.rpc("accept_member_invitation", {"token": invitation["token"]}).execute()
        return user

    def _call(self, function: str, **arguments: Any) -> Any:
        return self.owner.client.rpc(function, arguments).execute().data

    def _tier(self, **values: Any) -> str:
        row = {"organization_id": self.id, **values}
        tier: Any = self.owner.client.table("customer_tiers").insert(row).execute().data[0]
        return str(tier["id"])


@pytest.fixture
def sign_in(api: Api, connect: Connect) -> Callable[[str, str], Client]:
    """Signs in: `sign_in(email, password)`, and gives the client."""

    def sign_in(email: str, password: str) -> Client:
        client = connect(api.url, api.publishable_key)
        client.auth.sign_in_with_password({"email": email, "password": password})
        return client

    return sign_in


@pytest.fixture
def make_api_user(api: Api, connect: Connect) -> Callable[..., ApiUser]:
    """Signs somebody up whose password is `gateways.PASSWORD`: `make_api_user(email=None)`."""

    def make_api_user(email: str | None = None) -> ApiUser:
        client = connect(api.url, api.publishable_key)
        user = client.auth.sign_up({"email": email or new_email(), "password": PASSWORD}).user
        assert user
        assert user.email
        return ApiUser(user.id, user.email, client)

    return make_api_user


@pytest.fixture
def api_user(make_api_user: Callable[..., ApiUser]) -> ApiUser:
    """Somebody who is signed in and belongs to no organization."""
    return make_api_user()


@pytest.fixture
def make_api_org(make_api_user: Callable[..., ApiUser]) -> Callable[[str], ApiOrganization]:
    """Makes an organization with an owner of its own: `make_api_org(name)`."""
    return lambda name: ApiOrganization(make_api_user(), name)


@pytest.fixture
def api_org(make_api_org: Callable[[str], ApiOrganization]) -> ApiOrganization:
    """An organization with an owner."""
    return make_api_org("Acme")
