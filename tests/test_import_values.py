"""Cells come into one form; what is not understood stays as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from imports import opened_table, write_csv
from ts_customers.importing import map_columns
from ts_customers.importing._rows import RowMaker
from ts_customers.importing._values import converter_for


@pytest.mark.parametrize(
    ("field", "country", "cell", "value"),
    [
        ("contacts.0.phone", "DE", "030 901820", "+4930901820"),
        ("contacts.0.phone", "US", "(212) 555-0123", "+12125550123"),
        ("contacts.0.phone", None, "+44 20 7946 0958", "+442079460958"),
        ("contacts.0.mobile", "NL", "'+31612345678", "+31612345678"),
        ("contacts.0.phone", None, "030 901820", "030 901820"),
        ("contacts.0.phone", "DE", "12", "12"),
        ("contacts.0.phone", "US", "+1 212 555 0123 ext. 4", "+1 212 555 0123 ext. 4"),
        ("contacts.0.phone", "DE", "ask Ute", "ask Ute"),
        ("contacts.0.email", None, "Ada.L@EXAMPLE.com", "Ada.L@example.com"),
        ("contacts.0.email", None, "mailto:ada@example.com", "ada@example.com"),
        ("contacts.0.email", None, "<ada@firm.test>", "ada@firm.test"),
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
        ("billing_address.country", None, "Atlantis", "Atlantis"),
        ("billing_address.country", None, "EU", "EU"),
        ("credit_limit", None, "5000", "5000"),
        ("credit_limit", None, "5,000", "5000"),
        ("credit_limit", None, "5,000.50", "5000.50"),
        ("credit_limit", None, "5.000,50", "5000.50"),
        ("credit_limit", None, "1.000.000", "1000000"),
        ("credit_limit", None, "5.000", "5.000"),
        ("credit_limit", None, "EUR 5.000,-", "5000"),
        ("credit_limit", None, "€ 1'250.00", "1250.00"),
        ("credit_limit", None, "5\u00a0000,5 kr", "5\u00a0000,5 kr"),
        ("credit_limit", None, "5\u00a0000,5", "5000.5"),
        ("credit_limit", None, "-5", "-5"),
        ("credit_limit", None, "$-5", "-5"),
        ("credit_limit", None, "0.1", "0.1"),
        ("credit_limit", None, "99999999999999999999", "99999999999999999999"),
        ("credit_limit", None, "1e3", "1e3"),
        ("credit_limit", None, "12,34,567", "12,34,567"),
        ("credit_limit", None, "5,000,00", "5,000,00"),
        ("credit_limit", None, "lots", "lots"),
        ("payment_terms", None, "Net 30", "30"),
        ("payment_terms", None, "NET-45", "45"),
        ("payment_terms", None, "14 days", "14"),
        ("payment_terms", None, "30.0", "30"),
        ("payment_terms", None, "Due on receipt", "0"),
        ("payment_terms", None, "2/10 net 30", "2/10 net 30"),
        ("payment_terms", None, "30.5", "30.5"),
        ("payment_terms", None, "-5", "-5"),
        ("website", None, "Example.com/Shop", "https://example.com/Shop"),
        ("website", None, "HTTP://Example.com/A?b", "http://example.com/A?b"),
        ("website", None, "n/a", "n/a"),
        ("website", None, "ada@example.com", "ada@example.com"),
        ("website", None, "http://[", "http://["),
        ("tags", None, "b; a;;b ; c, d", ["b", "a", "c, d"]),
        ("tags", None, "vip, eu", ["vip", "eu"]),
        ("currency", None, "eur", "EUR"),
        ("currency", None, "€", "EUR"),
        ("currency", None, "$", "$"),
        ("status", None, "Active", "active"),
        ("customer_type", None, "VIP", "vip"),
        ("contacts.0.role", None, "Billing", "billing"),
        ("contacts.0.preferred_contact_method", None, "E-Mail", "email"),
        ("portal_enabled", None, "Yes", True),
        ("contacts.0.receives_marketing", None, "0", False),
        ("contacts.0.is_primary", None, "maybe", "maybe"),
        ("settings.notifications.orders", None, "no", False),
        ("settings.custom.answer", None, "no", "no"),
        ("settings", None, '{"locale": "de"}', {"locale": "de"}),
        ("settings", None, "{", "{"),
        ("billing_address.postal_code", None, "'01069", "01069"),
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
        ("credit_limit", ["5,000.50", "EUR 5.000,-", "5.000"]),
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


def rows(path: Path, *lines: list[str]) -> list[dict[str, Any]]:
    write_csv(path, *lines)
    with opened_table(path) as table:
        maker = RowMaker(table, map_columns(table.header, {}, creates=False))
        return [maker.row(record) for record in table.records()]


def test_a_row_holds_the_cells_their_meaning_and_what_was_changed(tmp_path: Path) -> None:
    [row] = rows(
        tmp_path / "a.csv",
        ["Company", "City", "Country", "Surname", "E-mail", "Phone", "Fax", "Status"],
        [" Acme ", "Ulm", "Germany", "Ott", "O@B.TEST", "0731 161-0", "12", "active"],
    )

    assert row["raw"]["Company"] == " Acme "
    assert row["raw"]["Fax"] == "12"
    assert row["values"] == {
        "customer": {
            "company_name": "Acme",
            "billing_address": {"city": "Ulm", "country": "DE"},
            "status": "active",
        },
        "contacts": [{"last_name": "Ott", "email": "O@b.test", "phone": "+497311610"}],
    }
    assert row["changes"] == [
        {"column": "Country", "field": "billing_address.country", "from": "Germany", "to": "DE"},
        {
            "column": "E-mail",
            "field": "contacts.0.email",
            "from": "O@B.TEST",
            "to": "O@b.test",
        },
        {"column": "Phone", "field": "contacts.0.phone", "from": "0731 161-0", "to": "+497311610"},
    ]


def test_empty_cells_mean_nothing(tmp_path: Path) -> None:
    [row] = rows(
        tmp_path / "a.csv", ["Company", "Notes", "City", "Surname"], ["Acme", " ", "", "\u00a0"]
    )

    assert row["values"] == {"customer": {"company_name": "Acme"}, "contacts": []}


def test_an_empty_contact_keeps_the_place_of_the_next(tmp_path: Path) -> None:
    header = ["Company", "Contact last name", "Contact role", "Contact 2 last name"]
    first, second, neither = rows(
        tmp_path / "a.csv", header, ["A", "Ott", "billing", ""], ["B", "", "billing", "Uhl"],
        ["C", "", "billing", ""],
    )  # fmt: skip

    assert first["values"]["contacts"] == [{"last_name": "Ott", "role": "billing"}]
    assert second["values"]["contacts"] == [{}, {"last_name": "Uhl"}]
    assert neither["values"]["contacts"] == []


def test_the_shipping_country_helps_where_there_is_no_other(tmp_path: Path) -> None:
    header = ["Company", "Country", "Shipping country", "Surname", "Phone"]
    first = ["A", "", "AT", "Ott", "01 515120"]
    second = ["B", "DE", "AT", "Ott", "01 2"]
    found = rows(tmp_path / "a.csv", header, first, second)

    assert found[0]["values"]["contacts"][0]["phone"] == "+431515120"
    assert found[1]["values"]["contacts"][0]["phone"] == "01 2"


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Ada Lovelace", "Ada", "Lovelace"),
        ("Lovelace, Ada", "Ada", "Lovelace"),
        ("Ana Maria de Sousa", "Ana Maria de", "Sousa"),
        ("Ada", "Ada", None),
        (", Ada", "Ada", None),
    ],
)
def test_a_name_in_one_cell_is_split(
    tmp_path: Path, name: str, first: str | None, last: str | None
) -> None:
    [row] = rows(tmp_path / "a.csv", ["Company", "Contact name"], ["Acme", name])

    [contact] = row["values"]["contacts"]
    assert (contact.get("first_name"), contact.get("last_name")) == (first, last)


def test_a_street_of_several_lines_is_split(tmp_path: Path) -> None:
    header = ["Company", "Street", "Street 2"]
    first = ["A", "1 Way\r\nFloor 2\nRear", ""]
    second = ["B", "1 Way\nFloor 2", "C/o"]
    found = rows(tmp_path / "a.csv", header, first, second)

    assert [row["values"]["customer"]["billing_address"] for row in found] == [
        {"line1": "1 Way", "line2": "Floor 2, Rear"},
        {"line1": "1 Way", "line2": "Floor 2, C/o"},
    ]


def test_a_guarded_formula_is_the_text_it_was(tmp_path: Path) -> None:
    [row] = rows(tmp_path / "a.csv", ["Company", "Notes"], ["'=SUM GmbH", "=1+1"])

    assert row["values"]["customer"] == {"company_name": "=SUM GmbH", "notes": "=1+1"}


def test_ragged_rows_say_so_and_mean_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Company,City\nAcme,Ulm,more\nBolt\nCord,Graz\n", encoding="utf-8")
    with opened_table(path) as table:
        maker = RowMaker(table, map_columns(table.header, {}))
        long, short, good = (maker.row(record) for record in table.records())

    assert [error["slug"] for error in long["errors"]] == ["too_many_cells"]
    assert [error["slug"] for error in short["errors"]] == ["too_few_cells"]
    assert long["values"] == short["values"] == {"customer": {}}
    assert "errors" not in good


def test_settings_lie_within_settings(tmp_path: Path) -> None:
    header = ["Company", "Locale", "settings.custom.erp", "settings.notifications.orders"]
    [row] = rows(tmp_path / "a.csv", header, ["Acme", "de-CH", "sap", "yes"])

    assert row["values"]["customer"]["settings"] == {
        "locale": "de-CH",
        "custom": {"erp": "sap"},
        "notifications": {"orders": True},
    }
