"""Errors of /auth/v1, in the two shapes that Supabase Auth gives them.

Clients that send `X-Supabase-Api-Version: 2024-01-01` read `{"code", "message"}`, and only if the
answer repeats the version; older ones read `{"code": <status>, "error_code", "msg"}`.
"""

import logging
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

VERSION_HEADER = "X-Supabase-Api-Version"
NEW_SHAPE_SINCE = date(2024, 1, 1)

log = logging.getLogger("ts_customers.gateway")


class AuthError(Exception):
    """A request to Auth that is refused, or that failed."""

    def __init__(self, status: int, code: str, message: str, **extra: Any) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.extra = status, code, message, extra


def invalid(message: str) -> AuthError:
    """Build the answer to a value that is understood but not valid."""
    return AuthError(400, "validation_failed", message)


def email_exists() -> AuthError:
    """Build the answer to a second account for one e-mail address."""
    message = "A user with this email address has already been registered"
    return AuthError(422, "email_exists", message)


def auth_error(request: Request, error: Exception) -> Response:
    """Answer with an AuthError in the shape that the client asked for."""
    assert isinstance(error, AuthError)
    if error.__cause__ and error.status >= 500:
        # Only the primary message: DETAIL and CONTEXT quote rows, hashes of passwords among them.
        reason = getattr(getattr(error.__cause__, "diag", None), "message_primary", None)
        log.error("%s: %s %s", error.message, type(error.__cause__).__name__, reason or "")
    headers = {"X-Sb-Error-Code": error.code}
    body: dict[str, Any] = {"code": error.status, "error_code": error.code, "msg": error.message}
    try:
        if date.fromisoformat(request.headers.get(VERSION_HEADER, "")) >= NEW_SHAPE_SINCE:
            headers[VERSION_HEADER] = NEW_SHAPE_SINCE.isoformat()
            body = {"code": error.code, "message": error.message}
    except ValueError:
        pass  # no version, or none that is a date: the old shape
    return JSONResponse(body | error.extra, error.status, headers)
