"""Which row of a table is its header, and what its columns are called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median_low

from ts_customers._errors import InputFileError

# So many rows are looked at: what stands above a header is shorter than that.
LOOKED_AT = 30

# The line that a row begins in, and its cells.
Row = tuple[int, list[str]]


def filled_width(cells: Sequence[str]) -> int:
    """How many cells there are up to the last one that is not blank."""
    width = len(cells)
    while width and not cells[width - 1].strip():
        width -= 1
    return width


def count_titles(rows: Sequence[Row]) -> int:
    """How many of the first rows, which are not blank, stand above the header.

    Reports bear a title, a date and the like there: rows that fill less than half of the columns
    that a usual row fills; or that a blank line parts from one that fills twice as many.
    """
    filled = [sum(1 for cell in cells if cell.strip()) for _, cells in rows]
    usual = median_low([count for count in filled if count > 1] or [1])
    apart = _first_block(rows)
    is_title = 0 < apart < len(rows) and max(filled[:apart]) * 2 <= filled[apart]
    start = apart if is_title else 0
    return next((i for i in range(start, len(rows)) if filled[i] * 2 >= usual), start)


def _first_block(rows: Sequence[Row]) -> int:
    """How many rows there are before the first blank line."""
    for index in range(1, len(rows)):
        line, cells = rows[index - 1]
        if rows[index][0] > line + 1 + sum(cell.count("\n") for cell in cells):
            return index
    return len(rows)


def name_columns(titles: Sequence[str], width: int, name: str) -> tuple[str, ...]:
    """The names of the columns; those without one are called by their position.

    Args:
        titles: The cells of the header.
        width: How many columns hold something below it.
        name: What to call the file.

    Raises:
        InputFileError: file_has_no_header, header_duplicate.
    """
    header = tuple(
        # A mark of the byte order may have got into the first cell's quotation marks.
        title.strip().strip("\ufeff").strip() or column_name(index)
        # A spreadsheet's blank columns are no columns.
        for index, title in enumerate(titles[: max(width, filled_width(titles))])
    )
    if not header:
        raise InputFileError(
            f"{name} has no header: its rows are blank",
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


def column_name(index: int) -> str:
    """What to call a column without a header. Counts from 0, speaks from 1."""
    return f"column {index + 1}"
