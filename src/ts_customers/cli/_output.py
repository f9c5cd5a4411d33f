"""How commands talk: data on standard output, everything else on standard error."""

from __future__ import annotations

import errno
import functools
import json
import os
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from contextvars import ContextVar
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ts_customers._errors import TsCustomersError
from ts_customers._outputs import unwritable
from ts_customers.cli._hints import in_commands

P = ParamSpec("P")
R = TypeVar("R")

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")

_ending: ContextVar[ExitStack] = ContextVar("ending")

# Wide enough for any row: what reads a pipe wants a row on one line, whole.
_PIPE_WIDTH = 10_000

console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False)
err_console = Console(stderr=True, highlight=False, soft_wrap=True)


def reports_errors(command: Callable[P, R]) -> Callable[P, R]:
    """Make a command end well: an expected error is one line and its hint, Ctrl-C just ends it.

    Exit codes: 1 for an expected error, 130 for Ctrl-C.
    """

    @functools.wraps(command)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with ExitStack() as ending:
                _ending.set(ending)
                result = command(*args, **kwargs)
                sys.stdout.flush()
                return result
        except OSError as error:
            if error.errno != errno.ENOSPC or error.filename is not None:
                raise
            # What is left to be written would fail again when the program ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            hint = "Make room; what the command did, it did all the same."
            print_error(unwritable("standard output", os.strerror(errno.ENOSPC), hint))
            raise typer.Exit(1) from error
        except TsCustomersError as error:
            print_error(error)
            raise typer.Exit(1) from error
        except KeyboardInterrupt:
            err_console.print("Interrupted.")
            raise typer.Exit(130) from None

    return wrapper


def at_end(action: Callable[[], object]) -> None:
    """Do something when the command that runs has ended, however it ends."""
    _ending.get().callback(action)


def print_error(error: TsCustomersError) -> None:
    """Print an error as one line, its hint on a second one."""
    line = Text("error: ", style="bold red")
    line.append(printable(error.message), style="default")
    line.append(f" [{error.slug}]", style="dim")
    err_console.print(line)
    if error.hint:
        hint = printable(in_commands(error.hint))
        err_console.print(Text(f"hint: {hint}", style="cyan"))


def print_json(value: Any) -> None:
    """Print one JSON document; what JSON does not know (UUIDs, instants, decimals) as text."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def print_json_line(value: Any) -> None:
    """Print a value as one line of JSON on stdout, at once."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


def print_note(message: str) -> None:
    """Say something to the person at the terminal, beside the data."""
    err_console.print(Text(message))


def print_table(
    columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]], *, to: Console = console
) -> None:
    """Print rows as a table.

    Args:
        columns: Key in a row to heading; a key of numbers ends with `#`, which is left out.
        rows: What to print; an absent key is an empty cell.
        to: Where; `err_console` for what is not the data that a command returns.
    """
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for key, heading in columns.items():
        # An id is there to be copied, and what does not fit is still there to be read.
        table.add_column(
            heading,
            justify="right" if key.endswith("#") else "left",
            no_wrap=key == "id",
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(Text(show(row.get(key.rstrip("#")))) for key in columns))
    to.print(table)


def print_heading(title: str) -> None:
    """Print what comes next is about."""
    console.print()
    console.print(Text(title, style="bold"))


def print_fields(fields: Mapping[str, Any]) -> None:
    """Print names and values below each other, without those that are empty."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, value in fields.items():
        text = show(value)
        if text:
            table.add_row(name, Text(text))
    console.print(table)


def money(value: Any, currency: str) -> str:
    """Write an amount with as many decimals as its currency has."""
    if value is None:
        return ""
    from babel.numbers import get_currency_precision

    return f"{value:,.{get_currency_precision(currency)}f}"


def show(value: Any) -> str:
    """Write a value of JSON as a person would; instants are those of this machine's time zone."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.2f}"
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(show(part) for part in value)
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        return datetime.fromisoformat(value).astimezone().strftime("%Y-%m-%d %H:%M")
    return printable(str(value))


def printable(text: str) -> str:
    """Replace control characters, with which a stored text could steer the terminal."""
    return "".join(
        "\N{REPLACEMENT CHARACTER}"
        if unicodedata.category(character) == "Cc" and character not in "\n\t"
        else character
        for character in text
    )
