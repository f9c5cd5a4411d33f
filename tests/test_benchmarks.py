"""The benchmark runs, and says of everything what it should: never how fast it must be."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[1] / "scripts" / "bench"
MEASURED = {
    "api", "direct", "limit", "limit with search", "limit with triggers", "insert 1", "insert 10",
    "insert 1000", "reading", "copy out", "copy out, ordered", "export direct", "export api",
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


@pytest.mark.slow
def test_a_small_run_measures_everything_that_people_wait_for() -> None:
    done = subprocess.run(
        [BENCH, "--size", "small", "--json"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    small, large = json.loads(done.stdout)
    assert (small["customers"], large["customers"]) == (1_000, 2_000)
    for report in (small, large):
        assert {case["group"].partition(":")[0].partition(",")[0] for case in report["cases"]} == {
            "list", "search", "filter", "filters together", "search and filter", "count",
            "overview", "statistics", "timeline of the busiest customer", "update of one customer",
            "update of 10", "bulk update of 1",
        }  # fmt: skip
        for case in report["cases"]:
            assert {"ours", "again"} <= set(case["ms"]), case["name"]
            assert all(len(ms) >= 2 and min(ms) > 0 for ms in case["ms"].values()), case["name"]
            assert "Query Text" in case["plans"], case["name"]
        assert len(report["tier_changes_ms"]) == 100
    assert all(len(ms) == 4 for ms in large["api_ms"].values())
    for name, pair in large["contention"].items():
        assert all(each["rate"] > 0 and each["errors"] == [] for each in pair), name
    assert large["work"]["errors"] == []
    assert min(len(large["work"]["reads_ms"]), len(large["work"]["writes_ms"])) > 0
    assert (large["archived"]["errors"], large["archived"]["months"]) == ([], 13)
    assert large["archived"]["rows"] > 0
    assert {name for name, _, _ in large["bytes"]} >= {"customers", "customer_activities"}


def test_a_table_tells_of_the_slowest_variant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(BENCH.parent)
    from benchmarks.cases import Case, Figures, Statement
    from benchmarks.speed import Report
    from benchmarks.speed_tables import case_rows

    def figures(name: str, ms: float, most_times: float) -> Figures:
        case = Case(
            "list", name, Statement(""), {"limit": Statement("")},
            most_ms=10, most_times={"limit": most_times},
        )  # fmt: skip
        return Figures(case, {"ours": [ms] * 3, "limit": [2.0] * 3, "again": [2 * ms] * 3}, "")

    report = Report(1, figures=[figures("a", 4, 3), figures("b", 6, 2), figures("c", 5, 4)])
    assert case_rows(report) == [
        ["list: b", "6.00", "6.00", "limit 2.0 (3.00×)", "≤ 10 ms, ≤ 2 × limit: not met", "2.00×"]
    ]
