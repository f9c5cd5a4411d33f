"""Fixtures of the tests of exporting."""

from __future__ import annotations

from collections.abc import Iterator
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
) -> Iterator[Books]:
    """The owner's customers, removed in the end; exports may go over the database connection."""
    monkeypatch.setenv("SUPABASE_DB_URL", api.db_url)
    yield Books(cli, database)
    database.execute("delete from public.organizations where id = %s", (cli.org.id,))
