"""What people type: fields, contacts, and answers to questions."""

from __future__ import annotations

import json
import sys
from decimal import Decimal, InvalidOperation
from email.utils import parseaddr
from typing import Any

import typer

from ts_customers.cli._output import print_note


def parse_fields(texts: list[str] | None) -> dict[str, Any]:
    """Read what `--set FIELD=VALUE` was given."""
    return dict(_field(text) for text in texts or [])


def given(**fields: Any) -> dict[str, Any]:
    """Keep the fields whose options were used."""
    return {name: value for name, value in fields.items() if value is not None}


def parse_number(text: str) -> str:
    """Check a number, and leave it as written: JSON's own would lose digits."""
    try:
        is_number = Decimal(text).is_finite()
    except InvalidOperation:
        is_number = False
    if not is_number:
        raise typer.BadParameter(f"{text} is not a number")
    return text


def parse_contact(text: str) -> dict[str, str]:
    """Read `First Last <name@domain>`."""
    name, email = parseaddr(text)
    first_name, _, last_name = name.rpartition(" ")
    if not email or not first_name:
        raise typer.BadParameter(
            f"{text} is not of the form 'First Last <name@domain>'", param_hint="contact"
        )
    return {"first_name": first_name, "last_name": last_name, "email": email}


def require_fields(fields: dict[str, Any]) -> None:
    """Refuse a command that would change nothing."""
    if not fields:
        raise typer.BadParameter("say what to change; --help lists the options")


def confirm(question: str, *, yes: bool) -> None:
    """Ask before what cannot be taken back; where nobody can be asked, `--yes` must be given."""
    if yes:
        return
    _require_person()
    typer.confirm(question, abort=True, err=True)


def confirm_by_typing(wanted: str, question: str, *, yes: bool) -> None:
    """Ask for a word to be typed, before what would be a disaster if done to the wrong one."""
    if yes:
        return
    _require_person()
    if typer.prompt(question, err=True) != wanted:
        print_note(f"That is not {wanted}: nothing was done.")
        raise typer.Exit(1)


def _require_person() -> None:
    if not sys.stdin.isatty():
        raise typer.BadParameter("nobody is there to ask; --yes does it without asking")


def _field(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise typer.BadParameter(f"{text} is not FIELD=VALUE", param_hint="--set")
    if value not in ("true", "false", "null") and not value.startswith(("{", "[")):
        return name, value  # also a number: the database knows what the column takes
    try:
        return name, json.loads(value)
    except ValueError as error:
        raise typer.BadParameter(f"{value} is not JSON: {error}", param_hint="--set") from None
