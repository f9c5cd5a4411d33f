"""Sign-up, passwords and the user itself, as supabase-py uses /auth/v1."""

import threading
import time
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import jwt
import psycopg
import pytest
from supabase import Client
from supabase_auth.errors import AuthApiError, AuthWeakPasswordError

from gateways import (
    PASSWORD,
    Api,
    Connect,
    Row,
    new_email,
    post,
    refusal,
    running_gateway,
    sign_up,
)


def test_sign_up_signs_in_and_puts_the_address_into_lower_case(client: Client) -> None:
    email = new_email()
    answer = client.auth.sign_up(
        {"email": email.upper(), "password": PASSWORD, "options": {"data": {"name": "Zoë 🦊"}}}
    )
    user, session = answer.user, answer.session
    assert user
    assert session
    assert session.user == user
    assert user.email == email
    assert user.role == user.aud == "authenticated"
    assert user.app_metadata == {"provider": "email", "providers": ["email"]}
    assert user.user_metadata == {
        "sub": user.id,
        "name": "Zoë 🦊",
        "email": email,
        "email_verified": True,
        "phone_verified": False,
    }
    assert user.email_confirmed_at
    assert user.confirmed_at
    assert user.last_sign_in_at
    assert user.identities
    assert user.identities[0].id == user.id  # the id of an identity is the provider's
    assert user.identities[0].identity_id != user.id
    assert session.token_type == "bearer"
    assert session.expires_in == 3600


def test_an_access_token_carries_the_claims_of_auth(api: Api, client: Client) -> None:
    answer = sign_up(client)
    claims = jwt.decode(
        answer.session.access_token,
        api.jwt_secret,
        algorithms=["HS256"],
        audience="authenticated",
        issuer=f"{api.url}/auth/v1",
    )
    assert claims["sub"] == answer.user.id
    assert claims["email"] == answer.user.email
    assert claims["role"] == "authenticated"
    assert claims["aal"] == "aal1"
    assert claims["exp"] - claims["iat"] == 3600
    assert claims["is_anonymous"] is False
    assert claims["phone"] == ""
    assert claims["user_metadata"] == answer.user.user_metadata
    assert claims["app_metadata"] == answer.user.app_metadata
    assert [entry["method"] for entry in claims["amr"]] == ["password"]
    assert abs(claims["amr"][0]["timestamp"] - time.time()) < 60
    assert str(UUID(claims["session_id"])) == claims["session_id"]


def test_a_signed_in_user_is_itself_in_the_database(client: Client) -> None:
    user = sign_up(client).user
    created = client.rpc("create_organization", {"name": f"Acme {uuid4()}"}).execute()
    members = client.table("organization_members").select("user_id, role").execute()
    assert created.data
    assert members.data == [{"user_id": user.id, "role": "owner"}]


@pytest.mark.parametrize(
    ("credentials", "expected"),
    [
        ({"email": "nobody", "password": PASSWORD}, (400, "validation_failed")),
        ({"email": "a@b", "password": PASSWORD}, (400, "validation_failed")),
        ({"email": f"{'a' * 250}@example.com", "password": PASSWORD}, (400, "validation_failed")),
        ({"email": "a@example.com"}, (400, "validation_failed")),
        ({"email": "a@example.com", "password": "x" * 73}, (400, "validation_failed")),
        ({"email": "a@example.com", "password": "é" * 37}, (400, "validation_failed")),
        ({"phone": "+1234567890", "password": PASSWORD}, (400, "phone_provider_disabled")),
        ({}, (422, "anonymous_provider_disabled")),
    ],
)
def test_a_sign_up_that_is_not_valid_is_refused(
    api: Api, credentials: Any, expected: tuple[int, str]
) -> None:
    response = post(api, "/signup", json=credentials)
    assert (response.status_code, response.json()["code"]) == expected
    assert response.headers["x-sb-error-code"] == expected[1]


def test_the_longest_password_is_72_bytes(client: Client) -> None:
    email = new_email()
    client.auth.sign_up({"email": email, "password": "é" * 36})
    wrong: Any = {"email": email, "password": "é" * 36 + "x"}
    assert refusal(lambda: client.auth.sign_in_with_password(wrong))[1] == "invalid_credentials"
    assert client.auth.sign_in_with_password({"email": email, "password": "é" * 36}).session


