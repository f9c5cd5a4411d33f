"""Tokens: refreshed, reused, forged, and ended by a logout."""

import threading
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import jwt
import psycopg
import pytest
from supabase import Client

from gateways import (
    PASSWORD,
    Api,
    Connect,
    Row,
    call,
    new_email,
    post,
    put_user,
    refresh,
    refusal,
    rotated,
    running_gateway,
    sign_up,
)


def test_a_refresh_gives_new_tokens_of_the_same_session(
    api: Api, client: Client, service: Client
) -> None:
    before = sign_up(client).session
    service.auth.admin.update_user_by_id(before.user.id, {"app_metadata": {"plan": "gold"}})
    after = client.auth.refresh_session().session

    assert after
    assert after.refresh_token != before.refresh_token
    old, new = (
        jwt.decode(s.access_token, options={"verify_signature": False}) for s in (before, after)
    )
    assert new["session_id"] == old["session_id"]
    assert new["amr"] == old["amr"]
    assert "plan" not in old["app_metadata"]
    assert new["app_metadata"]["plan"] == "gold"


def test_a_refresh_whose_answer_was_lost_can_be_repeated(api: Api, tmp_path: Path) -> None:
    with running_gateway(api, tmp_path, refresh_token_reuse_seconds=0) as url:
        tokens = rotated(api, refreshes=1, url=url)
        again = refresh(api, tokens[0], url=url)
    assert again.json()["refresh_token"] == tokens[1]


