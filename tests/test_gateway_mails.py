"""Codes and links by mail: what Auth would have sent, and what becomes of it when it comes back."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
import pytest
from supabase import Client

from gateways import PASSWORD, Api, Connect, Row, call, new_email, post, refusal, running_gateway

SITE = "http://127.0.0.1:3000"


def mails(url: str, email: str) -> list[dict[str, Any]]:
    """The mails to an address, the newest last."""
    found: list[dict[str, Any]] = httpx.get(f"{url}/inbox", params={"to": email}).json()
    return found


def opened(link: str) -> tuple[str, dict[str, str]]:
    """Open a link as a browser does; returns where it leads, and with what."""
    answer = httpx.get(link)
    assert answer.status_code == 303, answer.text
    target = urlsplit(answer.headers["location"])
    told = parse_qs(target.query) | parse_qs(target.fragment)
    page = f"{target.scheme}://{target.netloc}{target.path}"
    return page, {name: values[0] for name, values in told.items()}


@pytest.fixture(scope="module")
def confirming(api: Api, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A gateway that asks for confirmations, and lets mails follow each other."""
    folder: Path = tmp_path_factory.mktemp("gateway")
    settings = {"enable_confirmations": True, "email_interval_seconds": 0}
    allowed = ["https://portal.example/**"]
    with running_gateway(api, folder, additional_redirect_urls=allowed, **settings) as url:
        yield url


def test_a_code_signs_in_once_and_is_for_its_address_alone(
    api: Api, confirming: str, connect: Connect
) -> None:
    client, email, other = connect(confirming, api.publishable_key), new_email(), new_email()
    for address in (email, other):
        client.auth.sign_in_with_otp({"email": address})
    [mail] = mails(confirming, email)
    assert (mail["type"], len(mail["token"])) == ("signup", 6)
    code = mail["token"]
    wrong = f"{(int(code) + 1) % 10**6:06}"
    expired = (403, "otp_expired", "Token has expired or is invalid")

    def verify(address: str, token: str) -> Any:
        return client.auth.verify_otp({"type": "email", "email": address, "token": token})

    assert refusal(verify, email, wrong) == expired
    assert refusal(verify, other, code) == expired
    answer = verify(email, code)
    assert answer.user.email == email
    assert answer.user.email_confirmed_at is not None
    assert refusal(verify, email, code) == expired
    # Known by now, and let in by another mail.
    client.auth.sign_in_with_otp({"email": email, "options": {"should_create_user": False}})
    assert mails(confirming, email)[-1]["type"] == "magiclink"
    assert verify(email, mails(confirming, email)[-1]["token"]).session is not None


def test_nobody_is_let_in_before_the_address_is_confirmed(
    api: Api, confirming: str, connect: Connect, database: psycopg.Connection[Row]
) -> None:
    client, email = connect(confirming, api.publishable_key), new_email()
    credentials: Any = {"email": email, "password": PASSWORD}
    assert client.auth.sign_up(credentials).session is None
    status, code, _ = refusal(client.auth.sign_in_with_password, credentials)
    assert (status, code) == (400, "email_not_confirmed")
    client.auth.resend({"type": "signup", "email": email})
    first, second = mails(confirming, email)
    assert refusal(
        client.auth.verify_otp, {"type": "signup", "email": email, "token": first["token"]}
    )[1] == ("otp_expired" if first["token"] != second["token"] else "")
    client.auth.verify_otp({"type": "signup", "token_hash": second["token_hash"]})
    assert client.auth.sign_in_with_password(credentials).session is not None
    row = database.execute(
        "select u.confirmation_token, u.raw_user_meta_data ->> 'email_verified' as verified,"
        " i.identity_data ->> 'email_verified' as identity from auth.users as u"
        " inner join auth.identities as i on i.user_id = u.id where u.email = %s",
        [email],
    ).fetchone()
    assert row == {"confirmation_token": "", "verified": "true", "identity": "true"}


def test_a_magic_link_brings_the_session_in_the_fragment(
    api: Api, confirming: str, connect: Connect
) -> None:
    client, email = connect(confirming, api.publishable_key, "implicit"), new_email()
    page = "https://portal.example/enter"
    client.auth.sign_in_with_otp({"email": email, "options": {"email_redirect_to": page}})
    [mail] = mails(confirming, email)
    assert mail["redirect_to"] == page
    where, told = opened(mail["link"])
    assert where == page
    client.auth.set_session(told["access_token"], told["refresh_token"])
    user = client.auth.get_user()
    assert user is not None
    assert user.user.email == email
    where, told = opened(mail["link"])
    assert (where, told["error_code"]) == (page, "otp_expired")


