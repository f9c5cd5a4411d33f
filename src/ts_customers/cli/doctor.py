"""`ts-customers doctor`: is this project sound?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from ts_customers.cli._options import AsJson
from ts_customers.cli._output import (
    console,
    print_json,
    print_note,
    printable,
    reports_errors,
)

if TYPE_CHECKING:
    from ts_customers.doctor import Finding

_STYLES = {"error": "bold red", "warning": "bold yellow", "note": "bold cyan"}


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(rich_help_panel="Stack")(doctor)


@reports_errors
def doctor(
    deep: Annotated[
        bool, typer.Option("--deep", help="Recount every customer's statistics, not a sample.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say whether this project is sound, and how to mend what is not.

    Looks at migrations, row level security, grants, functions, exposed schemas, publications,
    partitions, the scheduler, overdue work, drift and statistics. Changes nothing. Works on the
    embedded stack and, by SUPABASE_DB_URL, on any other.

    Exit code: 0 if nothing is wrong, 1 if something is; notes alone are nothing wrong.

    Examples:

      ts-customers doctor

      ts-customers doctor --deep --json
    """
    from ts_customers.doctor import examine
    from ts_customers.stack import open_stack
    from ts_customers.stack._config import load_config

    report = examine(load_config(), open_stack().status(), deep=deep)
    if as_json:
        print_json(report.to_json())
    else:
        for finding in report.findings:
            _print_finding(finding)
        for why in dict.fromkeys(skipped.why for skipped in report.unchecked):
            slugs = [skipped.slug for skipped in report.unchecked if skipped.why == why]
            print_note(f"Not checked, since {why}: {', '.join(slugs)}.")
        verdict = "This project is sound" if report.is_sound else "Something is wrong"
        count = len(report.findings)
        findings = "1 finding" if count == 1 else f"{count} findings"
        print_note(f"{verdict}: {len(report.passed)} checks passed, {findings}.")
    if not report.is_sound:
        raise typer.Exit(1)


def _print_finding(finding: Finding) -> None:
    line = Text(f"{finding.severity}: ", style=_STYLES[finding.severity])
    line.append(printable(finding.what), style="default")
    line.append(f" [{finding.slug}]", style="dim")
    console.print(line)
    console.print(Text(f"  why: {finding.why}"))
    console.print(Text(f"  fix: {printable(finding.fix)}", style="cyan"))
