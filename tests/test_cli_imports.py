"""`imports list|show|undo|cancel`, and the calls that docs/import.md shows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from fix_stack import REPOSITORY
from imports import HEADER, line, numbered, write_csv
from organizations import Organization
from programs import CommandLine
from staging import customers
from tap import Tap
from terminals import shown_in

NOBODYS = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
CALL = re.compile(r"^(\w+) +(\{.*?\})(?=\n\w|\Z)", re.DOTALL | re.MULTILINE)


def imported(cli: CommandLine, file: Path, *options: str) -> str:
    """The id of an import of this file."""
    made: str = cli.json("import", file, *options)["import_id"]
    return made


def small_file(tmp_path: Path, name: str = "a.csv", count: int = 2) -> Path:
    """Sound rows, and one that is wrong."""
    return write_csv(tmp_path / name, HEADER, *numbered(count), line(Company="", External_ID="X"))


def test_imports_are_listed_the_latest_first(cli: CommandLine, tmp_path: Path) -> None:
    first = imported(cli, small_file(tmp_path))
    second = imported(cli, small_file(tmp_path, "b.csv", 3), "--dry-run")
    found = cli.json("imports", "list")
    assert [(row["id"], row["file_name"], row["status"], row["row_count"]) for row in found] == [
        (second, "b.csv", "validated", 4),
        (first, "a.csv", "committed", 3),
    ]
    assert [row["id"] for row in cli.json("imports", "list", "--limit", "1")] == [second]


def test_an_id_can_be_copied_from_a_narrow_terminal(cli: CommandLine, tmp_path: Path) -> None:
    name = "customers-from-the-old-system-and-more.csv"
    made = imported(cli, small_file(tmp_path, name))

    heading, _, *shown = shown_in(80, "imports", "list")

    assert shown[0].endswith(made)
    assert max(map(len, shown)) <= 80
    # The name goes on in its column, whole.
    begin, end = heading.index("File"), heading.index("Rows")
    assert "".join(row[begin:end].strip() for row in shown) == name


def test_an_import_is_shown_as_it_was_reported(cli: CommandLine, tmp_path: Path) -> None:
    reported = cli.json("import", small_file(tmp_path))
    assert cli.json("imports", "show", reported["import_id"]) == reported
    shown = cli("imports", "show", reported["import_id"], "--report", tmp_path / "r.json")
    assert "3 rows, 1 refused." in shown.stderr
    assert "row 3 (line 4), Company" in shown.stderr
    assert "[company_name_required]" in shown.stderr
    assert "Status: committed." in shown.stderr
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8")) == reported


def test_an_import_is_undone_and_may_come_again(cli: CommandLine, tmp_path: Path) -> None:
    made = imported(cli, small_file(tmp_path))
    report = cli.json("imports", "undo", made, "--yes")
    assert (report["status"], report["undone"]["removed"]) == ("undone", 2)
    assert "Undone: 2 removed." in cli("imports", "undo", made, "--yes").stderr
    assert "Status: undone." in cli("imports", "show", made).stderr
    assert cli.json("import", small_file(tmp_path))["customers"] == customers(created=2)


def test_nothing_is_undone_where_nobody_agrees(cli: CommandLine, tmp_path: Path) -> None:
    made = imported(cli, small_file(tmp_path))
    result = cli.run("imports", "undo", made, stdin="n\n")
    assert result.exit_code != 0
    assert cli.json("imports", "show", made)["status"] == "committed"


def test_an_import_that_is_given_up_starts_anew(cli: CommandLine, tmp_path: Path) -> None:
    made = imported(cli, small_file(tmp_path), "--dry-run")
    state = cli.json("imports", "cancel", made)
    assert (state["import_id"], state["status"]) == (made, "cancelled")
    assert "Cancelled." in cli("imports", "cancel", made).stderr
    assert "Status: cancelled." in cli("imports", "show", made).stderr
    again = cli.json("import", small_file(tmp_path))
    assert again["import_id"] != made
    assert again["customers"] == customers(created=2)


def test_a_report_can_be_asked_for_at_every_step(cli: CommandLine, tmp_path: Path) -> None:
    client = cli.org.owner.client
    create = {"file_name": "a.csv", "organization_id": str(cli.org.id)}
    created: Any = client.rpc("create_customer_import", create).execute().data
    made = created["import_id"]
    assert cli.json("imports", "show", made)["status"] == "staging"
    row = {"raw": {}, "values": {"customer": {"company_name": "Firm"}, "contacts": []}}
    client.rpc("stage_import_rows", {"import_id": made, "first_row": 1, "rows": [row]}).execute()
    report = cli.json("imports", "show", made)
    assert (report["status"], report["rows"]) == ("staging", 1)
    client.rpc("validate_import", {"import_id": made}).execute()
    assert cli.json("imports", "show", made)["customers"] == customers(created=1)


def test_what_does_not_fit_is_refused(cli: CommandLine, tmp_path: Path) -> None:
    done = imported(cli, small_file(tmp_path))
    planned = imported(cli, small_file(tmp_path, "b.csv", 3), "--dry-run")
    assert "[import_status_conflict]" in cli.refused("imports", "cancel", done)
    assert "[import_status_conflict]" in cli.refused("imports", "undo", planned, "--yes")
    for command in (["show", NOBODYS], ["undo", NOBODYS, "--yes"], ["cancel", NOBODYS]):
        assert "[import_not_found]" in cli.refused("imports", *command)
    assert "'IMPORT'" in cli.misused("imports", "show", "a.csv")


def test_a_summary_fits_a_narrow_terminal(cli: CommandLine, tmp_path: Path) -> None:
    headings = {
        "--dry-run": ["Would", "create", "Would", "update", "Unchanged"],
        "--yes": ["Created", "Updated", "Unchanged"],
    }
    for option, words in headings.items():
        heading, rule, ours, people = shown_in(80, "import", small_file(tmp_path), option)[-4:]
        assert heading.split() == words
        assert ours.split() == ["Customers", "2", "0", "0"]
        assert people.split() == ["Contacts", "2", "0", "0"]
        assert max(map(len, (heading, rule, ours, people))) <= 80


def test_the_calls_in_the_documentation_do_what_they_say(
    tap: Tap, make_org: Callable[[str], Organization]
) -> None:
    ours = make_org("Acme")
    page = (REPOSITORY / "docs" / "import.md").read_text(encoding="utf-8")
    block = page.partition("## Through the API")[2].split("```")[1].strip()
    calls = [(name, json.loads(args)) for name, args in CALL.findall(block)]
    statuses, made = [], None
    with tap.acting_as(ours.manager):
        for name, args in calls:
            given = args | ({"import_id": made} if "import_id" in args else {})
            names = ", ".join(f"{key} => %s" for key in given)
            values = [tap.json(v) if isinstance(v, list) else v for v in given.values()]
            answer = tap.value(f"select public.{name}({names})", *values)
            made = UUID(answer["import_id"])
            statuses.append((name, answer["status"], answer.get("customers")))
    assert statuses == [
        ("create_customer_import", "staging", None),
        ("stage_import_rows", "staging", None),
        ("validate_import", "validated", None),
        ("import_report", "validated", customers(created=1)),
        ("commit_import", "committed", None),
        ("import_report", "committed", customers(created=1)),
        ("undo_import", "undone", None),
    ]
