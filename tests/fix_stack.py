"""The stack that the tests run on: a new one in every run, so that edited migrations are applied."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ts_customers.stack import StackStatus, open_stack

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def stack() -> Iterator[StackStatus]:
    """An embedded stack of this project on free ports, stopped and deleted in the end."""
    data = Path(tempfile.mkdtemp(prefix="ts-customers-test-"))
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("SUPABASE_"):
                patch.delenv(name)
        patch.setenv("TS_CUSTOMERS_BACKEND", "embedded")
        patch.setenv("TS_CUSTOMERS_DATA", str(data))
        patch.setenv("TS_CUSTOMERS_PORT", "0")
        opened = open_stack(REPOSITORY)
    try:
        yield opened.up()
    finally:
        opened.down()
        shutil.rmtree(data, ignore_errors=True)
