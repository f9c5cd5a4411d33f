"""`ts-customers import` does what it says, and says what it did."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from imports import HEADER, Program, line, write_csv

EXAMPLE = Path(__file__).parent.parent / "examples" / "customers.csv"


def test_a_file_becomes_customers_with_their_contacts(program: Program, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "a.csv", [*HEADER, "Fax"], [*line(), "1"])

    report = program.json(file)

    assert report.pop("import_id")
    assert report == {
        "status": "committed",
        "rows": 1,
        "customers": {"created": 1, "updated": 0, "unchanged": 0},
        "contacts": {"created": 1, "updated": 0, "unchanged": 0},
        "rejected": 0,
        "errors": [],
        "warnings": [],
        "unmapped": ["Fax"],
    }
    assert program.customers() == [
        {
            "company_name": "Acme",
            "external_id": "A-1",
            "website": "https://acme.example",
            "credit_limit": 5000,
            "billing_address": {
                "line1": "Weg 1",
                "city": "Bonn",
                "postal_code": "53111",
                "country": "DE",
            },
        }
    ]
    [contact] = program.rows("customer_contacts", "first_name, last_name, email")
    assert contact == {"first_name": "Ada", "last_name": "Ott", "email": "ada@acme.example"}


def test_standard_input_is_imported_like_a_file(program: Program, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "a.csv", HEADER, line())

    assert program.json("-", stdin=file.read_bytes())["customers"]["created"] == 1


def test_a_dry_run_tells_what_the_import_then_does(program: Program, tmp_path: Path) -> None:
    file = write_csv(
        tmp_path / "a.csv", HEADER, line(Postal_code="1"), line(Company="", External_ID="A-2")
    )

    planned = program.json(file, "--dry-run")
    assert planned["status"] == "validated"
    assert program.customers() == []

    done = program.json(file)
    assert len(program.customers()) == 1
    assert done == planned | {"status": "committed"}
    assert [warning["slug"] for warning in done["warnings"]] == ["address_unverified"]


def test_modes_add_change_or_do_either(program: Program, tmp_path: Path) -> None:
    program.json(write_csv(tmp_path / "a.csv", HEADER, line()))
    mixed = [line(Website="new.example"), line(Company="B", External_ID="B-1", **{"E-mail": ""})]
    mixed[1][2:4] = ["", ""]

    inserted = program.json(
        write_csv(tmp_path / "b.csv", HEADER, *mixed), "--mode", "insert", "--match", "external_id"
    )
    assert [error["slug"] for error in inserted["errors"]] == ["already_exists"]
    assert inserted["customers"]["created"] == 1

    mixed[1][1] = "C-1"
    updated = program.json(
        write_csv(tmp_path / "c.csv", HEADER, *mixed), "--mode", "update", "--match", "external_id"
    )
    assert [error["slug"] for error in updated["errors"]] == ["no_match"]
    assert updated["customers"] == {"created": 0, "updated": 1, "unchanged": 0}
    assert program.customers()[0]["website"] == "https://new.example"


def test_an_update_needs_no_company_name(program: Program, tmp_path: Path) -> None:
    program.json(write_csv(tmp_path / "a.csv", HEADER, line()))
    file = write_csv(tmp_path / "b.csv", ["External ID", "Credit limit"], ["A-1", "1,234.50"])

    program.json(file, "--mode", "update", "--match", "external_id")

    [customer] = program.customers()
    assert (customer["company_name"], customer["credit_limit"]) == ("Acme", 1234.5)


def test_columns_are_mapped_by_options_and_by_a_file(program: Program, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "a.csv", ["Firm", "Name", "Id"], ["Acme", "A", "X-1"])
    map_file = tmp_path / "map.json"
    map_file.write_text('{"Firm": "display_name", "Id": "external_id"}', encoding="utf-8")

    report = program.json(
        file, "--map-file", map_file, "--map", "Firm=company_name", "--map", "Name="
    )

    assert report["unmapped"] == ["Name"]
    assert [(c["company_name"], c["external_id"]) for c in program.customers()] == [("Acme", "X-1")]


def test_a_person_reads_a_summary(program: Program, tmp_path: Path) -> None:
    rows = [line(Company="", External_ID=f"X-{n}", **{"E-mail": ""}) for n in range(250)]
    file = write_csv(tmp_path / "a.csv", HEADER, line(), *rows)

    result = program(file, "--report", tmp_path / "report.json")

    assert result.exit_code == 0
    assert "Customers" in result.stdout
    assert "251 rows, 250 refused." in result.stderr
    assert result.stderr.count("[company_name_required]") <= 20
    assert "more" in result.stderr
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    nameless = [error for error in report["errors"] if error["slug"] == "company_name_required"]
    assert [error["row"] for error in nameless] == list(range(2, 252))


def test_the_example_is_imported_whole(program: Program) -> None:
    for level, name in enumerate(("Bronze", "Silver", "Platinum"), start=11):
        tier = {"organization_id": program.org.id, "name": name, "level": level}
        program.org.owner.client.table("customer_tiers").insert(tier).execute()

    report = program.json(EXAMPLE)

    with EXAMPLE.open(encoding="utf-8", newline="") as lines:
        expected = list(csv.DictReader(lines))
    assert report["customers"]["created"] == report["rows"] == len(expected)
    assert report["errors"] == report["unmapped"] == []
    # Its tax ids are nobody's: their check digits are wrong.
    assert {warning["slug"] for warning in report["warnings"]} <= {"tax_id_unverified"}
    assert {(row["external_id"], row["company_name"]) for row in program.customers()} == {
        (row["External ID"], row["Company name"]) for row in expected
    }
