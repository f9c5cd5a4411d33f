"""How CSV is read: delimiters, quotation marks, line ends, and where the header is."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from imports import opened_table, refusal
from ts_customers import TsCustomersError
from ts_customers.importing import Table

SPECTRUM = Path(__file__).parent.parent / "node_modules" / "csv-spectrum"
CASES = sorted(path.stem for path in (SPECTRUM / "csvs").glob("*.csv"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "customers.csv"


def dicts(table: Table) -> list[dict[str, object]]:
    return [table.raw(record) for record in table.records()]


def read(file: Path, text: str) -> list[dict[str, object]]:
    file.write_bytes(text.encode())
    with opened_table(file) as table:
        return dicts(table)


@pytest.mark.npm
@pytest.mark.skipif(not CASES, reason="run `npm ci` first: csv-spectrum is missing")
def test_csv_spectrum_is_read_as_its_json_says() -> None:
    assert len(CASES) == 12
    for case in CASES:
        expected = json.loads((SPECTRUM / "json" / f"{case}.json").read_text(encoding="utf-8"))
        if case == "location_coordinates":
            # Its JSON is no list, and has another phone number than its CSV.
            expected = [expected | {"Contact Phone Number": "2095257564"}]
        with opened_table(SPECTRUM / "csvs" / f"{case}.csv") as table:
            assert (case, dicts(table)) == (case, expected)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_they_do_on_any_system(file: Path, end: str) -> None:
    file.write_bytes(end.join(["Company,City", "Acme,Ulm", '"Bolt', 'Ltd",Graz', "C,D"]).encode())

    with opened_table(file) as table:
        assert [(record.line, record.cells) for record in table.records()] == [
            (2, ("Acme", "Ulm")),
            (3, (f"Bolt{end}Ltd", "Graz")),
            (5, ("C", "D")),
        ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_delimiter_is_what_parts_all_rows_alike(file: Path, delimiter: str) -> None:
    rows = [["Company", "Turnover", "Note"], ["A, Inc", "1,5", "x; y"], ["B", "2,5", "a|b\tc"]]
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter).writerows(rows)

    assert read(file, buffer.getvalue()) == [
        dict(zip(rows[0], row, strict=True)) for row in rows[1:]
    ]


def test_decimal_commas_do_not_part_cells(file: Path) -> None:
    assert read(file, "Company;Limit\nAcme;1,5\nBolt;2,5\n") == [
        {"Company": "Acme", "Limit": "1,5"},
        {"Company": "Bolt", "Limit": "2,5"},
    ]


@pytest.mark.parametrize("sep", ["sep=;", '"sep=;"', "SEP=;", "\ufeffsep=;"])
def test_a_first_line_that_names_the_delimiter_is_no_header(file: Path, sep: str) -> None:
    assert read(file, f"{sep}\r\nCompany;City\r\nAcme, Inc;Ulm\r\n") == [
        {"Company": "Acme, Inc", "City": "Ulm"}
    ]
    with opened_table(file) as table:
        assert [record.line for record in table.records()] == [3]
    assert read(file, "sep=~\nCompany~City\nAcme~Ulm\n") == [{"Company": "Acme", "City": "Ulm"}]


def test_a_name_that_ends_in_tsv_decides_where_the_content_does_not(tmp_path: Path) -> None:
    text = "A,B\tC\n1,2\t3\n"

    assert read(tmp_path / "a.csv", text) == [{"A": "1", "B\tC": "2\t3"}]
    assert read(tmp_path / "a.tsv", text) == [{"A,B": "1,2", "C": "3"}]


@pytest.mark.parametrize(
    "mark", ['\ufeff"Company"', '\ufeff\ufeff"Company"', '"\ufeffCompany"', "\ufeff Company "]
)
def test_marks_of_the_byte_order_are_no_part_of_a_name(file: Path, mark: str) -> None:
    assert read(file, f"{mark},City\nAcme,Ulm\n") == [{"Company": "Acme", "City": "Ulm"}]


def test_a_header_is_found_below_the_titles_of_a_report(file: Path) -> None:
    text = (
        "Customer Contact List\nAcme Books, Inc.\n\nCustomer,Phone,Email,City\n\n"
        "Bolt,1,b@x.example,Ulm\nCord,2,,\n\n,,,Total 2\n"
    )
    file.write_bytes(text.encode())

    with opened_table(file) as table:
        assert table.header == ("Customer", "Phone", "Email", "City")
        assert table.titles == 2
        assert [record.line for record in table.records()] == [6, 7, 9]


def test_titles_that_a_spreadsheet_saved_have_trailing_delimiters(file: Path) -> None:
    text = "Kundenliste;;;\nStand:;01.02.2025;;\n;;;\nFirma;Ort;PLZ;Land\nAcme;Ulm;89073;DE\n"

    assert read(file, text) == [{"Firma": "Acme", "Ort": "Ulm", "PLZ": "89073", "Land": "DE"}]


def test_a_title_above_two_columns_is_one_if_a_blank_line_follows(file: Path) -> None:
    assert read(file, "Customers\n\nCompany,City\nAcme,Ulm\n") == [
        {"Company": "Acme", "City": "Ulm"}
    ]


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("Company,\nAcme,Ulm\nBolt,Graz\n", ("Company", "column 2")),
        ("Company\nAcme\n\nBolt\n", ("Company",)),
        ("Company,City\nAcme,Ulm,a,b,c,d,e,f\nBolt,Graz\n", ("Company", "City")),
        ("A,B,C,,\n1,2,3,4,5\n1,2,3,4,5\n", ("A", "B", "C", "column 4", "column 5")),
        ("Company,A,B,C,D,E\nAcme,,,,,\nBolt,,,,,\n", ("Company", "A", "B", "C", "D", "E")),
    ],
)
def test_what_is_a_header_is_not_taken_for_a_title(
    file: Path, text: str, header: tuple[str, ...]
) -> None:
    file.write_bytes(text.encode())

    with opened_table(file) as table:
        assert (table.header, table.titles) == (header, 0)


def test_columns_of_one_name_are_refused_wherever_the_header_is(file: Path) -> None:
    file.write_bytes(b"Report\n\nCompany,Phone,Phone\nAcme,1,2\n")

    assert refusal(file).slug == "header_duplicate"


def test_a_footer_is_made_of_ragged_rows(file: Path) -> None:
    file.write_bytes(
        b'"Account Name","Billing City"\n"Acme","Ulm"\n\n\n"Accounts"\n"Generated By: Ada"\n'
    )

    with opened_table(file) as table:
        assert [(record.line, record.cells) for record in table.records()] == [
            (2, ("Acme", "Ulm")),
            (5, ("Accounts",)),
            (6, ("Generated By: Ada",)),
        ]


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
HOSTILE = st.one_of(CELLS, st.text("\"',;|\t\r\n \ufeff=é€", max_size=8))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    rows=st.lists(st.lists(HOSTILE, min_size=4, max_size=4), min_size=1, max_size=5),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    quotes_all=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
@example([["a\rb", "a\nb", "a\r\nb", '"']], ";", "\r\n", True, "utf-16")
@example([["\u2028", "\x85", "\x0b\x0c", "\x1c"]], ",", "\n", False, "utf-8")
def test_what_was_written_is_read_back(
    file: Path, rows: list[list[str]], delimiter: str, end: str, quotes_all: bool, encoding: str
) -> None:
    header = ["One", "Two", "Three", "Four"]
    assume(all(any(cell.strip() for cell in row) for row in rows))
    # Python 3.11 quotes a line break only if it is the one that lines end in.
    assume(quotes_all or not any(re.search("[\r\n]", c) for r in rows for c in r))
    buffer = io.StringIO(newline="")
    writer = csv.writer(
        buffer,
        delimiter=delimiter,
        lineterminator=end,
        quoting=csv.QUOTE_ALL if quotes_all else csv.QUOTE_MINIMAL,
    )
    writer.writerow(header)
    writer.writerows(rows)
    file.write_bytes(f"sep={delimiter}{end}{buffer.getvalue()}".encode(encoding))

    with opened_table(file) as table:
        assert table.header == tuple(header)
        assert [list(record.cells) for record in table.records()] == rows


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    rows=st.lists(st.lists(HOSTILE, min_size=4, max_size=4), min_size=2, max_size=5),
    delimiter=st.sampled_from(",;\t|"),
)
def test_a_delimiter_is_found_whatever_stands_in_quotation_marks(
    file: Path, rows: list[list[str]], delimiter: str
) -> None:
    assume(all(any(cell.strip() for cell in row) for row in rows))
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(["One", "Two", "Three", "Four"])
    writer.writerows(rows)
    file.write_bytes(buffer.getvalue().encode())

    with opened_table(file) as table:
        assert table.delimiter == delimiter
        assert table.header == ("One", "Two", "Three", "Four")
        assert [list(record.cells) for record in table.records()] == rows


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.binary(max_size=200))
@example(b'"' * 99)
@example(b"\xff\xfe\x00\xd8,\x00")
@example(b"\xff\xfea")
@example(b"sep=,")
@example(b"sep=\x00")
@example(b'{"a":1}\n[')
@example(b"PK\x05\x06" + b"\xff" * 40)
def test_no_bytes_make_reading_crash(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    try:
        with opened_table(file) as table:
            assert len(list(table.records())) == table.row_count > 0
    except TsCustomersError as error:
        refused = error
    else:
        return
    assert refused.slug
    assert refused.hint
