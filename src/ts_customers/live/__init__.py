"""Watching customers as they change, and who else looks at them.

    async with watch_customer(client, customer_id) as updates:
        async for update in updates:
            print(update.overview["customer"]["version"], update.activities, update.viewers)

Each watch joins first and reads then, waits a moment for changes that come together, and when its
connection is lost makes another and catches up. It ends with an error where it may no longer look.
"""

from __future__ import annotations

from uuid import UUID

from ts_customers._client import Client
from ts_customers.live._watches import (
    CustomerUpdate,
    CustomerWatch,
    OrganizationUpdate,
    OrganizationWatch,
    Viewer,
    ViewersWatch,
)

__all__ = [
    "CustomerUpdate",
    "CustomerWatch",
    "OrganizationUpdate",
    "OrganizationWatch",
    "Viewer",
    "ViewersWatch",
    "viewers",
    "watch_customer",
    "watch_organization",
]


def watch_customer(
    client: Client, customer_id: UUID, *, state: str = "viewing", window_ms: int = 200
) -> CustomerWatch:
    """Watch one customer: an update at once, and one for each burst of changes.

    Args:
        client: From `connect`; it is read with while the watch runs, and serves nobody else then.
        customer_id: The customer.
        state: `viewing` or `editing`, as the others see it; `set_state` changes it.
        window_ms: How long changes are waited for that come together.

    Raises:
        NotAllowed: watch_refused, also later, where access ends.
        NotFound: customer_not_found.
    """
    return CustomerWatch(client, customer_id, state=state, window_ms=window_ms)


def watch_organization(client: Client, *, window_ms: int = 200) -> OrganizationWatch:
    """Watch which customers of the client's organization change.

    Raises:
        NotAllowed: watch_refused, also later, where access ends.
    """
    return OrganizationWatch(client, window_ms=window_ms)


def viewers(client: Client, customer_id: UUID, *, window_ms: int = 200) -> ViewersWatch:
    """Watch who has a customer open.

    Raises:
        NotAllowed: watch_refused, also later, where access ends.
    """
    return ViewersWatch(client, customer_id, window_ms=window_ms)
