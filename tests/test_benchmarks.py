"""The benchmark runs, and says of everything what it should: never how fast it must be."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[1] / "scripts" / "bench"
MEASURED = {
    "api", "direct", "limit", "limit with search", "insert 1", "insert 10", "insert 1000",
    "copy out", "copy out, ordered", "export direct", "export api",
}  # fmt: skip


@pytest.mark.slow
def test_a_small_run_measures_every_way_three_times() -> None:
    done = subprocess.run(
        [BENCH, "import", "--size", "small", "--json"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert set(figures["all"]) == MEASURED
    assert all(len(times) == 3 and min(times) > 0 for times in figures["all"].values())
    assert list(figures["steps"]["api"]) == ["opening", "reading", "checking", "importing"]
    assert all(peak > 2**20 for peak in figures["memory_bytes"].values())
