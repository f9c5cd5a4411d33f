"""What was measured of speed, as tables for the page and as files beside it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

from benchmarks import api, crowds, growth
from benchmarks.cases import Figures
from benchmarks.plots import write_plots
from benchmarks.speed import Report
from benchmarks.stacks import REPOSITORY
from benchmarks.tables import write_block

FOLDER = REPOSITORY / "docs" / "benchmarks"
_MOST_CHANGE_MS = 10
_MOST_READ_MS = 100
_MOST_UP_SECONDS, _MOST_FIRST_UP_SECONDS = 3, 6
_MOST_GENERATING_SECONDS = 600

Rows = list[list[str]]


def write_speed(reports: list[Report]) -> None:
    """Write the page's block, every figure as CSV, the plans and the plots."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("plans/*.txt"):
        old.unlink()
    write_block("speed", list(lines(reports)))
    write_figures(FOLDER / "figures.csv", reports)
    write_plans(FOLDER / "plans", reports[-1])
    write_plots(FOLDER, reports)


def lines(reports: list[Report]) -> Iterator[str]:
    """The page's block: of the largest size, and how costs grow with it."""
    last = reports[-1]
    yield (
        f"{last.customers:,} customers; as the owner of the organization that has"
        f" {last.organization:,} of them, the busiest with {last.activities:,} activities."
        " Milliseconds. Of each line, the slowest of its variants by what its goal is about."
    )
    yield ""
    yield from _table(["", "median", "p95", "against (p95)", "goal", "noise"], case_rows(last))
    yield ""
    yield from _table(["over HTTP", "median", "p95", "times", "≤ 3"], api.table(last.api))
    yield ""
    yield from _table(["whole work", "seen", "goal"], whole_rows(last))
    yield ""
    heads = [f"{crowds.WRITERS} writers at once", "of one: commits/s", "of many", "errors"]
    yield from _table(heads, contention_rows(last))
    yield ""
    yield from _table(["archiving", "p99 before", "p99 during", "most during"], archive_rows(last))
    yield ""
    moved = last.archived
    yield (
        f"{moved.rows:,} activities of {moved.months} months moved in {moved.seconds:.1f} s,"
        f" {len(moved.errors)} errors."
    )
    yield ""
    yield from _table(["bytes a customer", "table", "indexes"], size_rows(last))


def case_rows(report: Report) -> Rows:
    """One row for each group of cases: that of its variant that is closest to its goal's end."""
    rows = []
    for group, worst in _worst(report).items():
        against = "; ".join(
            f"{name} {worst.p95(name):.1f} ({worst.times(name):.2f}×)" for name in worst.case.others
        )
        rows.append(
            [
                f"{group}: {worst.case.name}".rstrip(": "),
                f"{worst.median():.2f}",
                f"{worst.p95():.2f}",
                against,
                _goal(worst),
                f"{worst.noise:.2f}×",
            ]
        )
    return rows


def _worst(report: Report) -> dict[str, Figures]:
    groups: dict[str, list[Figures]] = {}
    for figures in report.figures:
        groups.setdefault(figures.case.group, []).append(figures)
    return {group: max(members, key=_strain) for group, members in groups.items()}


def _strain(figures: Figures) -> float:
    """How far a goal is used up, the one that is closest to its end; without one, the time."""
    case = figures.case
    used = [figures.times(name) / most for name, most in case.most_times.items()]
    if case.most_ms is not None:
        used.append(figures.p95() / case.most_ms)
    return max(used, default=figures.p95() / 1e6)


def _goal(figures: Figures) -> str:
    case = figures.case
    goals = [f"≤ {most:g} × {name}" for name, most in case.most_times.items()]
    if case.most_ms is not None:
        goals.insert(0, f"≤ {case.most_ms:g} ms")
    if figures.is_met is None:
        return ""
    return f"{', '.join(goals)}: {'met' if figures.is_met else 'not met'}"


