"""Workbooks that are damaged, hostile or merely odd: each is refused in words, and quickly."""

from __future__ import annotations

import struct
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from imports import opened_table, refusal, write_xlsx
from ts_customers.importing import Limits
from workbooks import HEADER, TEXT, sheet, write_raw


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "customers.xlsx"


def cells(file: Path) -> list[tuple[Any, ...]]:
    with opened_table(file) as table:
        return [record.cells for record in table.records()]


def test_limits_are_kept(file: Path) -> None:
    write_xlsx(file, ["Company", "City"], ["Acme", "Ulm"], ["Bolt Ltd", "Graz"])

    assert refusal(file, Limits(rows=1)).slug == "too_many_rows"
    assert refusal(file, Limits(columns=1)).slug == "too_many_columns"
    assert refusal(file, Limits(cell=7)).slug == "cell_too_long"
    assert refusal(file, Limits(unpacked=1000)).slug == "xlsx_too_large"
    with opened_table(file, Limits(rows=2, columns=2, cell=8)) as table:
        assert table.row_count == 2


def test_declared_dimensions_that_are_wrong_do_not_matter(file: Path) -> None:
    row = f'<row r="9">{TEXT.format("Acme")}{TEXT.format("Ulm")}</row>'
    for reference in ("A1", "A1:XFD1048576", "B7:C8"):
        write_raw(file, sheet(HEADER + row, before=f'<dimension ref="{reference}"/>'))
        assert cells(file) == [("Acme", "Ulm")]


def test_a_million_empty_rows_take_no_time_to_speak_of(file: Path) -> None:
    rows = HEADER + f'<row r="2">{TEXT.format("Acme")}</row>'
    rows += '<row r="1048576"><c r="XFD1048576"/></row>'
    write_raw(file, sheet(rows))

    started = time.perf_counter()
    assert cells(file) == [("Acme", "")]
    assert time.perf_counter() - started < 5


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{}]>'.format(
    "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12))
)
ROW = '<row r="2">{}</row>'


@pytest.mark.parametrize(
    ("xml", "said"),
    [
        (sheet(HEADER + ROW.format(TEXT.format("&m;")), prolog=BOMB), "declares a document type"),
        (sheet(HEADER, prolog=f"<!--{'x' * 9000}-->{BOMB}"), "declares a document type"),
        (sheet(HEADER, prolog="<!DOCTYPE x SYSTEM 'file:///etc/passwd'>"), "declares"),
        (sheet(HEADER + '<row r="1"/>'), "row 1 follows row 1"),
        (sheet(HEADER + '<row r="99999999999999999999"/>'), "row 99999999999999999999"),
        (sheet(HEADER + ROW.format('<c r="XFE2"/>')), "column 16385"),
        (sheet(HEADER + ROW.format('<c r="ZZZZZZZ2"/>')), "column"),
        (sheet(HEADER + ROW.format('<c r="B2"/><c r="A2"/>')), "column 1 follows column 2"),
        (sheet(HEADER + ROW.format('<c t="s"><v>99</v></c>')), "index"),
        (sheet(HEADER + ROW.format('<c t="s"><v>x</v></c>')), "invalid literal"),
        (sheet(HEADER + ROW.format('<c s="9"><v>1</v></c>')), "index"),
        (sheet(HEADER + ROW.format("<c><v>1e999</v></c>")), "1e999 is no number"),
        (sheet(HEADER + ROW.format("<c><v>nan</v></c>")), "nan is no number"),
        (sheet(HEADER + ROW.format(f"<c><v>{'9' * 9999}</v></c>")), "is no number"),
        (sheet(HEADER + ROW.format(TEXT.format("_x0000_"))), "NUL"),
        (sheet(HEADER + ROW.format(TEXT.format("_xD800_"))), "surrogate"),
        (sheet(HEADER)[:-20], "unclosed token"),
        (sheet(HEADER).replace("</row>", "</rows>"), "mismatched tag"),
        ("\x00\x01", "not well-formed"),
    ],
)
def test_a_hostile_or_damaged_sheet_is_refused(file: Path, xml: str, said: str) -> None:
    error = refusal(write_raw(file, xml))

    assert error.slug == "xlsx_malformed"
    assert said in error.message
    assert len(error.message) < 300


@pytest.mark.parametrize("part", ["workbook", "styles", "sharedStrings"])
@pytest.mark.parametrize("content", [f"{BOMB}<x>&m;</x>", "<x", ""])
def test_a_hostile_or_damaged_part_is_refused(file: Path, part: str, content: str) -> None:
    row = f'<row r="2">{TEXT.format("Acme")}</row>'
    assert refusal(write_raw(file, sheet(HEADER + row), **{part: content})).slug == "xlsx_malformed"


def test_a_bomb_is_refused_before_it_is_unpacked(file: Path) -> None:
    row = "<row><c><v>1</v></c></row>"
    write_raw(file, sheet(HEADER + row * 2_000_000))
    assert file.stat().st_size < 1024 * 1024

    started = time.perf_counter()
    error = refusal(file)
    assert error.slug == "xlsx_too_large"
    assert time.perf_counter() - started < 1


def patched(file: Path, offset: int, layout: str, value: int) -> None:
    """Change a number of each entry in the archive's directory."""
    content = bytearray(file.read_bytes())
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        struct.pack_into(layout, content, at + offset, value)
        at = content.find(b"PK\x01\x02", at + 4)
    file.write_bytes(content)


@pytest.mark.parametrize(
    ("offset", "layout", "value", "slug"),
    [
        (24, "<I", 10, "xlsx_malformed"),  # less than there is
        (24, "<I", 0xFFFF_FFF0, "xlsx_too_large"),
        (16, "<I", 1, "xlsx_malformed"),  # another checksum
        (8, "<H", 1, "file_encrypted"),
        (10, "<H", 14, "xlsx_malformed"),  # LZMA
        (42, "<I", 999_999, "xlsx_malformed"),  # elsewhere
    ],
)
def test_an_archive_that_lies_is_refused(
    file: Path, offset: int, layout: str, value: int, slug: str
) -> None:
    write_xlsx(file, ["Company"], *([f"Firm {number}"] for number in range(999)))
    patched(file, offset, layout, value)

    error = refusal(file)
    assert error.slug == slug
    assert ("compressed in a way" in error.message) == (layout == "<H" and value == 14)


def test_a_part_that_is_parsed_as_a_whole_has_a_limit_of_its_own(file: Path) -> None:
    error = refusal(write_raw(file, sheet(HEADER), styles=" " * (65 * 1024 * 1024)))

    assert error.slug == "xlsx_too_large"
    assert "a part of 68,157,440 bytes" in error.message


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["a.txt"], "a ZIP archive"),
        (["mimetype", "content.xml"], "OpenDocument"),
        (["[Content_Types].xml", "xl/workbook.bin"], "XLSB"),
    ],
)
def test_other_archives_are_called_by_their_name(file: Path, names: list[str], said: str) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "x")

    error = refusal(file)
    assert error.slug == "format_unsupported"
    assert said in error.message


def test_a_workbook_cut_short_is_refused(file: Path) -> None:
    write_xlsx(file, ["Company"], *([f"Firm {number}"] for number in range(999)))
    file.write_bytes(file.read_bytes()[:-200])

    assert refusal(file).slug == "xlsx_malformed"
