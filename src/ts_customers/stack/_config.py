"""What a project says about its stack: supabase/config.toml, .env and the environment."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from ts_customers._errors import StackError
from ts_customers.stack._durations import parse_duration

CONFIG_FILE = Path("supabase", "config.toml")
DEFAULT_PORT = 54321
BACKENDS = ("embedded", "external", "docker")


@dataclass(frozen=True, slots=True)
class StackConfig:
    """The settings of one project, read once."""

    root: Path
    data: Path
    backend: str
    environment: Mapping[str, str]
    schemas: tuple[str, ...]
    extra_search_path: tuple[str, ...]
    max_rows: int
    auto_expose: bool
    site_url: str
    jwt_expiry_seconds: int
    enable_signup: bool
    enable_confirmations: bool
    minimum_password_length: int
    additional_redirect_urls: tuple[str, ...]
    otp_length: int
    otp_expiry_seconds: int
    email_interval_seconds: float
    seed_paths: tuple[str, ...]

    @property
    def migrations(self) -> Path:
        """The folder that holds the project's migrations."""
        return self.root / "supabase" / "migrations"

    def requested_port(self) -> int | None:
        """The gateway's port that TS_CUSTOMERS_PORT asks for.

        Returns: None where it is not set; 0 for any free one.
        Raises: StackError port_invalid.
        """
        text = self.environment.get("TS_CUSTOMERS_PORT", "")
        if not text:
            return None
        if not text.isdecimal() or int(text) > 65535:
            raise StackError(
                f"TS_CUSTOMERS_PORT is {text!r}, which is not a port",
                slug="port_invalid",
                hint="Give a number from 1024 to 65535, or 0 for any free port.",
            )
        return int(text)


def find_root(start: Path | None = None) -> Path:
    """The nearest folder upward that holds supabase/config.toml.

    Raises: StackError project_not_found.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / CONFIG_FILE).is_file():
            return folder
    raise StackError(
        f"no {CONFIG_FILE} in {here} or a folder above it",
        slug="project_not_found",
        hint="Run this inside a project, or make one with `supabase init`.",
    )


def load_config(root: Path | None = None) -> StackConfig:
    """Read the settings of the project at or above a folder.

    Raises: StackError project_not_found, config_invalid, backend_unknown.
    """
    folder = find_root(root)
    environment = {**_read_dotenv(folder / ".env"), **os.environ}
    settings = _read_toml(folder / CONFIG_FILE)
    api, auth = settings.get("api", {}), settings.get("auth", {})
    seed = settings.get("db", {}).get("seed", {})
    email = auth.get("email", {})
    exposes = environment.get("TS_CUSTOMERS_AUTO_EXPOSE", "").lower()

    return StackConfig(
        root=folder,
        data=_data_folder(folder, environment),
        backend=_backend(environment),
        environment=environment,
        schemas=tuple(api.get("schemas", ("public",))),
        extra_search_path=tuple(api.get("extra_search_path", ("public", "extensions"))),
        max_rows=api.get("max_rows", 1000),
        auto_expose=exposes != "off" if exposes else api.get("auto_expose_new_tables", True),
        site_url=auth.get("site_url", "http://127.0.0.1:3000"),
        jwt_expiry_seconds=auth.get("jwt_expiry", 3600),
        enable_signup=auth.get("enable_signup", True),
        enable_confirmations=email.get("enable_confirmations", False),
        minimum_password_length=auth.get("minimum_password_length", 6),
        additional_redirect_urls=tuple(auth.get("additional_redirect_urls", ())),
        otp_length=email.get("otp_length", 6),
        otp_expiry_seconds=email.get("otp_expiry", 3600),
        email_interval_seconds=_seconds(email.get("max_frequency", "1m0s")),
        seed_paths=tuple(seed.get("sql_paths", ("./seed.sql",)))
        if seed.get("enabled", True)
        else (),
    )


def _seconds(text: str) -> float:
    length = parse_duration(text)
    if length is None:
        raise StackError(
            f"max_frequency in {CONFIG_FILE} is {text!r}, which is not a duration",
            slug="config_invalid",
            hint='Give hours, minutes and seconds, as in "1m0s".',
        )
    return length.total_seconds()


def _backend(environment: Mapping[str, str]) -> str:
    implied = "external" if environment.get("SUPABASE_URL") else "embedded"
    backend = environment.get("TS_CUSTOMERS_BACKEND") or implied
    if backend not in BACKENDS:
        raise StackError(
            f"TS_CUSTOMERS_BACKEND is {backend!r}, which is no backend",
            slug="backend_unknown",
            hint="Choose embedded or external.",
        )
    return backend


def _data_folder(root: Path, environment: Mapping[str, str]) -> Path:
    chosen = environment.get("TS_CUSTOMERS_DATA")
    return Path(chosen).expanduser().absolute() if chosen else root / ".ts-customers"


def _read_dotenv(path: Path) -> dict[str, str]:
    return {name: value for name, value in dotenv_values(path).items() if value is not None}


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StackError(
            f"{path} cannot be read: {error}",
            slug="config_invalid",
            hint="Mend the file; `supabase init` writes a sound one.",
        ) from error
