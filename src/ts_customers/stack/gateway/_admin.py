"""/auth/v1/admin for the service role: users created, listed, read, changed and deleted."""

import re
import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

from psycopg.types.json import Jsonb
from starlette.responses import JSONResponse

from . import _sessions, _users
from ._call import Answer, Call, Handler, Row
from ._errors import AuthError, email_exists, invalid

ADMIN_ROLES = ("service_role", "supabase_admin")
DURATION = re.compile(r"(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?")
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
    if not (email := call.take_email()):
        raise invalid("Cannot create a user without either an email or phone")
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
        password, minimum = call.take("password", ""), call.settings.minimum_password_length
        password_hash = await _users.hash_password(call, password, minimum=minimum)
        user = await _users.change_password(call, user, password_hash)
        await _sessions.end(call, user, None, "global")
    if email:
        if not await call.run(
            "update auth.identities set identity_data = identity_data || %(new)s,"
            " updated_at = now() where provider_id = %(id)s::text and provider = 'email'",
            new=Jsonb({"email": email, "email_verified": confirm}),
            id=user["id"],
        ):
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
    match = DURATION.fullmatch(duration)
    if not duration:
        return user
    if duration != "none" and not match:
        raise invalid(f'invalid format for ban duration: "{duration}", try "24h" or "1h30m"')
    until = None
    if match:
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        until = datetime.now(UTC) + timedelta(hours=hours, minutes=minutes, seconds=seconds)
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
