"""Rows of auth.users and auth.identities, written in the order in which Supabase Auth writes them.

The order is kept because triggers of a host depend on it: the INSERT has neither a role nor a
confirmation, which arrive in later UPDATEs.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import bcrypt
from psycopg import sql
from psycopg.types.json import Jsonb

from ._call import Call, Row
from ._errors import AuthError, invalid

AUDIENCE = "authenticated"
NO_INSTANCE = UUID(int=0)
MAX_PASSWORD_BYTES = 72  # bcrypt reads no further

BY_ID = "select * from auth.users where id = %(id)s"
OURS = f"instance_id = '{NO_INSTANCE}' and not is_sso_user"
BY_EMAIL = f"select * from auth.users where lower(email) = %(email)s and {OURS}"
SHOW = """
select jsonb_build_object(
    'id', u.id, 'aud', coalesce(u.aud, ''), 'role', coalesce(u.role, ''),
    'email', coalesce(u.email, ''), 'phone', coalesce(u.phone, ''),
    'app_metadata', coalesce(u.raw_app_meta_data, '{}'),
    'user_metadata', coalesce(u.raw_user_meta_data, '{}'),
    'created_at', coalesce(u.created_at, 'epoch'), 'updated_at', coalesce(u.updated_at, 'epoch'),
    'is_anonymous', u.is_anonymous,
    'identities', coalesce((
        select jsonb_agg(
            to_jsonb(i) || jsonb_build_object('id', i.provider_id, 'identity_id', i.id)
            order by i.created_at, i.id
        ) from auth.identities as i where i.user_id = u.id
    ), '[]')
) || jsonb_strip_nulls(jsonb_build_object(
    'email_confirmed_at', u.email_confirmed_at, 'confirmed_at', u.confirmed_at,
    'phone_confirmed_at', u.phone_confirmed_at, 'confirmation_sent_at', u.confirmation_sent_at,
    'invited_at', u.invited_at, 'recovery_sent_at', u.recovery_sent_at,
    'email_change_sent_at', u.email_change_sent_at, 'last_sign_in_at', u.last_sign_in_at,
    'banned_until', u.banned_until, 'deleted_at', u.deleted_at,
    'new_email', nullif(u.email_change, '')
)) as shown
from auth.users as u
"""


async def show(call: Call, user: Row) -> Row:
    """Show a user as Auth shows it, with its identities."""
    [row] = await call.fetch(SHOW + "where u.id = %(id)s", id=user["id"])
    shown: Row = row["shown"]
    return shown


async def find(call: Call, *, user_id: UUID | None = None, email: str = "") -> Row | None:
    """Find one user by id, or by e-mail address ignoring case; writers find it locked."""
    lock = " for update" if call.request.method in ("PUT", "DELETE") else ""
    rows = await call.fetch(
        (BY_ID if user_id else BY_EMAIL) + lock, id=user_id, email=email.lower()
    )
    return rows[0] if rows else None


async def create(
    call: Call, email: str, password_hash: str, metadata: Row, *, user_id: UUID | None = None
) -> Row:
    """Insert a user, without a role, and return the row as the host's triggers left it."""
    user_id = user_id or uuid4()
    now = datetime.now(UTC)
    tokens = ("confirmation_token", "recovery_token", "email_change_token_new", "email_change")
    await call.insert(
        "users",
        instance_id=NO_INSTANCE,
        id=user_id,
        aud=AUDIENCE,
        role="",
        email=email,
        encrypted_password=password_hash,
        raw_app_meta_data=Jsonb({"provider": "email", "providers": ["email"]}),
        raw_user_meta_data=Jsonb(metadata),
        is_super_admin=False,
        created_at=now,
        updated_at=now,
        **dict.fromkeys(tokens, ""),  # Auth itself cannot read them as null
    )
    return await find(call, user_id=user_id) or {}


