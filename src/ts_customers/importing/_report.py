"""What an import did, or would do, and the files that say so."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ts_customers._client import Client
from ts_customers._errors import InputFileError
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
    """One thing that is wrong with a row, or was changed about it. Rows count from 1."""

    row: int
    column: str | None
    value: Any
    slug: str
    message: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The report of an import: until it is committed the plan, from then on what was done.

    Errors and warnings are in the order of the file. `unmapped` are the columns without a field.
    """

    import_id: str
    status: str
    rows: int
    customers: Counts
    contacts: Counts
    rejected: int
    errors: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    unmapped: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The report as an object of JSON."""
        return asdict(self)


def fetch_report(client: Client, import_id: str) -> ImportReport:
    """Read the whole report of an import.

    Raises:
        NotFound: import_not_found.
        NotAllowed: role_required.
    """
    errors: list[Finding] = []
    warnings: list[Finding] = []
    cursor = None
    while True:
        page = client.rpc(
            "import_report", {"import_id": import_id, "cursor": cursor, "page_size": _PAGE}
        )
        errors += map(_finding, page["errors"])
        warnings += map(_finding, page["warnings"])
        cursor = page["cursor"]
        if cursor is None:
            break
    return ImportReport(
        import_id=page["import_id"],
        status=page["status"],
        rows=page["rows"],
        customers=Counts(**page["customers"]),
        contacts=Counts(**page["contacts"]),
        rejected=page["rejected"],
        errors=tuple(errors),
        warnings=tuple(warnings),
        unmapped=tuple(page["unmapped"]),
    )


def _finding(found: Mapping[str, Any]) -> Finding:
    return Finding(
        row=found["row"],
        column=found["column"],
        value=found["value"],
        slug=found["slug"],
        message=found["message"],
    )


def check_output(path: Path, *, source: Path) -> None:
    """See that a file can be written, before an import that nobody could read the result of.

    Raises:
        InputFileError: output_unwritable.
    """
    problem = None
    existed = path.exists()
    if not path.parent.is_dir():
        problem = f"there is no folder {path.parent}"
    elif path.is_dir():
        problem = "it is a folder"
    elif existed and source.exists() and path.samefile(source):
        problem = "it is the file to import"
    else:
        try:
            with path.open("a", encoding="utf-8"):
                pass
        except OSError as error:
            problem = error.strerror
        else:
            if not existed:
                path.unlink()
    if problem:
        raise InputFileError(
            f"{path} cannot be written: {problem}",
            slug="output_unwritable",
            hint="Name another file.",
        )


def write_report(path: Path, report: ImportReport) -> None:
    """Write a report as JSON."""
    text = json.dumps(report.to_json(), ensure_ascii=False, indent=2)
    path.write_text(f"{text}\n", encoding="utf-8")


def write_rejects(path: Path, table: Table, report: ImportReport) -> int:
    """Write the refused rows with the file's own columns and the reasons, to be mended.

    A row with too many or too few cells stays so, that nothing takes it for sound.

    Returns:
        How many rows were written.
    """
    reasons: dict[int, list[str]] = defaultdict(list)
    for error in report.errors:
        where = f"{error.column}: " if error.column else ""
        reasons[error.row].append(f"{where}{error.message} [{error.slug}]")
    # A rejects file that is imported has such a column already.
    header = tuple(column for column in table.header if column != REASONS)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=table.delimiter, lineterminator="\n")
        writer.writerow([*header, REASONS])
        for record in table.records():
            if record.number in reasons:
                cells = _without_reasons(table, record)
                writer.writerow([*cells, "; ".join(reasons[record.number])])
    return len(reasons)


def _without_reasons(table: Table, record: Record) -> list[str]:
    cells = list(record.cells)
    if REASONS not in table.header:
        return cells
    if len(cells) == len(table.header):
        del cells[table.header.index(REASONS)]
    elif cells[-1].endswith(f"[{TOO_MANY_CELLS}]") or cells[-1].endswith(f"[{TOO_FEW_CELLS}]"):
        del cells[-1]
    return cells
