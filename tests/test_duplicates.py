"""Finding customers that may be one company."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from organizations import Organization
from tap import Tap

MakeOrg = Callable[[str], Organization]

ADD = "select id from public.create_customer(%s, %s)"
FIND = """
select a.company_name, b.company_name, d.reasons, d.similarity::float
from public.find_duplicate_customers(%s, %s::numeric) as d
inner join public.customers as a on a.id = d.customer_id
inner join public.customers as b on b.id = d.other_id
"""
PAGE = "select * from public.find_duplicate_customers(%s, 0, %s, %s)"
BARE = "select private.bare_name(%s)"


@pytest.fixture
def ours(make_org: MakeOrg) -> Organization:
    """An organization with one customer."""
    return make_org("Acme")


def add(tap: Tap, ours: Organization, name: str, *people: dict[str, Any], **fields: Any) -> UUID:
    """A customer with these contacts, each given by what is not made up."""
    made_up = {"first_name": "A", "last_name": "B"}
    contacts = [made_up | {"email": f"{uuid4().hex}@gmail.com"} | each for each in people]
    customer = {"organization_id": str(ours.id), "company_name": name, **fields}
    with tap.acting_as(ours.member):
        customer_id: UUID = tap.value(ADD, customer, tap.json(contacts))
    return customer_id


def found(
    tap: Tap, ours: Organization, min_similarity: float = 0
) -> dict[frozenset[str], list[str]]:
    """Which customers were found, by name, and why."""
    with tap.acting_as(ours.manager):
        rows = tap.rows(FIND, ours.id, min_similarity)
    pairs = {frozenset(row[:2]): row[2] for row in rows}
    assert len(pairs) == len(rows)
    return pairs


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"tax_id": "DE 123.456-789"}, {"tax_id": "de123456789"}),
        ({"tax_id": "12-3456789"}, {"tax_id": "12 3456789"}),
    ],
)
def test_a_tax_id_is_compared_by_letters_and_digits(
    tap: Tap, ours: Organization, one: dict[str, str], other: dict[str, str]
) -> None:
    add(tap, ours, "Northwind", **one)
    add(tap, ours, "Contoso", **other)
    add(tap, ours, "Fabrikam", tax_id="n/a")
    add(tap, ours, "Tailspin", tax_id="N/A")
    assert found(tap, ours) == {frozenset({"Northwind", "Contoso"}): ["tax_id"]}


def test_a_website_and_an_address_are_compared_by_their_domain(
    tap: Tap, ours: Organization
) -> None:
    add(tap, ours, "Northwind", website="https://WWW.Northwind.example/about?x=1")
    add(tap, ours, "Contoso", {"email": "Info@northwind.EXAMPLE"})
    assert found(tap, ours) == {frozenset({"Northwind", "Contoso"}): ["domain"]}


@pytest.mark.parametrize("domain", ["gmail.com", "GMX.de", "hotmail.co.uk", "qq.com"])
def test_who_shares_a_provider_of_free_mail_shares_nothing(
    tap: Tap, ours: Organization, domain: str
) -> None:
    for name in ("Northwind", "Contoso"):
        add(tap, ours, name, {"email": f"{name}@{domain}"})
    assert found(tap, ours) == {}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+49 (30) 1234-567", "030 1234567"),
        ("+1 415 555 2671", "(415) 555-2671 ext. 12"),
        ("555-2671", "5552671"),
    ],
)
def test_a_phone_is_compared_by_its_last_digits(
    tap: Tap, ours: Organization, one: str, other: str
) -> None:
    add(tap, ours, "Northwind", {"phone": one})
    add(tap, ours, "Contoso", {"mobile": other})
    add(tap, ours, "Fabrikam", {"phone": "12"})
    add(tap, ours, "Tailspin", {"phone": "12"})
    assert found(tap, ours) == {frozenset({"Northwind", "Contoso"}): ["phone"]}


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("Müller & Söhne G.m.b.H. & Co. KG", "muller sohne"),
        ("株式会社トヨタ", "トヨタ"),
        ("トヨタ㈱", "トヨタ"),
        ("有限会社 山田", "山田"),
        ("S. A. Dupont S.A.R.L.", "dupont"),
        ("ACME, Inc.", "acme"),
        ("O'Neill Ltd", "oneill"),
        ("Novo A/S", "novo"),
        ("Budimex Sp. z o.o.", "budimex"),
        ("AB Volvo Oy", "volvo"),
        ("Limited", "limited"),
    ],
)
def test_accents_case_punctuation_and_legal_forms_are_no_part_of_a_name(
    tap: Tap, name: str, bare: str
) -> None:
    assert tap.value(BARE, name) == bare


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller Bau GmbH", "MULLER BAU AG"),
        ("Bau Müller", "Müller Bau"),
        ("Globex", "Globx"),
        ("Northwind Traders", "Nortwind Traders"),
        ("Northwind Traders", "Northwind Tradres Inc."),
        ("株式会社トヨタ自動車", "トヨタ自動車"),
        ("Northwind Traders", "Northwind Traders UK"),
    ],
)
def test_similar_names_are_found(tap: Tap, ours: Organization, one: str, other: str) -> None:
    add(tap, ours, one)
    add(tap, ours, other)
    assert found(tap, ours) == {frozenset({one, other}): ["name"]}


def test_a_display_name_counts_as_a_name(tap: Tap, ours: Organization) -> None:
    add(tap, ours, "Holding 17 GmbH", display_name="Northwind Ltd")
    add(tap, ours, "Another One", display_name="Northwind Inc.")
    assert found(tap, ours) == {frozenset({"Holding 17 GmbH", "Another One"}): ["name"]}


def test_different_names_are_not_found(tap: Tap, ours: Organization) -> None:
    for name in ("Northwind Traders", "Northern Lights", "Globex", "Initech", "Bau GmbH", "AG"):
        add(tap, ours, name)
    assert found(tap, ours) == {}


def test_what_speaks_for_a_pair_adds_up_and_the_strongest_comes_first(
    tap: Tap, ours: Organization
) -> None:
    add(tap, ours, "Northwind", tax_id="DE1234567", website="https://northwind.example")
    add(tap, ours, "Northwind AG", tax_id="DE1234567", website="http://northwind.example")
    with tap.acting_as(ours.manager):
        ((_, _, reasons, similarity),) = tap.rows(FIND, ours.id, 0.99)
    assert (reasons, similarity) == (["tax_id", "name", "domain"], 0.998)
    assert found(tap, ours, 1) == {}


def test_a_pair_in_two_currencies_says_so(tap: Tap, ours: Organization) -> None:
    add(tap, ours, "Northwind", currency="EUR")
    add(tap, ours, "Northwind AG", currency="CHF")
    assert found(tap, ours) == {
        frozenset({"Northwind", "Northwind AG"}): ["name", "currency_differs"]
    }


def test_companies_of_a_group_share_domains_without_being_the_same(
    tap: Tap, ours: Organization
) -> None:
    group = add(tap, ours, "Umbrella", website="https://umbrella.example")
    for name in ("Raccoon", "Hive"):
        add(tap, ours, name, website="https://umbrella.example", parent_id=str(group))
    assert found(tap, ours) == {}
    tap.execute("update public.customers set tax_id = 'X1' where organization_id = %s", ours.id)
    assert found(tap, ours)[frozenset({"Raccoon", "Hive"})] == ["tax_id"]


@pytest.mark.parametrize("gone", ["merged_into = %(kept)s", "erased_at = now()"])
def test_what_was_merged_or_erased_is_left_out(tap: Tap, ours: Organization, gone: str) -> None:
    ids = {"kept": add(tap, ours, "Northwind"), "gone": add(tap, ours, "Northwind AG")}
    assert len(found(tap, ours)) == 1
    tap.connection.execute(f"update public.customers set {gone} where id = %(gone)s".encode(), ids)
    assert found(tap, ours) == {}


def test_what_very_many_share_is_no_evidence(tap: Tap, ours: Organization) -> None:
    for number in range(51):
        add(tap, ours, f"Company {number:03} {uuid4().hex}", website="https://agency.example")
    assert not [reasons for reasons in found(tap, ours).values() if "domain" in reasons]
    tap.execute(
        "update public.customers set website = null where organization_id = %s "
        "and company_name like 'Company 000%%'",
        ours.id,
    )
    domain = [reasons for reasons in found(tap, ours).values() if "domain" in reasons]
    assert len(domain) == 50  # of 1,225, a page


def test_a_change_is_seen_at_once(tap: Tap, ours: Organization) -> None:
    one = add(tap, ours, "Northwind", {"email": "a@northwind.example"})
    add(tap, ours, "Contoso", {"email": "b@northwind.example"})
    assert len(found(tap, ours)) == 1
    with tap.acting_as(ours.member):
        tap.execute("delete from public.customer_contacts where customer_id = %s", one)
        assert found(tap, ours) == {}
        tap.execute("update public.customers set company_name = 'Contosso' where id = %s", one)
        assert found(tap, ours) == {frozenset({"Contosso", "Contoso"}): ["name"]}


def test_pages_neither_skip_nor_repeat_while_customers_change(tap: Tap, ours: Organization) -> None:
    for number in range(6):
        for form in ("AG", "GmbH", "Ltd"):
            add(tap, ours, f"{'qwerty'[number] * 8} {form}")
    with tap.acting_as(ours.manager):
        whole = [row[:2] for row in tap.rows(PAGE, ours.id, 200, None)]
        walked: list[Any] = []
        cursor = None
        while rows := tap.rows(PAGE, ours.id, 2, cursor):
            walked += [row[:2] for row in rows]
            cursor = rows[-1][4]
            add(tap, ours, f"New {uuid4().hex}")
    assert len(whole) == 18
    assert walked == whole
    assert walked == sorted(walked)
    assert all(one < other for one, other in walked)


def test_another_organizations_customers_are_no_duplicates(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    for organization in (ours, theirs):
        add(tap, organization, "Northwind", tax_id="DE1234567")
    assert found(tap, ours) == found(tap, theirs) == {}


def test_only_managers_may_ask_and_wrong_questions_are_refused(
    tap: Tap, ours: Organization
) -> None:
    made_up = tap.value("select private.encode_cursor('duplicates', 'x', gen_random_uuid())")
    with tap.acting_as(ours.member):
        tap.throws("42501", "role_required", PAGE, ours.id, 50, None)
    with tap.acting_as(ours.manager):
        tap.is_empty("select * from public.find_duplicate_customers()")
        for wrong in (-0.1, 1.1, float("nan"), None):
            tap.throws("PT422", "similarity_invalid", FIND, ours.id, wrong)
        tap.throws("PT422", "page_size_invalid", PAGE, ours.id, 0, None)
        tap.throws("PT422", "cursor_invalid", PAGE, ours.id, 50, "x")
        tap.throws("PT422", "cursor_invalid", PAGE, ours.id, 50, made_up)
