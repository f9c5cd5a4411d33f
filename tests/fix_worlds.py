"""Fixture of the tests of isolation. Tests undo what they do inside the one transaction."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tap import Tap
from ts_customers.stack import StackStatus
from worlds import World, build_world


@pytest.fixture(scope="module")
def world(stack: StackStatus) -> Iterator[World]:
    """Two organizations with everything in them, rolled back when the module's tests are done."""
    assert stack.db_url
    with psycopg.connect(stack.db_url) as connection, connection.transaction(force_rollback=True):
        yield build_world(Tap(connection))
