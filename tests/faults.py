"""Imports in processes of their own, and a stack whose parts are killed under them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import httpx
import psycopg
from supabase import ClientOptions, create_client

from fix_api import ApiOrganization, ApiUser
from fix_stack import opened_stack
from gateways import PASSWORD, Api, new_email
from imports import HEADER, line, write_csv
from ts_customers.stack import Stack, StackStatus
from ts_customers.stack._processes import identify, wait_until_gone

THERE = 30
_ADD = """
insert into public.customers (organization_id, company_name, external_id, credit_limit)
select %s, 'There ' || n, 'T-' || n, 1000 from generate_series(1, %s) as n
"""
# A call does little, so that some hundred rows take as many calls as a large file does.
_IMPATIENT = """
create or replace function private.has_time(_started_at timestamptz)
returns boolean
language sql
volatile
set search_path = ''
return clock_timestamp() - _started_at < interval '40 milliseconds'
"""
# The program. Ctrl-C is ignored in what a shell starts in the background, the test run itself
# included.
INTERRUPTIBLE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from ts_customers.cli.main import main
main()
"""
_WAITING = "select count(*) from pg_stat_activity where %s = any(pg_blocking_pids(pid))"
_STATUS = "select status from public.customer_imports where organization_id = %s"


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended."""

    code: int
    stdout: str
    stderr: str


@dataclass
class Site:
    """A stack of a test's own, with organizations on it."""

    stack: Stack
    folder: Path
    status: StackStatus = field(init=False)

    def __post_init__(self) -> None:
        self.up()
        with self.admin() as database:
            database.execute(_IMPATIENT)

    def up(self) -> None:
        """Start what does not run."""
        self.status = self.stack.up()

    def kill(self, part: str) -> None:
        """End a part of the stack at once."""
        identity = identify(self.stack.status().processes[part])
        assert identity
        os.kill(identity.pid, signal.SIGKILL)
        assert wait_until_gone(identity, seconds=10)

    @contextmanager
    def admin(self) -> Iterator[psycopg.Connection]:
        """A connection as the superuser."""
        assert self.status.admin_db_url
        with psycopg.connect(self.status.admin_db_url, autocommit=True) as connection:
            yield connection

    @contextmanager
    def organization(self) -> Iterator[ApiOrganization]:
        """An organization with customers that the file is about, too."""
        with ExitStack() as opened:
            http = opened.enter_context(httpx.Client(timeout=30))
            options = ClientOptions(
                auto_refresh_token=False, persist_session=False, httpx_client=http
            )
            assert self.status.api_url
            assert self.status.publishable_key
            client = create_client(self.status.api_url, self.status.publishable_key, options)
            user = client.auth.sign_up({"email": new_email(), "password": PASSWORD}).user
            assert user
            assert user.email
            made = ApiOrganization(ApiUser(user.id, user.email, client), "Acme")
            with self.admin() as database:
                database.execute(_ADD, [made.id, THERE])
            yield made

    def environment(self, organization: ApiOrganization) -> dict[str, str]:
        """What makes the program act as the owner of an organization."""
        assert self.status.api_url
        assert self.status.db_url
        assert self.status.publishable_key
        return {
            "TS_CUSTOMERS_BACKEND": "external",
            "SUPABASE_URL": self.status.api_url,
            "SUPABASE_DB_URL": self.status.db_url,
            "SUPABASE_PUBLISHABLE_KEY": self.status.publishable_key,
            "TS_CUSTOMERS_EMAIL": organization.owner.email,
            "TS_CUSTOMERS_PASSWORD": PASSWORD,
            "XDG_CONFIG_HOME": str(self.folder),
        }


@contextmanager
def running_site(folder: Path) -> Iterator[Site]:
    """A stack that is stopped and deleted in the end, dead parts and all."""
    with opened_stack() as stack:
        yield Site(stack, folder)


def start(
    *arguments: object,
    stdout: int | IO[str] = subprocess.PIPE,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[str]:
    """Start the program."""
    return subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, *map(str, arguments)],
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str], *, seconds: float = 90) -> Ended:
    """Wait for the program to end: nothing hangs."""
    try:
        stdout, stderr = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        _, stderr = process.communicate()
        raise AssertionError(f"still not done after {seconds} s: {stderr}") from None
    return Ended(process.returncode, stdout, stderr)


def await_status(
    database: psycopg.Connection, organization_id: str, *statuses: str, seconds: float = 60
) -> float:
    """Wait until an organization's import has one of these states; returns when that was seen."""
    deadline = time.monotonic() + seconds
    while True:
        row = database.execute(_STATUS, [organization_id]).fetchone()
        now = time.monotonic()
        if row and row[0] in statuses:
            return now
        assert now < deadline, f"an import that is {row} does not become {statuses}"
        time.sleep(0.003)


def write_customers(path: Path, count: int = 1500) -> Path:
    """A file of new customers, some of them in several rows, of known ones, and of wrong rows."""
    rows = []
    for n in range(1, count + 1):
        firm = n if n < 900 or n % 4 else n - 850
        row = line(
            Company=f"Firm {firm}",
            External_ID=f"F-{firm}",
            First_name=f"Ada {n}",
            Credit_limit=str(firm),
            Website=f"firm{firm}.example",
            **{"E-mail": f"p{n}@firm.example"},
        )
        if n % 50 == 7:
            row[:2] = ["", f"T-{n // 50 % THERE + 1}"]
        if n % 25 == 3:
            row[(0, 4, 5)[n % 3]] = ("", "no e-mail", "Goldd")[n % 3]
        rows.append(row)
    return write_csv(path, HEADER, *rows)


@contextmanager
def held_up(api: Api, table: str, mode: str = "exclusive") -> Iterator[psycopg.Connection]:
    """Nobody writes to a table meanwhile."""
    with psycopg.connect(api.admin_db_url) as holder:
        holder.execute(f"lock table {table} in {mode} mode".encode())
        yield holder
        holder.rollback()


def await_blocked(api: Api, holder: psycopg.Connection, process: subprocess.Popen[str]) -> None:
    """Wait until a command has come as far as what is held up."""
    with psycopg.connect(api.admin_db_url, autocommit=True) as watcher:
        deadline = time.monotonic() + 30
        while watcher.execute(_WAITING, [holder.info.backend_pid]).fetchone() == (0,):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.01)
