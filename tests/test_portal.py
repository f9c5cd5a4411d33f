"""What a contact sees of its own customer, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from organizations import Organization
from portals import ME, bring_in, contacts_of, open_portal
from tap import Tap

MakeOrg = Callable[[str], Organization]

# All that the portal shows. A column that is added is declared here by whoever has made sure that
# customers may see it.
VISIBLE = {
    "customer": """organization_id customer_id customer_number company_name display_name tax_id
    website billing_address shipping_address payment_terms currency notes""",
    "contacts": """organization_id customer_id id first_name last_name email phone mobile role
    is_primary""",
    "orders": """organization_id customer_id id number status currency list_amount
    discount_percentage total placed_at""",
    "invoices": """organization_id customer_id id order_id number status currency total issued_at
    due_at paid_at""",
    "timeline": """organization_id customer_id id type title related_type related_id occurred_at
    created_at""",
    "portal_profile": """organization_id organization_name customer_id company_name contact_id
    first_name last_name email phone mobile role preferred_contact_method receives_order_updates
    receives_marketing""",
}
VIEWS = ("customer", "contacts", "orders", "invoices", "timeline")
SECRET = "Pays late, do not tell"
REACHABLE = """
select c.relname, string_agg(a.attname, ' ' order by a.attnum)
from pg_class as c
inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = 'portal'::regnamespace or c.oid = 'public.portal_profile'::regclass
group by c.relname
"""
FUNCTIONS = "select proname from pg_proc where pronamespace = 'portal'::regnamespace order by 1"
UPDATE = "select (portal.update_profile(%s)).phone"


@pytest.fixture
def ours(tap: Tap, make_org: MakeOrg) -> Organization:
    organization = make_org("Acme")
    open_portal(tap, organization)
    furnish(tap, organization)
    return organization


def furnish(tap: Tap, organization: Organization) -> None:
    """Give the customer an order, an invoice, and secrets wherever there is room for them.

    Beside it stands a sibling that has the same.
    """
    person = {"first_name": "Sib", "last_name": "Ling", "email": "sib@sibling.example"}
    with tap.acting_as(organization.manager):
        sibling = tap.value(
            "select id from public.create_customer(%s, %s)",
            {"organization_id": str(organization.id), "company_name": "Sibling"},
            tap.json([person]),
        )
    for customer_id, prefix in ((organization.customer, "A"), (sibling, "B")):
        known = {
            "organization_id": str(organization.id),
            "customer_id": str(customer_id),
            "number": f"{prefix}-{organization.name}",
            "external_id": f"{SECRET} {prefix}",
            "total": 100,
        }
        with tap.acting_as_service():
            tap.execute("select public.upsert_orders(%s)", tap.json([known]))
            tap.execute("select public.upsert_invoices(%s)", tap.json([known]))
    with tap.acting_as(organization.owner):
        tap.execute(
            "update public.customers set internal_notes = %s, tags = array[%s],"
            " settings = jsonb_build_object('custom', jsonb_build_object('note', %s::text)),"
            " notes = 'Welcome' where id = %s",
            SECRET,
            SECRET,
            SECRET,
            organization.customer,
        )
        tap.execute(
            "update public.customer_contacts set notes = %s where organization_id = %s",
            SECRET,
            organization.id,
        )
        tap.execute("select public.set_credit_hold(%s, %s)", organization.customer, SECRET)
        for activity in ("note", "call"):
            tap.execute(
                "select public.log_activity(%s, %s, %s, %s)",
                organization.customer,
                activity,
                SECRET,
                SECRET,
            )


def answers(tap: Tap) -> dict[str, Any]:
    """All that the caller can read in the portal, as JSON."""
    read = {view: f"select coalesce(jsonb_agg(v), '[]') from portal.{view} as v" for view in VIEWS}
    read["me"] = "select coalesce(jsonb_agg(m), '[]') from portal.me() as m"
    return {name: tap.value(query) for name, query in read.items()}


def test_every_column_of_the_portal_is_declared_visible(tap: Tap) -> None:
    declared = {name: " ".join(columns.split()) for name, columns in VISIBLE.items()}
    assert dict(tap.rows(REACHABLE)) == declared
    assert [name for (name,) in tap.rows(FUNCTIONS)] == [
        "accept_invitation",
        "me",
        "update_profile",
    ]


def test_a_column_that_nobody_declared_is_noticed(tap: Tap) -> None:
    tap.execute(
        "create or replace view portal.contacts with (security_invoker = on) as"
        " select k.*, 'Prefers mornings' as notes from private.portal_contacts() as k"
    )
    with pytest.raises(AssertionError):
        test_every_column_of_the_portal_is_declared_visible(tap)


def test_a_contact_sees_its_customer_and_none_of_the_secrets(
    tap: Tap, ours: Organization, make_org: MakeOrg
) -> None:
    theirs = make_org("Rival")
    open_portal(tap, theirs)
    furnish(tap, theirs)
    login = bring_in(tap, ours, ours.contacts[1])
    with tap.acting_as(login):
        seen = answers(tap)
    assert [row["customer_id"] for row in seen["customer"]] == [str(ours.customer)]
    assert seen["customer"][0]["notes"] == "Welcome"
    assert {row["id"] for row in seen["contacts"]} == {str(contact) for contact in ours.contacts}
    assert [row["number"] for row in seen["orders"]] == ["A-Acme"]
    assert [row["number"] for row in seen["invoices"]] == ["A-Acme"]
    assert seen["invoices"][0]["due_at"] is not None
    assert {row["type"] for row in seen["timeline"]} == {
        "order_placed",
        "invoice_issued",
        "portal_accepted",
    }
    assert [row["contact_id"] for row in seen["me"]] == [str(ours.contacts[1])]
    assert SECRET not in json.dumps(seen)
    assert str(theirs.id) not in json.dumps(seen)
    assert "B-Acme" not in json.dumps(seen)

    with tap.acting_as(login):
        for table in ("customers", "customer_contacts", "orders", "customer_activities"):
            tap.is_empty(f"select * from public.{table}")
        tap.throws("42501", None, "select * from private.portal_links()")


@pytest.mark.parametrize(
    "ending",
    [
        "select public.revoke_portal_access(%(contact)s)",
        "update public.customer_contacts set portal_access = false where id = %(contact)s",
        "update public.customer_contacts set user_id = null where id = %(contact)s",
        "update public.customers set portal_enabled = false where id = %(customer)s",
        "update public.customers set status = 'suspended' where id = %(customer)s",
        "delete from public.customer_contacts where id = %(contact)s",
    ],
)
def test_access_ends_with_the_statement_that_ends_it(
    tap: Tap, ours: Organization, ending: str
) -> None:
    login = bring_in(tap, ours, ours.contacts[1])
    with tap.acting_as(login):
        assert all(rows for rows in answers(tap).values())
    tap.connection.execute(
        ending.encode(), {"contact": ours.contacts[1], "customer": ours.customer}
    )
    with tap.acting_as(login):
        assert not any(rows for rows in answers(tap).values())
        tap.throws("PT404", "contact_not_found", UPDATE, {"phone": "1"})


def test_a_contact_of_a_group_does_not_see_its_companies(tap: Tap, ours: Organization) -> None:
    with tap.acting_as(ours.manager):
        child = tap.value(
            "select id from public.create_customer(%s)",
            {
                "organization_id": str(ours.id),
                "company_name": "Subsidiary",
                "parent_id": str(ours.customer),
                "portal_enabled": True,
            },
        )
    login = bring_in(tap, ours, ours.contacts[0])
    with tap.acting_as(login):
        assert str(child) not in json.dumps(answers(tap))


def test_the_portal_follows_a_merge(tap: Tap, ours: Organization) -> None:
    login = bring_in(tap, ours, ours.contacts[1])
    with tap.acting_as(ours.manager):
        target = tap.value(
            "select id from public.create_customer(%s)",
            {
                "organization_id": str(ours.id),
                "company_name": "Target",
                "portal_enabled": True,
            },
        )
        tap.execute("select public.merge_customers(%s, %s)", target, [ours.customer])
    with tap.acting_as(login):
        seen = answers(tap)
    assert {row["customer_id"] for row in seen["timeline"]} == {str(target)}
    assert [row["company_name"] for row in seen["me"]] == ["Target"]
    assert {row["type"] for row in seen["timeline"]} >= {"order_placed", "portal_accepted"}


def test_a_profile_is_changed_by_its_own_contact_and_recorded(tap: Tap, ours: Organization) -> None:
    login = bring_in(tap, ours, ours.contacts[1])
    changes = {"phone": " 030 1 ", "receives_marketing": True, "first_name": "Bobby"}
    with tap.acting_as(login):
        row = tap.value("select to_jsonb(portal.update_profile(%s))", changes)
        assert (row["phone"], row["receives_marketing"]) == ("030 1", True)
        assert tap.value(UPDATE, {"phone": None, "receives_marketing": None}) is None
    recorded = """
    select type, created_by, metadata -> 'changes' -> 'phone' from public.customer_activities
    where customer_id = %s and type = 'contact_updated' order by created_at desc
    """
    assert tap.rows(recorded, ours.customer)[0] == (
        "contact_updated",
        login,
        {"from": "030 1", "to": None},
    )
    assert contacts_of(tap, login) == [ours.contacts[1]]


@pytest.mark.parametrize(
    ("changes", "slug"),
    [
        ({"email": "other@example.com"}, "unknown_key"),
        ({"portal_access": True}, "unknown_key"),
        ({"is_primary": True}, "unknown_key"),
        ({"customer_id": "x"}, "unknown_key"),
        ({"notes": "x"}, "unknown_key"),
        ({"first_name": " "}, "first_name_required"),
        ({"last_name": None}, "last_name_required"),
        ({"phone": "1" * 101}, "too_long"),
        ({"phone": {"a": 1}}, None),
        ({"receives_marketing": "perhaps"}, "not_boolean"),
        ({"preferred_contact_method": "pigeon"}, "preferred_contact_method_invalid"),
    ],
)
def test_a_profile_takes_nothing_else(
    tap: Tap, ours: Organization, changes: dict[str, Any], slug: str | None
) -> None:
    login = bring_in(tap, ours, ours.contacts[1])
    with tap.acting_as(login):
        error = tap.error_of(UPDATE, changes)
    assert error is not None
    assert error.sqlstate == "PT422"
    assert slug is None or error.diag.message_detail == slug
    assert SECRET not in str(error)


def test_whoever_has_several_contacts_says_which(
    tap: Tap, ours: Organization, make_org: MakeOrg
) -> None:
    theirs = make_org("Rival")
    open_portal(tap, theirs)
    login = bring_in(tap, ours, ours.contacts[0])
    tap.execute(
        "update public.customer_contacts set email = "
        "(select email from auth.users where id = %s) where id = %s",
        login,
        theirs.contacts[0],
    )
    bring_in(tap, theirs, theirs.contacts[0], login)
    one = "select (portal.update_profile(%s, %s)).organization_name"
    with tap.acting_as(login):
        assert len(tap.rows(ME)) == 2
        tap.throws("PT422", "contact_required", UPDATE, {"phone": "1"})
        assert tap.value(one, {"phone": "1"}, theirs.contacts[0]) == "Rival"
        tap.throws("PT404", "contact_not_found", one, {"phone": "1"}, theirs.contacts[1])


def test_a_subdomain_tells_branding_and_nothing_of_the_customer(
    tap: Tap, ours: Organization
) -> None:
    resolve = "select public.resolve_portal(%s)"
    branding = {"color": "#aa3300", "logo_url": "https://acme.example/logo.png"}
    tap.execute(
        "update public.organizations set settings = %s where id = %s",
        {"branding": branding},
        ours.id,
    )
    name = f"shop-{UUID(int=ours.id.int).hex[:12]}"
    tap.execute(
        "update public.customers set portal_subdomain = %s where id = %s", name, ours.customer
    )
    with tap.acting_as(None):
        assert tap.value(resolve, f" {name.upper()} ") == {
            "organization_name": "Acme",
            "branding": branding,
        }
        tap.throws("PT404", "portal_not_found", resolve, "nobody-has-this")
    tap.execute("update public.customers set portal_enabled = false where id = %s", ours.customer)
    with tap.acting_as(None):
        tap.throws("PT404", "portal_not_found", resolve, name)


@pytest.mark.parametrize(
    "branding",
    [[], {"colour": "#aa3300"}, {"color": "red"}, {"logo_url": "javascript:alert(1)"}, None],
)
def test_branding_is_checked(tap: Tap, ours: Organization, branding: Any) -> None:
    change = "update public.organizations set settings = %s where id = %s"
    with tap.acting_as(ours.admin):
        tap.throws("PT422", "settings_invalid", change, {"branding": branding}, ours.id)
