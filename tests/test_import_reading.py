"""Files are read as they are, and refused with one clear reason."""

from __future__ import annotations

import hashlib
import io
import os
import resource
import sys
import threading
from pathlib import Path

import pytest

from imports import opened_table, refusal, write_csv, write_xlsx
from ts_customers import InputFileError
from ts_customers.importing import Limits, Record, open_source, read_table

HEADER = b"Company,City\n"


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
        (HEADER + b"Acme,Ulm\nBo\x00lt,Graz\n", "file_has_nul", "line 3"),
        (HEADER + b'Acme,"Ulm\nBolt,Graz\n', "csv_malformed", "line 2: a quotation mark is never"),
        (HEADER + b'Bolt,Graz\n"Acme"x,Ulm\n', "csv_malformed", "line 3: text follows"),
        (b"PK\x03\x04" + b"\x00" * 9, "xlsx_malformed", "no sound Excel workbook"),
        (b"PK\x05\x06" + b"\x00" * 18, "format_unsupported", "ZIP"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "format_unsupported", "XLS"),
        (
            b"\xd0\xcf\x11\xe0"
            + b"\x00" * (1024 * 1024 + 64 - 4 - 9)
            + "EncryptedPackage".encode("utf-16-le"),
            "file_encrypted",
            "password",
        ),
        (b"%PDF-1.7\n", "format_unsupported", "PDF"),
        (b"\x1f\x8b\x08\x00", "format_unsupported", "gzip"),
        (b"<!DOCTYPE html><html>", "format_unsupported", "HTML"),
        (b"\xef\xbb\xbf\n<table><tr>", "format_unsupported", "HTML"),
        (b'[\n  {"company_name": "Acme"}\n]', "format_unsupported", "JSON"),
        (HEADER + b"a" * (17 * 1024 * 1024), "line_too_long", "line 2"),
        (HEADER + b"," * 2000 + b"x\n", "too_many_columns", "line 2"),
        (b",".join(b"c%d" % n for n in range(1001)) + b"\nx", "too_many_columns", "line 1"),
    ],
)
def test_what_cannot_be_read_is_refused(file: Path, content: bytes, slug: str, said: str) -> None:
    file.write_bytes(content)

    error = refusal(file)

    assert error.slug == slug
    assert said in error.message
    assert error.hint


def test_a_cell_that_is_too_long_is_found_where_its_record_begins(file: Path) -> None:
    file.write_bytes(HEADER + b'Acme,Ulm\nBolt,"Graz\n' + b"x\n" * 20_000)

    error = refusal(file)

    assert error.slug == "cell_too_long"
    assert "line 3" in error.message
    assert "never closed" in error.hint


def test_limits_are_kept(file: Path) -> None:
    file.write_bytes(HEADER + b"Acme,Ulm\nBolt,Graz\n")

    assert refusal(file, Limits(size=20)).slug == "file_too_large"
    assert refusal(file, Limits(rows=1)).slug == "too_many_rows"
    assert refusal(file, Limits(cell=6)).slug == "cell_too_long"
    assert refusal(file, Limits(columns=1)).slug == "too_many_columns"
    with opened_table(file, Limits(size=file.stat().st_size, rows=2, columns=2, cell=7)) as table:
        assert table.row_count == 2


def test_limits_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for number, name in enumerate(("BYTES", "UNPACKED", "ROWS", "COLUMNS", "CELL"), start=7):
        monkeypatch.setenv(f"TS_CUSTOMERS_IMPORT_MAX_{name}", str(number))
    assert Limits.from_environment() == Limits(size=7, unpacked=8, rows=9, columns=10, cell=11)

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


def test_a_file_may_be_read_several_times_at_once(file: Path) -> None:
    write_csv(file, ["Company"], *([f"Firm {number}"] for number in range(1, 50_001)))

    with opened_table(file) as table:
        pairs = list(zip(table.records(), table.records(), strict=True))

    assert len(pairs) == 50_000
    assert all(one == other for one, other in pairs)


def test_a_file_that_is_being_written_is_refused(file: Path) -> None:
    file.write_bytes(HEADER + b"Acme,Ulm\n")

    with open_source(file, Limits()) as source:
        with file.open("ab") as more:
            more.write(b"Bolt,Gr")
        with pytest.raises(InputFileError) as caught:
            read_table(source, Limits())

    assert caught.value.slug == "file_changed"


def test_what_is_added_after_the_first_reading_is_not_read(file: Path) -> None:
    file.write_bytes(HEADER + b"Acme,Ulm\n")

    with opened_table(file) as table:
        with file.open("ab") as more:
            more.write(b"Bolt,Graz\n")
        assert [record.cells for record in table.records()] == [("Acme", "Ulm")]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "xlsx"])
def test_nothing_is_read_of_what_a_file_has_become(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"customers.{suffix}"
    rows = [f"Firm {number:06}" for number in range(100_000)]
    if suffix == "csv":
        write_csv(file, ["Company"], *([row] for row in rows))
    elif suffix == "jsonl":
        file.write_text("".join(f'{{"Company": "{row}"}}\n' for row in rows), encoding="utf-8")
    else:
        # More than a block, which is kept in memory.
        write_xlsx(file, ["Company"], *([os.urandom(512).hex()] for _ in rows[:3000]))
    size = file.stat().st_size
    assert size > 1024 * 1024

    read: list[Record] = []
    with opened_table(file) as table:
        with file.open("r+b") as other:
            other.seek(100 if suffix == "xlsx" else size - 2000)
            other.write(b"X" * 1000)
        with pytest.raises(InputFileError) as caught:
            read += table.records()

    assert caught.value.slug == "file_changed"
    # Of what is read in order, the first block is as it was.
    assert bool(read) == (suffix != "xlsx")
    assert not any("X" in record.cells[0] for record in read)


def test_a_copy_of_standard_input_that_does_not_fit_is_a_clear_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = HEADER + b"Acme,Ulm\n" * 2_000_000
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    # The disk is full after so many bytes.
    resource.setrlimit(resource.RLIMIT_FSIZE, (10 * 1024 * 1024, former[1]))
    try:
        with pytest.raises(InputFileError) as caught:
            open_source(Path("-"), Limits()).__enter__()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)

    assert caught.value.slug == "spool_unwritable"
    assert "standard input cannot be kept" in caught.value.message
