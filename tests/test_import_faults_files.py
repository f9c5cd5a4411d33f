"""Files that change under an import, or are too much for it: one clear line, nothing written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from faults import await_blocked, ended, held_up, start
from gateways import Api
from imports import HEADER, Program, numbered, write_csv
from workbooks import HEADER as SHEET_HEADER
from workbooks import sheet, write_raw

LAST = b"F-6999,"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """More rows than a batch, and more than a block, so that the end is read later."""
    rows = [[*row, "x" * 300] for row in numbered(7000)]
    return write_csv(tmp_path / "a.csv", [*HEADER, "Notes"], *rows)


def test_a_file_that_changes_while_it_is_read_is_not_imported(
    program: Program, api: Api, file: Path
) -> None:
    with held_up(api, "public.customer_import_rows") as holder:
        process = start("import", file)
        await_blocked(api, holder, process)
        with file.open("r+b") as other:
            other.seek(file.read_bytes().index(LAST))
            other.write(LAST.replace(b"6", b"7"))
    result = ended(process)

    assert result.code == 1
    error, hint = result.stderr.splitlines()
    assert error == "error: a.csv was changed while it was read [file_changed]"
    assert "import it again" in hint
    assert program.customers() == []


def test_of_a_file_that_grows_while_it_is_read_is_imported_what_there_was(
    program: Program, api: Api, tmp_path: Path
) -> None:
    file = write_csv(tmp_path / "a.csv", HEADER, *numbered(20))
    more = write_csv(tmp_path / "b.csv", *numbered(40)[20:]).read_bytes()
    with held_up(api, "public.customer_import_rows") as holder:
        process = start("import", file)
        await_blocked(api, holder, process)
        with file.open("ab") as other:
            other.write(more)
    assert ended(process).code == 0

    assert len(program.customers()) == 20
    assert program.json(file)["customers"] == {"created": 20, "updated": 0, "unchanged": 20}


def long_cell(folder: Path) -> Path:
    return write_csv(folder / "a.csv", ["Company", "Notes"], ["Acme", "x" * 32_768])


def bomb(folder: Path) -> Path:
    row = "<row><c><v>1</v></c></row>"
    return write_raw(folder / "a.xlsx", sheet(SHEET_HEADER + row * 2_000_000))


@pytest.mark.parametrize(("make", "slug"), [(long_cell, "cell_too_long"), (bomb, "xlsx_too_large")])
def test_what_is_too_much_is_one_clear_line_and_nothing_is_written(
    program: Program, tmp_path: Path, make: Callable[[Path], Path], slug: str
) -> None:
    result = program(make(tmp_path))

    assert (result.exit_code, result.stdout) == (1, "")
    error, hint = result.stderr.splitlines()
    assert error.startswith("error: ")
    assert error.endswith(f"[{slug}]")
    assert hint.startswith("hint: ")
    assert program.customers() == program.rows("customer_imports", "id") == []
