"""Organizations with people in them, made through the functions that everybody uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from tap import Tap

ROLES = ("viewer", "member", "manager", "admin", "owner")

_NEW_USER = """
insert into auth.users (id, email, email_confirmed_at, aud, role)
values (%s, %s, now(), 'authenticated', 'authenticated')
"""
_NEW_TIER = """
insert into public.customer_tiers (organization_id, name, level, discount_percentage, is_default)
values (%s, %s, %s, %s, %s) returning id
"""
_NEW_CUSTOMER = "select id from public.create_customer(%s, %s)"
_CONTACTS = """
select id from public.customer_contacts where customer_id = %s order by is_primary desc
"""


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization with one login for each role, two tiers, and a customer with two contacts.

    The customer is "{name} Customer" in tier Basic, the default. Of `contacts` the first is
    primary.
    """

    id: UUID
    name: str
    viewer: UUID
    member: UUID
    manager: UUID
    admin: UUID
    owner: UUID
    gold: UUID
    basic: UUID
    customer: UUID
    contacts: tuple[UUID, UUID]

    def login(self, role: str) -> UUID:
        """The login that has this role."""
        found: UUID = getattr(self, role)
        return found


def insert_user(tap: Tap, email: str | None = None) -> UUID:
    """A login with a verified e-mail address, without a password."""
    user_id = uuid4()
    tap.execute(_NEW_USER, user_id, email or f"{user_id.hex}@example.com")
    return user_id


def insert_organization(tap: Tap, name: str) -> Organization:
    """The organization, made by its owner; people join by invitation."""
    emails = {role: f"{role}.{uuid4().hex}@example.com" for role in ROLES}
    people = {role: insert_user(tap, email) for role, email in emails.items()}
    with tap.acting_as(people["owner"]):
        organization_id = tap.value("select id from public.create_organization(%s)", name)
    for role in ROLES[:-1]:
        join(tap, organization_id, people["owner"], people[role], emails[role], role)

    with tap.acting_as(people["owner"]):
        gold = tap.value(_NEW_TIER, organization_id, "Gold", 1, 10, False)
        basic = tap.value(_NEW_TIER, organization_id, "Basic", 2, 0, True)
        customer = tap.value(
            _NEW_CUSTOMER,
            {"organization_id": str(organization_id), "company_name": f"{name} Customer"},
            tap.json([_contact("Ann", is_primary=True), _contact("Bob")]),
        )
        (first,), (second,) = tap.rows(_CONTACTS, customer)
    return Organization(
        id=organization_id,
        name=name,
        gold=gold,
        basic=basic,
        customer=customer,
        contacts=(first, second),
        **people,
    )


def join(
    tap: Tap, organization_id: UUID, owner: UUID, user_id: UUID, email: str, role: str
) -> None:
    """Invite a login and accept for it."""
    with tap.acting_as(owner):
        invitation = tap.value(
            "select public.invite_member(%s, %s, %s)", email, role, organization_id
        )
    with tap.acting_as(user_id):
        tap.execute("select public.accept_member_invitation(%s)", invitation["token"])


def _contact(first_name: str, *, is_primary: bool = False) -> dict[str, Any]:
    return {
        "first_name": first_name,
        "last_name": "Smith",
        "email": f"{first_name.lower()}.{uuid4().hex[:8]}@customer.example",
        "is_primary": is_primary,
    }
