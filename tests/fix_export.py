"""Fixtures of the tests of exporting."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from exports import Books
from gateways import Api
from programs import CommandLine


@pytest.fixture
def books(
    api: Api,
    cli: CommandLine,
    database: psycopg.Connection[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> Books:
    """The owner's customers; exports may go over the database connection."""
    monkeypatch.setenv("SUPABASE_DB_URL", api.db_url)
    return Books(cli, database)
