"""One call of /auth/v1: its caller, its body, and the transaction in which it is answered.

Auth does all it does for a call in one transaction, as supabase_auth_admin, so that a trigger of
the host which raises undoes it. Everything here raises AuthError for what the client must read.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeVar

import email_validator
import jwt
import psycopg
from psycopg import sql
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncNullConnectionPool, PoolTimeout
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ._errors import AuthError, email_exists, invalid
from ._keys import read_token, upstream_token
from ._settings import Settings

MAX_CONNECTIONS = 8
WAIT_SECONDS = 5.0
MAX_BODY_BYTES = 1 << 20
# What a browser opens by itself, out of a mail or a page: it has no key.
WITHOUT_KEY = ("/auth/v1/verify", "/auth/v1/authorize")

Row = dict[str, Any]
Connection = psycopg.AsyncConnection[DictRow]
Pool = AsyncNullConnectionPool[Connection]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """What a handler works with."""

    request: Request
    settings: Settings
    bearer: str
    body: Row
    connection: Connection
    mails: list[Row] = field(default_factory=list)

    def take(self, name: str, default: T) -> T:
        """Take a value of the default's type from the body; null counts as absent."""
        value = self.body.get(name)
        if value is not None and not isinstance(value, type(default)):
            _bad_json(f"{name} must be of type {type(default).__name__}")
        return default if value is None else value

    def take_email(self, missing: str = "") -> str:
        """Take the e-mail address, checked and in lower case; test domains pass, without DNS.

        Raises: AuthError; with the message `missing`, if there is one, where the address is.
        """
        email = self.take("email", "")
        if self.take("phone", ""):
            raise AuthError(400, "phone_provider_disabled", "Phone numbers cannot sign in here")
        try:
            if email:
                email_validator.validate_email(
                    email, check_deliverability=False, test_environment=True
                )
        except email_validator.EmailNotValidError as error:
            raise invalid("Unable to validate email address: invalid format") from error
        if missing and not email:
            raise invalid(missing)
        return email.lower()

    def claims(self) -> Row:
        """Verify the token of the call and return its claims."""
        try:
            return read_token(self.bearer, self.settings)
        except jwt.InvalidTokenError as error:
            message = f"invalid JWT: unable to parse or verify signature, {error}"
            raise AuthError(403, "bad_jwt", message) from error

    async def fetch(self, query: str, **values: Any) -> list[Row]:
        """Run a query and return its rows."""
        return await (await self.connection.execute(query, values)).fetchall()

    async def run(self, statement: str, **values: Any) -> int:
        """Run a statement and return how many rows it touched."""
        return (await self.connection.execute(statement, values)).rowcount

    async def insert(self, table: str, **columns: Any) -> None:
        """Insert one row into a table of the schema auth."""
        statement = sql.SQL("insert into {} ({}) values ({})").format(
            sql.Identifier("auth", table),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL(", ").join(map(sql.Placeholder, columns)),
        )
        await self.connection.execute(statement, columns)


Answer = Row | Response | AuthError
Handler = Callable[[Call], Awaitable[Answer]]


def endpoint(handler: Handler, failure: str) -> Callable[[Request], Awaitable[Response]]:
    """Make a route of a handler; `failure` is what the client reads when the database refuses.

    A handler that returns an AuthError, rather than raise it, keeps what it has written.
    """

    async def serve(request: Request) -> Response:
        bearer = "" if request.url.path in WITHOUT_KEY else upstream_token(request)
        state, body = request.app.state, await read_body(request)
        async with _transaction(state.pool, failure) as connection:
            call = Call(request, state.settings, bearer, body, connection)
            answer = await handler(call)
        state.inbox.extend(call.mails)
        if isinstance(answer, AuthError):
            raise answer
        return answer if isinstance(answer, Response) else JSONResponse(answer)

    return serve


def open_pool(url: str) -> Pool:
    """Make the way to the database: a few connections at a time, each of them new.

    None is kept, since PostgreSQL may restart at any moment; connecting takes milliseconds.
    """
    return AsyncNullConnectionPool(
        url,
        connection_class=psycopg.AsyncConnection[DictRow],
        kwargs={"row_factory": dict_row, "connect_timeout": 3, "options": "-c timezone=UTC"},
        max_size=MAX_CONNECTIONS,
        timeout=WAIT_SECONDS,
        open=False,
    )


@asynccontextmanager
async def _transaction(pool: Pool, failure: str) -> AsyncIterator[Connection]:
    try:
        async with pool.connection() as connection:
            yield connection
    except (psycopg.Error, PoolTimeout) as error:
        if _is_down(error):
            message = "The database does not answer: `ts-customers status` says what runs"
            raise AuthError(503, "unexpected_failure", message) from error
        if error.diag.constraint_name == "users_email_partial_key":
            raise email_exists() from error
        raise AuthError(500, "unexpected_failure", failure) from error


def _is_down(error: psycopg.Error) -> bool:
    # What a trigger of the host raises has a SQLSTATE of its own; a lost connection has none.
    state = error.sqlstate or ""
    lost = not state or state.startswith("08") or state in ("57P01", "57P02", "57P03")
    return isinstance(error, psycopg.OperationalError) and lost


async def read_body(request: Request) -> Row:
    """Read the JSON object that a request carries; an empty body is an empty one.

    Raises: AuthError.
    """
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_BODY_BYTES:
            message = f"Request body too large (max {MAX_BODY_BYTES} bytes)"
            raise AuthError(413, "request_entity_too_large", message)
    try:
        body = json.loads(raw.decode() or "{}", parse_constant=_bad_json)
        # Half a surrogate pair and 1e999 are JSON, but neither UTF-8 nor storable.
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        _bad_json(str(error))
    return body if isinstance(body, dict) else _bad_json("an object is needed")


def _bad_json(reason: str) -> NoReturn:
    raise AuthError(400, "bad_json", f"Could not parse request body as JSON: {reason}")