def test_a_weak_password_is_refused_with_its_reasons(client: Client) -> None:
    with pytest.raises(AuthWeakPasswordError) as refused:
        client.auth.sign_up({"email": new_email(), "password": "short"})
    assert (refused.value.status, refused.value.reasons) == (422, ["length"])


def test_a_second_sign_up_with_an_address_is_refused(client: Client) -> None:
    email = new_email()
    sign_up(client, email)
    expected = (422, "user_already_exists", "User already registered")
    assert refusal(lambda: sign_up(client, email.upper())) == expected


def test_of_many_sign_ups_at_once_with_one_address_one_succeeds(api: Api) -> None:
    body = {"email": new_email(), "password": PASSWORD}
    answers: list[httpx.Response] = []

    def try_it() -> None:
        answers.append(post(api, "/signup", json=body))

    threads = [threading.Thread(target=try_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200, 422, 422, 422, 422, 422]


def test_signup_can_be_switched_off(api: Api, connect: Connect, tmp_path: Path) -> None:
    with running_gateway(api, tmp_path, enable_signup=False) as url:
        stranger = connect(url, api.publishable_key)
        assert refusal(lambda: sign_up(stranger))[:2] == (422, "signup_disabled")
        admin = connect(url, api.secret_key).auth.admin
        assert admin.create_user({"email": new_email()}).user.id


def test_with_confirmations_nobody_learns_who_has_an_account(
    api: Api, connect: Connect, service: Client, tmp_path: Path
) -> None:
    email = new_email()
    with running_gateway(api, tmp_path, enable_confirmations=True) as url:
        stranger = connect(url, api.publishable_key)
        first = sign_up(stranger, email)
        assert first.session is None
        credentials: Any = {"email": email, "password": PASSWORD}
        expected = (400, "email_not_confirmed", "Email not confirmed")
        assert refusal(lambda: stranger.auth.sign_in_with_password(credentials)) == expected

        service.auth.admin.update_user_by_id(first.user.id, {"email_confirm": True})
        second = sign_up(stranger, email)
        assert second.session is None
        assert second.user.id != first.user.id
        assert second.user.identities == []
        assert second.user.email == email
        with pytest.raises(AuthApiError):
            service.auth.admin.get_user_by_id(second.user.id)
        session = stranger.auth.sign_in_with_password(credentials).session
        assert session
        assert session.user.id == first.user.id


@pytest.mark.parametrize("wrong", ["x", "correct horse", PASSWORD + " ", "x" * 200])
def test_a_wrong_password_and_an_unknown_address_are_not_told_apart(
    client: Client, wrong: str
) -> None:
    email = new_email()
    sign_up(client, email)
    expected = (400, "invalid_credentials", "Invalid login credentials")
    for address in (email, new_email()):
        credentials: Any = {"email": address, "password": wrong}
        assert refusal(client.auth.sign_in_with_password, credentials) == expected


def test_a_password_is_stored_as_a_bcrypt_hash(
    client: Client, database: psycopg.Connection[Row]
) -> None:
    user = sign_up(client).user
    query = "select encrypted_password from auth.users where id = %s"
    row = database.execute(query, (user.id,)).fetchone()
    assert row
    assert row["encrypted_password"].startswith("$2b$10$")


def test_a_new_password_ends_the_other_sessions(api: Api, connect: Connect, client: Client) -> None:
    credentials: Any = {"email": new_email(), "password": PASSWORD}
    client.auth.sign_up(credentials)
    other = connect(api.url, api.publishable_key)
    other.auth.sign_in_with_password(credentials)

    client.auth.update_user({"password": "another horse"})

    assert client.auth.get_user()
    assert refusal(other.auth.get_user)[:2] == (403, "session_not_found")
    assert refusal(lambda: other.auth.sign_in_with_password(credentials))[0] == 400
    assert other.auth.sign_in_with_password(credentials | {"password": "another horse"}).session


def test_the_same_or_a_weak_password_is_not_accepted_as_a_new_one(client: Client) -> None:
    sign_up(client)
    update = client.auth.update_user
    assert refusal(lambda: update({"password": PASSWORD}))[:2] == (422, "same_password")
    with pytest.raises(AuthWeakPasswordError):
        update({"password": ""})