def test_a_link_of_pkce_brings_a_code_that_its_asker_alone_can_use(
    api: Api, confirming: str, connect: Connect
) -> None:
    client, email = connect(confirming, api.publishable_key), new_email()
    client.auth.sign_in_with_otp({"email": email})
    [mail] = mails(confirming, email)
    assert mail["token_hash"].startswith("pkce_")
    where, told = opened(mail["link"])
    assert (where.rstrip("/"), "access_token" in told) == (SITE, False)

    def exchange(verifier: str) -> httpx.Response:
        headers = {"apikey": api.publishable_key, "X-Supabase-Api-Version": "2024-01-01"}
        return httpx.post(
            f"{confirming}/auth/v1/token?grant_type=pkce",
            json={"auth_code": told["code"], "code_verifier": verifier},
            headers=headers,
        )

    wrong = exchange("x" * 43)
    assert (wrong.status_code, wrong.json()["code"]) == (400, "bad_code_verifier")
    given: Any = {"auth_code": told["code"]}
    assert (user := client.auth.exchange_code_for_session(given).user)
    assert user.email == email
    assert exchange("x" * 43).json()["code"] == "flow_state_not_found"


@pytest.mark.parametrize("is_known", [False, True])
def test_the_code_of_pkce_is_good_for_five_minutes(
    api: Api,
    confirming: str,
    connect: Connect,
    database: psycopg.Connection[Row],
    is_known: bool,
) -> None:
    # Of a confirmation they begin with the sign-up, of a magic link when the code is given out.
    client, email = connect(confirming, api.publishable_key), new_email()
    if is_known:
        service = connect(confirming, api.secret_key)
        service.auth.admin.create_user({"email": email, "email_confirm": True})
    client.auth.sign_in_with_otp({"email": email})
    code = opened(mails(confirming, email)[0]["link"])[1]["code"]
    began = "auth_code_issued_at" if is_known else "created_at"
    age = f"update auth.flow_state set {began} = now() - %s::interval where auth_code = %s"
    database.execute(age, ["301 seconds", code])
    given: Any = {"auth_code": code}
    assert refusal(client.auth.exchange_code_for_session, given)[:2] == (422, "flow_state_expired")
    database.execute(age, ["290 seconds", code])
    assert client.auth.exchange_code_for_session(given).session is not None


@pytest.mark.parametrize(
    ("challenge", "method"),
    [("x" * 43, ""), ("", "s256"), ("x" * 42, "s256"), ("x" * 43, "s512"), ("ä" * 43, "plain")],
)
def test_a_challenge_that_is_no_sound_one_is_refused(api: Api, challenge: str, method: str) -> None:
    asked = {"email": new_email(), "code_challenge": challenge, "code_challenge_method": method}
    answer = post(api, "/otp", json=asked)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")
    assert mails(api.url, asked["email"]) == []


def test_a_plain_challenge_is_its_own_verifier(api: Api) -> None:
    email, verifier = new_email(), "x" * 43
    post(
        api,
        "/otp",
        json={"email": email, "code_challenge": verifier, "code_challenge_method": "plain"},
    )
    code = opened(mails(api.url, email)[0]["link"])[1]["code"]
    given = {"auth_code": code, "code_verifier": verifier}
    assert post(api, "/token?grant_type=pkce", json=given).status_code == 200


def test_a_link_that_fails_says_why_to_whoever_asked_for_it(
    api: Api, confirming: str, connect: Connect
) -> None:
    # The site's own server reads the query, which the flow of PKCE is for; else there is none.
    for flow_type, is_told in (("pkce", True), ("implicit", False)):
        client, email = connect(confirming, api.publishable_key, flow_type), new_email()
        client.auth.sign_in_with_otp({"email": email})
        [mail] = mails(confirming, email)
        opened(mail["link"])
        target = urlsplit(httpx.get(mail["link"]).headers["location"])
        assert "error=access_denied" in target.fragment
        assert ("error_code=otp_expired" in target.query) is is_told


