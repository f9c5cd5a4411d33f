"""Searching customers: what a query finds, and what it does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest

from organizations import Organization
from tap import Tap

MakeOrg = Callable[[str], Organization]

CREATE = "select id from public.create_customer(%s, %s)"
SEARCH = """
select company_name from public.search_customers(query => %s, organization_id => %s)
"""
REMOVE_FIRST = "delete from public.customers where id = %s"


def company(tap: Tap, ours: Organization, name: str, *contacts: Any, **values: Any) -> UUID:
    """A customer with contacts, each a dict of what matters about it."""
    everybody = [
        {"first_name": "Ann", "last_name": "Smith", "email": f"{uuid4().hex}@example.com"} | contact
        for contact in contacts
    ]
    customer = {"organization_id": str(ours.id), "company_name": name} | values
    with tap.acting_as_service():
        added: UUID = tap.value(CREATE, customer, tap.json(everybody))
    return added


def found(tap: Tap, ours: Organization, query: str | None) -> list[str]:
    """The names that a viewer's query finds."""
    with tap.acting_as(ours.viewer):
        return [name for (name,) in tap.rows(SEARCH, query, ours.id)]


@pytest.fixture
def ours(tap: Tap, make_org: MakeOrg) -> Organization:
    """An organization whose only customers are those of the test."""
    made = make_org("Acme")
    tap.execute(REMOVE_FIRST, made.customer)
    return made


def finds(tap: Tap, ours: Organization, name: str, queries: Sequence[str]) -> None:
    """Each query finds this customer alone."""
    assert [(query, found(tap, ours, query)) for query in queries] == [
        (query, [name]) for query in queries
    ]


def misses(tap: Tap, ours: Organization, queries: Sequence[str]) -> None:
    """Each query finds nobody."""
    assert [query for query in queries if found(tap, ours, query)] == []


def test_without_a_query_everybody_is_listed(tap: Tap, ours: Organization) -> None:
    for name in ("Beta", "Alpha"):
        company(tap, ours, name)
    for query in (None, "", "   "):
        assert found(tap, ours, query) == ["Alpha", "Beta"]


def test_a_query_finds_parts_of_words_of_a_name(tap: Tap, ours: Organization) -> None:
    name = "Müller-Lüdenscheid Maschinenbau GmbH"
    company(tap, ours, name)
    company(tap, ours, "Other Company")
    finds(tap, ours, name, ["maschinenbau", "schinen", "gmbh masch", "  GmbH   müller "])
    misses(tap, ours, ["maschinenbau other", "zzz"])


def test_neither_case_nor_accents_matter(tap: Tap, ours: Organization) -> None:
    company(tap, ours, "Müller Straße Ærø")
    company(tap, ours, "Cafe Creme")
    queries = ["MÜLLER", "muller", "mu\u0308ller", "strasse", "STRASSE", "aero", "Ærø"]
    finds(tap, ours, "Müller Straße Ærø", queries)
    finds(tap, ours, "Cafe Creme", ["café", "CRÈME", "ｃａｆｅ"])


def test_other_scripts_are_searched_as_they_are(tap: Tap, ours: Organization) -> None:
    company(tap, ours, "株式会社日立製作所")
    company(tap, ours, "Газпром Нефть")
    finds(tap, ours, "株式会社日立製作所", ["日立製作所", "会社日"])
    finds(tap, ours, "Газпром Нефть", ["газпром", "НЕФТЬ"])


@pytest.mark.parametrize(
    ("values", "queries"),
    [
        ({"display_name": "Blue Sky"}, ["blue sky", "lue"]),
        ({"customer_number": "K-20417"}, ["K-20417", "20417", "k-20"]),
        ({"tax_id": "CHE-123.456.789"}, ["CHE-123.456.789", "che123456789", "3.456"]),
        ({"tax_id": "DE 811 115 368"}, ["DE811115368", "811115368", "de 811"]),
        ({"website": "https://shop.bluesky.example/de"}, ["shop.bluesky", "bluesky.example"]),
        ({"tags": ["wholesale", "north west"]}, ["wholesale", "north", "west", "sale"]),
    ],
)
def test_every_field_that_search_reads_is_found(
    tap: Tap, ours: Organization, values: dict[str, Any], queries: list[str]
) -> None:
    company(tap, ours, "Wanted", **values)
    company(tap, ours, "Another")
    finds(tap, ours, "Wanted", queries)


def test_contacts_lead_to_their_customer(tap: Tap, ours: Organization) -> None:
    person = {"first_name": "Zoë", "last_name": "O'Neill-Díaz", "email": "Zoe.ON@Mail.example"}
    numbers = {"phone": "+1 (555) 010-9999", "mobile": "0171/23 45 67"}
    company(tap, ours, "Wanted", person | numbers)
    company(tap, ours, "Another", {})
    names = ["zoe", "o'neill", "diaz", "zoe diaz"]
    emails = ["zoe.on@mail.example", "@mail.example"]
    phones = ["+1 (555) 010-9999", "15550109999", "0109999", "0171234567", "0171/23"]
    finds(tap, ours, "Wanted", names + emails + phones)


def test_other_fields_are_not_searched(tap: Tap, ours: Organization) -> None:
    hidden = {"notes": "xylophone", "internal_notes": "xylophone", "external_id": "xylophone"}
    company(tap, ours, "Wanted", {"notes": "xylophone"}, **hidden)
    misses(tap, ours, ["xylophone"])
    finds(tap, ours, "Wanted", ["wanted"])


