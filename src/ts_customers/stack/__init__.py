"""Where a project runs: one surface over the embedded stack and one that runs elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ts_customers._errors import StackError
from ts_customers.stack._config import find_root, load_config
from ts_customers.stack._embedded import EmbeddedStack
from ts_customers.stack._external import ExternalStack
from ts_customers.stack._status import StackStatus

__all__ = ["EmbeddedStack", "ExternalStack", "Stack", "StackStatus", "find_root", "open_stack"]

Stack = EmbeddedStack | ExternalStack


def open_stack(root: Path | None = None, *, report: Callable[[str], None] | None = None) -> Stack:
    """The stack of the project at or above a folder, by default the working directory.

    `report` is told, line by line, what is being done. TS_CUSTOMERS_BACKEND chooses the backend;
    unset, it is external where SUPABASE_URL is set, and embedded otherwise.
    Raises: StackError project_not_found, config_invalid, backend_unknown, backend_missing.
    """
    config = load_config(root)
    tell = report or (lambda _line: None)
    if config.backend == "external":
        return ExternalStack(config, report=tell)
    if config.backend == "docker":
        raise StackError(
            "the docker backend is not there yet",
            slug="backend_missing",
            hint="Use TS_CUSTOMERS_BACKEND=embedded, or external with `supabase start`.",
        )
    return EmbeddedStack(config, report=tell)