async def update(call: Call, user: Row, **columns: Any) -> Row:
    """Set exactly these columns (`AFTER UPDATE OF` triggers see no others) and `updated_at`."""
    columns["updated_at"] = datetime.now(UTC)
    changes = (sql.SQL("{} = {}").format(sql.Identifier(c), v) for c, v in columns.items())
    statement = sql.SQL("update auth.users set {} where id = {} returning *").format(
        sql.SQL(", ").join(changes),
        user["id"],
    )
    return await (await call.connection.execute(statement)).fetchone() or user


async def create_identity(call: Call, user: Row, metadata: Row) -> Row:
    """Insert the identity by which a user signs in with e-mail, and return its identity_data."""
    known = {"sub": str(user["id"]), "email": user["email"]}
    data = metadata | known | {"email_verified": False, "phone_verified": False}
    now = datetime.now(UTC)
    instants = dict.fromkeys(("last_sign_in_at", "created_at", "updated_at"), now)
    owner = {"provider": "email", "provider_id": str(user["id"]), "user_id": user["id"]}
    await call.insert("identities", identity_data=Jsonb(data), **owner, **instants)
    return data


async def update_identity(call: Call, user: Row, **changes: Any) -> int:
    """Change the data of the identity by which a user signs in with e-mail, if there is one."""
    return await call.run(
        "update auth.identities set identity_data = identity_data || %(new)s, updated_at = now()"
        " where provider_id = %(id)s::text and provider = 'email'",
        new=Jsonb(changes),
        id=user["id"],
    )


async def merge_metadata(call: Call, user: Row, column: str, changes: Row) -> Row:
    """Merge changes into raw_user_meta_data or raw_app_meta_data; null removes a key."""
    merged = {k: v for k, v in ((user[column] or {}) | changes).items() if v is not None}
    return await update(call, user, **{column: Jsonb(merged)})


async def confirm_email(call: Call, user: Row) -> Row:
    """Confirm the e-mail address, and void the tokens that were mailed."""
    now = datetime.now(UTC)
    user = await update(call, user, confirmation_token="", email_confirmed_at=now)
    user = await merge_metadata(call, user, "raw_user_meta_data", {"email_verified": True})
    await void_tokens(call, user)
    return user


async def change_password(call: Call, user: Row, password_hash: str) -> Row:
    """Store a new password, and void the tokens that were mailed."""
    kinds = ("confirmation", "recovery", "email_change", "phone_change", "reauthentication")
    tokens = {f"{kind}_token": "" for kind in kinds if kind != "email_change"}
    tokens |= {"email_change_token_new": "", "email_change_token_current": ""}
    sent = {f"{kind}_sent_at": None for kind in kinds}
    user = await update(call, user, encrypted_password=password_hash, **tokens, **sent)
    await void_tokens(call, user)
    return user


async def void_tokens(call: Call, user: Row, like: str = "%") -> None:
    """Void the tokens that were mailed to a user, or those of one type."""
    condition = "user_id = %(id)s and token_type::text like %(like)s"
    await call.run(f"delete from auth.one_time_tokens where {condition}", id=user["id"], like=like)


async def hash_password(call: Call, password: str, *, minimum: int | None = None) -> str:
    """Check the length of a password, in bytes as Auth counts it, and hash it.

    `minimum` is that of the settings unless it is given.
    Raises: AuthError.
    """
    minimum = call.settings.minimum_password_length if minimum is None else minimum
    if len(password.encode()) > MAX_PASSWORD_BYTES:
        raise invalid(f"Password cannot be longer than {MAX_PASSWORD_BYTES} characters")
    if len(password.encode()) < minimum:
        message = f"Password should be at least {minimum} characters."
        raise AuthError(422, "weak_password", message, weak_password={"reasons": ["length"]})
    salt = bcrypt.gensalt(call.settings.bcrypt_cost)
    # Slow on purpose, so beside the event loop.
    return (await asyncio.to_thread(bcrypt.hashpw, password.encode(), salt)).decode()


async def has_password(user: Row, password: str) -> bool:
    """Say whether a password is the user's."""
    stored: str = user["encrypted_password"] or ""
    try:
        return await asyncio.to_thread(bcrypt.checkpw, password.encode(), stored.encode())
    except ValueError:  # no hash, one of another kind, or a password that bcrypt does not take
        return False
