"""The people of a row: their names, and what becomes of those who lack something."""

from __future__ import annotations

from pathlib import Path

import pytest

from imports import made_rows as rows


def test_an_empty_contact_keeps_the_place_of_the_next(tmp_path: Path) -> None:
    header = ["Company", "Surname", "First name", "E-mail", "Contact role"]
    header += ["Contact 2 last name", "Contact 2 first name", "Contact 2 e-mail"]
    first, second, neither = rows(
        tmp_path / "a.csv",
        header,
        ["A", "Ott", "Ada", "a@a.example", "billing", "", "", ""],
        ["B", "", "", "", "billing", "Uhl", "Bo", "b@b.example"],
        ["C", "", "", "", "billing", "", "", ""],
    )

    [ada] = first["values"]["contacts"]
    assert (ada["last_name"], ada["role"]) == ("Ott", "billing")
    empty, bo = second["values"]["contacts"]
    assert (empty, bo["last_name"]) == ({}, "Uhl")
    assert neither["values"]["contacts"] == []


def test_the_shipping_country_helps_where_there_is_no_other(tmp_path: Path) -> None:
    header = ["Company", "Country", "Shipping country", "E-mail", "Phone"]
    first = ["A", "", "AT", "a@b.example", "01 515120"]
    second = ["B", "DE", "AT", "a@b.example", "01 2"]
    found = rows(tmp_path / "a.csv", header, first, second)

    assert found[0]["values"]["contacts"][0]["phone"] == "+431515120"
    assert found[1]["values"]["contacts"][0]["phone"] == "01 2"


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Ada Lovelace", "Ada", "Lovelace"),
        ("Lovelace, Ada", "Ada", "Lovelace"),
        ("Ana Maria de Sousa", "Ana Maria de", "Sousa"),
        # Half a name is made whole by the mailbox or the company, which the row says.
        ("Ada", "Ada", "Acme"),
        (", Ada", "Ada", "Acme"),
        ("Ott,", "desk", "Ott"),
    ],
)
def test_a_name_in_one_cell_is_split(tmp_path: Path, name: str, first: str, last: str) -> None:
    header = ["Company", "Contact name", "Contact e-mail"]
    [row] = rows(tmp_path / "a.csv", header, ["Acme", name, "desk@acme.example"])

    [contact] = row["values"]["contacts"]
    assert (contact["first_name"], contact["last_name"]) == (first, last)
    is_whole = name.strip(", ").count(" ") > 0
    assert (row.get("named") is None) == is_whole
    assert row["changes"][0]["from"] == name


def test_a_contact_without_a_name_is_called_after_mailbox_and_company(tmp_path: Path) -> None:
    [row] = rows(tmp_path / "a.csv", ["Company", "E-mail"], ["Acme", "desk@acme.example"])

    assert row["values"]["contacts"] == [
        {"email": "desk@acme.example", "first_name": "desk", "last_name": "Acme"}
    ]
    assert row["named"] == [0]
    [warning] = row["warnings"]
    assert (warning["column"], warning["slug"]) == ("E-mail", "contact_named")
    assert "desk Acme" in warning["message"]


def test_a_name_that_is_made_is_no_longer_than_names_may_be(tmp_path: Path) -> None:
    [row] = rows(tmp_path / "a.csv", ["Company", "E-mail"], ["A" * 400, "desk@acme.example"])

    assert row["values"]["contacts"][0]["last_name"] == "A" * 200
    assert row["values"]["customer"]["company_name"] == "A" * 400


def test_half_a_name_in_columns_of_its_own_is_left_for_the_database_to_refuse(
    tmp_path: Path,
) -> None:
    header = ["Company", "First name", "Last name", "E-mail"]
    [row] = rows(tmp_path / "a.csv", header, ["Acme", "Ada", "", "ada@acme.example"])

    assert row["values"]["contacts"] == [{"first_name": "Ada", "email": "ada@acme.example"}]
    assert row["warnings"] == []


def test_a_contact_without_an_address_is_left_out_and_its_company_is_not(tmp_path: Path) -> None:
    header = ["Company", "First name", "Last name", "E-mail", "Phone"]
    [row] = rows(tmp_path / "a.csv", header, ["Acme", "Ada", "Ott", "", "12"])

    assert row["values"] == {"customer": {"company_name": "Acme"}, "contacts": []}
    [warning] = row["warnings"]
    assert (warning["column"], warning["slug"]) == ("First name", "contact_incomplete")
    assert warning["value"] == "Ada, Ott, 12"


def test_without_a_column_for_companies_a_customer_is_called_after_its_person(
    tmp_path: Path,
) -> None:
    header = ["First name", "Last name", "E-mail"]
    whole, bare = rows(
        tmp_path / "a.csv", header, ["Ada", "Ott", "a@b.example"], ["", "", "c@d.example"]
    )

    assert whole["values"]["customer"] == {"company_name": "Ada Ott"}
    assert whole["changes"] == [
        {"column": None, "field": "company_name", "from": None, "to": "Ada Ott"}
    ]
    assert bare["values"]["customer"] == {"company_name": "c@d.example"}


def test_an_empty_cell_in_a_column_for_companies_is_no_name(tmp_path: Path) -> None:
    header = ["Company", "First name", "Last name", "E-mail"]
    [row] = rows(tmp_path / "a.csv", header, ["", "Ada", "Ott", "a@b.example"])

    assert row["values"]["customer"] == {}
