"""Watching: every activity once, whatever happens to the connection; and who is there."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar
from uuid import UUID

import httpx
import psycopg
import pytest
from supabase import ClientOptions, create_client

from faults import INTERRUPTIBLE
from fix_api import ApiOrganization, ApiUser
from gateways import Api, Row
from ts_customers._client import Client
from ts_customers._errors import NotAllowed, NotFound, TsCustomersError
from ts_customers._session import Session
from ts_customers.live import (
    CustomerUpdate,
    OrganizationUpdate,
    viewers,
    watch_customer,
    watch_organization,
)
from ts_customers.stack._processes import free_port

MakeUser = Callable[..., ApiUser]
T = TypeVar("T")

PATIENCE_SECONDS = 20


@pytest.fixture
def client_of(api: Api) -> Iterator[Callable[..., Client]]:
    """Makes a client of ours for somebody: `client_of(user, organization, url=None)`."""
    opened: list[httpx.Client] = []

    def client_of(user: ApiUser, org: ApiOrganization, url: str | None = None) -> Client:
        session = user.client.auth.get_session()
        assert session is not None
        http = httpx.Client(timeout=10)
        opened.append(http)
        options = ClientOptions(auto_refresh_token=False, persist_session=False, httpx_client=http)
        server = create_client(url or api.url, api.publishable_key, options)
        ours = Session(
            user.id, user.email, session.access_token, session.refresh_token, 4_000_000_000
        )
        return Client(server, session=ours, organization=org.id)

    yield client_of
    for http in opened:
        http.close()


def run(story: Coroutine[Any, Any, T]) -> T:
    """Run a story to its end, which must come soon."""

    async def limited() -> T:
        async with asyncio.timeout(3 * PATIENCE_SECONDS):
            return await story

    return asyncio.run(limited())


async def until(updates: Any, is_enough: Callable[[list[Any]], object]) -> list[Any]:
    """Collect updates until there are enough."""
    found: list[Any] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not is_enough(found):
            found.append(await anext(updates.__aiter__()))
    return found


def titles(updates: list[CustomerUpdate]) -> list[str]:
    """The titles of all activities, as they came."""
    return [activity["title"] for update in updates for activity in update.activities]


def note(org: ApiOrganization, title: str, customer: str | None = None) -> None:
    """Write something into the timeline."""
    org._call("log_activity", customer_id=customer or org.customer, type="note", title=title)


class Proxy:
    """A way to the gateway that can be cut."""

    def __init__(self, url: str) -> None:
        self._target = int(url.rsplit(":", 1)[1])
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def cut(self) -> None:
        """End every connection, and take no new one until `start`."""
        assert self._server
        self._server.close()
        for writer in list(self._open):
            writer.transport.abort()
        await asyncio.sleep(0.1)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, away = await asyncio.open_connection("127.0.0.1", self._target)
        self._open |= {writer, away}
        await asyncio.gather(self._pump(reader, away), self._pump(there, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()
        self._open.discard(writer)


@asynccontextmanager
async def proxy_to(api: Api) -> AsyncIterator[Proxy]:
    proxy = Proxy(api.url)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.cut()


def test_a_burst_is_few_updates_and_every_activity_once(
    api_org: ApiOrganization, client_of: Any
) -> None:
    async def story() -> None:
        client = client_of(api_org.owner, api_org)
        async with watch_customer(client, UUID(api_org.customer)) as updates:
            [first] = await until(updates, bool)
            assert first.overview["customer"]["id"] == api_org.customer
            assert first.activities == ()
            wanted = [f"Note {number}" for number in range(50)]

            def write() -> None:
                for title in wanted:
                    note(api_org, title)

            writing = asyncio.create_task(asyncio.to_thread(write))
            found = await until(updates, lambda found: len(titles(found)) >= 50)
            await writing
            assert titles(found) == wanted
            assert len(found) < 40

    run(story())


def test_more_than_a_page_at_once_is_caught_up(
    api_org: ApiOrganization, client_of: Any, database: psycopg.Connection[Row]
) -> None:
    insert = """
    insert into public.customer_activities (organization_id, customer_id, type, title)
    select %s, %s, 'note', 'Note ' || n from generate_series(1, 450) as n
    """

    async def story() -> None:
        client = client_of(api_org.owner, api_org)
        async with watch_customer(client, UUID(api_org.customer)) as updates:
            await until(updates, bool)
            await asyncio.to_thread(database.execute, insert, [api_org.id, api_org.customer])
            await asyncio.to_thread(note, api_org, "Last")
            found = titles(await until(updates, lambda found: "Last" in titles(found)))
            assert sorted(found[:-1]) == sorted(f"Note {number}" for number in range(1, 451))
            assert found[-1] == "Last"

    run(story())


# What the client library writes to its log when a connection is gone.
@pytest.mark.filterwarnings("ignore:ConnectionClosed.* is deprecated:DeprecationWarning")
def test_what_happens_while_the_connection_is_cut_is_caught_up(
    api: Api, api_org: ApiOrganization, client_of: Any
) -> None:
    async def story() -> None:
        async with proxy_to(api) as proxy:
            client = client_of(api_org.owner, api_org, proxy.url)
            async with watch_customer(client, UUID(api_org.customer)) as updates:
                await until(updates, bool)
                wanted = []
                found: list[CustomerUpdate] = []
                for number in range(2):
                    await proxy.cut()
                    for part in "ab":
                        wanted.append(f"Note {number}{part}")
                        await asyncio.to_thread(note, api_org, wanted[-1])
                    await proxy.start()
                    found += await until(updates, lambda new: len(titles(new)) >= 2)
                assert titles(found) == wanted

    run(story())


def test_what_commits_late_is_neither_lost_nor_doubled(
    api: Api, api_org: ApiOrganization, client_of: Any
) -> None:
    insert = """
    insert into public.customer_activities (organization_id, customer_id, type, title)
    values (%s, %s, 'note', 'Early, but committed late')
    """

    async def story() -> None:
        client = client_of(api_org.owner, api_org)
        async with watch_customer(client, UUID(api_org.customer)) as updates:
            await until(updates, bool)
            with psycopg.connect(api.db_url) as connection:
                connection.execute(insert, [api_org.id, api_org.customer])
                await asyncio.to_thread(note, api_org, "Late, but committed early")
                found = await until(updates, titles)
                connection.commit()
            found += await until(updates, titles)
            await asyncio.to_thread(note, api_org, "Last")
            found += await until(updates, titles)
            assert titles(found) == [
                "Late, but committed early",
                "Early, but committed late",
                "Last",
            ]

    run(story())


def test_two_who_watch_see_each_other(
    api_org: ApiOrganization, make_api_user: MakeUser, client_of: Any
) -> None:
    bob = api_org.join(make_api_user(), "viewer")
    customer = UUID(api_org.customer)

    def there(update: CustomerUpdate) -> set[tuple[str, str]]:
        return {(viewer.user_id, viewer.state) for viewer in update.viewers}

    async def story() -> None:
        ann, both = api_org.owner.id, {(api_org.owner.id, "viewing"), (bob.id, "editing")}
        async with watch_customer(client_of(api_org.owner, api_org), customer) as ours:
            async with watch_customer(client_of(bob, api_org), customer) as his:
                await until(ours, bool)
                await until(his, bool)
                await his.set_state("editing")
                await until(ours, lambda found: found and there(found[-1]) == both)
                await until(his, lambda found: found and there(found[-1]) == both)
                async with viewers(client_of(bob, api_org), customer) as seen:
                    everybody = await until(seen, lambda found: found and len(found[-1]) == 2)
                    assert {viewer.user_id for viewer in everybody[-1]} == {ann, bob.id}
            await until(ours, lambda found: found and there(found[-1]) == {(ann, "viewing")})

    run(story())


def test_many_customers_at_once_are_told_by_the_organization_alone(
    api_org: ApiOrganization, client_of: Any, database: psycopg.Connection[Row]
) -> None:
    ids = [
        row["id"]
        for row in database.execute(
            "insert into public.customers (organization_id, company_name)"
            " select %s, 'Company ' || n from generate_series(1, 150) as n returning id",
            [api_org.id],
        )
    ]

    async def story() -> None:
        ours = client_of(api_org.owner, api_org)
        others = client_of(api_org.owner, api_org)
        async with watch_customer(ours, ids[149]) as one, watch_organization(others) as all_of_them:
            await until(one, bool)
            [start] = await until(all_of_them, bool)
            assert start == OrganizationUpdate((), is_complete=False)
            change = "update public.customers set notes = 'Hello' where id = any(%s)"
            await asyncio.to_thread(database.execute, change, [ids])
            [update] = await until(one, bool)
            assert update.overview["customer"]["notes"] == "Hello"
            [many] = await until(all_of_them, bool)
            assert (len(many.customer_ids), many.is_complete) == (100, False)
            await asyncio.to_thread(database.execute, change.replace("Hello", "Bye"), [ids[:2]])
            [few] = await until(all_of_them, bool)
            assert few == OrganizationUpdate(few.customer_ids, is_complete=True)
            assert set(few.customer_ids) == set(ids[:2])

    run(story())


@pytest.mark.parametrize(("statements", "is_complete"), [(10, True), (11, False)])
def test_more_customers_than_are_kept_between_two_looks_are_not_all_named(
    api_org: ApiOrganization,
    client_of: Any,
    database: psycopg.Connection[Row],
    statements: int,
    is_complete: bool,
) -> None:
    insert = """
    insert into public.customers (organization_id, company_name)
    select %s, 'Company ' || n from generate_series(1, 100) as n
    """

    def write() -> None:
        # Together: they are heard of within one window.
        with database.transaction():
            for _ in range(statements):
                database.execute(insert, [api_org.id])

    async def story() -> None:
        client = client_of(api_org.owner, api_org)
        async with watch_organization(client, window_ms=2000) as updates:
            await until(updates, bool)
            await asyncio.to_thread(write)
            [update] = await until(updates, bool)
            assert len(set(update.customer_ids)) == 1000
            assert update.is_complete is is_complete

    run(story())


def test_whoever_may_not_look_is_refused(
    api_org: ApiOrganization, make_api_org: Callable[[str], ApiOrganization], client_of: Any
) -> None:
    theirs = make_api_org("Rival")

    async def ends(updates: Any) -> TsCustomersError:
        async with updates:
            with pytest.raises(TsCustomersError) as refused:
                await until(updates, lambda _found: False)
            return refused.value

    async def story() -> None:
        stranger = client_of(theirs.owner, theirs)
        refused = await ends(watch_customer(stranger, UUID(api_org.customer)))
        assert (type(refused), refused.slug) == (NotAllowed, "watch_refused")
        posing = client_of(theirs.owner, api_org)
        assert isinstance(await ends(watch_organization(posing)), NotFound)

    run(story())


def test_a_watch_ends_where_the_membership_does(
    api_org: ApiOrganization, make_api_user: MakeUser, client_of: Any
) -> None:
    bob = api_org.join(make_api_user(), "viewer")

    async def story() -> None:
        client = client_of(bob, api_org)
        async with watch_customer(client, UUID(api_org.customer)) as updates:
            await until(updates, bool)
            api_org._call("remove_member", user_id=bob.id, organization_id=api_org.id)
            await asyncio.to_thread(note, api_org, "A secret")
            with pytest.raises(NotFound):
                await until(updates, lambda _found: False)

    run(story())


@pytest.mark.parametrize("as_json", [True, False])
def test_the_command_shows_what_happens_until_it_is_interrupted(
    api: Api, api_org: ApiOrganization, as_json: bool
) -> None:
    from gateways import PASSWORD

    environment = os.environ | {
        "SUPABASE_URL": api.url,
        "SUPABASE_PUBLISHABLE_KEY": api.publishable_key,
        "TS_CUSTOMERS_EMAIL": api_org.owner.email,
        "TS_CUSTOMERS_PASSWORD": PASSWORD,
        "TS_CUSTOMERS_BACKEND": "external",
        "PYTHONUNBUFFERED": "1",
    }
    command = [sys.executable, "-c", INTERRUPTIBLE, "watch", api_org.customer]
    command += ["--json"] if as_json else []
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout
    assert process.stderr
    try:
        if as_json:
            first = json.loads(process.stdout.readline())
            assert first["customer"]["id"] == api_org.customer
        else:
            assert b"There:" in process.stderr.readline()
        note(api_org, "Seen by the command")
        while b"Seen by the command" not in (line := process.stdout.readline()):
            assert line
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_SECONDS) == 0
    finally:
        process.kill()
        process.communicate()
