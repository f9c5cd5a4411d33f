"""The process that keeps the parts of a stack: starts them, says when one dies, stops them.

Run as `python -m ts_customers.stack._supervisor DATA_FOLDER`. It detaches by itself. SIGUSR1 asks
it to start what is missing, SIGTERM to stop everything and end.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from ts_customers._errors import StackError
from ts_customers.stack._folder import DataFolder
from ts_customers.stack._logs import last_line
from ts_customers.stack._plan import STOP_SIGNALS, Part, State, read_plan, write_state
from ts_customers.stack._postgres import clear_leftovers, end_workers, is_ready, run_each_start
from ts_customers.stack._processes import Identity, identify

_START_SECONDS = 60.0
_STOP_SECONDS = 15.0
_EACH_START_AGAIN_SECONDS = 3600.0
_HELD = 'lock file "postmaster.pid" already exists'

log = logging.getLogger("supervisor")


class Supervisor:
    """The parts of one stack, as children of this process."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self._identity = identify(os.getpid()) or Identity(os.getpid(), "")
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._identities: dict[str, Identity] = {}
        self._problems: dict[str, str] = {}
        self._request = ""
        self._settled = False
        self._stopping = False
        self._start_asked = True
        self._wakeup, self._wake = os.pipe()
        self._next_work = time.monotonic() + _EACH_START_AGAIN_SECONDS

    def run(self) -> None:
        """Keep the parts until told to stop."""
        os.set_blocking(self._wake, False)
        os.set_blocking(self._wakeup, False)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, lambda *_: self._ask_to_stop())
        signal.signal(signal.SIGUSR1, lambda *_: self._ask_to_start())
        signal.signal(signal.SIGCHLD, lambda *_: None)

        while not self._stopping:
            if self._start_asked:
                self._start_asked = False
                self._start_missing()
            else:
                self._wait(max(0.0, self._next_work - time.monotonic()))
            self._notice_deaths()
            if time.monotonic() >= self._next_work:
                self._repeat_each_start()

        # First: nobody may take for running what is about to end.
        self._folder.state.unlink(missing_ok=True)
        self._stop_all()
        log.info("stopped")

    def _ask_to_stop(self) -> None:
        self._stopping = True

    def _ask_to_start(self) -> None:
        self._start_asked = True

    def _start_missing(self) -> None:
        plan = read_plan(self._folder)
        if plan is None:
            log.error("no plan in %s", self._folder.plan)
            self._stopping = True
            return

        self._request = plan.request
        self._write(settled=False)
        if "postgres" not in self._children:
            # It waits up to half a minute before it tries a database again that it has lost.
            self._stop_part("postgrest")
        missing = [part for part in plan.parts if part.name not in self._children]
        # The database first, for the same reason.
        for group in (
            [part for part in missing if part.ready_url is None],
            [part for part in missing if part.ready_url is not None],
        ):
            for part in group:
                self._spawn(part)
            unready = [
                part.name
                for part in group
                if not self._await_ready(part) and not self._try_without_rival(part)
            ]
            if unready:
                break
        self._write(settled=True)

    def _spawn(self, part: Part) -> None:
        self._problems.pop(part.name, None)
        with (self._folder.logs / f"{part.name}.log").open("ab") as output:
            child = subprocess.Popen(
                [*part.prefix, *part.arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self._children[part.name] = child
        if identity := identify(child.pid):
            self._identities[part.name] = identity
        self._write(settled=False)
        log.info("%s (pid %d) was started", part.name, child.pid)

    def _await_ready(self, part: Part) -> bool:
        deadline = time.monotonic() + _START_SECONDS
        while part.name in self._children and not self._stopping:
            if _answers(part, self._folder):
                return True
            if time.monotonic() > deadline:
                self._problems[part.name] = f"did not get ready in {_START_SECONDS:.0f} s"
                break
            self._wait(0.02)
            self._notice_deaths()
        return False

    def _try_without_rival(self, part: Part) -> bool:
        """Start the database again where another one has taken its files a moment before.

        An `up` that was killed may leave one behind that nobody had seen yet.
        """
        is_held = _HELD in last_line(self._folder.logs, part.name)
        if part.name != "postgres" or part.name in self._children or not is_held:
            return False
        log.warning("another server holds the database's files, and is ended")
        end_workers(self._folder.cluster)
        clear_leftovers(self._folder.cluster)
        self._spawn(part)
        return self._await_ready(part)

    def _notice_deaths(self) -> None:
        for name, child in list(self._children.items()):
            code = child.poll()
            if code is None:
                continue
            del self._children[name]
            how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
            when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
            self._problems[name] = f"{name} (pid {child.pid}) {how} at {when}"
            log.error("%s", self._problems[name])
            self._write()

    def _repeat_each_start(self) -> None:
        self._next_work = time.monotonic() + _EACH_START_AGAIN_SECONDS
        plan = read_plan(self._folder)
        if plan is None or "postgres" not in self._children:
            return
        try:
            run_each_start(plan.admin_url)
        except StackError as error:
            log.warning("the hourly work on the database failed: %s", error)

    def _stop_all(self) -> None:
        # In reverse, so that nothing loses the database before it ends.
        for name in reversed(list(self._children)):
            self._stop_part(name)

    def _stop_part(self, name: str) -> None:
        child = self._children.pop(name, None)
        if child is None:
            return
        child.send_signal(STOP_SIGNALS.get(name, signal.SIGTERM))
        try:
            child.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            log.warning("%s (pid %d) does not stop and is killed", name, child.pid)
            child.kill()
            child.wait()
        log.info("%s (pid %d) was stopped", name, child.pid)

    def _wait(self, seconds: float) -> None:
        """Sleep until a signal arrives, or for so long."""
        woken, _, _ = select.select([self._wakeup], [], [], seconds)
        if woken:
            os.read(self._wakeup, 1024)

    def _write(self, *, settled: bool | None = None) -> None:
        if settled is not None:
            self._settled = settled
        write_state(
            self._folder,
            State(
                supervisor=self._identity,
                request=self._request,
                settled=self._settled,
                parts=self._identities,
                problems=self._problems,
            ),
        )


def _answers(part: Part, folder: DataFolder) -> bool:
    if part.ready_url is None:
        return is_ready(folder.cluster)
    url = urlsplit(part.ready_url)
    connection = HTTPConnection(url.hostname or "127.0.0.1", url.port, timeout=1)
    try:
        connection.request("HEAD", url.path)
        # PostgREST says 503 until it has read the schema.
        return connection.getresponse().status != 503
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def main() -> None:
    """Leave the caller's process tree, then keep the stack."""
    if os.fork() != 0:
        os._exit(0)
    os.umask(0o077)
    os.chdir("/")
    logging.basicConfig(
        format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO, stream=sys.stderr
    )
    Supervisor(DataFolder(Path(sys.argv[1]))).run()


if __name__ == "__main__":
    main()
