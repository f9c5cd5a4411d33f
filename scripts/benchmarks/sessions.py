"""A connection that asks as PostgREST does, and says how long each answer took."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg

_BECOME = (
    "select set_config('role', 'authenticated', true), set_config('request.jwt.claims', %s, true)"
)
_EXPLAINED = """
load 'auto_explain';
set auto_explain.log_min_duration = 0;
set auto_explain.log_analyze = on;
set auto_explain.log_buffers = on;
set auto_explain.log_nested_statements = on;
set client_min_messages = 'log';
"""


_DURATION = re.compile(r"duration: (\d+\.\d+) ms  plan:")
_PLANS = 8


def _milliseconds(text: str) -> float:
    match = _DURATION.match(text)
    return float(match[1]) if match else 0


class Session:
    """Each statement in a transaction of its own, as a user or as a superuser.

    As a user: the role authenticated with the user's claims, statements prepared, as PostgREST
    sends them. What it takes to become the user is not timed.
    """

    def __init__(self, admin_db_url: str, user_id: UUID | None = None) -> None:
        """Connect; without a user, as the superuser of the address."""
        self._connection = psycopg.connect(admin_db_url, autocommit=True, prepare_threshold=0)
        claims = {"role": "authenticated", "sub": str(user_id)}
        self._claims = json.dumps(claims) if user_id else None

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def timed(
        self, statement: str, values: Sequence[Any] = (), *, before: str = "", keep: bool = True
    ) -> float:
        """Run a statement and receive its rows, unread; returns milliseconds.

        Args:
            statement: With %s for each value.
            values: What it is run with.
            before: SQL that the superuser runs first in the transaction; not timed.
            keep: Whether what it changed stays; otherwise it is undone, which is not timed.
        """
        with self._connection.transaction(force_rollback=not keep):
            if before:
                self._connection.execute(before, prepare=False)
            with self._connection.cursor() as cursor:
                self._become(cursor)
                begin = time.perf_counter()
                cursor.execute(statement, values)
                return (time.perf_counter() - begin) * 1000

    def row(self, statement: str, values: Sequence[Any] = ()) -> tuple[Any, ...]:
        """Run a statement; returns its only row."""
        with self._connection.transaction(), self._connection.cursor() as cursor:
            self._become(cursor)
            row = cursor.execute(statement, values).fetchone()
            assert row is not None
            return row

    def plans(self, statement: str, values: Sequence[Any] = ()) -> str:
        """The `_PLANS` slowest plans of a statement and of what its functions ran."""
        found: list[str] = []
        with psycopg.connect(self._connection.info.dsn, autocommit=True,
                             password=self._connection.info.password) as connection:  # fmt: skip
            connection.execute(_EXPLAINED)
            connection.add_notice_handler(lambda notice: found.append(notice.message_primary or ""))
            with connection.transaction(force_rollback=True), connection.cursor() as cursor:
                self._become(cursor)
                found.clear()
                cursor.execute(statement, values)
        slowest = sorted(filter(_milliseconds, found), key=_milliseconds)[-_PLANS:]
        return "\n\n".join(text for text in found if text in slowest)

    def _become(self, cursor: psycopg.Cursor) -> None:
        if self._claims:
            cursor.execute(_BECOME, (self._claims,))
