"""What an import refuses: rows, files, commands and people."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fix_api import ApiUser
from imports import HEADER, Program, line, numbered, sign_in_as, write_csv
from ts_customers.cli.main import app


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

    found = {(error["row"], error["column"], error["slug"]) for error in report["errors"]}
    assert found == {
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
    }
    assert [error["row"] for error in report["errors"]] == sorted(row for row, _, _ in found)
    values = {error["slug"]: error["value"] for error in report["errors"]}
    assert values["website_invalid"] == "no site"
    assert values["tier_not_found"] == "Goldd"
    assert values["credit_limit_invalid"] == "lots"
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
    ("Company,City\nMüller,K\udcf6ln\n".encode("utf-8", "surrogateescape"), "file_not_utf8"),
    (b"PK\x03\x04\x00", "xlsx_malformed"),
    (b"%PDF-1.7", "format_unsupported"),
    (b'{"a": }', "jsonl_malformed"),
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
    monkeypatch.delenv("SUPABASE_URL", raising=False)
    monkeypatch.setenv("TS_CUSTOMERS_DATA", str(tmp_path / "data"))
    write_csv(tmp_path / "a.csv", ["Company"], ["Acme"])

    result = CliRunner().invoke(app, ["import", *arguments])

    assert result.exit_code == 1
    assert result.stderr.splitlines()[0].endswith(f"[{slug}]")
    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == "Company\nAcme\n"


@pytest.mark.parametrize(("key", "slug"), [("", "no_key"), ("sb_publishable_x", "unreachable")])
def test_a_project_elsewhere_that_cannot_be_used_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, slug: str
) -> None:
    monkeypatch.setenv("SUPABASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("SUPABASE_PUBLISHABLE_KEY", key)
    file = write_csv(tmp_path / "a.csv", ["Company"], ["Acme"])

    result = CliRunner().invoke(app, ["import", str(file)])

    assert result.exit_code == 1
    assert result.stderr.splitlines()[0].endswith(f"[{slug}]")


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
