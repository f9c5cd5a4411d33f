"""The plan of an import: which customer a row means, and what of it counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from organizations import Organization
from staging import Row, customers, imported, new_import, person, slugs, staged
from tap import Tap

MakeOrg = Callable[[str], Organization]

ADD = """
insert into public.customers
(organization_id, company_name, external_id, website, tax_id, notes, tags)
values (%s, %s, %s, 'https://old.example', 'DE1', 'old', '{a}') returning id
"""
ADD_CONTACT = """
insert into public.customer_contacts
(organization_id, customer_id, first_name, last_name, email, phone, notes)
values (%s, %s, 'Ada', 'Ott', %s, '1', null) returning id
"""
READ = "select website, tax_id, notes, version from public.customers where id = %s"
EMAILS = "select email from public.customer_contacts where customer_id = %s order by email"
IMPORTED = """
select count(*) from public.customer_activities where customer_id = %s and type = 'imported'
"""
COUNT = "select count(*) from public.customers where organization_id = %s"


def known(tap: Tap, ours: Organization, name: str = "Known") -> UUID:
    """A customer that is there, with external id E-1."""
    with tap.acting_as(ours.member):
        customer: UUID = tap.value(ADD, ours.id, name, "E-1")
    return customer


BY_ID = staged(person("one@known.example"), external_id="E-1", notes="from row 1")
BY_NAME = staged(person("two@known.example"), company_name="Known", website="https://two.example")


@pytest.mark.parametrize("apart", [0, 250])
@pytest.mark.parametrize("name_first", [False, True])
def test_of_two_rows_that_name_one_customer_by_different_keys_the_later_adds_its_contacts(
    tap: Tap, make_org: MakeOrg, apart: int, name_first: bool
) -> None:
    ours = make_org("Acme")
    customer = known(tap, ours)
    between = [staged(company_name=f"Between {n}") for n in range(apart)]  # in another batch
    first, second = (BY_NAME, BY_ID) if name_first else (BY_ID, BY_NAME)
    made = new_import(tap, ours, first, *between, second)
    planned = made.validate()
    report = made.commit()
    for told in (planned, report):
        assert told["customers"] == customers(created=apart, updated=1)
        assert told["contacts"] == customers(created=2)
        assert slugs(told["warnings"]) == [(apart + 2, "values_ignored")]
        assert told["errors"] == []
    values = (
        ("https://two.example", "DE1", "old")
        if name_first
        else (
            "https://old.example",
            "DE1",
            "from row 1",
        )
    )
    tap.results_eq(READ, [(*values, 2)], customer)
    tap.results_eq(EMAILS, [("one@known.example",), ("two@known.example",)], customer)
    tap.results_eq(IMPORTED, [(1,)], customer)


def test_rows_that_name_one_customer_by_different_keys_may_repeat_a_contact(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    customer = known(tap, ours)
    one, other = staged(person("a@a.example"), external_id="E-1"), person("A@a.example")
    report = imported(tap, ours, one, staged(other, company_name="Known"))
    assert (report["errors"], report["contacts"]) == ([], customers(created=1, unchanged=1))
    tap.results_eq(EMAILS, [("a@a.example",)], customer)


def test_a_row_that_repeats_an_earlier_one_is_not_warned_about(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    known(tap, ours)
    bare = staged(person("three@known.example"), external_id="E-1")
    report = imported(tap, ours, BY_ID, bare)
    assert report["warnings"] == []
    assert report["contacts"] == customers(created=2)


BLANKS = ["", " ", "\n", None]


@pytest.mark.parametrize("blank", BLANKS)
def test_a_blank_cell_changes_nothing(tap: Tap, make_org: MakeOrg, blank: Any) -> None:
    ours = make_org("Acme")
    customer = known(tap, ours)
    with tap.acting_as(ours.member):
        contact = tap.value(ADD_CONTACT, ours.id, customer, "ada@known.example")
    blanks: Row = dict.fromkeys(("website", "tax_id", "notes", "display_name", "tags"), blank)
    silent = person("ada@known.example", phone=blank, mobile=blank, notes=blank, role=blank)
    made = new_import(tap, ours, staged(silent, external_id="E-1", **blanks))
    for report in (made.validate(), made.commit()):
        assert report["errors"] == []
        assert report["customers"] == customers(unchanged=1)
        assert report["contacts"] == customers(unchanged=1)
    tap.results_eq(READ, [("https://old.example", "DE1", "old", 1)], customer)
    phone = "select phone from public.customer_contacts where id = %s"
    tap.results_eq(phone, [("1",)], contact)
    tap.results_eq(IMPORTED, [(0,)], customer)


def test_blanks_around_what_is_stored_are_no_change(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    customer = known(tap, ours)
    with tap.acting_as(ours.member):
        tap.execute(ADD_CONTACT, ours.id, customer, "ada@known.example")
    padded = {
        "external_id": " E-1\n",
        "company_name": "Known\t",
        "website": " https://old.example ",
        "tax_id": "DE1\n",
        "notes": "\told",
    }
    ada = person(" Ada@known.example ", first_name=" Ada", last_name="Ott\n", phone=" 1 ")
    made = new_import(tap, ours, staged(ada, **padded))
    for report in (made.validate(), made.commit()):
        assert report["customers"] == customers(unchanged=1)
        assert report["contacts"] == customers(unchanged=1)
    tap.results_eq(READ, [("https://old.example", "DE1", "old", 1)], customer)
    tap.results_eq(IMPORTED, [(0,)], customer)


REPEATED: list[Row] = [
    {"company_name": "Acme "},
    {"company_name": " Acme\n"},
    {"company_name": "\u00c9clair  GmbH"},
    {"company_name": "New", "external_id": " X 1 ", "website": "https://a.example "},
    {"company_name": "New", "website": "https://new.example/\n", "tax_id": "\tDE9"},
    {"company_name": "New", "notes": " a\nb ", "settings": {"locale": "de"}, "tags": ["b", "a"]},
    {"company_name": "New", "billing_address": {"line1": " 1 ", "country": "DE", "city": ""}},
    {"company_name": "New", "shipping_address": {"line1": "1", "city": "B", "country": "FR"}},
]


@pytest.mark.parametrize("values", REPEATED, ids=repr)
def test_a_row_that_is_imported_again_is_unchanged(
    tap: Tap, make_org: MakeOrg, values: Row
) -> None:
    ours = make_org("Acme")
    ada = person(" Ada@new.example", phone=" 1 ", notes="", role="billing ")
    assert imported(tap, ours, staged(ada, **values))["customers"] == customers(created=1)
    before = tap.value(COUNT, ours.id)
    made = new_import(tap, ours, staged(ada, **values))
    for report in (made.validate(), made.commit()):
        assert report["errors"] == []
        assert report["customers"] == customers(unchanged=1)
        assert report["contacts"] == customers(unchanged=1)
    assert tap.value(COUNT, ours.id) == before


def test_a_value_is_set_where_the_file_gives_one(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    customer = known(tap, ours)
    report = imported(tap, ours, staged(external_id="E-1", notes=" new ", website=""))
    assert report["customers"] == customers(updated=1)
    tap.results_eq(READ, [("https://old.example", "DE1", "new", 2)], customer)


def test_a_stored_name_with_blanks_around_it_is_found(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    customer = known(tap, ours, name=" Known\n")
    name = "select company_name from public.customers where id = %s"
    tap.results_eq(name, [("Known",)], customer)
    assert imported(tap, ours, BY_NAME)["customers"] == customers(updated=1)


def test_a_contact_is_not_lost_with_a_refused_row_that_named_it_first(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    customer = known(tap, ours)
    with tap.acting_as(ours.member):
        tap.execute(ADD_CONTACT, ours.id, ours.customer, "taken@acme.example")
    two = [person("new@known.example"), person("taken@acme.example")]
    rows = [staged(external_id="E-1"), staged(*two, external_id="E-1")]
    rows.append(staged(two[0], external_id="E-1"))
    report = imported(tap, ours, *rows)
    assert slugs(report["errors"]) == [(2, "email_taken")]
    assert report["contacts"] == customers(created=1)
    tap.results_eq(EMAILS, [("new@known.example",)], customer)
