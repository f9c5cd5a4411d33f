"""What is watched: a customer, who looks at it, and the customers of an organization."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID, uuid4

from ts_customers._client import Client
from ts_customers.live._watch import Watch

if TYPE_CHECKING:
    from realtime import AsyncRealtimeChannel

CUSTOMER_EVENTS = ("customer_changed", "contact_changed", "tier_change", "activity_added")
STATES = ("viewing", "editing")
# A transaction may commit this much later than what it wrote is dated.
OVERLAP = timedelta(minutes=5)
MAX_IDS = 1000
PAGE_SIZE = 200

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who has a customer open. All of it is what that somebody says."""

    user_id: str
    state: str
    since: str


@dataclass(frozen=True, slots=True)
class CustomerUpdate:
    """A customer as it is now.

    Attributes:
        overview: What `customer_overview` returns.
        activities: Those since the update before, oldest first, each once; none in the first.
        viewers: Who has the customer open.
    """

    overview: dict[str, Any]
    activities: tuple[dict[str, Any], ...]
    viewers: tuple[Viewer, ...]


@dataclass(frozen=True, slots=True)
class OrganizationUpdate:
    """Customers of an organization that have changed.

    `is_complete` is false where others may have changed too: at the beginning, after a lost
    connection, and where there were too many to name.
    """

    customer_ids: tuple[UUID, ...]
    is_complete: bool


class _OneCustomer(Watch[T]):
    """The topic of one customer, and who is there."""

    def __init__(self, client: Client, customer_id: UUID, *, window_ms: int = 200) -> None:
        super().__init__(client, window_ms)
        self._customer_id = customer_id
        self._key = client.session.user_id if client.session else str(uuid4())
        self._channel: AsyncRealtimeChannel | None = None

    async def _join(self, join: Callable[..., Any]) -> None:
        organization_id = await asyncio.to_thread(lambda: self._client.organization_id)
        self._channel = await join(
            f"organization:{organization_id}:customer:{self._customer_id}",
            CUSTOMER_EVENTS,
            self._heard,
            {"presence": {"key": self._key, "enabled": True}},
        )

    def _heard(self, _event: str, _payload: dict[str, Any]) -> None:
        """Take note of an event."""

    def _viewers(self) -> tuple[Viewer, ...]:
        state = self._channel.presence_state() if self._channel else {}
        return tuple(
            Viewer(key, str(meta["state"]), str(meta.get("since", "")))
            for key, metas in sorted(state.items())
            for meta in map(dict, metas)
            if meta.get("state") in STATES
        )


class ViewersWatch(_OneCustomer[tuple[Viewer, ...]]):
    """Who has a customer open, without being seen there oneself."""

    async def _read(self) -> tuple[Viewer, ...]:
        return self._viewers()


class CustomerWatch(_OneCustomer[CustomerUpdate]):
    """A customer, its activities, and who has it open: whoever watches is seen as one of them."""

    def __init__(
        self, client: Client, customer_id: UUID, *, state: str = "viewing", window_ms: int = 200
    ) -> None:
        super().__init__(client, customer_id, window_ms=window_ms)
        self._state, self._since = state, datetime.now(UTC).isoformat()
        self._has_changed = True
        self._overview: dict[str, Any] = {}
        self._known: dict[str, datetime] = {}

    async def set_state(self, state: str) -> None:
        """Tell the others that one is `viewing` or `editing`."""
        self._state = state
        if self._channel is not None and self._channel.is_joined:
            await self._channel.track({"state": state, "since": self._since})

    async def _join(self, join: Callable[..., Any]) -> None:
        await super()._join(join)
        await join(
            f"organization:{self._client.organization_id}:customers",
            ("customers_changed",),
            self._heard_of_many,
        )
        await self.set_state(self._state)
        self._has_changed = True

    def _heard(self, _event: str, _payload: dict[str, Any]) -> None:
        self._has_changed = True

    def _heard_of_many(self, _event: str, payload: dict[str, Any]) -> None:
        named = payload["customer_ids"]
        if payload["count"] > len(named) or str(self._customer_id) in named:
            self._has_changed = True

    async def _read(self) -> CustomerUpdate:
        activities: tuple[dict[str, Any], ...] = ()
        if self._has_changed:
            self._has_changed = False
            try:
                self._overview = await asyncio.to_thread(
                    self._client.rpc, "customer_overview", {"customer_id": self._customer_id}
                )
                activities = await asyncio.to_thread(self._catch_up)
            except BaseException:
                self._has_changed = True
                raise
        return CustomerUpdate(self._overview, activities, self._viewers())

    def _catch_up(self) -> tuple[dict[str, Any], ...]:
        """Read what is new since five minutes before what was seen last, and leave out the known.

        Returns: activities, oldest first; none of the first time.
        """
        is_first = not self._known
        latest = max(self._known.values(), default=datetime.now(UTC))
        args: dict[str, Any] = {"customer_id": self._customer_id, "page_size": PAGE_SIZE}
        args["since"] = (latest - OVERLAP).isoformat()
        if is_first:
            # The newest one, however old it is, says from where to go on.
            newest = self._client.rpc("customer_timeline", args | {"since": None, "page_size": 1})
            self._known = {row["id"]: _instant(row) for row in newest}
            latest = max(self._known.values(), default=latest)
            args["since"] = (latest - OVERLAP).isoformat()
        found: list[dict[str, Any]] = []
        while True:
            rows = self._client.rpc("customer_timeline", args)
            found += rows
            if len(rows) < PAGE_SIZE:
                break
            args["cursor"] = rows[-1]["cursor"]
        new = [row for row in reversed(found) if row["id"] not in self._known]
        known = self._known | {row["id"]: _instant(row) for row in new}
        oldest = max(known.values(), default=latest) - OVERLAP
        self._known = {key: at for key, at in known.items() if at >= oldest}
        return () if is_first else tuple(new)


class OrganizationWatch(Watch[OrganizationUpdate]):
    """Which customers of an organization change."""

    def __init__(self, client: Client, *, window_ms: int = 200) -> None:
        super().__init__(client, window_ms)
        self._ids: dict[UUID, None] = {}
        self._is_complete = False

    async def _join(self, join: Callable[..., Any]) -> None:
        organization_id = await asyncio.to_thread(lambda: self._client.organization_id)
        await join(f"organization:{organization_id}:customers", ("customers_changed",), self._heard)
        self._is_complete = False

    def _heard(self, _event: str, payload: dict[str, Any]) -> None:
        self._ids |= dict.fromkeys(map(UUID, payload["customer_ids"]))
        if payload["count"] > len(payload["customer_ids"]) or len(self._ids) > MAX_IDS:
            self._is_complete = False

    async def _read(self) -> OrganizationUpdate:
        update = OrganizationUpdate(tuple(self._ids)[:MAX_IDS], self._is_complete)
        self._ids, self._is_complete = {}, True
        return update


def _instant(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["created_at"])
