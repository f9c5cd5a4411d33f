"""Showing a person what the columns of a file are taken for, and asking before it counts."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from ts_customers.cli._output import err_console, print_note, print_table

if TYPE_CHECKING:
    from ts_customers.importing import ColumnMap


def confirm_mapping(mapping: ColumnMap, *, ask: bool) -> None:
    """Show what the columns mean, and ask whether that is so, if anything was guessed.

    Does neither where nobody is watching: what a script is told to do, it does.

    Args:
        mapping: What the columns mean.
        ask: Whether the answer counts; if not, the columns are shown alone.
    """
    if mapping.is_certain or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    if mapping.format_name:
        print_note(f"This looks like a {mapping.format_name}.")
    print_table(
        {"header": "Column", "field": "Field", "confidence": "Sure?", "reason": "Why"},
        [
            {
                "header": column.header,
                "field": column.field or "left out",
                "confidence": str(column.confidence) if column.field else "",
                "reason": column.reason,
            }
            for column in mapping.columns
        ],
        to=err_console,
    )
    if ask and not typer.confirm("Import the columns like this?", default=True, err=True):
        print_note("Nothing was imported. Say what a column means: --map 'Column=field'")
        raise typer.Exit(1)
