"""What was mailed, coming back: codes that are typed in, and links that are opened."""

import secrets

from . import _mails, _pkce, _sessions, _users
from ._call import Answer, Call, Row
from ._errors import AuthError, invalid

# The tokens that each kind takes. Nobody gets one of the last two here.
TOKENS = {kind: ["confirmation_token"] for kind in ("signup", "invite", "email")}
TOKENS |= {"magiclink": ["recovery_token"], "recovery": [], "email_change": []}
TOKENS["email"] = TOKENS["signup"] + TOKENS["magiclink"]
# `for update` makes the second of two that come at once wait, and then find the token gone.
FIND = """
select u.*, t.token_type from auth.users as u join auth.one_time_tokens as t on t.user_id = u.id
where t.token_hash = any(%(hashes)s) and t.token_type::text = any(%(types)s)
    and (%(email)s = '' or lower(u.email) = %(email)s)
    and now() - make_interval(secs => %(lifetime)s) < case t.token_type
        when 'recovery_token' then u.recovery_sent_at else u.confirmation_sent_at
    end for update
"""
EXPIRED = ("Email link is invalid or has expired", "Token has expired or is invalid")


async def verify(call: Call) -> Answer:
    """POST /verify: sign in with a code and its address, or with the hash out of a link."""
    token, token_hash = call.take("token", ""), call.take("token_hash", "")
    email = call.take_email()
    if bool(token) == bool(token_hash) or bool(token) != bool(email):
        raise invalid("Verify requires either a token with its email, or a token hash alone")
    code = _mails.hash_code(email, token)
    hashes = [code, _pkce.PREFIX + code] if token else [token_hash]
    user = await _spend(call, call.take("type", ""), hashes, email)
    return await _sessions.start(call, user, "otp")


async def follow(call: Call) -> Answer:
    """GET /verify: what the link of a mail opens; the site takes the session from its own URL."""
    if call.request.method == "HEAD":
        # A scanner of mails, which must not spend the link.
        raise AuthError(405, "validation_failed", "Open the link with GET")
    token, kind = (call.request.query_params.get(name, "") for name in ("token", "type"))
    user = await _spend(call, kind, [token])
    if token.startswith(_pkce.PREFIX):
        code = await _pkce.give_code(call, user)
        return _mails.redirect(call.request, {"code": code}, {})
    session = await _sessions.start(call, user, "otp")
    shown = {name: value for name, value in session.items() if name != "user"}
    return _mails.redirect(call.request, {}, shown | {"sb": "", "type": kind})


async def _spend(call: Call, kind: str, hashes: list[str], email: str = "") -> Row:
    """Take a token that was mailed, and write what it proves in the order of Auth.

    Returns: the user.
    Raises: AuthError, the same for a token that is wrong, was used, or has expired.
    """
    if kind not in TOKENS:
        raise invalid("Invalid email verification type")
    known = {"types": TOKENS[kind], "lifetime": call.settings.otp_expiry_seconds}
    rows = await call.fetch(FIND, hashes=hashes, email=email, **known)
    if not rows:
        raise AuthError(403, "otp_expired", EXPIRED[bool(email)])
    [user], is_magic = rows, rows[0]["token_type"] in TOKENS["magiclink"]
    if _sessions.is_banned(user):
        raise AuthError(403, "user_banned", "User is banned")
    if is_magic:
        user = await _users.update(call, user, recovery_token="")
        await _users.void_tokens(call, user)
    elif user["invited_at"] and not user["encrypted_password"]:
        # Until the user sets one, a password that nobody knows.
        password_hash = await _users.hash_password(call, secrets.token_urlsafe(32))
        user = await _users.change_password(call, user, password_hash)
    if not is_magic or not user["email_confirmed_at"]:
        user = await _users.confirm_email(call, user)
    if not is_magic:
        await _users.update_identity(call, user, email_verified=True)
    # Auth writes the providers anew, which are the same.
    return await _users.merge_metadata(call, user, "raw_app_meta_data", {})
