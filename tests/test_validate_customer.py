"""validate_customer: every error at once, by path, and the same that create_customer raises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from organizations import Organization
from tap import Tap

MakeOrg = Callable[[str], Organization]
Row = dict[str, Any]

VALIDATE = "select path, slug from public.validate_customer(%s, %s)"
MESSAGES = "select message from public.validate_customer(%s, %s)"
CREATE = "select public.create_customer(%s, %s)"
ANN = {"first_name": "Ann", "last_name": "Smith", "email": "ann@example.com"}
BOB = {"first_name": "Bob", "last_name": "Jones", "email": "bob@example.com"}

# Values of a customer named New, its contacts, and every error by path and slug.
CASES: list[tuple[Row, Any, list[tuple[str, str]]]] = [
    ({}, [], []),
    ({}, [ANN, {}, BOB], []),
    ({"company_name": None}, [], [("company_name", "company_name_required")]),
    ({"company_name": "  "}, [], [("company_name", "company_name_required")]),
    ({"company_name": 5}, [], [("company_name", "not_text")]),
    ({"colour": "red"}, [], [("colour", "unknown_field")]),
    ({"id": "x", "version": 1}, [], [("id", "unknown_field"), ("version", "unknown_field")]),
    ({"notes": ["x"]}, [], [("notes", "not_text")]),
    ({"website": "new.example"}, [], [("website", "website_invalid")]),
    ({"website": " "}, [], []),
    ({"status": "asleep"}, [], [("status", "status_invalid")]),
    ({"customer_type": "VIP"}, [], [("customer_type", "customer_type_invalid")]),
    ({"credit_limit": -1}, [], [("credit_limit", "credit_limit_invalid")]),
    ({"credit_limit": 1000000.01}, [], [("credit_limit", "credit_limit_invalid")]),
    ({"credit_limit": "much"}, [], [("credit_limit", "credit_limit_invalid")]),
    ({"credit_limit": True}, [], [("credit_limit", "credit_limit_invalid")]),
    ({"credit_limit": [5]}, [], [("credit_limit", "credit_limit_invalid")]),
    ({"credit_limit": 1000000}, [], []),
    ({"payment_terms": 366}, [], [("payment_terms", "payment_terms_invalid")]),
    ({"payment_terms": 1.5}, [], [("payment_terms", "payment_terms_invalid")]),
    ({"payment_terms": 0}, [], []),
    ({"currency": "eur"}, [], [("currency", "currency_invalid")]),
    ({"currency": "XXX"}, [], [("currency", "currency_invalid")]),
    ({"tags": "a"}, [], [("tags", "tags_invalid")]),
    ({"tags": {"a": 1}}, [], [("tags", "tags_invalid")]),
    ({"tags": ["a", ""]}, [], [("tags", "tags_invalid")]),
    ({"tags": [1]}, [], [("tags", "tags_invalid")]),
    ({"tags": [None]}, [], [("tags", "tags_invalid")]),
    ({"tags": [["a"]]}, [], [("tags", "tags_invalid")]),
    ({"tags": [["a"], ["b"]]}, [], [("tags", "tags_invalid")]),
    ({"portal_enabled": "yes"}, [], [("portal_enabled", "portal_enabled_invalid")]),
    ({"portal_subdomain": "www"}, [], [("portal_subdomain", "portal_subdomain_invalid")]),
    ({"portal_subdomain": "a b"}, [], [("portal_subdomain", "portal_subdomain_invalid")]),
    ({"settings": {"carrier": 1}}, [], [("settings", "settings_invalid")]),
    ({"settings": []}, [], [("settings", "settings_invalid")]),
    ({"parent_id": "nobody"}, [], [("parent_id", "parent_not_found")]),
    ({"parent_id": str(uuid4())}, [], [("parent_id", "parent_not_found")]),
    ({"tier_id": "gold"}, [], [("tier_id", "tier_not_found")]),
    ({"tier_id": str(uuid4())}, [], [("tier_id", "tier_not_found")]),
    ({"tier": "Platinum"}, [], [("tier", "tier_not_found")]),
    ({"tier": "gold"}, [], []),
    ({"billing_address": "x"}, [], [("billing_address", "address_invalid")]),
    ({"billing_address": {"line1": "x"}}, [], [("billing_address.country", "address_invalid")]),
    (
        {"shipping_address": {"line1": "x", "country": "DE", "postal_code": "1"}},
        [],
        [
            ("shipping_address.city", "address_invalid"),
            ("shipping_address.postal_code", "address_invalid"),
        ],
    ),
    ({"billing_address": {"line1": "x", "unverified": True}}, [], []),
    (
        {"billing_address": {"line1": ["x"], "unverified": True}},
        [],
        [("billing_address", "address_invalid")],
    ),
    ({}, {}, [("contacts", "contacts_invalid")]),
    ({}, None, [("contacts", "contacts_invalid")]),
    ({}, [ANN, None], [("contacts", "contacts_invalid")]),
    ({}, [[ANN]], [("contacts", "contacts_invalid")]),
    (
        {},
        [{"phone": "1"}],
        [
            ("contacts.0.email", "email_required"),
            ("contacts.0.first_name", "first_name_required"),
            ("contacts.0.last_name", "last_name_required"),
        ],
    ),
    ({}, [ANN, BOB | {"email": "b"}], [("contacts.1.email", "email_invalid")]),
    ({}, [ANN | {"role": "boss"}], [("contacts.0.role", "contact_role_invalid")]),
    (
        {},
        [ANN | {"preferred_contact_method": "pigeon"}],
        [("contacts.0.preferred_contact_method", "preferred_contact_method_invalid")],
    ),
    ({}, [ANN | {"is_primary": "yes"}], [("contacts.0.is_primary", "not_boolean")]),
    ({}, [ANN | {"phone": 5}], [("contacts.0.phone", "not_text")]),
    ({}, [ANN | {"user_id": "x"}], [("contacts.0.user_id", "unknown_field")]),
    ({}, [ANN, {}, ANN | {"email": "ANN@example.com "}], [("contacts.2.email", "email_repeated")]),
    ({}, [ANN | {"is_primary": True}, BOB], []),
    (
        {},
        [ANN | {"is_primary": True}, BOB | {"role": "primary"}],
        [("contacts", "primary_repeated")],
    ),
    (
        {},
        [
            ANN,
            BOB | {"is_primary": True},
            BOB | {"email": "cid@example.com", "is_primary": True},
        ],
        [("contacts", "primary_repeated")],
    ),
]


@pytest.fixture
def ours(make_org: MakeOrg) -> Organization:
    return make_org("Acme")


def test_every_error_is_found_and_the_first_is_what_create_raises(
    tap: Tap, ours: Organization, subtests: pytest.Subtests
) -> None:
    with tap.acting_as(ours.admin):
        for values, contacts, errors in CASES:
            given = ({"company_name": "New"} | values, tap.json(contacts))
            with subtests.test(values=values, contacts=contacts):
                found = tap.rows(VALIDATE, *given)
                assert sorted(found) == errors
                if errors:
                    tap.throws("PT422", found[0][1], CREATE, *given)
                else:
                    assert tap.error_of(CREATE, *given) is None


def test_all_errors_come_at_once_each_with_a_message(tap: Tap, ours: Organization) -> None:
    wrong = {"website": "x", "currency": "?", "tags": [""], "tier": "None", "nickname": "N"}
    contacts = tap.json([ANN | {"email": "x"}, BOB | {"role": "boss"}])
    with tap.acting_as(ours.member):
        assert {path for path, _ in tap.rows(VALIDATE, wrong, contacts)} == {
            "company_name", "website", "currency", "tags", "tier", "nickname",
            "contacts.0.email", "contacts.1.role",
        }  # fmt: skip
        messages = [message for (message,) in tap.rows(MESSAGES, wrong, contacts)]
        assert len(messages) == 8
        assert all(messages)


def test_what_is_taken_is_found_too(tap: Tap, make_org: MakeOrg, ours: Organization) -> None:
    theirs = make_org("Rival")
    taken: Row = {"company_name": "One", "external_id": "X-1", "customer_number": "K-1"}
    taken |= {"portal_subdomain": "acme"}
    with tap.acting_as(ours.manager):
        tap.execute(CREATE, taken, tap.json([ANN]))
        assert sorted(tap.rows(VALIDATE, taken, tap.json([BOB, ANN]))) == [
            ("contacts.1.email", "email_taken"),
            ("customer_number", "customer_number_taken"),
            ("external_id", "external_id_taken"),
            ("portal_subdomain", "subdomain_taken"),
        ]
        blank = {"company_name": "Two", "external_id": " ", "customer_number": ""}
        tap.is_empty(VALIDATE, blank, tap.json([]))
    with tap.acting_as(theirs.manager):  # of another organization nothing but the subdomain is told
        found = [("portal_subdomain", "subdomain_taken")]
        tap.results_eq(VALIDATE, found, taken, tap.json([ANN]))


def test_what_belongs_to_another_organization_is_not_there(
    tap: Tap, make_org: MakeOrg, ours: Organization
) -> None:
    theirs = make_org("Rival")
    given: Row = {"company_name": "New", "organization_id": str(ours.id)}
    given |= {"parent_id": str(theirs.customer), "tier_id": str(theirs.gold)}
    with tap.acting_as(ours.manager):
        found = [("parent_id", "parent_not_found"), ("tier_id", "tier_not_found")]
        tap.results_eq(VALIDATE, found, given, tap.json([]))
        own = given | {"parent_id": str(ours.customer), "tier_id": str(ours.gold)}
        tap.is_empty(VALIDATE, own, tap.json([]))


def test_validating_writes_nothing_and_is_for_members(
    tap: Tap, make_org: MakeOrg, ours: Organization
) -> None:
    theirs = make_org("Rival")
    count = "select count(*) from public.customers"
    before = tap.value(count)
    given = ({"company_name": "New", "organization_id": str(ours.id)}, tap.json([ANN]))
    with tap.acting_as(ours.viewer):
        tap.throws("42501", "role_required", VALIDATE, *given)
    with tap.acting_as(theirs.owner):
        tap.throws("PT404", "organization_not_found", VALIDATE, *given)
    with tap.acting_as(None):
        tap.throws("42501", None, VALIDATE, *given)
    with tap.acting_as(ours.member):
        tap.is_empty(VALIDATE, *given)
        tap.throws("PT422", "not_an_object", VALIDATE, tap.json([]), tap.json([]))
    assert tap.value(count) == before
