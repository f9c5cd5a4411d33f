"""What the gateway lets through to PostgREST, as whom, and what it refuses."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest

from gateways import Api, Upstream, running_gateway

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    """A stand-in for PostgREST that answers with what reached it."""
    with Upstream() as server:
        yield server


@pytest.fixture(scope="module")
def echo(
    api: Api, upstream: Upstream, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """A client of a gateway in front of the stand-in."""
    folder = tmp_path_factory.mktemp("gateway")
    with (
        running_gateway(api, folder, postgrest_url=upstream.url) as url,
        httpx.Client(base_url=url, headers={"apikey": api.publishable_key}) as client,
    ):
        yield client


def role_seen(api: Api, response: httpx.Response) -> str:
    """Say as which role a request reached PostgREST."""
    authorization = dict(response.json()["headers"])["authorization"]
    token = authorization.removeprefix("Bearer ")
    role: str = jwt.decode(token, api.jwt_secret, algorithms=["HS256"])["role"]
    return role


def token_of(api: Api, **claims: Any) -> str:
    """Sign a token with the secret of the stack."""
    return jwt.encode({"exp": time.time() + 60, **claims}, api.jwt_secret)


@pytest.mark.parametrize("kind", ["publishable", "secret", "legacy_anon", "legacy_service"])
@pytest.mark.parametrize("place", ["header", "query", "header_and_bearer"])
def test_an_api_key_is_swapped_for_a_token_of_its_role(
    api: Api, echo: httpx.Client, kind: str, place: str
) -> None:
    key, role = {
        "publishable": (api.publishable_key, "anon"),
        "secret": (api.secret_key, "service_role"),
        "legacy_anon": (token_of(api, role="anon"), "anon"),
        "legacy_service": (token_of(api, role="service_role"), "service_role"),
    }[kind]
    headers = {
        "header": {"apikey": key},
        "query": {"apikey": ""},
        "header_and_bearer": {"apikey": key, "authorization": f"Bearer {key}"},
    }[place]
    query = f"?a=1&apikey={key}&b=2" if place == "query" else "?a=1&b=2"

    response = echo.get(f"/rest/v1/customers{query}", headers=headers)

    assert role_seen(api, response) == role
    assert response.json()["target"] == "/customers?a=1&b=2"
    assert key not in response.text


def test_the_token_of_a_user_goes_through_as_it_is(api: Api, echo: httpx.Client) -> None:
    token = token_of(api, role="authenticated", sub=str(uuid4()))
    response = echo.get("/rest/v1/customers", headers={"authorization": f"Bearer {token}"})
    assert ["authorization", f"Bearer {token}"] in response.json()["headers"]


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"apikey": ""}, "No API key found in request"),
        ({"apikey": "", "authorization": "Bearer {secret}"}, "No API key found in request"),
        ({"apikey": "sb_publishable_wrong"}, "Invalid API key"),
        ({"apikey": "{secret}x"}, "Invalid API key"),
        ({"apikey": "ключ"}, "Invalid API key"),
        ({"apikey": "{user}"}, "Invalid API key"),
        ({"apikey": "{forged}"}, "Invalid API key"),
        ({"apikey": "{unsigned}"}, "Invalid API key"),
        ({"apikey": "{expired}"}, "Invalid API key"),
        ({"authorization": "Bearer {secret}"}, "Invalid API key"),
        ({"authorization": "Bearer sb_secret_wrong"}, "Invalid API key"),
        (
            {"apikey": "{secret}", "user-agent": BROWSER},
            "Forbidden use of secret API key in browser",
        ),
    ],
)
@pytest.mark.parametrize("path", ["/rest/v1/organizations", "/auth/v1/admin/users"])
def test_a_missing_or_wrong_key_is_refused(
    api: Api, headers: dict[str, str], message: str, path: str
) -> None:
    service = {"role": "service_role", "exp": time.time() + 60}
    filled = {
        "secret": api.secret_key,
        "user": token_of(api, role="authenticated", sub=str(uuid4())),
        "forged": jwt.encode(service, "another secret of more than 32 bytes"),
        "unsigned": jwt.encode(service, "", algorithm="none"),
        "expired": token_of(api, role="service_role", exp=time.time() - 60),
    }
    raw = {"apikey": api.publishable_key, **headers}
    response = httpx.get(
        api.url + path,
        headers=[(n.encode(), value.format(**filled).encode()) for n, value in raw.items()],
    )
    assert response.status_code == 401
    assert response.json().keys() == {"message", "hint"}
    assert response.json()["message"] == message


def test_a_browser_may_use_the_publishable_key(api: Api) -> None:
    headers = {"apikey": api.publishable_key, "user-agent": BROWSER}
    assert httpx.get(f"{api.url}/auth/v1/health", headers=headers).status_code == 200


@pytest.mark.parametrize("role", ["authenticated", "service_role"])
def test_postgrest_refuses_an_expired_token(api: Api, role: str) -> None:
    token = token_of(api, sub=str(uuid4()), role=role, exp=time.time() - 3600)
    response = rest_get(api, token)
    assert (response.status_code, response.json()["code"]) == (401, "PGRST301")


@pytest.mark.parametrize("algorithm", ["none", "HS256", "HS512"])
def test_postgrest_refuses_a_token_that_we_did_not_sign(api: Api, algorithm: str) -> None:
    claims = {"role": "service_role", "exp": time.time() + 60}
    secret = {
        "none": "",
        "HS256": "another secret of more than 32 bytes",
        "HS512": "another secret, this one of more than the 64 bytes that HS512 asks for",
    }[algorithm]
    response = rest_get(api, jwt.encode(claims, secret, algorithm=algorithm))
    assert response.status_code == 401


def test_a_signed_service_role_token_reads_through_postgrest(api: Api) -> None:
    # The control for the refusals above.
    assert rest_get(api, token_of(api, role="service_role")).status_code == 200


def rest_get(api: Api, token: str) -> httpx.Response:
    """Read organizations with the publishable key and this token."""
    headers = {"apikey": api.publishable_key, "authorization": f"Bearer {token}"}
    return httpx.get(f"{api.url}/rest/v1/organizations", headers=headers)


def test_a_request_arrives_as_it_was_sent(echo: httpx.Client) -> None:
    response = echo.patch(
        "/rest/v1/caf%C3%A9%2Fbar?name=eq.a%26b&select=*,x(*)&or=(a.eq.1,b.eq.2)",
        headers=[
            ("Prefer", "return=representation"),
            ("Prefer", "count=exact"),
            ("Range", "0-9"),
            ("Content-Profile", "portal"),
            ("Accept-Profile", "portal"),
            ("Connection", "x-hop, close"),
            ("X-Hop", "for the gateway only"),
            ("TE", "trailers"),
        ],
        content='{"name": "Zoë"}',
    )
    seen = response.json()
    names = [name for name, _ in seen["headers"]]

    assert seen["method"] == "PATCH"
    assert seen["target"] == "/caf%C3%A9%2Fbar?name=eq.a%26b&select=*,x(*)&or=(a.eq.1,b.eq.2)"
    assert seen["body"] == '{"name": "Zoë"}'
    for header in (
        ["prefer", "return=representation"],
        ["prefer", "count=exact"],
        ["range", "0-9"],
        ["content-profile", "portal"],
        ["accept-profile", "portal"],
    ):
        assert header in seen["headers"]
    assert not {"apikey", "x-hop", "te"} & set(names)
    assert names.count("host") == names.count("authorization") == 1


def test_an_answer_comes_back_as_it_was_given(echo: httpx.Client) -> None:
    response = echo.get("/rest/v1/customers", headers={"Origin": "https://app.example"})

    assert response.status_code == 206
    assert response.headers["content-range"] == "0-24/3573458"
    assert response.headers.get_list("x-upstream") == ["one", "two"]
    assert "x-secret" not in response.headers
    assert len(response.headers.get_list("date")) == 1
    assert response.headers.get_list("access-control-allow-origin") == ["*"]
    assert "access-control-allow-credentials" not in response.headers
    exposed = response.headers["access-control-expose-headers"]
    assert {"Content-Range", "Location", "Preference-Applied"} <= set(exposed.split(", "))


def test_an_answer_is_streamed(echo: httpx.Client, upstream: Upstream) -> None:
    upstream.first_part_was_read.clear()
    with echo.stream("GET", "/rest/v1/parts") as response:
        parts = response.iter_raw()
        first = next(parts)
        upstream.first_part_was_read.set()
        rest = b"".join(parts)
    assert first == b" "
    assert b'"streamed": true' in rest


@pytest.mark.parametrize("path", ["/rest/v1/customers", "/auth/v1/signup"])
def test_a_browser_may_ask_before_it_calls_without_a_key(api: Api, path: str) -> None:
    response = httpx.options(
        api.url + path,
        headers={
            "Origin": "https://app.example",
            "Access-Control-Request-Method": "PATCH",
            "Access-Control-Request-Headers": "apikey,authorization,content-profile,prefer",
        },
    )
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == "*"
    assert "PATCH" in response.headers["access-control-allow-methods"]
    assert "apikey" in response.headers["access-control-allow-headers"]


@pytest.mark.parametrize(
    "prefer",
    [
        ["count=planned"],
        ["count=estimated"],
        ["return=representation", "count=planned"],
        ["return=representation,count=estimated"],
        ["return=minimal , COUNT = planned"],
        ['count="planned"'],
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PATCH", "DELETE"])
def test_an_estimated_count_is_refused(echo: httpx.Client, method: str, prefer: list[str]) -> None:
    headers = [("Prefer", value) for value in prefer]
    response = echo.request(method, "/rest/v1/customers", headers=headers)

    assert response.status_code == 400
    if method != "HEAD":
        assert response.json()["details"] == "count_estimate_refused"
        assert response.json()["hint"]


def test_an_exact_count_is_answered(api: Api) -> None:
    headers = {"apikey": api.secret_key, "Prefer": "count=exact"}
    response = httpx.get(f"{api.url}/rest/v1/organizations?limit=0", headers=headers)
    assert response.headers["content-range"].startswith("*/")


def test_a_postgrest_that_is_down_is_said_to_be_down(api: Api, tmp_path: Path) -> None:
    with running_gateway(api, tmp_path) as url:  # in front of a port where nobody listens
        headers = {"apikey": api.publishable_key}
        response = httpx.get(f"{url}/rest/v1/customers", headers=headers)
    assert response.status_code == 503
    assert response.json()["details"] == "postgrest_unreachable"
    assert "ts-customers status" in response.json()["hint"]


def test_a_log_holds_no_keys_tokens_or_passwords(
    api: Api, upstream: Upstream, tmp_path: Path
) -> None:
    password, user_token = f"password-{uuid4()}", token_of(api, role="authenticated")
    with (
        running_gateway(api, tmp_path, postgrest_url=upstream.url) as url,
        httpx.Client(base_url=url, params={"apikey": api.secret_key}) as client,
    ):
        bearer = {"authorization": f"Bearer {user_token}"}
        client.get("/rest/v1/customers", headers=bearer, params={"token": f"eq.{password}"})
        credentials = {"email": f"{uuid4()}@example.com", "password": password}
        session = client.post("/auth/v1/signup", json=credentials).json()
        client.post("/auth/v1/token?grant_type=password", json=credentials | {"data": 1})
        client.post("/auth/v1/token?grant_type=password", json=credentials | {"password": "no"})
    log = (tmp_path / "gateway.log").read_text(encoding="utf-8")

    assert "/auth/v1/signup" in log  # control
    secrets = (api.secret_key, api.jwt_secret, password, user_token)
    for secret in (*secrets, session["access_token"], session["refresh_token"]):
        assert secret not in log


@pytest.mark.parametrize("path", ["/", "/rest/v2/x", "/auth/v1/nothing", "/storage/v1/object"])
def test_a_path_that_is_not_served_is_not_found(api: Api, path: str) -> None:
    response = httpx.get(api.url + path, headers={"apikey": api.secret_key})
    assert response.status_code == 404
    assert response.json() == {"message": "no Route matched with those values"}
