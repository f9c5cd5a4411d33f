"""Signed-in sessions: who a command acts as, kept in the user's configuration folder."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock
from platformdirs import user_config_path

from ts_customers._errors import (
    LOGIN_HINT,
    InputFileError,
    NotSignedIn,
    SessionExpired,
    from_auth,
    from_httpx,
)

if TYPE_CHECKING:
    import supabase

# Renewed this many seconds early: the server's clock may be ahead, and a request takes time.
_MARGIN = 30


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in user. `expires_at` is in seconds since 1970."""

    user_id: str
    email: str
    access_token: str
    refresh_token: str
    expires_at: int

    @property
    def is_fresh(self) -> bool:
        """Whether the access token holds for the next request."""
        return time.time() < self.expires_at - _MARGIN


class SessionStore:
    """The sessions of this user on this machine, one for each API URL.

    The file and its folder can be read by their owner only, and the file is replaced as a whole:
    whoever reads it meanwhile sees the old one or the new one.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or user_config_path("ts-customers") / "sessions.json"

    def get(self, api_url: str) -> Session | None:
        """Return the session for an API URL, or None."""
        stored = self._read().get(api_url)
        if not isinstance(stored, dict):
            return None
        try:
            return Session(**stored | {"expires_at": int(stored["expires_at"])})
        except (KeyError, TypeError, ValueError):  # damaged, or another version's: as good as none
            return None

    def put(self, api_url: str, session: Session) -> None:
        """Keep a session in place of the former one."""
        self._write(self._read() | {api_url: asdict(session)})

    def remove(self, api_url: str) -> None:
        """Forget the session of an API URL, if there is one."""
        sessions = self._read()
        if sessions.pop(api_url, None) is not None:
            self._write(sessions)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other processes from renewing: a refresh token is good for one use only."""
        self._make_folder()
        with FileLock(self.path.with_suffix(".lock"), mode=0o600, timeout=60):
            yield

    def _make_folder(self) -> None:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise self._unusable(error) from error

    def _unusable(self, error: OSError) -> InputFileError:
        return InputFileError(
            f"sessions cannot be kept in {self.path}: {error.strerror}",
            slug="session_file_unusable",
            hint="Mend that path, or name another folder in XDG_CONFIG_HOME.",
        )

    def _read(self) -> dict[str, Any]:
        try:
            sessions = json.loads(self.path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        except OSError as error:
            raise self._unusable(error) from error
        return sessions if isinstance(sessions, dict) else {}

    def _write(self, sessions: dict[str, Any]) -> None:
        self._make_folder()
        # mkstemp makes the file readable by its owner only.
        descriptor, name = tempfile.mkstemp(dir=self.path.parent, prefix=".sessions-")
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(sessions, file, indent=2)
            temporary.replace(self.path)
        except BaseException:
            with suppress(FileNotFoundError):
                temporary.unlink()
            raise


def sign_in(server: supabase.Client, *, email: str, password: str) -> Session:
    """Sign in with a password.

    Raises:
        NotSignedIn: with slug invalid_credentials, email_not_confirmed or user_banned.
    """
    with _translated(server):
        answer = server.auth.sign_in_with_password({"email": email, "password": password})
    return _session_of(answer)


def renew(server: supabase.Client, session: Session) -> Session:
    """Trade the refresh token for a new session.

    Raises:
        SessionExpired: when it was used, revoked, or too old.
    """
    try:
        with _translated(server):
            answer = server.auth.refresh_session(session.refresh_token)
    except NotSignedIn as error:
        raise SessionExpired(
            f"the session of {session.email} has ended: {error.message}",
            slug="session_expired",
            hint=LOGIN_HINT,
        ) from error
    return _session_of(answer)


def end(server: supabase.Client, session: Session) -> None:
    """Revoke a session on the server; one that has ended already is no error."""
    try:
        with _translated(server):
            server.auth.admin.sign_out(session.access_token, "local")
    except NotSignedIn:
        return


def email_of(server: supabase.Client, user_id: str) -> str | None:
    """Ask Auth for the e-mail address of a login, by the secret key.

    Returns:
        The address, or None of a login that has none or is gone.
    """
    from supabase_auth.errors import AuthApiError

    with _translated(server):
        try:
            return server.auth.admin.get_user_by_id(user_id).user.email
        except AuthApiError as error:
            if error.code == "user_not_found":
                return None
            raise


def mail_link(server: supabase.Client, email: str, url: str) -> str:
    """Have Auth mail a link that signs somebody in and leads to `url`, by the secret key.

    Returns:
        What was mailed: an invitation, or a magic link to somebody who has a login.
    """
    from supabase_auth.errors import AuthApiError

    with _translated(server):
        try:
            server.auth.admin.invite_user_by_email(email, {"redirect_to": url})
        except AuthApiError as error:
            if error.code != "email_exists":
                raise
        else:
            return "an invitation"
        server.auth.sign_in_with_otp(
            {"email": email, "options": {"email_redirect_to": url, "should_create_user": False}}
        )
        return "a magic link"


@contextmanager
def _translated(server: supabase.Client) -> Iterator[None]:
    import httpx
    from supabase_auth.errors import AuthError

    try:
        yield
    except AuthError as error:
        raise from_auth(error) from error
    except httpx.HTTPError as error:
        raise from_httpx(error, str(server.supabase_url)) from error


def _session_of(answer: Any) -> Session:
    session = answer.session
    if session is None:
        raise NotSignedIn(
            "the server gave no session", slug="not_signed_in", hint="Confirm the e-mail first."
        )
    return Session(
        user_id=session.user.id,
        email=session.user.email or "",
        access_token=session.access_token,
        refresh_token=session.refresh_token,
        expires_at=session.expires_at or int(time.time()) + session.expires_in,
    )
