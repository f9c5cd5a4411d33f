"""Who may use a channel: what its token says, and what the policies on realtime.messages answer.

The policies are asked as Supabase Realtime asks them, by rows that are rolled back.
"""

import json
import time
from collections.abc import Collection
from uuid import uuid4

import jwt
import psycopg
from psycopg.types.json import Jsonb
from starlette.requests import HTTPConnection

from ._call import Pool, Row
from ._keys import read_token

API_ROLES = ("anon", "authenticated", "service_role")
BECOME = "select set_config(s.key, s.value, true) from jsonb_each_text(%s) as s"
PROBE = "insert into realtime.messages (id, topic, extension) values (%s, %s, %s)"
READABLE = "select id from realtime.messages where id = any(%s)"


class Refused(Exception):
    """Realtime says no, in the words of the hosted one; replies carry its code as well."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.message = message


def read_claims(token: str, connection: HTTPConnection) -> Row:
    """Verify a token and return its claims.

    Raises: Refused.
    """
    try:
        claims = read_token(token, connection.app.state.settings)
    except jwt.ExpiredSignatureError as error:
        expiry = jwt.decode(token, options={"verify_signature": False})["exp"]
        seconds = int(time.time()) - int(expiry)
        raise Refused("InvalidJWTToken", f"Token has expired {seconds} seconds ago") from error
    except jwt.InvalidSignatureError as error:
        raise Refused("JwtSignatureError", "Failed to validate JWT signature") from error
    except jwt.InvalidAlgorithmError as error:
        message = "Failed to generate JWT signer, check your JWT secret or JWKS configuration"
        raise Refused("JwtSignerError", message) from error
    except (jwt.InvalidTokenError, RecursionError) as error:
        raise Refused("MalformedJWT", "The token provided is not a valid JWT") from error
    if not {"role", "exp"} <= claims.keys():
        raise Refused("InvalidJWTToken", "Fields `role` and `exp` are required in JWT")
    return claims


def caller(topic: str, claims: Row, connection: HTTPConnection) -> dict[str, str]:
    """Return the settings by which policies know who asks, and for which topic."""
    return {
        "role": str(claims["role"]),
        "realtime.topic": topic,
        "request.jwt.claims": json.dumps(claims),
        "request.jwt.claim.sub": str(claims.get("sub", "")),
        "request.jwt.claim.role": str(claims["role"]),
        "request.headers": json.dumps(dict(connection.headers)),
        "statement_timeout": "8s",
    }


async def ask(
    pool: Pool, settings: dict[str, str], extensions: Collection[str], *, to_write: bool = False
) -> set[str]:
    """Ask the policies which extensions a caller may read, or whether it may write to one.

    Raises: Refused where the database cannot tell.
    """
    if settings["role"] not in API_ROLES:
        return set()
    ids = {uuid4(): extension for extension in extensions}
    topic, become = settings["realtime.topic"], (BECOME, (Jsonb(settings),))
    probes = [(PROBE, (key, topic, extension)) for key, extension in ids.items()]
    steps: list[tuple[str, tuple[object, ...]]]
    steps = [become, *probes] if to_write else [*probes, become]
    try:
        async with pool.connection() as connection, connection.transaction(force_rollback=True):
            for statement, values in steps:
                await connection.execute(statement, values)
            if to_write:
                return set(extensions)
            rows = await (await connection.execute(READABLE, [list(ids)])).fetchall()
            return {ids[row["id"]] for row in rows}
    except psycopg.OperationalError as error:
        message = "Realtime was unable to connect to the project database"
        raise Refused("UnableToConnectToProject", message) from error
    except psycopg.errors.CheckViolation as error:
        message = "Realtime was unable to find the expected messages partition"
        raise Refused("MissingPartition", message) from error
    except psycopg.Error:
        return set()  # refused by a policy, or by one that raises
