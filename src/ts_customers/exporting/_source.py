"""What an export asks for, and what every way to get it offers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

ENTITIES = ("customers", "contacts")

Cells = Sequence[str | None]


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """Which customers, and what of them.

    Attributes:
        query: Parts of words, as `search_customers` takes them.
        filters: As `search_customers` takes them.
        sort: As `search_customers` takes it. By when customers were created nobody can move
            between the pages of an export.
        columns: Paths such as billing_address.city; empty: all that an import takes.
        entity: One of ENTITIES; contacts stand alone, with what names their customer.
        raw: Whether cells stay as they are that a spreadsheet would run as a formula.
    """

    query: str | None = None
    filters: Mapping[str, Any] = field(default_factory=dict)
    sort: str = "created_at"
    columns: tuple[str, ...] = ()
    entity: str = "customers"
    raw: bool = False

    def to_json(self, *, shape: str) -> dict[str, Any]:
        """The request as the database takes it, for cells or for lines."""
        return {
            "query": self.query,
            "filters": dict(self.filters),
            "sort": self.sort,
            "columns": list(self.columns) or None,
            "entity": self.entity,
            "shape": shape,
            "raw": self.raw,
        }


@dataclass(slots=True)
class Counts:
    """How much was exported; `snapshot` is the moment that all of it is as of, if it is one."""

    rows: int = 0
    customers: int = 0
    contacts: int = 0
    snapshot: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of a step is done."""

    step: str
    done: int
    total: int


class Source(Protocol):
    """A way to what an export asks for; each of its methods is read once.

    `counts` is right when the reading has ended.
    """

    counts: Counts

    def csv(self) -> Iterator[bytes]:
        """CSV in UTF-8 with a header, in blocks."""

    def cells(self) -> Iterator[Cells]:
        """The header, and then the rows."""

    def lines(self) -> Iterator[bytes]:
        """JSON lines, in blocks."""
