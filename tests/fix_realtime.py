"""Fixtures of the tests of Realtime, and the policies of the topics that they use."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from uuid import uuid4

import jwt
import psycopg
import pytest

from gateways import Api
from sockets import Socket, opened_socket

# What a caller may do on a topic stands in its second part: test:open:…, test:own:<user>…, or
# (test:claims:…) in the caller's token.
POLICIES = """
create policy test_realtime_read on realtime.messages for select to authenticated using (
    case split_part(realtime.topic(), ':', 2)
        when 'open' then true
        when 'read' then true
        when 'claims' then auth.jwt() -> 'reads' ? extension
        when 'own' then split_part(realtime.topic(), ':', 3) = auth.uid()::text
        when 'raising' then 1 / (length(extension) - length(extension)) = 1
        when 'headers' then current_setting('request.headers')::json ->> 'x-probe' = 'yes'
        else false
    end
    and realtime.topic() like 'test:%'
);
create policy test_realtime_write on realtime.messages for insert to authenticated with check (
    case split_part(realtime.topic(), ':', 2)
        when 'open' then true
        when 'claims' then auth.jwt() -> 'writes' ? extension
        else false
    end
    and realtime.topic() like 'test:%'
);
"""
DROP = """
drop policy test_realtime_read on realtime.messages;
drop policy test_realtime_write on realtime.messages;
"""

MakeToken = Callable[..., str]
OpenSocket = Callable[..., Socket]


@pytest.fixture(scope="module")
def policies(api: Api) -> Iterator[None]:
    """Policies for topics that begin with test:, as a migration of a project would make them."""
    with psycopg.connect(api.db_url, autocommit=True) as connection:
        connection.execute(POLICIES)
        yield
        connection.execute(DROP)


@pytest.fixture
def make_token(api: Api) -> MakeToken:
    """Signs a user's token: `make_token(**claims)`; it is valid for a minute."""

    def make_token(**claims: object) -> str:
        now = int(time.time())
        known = {"role": "authenticated", "sub": str(uuid4()), "exp": now + 60}
        return jwt.encode({**known, **claims}, api.jwt_secret)

    return make_token


@pytest.fixture
def open_socket(api: Api) -> Iterator[OpenSocket]:
    """Connects to Realtime: `open_socket(version="2.0.0", key=None, url=None)`."""
    with ExitStack() as opened:
        yield lambda version="2.0.0", **options: opened.enter_context(
            opened_socket(api, version, **options)
        )


@pytest.fixture
def topic() -> str:
    """A topic that nobody else uses, on which everybody who is signed in may do everything."""
    return f"test:open:{uuid4()}"
