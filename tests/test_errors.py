"""What the API, the database and Auth answer becomes one tree of errors."""

from __future__ import annotations

import httpx
import psycopg
import pytest
from postgrest.exceptions import APIError
from supabase_auth.errors import AuthApiError

from ts_customers import (
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    ServerError,
    SessionExpired,
    TsCustomersError,
    Unavailable,
    _errors,
)


def api_error(code: str | None, details: str | None = None, hint: str | None = None) -> APIError:
    return APIError({"code": code, "message": "it failed", "details": details, "hint": hint})


@pytest.mark.parametrize(
    ("code", "kind", "slug"),
    [
        ("42501", NotAllowed, "not_allowed"),
        ("PT404", NotFound, "not_found"),
        ("PT409", Conflict, "conflict"),
        ("23505", Conflict, "duplicate"),
        ("23503", Conflict, "missing_reference"),
        ("PT422", Invalid, "invalid"),
        ("23514", Invalid, "check_violated"),
        ("22P02", Invalid, "malformed_value"),
        ("23502", Invalid, "missing_value"),
        ("PGRST301", SessionExpired, "session_expired"),
        ("PGRST202", ServerError, "schema_outdated"),
        ("57014", Unavailable, "timed_out"),
        ("PT503", Unavailable, "unreachable"),
        ("XX000", ServerError, "server_error"),
        (None, ServerError, "server_error"),
    ],
)
def test_a_code_of_the_api_decides_the_class(
    code: str | None, kind: type[TsCustomersError], slug: str
) -> None:
    error = _errors.from_postgrest(api_error(code))

    assert type(error) is kind
    assert error.slug == slug


def test_a_slug_in_the_detail_and_the_hint_are_kept() -> None:
    error = _errors.from_postgrest(
        api_error("PT409", details="tier_change_pending", hint="Decide that one first.")
    )

    assert (error.message, error.slug, error.hint) == (
        "it failed",
        "tier_change_pending",
        "Decide that one first.",
    )


def test_prose_in_the_detail_is_no_slug() -> None:
    error = _errors.from_postgrest(api_error("23505", details="Key (name)=(x) already exists."))

    assert error.slug == "duplicate"


def test_what_ends_a_session_says_how_to_sign_in() -> None:
    assert "ts-customers login" in _errors.from_postgrest(api_error("PGRST303")).hint


def test_a_connection_that_fails_is_unavailable() -> None:
    error = _errors.from_psycopg(psycopg.OperationalError("connection refused\nmore"))

    assert type(error) is Unavailable
    assert error.message == "the database cannot be reached: connection refused"


def test_an_sqlstate_of_psycopg_decides_the_class() -> None:
    error = _errors.from_psycopg(psycopg.errors.UniqueViolation("taken"))

    assert type(error) is Conflict
    assert error.slug == "duplicate"


@pytest.mark.parametrize(
    ("code", "status", "kind", "slug"),
    [
        ("invalid_credentials", 400, NotSignedIn, "invalid_credentials"),
        ("refresh_token_already_used", 400, SessionExpired, "session_expired"),
        (None, 401, NotSignedIn, "not_signed_in"),
        (None, 503, Unavailable, "unreachable"),
        ("weak_password", 422, ServerError, "weak_password"),
    ],
)
def test_a_code_of_auth_decides_the_class(
    code: str | None, status: int, kind: type[TsCustomersError], slug: str
) -> None:
    error = _errors.from_auth(AuthApiError("it failed", status, code))  # type: ignore[arg-type]

    assert type(error) is kind
    assert error.slug == slug


def test_no_answer_names_the_address() -> None:
    error = _errors.from_httpx(httpx.ConnectError("refused"), "http://127.0.0.1:1")

    assert type(error) is Unavailable
    assert error.message == "http://127.0.0.1:1 does not answer: refused"


def test_the_module_draws_every_class_of_the_tree() -> None:
    def below(kind: type[TsCustomersError]) -> set[type[TsCustomersError]]:
        return {kind}.union(*(below(child) for child in kind.__subclasses__()))

    drawn = _errors.__doc__ or ""
    ours = {kind for kind in below(TsCustomersError) if kind.__module__ == _errors.__name__}
    assert [kind.__name__ for kind in ours if kind.__name__ not in drawn] == []
