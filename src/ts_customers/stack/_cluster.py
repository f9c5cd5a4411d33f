"""The database's files: making them with the platform in them, and telling whole from broken."""

from __future__ import annotations

import hashlib
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from ts_customers._errors import StackError
from ts_customers.stack._account import Account, choose_account
from ts_customers.stack._folder import DataFolder, read_json, write_json, write_private
from ts_customers.stack._postgres import (
    SUPERUSER,
    Programs,
    address,
    cluster_version,
    end_workers,
    is_ready,
    plain_environment,
    read_platform_sql,
    run_each_start,
    server_arguments,
)
from ts_customers.stack._processes import free_port

# In each cluster made here: which copy of the platform it holds.
MARKER = "ts-customers.json"
_READY_SECONDS = 60.0
# Without one of these there is nothing to start; with any of them, there may be data.
_PARTS = ("base", "global", "pg_wal", "pg_xact")
# The C library of macOS has no C.UTF-8; PostgreSQL 17 brings one of its own.
_LOCALE = (
    ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
    if sys.platform == "darwin"
    else ("--locale=C.UTF-8",)
)

_SETTINGS = """\
# Written by ts-customers. What a Supabase project sets, then what suits a development machine.
timezone = 'UTC'
log_timezone = 'UTC'
wal_level = logical
max_slot_wal_keep_size = 1GB
extra_float_digits = 0
default_text_search_config = 'pg_catalog.english'
shared_preload_libraries = 'pg_stat_statements'
password_encryption = 'scram-sha-256'

listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 100
shared_buffers = 256MB
maintenance_work_mem = 128MB
max_wal_size = 2GB
jit = off
# Realtime in the gateway reads on from the last commit that it has delivered.
track_commit_timestamp = on
log_line_prefix = '%m [%p] %q%u '
"""

_CLIENTS = """\
# Written by ts-customers: this machine only, by password.
host all all 127.0.0.1/32 scram-sha-256
host replication all 127.0.0.1/32 scram-sha-256
"""


def ensure_cluster(
    folder: DataFolder,
    programs: Programs,
    *,
    passwords: Mapping[str, str],
    auto_expose: bool,
    report: Callable[[str], None],
) -> Account:
    """See to it that the data folder holds a whole cluster with the platform in it.

    Returns: the account to run it as.
    Raises: StackError cluster_damaged, cluster_foreign, cluster_version, cluster_not_built,
    account_unusable.
    """
    account = choose_account(folder.path, programs.server, owner_of=folder.cluster)
    discard_cluster(folder.building)
    discard_cluster(folder.discarded)

    if holds_data(folder.cluster):
        _check_cluster(folder.cluster, programs, report)
        return account

    report("making a new database")
    discard_cluster(folder.cluster)
    made = _build_cluster(folder, programs, account, passwords=passwords, auto_expose=auto_expose)
    # The last step: until here a crash leaves only what the next start throws away.
    made.rename(folder.cluster)
    folder.building.rmdir()
    return account


def holds_data(cluster: Path) -> bool:
    """Whether a folder holds anything that might be somebody's data."""
    return any(_filled(cluster / part) for part in _PARTS)


def _filled(part: Path) -> bool:
    return part.is_dir() and any(part.iterdir())


def _check_cluster(cluster: Path, programs: Programs, report: Callable[[str], None]) -> None:
    version = cluster_version(cluster)
    missing = [part for part in _PARTS if not _filled(cluster / part)]
    if version is None or missing:
        what = ", ".join(missing) or "PG_VERSION or global/pg_control"
        raise StackError(
            f"the database in {cluster} is incomplete: it lacks {what}",
            slug="cluster_damaged",
            hint="Restore it from a copy, or begin anew with `ts-customers reset`.",
        )
    if version != programs.major:
        raise StackError(
            f"the database in {cluster} was made by PostgreSQL {version}, "
            f"and this is PostgreSQL {programs.version}",
            slug="cluster_version",
            hint="Dump it with the version that made it, or begin anew with `ts-customers reset`.",
        )
    marker = read_json(cluster / MARKER)
    if marker is None:
        raise StackError(
            f"the database in {cluster} was not made by ts-customers",
            slug="cluster_foreign",
            hint="Move it away, or set TS_CUSTOMERS_DATA to another folder.",
        )
    if marker.get("platform") != _platform_digest():
        report(
            "this database holds an older copy of the platform; `ts-customers reset` renews it "
            "and deletes its data"
        )