def test_a_banned_user_is_let_in_by_no_mail(api: Api, confirming: str, connect: Connect) -> None:
    client, service = (connect(confirming, k) for k in (api.publishable_key, api.secret_key))
    email = new_email()
    user = service.auth.admin.create_user({"email": email, "email_confirm": True}).user
    client.auth.sign_in_with_otp({"email": email})
    service.auth.admin.update_user_by_id(user.id, {"ban_duration": "1h"})
    [mail] = mails(confirming, email)
    given = {"type": "email", "email": email, "token": mail["token"]}
    assert refusal(client.auth.verify_otp, given)[:2] == (403, "user_banned")
    assert opened(mail["link"])[1]["error_code"] == "user_banned"


def test_what_an_invitation_says_is_not_for_whoever_knows_the_address(
    api: Api, confirming: str, connect: Connect
) -> None:
    client, service = (connect(confirming, k) for k in (api.publishable_key, api.secret_key))
    email = new_email()
    service.auth.admin.invite_user_by_email(email, {"data": {"salary": 1}})
    invited = client.auth.sign_up({"email": email, "password": PASSWORD}).user
    assert invited is not None
    assert (invited.user_metadata, invited.identities) == ({}, [])
    other = client.auth.sign_up(
        {"email": new_email(), "password": PASSWORD, "options": {"data": {"theme": "dark"}}}
    ).user
    assert other is not None
    assert other.user_metadata["theme"] == "dark"


def test_an_invited_user_has_no_password_until_it_sets_one(
    api: Api, confirming: str, connect: Connect, database: psycopg.Connection[Row]
) -> None:
    client, service = (connect(confirming, k) for k in (api.publishable_key, api.secret_key))
    email = new_email()
    service.auth.admin.invite_user_by_email(email)
    stored = "select encrypted_password from auth.users where email = %s"

    def password_of() -> Any:
        row = database.execute(stored, [email]).fetchone()
        return row and row["encrypted_password"]

    assert password_of() == ""
    token_hash = mails(confirming, email)[0]["token_hash"]
    client.auth.verify_otp({"type": "invite", "token_hash": token_hash})
    assert password_of()
    for guess in ("", email, "password"):
        credentials = {"email": email, "password": guess}
        answer = httpx.post(
            f"{confirming}/auth/v1/token?grant_type=password",
            headers={"apikey": api.publishable_key},
            json=credentials,
        )
        assert answer.status_code == 400, guess


def test_a_confirmation_is_sent_again_to_nobody_who_needs_none(
    api: Api, confirming: str, connect: Connect
) -> None:
    client, service = (connect(confirming, k) for k in (api.publishable_key, api.secret_key))
    known = new_email()
    service.auth.admin.create_user({"email": known, "email_confirm": True})
    for email in (known, new_email()):
        client.auth.resend({"type": "signup", "email": email})
        assert mails(confirming, email) == []
    unconfirmed = new_email()
    client.auth.sign_up({"email": unconfirmed, "password": PASSWORD})
    client.auth.resend({"type": "email_change", "email": unconfirmed})
    assert len(mails(confirming, unconfirmed)) == 1
    odd: Any = {"type": "recovery", "email": known}
    assert refusal(client.auth.resend, odd)[:2] == (400, "validation_failed")


def test_links_are_made_of_the_kinds_that_are_mailed_alone(
    api: Api, confirming: str, connect: Connect
) -> None:
    service = connect(confirming, api.secret_key)
    for asked in (
        {"type": "recovery", "email": new_email()},
        {"type": "signup", "email": new_email()},
    ):
        answer: Any = refusal(service.auth.admin.generate_link, asked)
        assert answer[:2] == (400, "validation_failed"), asked
    email = new_email()
    known = service.auth.admin.create_user({"email": email}).user
    link = service.auth.admin.generate_link(
        {
            "type": "signup",
            "email": email,
            "password": PASSWORD,
            "options": {"data": {"theme": "dark"}},
        }
    )
    assert (link.user.id, link.user.user_metadata["theme"]) == (known.id, "dark")


