"""An import goes on where it was interrupted, and does nothing twice."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from gateways import Api
from imports import HEADER, Program, line, numbered, opened_table, write_csv
from ts_customers import connect
from ts_customers.importing import ImportOptions, fetch_report, map_columns, run_import


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


# Ctrl-C is ignored in what a shell starts in the background, the test run itself included.
SLOWLY = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from ts_customers.importing import _pipeline
_pipeline._BATCH_ROWS = 5
from ts_customers.cli.main import main
main()
"""


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_import_goes_on_where_it_was(
    program: Program,
    api: Api,
    tmp_path: Path,
    stop: signal.Signals,
    monkeypatch: pytest.MonkeyPatch,
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

    handed_over: list[int] = []
    with opened_table(file) as table, connect() as client:
        rpc = client.rpc

        def spy(name: str, arguments: Any) -> Any:
            if name == "stage_import_rows":
                handed_over.append(arguments["first_row"])
            return rpc(name, arguments)

        monkeypatch.setattr(client, "rpc", spy)
        mapping = map_columns(table.header, {})
        report = fetch_report(client, run_import(client, table, mapping, ImportOptions()))

    [first_row] = handed_over
    assert staged < first_row <= 300
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
