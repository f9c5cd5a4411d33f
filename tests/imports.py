"""Files to import, for the tests of importing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ts_customers.importing import Limits, Table, open_source, read_table


def write_csv(path: Path, *rows: Sequence[str]) -> Path:
    """Write rows, the first of which is the header."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    path.write_text(buffer.getvalue(), encoding="utf-8")
    return path


@contextmanager
def opened_table(path: Path, limits: Limits | None = None) -> Iterator[Table]:
    """Open a file and read it through."""
    limits = limits or Limits()
    with open_source(path, limits) as source:
        yield read_table(source, limits)
