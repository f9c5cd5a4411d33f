"""What `import` and `imports` say about a file and about what became of it."""

from __future__ import annotations

from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from ts_customers.cli._output import print_json, print_note, print_table, show

if TYPE_CHECKING:
    from ts_customers.importing import Caller, Finding, ImportReport, Table

# How many findings a person is shown; a file of them holds all.
_SHOWN = 20


def print_reading(table: Table) -> None:
    """Say how a file was read, where that is not plain: encoding, sheet, titles above it."""
    encoding = table.source.encoding
    if encoding is not None and encoding.guessed:
        words = f", as in {', '.join(encoding.words)}" if encoding.words else ""
        print_note(f"Read as {encoding.label}{words} (--encoding names another one).")
    if table.titles:
        print_note(f"{table.titles} rows above the header were left out.")
    if table.other_sheets:
        print_note(
            f"Sheet {table.sheet} was read; there are also "
            f"{', '.join(table.other_sheets)} (--sheet)."
        )


def print_import(
    caller: Caller,
    import_id: str,
    *,
    report: Path | None = None,
    as_json: bool = False,
    dry_run: bool = False,
) -> ImportReport:
    """Print what an import did or would do; all findings as JSON, the first ones for people.

    Args:
        caller: Who may read it.
        import_id: The import.
        report: Write all of it to this file, too.
        as_json: Print all of it as JSON.
        dry_run: Say that nothing was done yet.

    Returns:
        The report; without all findings where nobody asked for them.
    """
    from ts_customers import importing

    if report is None and not as_json:
        done = next(importing.report_pages(caller, import_id))
    else:
        done = importing.fetch_report(caller, import_id)
    if report is not None:
        importing.write_report(report, done)
    if as_json:
        print_json(done.to_json())
    else:
        _print_report(done, _findings(caller, import_id), dry_run=dry_run)
    return done


def _findings(caller: Caller, import_id: str) -> tuple[list[Finding], list[Finding]]:
    """The first errors and warnings, one more of each than is shown."""
    from ts_customers import importing

    errors: list[Finding] = []
    warnings: list[Finding] = []
    for page in islice(importing.report_pages(caller, import_id), 50):
        errors += page.errors
        warnings += page.warnings
        if len(errors) > _SHOWN and len(warnings) > _SHOWN:
            break
    return errors, warnings


def _print_report(
    report: ImportReport, findings: tuple[list[Finding], list[Finding]], *, dry_run: bool
) -> None:
    rows = [
        {"kind": "Customers"} | asdict(report.customers),
        {"kind": "Contacts"} | asdict(report.contacts),
    ]
    headings = ("Would create", "Would update") if dry_run else ("Created", "Updated")
    print_table(
        {
            "kind": "",
            "created#": headings[0],
            "updated#": headings[1],
            "unchanged#": "Unchanged",
        },
        rows,
    )
    verb = "would be refused" if dry_run else "refused"
    print_note(f"{report.rows:,} rows, {report.rejected:,} {verb}.")
    _print_counts("Changes of tier:", report.tier_changes)
    _print_counts("Undone:", report.undone)
    _print_findings("Refused:", findings[0])
    _print_findings("Warnings:", findings[1])
    if report.unmapped:
        print_note(
            f"Columns left out, as not understood or of a contact without a name: "
            f"{', '.join(report.unmapped)} (--map 'Column=field')"
        )


def _print_counts(title: str, counts: dict[str, int]) -> None:
    told = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
    if told:
        print_note(f"{title} {told}.")


def _print_findings(title: str, findings: list[Finding]) -> None:
    if not findings:
        return
    print_note(title)
    for found in findings[:_SHOWN]:
        where = f"row {found.row}" + (f" (line {found.line})" if found.line else "")
        where += f", {found.column}" if found.column else ""
        value = "" if found.value is None else f" {show(found.value)!r}"
        print_note(f"  {where}:{value} {found.message} [{found.slug}]")
    if len(findings) > _SHOWN:
        print_note("  … and more: --report FILE has all of them")


def print_rejects(report: ImportReport, rejects: Path | None, *, dry_run: bool) -> None:
    """Say where the refused rows are, or how to have them."""
    if report.rejected and rejects:
        print_note(f"The refused rows are in {rejects}: mend them there, and import that file.")
    elif report.rejected and dry_run:
        print_note("Add --rejects FILE to have the refused rows in a file to mend.")