def whole_rows(report: Report) -> Rows:
    """What is no single statement."""
    change = quantiles(report.tier_changes, n=20)[-1]
    reads = quantiles(report.work.reads, n=100)[-1]
    is_calm = reads <= _MOST_READ_MS and not report.work.errors
    later = max(report.later_ups)
    rows_a_second = sum(report.rows.values()) / report.generating
    return [
        [
            "request_tier_change until price_items shows it, commit included",
            f"{median(report.tier_changes):.1f} ms, p95 {change:.1f} ms",
            _verdict(change, _MOST_CHANGE_MS, "ms"),
        ],
        [
            f"{crowds.PEOPLE} people over HTTP, a pause of {crowds.PAUSE:g} s after each call",
            f"{len(report.work.reads):,} reads, p99 {reads:.0f} ms, {report.work.told}",
            f"p99 of reads ≤ {_MOST_READ_MS} ms, no error: {'met' if is_calm else 'not met'}",
        ],
        [
            "first `up`", f"{report.first_up:.1f} s",
            _verdict(report.first_up, _MOST_FIRST_UP_SECONDS, "s"),
        ],
        [
            "`up` on existing data, slowest of 3", f"{later:.1f} s",
            _verdict(later, _MOST_UP_SECONDS, "s"),
        ],
        [
            f"`generate --customers {report.customers}`",
            f"{report.generating:.0f} s, {rows_a_second:,.0f} rows/s",
            _verdict(report.generating, _MOST_GENERATING_SECONDS, "s"),
        ],
    ]  # fmt: skip


def _verdict(seen: float, most: float, unit: str) -> str:
    return f"≤ {most:g} {unit}: {'met' if seen <= most else 'not met'}"


def contention_rows(report: Report) -> Rows:
    """Writers of one thing beside writers of many."""
    return [
        [
            name,
            f"{one.rate:.0f}, p95 {api.p95(one.ms):.0f} ms",
            f"{many.rate:.0f}, p95 {api.p95(many.ms):.0f} ms",
            str(len(one.errors) + len(many.errors)),
        ]
        for name, (one, many) in report.contention.items()
    ]


def archive_rows(report: Report) -> Rows:
    """Readers and writers, before and while history moves."""
    moved = report.archived
    return [
        [
            f"{count} {what}",
            f"{moved.p99(f'{what}, before'):.1f}",
            f"{moved.p99(f'{what}, during'):.1f}",
            f"{max(moved.ms[f'{what}, during']):.1f}",
        ]
        for what, count in (("reads", growth.READERS), ("writes", growth.WRITERS))
    ]


def size_rows(report: Report) -> Rows:
    """Bytes by customer, and in all."""
    rows = [
        [f"`{name}`", f"{table / report.customers:,.0f}", f"{indexes / report.customers:,.0f}"]
        for name, table, indexes in report.sizes
    ]
    tables = sum(table for _, table, _ in report.sizes)
    indexes = sum(index for _, _, index in report.sizes)
    return [
        *rows,
        ["all", f"{tables / report.customers:,.0f}", f"{indexes / report.customers:,.0f}"],
    ]


def _table(head: list[str], rows: Rows) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def write_figures(path: Path, reports: list[Report]) -> None:
    """Write every case of every size as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["customers", "group", "variant", "what", "runs", "median_ms", "p95_ms"])
        for report in reports:
            for figures in report.figures:
                for what, ms in figures.ms.items():
                    writer.writerow([
                        report.customers, figures.case.group, figures.case.name, what, len(ms),
                        f"{figures.median(what):.3f}", f"{figures.p95(what):.3f}",
                    ])  # fmt: skip


def write_plans(folder: Path, report: Report) -> None:
    """Write the plans of each group: a file for the variant that the table tells of."""
    folder.mkdir(exist_ok=True)
    for group, worst in _worst(report).items():
        name = "".join(letter if letter.isalnum() else "-" for letter in group).strip("-")
        (folder / f"{name}.txt").write_text(
            f"{group}: {worst.case.name}\n\n{worst.plans}\n", encoding="utf-8"
        )
