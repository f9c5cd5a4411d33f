"""Workbooks: every cell is text, none is a formula, and nothing is cut off."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import IO

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from ts_customers._errors import Invalid
from ts_customers.exporting._source import Cells

_MOST_ROWS = 1_048_576
_LONGEST_CELL = 32_767

# What XML cannot hold is written by its code, as _x000B_ (ECMA-376, ST_Xstring), which programs
# read back; and so is what only looks like it. A carriage return would be read as a line feed.
_ESCAPED = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def write_workbook(rows: Iterable[Cells], file: IO[bytes]) -> None:
    """Write rows, the first of which is the header, to the only sheet of a workbook.

    Raises:
        Invalid: sheet_too_small.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Customers")
    assert isinstance(sheet, WriteOnlyWorksheet)
    sheet.freeze_panes = "A2"
    try:
        for number, cells in enumerate(_that_fit(rows), start=1):
            sheet.append(_text_cells(sheet, cells, number))
        book.save(file)
    except BaseException:
        sheet.close()
        raise


def _that_fit(rows: Iterable[Cells]) -> Iterator[Cells]:
    for number, cells in enumerate(rows, start=1):
        if number > _MOST_ROWS:
            raise _too_small(f"a sheet has at most {_MOST_ROWS:,} rows, this export has more")
        yield cells


def _text_cells(sheet: WriteOnlyWorksheet, cells: Cells, row: int) -> Iterator[Cell | None]:
    for cell in cells:
        if not cell:
            yield None
            continue
        text = _ESCAPED.sub(lambda match: f"_x{ord(match[0]):04X}_", cell)
        if len(text) > _LONGEST_CELL:
            raise _too_small(
                f"a cell of a sheet has at most {_LONGEST_CELL:,} characters, "
                f"one in row {row:,} has more: {text[:40]}…"
            )
        made = WriteOnlyCell(sheet, text)
        made.data_type = "s"  # also what looks like a formula or an error
        yield made


def _too_small(message: str) -> Invalid:
    return Invalid(
        message,
        slug="sheet_too_small",
        hint="Export to CSV or JSON lines, which have no such limit.",
    )
