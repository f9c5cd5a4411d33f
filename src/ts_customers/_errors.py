"""What can go wrong, as one tree.

TsCustomersError
├── NotSignedIn            nobody is signed in, or not with this password
│   └── SessionExpired     the stored session has ended
├── NotAllowed             the role does not permit it
├── NotFound               it does not exist, or belongs to somebody else
├── Conflict               it contradicts what is there
├── Invalid                a value breaks a rule
├── InputFileError         a file cannot be read, or is not what it should be
├── StackError             the stack cannot be started, stopped or asked
├── Unavailable            no answer came, or not in time
└── ServerError            the server failed, or answered what nobody expects

Each carries a message for a person, a stable `slug` for programs (docs/errors.md lists them) and a
`hint` that says what to do next, empty where there is nothing to say.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ts_customers._constraints import MEANINGS, NEEDED, Meaning

if TYPE_CHECKING:
    import httpx
    import psycopg
    from postgrest.exceptions import APIError
    from supabase_auth.errors import AuthError


class TsCustomersError(Exception):
    """What this package raises."""

    def __init__(self, message: str, *, slug: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.slug = slug
        self.hint = hint


class NotSignedIn(TsCustomersError):
    """Nobody is signed in, or not with this password."""


class SessionExpired(NotSignedIn):
    """The stored session has ended."""


class NotAllowed(TsCustomersError):
    """The role does not permit it."""


class NotFound(TsCustomersError):
    """It does not exist, or belongs to somebody else: the two are never told apart."""


class Conflict(TsCustomersError):
    """It contradicts what is there."""


class Invalid(TsCustomersError):
    """A value breaks a rule."""


class InputFileError(TsCustomersError):
    """A file cannot be read, or is not what it should be."""


class StackError(TsCustomersError):
    """The stack cannot be started, stopped or asked."""


class Unavailable(TsCustomersError):
    """No answer came, or not in time."""


class ServerError(TsCustomersError):
    """The server failed, or answered what nobody expects."""


LOGIN_HINT = "Run: ts-customers login"

# SQLSTATE, or PostgREST's own code, to the class and to the slug of an error that names none.
_KINDS: dict[str, tuple[type[TsCustomersError], str]] = {
    "42501": (NotAllowed, "not_allowed"),
    "PT401": (NotSignedIn, "not_signed_in"),
    "PT403": (NotAllowed, "not_allowed"),
    "PT404": (NotFound, "not_found"),
    "PGRST116": (NotFound, "not_found"),
    "PT409": (Conflict, "conflict"),
    "23505": (Conflict, "duplicate"),
    "23503": (Conflict, "missing_reference"),
    "23P01": (Conflict, "overlap"),
    "PT422": (Invalid, "invalid"),
    "23514": (Invalid, "check_violated"),
    "23502": (Invalid, "missing_value"),
    "22P02": (Invalid, "malformed_value"),
    "22001": (Invalid, "malformed_value"),
    "22003": (Invalid, "malformed_value"),
    "22007": (Invalid, "malformed_value"),
    "22008": (Invalid, "malformed_value"),
    "PGRST301": (SessionExpired, "session_expired"),
    "PGRST302": (NotSignedIn, "not_signed_in"),
    "PGRST303": (SessionExpired, "session_expired"),
    "42P01": (ServerError, "schema_outdated"),
    "42883": (ServerError, "schema_outdated"),
    "PGRST202": (ServerError, "schema_outdated"),
    "PGRST204": (Invalid, "unknown_field"),
    "PGRST205": (ServerError, "schema_outdated"),
    "PGRST000": (Unavailable, "database_unreachable"),
    "PGRST001": (Unavailable, "database_unreachable"),
    "PGRST002": (Unavailable, "database_unreachable"),
    "PGRST003": (Unavailable, "timed_out"),
    "57014": (Unavailable, "timed_out"),
    "55P03": (Unavailable, "locked"),
    "57P01": (Unavailable, "database_unreachable"),
    "57P02": (Unavailable, "database_unreachable"),
    "57P03": (Unavailable, "database_unreachable"),
    # PostgREST, where its connection breaks in the middle of a call.
    "": (Unavailable, "database_unreachable"),
    "08000": (Unavailable, "database_unreachable"),
    "08001": (Unavailable, "database_unreachable"),
    "08003": (Unavailable, "database_unreachable"),
    "08006": (Unavailable, "database_unreachable"),
    "PT503": (Unavailable, "unreachable"),
    "502": (Unavailable, "unreachable"),
    "503": (Unavailable, "unreachable"),
    "504": (Unavailable, "timed_out"),
}

_HINTS = {
    "not_signed_in": LOGIN_HINT,
    "session_expired": LOGIN_HINT,
    "schema_outdated": "Run: ts-customers migrate",
    "database_unreachable": "Try again in a moment; ts-customers status says what runs.",
    "unreachable": "Try again in a moment; ts-customers status says what runs.",
    "timed_out": "Try again with less at once.",
    "locked": "Try again in a moment.",
    "unknown_field": "Check the spelling; what is new comes with ts-customers migrate.",
    "duplicate": "Something has this value already: choose another one, or change that.",
    "missing_reference": "Check the ids: one of them names what is not there, or is needed.",
    "overlap": "Something is there already in its place; look, and try again.",
    "check_violated": "Check the value: the comment of the table or column says what it may be.",
    "missing_value": "Give a value: the message names the column that needs one.",
    "malformed_value": "Check how the value is written: the message names it.",
    "server_error": "Try again; if it stays, ts-customers doctor or logs may say why.",
    "rate_limited": "Wait a minute, and try again.",
    "user_banned": "Ask whoever runs the project.",
}

# What Auth calls a wrong password, a used-up or revoked refresh token, and a user who is gone.
_AUTH_KINDS: dict[str, tuple[type[TsCustomersError], str]] = {
    "invalid_credentials": (NotSignedIn, "invalid_credentials"),
    "email_not_confirmed": (NotSignedIn, "email_not_confirmed"),
    "user_banned": (NotSignedIn, "user_banned"),
    "refresh_token_not_found": (SessionExpired, "session_expired"),
    "refresh_token_already_used": (SessionExpired, "session_expired"),
    "session_not_found": (SessionExpired, "session_expired"),
    "session_expired": (SessionExpired, "session_expired"),
    "user_not_found": (SessionExpired, "session_expired"),
    "bad_jwt": (SessionExpired, "session_expired"),
    "over_request_rate_limit": (Unavailable, "rate_limited"),
}


def from_postgrest(error: APIError) -> TsCustomersError:
    """Translate what PostgREST answered."""
    return _translate(error.code, error.message, error.details, error.hint)


def from_psycopg(error: psycopg.Error) -> TsCustomersError:
    """Translate what PostgreSQL, or the connection to it, said."""
    if error.sqlstate is None:
        reason = str(error).strip().partition("\n")[0]
        return Unavailable(
            f"the database cannot be reached: {reason}",
            slug="database_unreachable",
            hint=_HINTS["database_unreachable"],
        )
    diagnostic = error.diag
    return _translate(
        error.sqlstate,
        diagnostic.message_primary,
        diagnostic.message_detail,
        diagnostic.message_hint,
        diagnostic.constraint_name,
    )


def from_auth(error: AuthError) -> TsCustomersError:
    """Translate what Auth answered."""
    status = getattr(error, "status", 0)
    if error.code in _AUTH_KINDS:
        kind, slug = _AUTH_KINDS[error.code]
    elif status in (400, 401, 403):
        kind, slug = NotSignedIn, error.code or "not_signed_in"
    elif status == 0 or status >= 500:
        kind, slug = Unavailable, "unreachable"
    else:
        kind, slug = ServerError, error.code or "auth_failed"
    return kind(error.message, slug=slug, hint=_HINTS.get(slug, ""))


def from_httpx(error: httpx.HTTPError, url: str) -> TsCustomersError:
    """Translate a request to `url` that got no answer."""
    reason = str(error) or type(error).__name__
    return Unavailable(
        f"{url} does not answer: {reason}", slug="unreachable", hint="Run: ts-customers up"
    )


def _translate(
    code: str | None,
    message: str | None,
    detail: object,
    hint: str | None,
    constraint: str | None = None,
) -> TsCustomersError:
    unknown = (ServerError, "server_error")
    kind, slug = unknown if code is None else _KINDS.get(code, unknown)
    if meaning := _meaning(code, message, constraint):
        return kind(meaning.message, slug=meaning.slug, hint=meaning.hint)
    # DETAIL is a slug in errors of ours, prose in PostgreSQL's and PostgREST's own.
    if isinstance(detail, str) and re.fullmatch(r"[a-z][a-z0-9_]*", detail):
        slug = detail
    # PostgREST's own guess at what was meant helps nobody whose migrations are behind.
    hint = _HINTS["schema_outdated"] if slug == "schema_outdated" else hint or _HINTS.get(slug, "")
    if kind is SessionExpired:
        message = f"the session has ended or is not valid: {message}"
    if code == "":
        message = message or "the connection to the database was lost"
    return kind(message or f"the server answered {code}", slug=slug, hint=hint)


def _meaning(code: str | None, message: str | None, constraint: str | None) -> Meaning | None:
    """What it means that a constraint is violated, which PostgREST names in the message alone."""
    if code is None or not code.startswith("23"):
        return None
    if constraint is None and (named := re.search(r'constraint "(\w+)"', message or "")):
        constraint = named[1]
    # One foreign key, two ways to break it: naming what is not there, taking away what is named.
    is_needed = (message or "").startswith("update or delete")
    return (NEEDED if is_needed else MEANINGS).get(constraint or "")
