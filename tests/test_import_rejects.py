"""The file of refused rows: without secrets, and imported again whatever the rows came from."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from imports import Program, write_csv, write_xlsx

MENDED = {"locale": "de-DE", "custom": {"rank": 7}}


def lines_of(path: Path) -> list[list[str]]:
    """All rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))


def test_passwords_and_card_numbers_are_left_out(program: Program, tmp_path: Path) -> None:
    header = ["Company", "Website", "Password", "Card number", "Fax"]
    secrets = ["hunter2", "4242424242424242"]
    rows = [["A", "no site", *secrets, "1"], ["B", "b.example", *secrets], ["C", *secrets, *"1234"]]
    rejects, again = tmp_path / "bad.csv", tmp_path / "again.csv"

    program.json(write_csv(tmp_path / "a.csv", header, *rows), "--rejects", rejects)

    expected = [["A", "no site", "", "", "1"], [""] * 4, [""] * 7]
    assert [line[:-1] for line in lines_of(rejects)] == [header, *expected]
    assert [line[-1][-14:] for line in lines_of(rejects)[2:]] == [
        "too_few_cells]",
        "oo_many_cells]",
    ]
    # Those that nobody has mended are refused again, with one column of reasons.
    program.json(rejects, "--rejects", again)
    assert [line[:-1] for line in lines_of(again)] == [header, *expected]


def test_rejects_of_a_workbook_are_imported_once_they_are_mended(
    program: Program, tmp_path: Path
) -> None:
    header = ["Company", "External ID", "Website", "Credit limit", "Tags"]
    file = write_xlsx(
        tmp_path / "a.xlsx",
        header,
        ["Good", "G-1", "good.example", 1, None],
        ["B, Ltd", 12, "no site", 1234.5, "a;b"],
    )
    rejects = tmp_path / "bad.csv"
    assert program.json(file, "--rejects", rejects)["rejected"] == 1

    assert lines_of(rejects)[0] == [*header, "import errors"]
    [line] = lines_of(rejects)[1:]
    assert line[:-1] == ["B, Ltd", "12", "no site", "1234.5", "a;b"]
    text = rejects.read_text(encoding="utf-8").replace("no site", "b.example")
    rejects.write_text(text, encoding="utf-8")

    assert program.json(rejects)["customers"] == {"created": 1, "updated": 0, "unchanged": 0}
    made = {row["external_id"]: row for row in program.customers()}
    assert made["12"]["company_name"] == "B, Ltd"
    assert made["12"]["website"] == "https://b.example"
    assert made["12"]["credit_limit"] == 1234.5


def test_rejects_of_json_lines_keep_lists_settings_and_truth(
    program: Program, tmp_path: Path
) -> None:
    rows = [
        {"company_name": "Good", "external_id": "G-1"},
        {
            "company_name": "Bad",
            "external_id": "B-1",
            "website": "no site",
            "tags": ["a;b", "c, d"],
            "settings": MENDED,
            "portal_enabled": True,
            "billing_address": {"line1": "Weg 1\nHof", "country": "DE"},
            "contacts": [{"first_name": "Ada", "last_name": "Ott", "email": "a@bad.example"}],
        },
    ]
    file = tmp_path / "a.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    rejects = tmp_path / "bad.csv"
    assert program.json(file, "--rejects", rejects)["rejected"] == 1
    text = rejects.read_text(encoding="utf-8").replace("no site", "https://bad.example")
    rejects.write_text(text, encoding="utf-8")

    assert program.json(rejects)["errors"] == []

    columns = "company_name, external_id, website, tags, settings, portal_enabled"
    [made] = [row for row in program.rows("customers", columns) if row["external_id"] == "B-1"]
    assert made == {
        "company_name": "Bad",
        "external_id": "B-1",
        "website": "https://bad.example",
        "tags": ["a;b", "c, d"],
        "settings": MENDED,
        "portal_enabled": True,
    }
    [contact] = program.rows("customer_contacts", "first_name, last_name, email")
    assert contact["email"] == "a@bad.example"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_row_is_refused_and_the_file_says_so(
    program: Program, tmp_path: Path, kind: str
) -> None:
    write = {"csv": write_csv, "xlsx": write_xlsx}[kind]
    rejects = tmp_path / "bad.csv"
    program.json(write(tmp_path / f"a.{kind}", ["Company"], ["Acme"]), "--rejects", rejects)
    assert lines_of(rejects) == [["Company", "import errors"]]
