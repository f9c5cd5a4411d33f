"""Files are read as they are, and refused with one clear reason."""

from __future__ import annotations

import hashlib
import io
import os
import sys
import threading
from pathlib import Path

import pytest

from imports import opened_table, write_csv
from ts_customers import InputFileError
from ts_customers.importing import Limits, Record, open_source

HEADER = b"Company,City\n"


def refusal(path: Path, limits: Limits | None = None) -> InputFileError:
    with pytest.raises(InputFileError) as caught, opened_table(path, limits):
        pass
    return caught.value


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "customers.csv"


def records(path: Path) -> list[Record]:
    with opened_table(path) as table:
        found = list(table.records())
        assert table.row_count == len(found)
        return found


def test_records_count_from_one_after_the_header(file: Path) -> None:
    file.write_bytes(HEADER + b"Acme,Ulm\nBolt,Graz\n")

    assert records(file) == [
        Record(1, ("Acme", "Ulm"), 2),
        Record(2, ("Bolt", "Graz"), 3),
    ]


def test_a_byte_order_mark_is_no_part_of_the_first_column(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + HEADER + "Ørsted,Århus\n".encode())

    with opened_table(file) as table:
        assert table.header == ("Company", "City")
        assert [record.cells for record in table.records()] == [("Ørsted", "Århus")]


def test_quoted_cells_keep_commas_quotes_and_line_breaks(file: Path) -> None:
    file.write_bytes(HEADER + b'"Acme, ""the"" firm","1 Way\r\nUlm"\r\nBolt,Graz')

    assert [record.cells for record in records(file)] == [
        ('Acme, "the" firm', "1 Way\r\nUlm"),
        ("Bolt", "Graz"),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_in_the_header(file: Path, delimiter: str) -> None:
    file.write_text(f'"Company, Ltd"{delimiter}City\nAcme{delimiter}"1,5"\n', encoding="utf-8")

    with opened_table(file) as table:
        assert table.header == ("Company, Ltd", "City")
        assert [record.cells for record in table.records()] == [("Acme", "1,5")]


def test_blank_rows_and_blank_columns_are_a_spreadsheets_own(file: Path) -> None:
    file.write_bytes(b"Company,City,,\nAcme,Ulm,,\n\n,,,\nBolt,Graz,,,\n")

    with opened_table(file) as table:
        assert table.header == ("Company", "City")
    assert records(file) == [Record(1, ("Acme", "Ulm"), 2), Record(2, ("Bolt", "Graz"), 5)]


def test_a_column_without_a_name_is_kept_if_it_holds_something(file: Path) -> None:
    file.write_bytes(b"Company,\nAcme,Ulm\n")

    with opened_table(file) as table:
        assert table.header == ("Company", "column 2")


def test_ragged_rows_stay_as_they_are(file: Path) -> None:
    file.write_bytes(HEADER + b"Acme,Ulm,more\nBolt\n")

    with opened_table(file) as table:
        assert list(table.records()) == [
            Record(1, ("Acme", "Ulm", "more"), 2),
            Record(2, ("Bolt",), 3),
        ]
        assert table.raw(Record(1, ("Acme", "Ulm", "more"), 2)) == {
            "Company": "Acme",
            "City": "Ulm",
            "column 3": "more",
        }


def test_the_fingerprint_is_that_of_the_bytes(file: Path) -> None:
    content = HEADER + b"Acme,Ulm\n"
    file.write_bytes(content)

    with opened_table(file) as table:
        assert table.source.sha256 == hashlib.sha256(content).hexdigest()


def test_standard_input_is_read_like_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    content = HEADER + b"Acme,Ulm\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    with opened_table(Path("-")) as table:
        assert table.source.name == "standard input"
        assert list(table.records()) == [Record(1, ("Acme", "Ulm"), 2)]
        assert table.source.sha256 == hashlib.sha256(content).hexdigest()


def test_a_pipe_with_a_name_is_read_like_a_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(HEADER + b"Acme,Ulm\n",))
    writer.start()

    with opened_table(pipe) as table:
        assert list(table.records()) == [Record(1, ("Acme", "Ulm"), 2)]
    writer.join()


