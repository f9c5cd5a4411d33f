"""Where a cell alone does not say what it is: what is noted, decided by others, or taken off."""

from __future__ import annotations

import pytest

from ts_customers.importing._amounts import amount, decimal_mark
from ts_customers.importing._countries import country_code
from ts_customers.importing._noted import Noted
from ts_customers.importing._people import split_name
from ts_customers.importing._values import converter_for, is_typed, without_guard
from ts_customers.importing._words import is_nothing


@pytest.mark.parametrize(
    ("field", "country", "cell", "value", "slug"),
    [
        ("contacts.0.phone", "DE", "4,93056E+11", "4,93056E+11", "number_damaged"),
        ("contacts.0.phone", "DE", "030 901820 / 0171 1234567", "+4930901820", "several_values"),
        ("contacts.0.phone", "US", "212-555-0123; 212-555-0199", "+12125550123", "several_values"),
        ("contacts.0.email", None, "a@b.example, c@d.example", "a@b.example", "several_values"),
        ("contacts.0.email", None, "a@b.example;c@D.example", "a@b.example", "several_values"),
        ("tax_id", "DE", "DE136695977", "DE136695977", "tax_id_unverified"),
        ("tax_id", None, "DE136695977", "DE136695977", "tax_id_unverified"),
        ("tax_id", "US", "000", "000", "tax_id_unverified"),
        ("payment_terms", None, "2/10 net 30", None, "payment_terms_unclear"),
        ("payment_terms", None, "30 jours fin de mois", None, "payment_terms_unclear"),
        (
            "payment_terms",
            None,
            "14 Tage 2 % Skonto, 30 Tage netto",
            None,
            "payment_terms_unclear",
        ),
        ("credit_limit", None, "5,000", "5000", "amount_ambiguous"),
        ("credit_limit", None, "5.000", "5.000", "amount_ambiguous"),
    ],
)
def test_what_a_person_should_know_is_noted(
    field: str, country: str | None, cell: str, value: object, slug: str
) -> None:
    found = converter_for(field)(cell, country)

    assert isinstance(found, Noted)
    assert (found.value, found.slug) == (value, slug)
    assert found.message


def test_what_is_left_out_of_several_stands_in_the_note() -> None:
    found = converter_for("contacts.0.email")("a@b.example, c@d.example", None)

    assert "c@d.example" in found.message


@pytest.mark.parametrize(
    ("cells", "mark"),
    [
        (["5.000", "1.234,50"], ","),
        (["5,000", "12,500.00"], "."),
        (["5.000", "1.000.000"], ","),
        (["5.000", "7,5"], ","),
        (["5,000", "7.5"], "."),
        (["5,000", "0.125"], "."),
        (["5.000", "5,000", "700"], None),
        (["1.234,50", "1,234.50"], ""),
        (["lots", "1e3", 5, None], None),
    ],
)
def test_a_column_tells_its_decimal_mark_by_the_cells_that_are_plain(
    cells: list[object], mark: str | None
) -> None:
    assert decimal_mark(cells) == mark


def test_what_can_be_read_in_two_ways_is_read_as_its_column_is() -> None:
    assert [amount("5.000", mark) for mark in (",", ".")] == ["5000", "5.000"]
    assert [amount("5,000", mark) for mark in (",", ".")] == ["5.000", "5000"]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("'=1+1", "=1+1"),
        ("''=1+1", "'=1+1"),
        ("'-", "-"),
        ("'\t", "\t"),
        ("'＝1", "＝1"),
        ("'＠x", "＠x"),
        ("'", "'"),
        ("''", "''"),
        ("'t Hoekje", "'t Hoekje"),
        ("=1", "=1"),
    ],
)
def test_one_guard_is_taken_off_and_no_other_apostrophe(cell: str, value: str) -> None:
    assert without_guard(cell) == value


@pytest.mark.parametrize("cell", ["-", "n/a", "N/A", "#N/A", "k.A.", "?", ".", "unbekannt", "NULL"])
def test_words_for_nothing_are_nothing(cell: str) -> None:
    assert is_nothing(cell)


@pytest.mark.parametrize("cell", ["None", "NA", "Null & Söhne", "0", "no", "no thanks"])
def test_what_may_be_something_is_no_word_for_nothing(cell: str) -> None:
    assert not is_nothing(cell)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("contacts.0.email", True),
        ("tax_id", True),
        ("external_id", True),
        ("company_name", False),
        ("contacts.0.last_name", False),
        ("notes", False),
        ("billing_address.city", False),
        ("settings.custom.country", False),
    ],
)
def test_words_for_nothing_count_where_no_name_can_stand(field: str, typed: bool) -> None:
    assert is_typed(field) is typed


@pytest.mark.parametrize(
    ("name", "country", "first", "last"),
    [
        ("Ada Lovelace", "GB", "Ada", "Lovelace"),
        ("Lovelace, Ada", None, "Ada", "Lovelace"),
        ("Kovács János", "HU", "János", "Kovács"),
        ("山田 太郎", "JP", "太郎", "山田"),
        ("김 서연", "KR", "서연", "김"),
        ("Smith, John", "JP", "John", "Smith"),
        ("Ada", "DE", "Ada", ""),
    ],
)
def test_the_family_name_comes_first_where_it_does(
    name: str, country: str | None, first: str, last: str
) -> None:
    assert split_name(name, country) == (first, last)


def test_a_name_of_several_countries_is_none() -> None:
    assert country_code("Micronesia") == "FM"
    assert country_code("EU") is None
    assert country_code("") is None
