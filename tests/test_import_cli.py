"""`ts-customers import` says what it did, exactly, and goes on where it was interrupted."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner, Result

from fix_api import ApiOrganization, ApiUser
from gateways import PASSWORD, Api
from imports import opened_table, write_csv
from ts_customers import connect
from ts_customers.cli.main import app
from ts_customers.importing import ImportOptions, Progress, map_columns, run_import

EXAMPLE = Path(__file__).parent.parent / "examples" / "customers.csv"
HEADER = ["Company", "External ID", "First name", "Last name", "E-mail", "Tier", "Street", "City"]
HEADER += ["Postal code", "Country", "Credit limit", "Website"]
ROW = dict(
    zip(
        HEADER,
        "Acme,A-1,Ada,Ott,ada@acme.example,Gold,Weg 1,Bonn,53111,DE,5000,acme.example".split(","),
        strict=True,
    )
)


def line(**changes: str) -> list[str]:
    """A row that is sound but for these cells; keys have _ for the blanks in headers."""
    named = {key.replace("_", " "): cell for key, cell in changes.items()}
    return [named.get(column, cell) for column, cell in ROW.items()]


def numbered(count: int) -> list[list[str]]:
    """Sound rows of different companies."""
    return [
        line(Company=f"Firm {n}", External_ID=f"F-{n}", **{"E-mail": f"p{n}@firm.example"})
        for n in range(1, count + 1)
    ]


@dataclass(frozen=True, slots=True)
class Program:
    """`ts-customers import`, signed in as the owner of an organization."""

    org: ApiOrganization

    def __call__(self, *arguments: object, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(app, ["import", *map(str, arguments)], input=stdin)

    def json(self, *arguments: object, stdin: bytes | None = None) -> Any:
        """Run it with --json, and see that it did not fail."""
        result = self(*arguments, "--json", stdin=stdin)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def rows(self, table: str, columns: str) -> list[dict[str, Any]]:
        """What is in the database, seen by the owner."""
        query = (
            self.org.owner.client.table(table).select(columns).eq("organization_id", self.org.id)
        )
        found: Any = query.execute().data
        return sorted(found, key=str)

    def customers(self) -> list[dict[str, Any]]:
        """The customers apart from the one that every organization of the tests has."""
        found = self.rows(
            "customers", "company_name, external_id, website, credit_limit, billing_address"
        )
        return [row for row in found if row["external_id"]]


def sign_in_as(patch: pytest.MonkeyPatch, user: ApiUser) -> None:
    patch.setenv("TS_CUSTOMERS_EMAIL", user.email)
    patch.setenv("TS_CUSTOMERS_PASSWORD", PASSWORD)


@pytest.fixture
def program(
    api: Api, api_org: ApiOrganization, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Program:
    monkeypatch.setenv("TS_CUSTOMERS_BACKEND", "external")
    monkeypatch.setenv("SUPABASE_URL", api.url)
    monkeypatch.setenv("SUPABASE_PUBLISHABLE_KEY", api.publishable_key)
    monkeypatch.setenv("SUPABASE_SECRET_KEY", api.secret_key)
    monkeypatch.delenv("TS_CUSTOMERS_ORGANIZATION", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    sign_in_as(monkeypatch, api_org.owner)
    return Program(api_org)


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


def test_a_dry_run_is_not_the_last_word(program: Program, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "a.csv", HEADER, line(Tier="New"))
    assert program.json(file, "--dry-run")["rejected"] == 1

    tier = {"organization_id": program.org.id, "name": "New", "level": 9}
    program.org.owner.client.table("customer_tiers").insert(tier).execute()

    assert program.json(file)["customers"]["created"] == 1


def test_the_same_file_twice_is_refused_unless_asked_for(program: Program, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "a.csv", HEADER, *numbered(3))
    program.json(file)
    before = program.customers()

    again = program(file)
    assert again.exit_code == 1
    assert "[already_imported]" in again.stderr
    assert "--allow-repeat" in again.stderr

    repeated = program.json(file, "--allow-repeat")
    assert repeated["customers"] == {"created": 0, "updated": 0, "unchanged": 3}
    assert repeated["contacts"] == {"created": 0, "updated": 0, "unchanged": 3}
    assert program.customers() == before


def test_good_rows_go_in_and_bad_ones_say_all_that_is_wrong(
    program: Program, tmp_path: Path
) -> None:
    write_csv(
        tmp_path / "a.csv",
        HEADER,
        line(),
        line(Company="", External_ID="A-2", Website="no site", **{"E-mail": "b@c.example"}),
        line(Company="C", External_ID="A-3", Tier="Goldd", **{"E-mail": "c@c.example"}),
        line(Company="D", External_ID="A-4", **{"E-mail": "no e-mail"}),
        line(Company="E", External_ID="A-5"),
        line(Company="F", External_ID="A-6", Credit_limit="lots", **{"E-mail": "f@c.example"}),
        line(Company="G", External_ID="A-7", Country="Atlantis", **{"E-mail": "g@c.example"}),
        [*line(Company="H", External_ID="A-8"), "one more"],
        line(Company="I")[:3],
        line(Company="J", External_ID="A-10", Last_name="", **{"E-mail": "j@c.example"}),
    )

    report = program.json(tmp_path / "a.csv", "--rejects", tmp_path / "bad.csv")

    found = [(error["row"], error["column"], error["slug"]) for error in report["errors"]]
    assert found == [
        (2, "Company", "company_name_required"),
        (2, "Website", "website_invalid"),
        (3, "Tier", "tier_not_found"),
        (4, "E-mail", "email_invalid"),
        (5, "E-mail", "email_repeated"),
        (6, "Credit limit", "credit_limit_invalid"),
        (7, "Country", "address_invalid"),
        (8, None, "too_many_cells"),
        (9, None, "too_few_cells"),
        (10, "Last name", "last_name_required"),
    ]
    values = [error["value"] for error in report["errors"]]
    assert values[:3] == [None, "no site", "Goldd"]
    assert values[5] == "lots"
    assert (report["rows"], report["rejected"]) == (10, 9)
    assert [row["company_name"] for row in program.customers()] == ["Acme"]


def test_the_rejects_are_ready_to_be_mended_and_imported(program: Program, tmp_path: Path) -> None:
    bad = line(Company="B, Ltd", External_ID="A-2", Tier="Goldd", **{"E-mail": "b@c.example"})
    file = write_csv(tmp_path / "a.csv", HEADER, line(), bad, [*bad, "one more"])
    rejects = tmp_path / "bad.csv"
    program.json(file, "--rejects", rejects)

    with rejects.open(encoding="utf-8", newline="") as lines:
        header, first, ragged = csv.reader(lines)
    assert header == [*HEADER, "import errors"]
    assert first[:-1] == bad
    assert "Tier: there is no such tier [tier_not_found]" in first[-1]
    assert ragged[:-1] == [*bad, "one more"]

    # A rejects file of the rejects has one column of reasons still.
    again = tmp_path / "again.csv"
    second = program.json(rejects, "--rejects", again)
    assert second["rejected"] == 2
    assert again.read_text(encoding="utf-8") == rejects.read_text(encoding="utf-8").replace(
        f"the row has {len(HEADER) + 1} cells where the header has {len(HEADER)}",
        f"the row has {len(HEADER) + 2} cells where the header has {len(HEADER) + 1}",
    )

    mended = tmp_path / "mended.csv"
    write_csv(mended, header, [*(cell.replace("Goldd", "Gold") for cell in first)])
    assert program.json(mended)["customers"]["created"] == 1
    assert len(program.customers()) == 2


def test_one_wrong_row_refuses_all_if_asked(program: Program, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "a.csv", HEADER, *numbered(2), line(Company=""))
    rejects = tmp_path / "bad.csv"

    result = program(file, "--all-or-nothing", "--rejects", rejects, "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout)["rejected"] == 1
    assert "Nothing was imported" in result.stderr
    assert len(rejects.read_text(encoding="utf-8").splitlines()) == 2
    assert program.customers() == []

    write_csv(file, HEADER, *numbered(2))
    assert program.json(file, "--all-or-nothing")["customers"]["created"] == 2


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
    rows = [line(Company="", External_ID=f"X-{n}", **{"E-mail": ""}) for n in range(30)]
    file = write_csv(tmp_path / "a.csv", HEADER, line(), *rows)

    result = program(file, "--report", tmp_path / "report.json")

    assert result.exit_code == 0
    assert "Customers" in result.stdout
    assert "31 rows, 30 refused." in result.stderr
    assert result.stderr.count("[company_name_required]") <= 20
    assert "more" in result.stderr
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["rejected"] == 30


def test_members_may_not_import_and_managers_leave_out_what_is_for_admins(
    program: Program,
    tmp_path: Path,
    make_api_user: Callable[[], ApiUser],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = write_csv(tmp_path / "a.csv", HEADER, line())
    sign_in_as(monkeypatch, program.org.join(make_api_user(), "member"))
    refused = program(file)
    assert refused.exit_code == 1
    assert "[role_required]" in refused.stderr

    sign_in_as(monkeypatch, program.org.join(make_api_user(), "manager"))
    planned = program.json(file, "--dry-run")
    report = program.json(file)
    assert [warning["slug"] for warning in report["warnings"]] == ["reserved_field"]
    assert report["warnings"] == planned["warnings"]
    assert program.customers()[0]["credit_limit"] is None


BAD_FILES = [
    (b"", "file_empty"),
    (b"Company\n", "file_has_no_rows"),
    (b"Company\nM\xfcller\n", "file_not_utf8"),
    (b"PK\x03\x04\x00", "file_not_csv"),
    (b"%PDF-1.7", "file_not_csv"),
    (b"City,Country\nUlm,DE\n", "no_company_name"),
    (b"Company,Company\nA,B\n", "header_duplicate"),
    (b"Company\nA\x00\n", "file_has_nul"),
    (b"Company\n" + b"a" * 32_768 + b"\n", "cell_too_long"),
    (b'Company\n"A\n', "csv_malformed"),
]


@pytest.mark.parametrize(("content", "slug"), BAD_FILES)
def test_a_bad_file_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, slug: str
) -> None:
    # Nothing listens there: nothing can have been written.
    monkeypatch.setenv("SUPABASE_URL", "http://127.0.0.1:9")
    file = tmp_path / "a.csv"
    file.write_bytes(content)

    result = CliRunner().invoke(app, ["import", str(file)])

    assert result.exit_code == 1
    assert result.stdout == ""
    error, hint = result.stderr.splitlines()
    assert error.startswith("error: ")
    assert error.endswith(f"[{slug}]")
    assert hint.startswith("hint: ")


@pytest.mark.parametrize(
    ("arguments", "slug"),
    [
        (["none.csv"], "file_not_found"),
        (["."], "file_unreadable"),
        (["a.csv", "--map", "Company=compny"], "unknown_field"),
        (["a.csv", "--map", "Company"], "map_invalid"),
        (["a.csv", "--map", "Firm=company_name"], "unknown_column"),
        (["a.csv", "--map-file", "none.json"], "map_file_unreadable"),
        (["a.csv", "--rejects", "none/bad.csv"], "output_unwritable"),
        (["a.csv", "--rejects", "a.csv"], "output_unwritable"),
        (["a.csv", "--report", "."], "output_unwritable"),
        (["a.csv"], "stack_down"),
    ],
)
def test_a_mistake_in_the_command_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: Sequence[str], slug: str
) -> None:
    (tmp_path / "supabase").mkdir()
    (tmp_path / "supabase" / "config.toml").write_text('project_id = "x"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SUPABASE_URL", "http://127.0.0.1:9")
    write_csv(tmp_path / "a.csv", ["Company"], ["Acme"])

    result = CliRunner().invoke(app, ["import", *arguments])

    assert result.exit_code == 1
    assert result.stderr.splitlines()[0].endswith(f"[{slug}]")
    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == "Company\nAcme\n"


def test_an_unknown_mode_is_a_mistake_of_usage(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "a.csv", ["Company"], ["Acme"])

    assert CliRunner().invoke(app, ["import", str(file), "--mode", "replace"]).exit_code == 2


def test_nobody_signed_in_is_told_how_to(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TS_CUSTOMERS_EMAIL")
    file = write_csv(tmp_path / "a.csv", ["Company"], ["Acme"])

    result = program(file)

    assert result.exit_code == 1
    assert "ts-customers login" in result.stderr


SLOWLY = """
from ts_customers.importing import _pipeline
_pipeline._BATCH_ROWS = 5
from ts_customers.cli.main import main
main()
"""


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_import_goes_on_where_it_was(
    program: Program, api: Api, tmp_path: Path, stop: signal.Signals
) -> None:
    file = write_csv(tmp_path / "a.csv", HEADER, *numbered(300))
    command = [sys.executable, "-c", SLOWLY, "import", str(file)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        staged = wait_for_rows(api, program.org.id, 20)
        process.send_signal(stop)
        _, said = process.communicate(timeout=30)
    if stop is signal.SIGINT:
        assert process.returncode == 130
        assert b"The same command goes on from here." in said
    assert 20 <= staged < 300
    assert program.customers() == []

    told: list[Progress] = []
    with opened_table(file) as table, connect() as client:
        mapping = map_columns(table.header, {})
        report = run_import(client, table, mapping, ImportOptions(), on_progress=told.append)

    assert told[0].step == "reading"
    assert staged <= told[0].done < 300
    assert report.customers.created == report.rows == 300
    assert {row["external_id"] for row in program.customers()} == {f"F-{n}" for n in range(1, 301)}
    assert len(program.rows("customer_contacts", "email")) == 300
    assert len(program.rows("customer_imports", "id")) == 1


def wait_for_rows(api: Api, organization_id: str, count: int) -> int:
    """Wait until an import has staged so many rows; returns how many it has."""
    query = "select max(row_count) from public.customer_imports where organization_id = %s"
    with psycopg.connect(api.db_url, autocommit=True) as connection:
        for _ in range(1000):
            [rows] = connection.execute(query, [organization_id]).fetchone() or [None]
            if rows and rows >= count:
                return int(rows)
            time.sleep(0.02)
    raise AssertionError("nothing was staged")


def test_the_example_is_imported_whole(program: Program) -> None:
    for level, name in enumerate(("Bronze", "Silver", "Platinum"), start=11):
        tier = {"organization_id": program.org.id, "name": name, "level": level}
        program.org.owner.client.table("customer_tiers").insert(tier).execute()

    report = program.json(EXAMPLE)

    with EXAMPLE.open(encoding="utf-8", newline="") as lines:
        expected = list(csv.DictReader(lines))
    assert report["customers"]["created"] == report["rows"] == len(expected)
    assert report["errors"] == report["warnings"] == report["unmapped"] == []
    assert {(row["external_id"], row["company_name"]) for row in program.customers()} == {
        (row["External ID"], row["Company name"]) for row in expected
    }
