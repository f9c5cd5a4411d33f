"""Every command is there, says what it does with an example, and reads can print JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from sources import calls, files
from ts_customers.cli._hints import COMMANDS as IN_HINTS
from ts_customers.cli._hints import in_commands
from ts_customers.cli.main import app
from ts_customers.doctor._catalogue import shipped_catalogue

# What hints name that no command shows.
NO_COMMAND = {"address_formats", "customer_imports", "customer_merges"}
NO_COMMAND |= {"import_report", "validate_customer"}
# The commands of the contract for the stack, organizations and the core of customers.
PROMISED = """
up down status reset logs migrate seed doctor
login whoami
org list|create
member invite|list|set|remove
customer list|search|show|add|edit|deactivate|suspend|reactivate|merge|undo-merge|erase
contact list|add|edit|primary|remove
tier list|set|preview|request|approve|reject|pending
timeline
note add
import
price
maintenance
"""
# What neither reads nor returns anything.
SILENT = {
    "down",
    "logs",
    "login",
    "logout",
    "member remove",
    "contact remove",
    "tier remove",
    # Prints JSON lines anyway.
    "customer export-data",
}


def commands(group: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The commands below a group, each with its whole name."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


COMMANDS = dict(commands(typer.main.get_command(app)))


def promised() -> Iterator[str]:
    """The names that the contract gives commands."""
    for line in PROMISED.strip().splitlines():
        noun, _, verbs = line.partition(" ")
        if "|" in verbs or verbs == "add":
            yield from (f"{noun} {verb}" for verb in verbs.split("|"))
        else:
            yield from line.split()


def test_every_command_of_the_contract_is_there() -> None:
    assert set(promised()) <= set(COMMANDS)


def test_the_program_lists_every_command_and_noun() -> None:
    shown = CliRunner().invoke(app, ["--help"]).output
    for name in COMMANDS:
        assert re.search(rf"^. {name.split()[0]} ", shown, re.MULTILINE), name


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_says_what_it_does_with_an_example(name: str) -> None:
    shown = CliRunner().invoke(app, [*name.split(), "--help"], env={"COLUMNS": "200"}).output
    said, _, examples = (COMMANDS[name].help or "").partition("Example")
    assert said.strip().split(".")[0]
    assert f"ts-customers {name}" in examples, examples
    for line in re.findall(r"^ *((?:eval|[A-Z_]+=|ts-customers).*)$", examples, re.MULTILINE):
        assert line in shown, "what stands in brackets is markup to Typer"


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - SILENT))
def test_a_command_that_returns_something_prints_json(name: str) -> None:
    options = {option for parameter in COMMANDS[name].params for option in parameter.opts}
    assert "--json" in options


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_and_argument_says_what_it_is_for(name: str) -> None:
    for parameter in COMMANDS[name].params:
        if parameter.name != "help":
            assert getattr(parameter, "help", None), f"{name}: {parameter.name}"


def test_hints_name_commands_that_there_are() -> None:
    for name, typed in IN_HINTS.items():
        if typed.startswith("--"):
            continue
        program, *command = typed.split()
        assert program == "ts-customers"
        result = CliRunner().invoke(app, [*command, "--help"])
        assert result.exit_code == 0, name
    assert in_commands("withdraw it with cancel_tier_change.") == (
        "withdraw it with ts-customers tier cancel."
    )


def test_every_function_and_table_in_a_hint_is_a_command() -> None:
    text = "".join(path.read_text("utf-8") for path in files())
    hints = " ".join(call[3] for call in calls(text, "private.fail") if len(call) == 4)
    public = {
        owner.partition("(")[0].removeprefix("public.")
        for owner in shipped_catalogue()["grant"]
        if owner.startswith("public.")
    }
    named = public & set(re.findall(r"[a-z]+(?:_[a-z]+)+", hints))
    assert named - IN_HINTS.keys() == NO_COMMAND
