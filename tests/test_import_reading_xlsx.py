"""How Excel workbooks are read: what a person sees in them, and nothing that is hostile."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from imports import opened_table, refusal, write_xlsx
from ts_customers.importing._shown import shown_number, shown_text
from workbooks import HEADER, sheet, write_raw


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "customers.xlsx"


def cells(file: Path) -> list[tuple[Any, ...]]:
    with opened_table(file) as table:
        return [record.cells for record in table.records()]


def shown(file: Path, value: Any, number_format: str | None = None) -> str:
    """What is read of one cell."""
    workbook = Workbook()
    page = workbook.active
    assert page is not None
    page.append(["Value", "Company"])
    page.append([None, "Acme"])
    page["A2"] = value
    if number_format:
        page["A2"].number_format = number_format
    workbook.save(file)
    return str(cells(file)[0][0])


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (1069, "00000", "01069"),
        (1069, "General", "1069"),
        (1069.0, "General", "1069"),
        (4711, "000000", "004711"),
        (1234567, "00000", "1234567"),
        (123456789, "000-00-0000", "123-45-6789"),
        (12345, '"DE-"00000', "DE-12345"),
        (12345, "\\D\\-00000", "D-12345"),
        (3456789, "[$-407]00 00 000", "34 56 789"),
        (1069, "[<=99999]00000;00000-0000", "1069"),
        (12.5, "00000", "12.5"),
        (-5, "00000", "-5"),
        (12500, '#,##0.00 "€"', "12500"),
        (0.1, "0.00", "0.1"),
        (0.05, "0%", "5%"),
        (0.125, "0.00%", "12.5%"),
        (4.9305612345e11, "0.00E+00", "493056123450"),
        (1e-7, "General", "0.0000001"),
        (True, None, "true"),
        (False, None, "false"),
        (dt.date(2025, 11, 3), None, "2025-11-03"),
        (dt.datetime.fromisoformat("2025-11-03T09:30"), None, "2025-11-03T09:30:00"),
        (dt.time(9, 30), None, "09:30:00"),
        (45964, "dd.mm.yyyy", "2025-11-03"),
        (-1, "dd.mm.yyyy", "-1"),
        (99_999_999, "dd.mm.yyyy", "99999999"),
        (" Two\nlines ", None, " Two\nlines "),
        ("01069", None, "01069"),
        ("_x000D_ \U0001f3e2", None, "\r \U0001f3e2"),
        ("_x005F_x000D_", None, "_x000D_"),
        ("#N/A", None, "#N/A"),
    ],
)
def test_a_cell_is_the_text_that_a_person_sees(
    file: Path, value: object, number_format: str | None, text: str
) -> None:
    assert shown(file, value, number_format) == text


def test_a_text_that_begins_like_a_formula_is_a_text(file: Path) -> None:
    row = '<row><c t="inlineStr"><is><t>=1+1</t></is></c><c t="s"><v>1</v></c></row>'
    write_raw(file, sheet(HEADER + row))

    assert cells(file) == [("=1+1", "Acme Ltd")]


def test_dates_may_count_from_1904(file: Path) -> None:
    workbook = Workbook()
    workbook.epoch = CALENDAR_MAC_1904
    page = workbook.active
    assert page is not None
    page.append(["Since"])
    page.append([dt.date(2025, 11, 3)])
    workbook.save(file)

    assert cells(file) == [("2025-11-03",)]


def test_a_formula_gives_its_value(file: Path) -> None:
    row = (
        '<row r="2"><c r="A2" t="str"><f>B2</f><v>Acme</v></c>'
        '<c r="B2"><f>1+1</f><v>2</v></c></row>'
        '<row r="3"><c r="A3" t="inlineStr"><is><t>Bolt</t></is></c>'
        '<c r="B3" t="str"><f>IF(1,"")</f><v></v></c></row>'
    )
    write_raw(file, sheet(HEADER + row))

    assert cells(file) == [("Acme", "2"), ("Bolt", "")]


def test_a_formula_that_was_never_computed_is_refused(file: Path) -> None:
    write_xlsx(file, ["Company", "City"], ["Acme", "Ulm"], ["Bolt", "=1+1"])

    error = refusal(file)
    assert error.slug == "formula_uncomputed"
    assert "cell B3" in error.message
    assert "save it" in error.hint


def test_a_row_ends_where_the_header_does(file: Path) -> None:
    rows: list[list[Any]] = [
        ["Title"],
        [],
        ["Company", "City", "Zip"],
        ["Acme"],
        [],
        ["Bolt", None, 1, None],
    ]
    write_xlsx(file, *rows)

    with opened_table(file) as table:
        assert table.header == ("Company", "City", "Zip")
        assert table.titles == 1
        assert [(record.line, record.cells) for record in table.records()] == [
            (4, ("Acme", "", "")),
            (6, ("Bolt", "", "1")),
        ]


def test_a_cell_below_no_header_is_in_a_column_all_the_same(file: Path) -> None:
    write_xlsx(file, ["Company"], ["Acme", "", "Ulm"])

    with opened_table(file) as table:
        assert table.header == ("Company", "column 2", "column 3")


def test_merged_cells_have_their_value_in_the_first(file: Path) -> None:
    workbook = Workbook()
    page = workbook.active
    assert page is not None
    for row in (["Company", "City"], ["Acme", "Ulm"], [None, "Graz"]):
        page.append(row)
    page.merge_cells("A2:A3")
    workbook.save(file)

    assert cells(file) == [("Acme", "Ulm"), ("", "Graz")]


def workbook_of(file: Path, **states: str) -> Path:
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for title, state in states.items():
        page = workbook.create_sheet(title)
        page.append(["Company"])
        page.append([title])
        page.sheet_state = state
    workbook.save(file)
    return file


def test_the_first_sheet_that_is_not_hidden_is_read_unless_one_is_named(file: Path) -> None:
    workbook_of(file, Lists="hidden", Deep="veryHidden", Kunden="visible", Notes="visible")

    with opened_table(file) as table:
        assert (table.sheet, table.other_sheets) == ("Kunden", ("Notes",))
        assert [record.cells for record in table.records()] == [("Kunden",)]
    for name, sheet_name in (("Notes", "Notes"), ("notes", "Notes"), ("Lists", "Lists")):
        with opened_table(file, sheet=name) as table:
            assert table.sheet == sheet_name
            assert [record.cells for record in table.records()] == [(sheet_name,)]


def test_a_sheet_that_is_not_there_is_refused(file: Path, tmp_path: Path) -> None:
    error = refusal(workbook_of(file, Kunden="visible", Notes="visible"), sheet="Clients")
    assert error.slug == "sheet_not_found"
    assert "Kunden, Notes" in error.hint

    (tmp_path / "a.csv").write_bytes(b"Company\nAcme\n")
    assert refusal(tmp_path / "a.csv", sheet="Kunden").slug == "sheet_not_found"


def test_a_number_is_not_changed_by_being_read() -> None:
    for text in ("0.1", "123456789012345678901234567890", "-12.75", "0"):
        assert shown_number(text, "General") == text
    assert shown_text("_xD83C__xDFE2_") == "🏢"
