"""An export over a database connection: one snapshot, streamed by COPY."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, LiteralString
from uuid import UUID

from ts_customers._errors import from_psycopg
from ts_customers.exporting._csv import csv_block
from ts_customers.exporting._source import Cells, Counts, ExportRequest, Progress

if TYPE_CHECKING:
    import psycopg

_REPORTED_EVERY = 1_000

# A read-only transaction sees one state of the database from beginning to end. Sorting an export
# wants more memory than a page of a list does, and as long as it takes.
_BEGIN = """
begin transaction isolation level repeatable read read only;
set local search_path = '';
set local statement_timeout = 0;
set local work_mem = '32MB';
set local time zone 'UTC';
"""
_PLAN = """
select private.export_statement(%s, request.value), private.export_size(%s, request.value),
    to_json(now()) #>> '{}'
from (select %s::jsonb) as request (value)
"""
# JSON holds neither of the two characters, so that nothing is quoted or doubled.
_AS_LINES = "with (format csv, quote e'\\x01', delimiter e'\\x02')"


class DirectSource:
    """Runs the export as one statement, with the rights of the connection."""

    def __init__(
        self,
        db_url: str,
        organization_id: UUID,
        request: ExportRequest,
        *,
        on_progress: Callable[[Progress], None] = lambda _progress: None,
    ) -> None:
        self.counts = Counts()
        self._db_url = db_url
        self._organization_id = organization_id
        self._request = request
        self._on_progress = on_progress

    def csv(self) -> Iterator[bytes]:
        """CSV in UTF-8 with a header, in blocks of many rows."""
        with self._copying("cells", "with (format csv)") as (columns, copy):
            yield csv_block([columns])
            yield from self._blocks(copy)

    def cells(self) -> Iterator[Cells]:
        """The header, and then the rows."""
        with self._copying("cells", "") as (columns, copy):
            yield columns
            yield from self._counted(copy.rows())

    def lines(self) -> Iterator[bytes]:
        """JSON lines, in blocks of many."""
        with self._copying("lines", _AS_LINES) as (_columns, copy):
            yield from self._blocks(copy)

    @contextmanager
    def _copying(
        self, shape: str, options: LiteralString
    ) -> Iterator[tuple[list[str], psycopg.Copy]]:
        """Begin the export.

        Raises:
            NotAllowed: not_allowed, where the connection may not read the tables.
            Invalid: columns_invalid, filter_invalid, sort_invalid, unknown_key, query_too_long.
            Unavailable: database_unreachable.
        """
        import psycopg

        request = json.dumps(self._request.to_json(shape=shape))
        try:
            with psycopg.connect(self._db_url, autocommit=True) as connection:
                connection.execute(_BEGIN)
                plan = connection.execute(
                    _PLAN, (self._organization_id, self._organization_id, request)
                ).fetchone()
                assert plan is not None
                statement, size, self.counts.snapshot = plan
                self._take(size)
                with connection.cursor() as cursor, cursor.copy(_copy(statement, options)) as copy:
                    yield size["columns"], copy
        except psycopg.Error as error:
            raise from_psycopg(error) from error

    def _take(self, size: dict[str, Any]) -> None:
        self.counts.customers, self.counts.contacts = size["customers"], size["contacts"]
        self.counts.rows = size["rows"]

    def _blocks(self, copy: psycopg.Copy) -> Iterator[bytes]:
        # A row at a time, for so it comes; as few steps as can be for each.
        done, rows = 0, iter(copy)
        while block := list(islice(rows, _REPORTED_EVERY)):
            yield b"".join(block)
            done += len(block)
            self._report(done)

    def _counted(self, rows: Iterator[Cells]) -> Iterator[Cells]:
        done = 0
        for done, row in enumerate(rows, start=1):
            yield row
            if done % _REPORTED_EVERY == 0:
                self._report(done)
        self._report(done)

    def _report(self, done: int) -> None:
        self._on_progress(Progress("exporting", done, self.counts.rows))


def _copy(statement: LiteralString, options: LiteralString) -> LiteralString:
    # The database made the statement, with every value in it quoted.
    return f"copy ({statement}) to stdout {options}"