@pytest.mark.parametrize(
    "target",
    [
        "https://portal.example/a\\b",
        "https://portal.example/a b",
        "https://evil.example/",
        "https://portal.example.evil.example/",
        "https://portal.example@evil.example/",
        "https://portal.example\\@evil.example/",
        "//evil.example",
        "javascript:alert(1)",
    ],
)
def test_a_link_leads_to_no_foreign_page(
    api: Api, confirming: str, connect: Connect, target: str
) -> None:
    client, email = connect(confirming, api.publishable_key, "implicit"), new_email()
    client.auth.sign_in_with_otp({"email": email, "options": {"email_redirect_to": target}})
    [mail] = mails(confirming, email)
    forged = str(httpx.URL(mail["link"]).copy_set_param("redirect_to", target))
    assert opened(forged)[0].rstrip("/") == SITE


def test_of_two_who_open_a_link_at_once_one_gets_in(
    api: Api, confirming: str, connect: Connect
) -> None:
    client, email = connect(confirming, api.publishable_key, "implicit"), new_email()
    client.auth.sign_in_with_otp({"email": email})
    [mail] = mails(confirming, email)
    with ThreadPoolExecutor(4) as pool:
        told = [told for _, told in pool.map(opened, [mail["link"]] * 4)]
    assert sum("access_token" in one for one in told) == 1


def test_a_code_expires(
    api: Api, confirming: str, connect: Connect, database: psycopg.Connection[Row]
) -> None:
    client, email = connect(confirming, api.publishable_key), new_email()
    client.auth.sign_in_with_otp({"email": email})
    database.execute(
        "update auth.users set confirmation_sent_at = now() - interval '25 hours' where email = %s",
        [email],
    )
    token = mails(confirming, email)[0]["token"]
    given = {"type": "email", "email": email, "token": token}
    assert refusal(client.auth.verify_otp, given)[1] == "otp_expired"


def test_the_secret_key_invites_and_makes_links(
    api: Api, confirming: str, connect: Connect
) -> None:
    service, client = (
        connect(confirming, api.secret_key),
        connect(confirming, api.publishable_key, "implicit"),
    )
    email = new_email()
    invited = service.auth.admin.invite_user_by_email(email).user
    assert invited.invited_at is not None
    assert invited.email_confirmed_at is None
    [mail] = mails(confirming, email)
    _, told = opened(mail["link"])
    client.auth.set_session(told["access_token"], told["refresh_token"])
    client.auth.update_user({"password": PASSWORD})
    credentials: Any = {"email": email, "password": PASSWORD}
    assert client.auth.sign_in_with_password(credentials).user is not None
    assert refusal(service.auth.admin.invite_user_by_email, email)[1] == "email_exists"

    link = service.auth.admin.generate_link({"type": "magiclink", "email": email})
    assert len(mails(confirming, email)) == 1  # it is not mailed
    hashed: Any = {"type": "magiclink", "token_hash": link.properties.hashed_token}
    assert client.auth.verify_otp(hashed).user is not None
    unknown = service.auth.admin.generate_link({"type": "magiclink", "email": new_email()})
    assert unknown.properties.verification_type == "signup"
    for path in ("/invite", "/admin/generate_link"):
        assert post(api, path, json={"email": new_email()}).status_code == 403


def test_an_address_waits_for_its_next_mail(api: Api, client: Client) -> None:
    email = new_email()
    client.auth.sign_in_with_otp({"email": email})
    status, code, message = refusal(client.auth.sign_in_with_otp, {"email": email})
    assert (status, code) == (429, "over_email_send_rate_limit")
    assert "after" in message
    unknown: Any = {"email": new_email(), "options": {"should_create_user": False}}
    assert refusal(client.auth.sign_in_with_otp, unknown)[:2] == (422, "otp_disabled")


def test_no_page_of_another_site_reads_the_inbox(api: Api) -> None:
    inbox = f"{api.url}/inbox"
    assert httpx.get(inbox).status_code == 200
    assert httpx.get(inbox, headers={"Origin": "https://evil.example"}).status_code == 403
    assert httpx.get(inbox, headers={"Host": "evil.example"}).status_code == 403


def test_a_scanner_of_mails_spends_no_link(api: Api, confirming: str, connect: Connect) -> None:
    client, email = connect(confirming, api.publishable_key, "implicit"), new_email()
    client.auth.sign_in_with_otp({"email": email})
    [mail] = mails(confirming, email)
    httpx.head(mail["link"])
    assert "access_token" in opened(mail["link"])[1]


def test_what_no_verification_knows_is_refused(api: Api) -> None:
    for body in ({}, {"type": "email", "token": "1"}, {"type": "sms", "token_hash": "x"}):
        answer = call(api, "POST", "/verify", json=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")
