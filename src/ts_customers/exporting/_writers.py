"""An export in each format."""

from __future__ import annotations

from typing import IO

from ts_customers.exporting._source import Source

FORMATS = ("csv", "xlsx", "jsonl")


def write_export(source: Source, file: IO[bytes], file_format: str) -> None:
    """Write an export.

    Args:
        source: Where it comes from.
        file: Where it goes.
        file_format: One of FORMATS.

    Raises:
        Invalid: sheet_too_small, and what the source raises.
    """
    if file_format == "xlsx":
        from ts_customers.exporting._xlsx import write_workbook

        write_workbook(source.cells(), file)
        return
    for block in source.csv() if file_format == "csv" else source.lines():
        file.write(block)
