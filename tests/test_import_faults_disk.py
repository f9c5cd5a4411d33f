"""A full disk: a clear error, nothing half written, and the import itself stays as it is."""

from __future__ import annotations

import csv
import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from exports import Books, person
from faults import ended, start
from imports import HEADER, Program, line, numbered, write_csv
from ts_customers.cli.main import app

MEBIBYTE = 1024 * 1024


@contextmanager
def full_after(size: int) -> Iterator[None]:
    """No file gets longer than this, as if the disk were full."""
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, former[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Two sound rows, and many wrong ones."""
    wrong = (line(Company="", External_ID=f"W-{n}", **{"E-mail": ""}) for n in range(300))
    return write_csv(tmp_path / "a.csv", HEADER, *numbered(2), *wrong)


@pytest.mark.parametrize("option", ["--rejects", "--report"])
@pytest.mark.parametrize("former", [None, "the former one"])
def test_what_says_how_an_import_went_is_written_whole_or_not_at_all(
    program: Program, file: Path, tmp_path: Path, option: str, former: str | None
) -> None:
    output = tmp_path / "out" / "output"
    output.parent.mkdir()
    if former:
        output.write_text(former, encoding="utf-8")

    with full_after(4096):
        result = program(file, option, output)

    assert result.exit_code == 1
    error, hint = result.stderr.splitlines()
    assert error == f"error: {output} cannot be written: File too large [output_unwritable]"
    assert "The import itself is as it says" in hint
    assert [path.read_text("utf-8") for path in output.parent.iterdir()] == [former] * bool(former)

    [done] = program.rows("customer_imports", "id, status")
    assert done["status"] == "committed"
    assert len(program.customers()) == 2
    # The hint leads to all that was refused.
    assert f"ts-customers imports show {done['id']} --json" in hint
    shown = CliRunner().invoke(app, ["imports", "show", done["id"], "--json"])
    assert json.loads(shown.stdout)["rejected"] == 300

    repeated = program.json(file, "--allow-repeat", option, output)
    assert repeated["customers"] == {"created": 0, "updated": 0, "unchanged": 2}
    text = output.read_text("utf-8")
    if option == "--rejects":
        assert len(list(csv.reader(text.splitlines()))) == 301
    else:
        assert json.loads(text) == repeated


def test_a_file_that_could_not_take_its_place_is_refused_before_an_import(
    program: Program, file: Path, tmp_path: Path
) -> None:
    with full_after(0):
        result = program(file, "--rejects", "/proc/refused.csv")

    assert result.exit_code == 1
    assert "[output_unwritable]" in result.stderr
    assert "Nothing was imported." in result.stderr
    assert program.rows("customer_imports", "id") == []


def test_standard_input_that_does_not_fit_is_not_imported(program: Program) -> None:
    with full_after(MEBIBYTE):
        result = program("-", stdin=b"Company,City\n" + b"Acme,Ulm\n" * MEBIBYTE)

    assert result.exit_code == 1
    error, hint = result.stderr.splitlines()
    assert error.startswith("error: standard input cannot be kept in ")
    assert error.endswith(": File too large [spool_unwritable]")
    assert "TMPDIR" in hint
    assert program.rows("customer_imports", "id") == []


@pytest.mark.parametrize("name", ["all.csv", "all.jsonl", "all.xlsx"])
@pytest.mark.parametrize("way", [(), ("--direct",)], ids=["api", "direct"])
def test_an_export_leaves_the_file_that_was_there(
    books: Books, tmp_path: Path, name: str, way: tuple[str, ...]
) -> None:
    for number in range(20):
        books.add({"notes": f"{number} " * 1000}, person())
    file = tmp_path / "out" / name
    file.parent.mkdir()
    file.write_text("the former one", encoding="utf-8")

    with full_after(2048):
        said = books.cli.refused("export", file, *way)

    assert f"{file} cannot be written: File too large [output_unwritable]" in said
    assert [path.read_text("utf-8") for path in file.parent.iterdir()] == ["the former one"]
    assert books.export(file, *way)["customers"] == 21


def test_standard_output_that_takes_no_more_is_an_error_and_the_import_is_done(
    program: Program, tmp_path: Path
) -> None:
    file = write_csv(tmp_path / "a.csv", HEADER, *numbered(2))

    for command in (("import", file, "--json"), ("export",)):
        with Path("/dev/full").open("w", encoding="utf-8") as full:
            result = ended(start(*command, stdout=full))

        assert result.code == 1
        [error, _hint] = result.stderr.splitlines()
        assert "standard output cannot be written: No space left on device" in error
        assert len(program.customers()) == 2
