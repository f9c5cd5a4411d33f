"""Shapes of errors, bodies that are refused, and a database that goes away."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from supabase import Client
from supabase_auth.errors import AuthRetryableError

from gateways import (
    PASSWORD,
    Api,
    Connect,
    Row,
    call,
    new_email,
    post,
    running_gateway,
    sign_up,
)


@pytest.mark.parametrize("version", ["2024-01-01", "2025-06-30", None, "2023-12-31", "soon"])
def test_an_error_has_the_shape_of_the_version_that_was_asked_for(
    api: Api, version: str | None
) -> None:
    headers = {"X-Supabase-Api-Version": version} if version else {"X-Other": "1"}
    body = {"email": new_email(), "password": "wrong"}
    response = call(api, "POST", "/token?grant_type=password", headers=headers, json=body)
    message = "Invalid login credentials"
    if version in ("2024-01-01", "2025-06-30"):
        assert response.json() == {"code": "invalid_credentials", "message": message}
        assert response.headers["x-supabase-api-version"] == "2024-01-01"
    else:
        old = {"code": 400, "error_code": "invalid_credentials", "msg": message}
        assert response.json() == old
        assert "x-supabase-api-version" not in response.headers


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"not json",
        b"[]",
        b'"x"',
        b"null",
        b"\xff\xfe",
        b'{"email": 1}',
        b'{"email": ["a@example.com"]}',
        b'{"password": {}}',
        b'{"data": "x"}',
        b'{"email": "a@example.com", "password": "long enough", "data": {"x": NaN}}',
        b'{"password": "\\ud800"}',
        b"[" * 200_000,
    ],
)
def test_a_body_that_is_not_what_it_should_be_is_refused(api: Api, content: bytes) -> None:
    response = post(api, "/signup", content=content)
    assert (response.status_code, response.json()["code"]) == (400, "bad_json")


def test_a_body_over_a_megabyte_is_refused(api: Api, client: Client) -> None:
    def parts() -> Iterator[bytes]:
        yield b'{"data": {"x": "'
        for _ in range(1100):
            yield b"x" * 1024
        yield b'"}}'

    for content in (b"".join(parts()), parts()):
        response = post(api, "/signup", content=content)
        assert response.status_code == 413
        assert response.json()["code"] == "request_entity_too_large"
    data = {"x": "x" * 1_000_000}
    body = {"email": new_email(), "password": PASSWORD, "data": data}
    assert post(api, "/signup", json=body).status_code == 200


def test_a_value_that_the_database_cannot_store_is_refused(api: Api) -> None:
    body = {"email": new_email(), "password": PASSWORD, "data": {"x": "a\u0000b"}}
    response = post(api, "/signup", json=body)
    assert (response.status_code, response.json()["code"]) == (500, "unexpected_failure")
    assert post(api, "/signup", json=body | {"data": {}}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("POST", "/recover", 422, "email_provider_disabled"),
        ("GET", "/authorize?provider=github", 400, "validation_failed"),
        ("POST", "/sso", 404, "saml_provider_disabled"),
        ("POST", "/factors", 422, "mfa_totp_enroll_not_enabled"),
        ("POST", "/factors/1/verify", 422, "mfa_totp_verify_not_enabled"),
    ],
)
def test_a_feature_that_is_switched_off_says_so(
    api: Api, method: str, path: str, status: int, code: str
) -> None:
    response = call(api, method, path, json={"email": new_email()})
    assert (response.status_code, response.json()["code"]) == (status, code)


def test_settings_keys_and_health_are_told(api: Api) -> None:
    settings = call(api, "GET", "/settings").json()
    assert settings["external"]["email"] is True
    assert settings["mailer_autoconfirm"] is True
    assert settings["disable_signup"] is False
    assert call(api, "GET", "/health").json()["name"] == "GoTrue"
    keys = httpx.get(f"{api.url}/auth/v1/.well-known/jwks.json")
    assert keys.json() == {"keys": []}


def test_no_connection_is_kept_that_a_restart_of_the_database_could_break(
    client: Client, database: psycopg.Connection[Row]
) -> None:
    query = "select pid from pg_stat_activity where usename = 'supabase_auth_admin'"
    sign_up(client)
    deadline = time.monotonic() + 5
    while kept := database.execute(query).fetchall():  # a backend needs a moment to leave
        assert time.monotonic() < deadline, kept


def test_a_database_that_is_down_is_said_to_be_down(
    api: Api, connect: Connect, tmp_path: Path
) -> None:
    nowhere = "postgresql://supabase_auth_admin@127.0.0.1:9/postgres"
    with running_gateway(api, tmp_path, auth_db_url=nowhere) as url:
        stranger = connect(url, api.publishable_key)
        with pytest.raises(AuthRetryableError) as refused:
            sign_up(stranger)
        assert refused.value.status == 503
        assert "ts-customers status" in refused.value.message
