"""/auth/v1 for users: sign-up, codes and links by mail, tokens, the user itself, logout."""

import secrets
from datetime import UTC, datetime
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb
from starlette.responses import Response

from . import _mails, _pkce, _sessions, _users
from ._call import Answer, Call, Handler, Row
from ._errors import AuthError, email_exists, invalid
from ._keys import bearer_of


def switched_off(status: int, code: str, message: str) -> Handler:
    """Make the handler of a feature that an Auth server may have switched off, as this one has."""

    async def refuse(_call: Call) -> Answer:
        return AuthError(status, code, message)

    return refuse


async def sign_up(call: Call, email: str = "", password: str = "") -> Answer:
    """POST /signup: add a user; without confirmations it is signed in at once."""
    email, password = email or call.take_email(), password or call.take("password", "")
    data: Row = call.take("data", {})
    if not call.settings.enable_signup:
        raise AuthError(422, "signup_disabled", "Signups not allowed for this instance")
    if not email:
        message = "Anonymous sign-ins are disabled"
        raise AuthError(422, "anonymous_provider_disabled", message)
    if not password:
        raise invalid("Signup requires a valid password")
    password_hash = await _users.hash_password(call, password)

    user = await _users.find(call, email=email)
    if user and user["email_confirmed_at"]:
        if call.settings.enable_confirmations:
            return _pretend_to_sign_up(email, data)
        raise AuthError(422, "user_already_exists", "User already registered")
    if user is None:
        user = await _users.create(call, email, password_hash, data)
        user = await _users.update(call, user, role=_users.AUDIENCE)
        metadata = await _users.create_identity(call, user, data)
        user = await _users.update(call, user, raw_user_meta_data=Jsonb(metadata))
    if call.settings.enable_confirmations:
        shown = await _users.show(call, await _mails.send(call, email, "signup"))
        # What an invitation says of somebody is not for whoever knows the address.
        return shown | ({"user_metadata": {}, "identities": []} if user["invited_at"] else {})
    user = await _users.confirm_email(call, user)
    return await _sessions.start(call, user, "password")


async def otp(call: Call) -> Answer:
    """POST /otp and /magiclink: mail a code and a link, to a new user too unless told not to."""
    email = call.take_email("One of email or phone must be set")
    user = await _users.find(call, email=email)
    if user is None and not call.take("create_user", default=True):
        raise AuthError(422, "otp_disabled", "Signups not allowed for otp")
    if user is None or not user["email_confirmed_at"]:
        await sign_up(call, email, secrets.token_urlsafe(32))
        if call.settings.enable_confirmations:
            return {}  # the mail that confirms the address signs in as well
    await _mails.send(call, email, "magiclink")
    return {}


async def resend(call: Call) -> Answer:
    """POST /resend: mail a confirmation again; whoever needs none gets the same answer."""
    kind, email = call.take("type", ""), call.take_email("Type provided requires an email address")
    if kind not in ("signup", "email_change"):
        raise invalid("Missing one of these types: signup, email_change, sms, phone_change")
    user = await _users.find(call, email=email)
    if kind == "signup" and user and not user["email_confirmed_at"]:
        await _mails.send(call, email, "signup")
    return {}


async def token(call: Call) -> Answer:
    """POST /token: turn a password, a refresh token or the code of a link into a session."""
    grant = call.request.query_params.get("grant_type")
    if grant == "refresh_token":
        return await _sessions.refresh(call, call.take("refresh_token", ""))
    if grant == "pkce":
        return await _pkce.exchange(call)
    if grant == "id_token":
        raise AuthError(400, "provider_disabled", "Provider is not enabled")
    if grant != "password":
        raise invalid("grant_type must be password, refresh_token or pkce")
    email = call.take_email("missing email or phone")
    user = await _users.find(call, email=email)
    if user and _sessions.is_banned(user):
        raise AuthError(400, "user_banned", "User is banned")
    if not user or not await _users.has_password(user, call.take("password", "")):
        raise AuthError(400, "invalid_credentials", "Invalid login credentials")
    if not user["email_confirmed_at"]:
        raise AuthError(400, "email_not_confirmed", "Email not confirmed")
    return await _sessions.start(call, user, "password")


async def get_user(call: Call) -> Answer:
    """GET /user: show the user whom the token names."""
    user, _ = await _authenticate(call)
    return await _users.show(call, user)


async def update_user(call: Call) -> Answer:
    """PUT /user: change one's own password or metadata."""
    user, session_id = await _authenticate(call)
    if call.body.get("app_metadata"):
        raise AuthError(403, "not_admin", "Updating app_metadata requires admin privileges")
    if (email := call.take_email()) and email != user["email"]:
        if await _users.find(call, email=email):
            raise email_exists()
        raise AuthError(422, "email_provider_disabled", "Changing the address is switched off")
    if call.body.get("password") is not None:
        password_hash = await _users.hash_password(call, password := call.take("password", ""))
        if await _users.has_password(user, password):
            message = "New password should be different from the old password."
            raise AuthError(422, "same_password", message)
        user = await _users.change_password(call, user, password_hash)
        await _sessions.end(call, user, session_id, "others")
    data: Row = call.take("data", {})
    if data:
        user = await _users.merge_metadata(call, user, "raw_user_meta_data", data)
    return await _users.show(call, user)


async def logout(call: Call) -> Answer:
    """POST /logout: end this session, all others, or (by default) all of them."""
    scope = call.request.query_params.get("scope") or "global"
    if scope not in ("global", "local", "others"):
        raise invalid(f'Unsupported logout scope "{scope}"')
    user, session_id = await _authenticate(call)
    await _sessions.end(call, user, session_id, scope)
    return Response(status_code=204)


async def _authenticate(call: Call) -> tuple[Row, UUID | None]:
    if not bearer_of(call.request):
        raise AuthError(401, "no_authorization", "This endpoint requires a valid Bearer token")
    claims = call.claims()
    try:
        user_id = UUID(claims.get("sub", ""))
        session_id = UUID(claims["session_id"]) if claims.get("session_id") else None
    except ValueError as error:
        message = "invalid claim: sub and session_id must be UUIDs"
        if not claims.get("sub"):
            message = "invalid claim: missing sub claim"
        raise AuthError(403, "bad_jwt", message) from error
    user = await _users.find(call, user_id=user_id)
    if user is None:
        raise AuthError(403, "user_not_found", "User from sub claim in JWT does not exist")
    if _sessions.is_banned(user):
        raise AuthError(403, "user_banned", "User is banned")
    session = "select from auth.sessions where id = %(id)s and user_id = %(user)s"
    if session_id and not await call.fetch(session, id=session_id, user=user_id):
        message = "Session from session_id claim in JWT does not exist"
        raise AuthError(403, "session_not_found", message)
    return user, session_id


def _pretend_to_sign_up(email: str, data: Row) -> Row:
    # Much the same answer as for a new address, so that nobody learns who has an account.
    now = datetime.now(UTC).isoformat()
    known = {"id": str(uuid4()), "aud": _users.AUDIENCE, "role": "", "email": email, "phone": ""}
    provider = {"provider": "email", "providers": ["email"]}
    shown = {"app_metadata": provider, "user_metadata": data, "identities": []}
    instants = {"confirmation_sent_at": now, "created_at": now, "updated_at": now}
    return known | shown | instants | {"is_anonymous": False}
