"""Reading a table, whatever its file is: a header, and records numbered from 1 after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Protocol

from ts_customers._errors import InputFileError, Invalid
from ts_customers.importing._csv import open_csv
from ts_customers.importing._fields import is_secret
from ts_customers.importing._format import Format
from ts_customers.importing._header import (
    LOOKED_AT,
    Row,
    column_name,
    count_titles,
    filled_width,
    name_columns,
)
from ts_customers.importing._jsonl import open_jsonl
from ts_customers.importing._limits import Limits
from ts_customers.importing._source import Source
from ts_customers.importing._xlsx import open_workbook

TOO_MANY_CELLS = "too_many_cells"
TOO_FEW_CELLS = "too_few_cells"


class Rows(Protocol):
    """What is read of a file, from its beginning each time; blank rows are none."""

    def rows(self) -> Iterator[tuple[int, list[Any]]]:
        """Read the rows, each with the line that it begins in."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record; it may have more or fewer cells than the header.

    Attributes:
        number: Counts the records from 1.
        cells: Texts. Those of JSON lines may be True, False, None, or lists; numbers are texts
            there too, and `settings` is an object.
        line: The line of the file, or the row of the sheet, that it begins in, from 1.
    """

    number: int
    cells: tuple[Any, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Table:
    """A file that has been read through once: nothing in it is a surprise to the second reading.

    Attributes:
        source: The file, with its format, encoding and fingerprint.
        limits: What was taken of it.
        header: The columns' names.
        row_count: How many records there are.
        titles: How many rows stand above the header, and are no part of the table.
        delimiter: What parts the cells in CSV; a comma for what is no CSV.
        sheet: The sheet of a workbook.
        other_sheets: Those beside it that are not hidden.
    """

    source: Source
    limits: Limits
    header: tuple[str, ...]
    row_count: int
    rows: Rows
    titles: int = 0
    delimiter: str = ","
    sheet: str | None = None
    other_sheets: tuple[str, ...] = ()

    @property
    def is_guarded(self) -> bool:
        """Whether an apostrophe may keep a cell from being run; nothing runs the texts of JSON."""
        return self.source.format is not Format.jsonl

    def records(self) -> Iterator[Record]:
        """Read the records, in the order of the file; blank ones are none.

        Raises:
            InputFileError: file_changed.
        """
        width = len(self.header)
        rows = self.rows.rows()
        if self.source.format is not Format.jsonl:
            rows = islice(rows, self.titles + 1, None)
        for number, (line, cells) in enumerate(rows, start=1):
            fitted = cells if len(cells) == width else self._fitted(cells, width)
            yield Record(number, tuple(fitted), line)

    def _fitted(self, cells: list[str], width: int) -> list[str]:
        if len(cells) > width:
            # Blank cells past the header's end mean nothing.
            return cells[: max(width, filled_width(cells))]
        # A sheet leaves out the empty cells at the end; in CSV they are missing.
        is_sheet = self.source.format is Format.xlsx
        return [*cells, *[""] * (width - len(cells))] if is_sheet else cells

    def kept_cells(self, record: Record) -> tuple[Any, ...]:
        """The cells of a record, None for those of passwords and card numbers.

        Which cell is one, nothing tells in a row with too many or too few: then all are None.
        """
        secret = [is_secret(header) for header in self.header]
        if not any(secret):
            return record.cells
        if len(record.cells) != len(secret):
            return (None,) * len(record.cells)
        return tuple(
            None if hidden else cell for hidden, cell in zip(secret, record.cells, strict=True)
        )

    def raw(self, record: Record) -> dict[str, Any]:
        """The kept cells of a record by their headers; those past the header by their position."""
        names = (*self.header, *map(column_name, range(len(self.header), len(record.cells))))
        # An object of JSON lines need not have every key.
        return {
            name: cell
            for name, cell in zip(names, self.kept_cells(record), strict=False)
            if cell is not None
        }


def read_table(source: Source, limits: Limits, *, sheet: str | None = None) -> Table:
    """Read a file through, so that whatever is wrong with it as a whole is known before an import.

    Args:
        source: The file.
        limits: How much of it is taken.
        sheet: Which sheet of a workbook; otherwise the first one that is not hidden.

    Raises:
        InputFileError: file_has_no_header, header_duplicate, file_has_no_rows, csv_malformed,
            jsonl_malformed, xlsx_malformed, xlsx_too_large, file_encrypted, format_unsupported,
            formula_uncomputed, cell_too_long, too_many_columns, too_many_rows, file_changed.
        Invalid: sheet_not_found.
    """
    if source.format is Format.xlsx:
        table = _workbook_table(source, limits, sheet)
    elif sheet is not None:
        raise Invalid(
            f"{source.name} is no workbook, so it has no sheet {sheet}",
            slug="sheet_not_found",
            hint="Leave out the sheet.",
        )
    elif source.format is Format.jsonl:
        lines = open_jsonl(source, limits)
        header = name_columns(lines.columns, len(lines.columns), source.name)
        table = Table(source, limits, header, lines.row_count, lines)
    else:
        rows = open_csv(source, limits)
        header, count, titles = _examined(rows, source.name, limits, is_sheet=False)
        table = Table(source, limits, header, count, rows, titles=titles, delimiter=rows.delimiter)
    source.check_unchanged()
    return table


def _workbook_table(source: Source, limits: Limits, sheet: str | None) -> Table:
    workbook = open_workbook(source, limits, sheet)
    name = f"{source.name}, sheet {workbook.sheet}," if workbook.other_sheets else source.name
    header, count, titles = _examined(workbook, name, limits, is_sheet=True)
    return Table(
        source,
        limits,
        header,
        count,
        workbook,
        titles=titles,
        sheet=workbook.sheet,
        other_sheets=workbook.other_sheets,
    )


def _examined(
    table: Rows, name: str, limits: Limits, *, is_sheet: bool
) -> tuple[tuple[str, ...], int, int]:
    """Read the rows through: the header, how many rows are below it, and how many above."""
    rows = table.rows()
    first: list[Row] = list(islice(rows, LOOKED_AT))
    titles = count_titles(first)
    above = [cells for _, cells in first[: titles + 1]]
    width = row_count = 0
    for line, cells in chain(first[titles + 1 :], rows):
        row_count += 1
        if row_count > limits.rows:
            raise limits.too_many_rows(name)
        if len(cells) > width and (filled := filled_width(cells)) > width:
            width = filled
            if width > limits.columns:
                raise limits.too_many_columns(name, line)
    names = above[-1] if above else []
    if is_sheet:
        # Nothing marks the end of its rows: a cell below no header is in a column all the same.
        names = [*names, *[""] * (width - len(names))]
    if filled_width(names) > limits.columns:
        raise limits.too_many_columns(name, first[titles][0])
    header = name_columns(names, width, name)
    if row_count == 0:
        raise InputFileError(
            f"{name} has a header and no rows below it",
            slug="file_has_no_rows",
            hint="The first row names the columns; each row below it is a customer.",
        )
    return header, row_count, titles
