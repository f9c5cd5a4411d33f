"""Exporting, beside a bare COPY of the same columns."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import LiteralString
from uuid import UUID

import psycopg

from benchmarks.stacks import People
from ts_customers.exporting import (
    ApiSource,
    DirectSource,
    ExportRequest,
    Source,
    opened_output,
    write_export,
)

# The parts of the export's own statement, without what it makes of the values: what neutralises
# cells, and what leaves a customer's values out of all but its first row.
_BARE = """
select 'select ' || string_agg(e.value, ', ' order by e.position)
    || private.export_from(%(organization)s, 'c.created_at')
    || private.export_joins(%(organization)s, r.value)
    || private.export_where(%(organization)s, r.value)
from (select private.export_request(%(request)s)) as r (value)
cross join private.chosen_export_columns(r.value)
    with ordinality as e (path, kind, value, position)
group by r.value
"""
_ORDER = " order by c.created_at, c.id, k.is_primary desc, k.created_at, k.id"


class Exports:
    """One organization's customers, exported to a file in each way."""

    def __init__(self, people: People, organization_id: UUID, file: Path) -> None:
        self._people = people
        self._organization_id = organization_id
        self._file = file
        self.rows = 0

    def bare(self, *, ordered: bool) -> float:
        """Copy the columns as they are; returns the seconds."""
        request = json.dumps(ExportRequest().to_json(shape="cells"))
        with psycopg.connect(self._people.db_url) as connection:
            given = {"organization": self._organization_id, "request": request}
            found = connection.execute(_BARE, given).fetchone()
            assert found is not None
            statement: LiteralString = found[0] + (_ORDER if ordered else "")
            begin = time.perf_counter()
            with (
                self._file.open("wb") as file,
                connection.cursor() as cursor,
                cursor.copy(f"copy ({statement}) to stdout with (format csv)") as copy,
            ):
                for block in copy:
                    file.write(block)
            return time.perf_counter() - begin

    def direct(self) -> float:
        """Export over a database connection; returns the seconds."""
        return self._timed(
            DirectSource(self._people.db_url, self._organization_id, ExportRequest())
        )

    def api(self) -> float:
        """Export through the API; returns the seconds."""
        with self._people.client(self._organization_id) as client:
            return self._timed(ApiSource(client, ExportRequest()))

    def _timed(self, source: Source) -> float:
        begin = time.perf_counter()
        with opened_output(self._file) as file:
            write_export(source, file, "csv")
        seconds = time.perf_counter() - begin
        assert source.counts.rows > 0
        self.rows = source.counts.rows
        return seconds
