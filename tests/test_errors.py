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
from ts_customers._constraints import MEANINGS, NEEDED
from ts_customers.doctor._catalogue import shipped_catalogue

# Columns that functions alone write, keys, and a key that other tables refer to.
OUT_OF_REACH = {
    "customers_credit_hold_check",
    "customers_currency_key",
    "customers_deactivated_at_check",
    "customers_merged_into_check",
    "customers_merged_into_fkey",
    "customer_contacts_user_id_fkey",
    "customer_filter_presets_created_by_check",
    "customer_filter_presets_organization_id_fkey",
    "customer_tiers_organization_id_fkey",
    "customers_organization_id_fkey",
    "member_invitations_email_check",
    "member_invitations_organization_id_fkey",
    "member_invitations_role_check",
}


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
        ("PGRST204", Invalid, "unknown_field"),
        ("57014", Unavailable, "timed_out"),
        ("PT503", Unavailable, "unreachable"),
        ("XX000", ServerError, "server_error"),
        (None, ServerError, "server_error"),
        ("", Unavailable, "database_unreachable"),
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


def violation(constraint: str, verb: str = "insert or update") -> TsCustomersError:
    message = f'{verb} on table "x" violates foreign key constraint "{constraint}" on table "y"'
    return _errors.from_postgrest(APIError({"code": "23503", "message": message}))


def test_a_constraint_says_what_it_means() -> None:
    in_use = violation("customers_tier_fkey", "update or delete")
    assert (type(in_use), in_use.slug) == (Conflict, "tier_in_use")
    assert "move them to another tier" in in_use.hint
    assert violation("customers_tier_fkey").slug == "tier_not_found"
    assert violation("somebody_elses_fkey").slug == "missing_reference"
    assert "Check the ids" in violation("somebody_elses_fkey").hint


def test_every_constraint_of_a_table_that_users_write_says_what_it_means() -> None:
    catalogue = shipped_catalogue()
    written = {
        table
        for table, grants in catalogue["grant"].items()
        if any(
            grant.endswith(" to authenticated") and not grant.startswith(("SELECT", "EXECUTE"))
            for grant in grants
        )
    }
    found = {
        name
        for table in written
        for name, definition in catalogue["constraint"][table].items()
        if not definition.startswith("PRIMARY KEY")
    }
    found |= {
        name.removeprefix("public.")
        for table in written
        for name, definition in catalogue["index"].get(table, {}).items()
        if definition.startswith("CREATE UNIQUE")
    }
    assert found - MEANINGS.keys() == OUT_OF_REACH
    assert len(found) > 45
    needed = {
        name
        for table, constraints in catalogue["constraint"].items()
        for name, definition in constraints.items()
        if "REFERENCES public.customer_tiers" in definition and "CASCADE" not in definition
    }
    assert needed <= NEEDED.keys()
