"""What the database tells whoever watches, and what Realtime would let somebody do on a topic."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from tap import Connection, Tap

EXTENSIONS = ("broadcast", "presence")
EVENTS = ("customer_changed", "contact_changed", "tier_change", "activity_added")

# Realtime's own function adds the message's id where a payload has none. Messages of a transaction
# follow each other by its commands: where they lie tells nothing once there was a vacuum.
_MESSAGES = """
select m.id, m.topic, m.event, m.private, m.extension,
    case when m.payload ->> 'id' = m.id::text then m.payload - 'id' else m.payload end
from realtime.messages as m order by m.inserted_at, m.cmin::text::bigint
"""
_PROBE = "insert into realtime.messages (topic, extension) values (%s, %s)"
_RETURNED = f"{_PROBE} returning id"
_SETTINGS = """
select set_config('role', %s, true), set_config('realtime.topic', %s, true),
    set_config('request.jwt.claims', %s, true), set_config('request.jwt.claim.sub', %s, true),
    set_config('request.jwt.claim.role', %s, true), set_config('request.headers', '{}', true)
"""


@dataclass(frozen=True, slots=True)
class Message:
    """A message to a private channel."""

    topic: str
    event: str
    payload: dict[str, Any]


def customer_topic(organization_id: UUID, customer_id: UUID) -> str:
    """The topic of what changes about one customer."""
    return f"organization:{organization_id}:customer:{customer_id}"


def customers_topic(organization_id: UUID) -> str:
    """The topic of an organization's list of customers."""
    return f"organization:{organization_id}:customers"


def pricing_topic(organization_id: UUID) -> str:
    """The topic for whoever keeps prices."""
    return f"organization:{organization_id}:pricing"


def many(operation: str, organization_id: UUID, *customer_ids: UUID) -> Message:
    """What is told of a few customers that changed together."""
    ids = sorted(str(customer_id) for customer_id in customer_ids)
    payload = {"operation": operation, "customer_ids": ids, "count": len(ids)}
    return Message(customers_topic(organization_id), "customers_changed", payload)


@contextmanager
def listening(tap: Tap) -> Iterator[list[Message]]:
    """What is sent meanwhile, known when it is over."""
    before = {row[0] for row in tap.rows(_MESSAGES)}
    assert tap.value("select current_setting('role')") == "none", "policies hide messages"
    heard: list[Message] = []
    yield heard
    for message_id, topic, event, private, extension, payload in tap.rows(_MESSAGES):
        if message_id not in before:
            # A public channel is open to everybody who knows its name.
            assert (private, extension) == (True, "broadcast")
            heard.append(Message(topic, event, payload))


def heard_of(heard: list[Message], *events: str) -> list[Message]:
    """The messages with these events."""
    return [message for message in heard if message.event in events]


def warnings_of(connection: Connection) -> list[str]:
    """What the connection warns of from now on."""
    told: list[str] = []
    connection.add_notice_handler(lambda notice: told.append(notice.message_primary or ""))
    return told


def may_receive(tap: Tap, role: str, user_id: UUID | None, topic: str) -> set[str]:
    """What Realtime lets somebody receive who joins a channel, asked as it asks.

    Raises: psycopg.Error where a policy raises, which Realtime takes for a refusal.
    """
    with tap.undone():
        probes = {tap.value(_RETURNED, topic, name): name for name in EXTENSIONS}
        _become(tap, role, user_id, topic)
        seen = tap.rows("select id from realtime.messages where id = any(%s)", list(probes))
        return {probes[row[0]] for row in seen}


def may_send(tap: Tap, role: str, user_id: UUID | None, topic: str) -> set[str]:
    """What Realtime lets somebody send there, asked as it asks."""
    allowed = set()
    for extension in EXTENSIONS:
        with tap.undone():
            _become(tap, role, user_id, topic)
            error = tap.error_of(_PROBE, topic, extension)
        if error is None:
            allowed.add(extension)
        elif not isinstance(error, psycopg.errors.InsufficientPrivilege):
            raise error
    return allowed


def _become(tap: Tap, role: str, user_id: UUID | None, topic: str) -> None:
    claims = {"role": role} if user_id is None else {"role": role, "sub": str(user_id)}
    tap.execute(_SETTINGS, role, topic, json.dumps(claims), claims.get("sub", ""), role)
