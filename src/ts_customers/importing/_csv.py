"""Reading CSV and TSV."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, islice

from ts_customers._errors import InputFileError
from ts_customers.importing._header import Row
from ts_customers.importing._limits import Limits
from ts_customers.importing._source import Source, first_line

# The first one wins where several fit as well.
_DELIMITERS = ",;\t|"
_SAMPLE_LINES = 100
_SAMPLE_LINE = 65_536
# What tells Excel the delimiter, in a first line of its own.
_SEP = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CsvRows:
    """The rows of a CSV file. They are as long as they are written."""

    source: Source
    limits: Limits
    delimiter: str
    has_sep_line: bool

    def rows(self) -> Iterator[Row]:
        """Read the rows that are not blank, each with the line that it begins in.

        Raises:
            InputFileError: csv_malformed, cell_too_long, file_changed.
        """
        line = before = int(self.has_sep_line)
        with self.source.text() as text, _cells_up_to(self.limits.cell):
            first = first_line(text)
            lines = text if self.has_sep_line else chain((first,), text)
            reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
            try:
                for cells in reader:
                    if any(map(str.strip, cells)):
                        yield line + 1, cells
                    line = reader.line_num + before
            except csv.Error as error:
                raise self._malformed(error, line + 1, reader.line_num + before) from error

    def _malformed(self, error: csv.Error, start: int, line: int) -> InputFileError:
        name = self.source.name
        if "field larger than field limit" in str(error):
            cause = "Look for a quotation mark that is never closed,"
            return self.limits.cell_too_long(name, start, cause=cause)
        where, reason = start, "a quotation mark is never closed"
        if "expected after" in str(error):
            where, reason = line, "text follows a closing quotation mark"
        return InputFileError(
            f"{name} is no sound CSV in line {where:,}: {reason}",
            slug="csv_malformed",
            hint='A cell with quotation marks is written as "so ""called"" cell".',
        )


@contextmanager
def _cells_up_to(length: int) -> Iterator[None]:
    # The limit is the csv module's own: a quote left open must not swallow a file whole.
    former = csv.field_size_limit(length)
    try:
        yield
    finally:
        csv.field_size_limit(former)


def open_csv(source: Source, limits: Limits) -> CsvRows:
    """Find out how the cells of a file are parted."""
    with source.text() as text:
        first = first_line(text)
        if sep := _SEP.fullmatch(first):
            return CsvRows(source, limits, sep[1], has_sep_line=True)
        lines = [first, *islice(iter(lambda: text.readline(_SAMPLE_LINE), ""), _SAMPLE_LINES)]
    # A tie: what is named .tsv has tabs.
    candidates = _DELIMITERS if source.suffix != ".tsv" else "\t,;|"
    delimiter = max(candidates, key=lambda candidate: _fit(lines, candidate))
    return CsvRows(source, limits, delimiter, has_sep_line=False)


def _fit(lines: list[str], delimiter: str) -> tuple[int, int]:
    """How many rows have the most usual number of cells, if that is not one, and that number."""
    widths: Counter[int] = Counter()
    # Strictly: with another delimiter, text soon follows a closing quotation mark. The last lines
    # may end in the middle of a cell.
    with _cells_up_to(_SAMPLE_LINE * _SAMPLE_LINES), suppress(csv.Error):
        for cells in csv.reader(lines, delimiter=delimiter, strict=True):
            widths[len(cells)] += 1
    del widths[0], widths[1]
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
    return count, width
