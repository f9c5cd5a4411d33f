"""Triggers of a host on auth.users: what they see, and what they can stop."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from supabase import Client

from gateways import (
    Api,
    Connect,
    Row,
    new_email,
    refusal,
    running_gateway,
    sign_up,
)


@pytest.fixture
def host(api: Api, database: psycopg.Connection[Row]) -> Iterator[psycopg.Connection[Any]]:
    """A schema of a host with triggers on auth.users: one that logs, one that refuses."""
    assert api.db_url
    with psycopg.connect(api.db_url, autocommit=True) as host:
        host.execute(HOST)
        yield host
    database.execute("drop schema gateway_test cascade")


HOST = """
create schema gateway_test;
create table gateway_test.log (n serial, what text, id uuid, role text, confirmed bool, app jsonb);
create function gateway_test.note() returns trigger language plpgsql security definer
set search_path = '' as $$
begin
    insert into gateway_test.log (what, id, role, confirmed, app)
    values (
        tg_op || ' ' || tg_table_name, new.id, new.role, new.email_confirmed_at is not null,
        new.raw_app_meta_data
    );
    return null;
end; $$;
create function gateway_test.refuse() returns trigger language plpgsql security definer
set search_path = '' as $$
begin
    raise exception 'not today' using detail = coalesce(new, old)::text;
end; $$;
create trigger gateway_test_note after insert or update of role, email_confirmed_at on auth.users
for each row execute function gateway_test.note();
create trigger gateway_test_refuse_insert after insert on auth.users
for each row when (new.email like 'refused-%') execute function gateway_test.refuse();
create trigger gateway_test_refuse_delete before delete on auth.users
for each row when (old.email like 'kept-%') execute function gateway_test.refuse();
create trigger gateway_test_refuse_update after update of email_confirmed_at on auth.users
for each row when (new.email like 'unconfirmed-%') execute function gateway_test.refuse();
create constraint trigger gateway_test_refuse_late after insert on auth.users
deferrable initially deferred
for each row when (new.email like 'late-%') execute function gateway_test.refuse();
"""


@pytest.mark.parametrize("when", ["refused", "unconfirmed", "late"])
def test_a_trigger_that_raises_undoes_a_sign_up(
    client: Client, service: Client, host: psycopg.Connection[Any], when: str
) -> None:
    email = f"{when}-{new_email()}"
    expected = (500, "unexpected_failure", "Database error saving new user")
    assert refusal(lambda: sign_up(client, email)) == expected
    expected = (500, "unexpected_failure", "Database error creating new user")
    assert (
        refusal(lambda: service.auth.admin.create_user({"email": email, "email_confirm": True}))
        == expected
    )
    query = "select count(*) from auth.users where email = %s"
    assert host.execute(query, (email,)).fetchone() == (0,)


def test_a_trigger_that_raises_keeps_a_user(service: Client, host: psycopg.Connection[Any]) -> None:
    user = service.auth.admin.create_user({"email": f"kept-{new_email()}"}).user
    expected = (500, "unexpected_failure", "Database error deleting user")
    assert refusal(lambda: service.auth.admin.delete_user(user.id)) == expected
    assert service.auth.admin.get_user_by_id(user.id).user.id == user.id


def test_the_error_of_a_trigger_does_not_bring_a_hash_into_the_log(
    api: Api, connect: Connect, host: psycopg.Connection[Any], tmp_path: Path
) -> None:
    with running_gateway(api, tmp_path) as url:
        stranger = connect(url, api.publishable_key)
        refusal(lambda: sign_up(stranger, f"refused-{new_email()}"))
    log = (tmp_path / "gateway.log").read_text(encoding="utf-8")
    assert "Database error saving new user" in log
    assert "not today" in log
    assert "$2b$" not in log


def test_a_sign_up_is_written_in_the_order_of_auth(
    client: Client, host: psycopg.Connection[Any]
) -> None:
    user = sign_up(client).user
    assert written(host, user.id) == [
        ("INSERT users", "", False),
        ("UPDATE users", "authenticated", False),
        ("UPDATE users", "authenticated", True),
    ]


def test_a_user_of_an_admin_is_written_in_the_order_of_auth(
    service: Client, host: psycopg.Connection[Any]
) -> None:
    user = service.auth.admin.create_user(
        {"email": new_email(), "role": "editor", "email_confirm": True, "app_metadata": {"a": 1}}
    ).user
    assert written(host, user.id) == [
        ("INSERT users", "", False),
        ("UPDATE users", "editor", False),
        ("UPDATE users", "editor", True),
    ]
    query = "select app from gateway_test.log where id = %s order by n"
    apps = [row[0] for row in host.execute(query, (user.id,))]
    assert ["a" in app for app in apps] == [False, False, True]


def written(host: psycopg.Connection[Any], user_id: str) -> list[Any]:
    """List what the logging trigger saw of a user."""
    query = "select what, role, confirmed from gateway_test.log where id = %s order by n"
    return host.execute(query, (user_id,)).fetchall()
