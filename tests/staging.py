"""Imports at the level of the database: rows as clients hand them over."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from organizations import Organization
from tap import Tap

Row = dict[str, Any]

CREATE = "select public.create_customer_import('a.csv', %s, %s, null, %s)"
STAGE = "select public.stage_import_rows(%s, %s, %s)"
VALIDATE = "select public.validate_import(%s)"
COMMIT = "select public.commit_import(%s)"
REPORT = "select public.import_report(%s)"
UNDO = "select public.undo_import(%s)"
CANCEL = "select public.cancel_import(%s)"


def staged(*contacts: Any, **customer: Any) -> Row:
    """A row as a client has read it."""
    return {"raw": {}, "values": {"customer": customer, "contacts": list(contacts)}}


def person(email: str, **values: Any) -> Row:
    """A contact that is sound but for these values."""
    return {"first_name": "Ada", "last_name": "Ott", "email": email} | values


def customers(created: int = 0, updated: int = 0, unchanged: int = 0) -> Row:
    """What a report counts, of customers or of contacts."""
    return {"created": created, "updated": updated, "unchanged": unchanged}


def slugs(findings: list[Row]) -> list[tuple[int, str]]:
    """Which row has which error or warning."""
    return [(finding["row"], finding["slug"]) for finding in findings]


@dataclass(frozen=True, slots=True)
class Import:
    """An import that somebody works on, by default as the organization's manager."""

    tap: Tap
    id: UUID
    login: UUID

    def by(self, tap: Tap) -> Import:
        """The same import, on another connection."""
        return Import(tap, self.id, self.login)

    def acting(self) -> AbstractContextManager[None]:
        """Be whoever imports."""
        return self.tap.acting_as(self.login)

    def stage(self, *rows: Any, first_row: int = 1) -> Any:
        """Hand rows over."""
        with self.acting():
            return self.tap.value(STAGE, self.id, first_row, self.tap.json(list(rows)))

    def validate(self) -> Any:
        """Plan it; returns the report."""
        self.finish(VALIDATE, "validated")
        return self.report()

    def commit(self) -> Any:
        """Carry it out; returns the report."""
        self.finish(COMMIT, "committed")
        return self.report()

    def report(self) -> Any:
        """What will be done, or was."""
        with self.acting():
            return self.tap.value(REPORT, self.id)

    def finish(self, sql: str, status: str) -> None:
        """Call a step until it is done."""
        with self.acting():
            for _ in range(20):
                if self.tap.value(sql, self.id)["status"] == status:
                    return
        raise AssertionError(f"20 calls and still not {status}")


def new_import(
    tap: Tap, ours: Organization, *rows: Any, login: UUID | None = None, **options: Any
) -> Import:
    """An import with these rows staged."""
    importer = login or ours.manager
    with tap.acting_as(importer):
        progress = tap.value(CREATE, {}, options, ours.id)
    made = Import(tap, UUID(progress["import_id"]), importer)
    if rows:
        made.stage(*rows)
    return made


def imported(tap: Tap, ours: Organization, *rows: Any, **options: Any) -> Any:
    """Stage, validate and commit rows; returns the report."""
    made = new_import(tap, ours, *rows, **options)
    made.validate()
    return made.commit()
