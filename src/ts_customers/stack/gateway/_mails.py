"""The mails that Auth would have sent: one-time codes, links, and the inbox that keeps them.

A mail gets into the inbox when the transaction of its call has been committed, so that no link or
code in it was never valid. The inbox is for whoever develops here, in memory, and bounded.
"""

import hashlib
import re
import secrets
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from uuid import uuid4

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from . import _pkce, _users
from ._call import Call, Row
from ._errors import AuthError, auth_error
from ._settings import Settings

KEPT = 1000
SUBJECTS = {"signup": "Confirm Your Signup", "magiclink": "Your Magic Link"}
SUBJECTS |= {"invite": "You have been invited"}
THIS_MACHINE = re.compile(r"(127\.0\.0\.1|localhost)(:\d+)?")
# No blanks, and no backslashes, which browsers take for slashes.
SOUND_URL = re.compile(r"[!-\[\]-~]+")


def hash_code(email: str, code: str) -> str:
    """Hash a code for an address, as it is stored and compared."""
    return hashlib.sha224((email + code).encode()).hexdigest()


async def issue(call: Call, user: Row, kind: str, prefix: str = "") -> tuple[Row, Row]:
    """Give a user a new code of a kind, in place of the one before.

    Returns: the user, and the mail that tells the code.
    """
    column = "recovery" if kind == "magiclink" else "confirmation"
    code = str(secrets.randbelow(10**call.settings.otp_length)).zfill(call.settings.otp_length)
    token, now = prefix + hash_code(user["email"], code), datetime.now(UTC)
    invited = {"invited_at": now} if kind == "invite" else {}
    sent = {f"{column}_token": token, f"{column}_sent_at": now} | invited
    user = await _users.update(call, user, **sent)
    await _users.void_tokens(call, user, f"{column}_token")
    owner = {"user_id": user["id"], "relates_to": user["email"].lower()}
    what = {"token_type": f"{column}_token", "token_hash": token}
    await call.insert("one_time_tokens", id=uuid4(), **owner, **what)

    target = redirect_target(call.request)
    query = urlencode({"token": token, "type": kind, "redirect_to": target})
    link = f"http://127.0.0.1:{call.settings.port}/auth/v1/verify?{query}"
    mail = {"id": str(uuid4()), "to": user["email"], "subject": SUBJECTS[kind], "type": kind}
    told = {"link": link, "token": code, "token_hash": token, "redirect_to": target}
    return user, mail | told | {"created_at": now.isoformat()}


async def send(call: Call, email: str, kind: str) -> Row:
    """Mail the user of an address a code and a link, unless one of the kind has just been sent.

    Raises: AuthError.
    """
    # Locked, so that of many requests at once one is served.
    [user] = await call.fetch(_users.BY_EMAIL + " for update", email=email)
    last = user["recovery_sent_at" if kind == "magiclink" else "confirmation_sent_at"]
    next_at = last and last + timedelta(seconds=call.settings.email_interval_seconds)
    if next_at and (wait := next_at - datetime.now(UTC)) > timedelta():
        message = f"For security purposes, you can only request this after {wait.seconds} seconds."
        raise AuthError(429, "over_email_send_rate_limit", message)
    user, mail = await issue(call, user, kind, await _pkce.begin(call, user, kind))
    call.mails.append(mail)
    return user


async def inbox(request: Request) -> Response:
    """GET /inbox: the mails, newest last; `?to=` asks for those to one address."""
    # A page of another site in the developer's browser names its origin; one whose name was
    # pointed at this machine names another host.
    if "origin" in request.headers or not THIS_MACHINE.fullmatch(request.headers.get("host", "")):
        return JSONResponse({"message": "The inbox is for programs on this machine"}, 403)
    to = request.query_params.get("to", "").lower()
    return JSONResponse([mail for mail in request.app.state.inbox if to in ("", mail["to"])])


def redirect_target(request: Request) -> str:
    """Say where a link leads: where the client asks, if that is allowed, else to the site."""
    settings: Settings = request.app.state.settings
    asked = (request.query_params.get("redirect_to", ""), request.headers.get("referer", ""))
    return next((url for url in asked if _is_allowed(url, settings)), settings.site_url)


def redirect(request: Request, query: Row, fragment: Row) -> Response:
    """Send the browser there, with more in the query and another fragment."""
    url = httpx.URL(redirect_target(request)).copy_merge_params(query)
    return RedirectResponse(str(url.copy_with(fragment=urlencode(fragment) or None)), 303)


def refused(request: Request, error: Exception) -> Response:
    """Answer with an AuthError; where a link was opened, lead to the site, and say there why."""
    assert isinstance(error, AuthError)
    answer = auth_error(request, error)
    if request.method != "GET" or request.url.path != "/auth/v1/verify":
        return answer
    why = {"error": "server_error" if error.status >= 500 else "access_denied"}
    why |= {"error_code": error.code, "error_description": error.message}
    is_pkce = request.query_params.get("token", "").startswith(_pkce.PREFIX)
    return redirect(request, why if is_pkce else {}, why | {"sb": ""})


def _is_allowed(target: str, settings: Settings) -> bool:
    # Patterns, not a parser: browsers read some URLs in a way of their own.
    site = re.escape("/".join(settings.site_url.split("/")[:3]))
    here = r"https?://(127\.0\.0\.1|\[::1\])(:\d+)?"
    pages = [rf"({site}|{here})([/?#].*)?", *map(_glob, settings.additional_redirect_urls)]
    return bool(SOUND_URL.fullmatch(target)) and any(re.fullmatch(p, target) for p in pages)


def _glob(pattern: str) -> str:
    # `*` and `?` stop at a dot and a slash, `**` at nothing.
    found = re.escape(pattern).replace(r"\*\*", ".*").replace(r"\*", "[^./]*")
    return found.replace(r"\?", "[^./]") + "(#.*)?"
