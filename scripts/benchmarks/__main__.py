"""Measures imports and exports against bare limits and against what people do instead, in one run;
or how soon those who watch hear of a change.

scripts/bench import [--size small|medium|large] [--json] [--write]
scripts/bench live [--json] [--write]
"""

from __future__ import annotations

import argparse
import json
import sys
from statistics import median

from benchmarks import live
from benchmarks.run import SIZES, Result, measure
from benchmarks.tables import live_line, show, write, write_block


def main() -> None:
    """Run what the arguments say."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("what", choices=["import", "live"])
    parser.add_argument("--size", choices=SIZES, default="medium")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    arguments = parser.parse_args()
    if arguments.what == "live":
        figures = live.measure()
        print(json.dumps(figures, indent=2) if arguments.json else live_line(figures))
        if arguments.write:
            write_block("live", [live_line(figures)])
        return
    result = measure(SIZES[arguments.size], note=lambda text: print(text, file=sys.stderr))
    if arguments.json:
        print(json.dumps(as_json(result), indent=2))
    else:
        show(result)
    if arguments.write:
        write(result)


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


main()
