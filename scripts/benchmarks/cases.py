"""What is measured: statements against a limit or a peer, and how long they may take."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any

from benchmarks.sessions import Session


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL, and the values of each run in turn.

    Attributes:
        small: As the owner of the small organization.
        as_superuser: As nobody in particular, with policies off.
        before: What the superuser runs first in the transaction.
        keep: Whether what it changes stays.
    """

    sql: str
    values: Sequence[Sequence[Any]] = ((),)
    small: bool = False
    as_superuser: bool = False
    before: str = ""
    keep: bool = True


@dataclass(frozen=True, slots=True)
class Case:
    """Something that people wait for.

    Attributes:
        group: What it is.
        name: Which variant of it; of a group, the slowest is told.
        ours: How we do it.
        others: What it is held against: a `limit`, or what people would do instead.
        most_ms: What its p95 must not exceed.
        most_times: What its p95 over that of one of the others must not exceed.
        runs: How often.
    """

    group: str
    name: str
    ours: Statement
    others: dict[str, Statement] = field(default_factory=dict)
    most_ms: float | None = None
    most_times: dict[str, float] = field(default_factory=dict)
    runs: int = 100


@dataclass(slots=True)
class Figures:
    """Milliseconds of every run: of ours, of ours once more, and of each of the others."""

    case: Case
    ms: dict[str, list[float]]
    plans: str

    def median(self, name: str = "ours") -> float:
        """Half of the runs took longer."""
        return median(self.ms[name])

    def p95(self, name: str = "ours") -> float:
        """One of twenty took longer."""
        return quantiles(self.ms[name], n=20)[-1]

    @property
    def noise(self) -> float:
        """How far the same statement's medians are apart in this run."""
        both = sorted((self.median(), self.median("again")))
        return both[1] / both[0]

    def times(self, name: str) -> float:
        """How many times as long it takes as one of the others."""
        return self.p95() / self.p95(name)

    @property
    def is_met(self) -> bool | None:
        """Whether its goals are; None if it has none."""
        held = [self.times(name) <= most for name, most in self.case.most_times.items()]
        if self.case.most_ms is not None:
            held.append(self.p95() <= self.case.most_ms)
        return all(held) if held else None


@dataclass(frozen=True, slots=True)
class Sessions:
    """Who asks: the owners of the large and of the small organization, and the superuser.

    `apart` is the large one's owner, too: where triggers were off, plans are made anew.
    """

    user: Session
    apart: Session
    small: Session
    superuser: Session

    def of(self, statement: Statement) -> Session:
        """Whose statement it is."""
        if statement.as_superuser:
            return self.superuser
        if statement.before:
            return self.apart
        return self.small if statement.small else self.user


def measure(case: Case, sessions: Sessions, *, runs: int) -> Figures:
    """Run everything of a case in turns, so that what disturbs one disturbs all.

    As often as it asks for, but not more than `runs` times.
    """
    statements = {"ours": case.ours, **case.others, "again": case.ours}
    ms: dict[str, list[float]] = {name: [] for name in statements}
    turns = deque(statements.items())
    for number in range(-3, min(case.runs, runs)):
        turns.rotate()  # who comes first reads for the others what is not in memory
        for name, statement in turns:
            values = statement.values[number % len(statement.values)]
            taken = sessions.of(statement).timed(
                statement.sql, values, before=statement.before, keep=statement.keep
            )
            # The first ones read what is not in memory yet, and prepare.
            if number >= 0:
                ms[name].append(taken)
    plans = sessions.user.plans(case.ours.sql, case.ours.values[0])
    return Figures(case, ms, plans)
