"""A value that somebody should be told about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Noted:
    """What a cell became, and the warning that goes with it.

    Attributes:
        value: The value; None: there is none.
        slug: What kind of warning it is.
        message: What a person should know.
    """

    value: Any
    slug: str
    message: str
