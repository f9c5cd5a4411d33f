"""Records become rows: what their cells mean, what was changed, and what a person should know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from imports import made_rows as rows
from imports import opened_table, write_csv
from ts_customers.importing import Record, map_columns
from ts_customers.importing._rows import RowMaker


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


def test_words_for_nothing_are_left_out_and_told(tmp_path: Path) -> None:
    header = ["Company", "VAT", "Phone", "E-mail", "City"]
    [row] = rows(tmp_path / "a.csv", header, ["n/a", "n/a", "-", "#N/A", "-"])

    assert row["values"] == {
        "customer": {"company_name": "n/a", "billing_address": {"city": "-"}},
        "contacts": [],
    }
    assert [(change["column"], change["to"]) for change in row["changes"]] == [
        ("VAT", None),
        ("Phone", None),
        ("E-mail", None),
    ]


@pytest.mark.parametrize(
    ("header", "cell", "status"),
    [
        ("Aktiv", "ja", "active"),
        ("Active", "no", "inactive"),
        ("Gesperrt", "x", "suspended"),
        ("Gesperrt", "nein", None),
        ("Bloqueado", "sí", "suspended"),
        ("Actif", "bloqué", "suspended"),
        ("Status", "gesperrt", "suspended"),
    ],
)
def test_a_column_called_after_a_status_says_whether_it_is_so(
    tmp_path: Path, header: str, cell: str, status: str | None
) -> None:
    [row] = rows(tmp_path / "a.csv", ["Firma", header], ["Acme", cell])

    assert row["values"]["customer"].get("status") == status


def test_a_column_that_is_believed_to_hold_types_refuses_no_row(tmp_path: Path) -> None:
    [weak] = rows(tmp_path / "a.csv", ["Company", "Type"], ["Acme", "Prospect"])
    [sure] = rows(tmp_path / "b.csv", ["Company", "Customer type"], ["Acme", "Prospect"])

    assert "customer_type" not in weak["values"]["customer"]
    assert [warning["slug"] for warning in weak["warnings"]] == ["value_not_understood"]
    assert weak["changes"] == [
        {"column": "Type", "field": "customer_type", "from": "Prospect", "to": None}
    ]
    assert sure["values"]["customer"]["customer_type"] == "prospect"


@pytest.mark.parametrize(
    ("header", "cells", "limits"),
    [
        ("Credit limit", ["5.000", "1.234,50"], ["5000", "1234.50"]),
        ("Credit limit", ["5,000", "1,234.50"], ["5000", "1234.50"]),
        ("Kreditlimit", ["5.000", "700"], ["5000", "700"]),
        # What the cells say goes before what the language of the columns does.
        ("Kreditlimit", ["5,000", "1,234.50"], ["5000", "1234.50"]),
        ("Límite de crédito", ["1.234,50", "5.000"], ["1234.50", "5000"]),
    ],
)
def test_amounts_are_read_as_their_column_writes_them(
    tmp_path: Path, header: str, cells: list[str], limits: list[str]
) -> None:
    found = rows(tmp_path / "a.csv", ["Company", header], *(["Acme", cell] for cell in cells))

    assert [row["values"]["customer"]["credit_limit"] for row in found] == limits
    assert [row["warnings"] for row in found] == [[], []]


def test_amounts_that_nothing_decides_are_told(tmp_path: Path) -> None:
    header = ["Company", "Credit limit"]
    [undecided] = rows(tmp_path / "a.csv", header, ["Acme", "5.000"])
    found = rows(tmp_path / "b.csv", header, ["A", "5.000"], ["B", "1.234,5"], ["C", "1,234.5"])

    for row in (undecided, found[0]):
        assert [warning["slug"] for warning in row["warnings"]] == ["amount_ambiguous"]


def test_values_that_are_no_text_go_through_as_they_are(tmp_path: Path) -> None:
    header = ["company_name", "Tags", "portal_enabled", "Settings", "notes", "Fax"]
    file = write_csv(tmp_path / "a.csv", header, ["x"] * len(header))
    settings = {"locale": "de"}
    cells: Any = ("Acme", ["a", "b;c"], True, settings, None, [1])
    with opened_table(file) as table:
        maker = RowMaker(table, map_columns(table.header, {}, keep_unmapped=True))
        row = maker.row(Record(1, cells, 2))

    assert row["values"]["customer"] == {
        "company_name": "Acme",
        "tags": ["a", "b;c"],
        "portal_enabled": True,
        "settings": {"locale": "de", "custom": {"import": {"Fax": [1]}}},
    }
    assert row["raw"]["Settings"] == {"locale": "de"}
    assert row["changes"] == []


def test_unmapped_cells_are_kept_beside_other_settings(tmp_path: Path) -> None:
    header = ["Company", "Fax", "settings", "Shoe size"]
    file = write_csv(tmp_path / "a.csv", header, ["A", " 12 ", '{"custom": {"x": 1}}', ""])
    with opened_table(file) as table:
        maker = RowMaker(table, map_columns(table.header, {}, keep_unmapped=True))
        [row] = [maker.row(record) for record in table.records()]

    assert row["values"]["customer"]["settings"] == {"custom": {"x": 1, "import": {"Fax": " 12 "}}}


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