@pytest.mark.parametrize(
    ("content", "slug", "said"),
    [
        (b"", "file_empty", "customers.csv is empty"),
        (b"\n , ,\n", "file_has_no_header", "blank"),
        (b"\xef\xbb\xbf", "file_has_no_header", "blank"),
        (HEADER, "file_has_no_rows", "no rows"),
        (HEADER + b"\n,\n", "file_has_no_rows", "no rows"),
        (b"City,Company,City\nUlm,Acme,Ulm\n", "header_duplicate", "called City"),
        (
            HEADER + "Müller,Ulm\n".encode("cp1252"),
            "file_not_utf8",
            "0xfc at position 14, in line 2",
        ),
        (HEADER + b"Acme,Ulm\xc3", "file_not_utf8", "0xc3 at position 21, in line 2"),
        (HEADER + b"Acme,Ulm\nBo\x00lt,Graz\n", "file_has_nul", "line 3"),
        (HEADER + b'Acme,"Ulm\nBolt,Graz\n', "csv_malformed", "never closed"),
        (HEADER + b'"Acme"x,Ulm\n', "csv_malformed", "line 2"),
        (b"PK\x03\x04" + b"\x00" * 9, "file_not_csv", "XLSX"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "file_not_csv", "XLS"),
        (b"%PDF-1.7\n", "file_not_csv", "PDF"),
        (b"\x1f\x8b\x08\x00", "file_not_csv", "gzip"),
        ("Company\nAcme\n".encode("utf-16"), "file_not_csv", "UTF-16"),
        (b"<!DOCTYPE html><html>", "file_not_csv", "HTML"),
    ],
)
def test_what_cannot_be_read_is_refused(file: Path, content: bytes, slug: str, said: str) -> None:
    file.write_bytes(content)

    error = refusal(file)

    assert error.slug == slug
    assert said in error.message
    assert error.hint


def test_a_bad_byte_is_counted_across_the_chunks_of_a_large_file(file: Path) -> None:
    # Two bytes of a character fall on either side of the first megabyte.
    body = b"a" * (1024 * 1024 - len(HEADER) - 1) + "é".encode() + b"\nb\xe9\n"
    file.write_bytes(HEADER + body)

    position = 1024 * 1024 + 3
    assert file.read_bytes()[position] == 0xE9
    assert f"position {position:,}, in line 3" in refusal(file).message


def test_a_character_that_ends_wrongly_in_the_next_chunk_is_found(file: Path) -> None:
    body = b"a" * (1024 * 1024 - len(HEADER) - 1) + b"\xc3\x28\n"
    file.write_bytes(HEADER + body)

    assert f"0xc3 at position {1024 * 1024 - 1:,}, in line 2" in refusal(file).message


def test_limits_are_kept(file: Path) -> None:
    file.write_bytes(HEADER + b"Acme,Ulm\nBolt,Graz\n")

    assert refusal(file, Limits(size=20)).slug == "file_too_large"
    assert refusal(file, Limits(rows=1)).slug == "too_many_rows"
    assert refusal(file, Limits(cell=6)).slug == "cell_too_long"
    with opened_table(file, Limits(size=file.stat().st_size, rows=2, cell=7)) as table:
        assert table.row_count == 2


def test_limits_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TS_CUSTOMERS_IMPORT_MAX_ROWS", "7")
    assert Limits.from_environment() == Limits(rows=7)

    monkeypatch.setenv("TS_CUSTOMERS_IMPORT_MAX_CELL", "many")
    with pytest.raises(InputFileError, match="TS_CUSTOMERS_IMPORT_MAX_CELL is many"):
        Limits.from_environment()


def test_standard_input_has_a_limit_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x" * 100)))

    with pytest.raises(InputFileError, match="larger than 50 bytes"):
        open_source(Path("-"), Limits(size=50)).__enter__()


def test_a_file_that_is_not_there_or_a_folder_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.csv").slug == "file_not_found"
    assert refusal(tmp_path).slug == "file_unreadable"


def test_a_long_file_is_read_in_order(file: Path) -> None:
    write_csv(file, ["Company"], *([f"Firm {number}"] for number in range(1, 5001)))

    assert all(record.cells == (f"Firm {record.number}",) for record in records(file))
    assert len(records(file)) == 5000
