"""The stack that the tests run on: a new one each run, so that edited migrations are applied."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ts_customers.stack import Stack, StackStatus, open_stack

REPOSITORY = Path(__file__).parents[1]


@contextmanager
def opened_stack(root: Path = REPOSITORY, **environment: str) -> Iterator[Stack]:
    """An embedded stack of a project on free ports, not started; stopped and deleted in the end."""
    data = Path(tempfile.mkdtemp(prefix="ts-customers-test-"))
    settings = {"TS_CUSTOMERS_DATA": str(data), "TS_CUSTOMERS_PORT": "0", **environment}
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("SUPABASE_"):
                patch.delenv(name)
        patch.setenv("TS_CUSTOMERS_BACKEND", "embedded")
        for name, value in settings.items():
            patch.setenv(name, value)
        opened = open_stack(root)
    try:
        yield opened
    finally:
        opened.down()
        shutil.rmtree(data, ignore_errors=True)


@contextmanager
def new_stack(root: Path = REPOSITORY, **environment: str) -> Iterator[StackStatus]:
    """The same, running."""
    with opened_stack(root, **environment) as opened:
        yield opened.up()


@pytest.fixture(scope="session")
def stack() -> Iterator[StackStatus]:
    """The stack that the tests run on; new tables are open to the API roles unless closed."""
    with new_stack(TS_CUSTOMERS_AUTO_EXPOSE="on") as status:
        yield status


@pytest.fixture(scope="session")
def closed_stack() -> Iterator[StackStatus]:
    """A stack on which new tables are closed to the API roles until they are opened by name."""
    with new_stack(TS_CUSTOMERS_AUTO_EXPOSE="off") as status:
        yield status