def test_terms_under_three_letters_match_starts_of_words(tap: Tap, ours: Organization) -> None:
    company(tap, ours, "Ab Oil-Works")
    company(tap, ours, "Crab Foil")
    finds(tap, ours, "Ab Oil-Works", ["a", "ab", "oi", "wo", "w o a"])
    finds(tap, ours, "Crab Foil", ["cr", "f"])
    misses(tap, ours, ["il", "b"])
    assert found(tap, ours, "oil") == ["Ab Oil-Works", "Crab Foil"]


@pytest.mark.parametrize(
    ("name", "typos"),
    [
        (
            "Lüdenscheid Maschinenbau",
            [
                "ludenscheix",  # another letter at the end,
                "xudenscheid",  # at the start,
                "maschxnenbau",  # and in between
                "ludenschid",  # a letter missing,
                "udenscheid",
                "ludennscheid",  # one too many,
                "ludenscheidd",
                "ldüenscheid",  # two swapped
                "maschinenbua",
                "macshinenbau lüdenscheid",  # one term wrong, the other right
                "macshinenbau ldüenscheid",
                "maschinenbou lü",
            ],
        ),
        ("Acme", ["xcme", "akme", "acmx", "acmee", "accme", "came", "amce", "acem"]),
        ("Nokia", ["nokis", "noka", "okia", "nokkia", "noika", "onkia"]),
    ],
)
def test_a_typo_in_a_name_is_forgiven(
    tap: Tap, ours: Organization, name: str, typos: list[str]
) -> None:
    company(tap, ours, name)
    company(tap, ours, "Zzyzx Quarry")
    finds(tap, ours, name, typos)


def test_a_typo_in_a_display_name_is_forgiven(tap: Tap, ours: Organization) -> None:
    company(tap, ours, "Holding 17", display_name="Blueberry")
    finds(tap, ours, "Holding 17", ["bluebery", "bleuberry"])


def test_more_than_a_typo_is_not_forgiven(tap: Tap, ours: Organization) -> None:
    company(tap, ours, "Nokia", {"last_name": "Lindström"}, tax_id="FI01120389")
    misses(tap, ours, ["nakis", "noki4a4", "nkoai", "kia nok0", "nk"])
    misses(tap, ours, ["kai"])  # of terms under four letters none
    misses(tap, ours, ["lindstrxm", "fi01120388"])  # and in names of companies alone
    finds(tap, ours, "Nokia", ["lindstrom", "nokia", "nokja"])


def test_literal_matches_leave_typos_out(tap: Tap, ours: Organization) -> None:
    company(tap, ours, "Baker")
    company(tap, ours, "Maker")
    finds(tap, ours, "Baker", ["baker"])
    finds(tap, ours, "Maker", ["maker"])
    assert found(tap, ours, "xaker") == ["Baker", "Maker"]


def test_wildcards_and_quotes_in_a_query_mean_themselves(tap: Tap, ours: Organization) -> None:
    for name in ("100% Cotton", "1000 Things", "Under_score", "Underscore", "Back\\slash"):
        company(tap, ours, name)
    company(tap, ours, 'O\'Brien $1 {x} "q" %s')
    finds(tap, ours, "100% Cotton", ["100%", "00% cot", "100% cotton"])
    finds(tap, ours, "Under_score", ["under_score", "r_s", "_score"])
    finds(tap, ours, "Back\\slash", ["back\\slash", "k\\s", "\\slash"])
    finds(tap, ours, 'O\'Brien $1 {x} "q" %s', ["o'brien", "$1", "{x}", '"q"', "%s"])
    misses(tap, ours, ["_", "%%%", "___", "' or true --", "1%0"])


def test_an_organization_finds_its_own_customers_alone(
    tap: Tap, make_org: MakeOrg, ours: Organization
) -> None:
    theirs = make_org("Rival")
    company(tap, ours, "Same Name")
    company(tap, theirs, "Same Name")
    assert found(tap, ours, "same") == ["Same Name"]
    with tap.acting_as(theirs.owner):
        tap.throws("PT404", "organization_not_found", SEARCH, "same", ours.id)
        assert tap.rows(SEARCH, "same", theirs.id) == [("Same Name",)]


def test_a_customer_that_was_merged_away_is_not_listed(tap: Tap, ours: Organization) -> None:
    kept, gone = company(tap, ours, "Twin One"), company(tap, ours, "Twin Two")
    tap.execute("update public.customers set merged_into = %s where id = %s", kept, gone)
    assert found(tap, ours, "twin") == found(tap, ours, None) == ["Twin One"]


def test_nobody_reads_the_search_keys(tap: Tap, ours: Organization) -> None:
    company(tap, ours, "Wanted")
    for acting in (tap.acting_as(ours.owner), tap.acting_as_service()):
        with acting:
            tap.throws("42501", None, "select words from private.customer_search")
    assert tap.value("select count(*) from private.customer_search") >= 1


def test_a_query_has_at_most_twenty_words_and_five_hundred_characters(
    tap: Tap, ours: Organization
) -> None:
    count = "select public.count_customers(%s, organization_id => %s)"
    company(tap, ours, "Wanted")
    with tap.acting_as(ours.viewer):
        for wrong in ("wanted " * 60_000, "want " * 21, "x" * 501, " " * 501):
            for sql in (SEARCH, count):
                tap.throws("PT422", "query_too_long", sql, wrong, ours.id)
        tap.results_eq(SEARCH, [("Wanted",)], "want " * 20, ours.id)
        tap.is_empty(SEARCH, "x" * 500, ours.id)
