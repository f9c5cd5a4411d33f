"""CSV as PostgreSQL writes it, which both ways to an export have in common."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from ts_customers.exporting._source import Cells


def csv_block(rows: Iterable[Cells]) -> bytes:
    """Write rows with LF at their ends, and everything in quotes that a reader could mistake."""
    buffer = io.StringIO()
    writer = csv.writer(_LineFeeds(buffer), lineterminator="\r\n")
    writer.writerows(rows)
    return buffer.getvalue().encode()


class _LineFeeds:
    """Ends each row by LF; told that rows end by CR LF, the writer quotes cells with either."""

    def __init__(self, buffer: io.StringIO) -> None:
        self._buffer = buffer

    def write(self, row: str) -> None:
        self._buffer.write(f"{row[:-2]}\n")
