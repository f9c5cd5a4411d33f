"""The generated types in types/ are those of the schema."""

from __future__ import annotations

from pathlib import Path

import pytest

import database_types
from ts_customers.stack import StackStatus


@pytest.mark.npm
@pytest.mark.skipif(not database_types.CLI.exists(), reason="needs `npm ci` in the repository")
@pytest.mark.parametrize(("path", "language"), database_types.FILES.items())
def test_the_committed_types_are_those_of_the_schema(
    stack: StackStatus, path: Path, language: str
) -> None:
    assert stack.db_url
    assert path.read_text(encoding="utf-8") == database_types.generated(language, stack.db_url)
