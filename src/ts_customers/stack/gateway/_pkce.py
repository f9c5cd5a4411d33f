"""PKCE: whoever asked for a mail, and nobody else, turns the code of its link into a session."""

import hashlib
import hmac
import re
from datetime import UTC, datetime
from uuid import uuid4

from jwt.utils import base64url_encode

from . import _sessions, _users
from ._call import Call, Row
from ._errors import AuthError, invalid

PREFIX = "pkce_"
METHODS = {"signup": "email/signup", "magiclink": "magiclink"}
CHALLENGE = re.compile(r"[a-zA-Z0-9._~-]{43,128}")
GIVE = """
update auth.flow_state set auth_code_issued_at = now(), updated_at = now() where id = (
    select id from auth.flow_state where user_id = %(user)s order by created_at desc limit 1
) returning auth_code
"""
# As on hosted, the five minutes of a confirmation begin with the sign-up.
TAKE = """
delete from auth.flow_state where auth_code = %(code)s returning *, now() - interval '5 minutes' >
case authentication_method when 'magiclink' then auth_code_issued_at else created_at end as late
"""


async def begin(call: Call, user: Row, kind: str) -> str:
    """Keep the challenge of a call, if it has one, for the link that is being mailed.

    Returns: what the token of the link begins with.
    Raises: AuthError.
    """
    challenge = call.take("code_challenge", "")
    method = call.take("code_challenge_method", "").lower()
    if not challenge and not method:
        return ""
    if not CHALLENGE.fullmatch(challenge) or method not in ("s256", "plain"):
        raise invalid("PKCE flow requires code_challenge_method and code_challenge (RFC 7636)")
    flow = {"auth_code": str(uuid4()), "code_challenge": challenge, "code_challenge_method": method}
    flow |= {"provider_type": "email", "authentication_method": METHODS[kind]}
    instants = dict.fromkeys(("created_at", "updated_at"), datetime.now(UTC))
    await call.insert("flow_state", id=uuid4(), user_id=user["id"], **flow, **instants)
    return PREFIX


async def give_code(call: Call, user: Row) -> str:
    """Give out the code for the challenge with which a user's latest link was asked for."""
    [flow] = await call.fetch(GIVE, user=user["id"])
    return str(flow["auth_code"])


async def exchange(call: Call) -> Row:
    """POST /token?grant_type=pkce: turn a code into a session, once; a refusal leaves the code."""
    rows = await call.fetch(TAKE, code=call.take("auth_code", ""))
    user = rows and await _users.find(call, user_id=rows[0]["user_id"])
    if not user:
        message = "invalid flow state, no valid flow state found"
        raise AuthError(404, "flow_state_not_found", message)
    [flow] = rows
    if flow["late"]:
        raise AuthError(422, "flow_state_expired", "invalid flow state, flow state has expired")
    verifier = call.take("code_verifier", "")
    if flow["code_challenge_method"] == "s256":
        verifier = base64url_encode(hashlib.sha256(verifier.encode()).digest()).decode()
    if not hmac.compare_digest(flow["code_challenge"].encode(), verifier.encode()):
        message = "code challenge does not match previously saved code verifier"
        raise AuthError(400, "bad_code_verifier", message)
    return await _sessions.start(call, user, flow["authentication_method"])
