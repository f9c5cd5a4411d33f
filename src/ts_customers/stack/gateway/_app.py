"""The gateway's routes and what surrounds them."""

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute

from . import _admin, _auth, _mails, _realtime, _rest, _verify
from ._call import endpoint, open_pool
from ._errors import AuthError
from ._keys import KeyRefused, key_refused, upstream_token
from ._permissions import Refused
from ._settings import Settings

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
EXPOSED_HEADERS = (
    "Content-Encoding Content-Location Content-Range Content-Type Date Link Location Range-Unit "
    "Preference-Applied Proxy-Status Server X-Sb-Error-Code X-Supabase-Api-Version X-Total-Count"
).split()

USER, LINKS = "/admin/users/{user_id}", "/admin/generate_link"
ONE_BROADCAST = "/api/broadcast/{topic:path}/events/{event:path}"
# Method, path, handler, and what a client reads when the database refuses.
AUTH_ROUTES = [
    ("POST", "/signup", _auth.sign_up, "Database error saving new user"),
    ("POST", "/token", _auth.token, "Database error granting user"),
    ("GET", "/user", _auth.get_user, "Database error loading user"),
    ("PUT", "/user", _auth.update_user, "Error updating user"),
    ("POST", "/logout", _auth.logout, "Error logging out user"),
    ("POST", "/admin/users", _admin.admin(_admin.create_user), "Database error creating new user"),
    ("GET", "/admin/users", _admin.admin(_admin.list_users), "Database error finding users"),
    ("GET", USER, _admin.admin(_admin.get_user), "Database error loading user"),
    ("PUT", USER, _admin.admin(_admin.update_user), "Error updating user"),
    ("DELETE", USER, _admin.admin(_admin.delete_user), "Database error deleting user"),
    ("POST", "/otp", _auth.otp, "Database error saving new user"),
    ("POST", "/magiclink", _auth.otp, "Database error saving new user"),
    ("POST", "/resend", _auth.resend, "Unable to process request"),
    ("POST", "/verify", _verify.verify, "Database error updating user"),
    ("GET", "/verify", _verify.follow, "Database error updating user"),
    ("POST", "/invite", _admin.admin(_admin.invite), "Database error saving new user"),
    ("POST", LINKS, _admin.admin(_admin.generate_link), "Database error saving new user"),
]
# What an Auth server may have switched off, as this one has: method, path, and its error.
SWITCHED_OFF = [
    ("POST", "/recover", (422, "email_provider_disabled", "Password recovery is switched off")),
    ("GET", "/authorize", (400, "validation_failed", "Unsupported provider: it is not enabled")),
    ("POST", "/sso", (404, "saml_provider_disabled", "SAML 2.0 is disabled")),
    ("POST", "/factors", (422, "mfa_totp_enroll_not_enabled", "MFA enroll is disabled for TOTP")),
    ("POST", "/factors/{id}/{step}", (422, "mfa_totp_verify_not_enabled", "MFA is disabled")),
]
AUTH_ROUTES += [(m, p, _auth.switched_off(*error), "") for m, p, error in SWITCHED_OFF]


def build_app(settings: Settings) -> Starlette:
    """Build the gateway; it connects to nothing before it is started."""
    app = Starlette(
        routes=[
            *(Route(f"/auth/v1{p}", endpoint(h, f), methods=[m]) for m, p, h, f in AUTH_ROUTES),
            Route("/auth/v1/health", _health),
            Route("/auth/v1/settings", _auth_settings),
            Route("/auth/v1/.well-known/jwks.json", _public_keys),
            Route("/rest/v1", _rest.proxy, methods=METHODS),
            Route("/rest/v1/{path:path}", _rest.proxy, methods=METHODS),
            WebSocketRoute("/realtime/v1/websocket", _realtime.connect),
            Route("/realtime/v1/api/broadcast", _realtime.send_many, methods=["POST"]),
            Route(f"/realtime/v1{ONE_BROADCAST}", _realtime.send_one, methods=["POST"]),
            Route("/inbox", _mails.inbox),
        ],
        middleware=[
            Middleware(
                CORSMiddleware,
                allow_origins=["*"],
                allow_methods=METHODS,
                allow_headers=["*"],
                expose_headers=EXPOSED_HEADERS,
                max_age=3600,
            )
        ],
        exception_handlers={
            AuthError: _mails.refused,
            KeyRefused: key_refused,
            Refused: _realtime.refused,
            HTTPException: _not_routed,
        },
        lifespan=_lifespan,
    )
    app.router.redirect_slashes = False
    app.state.settings = settings
    app.state.inbox = deque(maxlen=_mails.KEPT)
    return app


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    # PostgreSQL limits how long a statement runs, so the gateway does not.
    timeout = httpx.Timeout(None, connect=5.0, pool=10.0)
    async with (
        httpx.AsyncClient(timeout=timeout, trust_env=False) as app.state.rest,
        open_pool(app.state.settings.auth_db_url) as app.state.pool,
        _realtime.open_realtime(app),
    ):
        yield


async def _health(request: Request) -> Response:
    upstream_token(request)
    description = "GoTrue is a user registration and authentication API"
    return JSONResponse({"version": "dev", "name": "GoTrue", "description": description})


async def _auth_settings(request: Request) -> Response:
    upstream_token(request)
    settings: Settings = request.app.state.settings
    return JSONResponse(
        {
            "external": {"anonymous_users": False, "email": True, "phone": False},
            "disable_signup": not settings.enable_signup,
            "mailer_autoconfirm": not settings.enable_confirmations,
            "phone_autoconfirm": False,
        }
    )


async def _public_keys(_request: Request) -> Response:
    # Tokens are signed with a shared secret, which is not published.
    return JSONResponse({"keys": []})


async def _not_routed(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    missing = "no Route matched with those values"
    message = missing if error.status_code == 404 else error.detail
    return JSONResponse({"message": message}, error.status_code, error.headers)
