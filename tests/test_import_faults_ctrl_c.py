"""Ctrl-C at each step: the command ends at once, says how to go on, and the same one does."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import psycopg
import pytest

from faults import Ended, await_blocked, ended, held_up, start
from gateways import Api
from imports import HEADER, Program, line, numbered, write_csv

# A table that a step, and none before it, writes to.
WRITTEN = {
    "reading": "public.customer_import_rows",
    "checking": "private.customer_import_keys",
    "importing": "public.customer_stats",
}
WAYS: list[tuple[str, ...]] = [(), ("--direct",)]


def interrupted(api: Api, process: subprocess.Popen[str], holder: psycopg.Connection) -> Ended:
    """Press Ctrl-C when a command has come as far as what is held up."""
    await_blocked(api, holder, process)
    process.send_signal(signal.SIGINT)
    return ended(process, seconds=5)


def done(*command: object) -> Ended:
    """Run a command to its end."""
    result = ended(start(*command))
    assert result.code == 0, result.stderr
    return result


@pytest.fixture(params=WAYS, ids=["api", "direct"])
def way(
    request: pytest.FixtureRequest, api: Api, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, ...]:
    """With and without a connection of its own."""
    monkeypatch.setenv("SUPABASE_DB_URL", api.db_url)
    way: tuple[str, ...] = request.param
    return way


@pytest.mark.parametrize("step", WRITTEN)
def test_an_import_ends_at_once_and_the_same_command_goes_on(
    program: Program, api: Api, tmp_path: Path, step: str, way: tuple[str, ...]
) -> None:
    rows = [*numbered(20), line(Company="")]
    file, rejects = write_csv(tmp_path / "a.csv", HEADER, *rows), tmp_path / "bad.csv"
    command = ("import", file, "--rejects", rejects, "--json", *way)

    with held_up(api, WRITTEN[step]) as holder:
        result = interrupted(api, start(*command), holder)
    assert (result.code, result.stdout) == (130, "")
    assert result.stderr.splitlines() == ["The same command goes on from here.", "Interrupted."]
    assert not rejects.exists()

    report = json.loads(done(*command).stdout)
    assert (report["customers"]["created"], report["rejected"]) == (20, 1)
    assert len(program.customers()) == len(program.rows("customer_contacts", "email")) == 20
    assert len(program.rows("customer_imports", "id")) == 1
    assert len(rejects.read_text(encoding="utf-8").splitlines()) == 2


def test_undoing_ends_at_once_and_the_same_command_goes_on(
    program: Program, api: Api, tmp_path: Path
) -> None:
    file = write_csv(tmp_path / "a.csv", HEADER, *numbered(20))
    command = ("imports", "undo", program.json(file)["import_id"], "--yes", "--json")

    with held_up(api, "public.customer_import_rows") as holder:
        result = interrupted(api, start(*command), holder)
    assert (result.code, result.stdout) == (130, "")
    assert result.stderr.splitlines() == ["The same command goes on from here.", "Interrupted."]

    assert json.loads(done(*command).stdout)["undone"]["removed"] == 20
    assert program.customers() == []


def test_an_export_ends_at_once_and_leaves_the_file_that_was_there(
    program: Program, api: Api, tmp_path: Path, way: tuple[str, ...]
) -> None:
    program.json(write_csv(tmp_path / "a.csv", HEADER, *numbered(5)))
    file = tmp_path / "out" / "all.csv"
    file.parent.mkdir()
    file.write_text("the former one", encoding="utf-8")
    command = ("export", file, "--json", *way)

    with held_up(api, "public.customer_contacts", "access exclusive") as holder:
        result = interrupted(api, start(*command), holder)
    assert (result.code, result.stdout) == (130, "")
    assert result.stderr.splitlines() == ["Nothing was exported.", "Interrupted."]
    assert [path.read_text("utf-8") for path in file.parent.iterdir()] == ["the former one"]

    assert json.loads(done(*command).stdout)["customers"] == 6
    assert [path.name for path in file.parent.iterdir()] == ["all.csv"]
