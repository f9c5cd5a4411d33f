"""Whoever watches an import is asked about what was guessed; nobody else is ever asked."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from imports import HEADER, Program, line, write_csv
from terminals import read_until_closed
from ts_customers.cli.main import app

QUESTION = "Import the columns like this?"
KEEP = ("--keep-unmapped",)
GUESSED = ["Firma", "Kd.-Nr.", "Faxnummer"]


def watched(*arguments: object, answer: str, stdout: int = subprocess.PIPE) -> tuple[int, str]:
    """Run an import at a terminal: its exit code, and what the terminal shows."""
    keyboard, terminal = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "ts_customers.cli.main", "import", *map(str, arguments)],
        stdin=terminal,
        stdout=stdout,
        stderr=terminal,
        env=os.environ | {"COLUMNS": "120"},
    ) as process:
        os.close(terminal)
        os.write(keyboard, f"{answer}\n".encode())
        shown = read_until_closed(keyboard)
        process.wait(timeout=60)
    os.close(keyboard)
    return process.returncode, shown


@pytest.fixture
def guessed(tmp_path: Path) -> Path:
    """A file whose columns are understood, but not beyond doubt."""
    return write_csv(tmp_path / "a.csv", GUESSED, ["Acme", "K-1", "12"])


def test_a_person_sees_what_was_guessed_and_says_no(program: Program, guessed: Path) -> None:
    code, shown = watched(guessed, answer="n")

    assert code == 1
    assert QUESTION in shown
    for word in ("Firma", "company_name", "likely", "German name", "left out", "not understood"):
        assert word in shown
    assert "Nothing was imported." in shown
    assert program.rows("customer_imports", "id") == []


def test_a_person_says_yes(program: Program, guessed: Path) -> None:
    code, shown = watched(guessed, answer="y")

    assert (code, QUESTION in shown) == (0, True)
    assert "Acme" in {row["company_name"] for row in program.rows("customers", "company_name")}


@pytest.mark.parametrize("option", ["--yes", "-y", "--json", "--dry-run"])
def test_a_person_who_asked_not_to_be_asked_is_not(
    program: Program, guessed: Path, option: str
) -> None:
    code, shown = watched(guessed, option, answer="n")

    assert (code, QUESTION in shown) == (0, False)
    # A plan is shown with the columns that it rests on.
    assert ("German name" in shown) == (option == "--dry-run")


def test_nothing_is_asked_about_what_is_certain(program: Program, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "a.csv", ["Company name", "External ID"], ["Acme", "E-1"])

    code, shown = watched(file, answer="n")

    assert (code, QUESTION in shown) == (0, False)


def test_a_known_export_is_named(program: Program, tmp_path: Path) -> None:
    header = ["Record ID", "Company name", "Credit limit"]
    file = write_csv(tmp_path / "a.csv", header, ["1", "Acme", "5"])

    _, shown = watched(file, answer="n")

    assert "This looks like a HubSpot companies export." in shown


def test_nobody_is_asked_where_nobody_is_watching(program: Program, guessed: Path) -> None:
    result = program(guessed, stdin=b"n\n")

    assert (result.exit_code, QUESTION in result.stderr) == (0, False)


def test_unmapped_columns_are_kept_if_asked_for(program: Program, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "a.csv", [*HEADER, "Fax", "Password"], [*line(), " 12 ", "hunter2"])

    report = program.json(file, "--keep-unmapped")

    assert report["unmapped"] == ["Password"]
    kept = [row["settings"] for row in program.rows("customers", "settings") if row["settings"]]
    assert kept == [{"custom": {"import": {"Fax": " 12 "}}}]
    staged = json.dumps(program.rows("customer_import_rows", "*"))
    assert "hunter2" not in staged


def test_contacts_alone_have_nowhere_to_keep_other_columns(guessed: Path) -> None:
    result = CliRunner().invoke(app, ["import", str(guessed), "--entity=contacts", *KEEP])

    assert (result.exit_code, "no settings" in result.stderr) == (2, True)


def test_contacts_alone_must_name_their_customer(program: Program, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "a.csv", ["Name", "E-mail"], ["Ada Ott", "a@b.example"])

    result = program(file, "--entity", "contacts")

    assert result.exit_code == 1
    assert "[no_customer_key]" in result.stderr
