"""Cost against size, drawn: a line for each thing that people wait for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pygal  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from benchmarks.cases import Figures
    from benchmarks.speed import Report

# Beginnings of the groups that share a picture.
PLOTS = {
    "lists": ("list, page 1", "list, page"),
    "searches": ("search",),
    "filters": ("filter", "count"),
    "pages": ("overview", "statistics", "timeline"),
    "writes": ("update", "bulk"),
}


def write_plots(folder: Path, reports: list[Report]) -> None:
    """Write a picture for each of `PLOTS`, both axes logarithmic."""
    sizes = [report.customers for report in reports]
    for name, beginnings in PLOTS.items():
        series = _series(reports, beginnings)
        times = [time for points in series.values() for _, time in points]
        chart = pygal.XY(
            js=(), logarithmic=True, title=f"{name}: p95 in ms by customers", width=900, height=480,
            truncate_legend=-1, margin_right=50,
            x_title="customers", xrange=(sizes[0], sizes[-1]), x_labels=sizes,
            x_value_formatter="{:,.0f}".format, y_labels=_ticks(min(times), max(times)),
        )  # fmt: skip
        for label, points in series.items():
            chart.add(label, points)
        chart.render_to_file(str(folder / f"{name}.svg"))


def _series(
    reports: list[Report], beginnings: tuple[str, ...]
) -> dict[str, list[tuple[int, float]]]:
    """The slowest variant of each group at each size."""
    series: dict[str, dict[int, float]] = {}
    for report in reports:
        for figures in report.figures:
            if figures.case.group.startswith(beginnings):
                points = series.setdefault(_label(figures), {})
                points[report.customers] = max(points.get(report.customers, 0), figures.p95())
    return {label: sorted(points.items()) for label, points in series.items()}


def _ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 of each power of ten, from below the lowest time to above the highest."""
    ticks = [digit * 10.0**power for power in range(-3, 6) for digit in (1, 2, 5)]
    above = max(tick for tick in ticks if tick <= low)
    below = min(tick for tick in ticks if tick >= high)
    return [tick for tick in ticks if above <= tick <= below]


def _label(figures: Figures) -> str:
    # The last page is another one at each size.
    group = figures.case.group
    return "list, deep" if group.startswith("list") and group != "list, page 1" else group
