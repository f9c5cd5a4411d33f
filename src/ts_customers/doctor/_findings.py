"""What an examination finds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be.

    `severity` is error (wrong now), warning (will go wrong) or note (worth knowing). `fix` is a
    command of the shell or SQL.
    """

    slug: str
    severity: str
    what: str
    why: str
    fix: str


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A check that could not be made."""

    slug: str
    why: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was examined, in order: checks that passed, that found something, or were not made."""

    passed: tuple[str, ...]
    findings: tuple[Finding, ...]
    unchecked: tuple[Unchecked, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing was found but what is only worth knowing."""
        return all(finding.severity == "note" for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """What `doctor --json` prints."""
        return {"sound": self.is_sound, **asdict(self)}
