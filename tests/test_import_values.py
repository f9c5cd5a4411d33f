"""Cells come into one form; what is not understood stays as it is."""

from __future__ import annotations

import pytest

from ts_customers.importing._amounts import amount, decimal_mark
from ts_customers.importing._countries import country_code
from ts_customers.importing._noted import Noted
from ts_customers.importing._people import split_name
from ts_customers.importing._values import converter_for, is_typed, without_guard
from ts_customers.importing._words import is_nothing


@pytest.mark.parametrize(
    ("field", "country", "cell", "value"),
    [
        ("contacts.0.phone", "DE", "030 901820", "+4930901820"),
        ("contacts.0.phone", "US", "(212) 555-0123", "+12125550123"),
        ("contacts.0.phone", None, "+44 20 7946 0958", "+442079460958"),
        ("contacts.0.mobile", "NL", "'+31612345678", "+31612345678"),
        ("contacts.0.phone", None, "030 901820", "030 901820"),
        ("contacts.0.phone", "DE", "12", "12"),
        ("contacts.0.phone", "US", "+1 212 555 0123 ext. 4", "+12125550123 ext. 4"),
        ("contacts.0.phone", "DE", "0049 30 901820", "+4930901820"),
        ("contacts.0.phone", "DE", "030/901820", "+4930901820"),
        ("contacts.0.phone", "DE", "030 901820 oder x", "030 901820 oder x"),
        ("contacts.0.phone", "DE", "ask Ute", "ask Ute"),
        ("contacts.0.email", None, "Ada.L@EXAMPLE.com", "Ada.L@example.com"),
        ("contacts.0.email", None, "mailto:ada@example.com", "ada@example.com"),
        ("contacts.0.email", None, "<ada@firm.test>", "ada@firm.test"),
        ("contacts.0.email", None, "Ada Ott <ada@firm.test>", "ada@firm.test"),
        ("contacts.0.email", None, "jörg@müller.example", "jörg@müller.example"),
        ("contacts.0.email", None, "ada@localhost", "ada@localhost"),
        ("contacts.0.email", None, "ada@FIRM.invalid", "ada@FIRM.invalid"),
        ("contacts.0.email", None, "ada at example.com", "ada at example.com"),
        ("billing_address.country", None, "Germany", "DE"),
        ("billing_address.country", None, "de", "DE"),
        ("billing_address.country", None, "USA", "US"),
        ("billing_address.country", None, "The Netherlands", "NL"),
        ("billing_address.country", None, "United Kingdom", "GB"),
        ("billing_address.country", None, "UK", "GB"),
        ("billing_address.country", None, "England", "GB"),
        ("billing_address.country", None, "Türkiye", "TR"),
        ("billing_address.country", None, "Cote d'Ivoire", "CI"),
        ("billing_address.country", None, "Bosnia and Herzegovina", "BA"),
        ("billing_address.country", None, "St. Lucia", "LC"),
        ("billing_address.country", None, "Deutschland", "DE"),
        ("billing_address.country", None, "Allemagne", "DE"),
        ("billing_address.country", None, "Alemania", "DE"),
        ("billing_address.country", None, "ESPAÑA", "ES"),
        ("billing_address.country", None, "Österreich", "AT"),
        ("billing_address.country", None, "日本", "JP"),
        ("billing_address.country", None, "한국", "KR"),
        ("billing_address.country", None, "Magyarország", "HU"),
        ("billing_address.country", None, "GBR", "GB"),
        ("billing_address.country", None, "U.S.A.", "US"),
        ("billing_address.country", None, "Holland", "NL"),
        ("billing_address.country", None, "D", "DE"),
        ("billing_address.country", None, "Korea", "KR"),
        ("billing_address.country", None, "Atlantis", "Atlantis"),
        ("billing_address.country", None, "EU", "EU"),
        ("credit_limit", None, "5000", "5000"),
        ("credit_limit", None, "5,000.50", "5000.50"),
        ("credit_limit", None, "5.000,50", "5000.50"),
        ("credit_limit", None, "1.000.000", "1000000"),
        ("credit_limit", None, "EUR 5.000,-", "5000"),
        ("credit_limit", None, "€ 1'250.00", "1250.00"),
        ("credit_limit", None, "5\u00a0000,5 kr", "5000.5"),
        ("credit_limit", None, "12\u202f500,00", "12500.00"),
        ("credit_limit", None, "12’500.00", "12500.00"),
        ("credit_limit", None, "1,25,000.00", "125000.00"),
        ("credit_limit", None, "R$ 1.234,50", "1234.50"),
        ("credit_limit", None, "(500.00)", "-500.00"),
        ("credit_limit", None, "500-", "-500"),
        ("credit_limit", None, "0.125", "0.125"),
        ("credit_limit", None, "0,125", "0.125"),
        ("credit_limit", None, "5.000 things", "5.000 things"),
        ("credit_limit", None, "5\u00a0000,5", "5000.5"),
        ("credit_limit", None, "-5", "-5"),
        ("credit_limit", None, "$-5", "-5"),
        ("credit_limit", None, "0.1", "0.1"),
        ("credit_limit", None, "99999999999999999999", "99999999999999999999"),
        ("credit_limit", None, "1e3", "1e3"),
        ("credit_limit", None, "12,34,567", "1234567"),
        ("credit_limit", None, "5,000,00", "5,000,00"),
        ("credit_limit", None, "lots", "lots"),
        ("payment_terms", None, "Net 30", "30"),
        ("payment_terms", None, "NET-45", "45"),
        ("payment_terms", None, "14 days", "14"),
        ("payment_terms", None, "30.0", "30"),
        ("payment_terms", None, "Due on receipt", "0"),
        ("payment_terms", None, "n/30", "30"),
        ("payment_terms", None, "30 Tage", "30"),
        ("payment_terms", None, "30 Tage netto", "30"),
        ("payment_terms", None, "zahlbar innerhalb von 14 Tagen", "14"),
        ("payment_terms", None, "30 jours", "30"),
        ("payment_terms", None, "à 45 jours", "45"),
        ("payment_terms", None, "30 días fecha factura", "30"),
        ("payment_terms", None, "sofort fällig", "0"),
        ("payment_terms", None, "Vorkasse", "0"),
        ("payment_terms", None, "comptant", "0"),
        ("payment_terms", None, "Al contado", "0"),
        ("payment_terms", None, "prepaid", "0"),
        ("payment_terms", None, "30.5", "30.5"),
        ("payment_terms", None, "-5", "-5"),
        ("website", None, "Example.com/Shop", "https://example.com/Shop"),
        ("website", None, "HTTP://Example.com/A?b", "http://example.com/A?b"),
        ("website", None, "n/a", "n/a"),
        ("website", None, "ada@example.com", "ada@example.com"),
        ("website", None, "http://[", "http://["),
        ("tags", None, "b; a;;b ; c, d", ["b", "a", "c, d"]),
        ("tags", None, "vip, eu", ["vip", "eu"]),
        ("tags", None, "vip | b, c", ["vip", "b, c"]),
        ("tags", None, "vip\nb, c", ["vip", "b, c"]),
        ("tags", None, '["a;b", "c", " d "]', ["a;b", "c", " d "]),
        ("tags", None, "[a]; b", ["[a]", "b"]),
        ("tags", None, "[1]", ["[1]"]),
        ("currency", None, "eur", "EUR"),
        ("currency", None, "€", "EUR"),
        ("currency", None, "$", "$"),
        ("currency", "US", "$", "USD"),
        ("currency", "CA", "$", "CAD"),
        ("currency", "DE", "$", "$"),
        ("currency", None, "US$", "USD"),
        ("currency", "JP", "¥", "JPY"),
        ("currency", "CN", "¥", "CNY"),
        ("currency", "SE", "kr", "SEK"),
        ("currency", "CH", "Fr.", "CHF"),
        ("currency", None, "Euro", "EUR"),
        ("currency", None, "zł", "PLN"),
        ("currency", None, "R$", "BRL"),
        ("currency", None, "Schweizer Franken", "CHF"),
        ("currency", None, "livre sterling", "GBP"),
        ("currency", None, "dólar estadounidense", "USD"),
        ("currency", None, "XQX", "XQX"),
        ("status", None, "Active", "active"),
        ("status", None, "gesperrt", "suspended"),
        ("status", None, "inactif", "inactive"),
        ("status", None, "Baja", "inactive"),
        ("status", None, "on hold", "suspended"),
        ("status", None, "Dreaming", "dreaming"),
        ("customer_type", None, "VIP", "vip"),
        ("customer_type", None, "Händler", "partner"),
        ("contacts.0.role", None, "Billing", "billing"),
        ("contacts.0.role", None, "Buchhaltung", "billing"),
        ("contacts.0.role", None, "Envíos", "shipping"),
        ("contacts.0.preferred_contact_method", None, "E-Mail", "email"),
        ("portal_enabled", None, "Yes", True),
        ("contacts.0.receives_marketing", None, "0", False),
        ("contacts.0.is_primary", None, "maybe", "maybe"),
        ("contacts.0.is_primary", None, "Ja", True),
        ("contacts.0.is_primary", None, "falsch", False),
        ("contacts.0.is_primary", None, "oui", True),
        ("contacts.0.is_primary", None, "Sí", True),
        ("contacts.0.is_primary", None, "verdadero", True),
        ("contacts.0.is_primary", None, "✓", True),
        ("settings.notifications.orders", None, "no", False),
        ("settings.custom.answer", None, "no", "no"),
        ("settings", None, '{"locale": "de"}', {"locale": "de"}),
        ("settings", None, "{", "{"),
        ("billing_address.postal_code", None, "'01069", "01069"),
        ("billing_address.postal_code", "DE", "D-01069", "01069"),
        ("billing_address.postal_code", "CH", "CH-8001", "8001"),
        ("billing_address.postal_code", "SE", "SE-118 30", "118 30"),
        ("billing_address.postal_code", "GB", "D-01069", "D-01069"),
        ("billing_address.postal_code", "GB", "G7 3EH", "G7 3EH"),
        ("tax_id", "DE", "DE136695976", "DE136695976"),
        ("tax_id", None, "DE136695976", "DE136695976"),
        ("tax_id", None, "12-3456789", "12-3456789"),
        ("tax_id", "AQ", "anything", "anything"),
        ("tax_id", "FR", "303 265 045", "303 265 045"),
        ("billing_address.city", None, "'s-Gravenhage", "'s-Gravenhage"),
        ("customer_number", None, "004711", "004711"),
        ("company_name", None, "NULL", "NULL"),
    ],
)
def test_a_cell_comes_into_its_form(
    field: str, country: str | None, cell: str, value: object
) -> None:
    assert converter_for(field)(cell, country) == value


@pytest.mark.parametrize(
    ("field", "cells"),
    [
        ("contacts.0.phone", ["030 901820", "+1 212 555 0123"]),
        ("credit_limit", ["5,000.50", "EUR 5.000,-"]),
        ("payment_terms", ["30 jours"]),
        ("currency", ["€"]),
        ("website", ["Example.com/Shop"]),
        ("billing_address.country", ["Germany", "Atlantis"]),
        ("contacts.0.email", ["Ada@EXAMPLE.com"]),
    ],
)
def test_what_has_its_form_keeps_it(field: str, cells: list[str]) -> None:
    convert = converter_for(field)

    for cell in cells:
        once = convert(cell, "DE")
        assert convert(once, "DE") == once


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
