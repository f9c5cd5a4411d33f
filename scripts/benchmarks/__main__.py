"""Measures what people wait for, against bare limits and what people do instead, in one run.

scripts/bench [--size small|medium|large] [--json] [--write]           lists, pages, writes, crowds
scripts/bench import [--size small|medium|large] [--json] [--write]    imports and exports
scripts/bench live [--json] [--write]                                  live updates
"""

from __future__ import annotations

import argparse
import json
import sys
from statistics import median

from benchmarks import live
from benchmarks.run import SIZES, Result, measure
from benchmarks.speed import SCALES, Report, measure_scale
from benchmarks.speed_tables import lines, write_speed
from benchmarks.tables import live_line, show, write, write_block


def main() -> None:
    """Run what the arguments say."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", choices=["speed", "import", "live"], nargs="?", default="speed")
    parser.add_argument("--size", choices=SIZES, default="medium")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    arguments = parser.parse_args()
    {"speed": _speed, "import": _import, "live": _live}[arguments.what](arguments)


def _speed(arguments: argparse.Namespace) -> None:
    reports = measure_scale(SCALES[arguments.size], note=_note)
    if arguments.json:
        print(json.dumps([_as_json(report) for report in reports], indent=2))
    else:
        print("\n".join(lines(reports)))
    if arguments.write:
        write_speed(reports)


def _import(arguments: argparse.Namespace) -> None:
    result = measure(SIZES[arguments.size], note=_note)
    if arguments.json:
        print(json.dumps(as_json(result), indent=2))
    else:
        show(result)
    if arguments.write:
        write(result)


def _live(arguments: argparse.Namespace) -> None:
    figures = live.measure()
    print(json.dumps(figures, indent=2) if arguments.json else live_line(figures))
    if arguments.write:
        write_block("live", [live_line(figures)])


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def as_json(result: Result) -> dict[str, object]:
    """The medians, and every figure that they are the median of."""
    return {
        "rows": result.size.rows,
        "seconds": {name: median(figures) for name, figures in result.seconds.items()},
        "all": result.seconds,
        "steps": result.steps,
        "noise": result.noise,
        "memory_bytes": result.memory,
    }


def _as_json(report: Report) -> dict[str, object]:
    return {
        "customers": report.customers,
        "rows": report.rows,
        "generating_seconds": report.generating,
        "up_seconds": {"first": report.first_up, "later": report.later_ups},
        "cases": [
            {
                "group": each.case.group,
                "name": each.case.name,
                "is_met": each.is_met,
                "ms": each.ms,
                "plans": each.plans,
            }
            for each in report.figures
        ],
        "tier_changes_ms": report.tier_changes,
        "api_ms": report.api,
        "contention": {
            name: [{"rate": each.rate, "errors": each.errors} for each in pair]
            for name, pair in report.contention.items()
        },
        "work": {
            "reads_ms": report.work.reads,
            "writes_ms": report.work.writes,
            "errors": report.work.errors,
        },
        "archived": {
            "months": report.archived.months,
            "rows": report.archived.rows,
            "seconds": report.archived.seconds,
            "ms": report.archived.ms,
            "errors": report.archived.errors,
        },
        "bytes": report.sizes,
    }


main()
