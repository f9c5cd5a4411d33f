"""create_customer: a customer with its contacts, or nothing and the reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from organizations import ROLES, Organization
from races import committed_organization, open_tap, overlapping
from tap import Tap
from ts_customers.stack import StackStatus

MakeOrg = Callable[[str], Organization]
Row = dict[str, Any]

CREATE = "select id from public.create_customer(%s, %s)"
CREATE_ALONE = "select id from public.create_customer(%s)"
COUNT = "select count(*) from public.customers where organization_id = %s"
ANN = {"first_name": "Ann", "last_name": "Smith", "email": "ann@example.com"}
BOB = {"first_name": "Bob", "last_name": "Jones", "email": "bob@example.com"}


def customer(ours: Organization, **values: Any) -> Row:
    """A customer's values."""
    return {"organization_id": str(ours.id), "company_name": "New"} | values


def test_a_customer_is_created_with_its_contacts(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    values: Row = {
        "customer_number": "K-1",
        "external_id": "X-1",
        "parent_id": str(ours.customer),
        "display_name": "Newcomer",
        "tax_id": "DE1",
        "website": "https://new.example",
        "customer_type": "vip",
        "billing_address": {"line1": "1", "city": "B", "postal_code": "10117", "country": "DE"},
        "currency": "EUR",
        "settings": {"locale": "de"},
        "tags": ["a"],
        "notes": "n",
        "internal_notes": "i",
    }
    contacts = [ANN | {"role": "billing", "phone": "1"}, {}, BOB | {"is_primary": True}]
    with tap.acting_as(ours.member):
        added = tap.value(CREATE, customer(ours, **values), tap.json(contacts))
        ((stored,),) = tap.rows(
            "select to_jsonb(c) from public.customers as c where id = %s", added
        )
        assert {key: stored[key] for key in values} == values
        assert (stored["status"], stored["version"]) == ("active", 1)
        assert (stored["tier_id"], stored["created_by"]) == (str(ours.basic), str(ours.member))
        tap.results_eq(
            """
            select first_name, email, role, is_primary, phone, receives_order_updates
            from public.customer_contacts where customer_id = %s order by first_name
            """,
            [
                ("Ann", "ann@example.com", "billing", False, "1", True),
                ("Bob", "bob@example.com", "primary", True, None, True),
            ],
            added,
        )
        activities = """
        select type, count(*) from public.customer_activities where customer_id = %s
        group by type order by type
        """
        tap.results_eq(activities, [("contact_added", 2), ("customer_created", 1)], added)


def test_a_name_is_enough_and_null_means_absent(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    absent = dict.fromkeys(
        ("tier", "tier_id", "status", "tags", "settings", "billing_address", "currency"), None
    ) | dict.fromkeys(("payment_terms", "portal_enabled", "parent_id", "website"), None)
    with tap.acting_as(ours.member):
        bare = tap.value(CREATE_ALONE, {"company_name": "Bare"})
        full = tap.value(CREATE, customer(ours, company_name="Bare", **absent), tap.json([]))
        same = """
        select count(distinct to_jsonb(c) - array['id', 'customer_number'])
        from public.customers as c where id = any(%s)
        """
        assert tap.value(same, [bare, full]) == 1


@pytest.mark.parametrize("role", ROLES)
def test_members_create_customers_and_managers_choose_tier_and_status(
    tap: Tap, make_org: MakeOrg, role: str
) -> None:
    ours = make_org("Acme")
    rank = ROLES.index(role)
    cases: list[tuple[Row, str, Any]] = [
        ({}, "member", None),
        ({"status": "active"}, "member", None),
        ({"tier_id": str(ours.gold)}, "manager", ours.gold),
        ({"tier": " gOLD "}, "manager", ours.gold),
        ({"status": "suspended"}, "manager", None),
        ({"portal_subdomain": "acme"}, "manager", None),
        ({"portal_enabled": True}, "manager", None),
        ({"credit_limit": 5}, "admin", None),
        ({"payment_terms": 60}, "admin", None),
    ]
    with tap.acting_as(ours.login(role)):
        for values, needed, tier in cases:
            given = (customer(ours, **values), tap.json([]))
            if rank < ROLES.index(needed):
                tap.throws("42501", "role_required", CREATE, *given)
                continue
            added = tap.value(CREATE, *given)
            stored = "select tier_id from public.customers where id = %s"
            assert tap.value(stored, added) == (tier or ours.basic)
    with tap.acting_as(ours.login(role)):
        contact = [ANN | {"portal_access": True}]
        error = tap.error_of(CREATE, customer(ours), tap.json(contact))
        assert (error is None) == (rank >= ROLES.index("manager"))


def test_only_members_create_customers(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    with tap.acting_as(None):
        tap.throws("42501", None, CREATE_ALONE, customer(ours))
    with tap.acting_as(theirs.owner):
        tap.throws("PT404", "organization_not_found", CREATE_ALONE, customer(ours))
        tap.throws(
            "PT404", "organization_not_found", CREATE_ALONE, {"organization_id": "x", "a": 1}
        )
        assert tap.error_of(CREATE_ALONE, customer(theirs)) is None
    with tap.acting_as_service():
        assert tap.error_of(CREATE_ALONE, customer(ours)) is None
        tap.throws("PT422", "organization_required", CREATE_ALONE, {"company_name": "New"})


@pytest.mark.parametrize("value", [[], "New", None, 5])
def test_a_customer_is_an_object(tap: Tap, make_org: MakeOrg, value: Any) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        tap.throws("PT422", "not_an_object", CREATE_ALONE, tap.json(value))


def test_the_first_error_is_raised_with_the_number_of_the_others(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    before = tap.value(COUNT, ours.id)
    wrong = customer(ours, company_name=" ", website="x", currency="ZZZ")
    with tap.acting_as(ours.member):
        error = tap.throws("PT422", "company_name_required", CREATE_ALONE, wrong)
        told = "company_name: a company name is required (and 2 more)"
        assert error.diag.message_primary == told
        error = tap.throws("PT422", "website_invalid", CREATE_ALONE, customer(ours, website="x"))
        told = "website: a website starts with https:// or http://"
        assert error.diag.message_primary == told
        assert tap.value(COUNT, ours.id) == before


def test_what_is_taken_is_a_conflict_and_what_is_wrong_besides_is_not(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    taken: Row = {"external_id": "X-1", "customer_number": "K-1"}
    with tap.acting_as(ours.manager):
        tap.execute(CREATE, customer(ours, **taken, portal_subdomain="acme"), tap.json([ANN]))
        for values, slug in (
            ({"external_id": " X-1 "}, "external_id_taken"),
            ({"customer_number": "K-1"}, "customer_number_taken"),
            ({"portal_subdomain": "ACME"}, "subdomain_taken"),
        ):
            tap.throws("PT409", slug, CREATE_ALONE, customer(ours, **values))
        again = [BOB, ANN | {"email": "ANN@example.com"}]
        tap.throws("PT409", "email_taken", CREATE, customer(ours), tap.json(again))
        mixed = customer(ours, **taken, website="x")
        tap.throws("PT422", "website_invalid", CREATE_ALONE, mixed)
    with tap.acting_as(theirs.manager):
        tap.throws(
            "PT409", "subdomain_taken", CREATE_ALONE, customer(theirs, portal_subdomain="acme")
        )
        assert tap.error_of(CREATE, customer(theirs, **taken), tap.json([ANN])) is None


def test_a_wrong_contact_keeps_the_customer_out(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    before = tap.value(COUNT, ours.id)
    with tap.acting_as(ours.member):
        wrong = tap.json([ANN, BOB | {"email": "nonsense"}])
        tap.throws("PT422", "email_invalid", CREATE, customer(ours), wrong)
        assert tap.value(COUNT, ours.id) == before
        assert tap.error_of(CREATE, customer(ours), tap.json([ANN, BOB])) is None


@pytest.mark.parametrize(
    ("values", "contacts", "slug"),
    [
        ({"external_id": "X-1"}, [], "external_id_taken"),
        ({"customer_number": "K-1"}, [], "customer_number_taken"),
        ({"portal_subdomain": "{label}"}, [], "subdomain_taken"),
        ({}, [ANN], "email_taken"),
    ],
)
def test_whoever_is_second_at_once_gets_a_clean_conflict(
    stack: StackStatus, values: Row, contacts: list[Row], slug: str
) -> None:
    label = f"s{uuid4().hex}"
    given_values = {key: value.format(label=label) for key, value in values.items()}
    with committed_organization(stack, "Racing") as ours:

        def create(tap: Tap) -> None:
            with tap.acting_as(ours.manager):
                tap.execute(CREATE, customer(ours, **given_values), tap.json(contacts))

        error = overlapping(stack, create, create)

        assert error is not None
        assert (error.sqlstate, error.diag.message_detail) == ("PT409", slug)
        told = f"{error.diag.message_primary} {error.diag.message_hint}"
        assert not any(value in told for value in (*given_values.values(), "ann@example.com"))
        with open_tap(stack) as tap:
            assert tap.value(COUNT, ours.id) == 2
