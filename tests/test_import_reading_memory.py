"""Reading takes no more memory for a large file than for a small one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import resource, sys
from pathlib import Path
from ts_customers.importing import Limits, open_source, read_table

with open_source(Path(sys.argv[1]), Limits()) as source:
    table = read_table(source, Limits())
    assert sum(1 for _ in table.records()) == table.row_count
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
LINES = {
    "csv": "Firm {0};F-{0};Straße {0};Köln;{0:05};DE;p{0}@firm.example;{0},50\n",
    "jsonl": '{{"company_name": "Köln {0}", "address": {{"line1": "{0}"}}, "tags": ["a"]}}\n',
}


def peak(path: Path, encoding: str, rows: int) -> int:
    line = LINES[path.suffix[1:]]
    with path.open("w", encoding=encoding) as file:
        file.write(line.format(0))
        file.writelines(line.format(number) for number in range(1, rows + 1))
    run = [sys.executable, "-c", PROGRAM, str(path)]
    return int(subprocess.run(run, capture_output=True, check=True, timeout=120).stdout)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("suffix", "encoding"), [("csv", "utf-8"), ("csv", "cp1252"), ("jsonl", "utf-8")]
)
def test_memory_does_not_grow_with_the_file(tmp_path: Path, suffix: str, encoding: str) -> None:
    path = tmp_path / f"customers.{suffix}"

    assert peak(path, encoding, 200_000) <= 1.2 * peak(path, encoding, 5_000)
