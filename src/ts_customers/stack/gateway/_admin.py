"""/auth/v1/admin for the service role: users created, listed, read, changed and deleted."""

import re
import secrets
from datetime import UTC, datetime
from uuid import UUID

from starlette.responses import JSONResponse

from ts_customers.stack._durations import parse_duration

from . import _mails, _sessions, _users
from ._call import Answer, Call, Handler, Row
from ._errors import AuthError, email_exists, invalid

ADMIN_ROLES = ("service_role", "supabase_admin")
MAX_NUMBER = 2**31 - 1


def admin(handler: Handler) -> Handler:
    """Let only the service role through."""

    async def check(call: Call) -> Answer:
        if call.claims().get("role") not in ADMIN_ROLES:
            raise AuthError(403, "not_admin", "User not allowed")
        return await handler(call)

    return check


async def create_user(call: Call) -> Answer:
    """POST /admin/users: add a user, confirmed if asked."""
    email = call.take_email("Cannot create a user without either an email or phone")
    user_id = _uuid(call.take("id", ""), invalid("ID must conform to the uuid v4 format"))
    if not (password_hash := call.take("password_hash", "")):
        password = call.take("password", "") or secrets.token_urlsafe(32)
        password_hash = await _users.hash_password(call, password, minimum=0)
    if await _users.find(call, email=email):
        raise email_exists()
    metadata: Row = call.take("user_metadata", {})
    user = await _users.create(call, email, password_hash, metadata, user_id=user_id)
    await _users.create_identity(call, user, {})
    user = await _users.update(call, user, role=call.take("role", "") or _users.AUDIENCE)
    user = await _merge(call, user, "app_metadata")
    if call.take("email_confirm", default=False):
        user = await _users.confirm_email(call, user)
    return await _users.show(call, await _ban(call, user))


async def list_users(call: Call) -> Answer:
    """GET /admin/users: one page of users, newest first."""
    page, size = max(_number(call, "page", 1), 1), _number(call, "per_page", 50)
    if size == 0:
        raise invalid("Bad Pagination Parameters: per_page must be greater than 0")
    condition = "where u.instance_id = %(none)s and u.aud = %(aud)s"
    values = {"none": _users.NO_INSTANCE, "aud": _users.AUDIENCE}
    [count] = await call.fetch(f"select count(*) as n from auth.users as u {condition}", **values)
    rows = await call.fetch(
        f"{_users.SHOW} {condition} order by u.created_at desc, u.id"
        " limit %(size)s offset %(skip)s",
        **values,
        size=size,
        skip=(page - 1) * size,
    )
    last = -(-count["n"] // size)
    links = [("next", page + 1)] * (page < last) + [("last", last)]
    link = (f'</admin/users?page={n}&per_page={size}>; rel="{relation}"' for relation, n in links)
    return JSONResponse(
        {"users": [row["shown"] for row in rows], "aud": _users.AUDIENCE},
        headers={"X-Total-Count": str(count["n"]), "Link": ", ".join(link)},
    )


async def get_user(call: Call) -> Answer:
    """GET /admin/users/{id}: show one user."""
    return await _users.show(call, await _load(call))


async def update_user(call: Call) -> Answer:
    """PUT /admin/users/{id}: change what the body names."""
    email, confirm = call.take_email(), call.take("email_confirm", default=False)
    user = await _load(call)
    if role := call.take("role", ""):
        user = await _users.update(call, user, role=role)
    if confirm:
        user = await _users.confirm_email(call, user)
    if call.body.get("password") is not None:
        password_hash = await _users.hash_password(call, call.take("password", ""))
        user = await _users.change_password(call, user, password_hash)
        await _sessions.end(call, user, None, "global")
    if email:
        if not await _users.update_identity(call, user, email=email, email_verified=confirm):
            await _users.create_identity(call, user | {"email": email}, {})
        user = await _users.update(call, user, email=email)
    user = await _merge(call, user, "app_metadata")
    user = await _merge(call, user, "user_metadata")
    return await _users.show(call, await _ban(call, user))


async def delete_user(call: Call) -> Answer:
    """DELETE /admin/users/{id}: remove a user and what references it."""
    if call.take("should_soft_delete", default=False):
        raise invalid("Users are deleted for good here: leave should_soft_delete out")
    user = await _load(call)
    await call.run("delete from auth.users where id = %(id)s", id=user["id"])
    return {}


async def invite(call: Call) -> Answer:
    """POST /invite: add a user without a password, and mail the link that lets them in."""
    user, mail = await _make_link(call, "invite")
    call.mails.append(mail)
    return await _users.show(call, user)


async def generate_link(call: Call) -> Answer:
    """POST /admin/generate_link: make the link of a mail without mailing it."""
    user, mail = await _make_link(call, call.take("type", ""))
    link = {"action_link": mail["link"], "verification_type": mail["type"]}
    link |= {"email_otp": mail["token"], "hashed_token": mail["token_hash"]}
    return await _users.show(call, user) | link | {"redirect_to": mail["redirect_to"]}


async def _make_link(call: Call, kind: str) -> tuple[Row, Row]:
    email, password = call.take_email("An email address is required"), call.take("password", "")
    user, data = await _users.find(call, email=email), call.take("data", Row())
    if kind not in _mails.SUBJECTS:
        raise invalid(f"Invalid email action link type requested: {kind}")
    if kind == "magiclink" and user is None:
        kind, password = "signup", secrets.token_urlsafe(32)
    if user and user["email_confirmed_at"] and kind != "magiclink":
        raise email_exists()
    if user and kind == "signup":
        user = await _users.merge_metadata(call, user, "raw_user_meta_data", data)
    if user is None:
        if kind == "signup" and not password:
            raise invalid("Signup requires a valid password")
        password_hash = "" if kind == "invite" else await _users.hash_password(call, password)
        user = await _users.create(call, email, password_hash, data)
        user = await _users.update(call, user, role=_users.AUDIENCE)
        await _users.create_identity(call, user, {})
    return await _mails.issue(call, user, kind)


async def _load(call: Call) -> Row:
    no_uuid = AuthError(404, "validation_failed", "user_id must be an UUID")
    user_id = _uuid(call.request.path_params["user_id"], no_uuid)
    user = await _users.find(call, user_id=user_id)
    if user is None:
        raise AuthError(404, "user_not_found", "User not found")
    return user


async def _merge(call: Call, user: Row, name: str) -> Row:
    changes: Row = call.take(name, {})
    column = f"raw_{name.replace('metadata', 'meta_data')}"
    return await _users.merge_metadata(call, user, column, changes) if changes else user


async def _ban(call: Call, user: Row) -> Row:
    duration = call.take("ban_duration", "")
    if not duration:
        return user
    length = parse_duration(duration)
    if duration != "none" and length is None:
        raise invalid(f'invalid format for ban duration: "{duration}", try "24h" or "1h30m"')
    until = length and datetime.now(UTC) + length
    return await _users.update(call, user, banned_until=until)


def _uuid(value: str, error: AuthError) -> UUID | None:
    try:
        return UUID(value) if value else None
    except ValueError:
        raise error from None


def _number(call: Call, name: str, default: int) -> int:
    given = call.request.query_params.get(name) or str(default)
    if not re.fullmatch(r"[0-9]{1,10}", given) or int(given) > MAX_NUMBER:
        raise invalid(f"Bad Pagination Parameters: {name} must be a whole number")
    return int(given)
