"""Two transactions at once, on real connections that commit, each into an organization of its own.

Nothing here waits for time to pass: whether a statement is held up is asked of the database.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any

import psycopg

from organizations import Organization, insert_organization
from tap import Connection, Tap
from ts_customers.stack import StackStatus

Action = Callable[[Tap], Any]

_PATIENCE_SECONDS = 30
_REMOVE_ORGANIZATION = "delete from public.organizations where id = %s"
_REMOVE_LOGINS = "delete from auth.users where id = any(%s)"


@contextmanager
def committed_organization(stack: StackStatus, name: str) -> Iterator[Organization]:
    """An organization that other connections see, removed in the end with its logins."""
    with open_tap(stack) as tap:
        organization = insert_organization(tap, name)
    try:
        yield organization
    finally:
        with open_tap(stack) as tap:
            tap.execute(_REMOVE_ORGANIZATION, organization.id)
            people = [organization.login(role) for role in ("viewer", "member", "manager")]
            tap.execute(_REMOVE_LOGINS, [*people, organization.admin, organization.owner])


@contextmanager
def open_tap(stack: StackStatus) -> Iterator[Tap]:
    """A connection of its own as postgres, in one transaction that commits."""
    assert stack.db_url
    with closing(psycopg.connect(stack.db_url)) as connection:
        yield Tap(connection)
        connection.commit()


def overlapping(stack: StackStatus, first: Action, second: Action) -> psycopg.Error | None:
    """Run the first, start the second before the first commits, and let both commit.

    The first commits when the second waits for it, or has come as far as its commit.
    Returns: the error that the second ended in, if any. The first must succeed.
    """
    assert stack.db_url
    with (
        closing(psycopg.connect(stack.db_url)) as early,
        closing(psycopg.connect(stack.db_url)) as late,
        ThreadPoolExecutor(1) as thread,
    ):
        first(Tap(early))
        outcome = thread.submit(_error_of, second, late)
        try:
            await_block(stack, late.info.backend_pid, outcome)
        finally:
            early.commit()
        error = outcome.result(_PATIENCE_SECONDS)
        if error is not None:
            return error
        try:
            late.commit()
        except psycopg.Error as refused:
            return refused
    return None


def _error_of(action: Action, connection: Connection) -> psycopg.Error | None:
    try:
        action(Tap(connection))
    except psycopg.Error as error:
        return error
    return None


def await_block(stack: StackStatus, pid: int, outcome: Future[Any]) -> None:
    """Wait until a session waits for a lock, or what it does is done."""
    assert stack.db_url
    deadline = time.monotonic() + _PATIENCE_SECONDS
    with psycopg.connect(stack.db_url, autocommit=True) as watcher:
        while not outcome.done():
            row = watcher.execute("select pg_blocking_pids(%s) <> '{}'", (pid,)).fetchone()
            if row and row[0]:
                return
            assert time.monotonic() < deadline, "neither finished nor held up by a lock"
            time.sleep(0.01)
