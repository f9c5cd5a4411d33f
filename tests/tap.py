"""Asking the database as somebody, and saying what must come of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb, JsonbDumper

Connection = psycopg.Connection[TupleRow]

_WHO = "select current_setting('role'), current_setting('request.jwt.claims', true)"
_BECOME = "select set_config('role', %s, true), set_config('request.jwt.claims', %s, true)"


class Tap:
    """Assertions on one connection, in one transaction, as one role after another.

    A dict among the parameters is sent as jsonb, a list as an array; `json` makes jsonb of a list.
    """

    json = Jsonb

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        connection.adapters.register_dumper(dict, JsonbDumper)

    @contextmanager
    def acting_as(self, user_id: UUID | None) -> Iterator[None]:
        """Be this login as PostgREST would have it (None: anon), and then who one was before."""
        with self._being("anon" if user_id is None else "authenticated", user_id):
            yield

    @contextmanager
    def acting_as_service(self) -> Iterator[None]:
        """Be service_role, as with the secret key."""
        with self._being("service_role", None):
            yield

    def become(self, role: str, user_id: UUID | None) -> None:
        """Be somebody until the transaction or the savepoint around it ends."""
        claims = {"role": role} if user_id is None else {"role": role, "sub": str(user_id)}
        self.execute(_BECOME, role, json.dumps(claims))

    def execute(self, sql: str, *params: Any) -> psycopg.Cursor[TupleRow]:
        """Run one statement, or several without parameters."""
        return self.connection.execute(sql.encode(), params or None)

    def rows(self, sql: str, *params: Any) -> list[TupleRow]:
        """The rows of a query."""
        return self.execute(sql, *params).fetchall()

    def value(self, sql: str, *params: Any) -> Any:
        """The one value of a query that returns one row of one column."""
        ((value,),) = self.rows(sql, *params)
        return value

    def results_eq(self, sql: str, rows: Sequence[Sequence[Any]], *params: Any) -> None:
        """The query returns exactly these rows in this order."""
        assert self.rows(sql, *params) == [tuple(row) for row in rows]

    def is_empty(self, sql: str, *params: Any) -> None:
        """The query returns nothing."""
        assert self.rows(sql, *params) == []

    def affects(self, sql: str, count: int, *params: Any) -> None:
        """The statement writes this many rows."""
        assert self.execute(sql, *params).rowcount == count

    def throws(self, sqlstate: str, slug: str | None, sql: str, *params: Any) -> psycopg.Error:
        """The statement is refused with this SQLSTATE and slug, None for PostgreSQL's own errors.

        Returns: the error. What the statement did is undone.
        """
        error = self.error_of(sql, *params)
        assert error is not None, f"nothing was raised, expected {sqlstate} {slug}"
        told = (error.sqlstate, error.diag.message_detail if slug is not None else None)
        assert told == (sqlstate, slug), error
        return error

    def error_of(self, sql: str, *params: Any) -> psycopg.Error | None:
        """The error that the statement ends in, if any. What it did is undone."""
        with self.undone():
            try:
                self.execute(sql, *params)
            except psycopg.Error as error:
                return error
        return None

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Undo what is done inside, and come back as who one was."""
        with self.connection.transaction(force_rollback=True):
            yield

    @contextmanager
    def _being(self, role: str, user_id: UUID | None) -> Iterator[None]:
        before = self.rows(_WHO)[0]
        self.become(role, user_id)
        try:
            yield
        finally:
            # A failed transaction takes no statement; the failure itself is what matters then.
            if self.connection.info.transaction_status != TransactionStatus.INERROR:
                self.execute(_BECOME, before[0], before[1] or "")


def assert_same_error(one: psycopg.Error | None, other: psycopg.Error | None) -> None:
    """Two refusals cannot be told apart: neither by code nor by any word."""
    assert one is not None
    assert other is not None
    assert _told(one) == _told(other)


def _told(error: psycopg.Error) -> tuple[str | None, ...]:
    diag = error.diag
    return (error.sqlstate, diag.message_primary, diag.message_detail, diag.message_hint)
