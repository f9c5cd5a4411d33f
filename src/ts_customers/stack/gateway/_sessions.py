"""Sessions: a short-lived access token, and a refresh token that is spent to get the next."""

import secrets
import string
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import jwt

from . import _users
from ._call import Call, Row
from ._errors import AuthError

TOKEN_ALPHABET = string.ascii_lowercase + string.digits
CLAIMED = ("aud", "email", "phone", "app_metadata", "user_metadata", "role", "is_anonymous")


async def start(call: Call, user: Row, method: str) -> Row:
    """Sign a user in; `method` is how it proved who it is.

    Returns: the body of a session, as Auth answers it.
    """
    now, session_id = datetime.now(UTC), uuid4()
    instants = dict.fromkeys(("created_at", "updated_at"), now)
    await call.insert(
        "sessions", id=session_id, user_id=user["id"], aal="aal1", **_client(call), **instants
    )
    token = await _add_refresh_token(call, user, session_id)
    user = await _users.update(call, user, last_sign_in_at=now)
    proof = {"id": uuid4(), "session_id": session_id, "authentication_method": method}
    await call.insert("mfa_amr_claims", **proof, **instants)
    return await _body(call, user, session_id, token)


async def refresh(call: Call, given: str) -> Row | AuthError:
    """Spend a refresh token; one that was spent before ends its session.

    Returns: the body of the session, or why there is none.
    """
    rows = await call.fetch(
        "select t.*, s.not_after from auth.refresh_tokens as t"
        " join auth.sessions as s on s.id = t.session_id where t.token = %(token)s for update",
        token=given,
    )
    user = rows and await _users.find(call, user_id=UUID(rows[0]["user_id"]))
    if not user:
        return _refused("refresh_token_not_found", "Refresh Token Not Found")
    [spent] = rows
    if is_banned(user):
        return _refused("user_banned", "User Banned")
    if spent["not_after"] and spent["not_after"] < datetime.now(UTC):
        return _refused("session_expired", "Session Expired")

    session_id: UUID = spent["session_id"]
    token = await _token_for_reuse(call, spent) if spent["revoked"] else ""
    await call.run(
        "update auth.refresh_tokens set revoked = true, updated_at = now()"
        " where session_id = %(session)s and not revoked and token <> %(kept)s",
        session=session_id,
        kept=token,
    )
    if spent["revoked"] and not token:
        return _refused("refresh_token_already_used", "Already Used")
    await call.run(
        "update auth.sessions set refreshed_at = now() at time zone 'utc', updated_at = now(),"
        " user_agent = %(user_agent)s, ip = %(ip)s where id = %(id)s",
        id=session_id,
        **_client(call),
    )
    token = token or await _add_refresh_token(call, user, session_id, parent=given)
    return await _body(call, user, session_id, token)


async def end(call: Call, user: Row, session_id: UUID | None, scope: str) -> None:
    """Sign a user out of this session (`local`), of all others (`others`), or of all (`global`)."""
    condition = {"local": "id = %(id)s", "others": "id is distinct from %(id)s"}.get(scope, "true")
    statement = f"delete from auth.sessions where user_id = %(user)s and {condition}"
    await call.run(statement, user=user["id"], id=session_id)


def is_banned(user: Row) -> bool:
    """Say whether a user is banned at this moment."""
    return bool(user["banned_until"] and user["banned_until"] > datetime.now(UTC))


async def _body(call: Call, user: Row, session_id: UUID, refresh_token: str) -> Row:
    shown = await _users.show(call, user)
    methods = await call.fetch(
        "select authentication_method as method, extract(epoch from created_at)::int as timestamp"
        " from auth.mfa_amr_claims where session_id = %(id)s order by created_at desc",
        id=session_id,
    )
    now, lifetime = int(time.time()), call.settings.jwt_expiry_seconds
    claims = {name: shown[name] for name in CLAIMED} | {
        "iss": f"http://127.0.0.1:{call.settings.port}/auth/v1",
        "sub": shown["id"],
        "exp": now + lifetime,
        "iat": now,
        "aal": "aal1",
        "amr": methods,
        "session_id": str(session_id),
    }
    return {
        "access_token": jwt.encode(claims, call.settings.jwt_secret),
        "token_type": "bearer",
        "expires_in": lifetime,
        "expires_at": now + lifetime,
        "refresh_token": refresh_token,
        "user": shown,
    }


async def _add_refresh_token(
    call: Call, user: Row, session_id: UUID, parent: str | None = None
) -> str:
    token = "".join(secrets.choice(TOKEN_ALPHABET) for _ in range(12))
    known = dict.fromkeys(("created_at", "updated_at"), datetime.now(UTC))
    owner = {"instance_id": _users.NO_INSTANCE, "user_id": user["id"], "session_id": session_id}
    await call.insert("refresh_tokens", token=token, revoked=False, parent=parent, **owner, **known)
    return token


async def _token_for_reuse(call: Call, spent: Row) -> str:
    # A client that lost the answer to its refresh, or that refreshed in two tabs at once, gets the
    # token that is active now. Anyone else holds a copy.
    active = await call.fetch(
        "select token from auth.refresh_tokens where session_id = %(session)s and not revoked"
        " and (parent = %(parent)s or now() < %(until)s) order by id desc limit 1",
        session=spent["session_id"],
        parent=spent["token"],
        until=spent["updated_at"] + timedelta(seconds=call.settings.refresh_token_reuse_seconds),
    )
    return active[0]["token"] if active else ""


def _client(call: Call) -> dict[str, str | None]:
    address = call.request.client
    return {"user_agent": call.request.headers.get("user-agent"), "ip": address and address.host}


def _refused(code: str, reason: str) -> AuthError:
    return AuthError(400, code, f"Invalid Refresh Token: {reason}")
