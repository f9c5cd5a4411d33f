"""supabase-py and supabase-js, unchanged, with Realtime behind the gateway."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import psycopg
import pytest
from realtime import AsyncRealtimeChannel, RealtimeChannelOptions, RealtimeSubscribeStates
from supabase import AsyncClient, AsyncClientOptions, acreate_client

from gateways import PASSWORD, Api, Row, new_email

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "node_modules" / "@supabase" / "supabase-js"
SEND = """select realtime.send('{"n": 1}', 'change', %s)"""


@asynccontextmanager
async def signed_up(api: Api) -> AsyncIterator[AsyncClient]:
    """A client of somebody who has just signed up."""
    async with httpx.AsyncClient() as http:
        options = AsyncClientOptions(auto_refresh_token=False, httpx_client=http)
        client = await acreate_client(api.url, api.publishable_key, options)
        await client.auth.sign_up({"email": new_email(), "password": PASSWORD})
        yield client
        await client.remove_all_channels()


async def subscribed(channel: AsyncRealtimeChannel) -> tuple[str, str]:
    """Subscribe, and say with what result."""
    results: list[tuple[str, str]] = []

    def keep(state: RealtimeSubscribeStates, error: Exception | None) -> None:
        results.append((state.value, str(error or "")))

    await channel.subscribe(keep)
    return results[0]


def options(**config: Any) -> RealtimeChannelOptions:
    """How to join a private channel."""
    known = {"private": True, "broadcast": {"ack": True, "self": False}}
    return cast("RealtimeChannelOptions", {"config": known | config})


async def until(condition: Any) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


def test_supabase_py_broadcasts_hears_the_database_and_is_present(
    policies: None, api: Api, database: psycopg.Connection[Row], topic: str
) -> None:
    async def run() -> None:
        async with signed_up(api) as ann, signed_up(api) as bob:
            await meet(ann, bob)

    async def meet(ann: AsyncClient, bob: AsyncClient) -> None:
        heard: list[Any] = []
        of_ann, of_bob = (
            client.channel(topic, options(presence={"key": name, "enabled": True}))
            for name, client in (("ann", ann), ("bob", bob))
        )
        of_bob.on_broadcast("*", heard.append)
        assert await subscribed(of_ann) == await subscribed(of_bob) == ("SUBSCRIBED", "")

        await of_ann.send_broadcast("hello", {"text": "Zoë 😀"})
        await until(lambda: len(heard) == 1)
        assert (heard[0]["event"], heard[0]["payload"]) == ("hello", {"text": "Zoë 😀"})
        await of_ann.http_send("http", {"n": 1})
        await until(lambda: len(heard) == 2)
        database.execute(SEND, (topic,))
        await until(lambda: len(heard) == 3)
        assert heard[2]["payload"] == {"n": 1, "id": heard[2]["meta"]["id"]}

        await of_ann.track({"at": 1})
        await of_bob.track({"at": 2})
        await until(lambda: of_ann.presence_state().keys() == {"ann", "bob"})
        [shown] = of_ann.presence_state()["bob"]
        assert {**shown}["at"] == 2
        await ann.realtime.close()
        await until(lambda: of_bob.presence_state().keys() == {"bob"})

    asyncio.run(run())


def test_supabase_py_says_why_it_may_not_join(policies: None, api: Api) -> None:
    async def run() -> None:
        async with signed_up(api) as client:
            state, error = await subscribed(client.channel("test:none", options()))
            assert state == "CHANNEL_ERROR"
            assert json.loads(error)["reason"] == (
                "Unauthorized: You do not have permissions to read from this Channel topic: "
                "test:none"
            )

    asyncio.run(run())


@pytest.mark.npm
@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
@pytest.mark.skipif(not PACKAGE.is_dir(), reason="run `npm ci` first: supabase-js is missing")
def test_supabase_js_broadcasts_hears_the_database_and_is_present(
    policies: None, api: Api, database: psycopg.Connection[Row], topic: str
) -> None:
    given = {"url": api.url, "publishable": api.publishable_key, "topic": topic}
    with subprocess.Popen(
        ["node", ROOT / "tests" / "clients" / "realtime.mjs"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdin
            assert process.stdout
            process.stdin.write(json.dumps(given))
            process.stdin.close()
            assert process.stdout.readline() == "ready\n"
            database.execute(SEND, (topic,))
            seen = json.loads(process.stdout.readline())
            assert process.wait(30) == 0
        finally:
            process.kill()

    hello = {"type": "broadcast", "event": "hello", "payload": {"text": "Zoë 😀"}}
    from_database = seen.pop("fromDatabase")
    assert from_database["payload"] == {"n": 1, "id": from_database["meta"]["id"]}
    assert "Unauthorized" in seen["refused"][1]
    assert seen == {
        "joined": [["SUBSCRIBED", None]] * 2,
        "sent": "ok",
        "heard": [hello, hello],
        "bytes": [0, 255, 7],
        "http": {"success": True},
        "tracked": ["ok", "ok"],
        "present": [1, 2],
        "left": "ann",
        "refused": ["CHANNEL_ERROR", seen["refused"][1]],
        "changes": "postgres_changes is not available here: "
        "subscribe to what the database broadcasts",
    }
