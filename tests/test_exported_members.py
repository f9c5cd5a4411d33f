"""The package's surface is what its `__all__` says."""

from __future__ import annotations

import types

import ts_customers


def test_everything_public_is_exported_and_nothing_else() -> None:
    public = {
        name
        for name, value in vars(ts_customers).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert sorted(public) == ts_customers.__all__


def test_everything_exported_is_documented() -> None:
    assert [n for n in ts_customers.__all__ if not getattr(ts_customers, n).__doc__] == []
