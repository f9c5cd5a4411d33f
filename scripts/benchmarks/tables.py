"""What was measured, as tables: on the terminal and in docs/benchmarks.md."""

from __future__ import annotations

import re
from dataclasses import dataclass
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks import live
from benchmarks.run import TIMES, Result
from benchmarks.stacks import REPOSITORY

PAGE = REPOSITORY / "docs" / "benchmarks.md"


@dataclass(frozen=True, slots=True)
class Line:
    """One figure beside what it is held against, and the goal, if it has one."""

    what: str
    rate: float
    ratio: float
    against: str
    goal: float | None = None

    @property
    def verdict(self) -> str:
        """Whether the goal is met."""
        if self.goal is None:
            return ""
        return f"≥ {self.goal}: {'met' if self.ratio >= self.goal else 'not met'}"


_LINES = [
    ("bare COPY of the final rows, triggers off", "limit", "limit", None),
    ("the same, with the rows that search reads", "limit with search", "limit", None),
    ("COPY of customers and contacts, triggers on", "limit with triggers", "limit", None),
    ("reading and converting the file, for nobody", "reading", "limit", None),
    ("import through PostgREST", "api", "limit", 0.5),
    ("import with `--direct`", "direct", "limit", 0.7),
    ("supabase-py, one insert a row", "insert 1", "limit", None),
    ("supabase-py, batches of 10", "insert 10", "limit", None),
    ("supabase-py, batches of 1,000", "insert 1000", "limit", None),
    ("bare COPY out of the same columns", "copy out", "copy out", None),
    ("the same, in the export's order", "copy out, ordered", "copy out", None),
    ("export with `--direct`, CSV", "export direct", "copy out", 0.5),
    ("export through PostgREST, CSV", "export api", "copy out", None),
]


def lines(result: Result) -> list[Line]:
    """The figures, as medians."""
    seconds = {name: median(figures) for name, figures in result.seconds.items()}
    found = []
    for what, name, against, goal in _LINES:
        is_export = against == "copy out"
        rows = result.exported if is_export else result.size.rows
        ratio = seconds[against] / seconds[name]
        found.append(Line(what, rows / seconds[name], ratio, against, goal))
    return found


def show(result: Result) -> None:
    """Print the figures."""
    table = Table("", "Rows/s", "Ratio", "Goal")
    for line in lines(result):
        table.add_row(line.what, f"{line.rate:,.0f}", f"{line.ratio:.2f}", line.verdict)
    console = Console()
    console.print(table)
    console.print("\n".join(_notes(result)))


def write(result: Result) -> None:
    """Put the figures into the page, in place of the former ones."""
    body = ["| | rows/s | ratio | goal |", "|---|---|---|---|"]
    body += [
        f"| {line.what} | {line.rate:,.0f} | {line.ratio:.2f} | {line.verdict} |"
        for line in lines(result)
    ]
    body += ["", *(f"- {note}" for note in _notes(result))]
    write_block("import", body)


def live_line(figures: dict[str, float]) -> str:
    """Say how soon a change is heard of."""
    return (
        f"{live.SUBSCRIBERS} subscribers, {live.CHANGES:,} changes, {live.CHANGES_A_SECOND} a"
        " second:"
        f" {figures['p50']:.0f} ms from commit to receipt (median), {figures['p95']:.0f} ms (p95),"
        f" {figures['max']:.0f} ms at most; every one received every change once, in order."
    )


def write_block(name: str, body: list[str]) -> None:
    """Put lines into the page, in place of the former ones of this name."""
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
    text = PAGE.read_text(encoding="utf-8")
    found = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    assert found.search(text), f"{PAGE} has no place for it"
    block = begin + "\n".join(body) + "\n" + end
    PAGE.write_text(found.sub(lambda _match: block, text), encoding="utf-8")


def _notes(result: Result) -> list[str]:
    small, large = (str(rows) for rows in result.size.memory)
    growth = result.memory[large] / result.memory[small]
    steps = {
        way: ", ".join(f"{name} {seconds:.1f} s" for name, seconds in steps.items())
        for way, steps in result.steps.items()
    }
    peaks = f"{result.memory[small] / 2**20:,.0f} MiB at {int(small):,} rows, "
    peaks += f"{result.memory[large] / 2**20:,.0f} MiB at {int(large):,}"
    verdict = "met" if growth <= 1.3 else "not met"
    scope = f"{result.size.rows:,} rows in a file, medians of {TIMES} rounds, one run; "
    scope += "what was inserted without an import was fewer rows, scaled."
    return [
        scope,
        f"Noise: the slowest bare COPY took {result.noise:.2f} times as long as the fastest.",
        *(f"Steps of the last import, {way}: {told}." for way, told in steps.items()),
        f"Memory of the importer: {peaks}: {growth:.2f} times (goal ≤ 1.3: {verdict}).",
    ]
