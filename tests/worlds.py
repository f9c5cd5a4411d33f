"""Two organizations side by side, one of them with a row of everything, and all who might look."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID, uuid4

from organizations import ROLES, Organization, insert_organization, insert_user, join
from tap import Tap

# Everybody who is not in the organization that has a row of everything.
STRANGERS = ("anon", "outsider", "rival", "contact")
ACTORS = (*STRANGERS, *ROLES, "service_role")

_ARCHIVE = """
create table private.archive_of_2001 partition of public.customer_activities_archive
for values from ('2001-01-01 00:00+00') to ('2002-01-01 00:00+00');
insert into public.customer_activities_archive
(organization_id, customer_id, type, title, created_at)
select c.organization_id, c.id, 'note', 'Long ago', '2001-05-05' from public.customers as c
"""
_NEW_PRESET = """
insert into public.customer_filter_presets (organization_id, name, is_shared)
values (%s, 'Preset', %s)
"""
_OPEN_PORTAL = """
update public.customers set portal_enabled = true, portal_subdomain = %s where id = %s
"""
_NEW_CONTACT = """
insert into public.customer_contacts
(organization_id, customer_id, first_name, last_name, email)
values (%s, %s, 'Ivy', 'Smith', %s) returning id
"""
_NEW_CUSTOMER = "select id from public.create_customer(%s)"
_IMPORTED = {
    "raw": {"Company": "Imported"},
    "values": {"customer": {"company_name": "Imported"}, "contacts": []},
    "changes": [],
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What the arguments of functions may be about: one organization's things, or nobody's."""

    organization_id: UUID
    customer_id: UUID
    contact_id: UUID
    portal_contact_id: UUID
    user_id: UUID
    tier_id: UUID
    order_id: UUID
    import_id: UUID
    request_id: UUID
    duplicate_id: UUID
    merge_id: UUID
    token: str
    portal_token: str
    subdomain: str

    @classmethod
    def unknown(cls) -> Subject:
        """Ids that nothing has."""
        texts = ("token", "portal_token", "subdomain")
        made_up: dict[str, Any] = {field.name: uuid4() for field in fields(cls)}
        return cls(**made_up | {name: f"x{uuid4().hex}" for name in texts})


@dataclass(frozen=True, slots=True)
class World:
    """`ours` has a row of everything. `rival` owns the organization `theirs`, `contact` is one of
    ours who uses the portal, `invitee` is invited to ours and to its portal, and `outsider` has
    nothing but a login.
    """

    tap: Tap
    ours: Organization
    theirs: Organization
    subject: Subject
    logins: dict[str, UUID | None]

    def become(self, actor: str) -> None:
        """Be this actor until the savepoint around it is rolled back."""
        if actor == "service_role":
            self.tap.become("service_role", None)
        else:
            user_id = self.logins[actor]
            self.tap.become("authenticated" if user_id else "anon", user_id)


def build_world(tap: Tap) -> World:
    """Make everything, in the transaction of the connection."""
    ours, theirs = insert_organization(tap, "Ours"), insert_organization(tap, "Theirs")
    subject = _furnish(tap, ours)
    _furnish(tap, theirs)
    tap.execute(_ARCHIVE)
    contact, invitee = insert_user(tap), insert_user(tap, f"invited@{ours.id}.example")
    tap.execute(
        "update public.customer_contacts set user_id = %s, portal_access = true where id = %s",
        contact,
        ours.contacts[0],
    )
    logins: dict[str, UUID | None] = {role: ours.login(role) for role in ROLES}
    logins |= {"anon": None, "outsider": insert_user(tap), "rival": theirs.owner}
    logins |= {"contact": contact, "invitee": invitee}
    return World(tap, ours, theirs, subject, logins)


def join_as_owner(world: World, user_id: UUID, email: str) -> None:
    """Make a login an owner of both organizations."""
    for organization in (world.ours, world.theirs):
        join(world.tap, organization.id, organization.owner, user_id, email, "owner")


def _furnish(tap: Tap, organization: Organization) -> Subject:
    organization_id = organization.id
    order = {
        "organization_id": str(organization_id),
        "customer_id": str(organization.customer),
        "number": "A-1",
        "total": 100,
    }
    invoice = {**order, "order_number": "A-1"}
    with tap.acting_as_service():
        tap.execute("select public.upsert_orders(%s)", tap.json([order]))
        tap.execute("select public.upsert_invoices(%s)", tap.json([invoice]))

    for login, is_shared in ((organization.member, False), (organization.manager, True)):
        with tap.acting_as(login):
            tap.execute(_NEW_PRESET, organization_id, is_shared)
    with tap.acting_as(organization.member):
        request_id = tap.value(
            "select id from public.request_tier_change(%s, %s)",
            organization.customer,
            organization.gold,
        )
    with tap.acting_as(organization.owner):
        invitation = tap.value(
            "select public.invite_member(%s, 'viewer', %s)",
            f"invited@{organization_id}.example",
            organization_id,
        )
        started = tap.value(
            "select public.create_customer_import('a.csv', organization_id => %s)", organization_id
        )
        tap.execute(
            "select public.stage_import_rows(%s, 1, %s)",
            started["import_id"],
            tap.json([_IMPORTED]),
        )
        duplicate_ids = [
            tap.value(
                _NEW_CUSTOMER, {"organization_id": str(organization_id), "company_name": name}
            )
            for name in ("Duplicate", "Another Duplicate", "Kept")
        ]
        merge = tap.value(
            "select public.merge_customers(%s, %s)", duplicate_ids[2], duplicate_ids[:1]
        )
        subdomain = f"portal-{organization_id}"
        tap.execute(_OPEN_PORTAL, subdomain, organization.customer)
        invited = tap.value(
            _NEW_CONTACT,
            organization_id,
            organization.customer,
            f"invited@{organization_id}.example",
        )
        portal = tap.value("select public.invite_to_portal(%s)", invited)
    return Subject(
        organization_id=organization_id,
        customer_id=organization.customer,
        contact_id=organization.contacts[1],
        portal_contact_id=organization.contacts[0],
        user_id=organization.viewer,
        tier_id=organization.gold,
        order_id=tap.value(
            "select id from public.orders where organization_id = %s", organization_id
        ),
        import_id=UUID(started["import_id"]),
        request_id=request_id,
        duplicate_id=duplicate_ids[1],
        merge_id=UUID(merge["merge_id"]),
        token=invitation["token"],
        portal_token=portal["token"],
        subdomain=subdomain,
    )
