"""The bare limit: the rows that an import ends in, copied into the same tables without it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg import sql

TABLES = (
    "public.customers",
    "public.customer_contacts",
    "public.customer_activities",
    "public.customer_stats",
)
# What is given; triggers make the rest of it.
GIVEN = TABLES[:2]
# What search reads, which belongs to a customer that can be found.
SEARCH = "private.customer_search"
# What an import leaves besides.
_LEFT = (
    "public.customer_tier_periods",
    "public.customer_import_rows",
    "public.customer_imports",
    "private.customer_import_keys",
)
_BLOCK = 1024 * 1024


class Rows:
    """The rows of organizations, over a superuser's connection."""

    def __init__(self, admin_db_url: str) -> None:
        self._connection = psycopg.connect(admin_db_url, autocommit=True)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def dump(self, organization_id: UUID, folder: Path) -> dict[str, Path]:
        """Write the rows of an organization to a file for each table."""
        files = {}
        for table in (*TABLES, SEARCH):
            files[table] = folder / table
            rows = f"select * from {table} where organization_id = '{organization_id}'"
            with (
                files[table].open("wb") as file,
                self._connection.cursor() as cursor,
                cursor.copy(_copy(f"({rows})", "to stdout")) as copy,
            ):
                for block in copy:
                    file.write(block)
        return files

    def timed_copy(
        self, files: dict[str, Path], tables: Iterable[str], *, triggers: bool = False
    ) -> float:
        """Copy dumped rows back in one transaction; returns the seconds."""
        begin = time.perf_counter()
        with self._connection.transaction():
            if not triggers:
                self._connection.execute("set local session_replication_role = replica")
            for table in tables:
                with (
                    files[table].open("rb") as file,
                    self._connection.cursor() as cursor,
                    cursor.copy(_copy(table, "from stdin")) as copy,
                ):
                    while block := file.read(_BLOCK):
                        copy.write(block)
        return time.perf_counter() - begin

    def clear(self, organization_id: UUID) -> None:
        """Remove the rows of an organization, and what they left in the tables."""
        tables = (*TABLES, SEARCH, *_LEFT)
        with self._connection.transaction():
            self._connection.execute("set local session_replication_role = replica")
            for table in tables:
                self._connection.execute(
                    sql.SQL("delete from {} where organization_id = %s").format(_name(table)),
                    (organization_id,),
                )
        self.settle(tables)

    def settle(self, tables: Iterable[str] = (*TABLES, SEARCH, *_LEFT)) -> None:
        """Leave nothing to do that would otherwise be done during the next measurement."""
        for table in tables:
            self._connection.execute(sql.SQL("vacuum analyze {}").format(_name(table)))
        self._connection.execute("checkpoint")

    def count(self, table: str, organization_id: UUID) -> int:
        """How many rows of a table an organization has."""
        found = self._connection.execute(
            sql.SQL("select count(*) from {} where organization_id = %s").format(_name(table)),
            (organization_id,),
        ).fetchone()
        assert found is not None
        return int(found[0])


def _name(table: str) -> sql.Identifier:
    return sql.Identifier(*table.split("."))


def _copy(what: str, direction: str) -> sql.SQL:
    return sql.SQL(f"copy {what} {direction}")  # names of our own
