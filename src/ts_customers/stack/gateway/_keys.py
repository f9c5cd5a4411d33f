"""API keys: who is calling, and with which token the request goes on upstream.

Clients hold opaque keys (`sb_publishable_…`, `sb_secret_…`); PostgREST and Auth only know tokens.
So a key is swapped for a short-lived token of its role, unless the caller brings a user's token.
"""

import hmac
import re
import time
from typing import Any

import jwt
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response

from ._settings import Settings

INTERNAL_TOKEN_SECONDS = 60
LEGACY_ROLES = ("anon", "service_role")


class KeyRefused(Exception):
    """The API key is missing, wrong, or used where it must not be."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


def upstream_token(request: HTTPConnection, key_seconds: int = INTERNAL_TOKEN_SECONDS) -> str:
    """Say with which token a request goes on: the user's, or one for the role of the API key.

    Raises: KeyRefused.
    """
    settings: Settings = request.app.state.settings
    key = request.headers.get("apikey") or request.query_params.get("apikey", "")
    if not key:
        hint = "No `apikey` request header or url param was found."
        raise KeyRefused("No API key found in request", hint)
    role = _role_of(key, settings)
    if role is None:
        hint = "Double check your Supabase publishable or secret API key."
        raise KeyRefused("Invalid API key", hint)
    if key.startswith("sb_secret_") and "Mozilla/" in request.headers.get("user-agent", ""):
        hint = "Keep secret API keys on servers, and replace this one: it has been exposed."
        raise KeyRefused("Forbidden use of secret API key in browser", hint)
    bearer = bearer_of(request)
    if bearer in ("", key):
        expiry = int(time.time()) + key_seconds
        return jwt.encode({"iss": "supabase", "role": role, "exp": expiry}, settings.jwt_secret)
    if bearer.startswith("sb_"):
        hint = "A key in `Authorization` must be the one in `apikey`."
        raise KeyRefused("Invalid API key", hint)
    return bearer


def bearer_of(request: HTTPConnection) -> str:
    """Take the bearer token out of the Authorization header; empty when there is none."""
    match = re.fullmatch(r"[Bb]earer\s+(\S+)", request.headers.get("authorization", "").strip())
    return match[1] if match else ""


def read_token(token: str, settings: Settings) -> dict[str, Any]:
    """Verify a token and return its claims.

    Raises: jwt.InvalidTokenError.
    """
    options: jwt.types.Options = {"verify_aud": False, "verify_iat": False}
    return jwt.decode(token, settings.jwt_secret, algorithms=["HS256"], options=options)


def key_refused(_request: HTTPConnection, error: Exception) -> Response:
    """Answer as the hosted gateway does."""
    assert isinstance(error, KeyRefused)
    return JSONResponse({"message": error.message, "hint": error.hint}, 401)


def _role_of(key: str, settings: Settings) -> str | None:
    if hmac.compare_digest(key.encode(), settings.publishable_key.encode()):
        return "anon"
    if hmac.compare_digest(key.encode(), settings.secret_key.encode()):
        return "service_role"
    try:
        role = read_token(key, settings).get("role")
    except jwt.InvalidTokenError:
        return None
    return role if role in LEGACY_ROLES else None