def _platform_digest() -> str:
    return hashlib.sha256(b"".join(read_platform_sql(""))).hexdigest()


def _build_cluster(
    folder: DataFolder,
    programs: Programs,
    account: Account,
    *,
    passwords: Mapping[str, str],
    auto_expose: bool,
) -> Path:
    """Make a complete cluster beside the one in use.

    Returns: its folder, ready to be moved to where it is used.
    Raises: StackError cluster_not_built.
    """
    folder.building.mkdir(mode=0o700)
    account.own(folder.building)
    cluster = folder.building / "cluster"
    password_file = folder.building / "password"
    write_private(password_file, passwords[SUPERUSER])
    account.own(password_file)

    _run(
        [
            *account.prefix,
            str(programs.folder / "initdb"),
            f"--pgdata={cluster}",
            f"--username={SUPERUSER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            *_LOCALE,
            "--encoding=UTF8",
            "--no-instructions",
            "--no-sync",
        ]
    )
    password_file.unlink()
    _replace_content(cluster / "postgresql.conf", _SETTINGS)
    _replace_content(cluster / "pg_hba.conf", _CLIENTS)

    with _temporary_server(programs, account, cluster, folder.logs / "postgres.log") as port:
        _install_platform(port, passwords=passwords, auto_expose=auto_expose)
    write_json(cluster / MARKER, {"platform": _platform_digest(), "auto_expose": auto_expose})
    account.own(cluster / MARKER)
    _run([*account.prefix, str(programs.folder / "initdb"), "--sync-only", f"--pgdata={cluster}"])
    return cluster


def discard_cluster(path: Path) -> None:
    """Remove a cluster's folder, ending what still works on it, as after a killed start."""
    if path.is_dir():
        end_workers(path)
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def _temporary_server(
    programs: Programs, account: Account, cluster: Path, log: Path
) -> Iterator[int]:
    port = free_port()
    # Nothing here outlives a crash: it is synchronised as a whole once it is complete.
    quick = ["-c", "fsync=off", "-c", "full_page_writes=off"]
    with log.open("ab") as output:
        server = subprocess.Popen(
            [*account.prefix, *server_arguments(programs, cluster, port), *quick],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=plain_environment(),
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + _READY_SECONDS
        while not is_ready(cluster):
            if server.poll() is not None or time.monotonic() > deadline:
                raise StackError(
                    "PostgreSQL does not start on a new database",
                    slug="cluster_not_built",
                    hint=f"See the end of {log}.",
                )
            time.sleep(0.02)
        yield port
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()


def _install_platform(port: int, *, passwords: Mapping[str, str], auto_expose: bool) -> None:
    url = address(SUPERUSER, passwords[SUPERUSER], port)
    with psycopg.connect(url) as connection:
        connection.execute(
            "select set_config('platform.auto_expose', %s, false)", ["on" if auto_expose else "off"]
        )
        for text in read_platform_sql(""):
            connection.execute(text)
        for role, password in passwords.items():
            statement = sql.SQL("alter role {} password {}")
            connection.execute(statement.format(sql.Identifier(role), sql.Literal(password)))
    run_each_start(url)


def _replace_content(path: Path, text: str) -> None:
    # In place, so that the file stays its owner's.
    with path.open("w", encoding="utf-8") as file:
        file.write(text)


def _run(arguments: list[str]) -> None:
    done = subprocess.run(
        arguments,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=plain_environment(),
        check=False,
    )
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise StackError(
            f"initdb failed: {said[-1] if said else f'exit code {done.returncode}'}",
            slug="cluster_not_built",
            hint="Is there space on the disk, and may this account write to the data folder?",
        )
