"""Commands for the stack: what runs, and what is in its database."""

from __future__ import annotations

import shlex
import sys
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from ts_customers.cli._output import (
    print_fields,
    print_json,
    print_note,
    print_table,
    reports_errors,
)
from ts_customers.stack import Stack, StackStatus, open_stack


class Part(StrEnum):
    """The programs that write a log."""

    supervisor = "supervisor"
    postgres = "postgres"
    postgrest = "postgrest"
    gateway = "gateway"


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    for command in (up, down, status, reset, logs, inbox, migrate, seed):
        app.command(rich_help_panel="Stack")(command)


def _stack() -> Stack:
    return open_stack(report=print_note)


@reports_errors
def up(
    as_json: Annotated[bool, typer.Option("--json", help="Print the status as JSON.")] = False,
) -> None:
    """Start the stack, apply pending migrations, and seed it the first time.

    Running it again starts only what is missing. Data, keys and ports stay.

    Examples:

      ts-customers up

      TS_CUSTOMERS_PORT=8000 ts-customers up
    """
    _print_status(_stack().up(), as_json=as_json)


@reports_errors
def down() -> None:
    """Stop the stack. Its data stays.

    Example:

      ts-customers down
    """
    print_note("stopped" if _stack().down() else "nothing was running")


@reports_errors
def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_environment: Annotated[
        bool, typer.Option("--env", help="Print shell commands that set SUPABASE_URL and so on.")
    ] = False,
) -> None:
    """Say whether the stack runs, where it is reached, and with which keys.

    Examples:

      ts-customers status --json

      eval "$(ts-customers status --env)"
    """
    found = _stack().status()
    if as_environment:
        for name, value in found.environment().items():
            typer.echo(f"export {name}={shlex.quote(value)}")
    else:
        _print_status(found, as_json=as_json)


@reports_errors
def reset(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the status as JSON.")] = False,
) -> None:
    """Delete everything in the database, then migrate and seed anew. Keys and ports stay.

    Examples:

      ts-customers reset --yes
    """
    stack = _stack()
    if stack.backend == "embedded" and not yes:
        if not sys.stdin.isatty():
            raise typer.BadParameter("nobody is there to ask; --yes deletes the data")
        typer.confirm("Delete all data of this stack?", abort=True, err=True)
    _print_status(stack.reset(), as_json=as_json)


@reports_errors
def logs(
    part: Annotated[Part | None, typer.Argument(help="Whose log; by default all.")] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what is added.")
    ] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many lines.")] = 50,
) -> None:
    """Show what the parts of the stack wrote.

    Examples:

      ts-customers logs postgres -n 20

      ts-customers logs --follow
    """
    for line in _stack().logs(part or "", lines=lines, follow=follow):
        typer.echo(line)


@reports_errors
def inbox(
    to: Annotated[str, typer.Option("--to", metavar="ADDRESS", help="Only mails to it.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, links included.")] = False,
) -> None:
    """Show the mails that Auth would have sent, and the link of the newest.

    The last 1,000 since the gateway started, the newest last.

    Examples:

      ts-customers inbox

      ts-customers inbox --to ada@acme.example --json
    """
    mails = _stack().inbox(to)
    if as_json:
        print_json(mails)
    elif mails:
        print_table(
            {"created_at": "sent", "to": "to", "subject": "subject", "token": "code"}, mails
        )
        # Not in the table, which would break it into pieces that nobody can copy.
        typer.echo(f"\n{mails[-1]['link']}")
    else:
        print_note("no mails")


@reports_errors
def migrate(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Apply the migrations of supabase/migrations that the database does not have yet.

    Examples:

      ts-customers migrate

      ts-customers migrate --json
    """
    _print_names("migrations", _stack().migrate(), as_json=as_json)


@reports_errors
def seed(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Run the seed files that config.toml names, each once.

    As with the Supabase CLI, a file that changed since is not run again: reset the stack for that.

    Example:

      ts-customers seed
    """
    _print_names("seeds", _stack().seed(), as_json=as_json)


def _print_status(found: StackStatus, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(found))
        return
    shown = asdict(found)
    shown["versions"] = [f"{name} {version}" for name, version in found.versions.items()]
    shown["processes"] = [f"{name} {pid}" for name, pid in found.processes.items()]
    print_fields({name.replace("_", " "): value for name, value in shown.items()})


def _print_names(kind: str, names: list[str], *, as_json: bool) -> None:
    if as_json:
        print_json({kind: names})
    elif names:
        for name in names:
            typer.echo(name)
    else:
        print_note(f"no pending {kind}")
