"""How long it takes from the commit of a change until everybody who watches has heard of it."""

from __future__ import annotations

import asyncio
import json
import time
from statistics import quantiles
from typing import Any
from uuid import UUID

import psycopg
import websockets

from benchmarks.stacks import People, bench_stack, temporary_folder
from ts_customers.stack import StackStatus

SUBSCRIBERS = 200
CHANGES = 1000
CHANGES_A_SECOND = 20
_CHANGE = "update public.customers set notes = %s where id = %s returning version"


def measure() -> dict[str, float]:
    """Measure on a stack of its own.

    Returns: milliseconds from commit to receipt (p50, p95, max) over all subscribers and changes.
    """
    with temporary_folder() as folder, bench_stack(folder) as status:
        people = People.signed_up(status)
        organization_id = people.new_organization()
        with people.client(organization_id) as client:
            made = {"organization_id": str(organization_id), "company_name": "Watched"}
            customer = client.rpc("create_customer", {"customer": made})
            token = client.access_token()
        waits = asyncio.run(_watched(status, token, organization_id, UUID(customer["id"])))
    cuts = quantiles(waits, n=100)
    return {"p50": cuts[49] * 1000, "p95": cuts[94] * 1000, "max": max(waits) * 1000}


async def _watched(
    status: StackStatus, token: str, organization_id: UUID, customer_id: UUID
) -> list[float]:
    topic = f"realtime:organization:{organization_id}:customer:{customer_id}"
    joined = [asyncio.Event() for _ in range(SUBSCRIBERS)]
    heard = [asyncio.create_task(_hear(status, topic, token, event)) for event in joined]
    await asyncio.gather(*(event.wait() for event in joined))
    committed = await asyncio.to_thread(_change, status, customer_id)
    found = await asyncio.gather(*heard)
    # What was lost, doubled or out of order must not look fast.
    assert all(list(each) == list(committed) for each in found)
    return [each[version] - at for each in found for version, at in committed.items()]


def _change(status: StackStatus, customer_id: UUID) -> dict[int, float]:
    committed = {}
    with psycopg.connect(status.db_url or "", autocommit=True) as connection:
        for number in range(CHANGES):
            row = connection.execute(_CHANGE, (f"Change {number}", customer_id)).fetchone()
            assert row is not None
            committed[row[0]] = time.perf_counter()
            time.sleep(1 / CHANGES_A_SECOND)
    return committed


async def _hear(
    status: StackStatus, topic: str, token: str, joined: asyncio.Event
) -> dict[int, float]:
    address = (status.api_url or "").replace("http", "ws", 1) + "/realtime/v1/websocket"
    heard: dict[int, float] = {}
    async with websockets.connect(f"{address}?apikey={status.publishable_key}") as socket:
        config = {"private": True, "presence": {"enabled": False}}
        payload = {"config": config, "access_token": token}
        join = {"topic": topic, "event": "phx_join", "payload": payload, "ref": "1"}
        await socket.send(json.dumps(join | {"join_ref": "1"}))
        beat = asyncio.create_task(_beat(socket))
        while len(heard) < CHANGES:
            message = json.loads(await socket.recv())
            if message["payload"].get("event") == "customer_changed":
                heard[message["payload"]["payload"]["version"]] = time.perf_counter()
            elif message["event"] == "phx_reply" and message["ref"] == "1":
                assert message["payload"]["status"] == "ok", message
                joined.set()
        beat.cancel()
    return heard


async def _beat(socket: Any) -> None:
    while True:
        await asyncio.sleep(25)
        beat = {"topic": "phoenix", "event": "heartbeat", "payload": {}, "ref": "b"}
        await socket.send(json.dumps(beat))