def test_many_refreshes_at_once_agree_on_the_next_token(api: Api) -> None:
    [token] = rotated(api, refreshes=0)
    answers: list[httpx.Response] = []
    threads = [
        threading.Thread(target=lambda: answers.append(refresh(api, token))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1


def test_a_refresh_token_used_twice_ends_its_session(api: Api, tmp_path: Path) -> None:
    with running_gateway(api, tmp_path, refresh_token_reuse_seconds=0) as url:
        tokens = rotated(api, refreshes=2, url=url)

        stolen = refresh(api, tokens[0], url=url)
        assert (stolen.status_code, stolen.json()["code"]) == (400, "refresh_token_already_used")
        latest = refresh(api, tokens[2], url=url)
        assert (latest.status_code, latest.json()["code"]) == (400, "refresh_token_already_used")


def test_an_old_refresh_token_is_accepted_within_the_reuse_interval(api: Api) -> None:
    # The control for the test above.
    tokens = rotated(api, refreshes=2)
    assert refresh(api, tokens[0]).json()["refresh_token"] == tokens[2]


@pytest.mark.parametrize("token", ["unknown", "", "' or true --"])
def test_an_unknown_refresh_token_is_refused(api: Api, token: str) -> None:
    response = refresh(api, token)
    assert (response.status_code, response.json()["code"]) == (400, "refresh_token_not_found")


def test_a_session_with_an_end_is_refreshed_until_then(
    api: Api, client: Client, database: psycopg.Connection[Row]
) -> None:
    session = sign_up(client).session
    end = "update auth.sessions set not_after = now() + %s::interval where user_id = %s"
    database.execute(end, ["1 hour", session.user.id])
    answer = refresh(api, session.refresh_token)
    assert answer.status_code == 200
    database.execute(end, ["-1 second", session.user.id])
    ended = refresh(api, answer.json()["refresh_token"])
    assert (ended.status_code, ended.json()["code"]) == (400, "session_expired")


def test_only_the_grants_of_auth_are_known(api: Api) -> None:
    pkce = post(api, "/token?grant_type=pkce", json={"auth_code": "a", "code_verifier": "b"})
    assert (pkce.status_code, pkce.json()["code"]) == (404, "flow_state_not_found")
    for grant, code in (("implicit", "validation_failed"), ("id_token", "provider_disabled")):
        credentials = {"email": new_email(), "password": PASSWORD}
        answer = post(api, f"/token?grant_type={grant}", json=credentials)
        assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize(
    ("scope", "this_one_ends", "other_one_ends"),
    [("global", True, True), ("local", True, False), ("others", False, True)],
)
def test_a_logout_ends_the_sessions_of_its_scope(
    api: Api,
    connect: Connect,
    client: Client,
    scope: Any,
    this_one_ends: bool,
    other_one_ends: bool,
) -> None:
    credentials: Any = {"email": new_email(), "password": PASSWORD}
    this_one = client.auth.sign_up(credentials).session
    other = connect(api.url, api.publishable_key)
    other_one = other.auth.sign_in_with_password(credentials).session
    assert this_one
    assert other_one

    client.auth.sign_out({"scope": scope})

    for session, ends in ((this_one, this_one_ends), (other_one, other_one_ends)):
        headers = {"authorization": f"Bearer {session.access_token}"}
        status = call(api, "GET", "/user", headers=headers).status_code
        refreshed = refresh(api, session.refresh_token).status_code
        assert (status, refreshed) == ((403, 400) if ends else (200, 200))


def test_a_logout_of_an_unknown_scope_is_refused(api: Api, client: Client) -> None:
    token = sign_up(client).session.access_token
    headers = {"authorization": f"Bearer {token}"}
    assert call(api, "POST", "/logout?scope=galaxy", headers=headers).status_code == 400
    assert call(api, "GET", "/user", headers=headers).status_code == 200


def test_user_metadata_is_merged_and_null_removes_a_key(client: Client) -> None:
    sign_up(client)
    client.auth.update_user({"data": {"city": "Köln", "size": 1, "nested": {"kept": None}}})
    answer = client.auth.update_user({"data": {"size": None, "color": "red"}})
    seen = client.auth.get_user()
    assert seen
    assert seen.user == answer.user
    metadata = seen.user.user_metadata
    assert (metadata["city"], metadata["color"]) == ("Köln", "red")
    assert metadata["nested"] == {"kept": None}
    assert "size" not in metadata


def test_nobody_changes_their_own_app_metadata(api: Api, client: Client) -> None:
    token = sign_up(client).session.access_token
    response = put_user(api, token, {"app_metadata": {"role": "owner"}})
    assert (response.status_code, response.json()["code"]) == (403, "not_admin")


def test_an_address_that_is_taken_is_refused_and_another_needs_mail(client: Client) -> None:
    taken = new_email()
    sign_up(client, taken)
    user = sign_up(client).user
    update = client.auth.update_user
    assert refusal(lambda: update({"email": taken.upper()}))[:2] == (422, "email_exists")
    assert refusal(lambda: update({"email": new_email()}))[:2] == (422, "email_provider_disabled")
    seen = client.auth.get_user()
    assert seen
    assert seen.user.email == user.email


def bad_tokens(api: Api) -> dict[str, tuple[str, int, str]]:
    """Name tokens that must not be accepted, each with the answer to it."""
    sound = {"sub": str(uuid4()), "aud": "authenticated", "role": "authenticated"}
    fresh = sound | {"exp": time.time() + 60}

    def sign(claims: dict[str, Any]) -> str:
        return jwt.encode(claims, api.jwt_secret)

    header, payload, signature = sign(fresh).split(".")
    return {
        "garbage": ("garbage", 403, "bad_jwt"),
        "expired": (sign(sound | {"exp": time.time() - 1}), 403, "bad_jwt"),
        "unsigned": (jwt.encode(fresh, "", algorithm="none"), 403, "bad_jwt"),
        "forged": (jwt.encode(fresh, "not the secret, though long enough"), 403, "bad_jwt"),
        "changed": (f"{header}.{payload[:-2]}AA.{signature}", 403, "bad_jwt"),
        "no_subject": (sign({"role": "anon", "exp": time.time() + 60}), 403, "bad_jwt"),
        "odd_subject": (sign(fresh | {"sub": "1"}), 403, "bad_jwt"),
        "no_user": (sign(fresh), 403, "user_not_found"),
        "key": (api.publishable_key, 403, "bad_jwt"),
    }


@pytest.mark.parametrize(
    "name",
    "garbage expired unsigned forged changed no_subject odd_subject no_user key".split(),
)
def test_a_token_that_is_not_sound_is_refused(api: Api, name: str) -> None:
    token, status, code = bad_tokens(api)[name]
    headers = {"authorization": f"Bearer {token}"}
    for method, path in (("GET", "/user"), ("PUT", "/user"), ("POST", "/logout")):
        response = call(api, method, path, headers=headers)
        assert (response.status_code, response.json()["code"]) == (status, code)


def test_the_user_needs_a_token(api: Api) -> None:
    for method, path in (("GET", "/user"), ("PUT", "/user"), ("POST", "/logout")):
        response = call(api, method, path)
        assert (response.status_code, response.json()["code"]) == (401, "no_authorization")


def test_a_session_of_somebody_else_is_not_ones_own(api: Api, client: Client) -> None:
    theirs = sign_up(client).session.access_token
    ours = sign_up(client).session.access_token
    session_id = jwt.decode(theirs, options={"verify_signature": False})["session_id"]
    claims = jwt.decode(ours, options={"verify_signature": False}) | {"session_id": session_id}
    token = jwt.encode(claims, api.jwt_secret)
    response = call(api, "GET", "/user", headers={"authorization": f"Bearer {token}"})
    assert (response.status_code, response.json()["code"]) == (403, "session_not_found")
