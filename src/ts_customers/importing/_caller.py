"""Who calls the functions of an import, and how patiently."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

from ts_customers._errors import Unavailable

# Seconds after which a call that got no answer is made again. All of them may be: a batch that is
# staged twice replaces itself, and each step knows how far it has come.
_PAUSES = (0.5, 1, 2, 4, 8, 15)


class Caller(Protocol):
    """Who imports, and for which organization: a client of the API, or a database connection."""

    @property
    def organization_id(self) -> UUID: ...
    def rpc(self, name: str, args: Mapping[str, Any] | None = None) -> Any: ...


def patiently(caller: Caller, name: str, args: Mapping[str, Any]) -> Any:
    """Call a function, and again where no answer came: a server may be starting anew.

    Raises:
        Unavailable: whatever does not answer for half a minute.
    """
    for pause in _PAUSES:
        try:
            return caller.rpc(name, args)
        except Unavailable:
            time.sleep(pause)
    return caller.rpc(name, args)
