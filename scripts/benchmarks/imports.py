"""Importing a file, timed as a whole and by its steps."""

from __future__ import annotations

import csv
import time
from dataclasses import dataclass
from pathlib import Path

from ts_customers.generating import COLUMNS, made_customers
from ts_customers.importing import (
    Caller,
    ImportOptions,
    ImportReport,
    Limits,
    Progress,
    map_columns,
    open_source,
    read_table,
    report_pages,
    run_import,
)
from ts_customers.importing._rows import RowMaker

STEPS = ("opening", "reading", "checking", "importing")


@dataclass(frozen=True, slots=True)
class Timed:
    """How many seconds each of `STEPS` took, and the first page of the report."""

    steps: dict[str, float]
    report: ImportReport

    @property
    def seconds(self) -> float:
        """All of it."""
        return sum(self.steps.values())


def write_file(path: Path, rows: int, *, seed: int = 1) -> Path:
    """Write made-up customers as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(made_customers(rows, seed=seed))
    return path


def timed_import(caller: Caller, path: Path) -> Timed:
    """Import a file as `ts-customers import` does, beginning when it is opened.

    Reading means handing rows over, while the next ones are read and converted.
    """
    started: dict[str, float] = {"opening": time.perf_counter()}

    def note(now: Progress) -> None:
        started.setdefault(now.step, time.perf_counter())

    limits = Limits()
    with open_source(path, limits) as source:
        table = read_table(source, limits)
        mapping = map_columns(table.header, {})
        import_id = run_import(caller, table, mapping, ImportOptions(), on_progress=note)
    ended = time.perf_counter()
    ends = [*(started[step] for step in STEPS[1:]), ended]
    steps = {step: end - started[step] for step, end in zip(STEPS, ends, strict=True)}
    report = next(report_pages(caller, import_id))
    # What imports only a part of the file must not look fast.
    assert report.status == "committed", report.status
    assert report.rejected == 0, report.errors[:3]
    return Timed(steps, report)


def timed_reading(path: Path) -> float:
    """Read and convert a file as an import does, for nobody; returns the seconds."""
    begin = time.perf_counter()
    limits = Limits()
    with open_source(path, limits) as source:
        table = read_table(source, limits)
        maker = RowMaker(table, map_columns(table.header, {}))
        made = sum(1 for record in table.records() if maker.row(record))
    assert made == table.row_count
    return time.perf_counter() - begin
