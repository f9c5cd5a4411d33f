"""How much an import takes, and what is said of more."""

from __future__ import annotations

import os
from dataclasses import dataclass

from ts_customers._errors import InputFileError


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an import takes, and the variables of the environment that change it."""

    size: int = 256 * 1024 * 1024
    """Bytes of a file: TS_CUSTOMERS_IMPORT_MAX_BYTES."""
    unpacked: int = 1024 * 1024 * 1024
    """Bytes of a workbook's parts, which are compressed: TS_CUSTOMERS_IMPORT_MAX_UNPACKED."""
    rows: int = 1_000_000
    """Records after the header: TS_CUSTOMERS_IMPORT_MAX_ROWS."""
    columns: int = 1_000
    """Cells of a row: TS_CUSTOMERS_IMPORT_MAX_COLUMNS."""
    cell: int = 32_767
    """Characters of a cell, as in a spreadsheet: TS_CUSTOMERS_IMPORT_MAX_CELL."""

    @classmethod
    def from_environment(cls) -> Limits:
        """Read the limits.

        Raises:
            InputFileError: limit_invalid.
        """
        return cls(
            size=_limit("TS_CUSTOMERS_IMPORT_MAX_BYTES", cls().size),
            unpacked=_limit("TS_CUSTOMERS_IMPORT_MAX_UNPACKED", cls().unpacked),
            rows=_limit("TS_CUSTOMERS_IMPORT_MAX_ROWS", cls().rows),
            columns=_limit("TS_CUSTOMERS_IMPORT_MAX_COLUMNS", cls().columns),
            cell=_limit("TS_CUSTOMERS_IMPORT_MAX_CELL", cls().cell),
        )

    def too_large(self, name: str) -> InputFileError:
        """What to raise for a file of more bytes."""
        return InputFileError(
            f"{name} is larger than {self.size:,} bytes",
            slug="file_too_large",
            hint="Split it, or raise TS_CUSTOMERS_IMPORT_MAX_BYTES.",
        )

    def too_many_rows(self, name: str) -> InputFileError:
        """What to raise for a file of more rows."""
        return InputFileError(
            f"{name} has more than {self.rows:,} rows",
            slug="too_many_rows",
            hint="Split it, or raise TS_CUSTOMERS_IMPORT_MAX_ROWS.",
        )

    def too_many_columns(self, name: str, line: int) -> InputFileError:
        """What to raise for a row of more cells."""
        return InputFileError(
            f"{name} has more than {self.columns:,} columns in line {line:,}",
            slug="too_many_columns",
            hint="Remove those that are no customer's, or raise TS_CUSTOMERS_IMPORT_MAX_COLUMNS.",
        )

    def cell_too_long(self, name: str, line: int, *, cause: str = "") -> InputFileError:
        """What to raise for a cell of more characters."""
        return InputFileError(
            f"{name} has a cell of more than {self.cell:,} characters in line {line:,}",
            slug="cell_too_long",
            hint=f"{cause or 'Shorten it,'} or raise TS_CUSTOMERS_IMPORT_MAX_CELL.",
        )


def _limit(name: str, default: int) -> int:
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    if not text.isdecimal() or int(text) == 0:
        raise InputFileError(
            f"{name} is {text}, which is no number",
            slug="limit_invalid",
            hint=f"Set it to a whole number such as {default}, or unset it.",
        )
    return int(text)
