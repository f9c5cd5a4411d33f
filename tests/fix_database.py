"""Fixtures of tests that ask the database itself. Whatever a test writes is rolled back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID

import psycopg
import pytest

from organizations import Organization, insert_organization, insert_user
from tap import Connection, Tap
from ts_customers.stack import StackStatus


@pytest.fixture
def db(stack: StackStatus) -> Iterator[Connection]:
    """The database as postgres, as migrations see it, in a transaction that is rolled back."""
    assert stack.db_url
    with psycopg.connect(stack.db_url) as connection, connection.transaction(force_rollback=True):
        yield connection


@pytest.fixture
def admin_db(stack: StackStatus) -> Iterator[Connection]:
    """The same as superuser, for what a project's own postgres may not do."""
    assert stack.admin_db_url
    with (
        psycopg.connect(stack.admin_db_url) as connection,
        connection.transaction(force_rollback=True),
    ):
        yield connection


@pytest.fixture
def tap(db: Connection) -> Tap:
    """Assertions on `db`."""
    return Tap(db)


@pytest.fixture
def make_user(tap: Tap) -> Callable[..., UUID]:
    """Makes a login with a verified e-mail address: `make_user(email=None)`."""
    return lambda email=None: insert_user(tap, email)


@pytest.fixture
def make_org(tap: Tap) -> Callable[[str], Organization]:
    """Makes an organization with a login for each role: `make_org(name)`."""
    return lambda name: insert_organization(tap, name)
