"""Reading CSV: a header, and records that are numbered from 1 after it."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ts_customers._errors import InputFileError
from ts_customers.importing._source import Limits, Source

TOO_MANY_CELLS = "too_many_cells"
TOO_FEW_CELLS = "too_few_cells"

# The first one wins where several are as frequent.
_DELIMITERS = ",;\t|"
_LINE = 65_536


@dataclass(frozen=True, slots=True)
class Record:
    """One record; it may have more or fewer cells than the header."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A file that has been read through once: nothing in it is a surprise to the second reading."""

    source: Source
    limits: Limits
    delimiter: str
    header: tuple[str, ...]
    row_count: int

    def records(self) -> Iterator[Record]:
        """Read the records, in the order of the file; blank ones are none.

        Raises:
            InputFileError: csv_malformed, cell_too_long.
        """
        with self.source.text() as text, _cells_up_to(self.limits.cell):
            reader = csv.reader(text, delimiter=self.delimiter, strict=True)
            rows = _rows(reader, self.source.name, self.limits)
            next(rows)
            width = len(self.header)
            for number, cells in enumerate(rows, start=1):
                # Blank cells past the header's end mean nothing either.
                yield Record(number, tuple(cells[: max(width, _width(cells))]))

    def raw(self, record: Record) -> dict[str, str]:
        """The cells of a record by their headers; those past the header by their position."""
        names = (*self.header, *map(column_name, range(len(self.header), len(record.cells))))
        return dict(zip(names, record.cells, strict=False))


def column_name(index: int) -> str:
    """What to call a column without a header. Counts from 0, speaks from 1."""
    return f"column {index + 1}"


def read_table(source: Source, limits: Limits) -> Table:
    """Read a file through, so that whatever is wrong with it as a whole is known before an import.

    Raises:
        InputFileError: file_has_no_header, header_duplicate, file_has_no_rows, csv_malformed,
            cell_too_long, too_many_rows.
    """
    with source.text() as text:
        delimiter = _detect_delimiter(text.readline(_LINE))
    with source.text() as text, _cells_up_to(limits.cell):
        rows = _rows(csv.reader(text, delimiter=delimiter, strict=True), source.name, limits)
        titles = next(rows, [])
        row_count = width = 0
        for cells in rows:
            row_count += 1
            width = max(width, _width(cells))
            if row_count > limits.rows:
                raise InputFileError(
                    f"{source.name} has more than {limits.rows:,} rows",
                    slug="too_many_rows",
                    hint="Split it, or raise TS_CUSTOMERS_IMPORT_MAX_ROWS.",
                )
    # A spreadsheet's blank columns are no columns.
    header = _header(titles[: max(width, _width(titles))], source.name)
    if row_count == 0:
        raise InputFileError(
            f"{source.name} has a header and no rows below it",
            slug="file_has_no_rows",
            hint="The first row names the columns; each row below it is a customer.",
        )
    return Table(source, limits, delimiter, header, row_count)


def _detect_delimiter(first_line: str) -> str:
    # Every second part of a line that is split at its quotes is inside of them.
    counts = Counter("".join(first_line.split('"')[::2]))
    return max(_DELIMITERS, key=lambda delimiter: counts[delimiter])


@contextmanager
def _cells_up_to(length: int) -> Iterator[None]:
    # The limit is the csv module's own: a quote left open must not swallow a file whole.
    former = csv.field_size_limit(length)
    try:
        yield
    finally:
        csv.field_size_limit(former)


def _rows(reader: Iterator[list[str]], name: str, limits: Limits) -> Iterator[list[str]]:
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise _malformed(error, name, getattr(reader, "line_num", 0), limits) from error
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield cells


def _width(cells: list[str]) -> int:
    """How many cells there are up to the last one that is not blank."""
    width = len(cells)
    while width and not cells[width - 1].strip():
        width -= 1
    return width


def _malformed(error: csv.Error, name: str, line: int, limits: Limits) -> InputFileError:
    if "field larger than field limit" in str(error):
        return InputFileError(
            f"{name} has a cell of more than {limits.cell:,} characters, which line {line:,} is in",
            slug="cell_too_long",
            hint="Look for a quotation mark that is never closed, "
            "or raise TS_CUSTOMERS_IMPORT_MAX_CELL.",
        )
    reason = "a quotation mark is never closed"
    if "expected after" in str(error):
        reason = "text follows a closing quotation mark"
    return InputFileError(
        f"{name} is no sound CSV in line {line:,}: {reason}",
        slug="csv_malformed",
        hint='A cell with quotation marks is written as "so ""called"" cell".',
    )


def _header(cells: list[str], name: str) -> tuple[str, ...]:
    header = tuple(cell.strip() or column_name(index) for index, cell in enumerate(cells))
    if not header:
        raise InputFileError(
            f"{name} is blank",
            slug="file_has_no_header",
            hint="The first row names the columns; each row below it is a customer.",
        )
    repeated = [column for column, count in Counter(header).items() if count > 1]
    if repeated:
        raise InputFileError(
            f"{name} has several columns called {', '.join(repeated)}",
            slug="header_duplicate",
            hint="Give each column a name of its own.",
        )
    return header
