"""Contacts alone: matched to their customers, which stay as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from organizations import Organization
from staging import UNDO, Row, customers, imported, new_import, person, slugs, staged
from tap import Tap

MakeOrg = Callable[[str], Organization]

ADD = """
insert into public.customers
(organization_id, company_name, external_id, customer_number, website)
values (%s, %s, %s, %s, 'https://old.example') returning id
"""
ADD_CONTACT = """
insert into public.customer_contacts
(organization_id, customer_id, first_name, last_name, email, phone)
values (%s, %s, 'Ada', 'Ott', %s, '1') returning id
"""
CUSTOMER = "select to_jsonb(c) from public.customers as c where id = %s"
CONTACTS = """
select email, first_name, last_name, phone from public.customer_contacts
where customer_id = %s order by email
"""
IMPORTED = """
select title, metadata from public.customer_activities
where customer_id = %s and type = 'imported'
"""
COUNT = "select count(*) from public.customers where organization_id = %s"
REMOVE = "delete from public.customer_contacts where id = %s"
RENAME = "update public.customers set company_name = 'Renamed' where id = %s"


def known(tap: Tap, ours: Organization, name: str = "Known", key: str = "1") -> UUID:
    """A customer that is there, with external id E-{key} and number N-{key}."""
    customer: UUID = tap.value(ADD, ours.id, name, f"E-{key}", f"N-{key}")
    return customer


KEYS: list[Row] = [
    {"external_id": "E-1"},
    {"customer_number": "N-1"},
    {"company_name": "KNOWN "},
    {"external_id": "E-1", "customer_number": "N-1", "company_name": "Another name"},
]


@pytest.mark.parametrize("keys", KEYS)
def test_a_contact_goes_to_the_customer_that_its_row_names(
    tap: Tap, make_org: MakeOrg, keys: Row
) -> None:
    ours = make_org("Acme")
    customer, other = known(tap, ours), known(tap, ours, "Other", "2")
    before = tap.value(CUSTOMER, customer)
    row = staged(person("ada@known.example"), **keys, website="https://new.example", notes="new")
    made = new_import(tap, ours, row, entity="contacts")
    for report in (made.validate(), made.commit()):
        assert (report["errors"], report["warnings"]) == ([], [])
        assert report["customers"] == customers(unchanged=1)
        assert report["contacts"] == customers(created=1)
    assert tap.value(CUSTOMER, customer) == before
    tap.results_eq(CONTACTS, [("ada@known.example", "Ada", "Ott", None)], customer)
    tap.is_empty(CONTACTS, other)
    told = ("Updated by import of a.csv", {"row": 1, "action": "unchanged"})
    tap.results_eq(IMPORTED, [told], customer)


def test_a_contact_is_found_by_its_own_address_where_nothing_names_its_customer(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    customer = known(tap, ours)
    tap.execute(ADD_CONTACT, ours.id, customer, "ada@known.example")
    rows = [staged({"email": "ADA@known.example", "phone": "2"} | NAMES)]
    rows += [staged(person("nobody@known.example"))]
    report = imported(tap, ours, *rows, entity="contacts")
    assert slugs(report["errors"]) == [(2, "no_match")]
    tap.results_eq(CONTACTS, [("ada@known.example", "Ada", "Ott", "2")], customer)


NAMES = {"first_name": "Ada", "last_name": "Ott"}
UNFIT: list[tuple[Row, Row, list[str]]] = [
    ({"external_id": "E-9"}, person("new@known.example"), ["no_match"]),
    ({"company_name": "Nobody"}, person("new@known.example"), ["no_match"]),
    ({}, person("new@known.example"), ["no_match"]),
    ({"company_name": "Twin"}, person("new@known.example"), ["match_ambiguous"]),
    ({"external_id": "E-1"}, person("taken@other.example"), ["email_taken"]),
    ({"company_name": "Nobody"}, person("taken@other.example"), ["no_match", "email_taken"]),
    ({"external_id": "E-1"}, {}, ["email_required"]),
    ({"external_id": "E-1"}, person(""), ["email_required"]),
]


@pytest.mark.parametrize(("keys", "contact", "expected"), UNFIT, ids=repr)
def test_a_contact_without_its_customer_is_refused(
    tap: Tap, make_org: MakeOrg, keys: Row, contact: Row, expected: list[str]
) -> None:
    ours = make_org("Acme")
    customer = known(tap, ours)
    tap.execute(ADD_CONTACT, ours.id, known(tap, ours, "Twin", "2"), "taken@other.example")
    known(tap, ours, "Twin", "3")
    count = tap.value(COUNT, ours.id)
    good = staged(person("good@known.example"), external_id="E-1")
    made = new_import(tap, ours, staged(contact, **keys), good, entity="contacts")
    for report in (made.validate(), made.commit()):
        assert slugs(report["errors"]) == [(1, slug) for slug in expected]
        assert report["contacts"] == customers(created=1)
    tap.results_eq(CONTACTS, [("good@known.example", "Ada", "Ott", None)], customer)
    assert tap.value(COUNT, ours.id) == count


MODES = [
    ("insert", [(1, "already_exists")], customers(created=1)),
    ("update", [(2, "no_match")], customers(updated=1)),
    ("upsert", [], customers(created=1, updated=1)),
]


@pytest.mark.parametrize(("mode", "errors", "counts"), MODES)
def test_modes_are_about_the_contacts(
    tap: Tap, make_org: MakeOrg, mode: str, errors: list[Any], counts: Row
) -> None:
    ours = make_org("Acme")
    customer = known(tap, ours)
    tap.execute(ADD_CONTACT, ours.id, customer, "ada@known.example")
    rows = [
        staged(person(f"{n}@known.example", phone="2"), external_id="E-1") for n in ("ADA", "b")
    ]
    made = new_import(tap, ours, *rows, entity="contacts", mode=mode)
    for report in (made.validate(), made.commit()):
        assert slugs(report["errors"]) == errors
        assert [e["value"] for e in report["errors"]] == [
            {1: "ADA@known.example", 2: "b@known.example"}[row] for row, _ in errors
        ]
        assert report["contacts"] == counts
        assert report["customers"] == customers(unchanged=1)


def test_a_mode_holds_for_what_others_have_done_since_the_plan(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    customer = known(tap, ours)
    there = tap.value(ADD_CONTACT, ours.id, customer, "gone@known.example")
    rows = [staged(person(f"{n}@known.example", phone="2"), external_id="E-1") for n in ("a", "b")]
    gone = [staged(person("gone@known.example", phone="2"), external_id="E-1")]
    inserts = new_import(tap, ours, *rows, entity="contacts", mode="insert")
    updates = new_import(tap, ours, *gone, entity="contacts", mode="update")
    assert inserts.validate()["rejected"] == updates.validate()["rejected"] == 0
    tap.execute(ADD_CONTACT, ours.id, customer, "a@known.example")
    tap.execute(REMOVE, there)

    inserted, updated = inserts.commit(), updates.commit()

    assert slugs(inserted["errors"]) == [(1, "already_exists")]
    assert inserted["contacts"] == customers(created=1)
    assert slugs(updated["errors"]) == [(1, "no_match")]
    assert updated["contacts"] == customers()
    expected = [("a@known.example", "Ada", "Ott", "1"), ("b@known.example", "Ada", "Ott", "2")]
    tap.results_eq(CONTACTS, expected, customer)


def test_a_contact_that_is_refused_costs_no_other_of_its_customer(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    customer, other = known(tap, ours), known(tap, ours, "Other", "2")
    addresses = [("E-2", "shared"), ("E-1", "shared"), ("E-1", "b"), ("E-1", "c"), ("E-1", "C")]
    rows = [staged(person(f"{n}@known.example"), external_id=key) for key, n in addresses]
    made = new_import(tap, ours, *rows, entity="contacts")
    for report in (made.validate(), made.commit()):
        assert slugs(report["errors"]) == [(2, "email_repeated")]
        assert report["warnings"] == []
        assert report["contacts"] == customers(created=3, unchanged=1)
        assert report["customers"] == customers(unchanged=2)
    found = [row[0] for row in tap.rows(CONTACTS, customer)]
    assert found == ["b@known.example", "c@known.example"]
    tap.results_eq(CONTACTS, [("shared@known.example", "Ada", "Ott", None)], other)


def test_a_contact_that_comes_twice_with_other_values_is_warned_about(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    customer = known(tap, ours)
    phones = ["1", "2", None]
    rows = [staged(person("a@known.example", phone=phone), external_id="E-1") for phone in phones]
    report = imported(tap, ours, *rows, entity="contacts")
    assert slugs(report["warnings"]) == [(2, "values_ignored")]
    assert report["contacts"] == customers(created=1, unchanged=2)
    tap.results_eq(CONTACTS, [("a@known.example", "Ada", "Ott", "1")], customer)


def test_a_contact_whose_first_row_is_refused_late_is_taken_from_the_next(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    customer = known(tap, ours)
    two = [person("late@known.example"), person("a@known.example")]
    rows = [staged(*two, external_id="E-1"), staged(two[1], external_id="E-1")]
    made = new_import(tap, ours, *rows, entity="contacts")
    assert made.validate()["contacts"] == customers(created=2, unchanged=1)
    tap.execute(ADD_CONTACT, ours.id, known(tap, ours, "Other", "2"), "late@known.example")

    assert slugs(made.commit()["errors"]) == [(1, "email_taken")]

    tap.results_eq(CONTACTS, [("a@known.example", "Ada", "Ott", None)], customer)


def test_undoing_takes_contacts_back_whatever_became_of_their_customer(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    customer = known(tap, ours)
    tap.execute(ADD_CONTACT, ours.id, customer, "a@known.example")
    before = tap.rows(CONTACTS, customer)
    rows = [staged(person(f"{n}@known.example", phone="2"), external_id="E-1") for n in ("a", "b")]
    made = new_import(tap, ours, *rows, entity="contacts")
    made.validate()
    assert made.commit()["contacts"] == customers(created=1, updated=1)
    tap.execute(RENAME, customer)

    made.finish(UNDO, "undone")

    assert made.report()["undone"]["restored"] == 2
    assert tap.rows(CONTACTS, customer) == before
    assert tap.value(CUSTOMER, customer)["company_name"] == "Renamed"


ENTITIES = {
    "customers": customers(created=1, updated=1),
    "contacts": customers(unchanged=2),
}


def test_what_the_client_has_named_keeps_the_name_that_it_has(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    customer = known(tap, ours)
    tap.execute(ADD_CONTACT, ours.id, customer, "ada@known.example")
    made_up = {"first_name": "info", "last_name": "Known", "phone": "2"}
    rows = [
        staged({"email": f"{name}@known.example"} | made_up, external_id="E-1") | {"named": [0]}
        for name in ("ada", "new")
    ]
    for entity, counts in ENTITIES.items():
        report = imported(tap, ours, *rows, entity=entity)
        assert (report["errors"], report["contacts"]) == ([], counts)
        expected = [("ada@known.example", "Ada", "Ott", "2")]
        expected += [("new@known.example", "info", "Known", "2")]
        tap.results_eq(CONTACTS, expected, customer)
