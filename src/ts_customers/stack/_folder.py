"""The data folder: what a stack keeps between runs, and where."""

from __future__ import annotations

import json
import os
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ts_customers._errors import StackError

LOGIN_ROLES = (
    "supabase_admin",
    "postgres",
    "authenticator",
    "supabase_auth_admin",
    "supabase_realtime_admin",
)


@dataclass(frozen=True, slots=True)
class Secrets:
    """Keys and passwords, made once for each data folder."""

    publishable_key: str
    secret_key: str
    jwt_secret: str
    passwords: dict[str, str]


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports that a stack used last, and takes again where it can."""

    gateway: int
    postgres: int
    postgrest: int


class DataFolder:
    """The files of one data folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.cluster = path / "postgres"
        self.building = path / "postgres.building"
        self.discarded = path / "postgres.discarded"
        self.logs = path / "logs"
        self.lock = path / "lock"
        self.state = path / "state.json"
        self.plan = path / "plan.json"
        self.postgrest_conf = path / "postgrest.conf"
        self.gateway_settings = path / "gateway.json"
        self._secrets = path / "secrets.json"
        self._ports = path / "ports.json"
        self._versions = path / "versions.json"

    def create(self) -> None:
        """Make the folder; a new one lets the database's own account pass through it.

        Raises: StackError data_folder_unusable.
        """
        try:
            if not self.path.is_dir():
                self.path.mkdir(parents=True, exist_ok=True)
                self.path.chmod(0o711)
            self.logs.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise folder_unusable(self.path, error) from error

    def read_secrets(self) -> Secrets | None:
        """The keys and passwords, if they were made yet."""
        content = read_json(self._secrets)
        return Secrets(**content) if content else None

    def make_secrets(self) -> Secrets:
        """The keys and passwords, made now if there are none, or none for a role that is new."""
        known = self.read_secrets()
        if known and known.passwords.keys() >= set(LOGIN_ROLES):
            return known
        passwords = {role: secrets.token_hex(16) for role in LOGIN_ROLES}
        made = Secrets(
            publishable_key=f"sb_publishable_{secrets.token_urlsafe(16)}_{secrets.token_hex(4)}",
            secret_key=f"sb_secret_{secrets.token_urlsafe(16)}_{secrets.token_hex(4)}",
            jwt_secret=secrets.token_hex(32),
            passwords=passwords,
        )
        if known:
            made = replace(known, passwords=passwords | known.passwords)
        write_json(self._secrets, asdict(made))
        return made

    def read_ports(self) -> Ports | None:
        """The ports used last."""
        content = read_json(self._ports)
        return Ports(**content) if content else None

    def write_ports(self, ports: Ports) -> None:
        """Remember the ports for the next start."""
        write_json(self._ports, asdict(ports))

    def read_versions(self) -> dict[str, str]:
        """The versions that ran last."""
        return read_json(self._versions) or {}

    def write_versions(self, versions: dict[str, str]) -> None:
        """Remember the versions that run now."""
        write_json(self._versions, versions)


def folder_unusable(path: Path, error: OSError) -> StackError:
    """The error for a data folder, or a file in it, that this account cannot use."""
    return StackError(
        f"{path} cannot be used: {error.strerror}",
        slug="data_folder_unusable",
        hint="Use the account that made it, or set TS_CUSTOMERS_DATA to another folder.",
    )


def read_json(path: Path) -> dict[str, Any] | None:
    """One JSON object from a file.

    Returns: None where the file is missing or holds no JSON object, as after a crash.
    Raises: StackError data_folder_unusable.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    except OSError as error:
        raise folder_unusable(path, error) from error
    return content if isinstance(content, dict) else None


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Replace a file by one JSON object, at once and for the owner alone."""
    write_private(path, json.dumps(content, indent=2) + "\n")


def write_private(path: Path, text: str) -> None:
    """Replace a file at once and for the owner alone."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        draft.replace(path)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()
