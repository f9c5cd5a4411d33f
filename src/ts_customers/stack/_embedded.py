"""The embedded backend: PostgreSQL, PostgREST and the gateway on this machine, without Docker."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx
from filelock import FileLock, Timeout

from ts_customers._errors import StackError
from ts_customers.stack._cluster import discard_cluster
from ts_customers.stack._config import StackConfig
from ts_customers.stack._folder import DataFolder, folder_unusable
from ts_customers.stack._launch import (
    SupervisorEnded,
    await_settled,
    can_adopt,
    find_orphans,
    prepare,
    refuse_other_port,
    start_supervisor,
    url_for,
)
from ts_customers.stack._logs import limit_logs, read_logs
from ts_customers.stack._migrations import migrate, seed
from ts_customers.stack._plan import STOP_SIGNALS, State, read_state
from ts_customers.stack._postgres import SUPERUSER, run_each_start
from ts_customers.stack._processes import is_alive, stop
from ts_customers.stack._status import StackStatus

_LOCK_SECONDS = 120.0
_STOP_SECONDS = 40.0


class EmbeddedStack:
    """One project's stack on this machine."""

    backend = "embedded"

    def __init__(self, config: StackConfig, *, report: Callable[[str], None]) -> None:
        self._config = config
        self._report = report
        self._folder = DataFolder(config.data)

    def up(self, *, reset: bool = False) -> StackStatus:
        """Start what does not run, apply pending migrations, and seed once.

        Raises: StackError, with nothing left running that did not run before.
        """
        with self._locked():
            if reset:
                self._discard()
            state = read_state(self._folder)
            ran_before = state is not None and state.settled and not state.missing()
            if ran_before:
                refuse_other_port(self._config, self._folder)
            else:
                self._start(state)
            try:
                self._migrate_and_seed()
            except BaseException:
                if not ran_before:
                    self._stop()
                raise
        return self.status()

    def down(self) -> bool:
        """Stop what this stack started, and nothing else.

        Returns: whether anything ran.
        """
        if not self._folder.path.is_dir():
            return False
        with self._locked():
            return self._stop()

    def reset(self) -> StackStatus:
        """Throw the database away and start with a new one. Keys and ports stay."""
        return self.up(reset=True)

    def status(self) -> StackStatus:
        """How the stack is now."""
        state = read_state(self._folder)
        keys, ports = self._folder.read_secrets(), self._folder.read_ports()
        missing = state.missing() if state else []
        status = StackStatus(
            backend=self.backend,
            running=state is not None and state.settled and not missing,
            versions=self._folder.read_versions(),
            problems=_problems(state, missing) if state else (),
            processes=_pids(state, missing) if state else {},
        )
        if keys is None or ports is None:
            return status
        api_url = f"http://127.0.0.1:{ports.gateway}"
        return replace(
            status,
            api_url=api_url,
            db_url=url_for("postgres", keys, ports),
            admin_db_url=url_for(SUPERUSER, keys, ports),
            publishable_key=keys.publishable_key,
            secret_key=keys.secret_key,
            jwt_secret=keys.jwt_secret,
            inbox_url=f"{api_url}/inbox",
        )

    def migrate(self) -> list[str]:
        """Apply pending migrations.

        Returns: the names of the files that were applied.
        """
        return migrate(self._running_url("postgres"), self._config)

    def seed(self) -> list[str]:
        """Run seed files that were not run yet.

        Returns: the paths of the files that were run.
        """
        return seed(self._running_url("postgres"), self._config)

    def logs(self, part: str = "", *, lines: int = 50, follow: bool = False) -> Iterator[str]:
        """The last lines of one log, or of all, and then what is added while `follow`."""
        return read_logs(self._folder.logs, part, lines=lines, follow=follow)

    def inbox(self, to: str = "") -> list[dict[str, Any]]:
        """The mails that Auth would have sent since the gateway started, the newest last.

        `to` asks for those to one address.
        Raises: StackError stack_not_running.
        """
        url = self.status().inbox_url
        try:
            # Straight to this machine, whatever proxy the environment names.
            answer = httpx.get(url or "", params={"to": to}, trust_env=False)
            mails: list[dict[str, Any]] = answer.raise_for_status().json()
        except httpx.HTTPError as error:
            raise _not_running() from error
        return mails

    def _start(self, state: State | None) -> None:
        if state is not None and can_adopt(self._folder, state) and self._complete(state):
            return
        try:
            self._stop()
            limit_logs(self._folder.logs)
            request = prepare(self._config, self._folder, running=set(), report=self._report)
            start_supervisor(self._folder)
            await_settled(self._folder, request)
            run_each_start(self._running_url(SUPERUSER))
        except BaseException:
            self._stop()
            raise

    def _complete(self, state: State) -> bool:
        """Have the supervisor start what is missing.

        Returns: False where it was about to end, as after a `down` that was interrupted.
        """
        running = set(state.parts) - set(state.missing())
        request = prepare(self._config, self._folder, running=running, report=self._report)
        try:
            os.kill(state.supervisor.pid, signal.SIGUSR1)
            await_settled(self._folder, request, supervisor=state.supervisor)
        except (ProcessLookupError, SupervisorEnded):
            return False
        run_each_start(self._running_url(SUPERUSER))
        return True

    def _migrate_and_seed(self) -> None:
        for name in self.migrate():
            self._report(f"applied {name}")
        for path in self.seed():
            self._report(f"ran {path}")

    def _stop(self) -> bool:
        state = read_state(self._folder)
        ran = state is not None and is_alive(state.supervisor)
        if state:
            stop(state.supervisor, signal.SIGTERM, seconds=_STOP_SECONDS)
        return self._end_orphans(state) or ran

    def _end_orphans(self, state: State | None) -> bool:
        """End what a killed supervisor left running.

        Returns: whether there was anything.
        """
        orphans = find_orphans(self._folder, state)
        for name, identity in orphans:
            stop(identity, STOP_SIGNALS.get(name, signal.SIGTERM), seconds=_STOP_SECONDS)
        self._folder.state.unlink(missing_ok=True)
        return bool(orphans)

    def _discard(self) -> None:
        self._stop()
        if self._folder.cluster.exists():
            discard_cluster(self._folder.discarded)
            self._folder.cluster.rename(self._folder.discarded)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._folder.create()
        lock = FileLock(self._folder.lock, timeout=_LOCK_SECONDS)
        try:
            lock.acquire()
        except Timeout as error:
            raise StackError(
                f"another command has been at work on {self._folder.path} for too long",
                slug="stack_busy",
                hint="Wait for it to end, or end it.",
            ) from error
        except OSError as error:
            raise folder_unusable(self._folder.path, error) from error
        try:
            yield
        finally:
            lock.release()

    def _running_url(self, role: str) -> str:
        state = read_state(self._folder)
        keys, ports = self._folder.read_secrets(), self._folder.read_ports()
        if state is None or keys is None or ports is None or "postgres" in state.missing():
            raise _not_running()
        return url_for(role, keys, ports)


def _not_running() -> StackError:
    return StackError(
        "the stack does not run", slug="stack_not_running", hint="Run `ts-customers up`."
    )


def _problems(state: State, missing: list[str]) -> tuple[str, ...]:
    if not state.settled and not missing:
        return ("it is starting",)
    if missing[:1] == ["supervisor"]:
        return (f"supervisor (pid {state.supervisor.pid}) is gone", *_problems(state, missing[1:]))
    return tuple(state.problems.get(name, f"{name} is gone") for name in missing)


def _pids(state: State, missing: list[str]) -> dict[str, int]:
    everything = {"supervisor": state.supervisor, **state.parts}
    return {name: process.pid for name, process in everything.items() if name not in missing}
