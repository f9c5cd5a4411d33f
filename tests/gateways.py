"""What the tests of the gateway share: clients of it, and gateways of a test's own."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import httpx
import pytest
from supabase import Client
from supabase_auth.errors import AuthApiError

from ts_customers.stack._processes import free_port

PASSWORD = "correct horse battery"

Connect = Callable[..., Client]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Api:
    """The running stack, with everything that an embedded one has."""

    url: str
    db_url: str
    admin_db_url: str
    publishable_key: str
    secret_key: str
    jwt_secret: str


def new_email() -> str:
    """Make up an e-mail address that nobody has."""
    return f"{uuid4().hex}@example.com"


def sign_up(client: Client, email: str | None = None) -> Any:
    """Sign somebody up, and return the answer."""
    return client.auth.sign_up({"email": email or new_email(), "password": PASSWORD})


def refusal(action: Callable[..., Any], *arguments: Any) -> tuple[int, str | None, str]:
    """Say how an action was refused: status, code and message."""
    with pytest.raises(AuthApiError) as refused:
        action(*arguments)
    return refused.value.status, refused.value.code, refused.value.message


def call(api: Api, method: str, path: str, **options: Any) -> httpx.Response:
    """Call Auth with the publishable key, unless the headers say otherwise."""
    headers = {
        "apikey": api.publishable_key,
        "X-Supabase-Api-Version": "2024-01-01",
        **options.pop("headers", {}),
    }
    if "X-Other" in headers:
        del headers["X-Supabase-Api-Version"]
    url = f"{api.url}/auth/v1{path}"
    return httpx.request(method, url, headers=headers, timeout=30, **options)


def post(api: Api, path: str, **options: Any) -> httpx.Response:
    """Post to Auth with the publishable key."""
    return call(api, "POST", path, **options)


def put_user(api: Api, token: str, body: dict[str, Any]) -> httpx.Response:
    """Change a user with its token."""
    return call(api, "PUT", "/user", headers={"authorization": f"Bearer {token}"}, json=body)


def refresh(api: Api, token: str, *, url: str | None = None) -> httpx.Response:
    """Spend a refresh token."""
    return httpx.post(
        f"{url or api.url}/auth/v1/token?grant_type=refresh_token",
        headers={"apikey": api.publishable_key, "X-Supabase-Api-Version": "2024-01-01"},
        json={"refresh_token": token},
        timeout=30,
    )


def rotated(api: Api, *, refreshes: int, url: str | None = None) -> list[str]:
    """Sign up and refresh so many times; returns every refresh token, oldest first."""
    credentials = {"email": new_email(), "password": PASSWORD}
    session = httpx.post(
        f"{url or api.url}/auth/v1/signup",
        headers={"apikey": api.publishable_key},
        json=credentials,
    )
    tokens = [session.json()["refresh_token"]]
    for _ in range(refreshes):
        tokens.append(refresh(api, tokens[-1], url=url).json()["refresh_token"])
    return tokens


@contextmanager
def running_gateway(api: Api, folder: Path, **settings: Any) -> Iterator[str]:
    """Run a second gateway on the stack's database with these settings; yields its URL."""
    port = free_port()
    given = {
        "port": port,
        "postgrest_url": f"http://127.0.0.1:{free_port()}",
        "auth_db_url": api.admin_db_url,
        "realtime_db_url": api.admin_db_url,
        "jwt_secret": api.jwt_secret,
        "publishable_key": api.publishable_key,
        "secret_key": api.secret_key,
        "bcrypt_cost": 4,
        **settings,
    }
    path = folder / "gateway.json"
    path.write_text(json.dumps(given), encoding="utf-8")
    command = [sys.executable, "-m", "ts_customers.stack.gateway", str(path)]
    with (folder / "gateway.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                httpx.get(f"{url}/auth/v1/.well-known/jwks.json")
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(10)


class Upstream:
    """A stand-in for PostgREST that tells what reached it.

    Its answer comes in two parts; the second waits until the client has seen the first.
    """

    def __init__(self) -> None:
        upstream = self
        self.first_part_was_read = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                upstream.answer(self)

            do_GET = do_PATCH = do_DELETE = do_POST  # noqa: N815

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer with the request itself, as JSON, in two chunks."""
        length = int(handler.headers.get("content-length", 0))
        seen: Row = {
            "method": handler.command,
            "target": handler.path,
            "headers": [[name.lower(), value] for name, value in handler.headers.items()],
            "body": handler.rfile.read(length).decode(),
        }
        handler.send_response(206)
        handler.send_header("Content-Range", "0-24/3573458")
        handler.send_header("X-Upstream", "one")
        handler.send_header("X-Upstream", "two")
        handler.send_header("Connection", "x-secret")
        handler.send_header("X-Secret", "for the next hop only")
        handler.send_header("Access-Control-Allow-Origin", "https://elsewhere.example")
        handler.send_header("Access-Control-Allow-Credentials", "true")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        if "parts" in handler.path:
            self._chunk(handler, b" ")
            seen["streamed"] = self.first_part_was_read.wait(5)
        self._chunk(handler, json.dumps(seen).encode())
        handler.wfile.write(b"0\r\n\r\n")

    def _chunk(self, handler: BaseHTTPRequestHandler, data: bytes) -> None:
        handler.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        handler.wfile.flush()
