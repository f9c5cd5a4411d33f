"""What an import did, or would do, and the files that say so."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from ts_customers._outputs import opened_output, unwritable
from ts_customers.importing._caller import Caller, patiently
from ts_customers.importing._reader import TOO_FEW_CELLS, TOO_MANY_CELLS, Record, Table

REASONS = "import errors"

# What the API returns at most in one page.
_PAGE = 200


@dataclass(frozen=True, slots=True)
class Counts:
    """How many records of a kind an import created, updated, and found as they should be."""

    created: int
    updated: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a row, or was changed about it.

    Rows count from 1 after the header; line is where the record begins in the file, if known.
    """

    row: int
    column: str | None
    value: Any
    slug: str
    message: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The report of an import: until it is committed the plan, from then on what was done.

    Errors and warnings are in the order of the file. `unmapped` are the columns without a field.
    `tier_changes` and `undone` count by what became of them; empty where there were none.
    """

    import_id: str
    status: str
    rows: int
    customers: Counts
    contacts: Counts
    tier_changes: dict[str, int]
    rejected: int
    undone: dict[str, int]
    errors: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    unmapped: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The report as an object of JSON."""
        told = asdict(self)
        for name in ("tier_changes", "undone"):
            if not told[name]:
                del told[name]
        for found in (*told["errors"], *told["warnings"]):
            if found["line"] is None:
                del found["line"]
        return told


def report_pages(caller: Caller, import_id: str) -> Iterator[ImportReport]:
    """Read the report of an import page by page; each has the counts, and some of the findings.

    Raises:
        NotFound: import_not_found.
        NotAllowed: role_required.
    """
    cursor = None
    while True:
        args = {"import_id": import_id, "cursor": cursor, "page_size": _PAGE}
        page = patiently(caller, "import_report", args)
        yield ImportReport(
            import_id=page["import_id"],
            status=page["status"],
            rows=page["rows"],
            customers=Counts(**page["customers"]),
            contacts=Counts(**page["contacts"]),
            tier_changes=page.get("tier_changes", {}),
            rejected=page["rejected"],
            undone=page.get("undone", {}),
            errors=tuple(map(_finding, page["errors"])),
            warnings=tuple(map(_finding, page["warnings"])),
            unmapped=tuple(page["unmapped"]),
        )
        cursor = page["cursor"]
        if cursor is None:
            return


def fetch_report(caller: Caller, import_id: str) -> ImportReport:
    """Read the whole report of an import.

    Raises:
        NotFound: import_not_found.
        NotAllowed: role_required.
    """
    pages = list(report_pages(caller, import_id))
    return replace(
        pages[-1],
        errors=tuple(error for page in pages for error in page.errors),
        warnings=tuple(warning for page in pages for warning in page.warnings),
    )


def _finding(found: Mapping[str, Any]) -> Finding:
    return Finding(
        row=found["row"],
        column=found["column"],
        value=found["value"],
        slug=found["slug"],
        message=found["message"],
        line=found.get("line"),
    )


def check_output(path: Path, *, source: Path) -> None:
    """See that a file can be written, before an import that nobody could read the result of.

    Raises:
        InputFileError: output_unwritable.
    """
    problem = None
    if not path.parent.is_dir():
        problem = f"there is no folder {path.parent}"
    elif path.is_dir():
        problem = "it is a folder"
    elif path.exists() and source.exists() and path.samefile(source):
        problem = "it is the file to import"
    else:
        try:
            _try_writing(path)
        except OSError as error:
            problem = error.strerror
    if problem:
        raise unwritable(str(path), problem, "Name another file. Nothing was imported.")


def _try_writing(path: Path) -> None:
    if path.exists():
        with path.open("ab"):
            pass
    if path.is_file() or not path.exists():
        # It is written beside its place first.
        with TemporaryFile(dir=path.resolve().parent):
            pass


@contextmanager
def _opened(path: Path, import_id: str) -> Iterator[io.TextIOWrapper]:
    hint = (
        "Make room, or name another file. The import itself is as it says, with all that was "
        f"refused: ts-customers imports show {import_id} --json"
    )
    with (
        opened_output(path, hint=hint) as file,
        io.TextIOWrapper(file, encoding="utf-8", newline="") as text,
    ):
        yield text


def write_report(path: Path, report: ImportReport) -> None:
    """Write a report as JSON.

    Raises:
        InputFileError: output_unwritable.
    """
    text = json.dumps(report.to_json(), ensure_ascii=False, indent=2)
    with _opened(path, report.import_id) as file:
        file.write(f"{text}\n")


def write_rejects(path: Path, table: Table, caller: Caller, import_id: str) -> int:
    """Write the refused rows with the file's own columns and the reasons, to be mended.

    A row with too many or too few cells stays so, that nothing takes it for sound. Passwords and
    card numbers are left out.

    Returns:
        How many rows were written.

    Raises:
        InputFileError: output_unwritable.
    """
    errors = (error for page in report_pages(caller, import_id) for error in page.errors)
    with _opened(path, import_id) as file:
        return _write_rejects(csv.writer(file, lineterminator="\n"), table, errors)


def _write_rejects(writer: Any, table: Table, errors: Iterator[Finding]) -> int:
    # A rejects file that is imported has such a column already.
    writer.writerow([*(column for column in table.header if column != REASONS), REASONS])
    records = iter(table.records())
    count = 0
    for row, found in groupby(errors, key=lambda error: error.row):
        record = next(record for record in records if record.number == row)
        reasons = "; ".join(map(_reason, found))
        writer.writerow([*_without_reasons(table, record), reasons])
        count += 1
    return count


def _reason(error: Finding) -> str:
    where = f"{error.column}: " if error.column else ""
    return f"{where}{error.message} [{error.slug}]"


def _without_reasons(table: Table, record: Record) -> list[str]:
    cells = [_cell(cell) for cell in table.kept_cells(record)]
    if REASONS not in table.header:
        return cells
    if len(cells) == len(table.header):
        del cells[table.header.index(REASONS)]
    elif record.cells[-1].endswith((f"[{TOO_MANY_CELLS}]", f"[{TOO_FEW_CELLS}]")):
        del cells[-1]
    return cells


def _cell(value: object) -> str:
    """A cell of any file as one of CSV: what is no text is written as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)
