"""The service role administers users, and nobody else does."""

from typing import Any
from uuid import uuid4

import bcrypt
import psycopg
import pytest
from supabase import Client

from gateways import (
    PASSWORD,
    Api,
    Row,
    call,
    new_email,
    refresh,
    refusal,
    sign_up,
)


def test_an_admin_creates_a_user_who_signs_in_once_confirmed(
    client: Client, service: Client
) -> None:
    admin, user_id = service.auth.admin, str(uuid4())
    credentials: Any = {"email": new_email(), "password": PASSWORD}
    metadata = {"user_metadata": {"name": "Ada"}, "app_metadata": {"plan": "gold"}}
    attributes: Any = {"id": user_id, **credentials, **metadata}
    user = admin.create_user(attributes).user
    assert (user.id, user.email_confirmed_at) == (user_id, None)
    assert user.user_metadata == {"name": "Ada"}
    assert user.app_metadata == {"provider": "email", "providers": ["email"], "plan": "gold"}
    assert user.identities
    assert user.identities[0].identity_data["sub"] == user_id
    sign_in = client.auth.sign_in_with_password
    assert refusal(lambda: sign_in(credentials))[1] == "email_not_confirmed"

    confirmed = admin.update_user_by_id(user_id, {"email_confirm": True}).user
    assert confirmed.email_confirmed_at
    assert sign_in(credentials).user == admin.get_user_by_id(user_id).user


def test_a_password_hash_can_be_brought_along(client: Client, service: Client) -> None:
    email = new_email()
    password_hash = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    service.auth.admin.create_user(
        {"email": email, "password_hash": password_hash, "email_confirm": True}
    )
    assert client.auth.sign_in_with_password({"email": email, "password": PASSWORD}).session


def test_an_admin_cannot_create_a_second_user_with_an_address(service: Client) -> None:
    email = new_email()
    service.auth.admin.create_user({"email": email})
    expected = (
        422,
        "email_exists",
        "A user with this email address has already been registered",
    )
    create = service.auth.admin.create_user
    assert refusal(lambda: create({"email": email.upper()})) == expected

    other = create({"email": new_email()}).user
    update = service.auth.admin.update_user_by_id
    assert refusal(lambda: update(other.id, {"email": email}))[:2] == (422, "email_exists")


def test_an_admin_changes_an_address_with_its_identity(client: Client, service: Client) -> None:
    user, email = sign_up(client).user, new_email()
    changed = service.auth.admin.update_user_by_id(user.id, {"email": email, "role": "editor"})
    assert (changed.user.email, changed.user.role) == (email, "editor")
    assert changed.user.identities
    assert changed.user.identities[0].identity_data["email"] == email
    assert client.auth.sign_in_with_password({"email": email, "password": PASSWORD}).session


def test_a_password_set_by_an_admin_ends_every_session(client: Client, service: Client) -> None:
    user = sign_up(client).user
    service.auth.admin.update_user_by_id(user.id, {"password": "set by an admin"})
    assert refusal(client.auth.get_user)[:2] == (403, "session_not_found")
    credentials: Any = {"email": user.email, "password": "set by an admin"}
    assert client.auth.sign_in_with_password(credentials).session


def test_a_banned_user_is_kept_out_until_the_ban_ends(
    api: Api, client: Client, service: Client, database: psycopg.Connection[Row]
) -> None:
    session, update = sign_up(client).session, service.auth.admin.update_user_by_id
    banned = update(session.user.id, {"ban_duration": "1h30m"}).user
    assert banned.banned_until
    credentials: Any = {"email": session.user.email, "password": PASSWORD}
    sign_in = client.auth.sign_in_with_password
    assert refusal(lambda: sign_in(credentials))[:2] == (400, "user_banned")
    assert refresh(api, session.refresh_token).json()["code"] == "user_banned"
    assert refusal(client.auth.get_user)[:2] == (403, "user_banned")

    assert update(session.user.id, {"ban_duration": "none"}).user.banned_until is None
    assert sign_in(credentials).session
    over = "update auth.users set banned_until = now() - interval '1 second' where id = %s"
    database.execute(over, [session.user.id])
    assert sign_in(credentials).session
    for odd in ("soon", "1 day", "-1h", "9999999999h"):
        expected = (400, "validation_failed")
        assert refusal(update, session.user.id, {"ban_duration": odd})[:2] == expected


def test_users_are_listed_newest_first_in_pages(api: Api, service: Client) -> None:
    users = [service.auth.admin.create_user({"email": new_email()}).user for _ in range(3)]
    newest_first = [user.id for user in reversed(users)]
    admin = service.auth.admin
    assert [user.id for user in admin.list_users()][:3] == newest_first
    assert [user.id for user in admin.list_users(page=1, per_page=2)] == newest_first[:2]
    assert admin.list_users(page=2, per_page=2)[0].id == newest_first[2]
    assert admin.list_users(page=100_000, per_page=1000) == []

    key = {"apikey": api.secret_key}
    response = call(api, "GET", "/admin/users?page=1&per_page=1", headers=key)
    total = int(response.headers["x-total-count"])
    assert response.json()["aud"] == "authenticated"
    assert response.headers["link"] == (
        '</admin/users?page=2&per_page=1>; rel="next", '
        f'</admin/users?page={total}&per_page=1>; rel="last"'
    )
    for query in ("page=x", "page=-1", "per_page=0", "per_page=99999999999999999999"):
        response = call(api, "GET", f"/admin/users?{query}", headers=key)
        assert (response.status_code, response.json()["code"]) == (400, "validation_failed")


def test_an_admin_deletes_nobody_for_a_while(service: Client) -> None:
    user = service.auth.admin.create_user({"email": new_email()}).user
    refused = refusal(lambda: service.auth.admin.delete_user(user.id, should_soft_delete=True))
    assert refused[:2] == (400, "validation_failed")
    assert service.auth.admin.get_user_by_id(user.id).user.id == user.id


def test_an_admin_deletes_a_user_with_its_sessions(client: Client, service: Client) -> None:
    user = sign_up(client).user
    service.auth.admin.delete_user(user.id)
    expected = (404, "user_not_found", "User not found")
    assert refusal(lambda: service.auth.admin.get_user_by_id(user.id)) == expected
    assert refusal(lambda: service.auth.admin.delete_user(user.id)) == expected
    assert refusal(client.auth.get_user)[:2] == (403, "user_not_found")
    credentials: Any = {"email": user.email, "password": PASSWORD}
    assert refusal(lambda: client.auth.sign_in_with_password(credentials))[0] == 400


@pytest.mark.parametrize("caller", ["stranger", "user", "user_with_the_secret_key"])
def test_only_the_service_role_administers(
    api: Api, client: Client, service: Client, caller: str
) -> None:
    user = sign_up(client).user
    session = client.auth.get_session()
    assert session
    headers = {
        "stranger": {},
        "user": {"authorization": f"Bearer {session.access_token}"},
        "user_with_the_secret_key": {
            "apikey": api.secret_key,
            "authorization": f"Bearer {session.access_token}",
        },
    }[caller]
    for method, path in (
        ("GET", "/admin/users"),
        ("POST", "/admin/users"),
        ("GET", f"/admin/users/{user.id}"),
        ("PUT", f"/admin/users/{user.id}"),
        ("DELETE", f"/admin/users/{user.id}"),
    ):
        response = call(api, method, path, headers=headers, json={})
        assert (response.status_code, response.json()["code"]) == (403, "not_admin")
    assert service.auth.admin.get_user_by_id(user.id).user.id == user.id
