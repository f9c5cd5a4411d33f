"""Fixtures of the tests of the gateway."""

from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import psycopg
import pytest
from psycopg.rows import dict_row
from supabase import Client, ClientOptions, create_client
from supabase_auth.types import AuthFlowType

from gateways import Api, Connect, Row
from ts_customers.stack import StackStatus


@pytest.fixture(scope="session")
def api(stack: StackStatus) -> Api:
    """The stack that the tests run on."""
    assert stack.api_url
    assert stack.db_url
    assert stack.admin_db_url
    assert stack.publishable_key
    assert stack.secret_key
    assert stack.jwt_secret
    return Api(
        stack.api_url,
        stack.db_url,
        stack.admin_db_url,
        stack.publishable_key,
        stack.secret_key,
        stack.jwt_secret,
    )


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Makes clients that keep no session, refresh none by themselves, and are closed in the end."""
    with ExitStack() as opened:

        def connect(url: str, key: str, flow_type: AuthFlowType = "pkce") -> Client:
            http = opened.enter_context(httpx.Client(timeout=30))
            options = ClientOptions(
                auto_refresh_token=False,
                persist_session=False,
                httpx_client=http,
                flow_type=flow_type,
            )
            return create_client(url, key, options)

        yield connect


@pytest.fixture
def client(api: Api, connect: Connect) -> Client:
    """supabase-py with the publishable key, not signed in."""
    return connect(api.url, api.publishable_key)


@pytest.fixture
def service(api: Api, connect: Connect) -> Client:
    """supabase-py with the secret key."""
    return connect(api.url, api.secret_key)


@pytest.fixture
def database(api: Api) -> Iterator[psycopg.Connection[Row]]:
    """The database as its superuser, to look at what Auth wrote."""
    assert api.admin_db_url
    with psycopg.connect(api.admin_db_url, autocommit=True, row_factory=dict_row) as connection:
        yield connection
