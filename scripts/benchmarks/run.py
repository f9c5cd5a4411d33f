"""One run: everything on one stack, interleaved, three times."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from benchmarks.exports import Exports
from benchmarks.imports import Timed, timed_import, timed_reading, write_file
from benchmarks.inserts import Inserts
from benchmarks.memory import peak_memory
from benchmarks.rows import GIVEN, SEARCH, TABLES, Rows
from benchmarks.stacks import People, bench_stack, temporary_folder

TIMES = 3


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured.

    Attributes:
        rows: Customers of the file that is imported.
        inserted: Customers that are inserted without an import, one by one and by tens.
        memory: Rows of the small and of the large file whose peak of memory is compared.
    """

    name: str
    rows: int
    inserted: int
    memory: tuple[int, int]


SIZES = {
    size.name: size
    for size in (
        Size("small", 300, 20, (300, 600)),
        Size("medium", 20_000, 200, (10_000, 100_000)),
        Size("large", 100_000, 500, (10_000, 1_000_000)),
    )
}


@dataclass(slots=True)
class Result:
    """What was measured: seconds for all rows, by what was done; a figure for each time."""

    size: Size
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    steps: dict[str, dict[str, float]] = field(default_factory=dict)
    memory: dict[str, int] = field(default_factory=dict)
    exported: int = 0

    @property
    def noise(self) -> float:
        """How far the same measurement differs from itself: the largest over the smallest."""
        figures = self.seconds["limit"]
        return max(figures) / min(figures)


def measure(size: Size, *, note: Callable[[str], None]) -> Result:
    """Measure everything, on a stack that is removed in the end."""
    with temporary_folder() as folder, bench_stack(folder) as status:
        assert status.admin_db_url
        run = _Run(size, folder, People.signed_up(status), Rows(status.admin_db_url), note)
        for number in range(1, TIMES + 1):
            note(f"round {number} of {TIMES}")
            run.round(number)
        note("memory")
        run.measure_memory()
        run.rows.close()
        return run.result


class _Run:
    def __init__(
        self, size: Size, folder: Path, people: People, rows: Rows, note: Callable[[str], None]
    ) -> None:
        self.rows = rows
        self.result = Result(size)
        self._size = size
        self._folder = folder
        self._people = people
        self._note = note

    def round(self, number: int) -> None:
        """Everything once, each way of importing into an organization of its own."""
        file = write_file(self._folder / f"{number}.csv", self._size.rows, seed=number)
        ours = {"api": self._people.new_organization(), "direct": self._people.new_organization()}
        with self._people.client(ours["api"]) as client:
            self._keep("api", timed_import(client, file))
        self.rows.settle()
        with self._people.direct(ours["direct"]) as direct:
            self._keep("direct", timed_import(direct, file))
        self.rows.settle()
        self.result.seconds["reading"].append(timed_reading(file))
        self._inserts(ours["api"])
        self._exports(ours["api"])
        self._limits(ours["api"])
        for organization_id in ours.values():
            self.rows.clear(organization_id)

    def _keep(self, way: str, timed: Timed) -> None:
        self.result.seconds[way].append(timed.seconds)
        self.result.steps[way] = timed.steps
        self._note(f"  {way}: {self._size.rows / timed.seconds:,.0f} rows/s")

    def _inserts(self, organization_id: UUID) -> None:
        made = Inserts(self._people.status.admin_db_url or "", organization_id, 1000)
        for batch, count in ((1, self._size.inserted), (10, self._size.inserted), (1000, 1000)):
            elsewhere = self._people.new_organization()
            with self._people.client(elsewhere) as client:
                each = made.timed(client, batch=batch, count=count)
            self.result.seconds[f"insert {batch}"].append(each * self._size.rows)
            self.rows.clear(elsewhere)

    def _exports(self, organization_id: UUID) -> None:
        exports = Exports(self._people, organization_id, self._folder / "export.csv")
        figures = {
            "copy out": exports.bare(ordered=False),
            "copy out, ordered": exports.bare(ordered=True),
            "export direct": exports.direct(),
            "export api": exports.api(),
        }
        for name, seconds in figures.items():
            self.result.seconds[name].append(seconds)
        self.result.exported = exports.rows

    def _limits(self, organization_id: UUID) -> None:
        files = self.rows.dump(organization_id, self._folder)
        for name, tables, triggers in (
            ("limit", TABLES, False),
            ("limit with search", (*TABLES, SEARCH), False),
            ("limit with triggers", GIVEN, True),
        ):
            self.rows.clear(organization_id)
            seconds = self.rows.timed_copy(files, tables, triggers=triggers)
            self.result.seconds[name].append(seconds)
        # Triggers have made what the importer would have.
        made, given = (self.rows.count(table, organization_id) for table in (SEARCH, GIVEN[0]))
        assert made == given > 0

    def measure_memory(self) -> None:
        """The importer's peak, of a small file and of a large one."""
        for rows in self._size.memory:
            file = write_file(self._folder / f"memory-{rows}.csv", rows, seed=rows)
            organization_id = self._people.new_organization()
            peak = peak_memory(file, organization_id, direct=True, rejects=True)
            self.result.memory[str(rows)] = peak
            self._note(f"  {rows:,} rows: {peak / 2**20:,.0f} MiB")
            self.rows.clear(organization_id)
