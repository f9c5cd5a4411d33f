"""Processes and ports: who is alive, who listens, and stopping exactly those that are meant."""

from __future__ import annotations

import secrets
import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

# Below the range from which systems give outgoing connections their ports.
_PORT_RANGE = range(20_000, 32_000)


@dataclass(frozen=True, slots=True)
class Identity:
    """One process, told apart from a later one with the same pid by when it started."""

    pid: int
    started: str


def identify(pid: int) -> Identity | None:
    """The process that has a pid now.

    Returns: None where there is none, or only one that has ended and waits for its parent.
    """
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return Identity(pid, _start_mark(process))
    except psutil.NoSuchProcess:
        return None


def is_alive(identity: Identity | None) -> bool:
    """Whether this very process still runs."""
    return identity is not None and identify(identity.pid) == identity


def find_by_arguments(arguments: Sequence[str]) -> Iterator[Identity]:
    """The processes that were started with exactly these arguments."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.cmdline() == list(arguments) and (found := identify(process.pid)):
                yield found


def stop(identity: Identity, how: signal.Signals, *, seconds: float) -> None:
    """Ask a process to stop, and end it if it has not done so in time."""
    for attempt, patience in ((how, seconds), (signal.SIGKILL, 5.0)):
        if not is_alive(identity):
            return
        with suppress(psutil.NoSuchProcess):
            psutil.Process(identity.pid).send_signal(attempt)
        wait_until_gone(identity, seconds=patience)


def wait_until_gone(identity: Identity, *, seconds: float) -> bool:
    """Wait for a process to end.

    Returns: whether it did.
    """
    deadline = time.monotonic() + seconds
    while is_alive(identity):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def port_is_free(port: int) -> bool:
    """Whether a server could listen on a port of 127.0.0.1."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port(preferred: int | None = None, *, besides: Sequence[int] = ()) -> int:
    """A port that nobody listens on, the preferred one if it can be had."""
    if preferred and preferred not in besides and port_is_free(preferred):
        return preferred
    while True:
        port = secrets.choice(_PORT_RANGE)
        if port not in besides and port_is_free(port):
            return port


def describe_listener(port: int) -> str | None:
    """The process that listens on a port, where the system tells."""
    with suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and connection.pid
            if listens and connection.laddr and connection.laddr.port == port:
                return f"{psutil.Process(connection.pid).name()}, pid {connection.pid}"
    return None


def _start_mark(process: psutil.Process) -> str:
    if not sys.platform.startswith("linux"):
        return f"{process.create_time():.2f}"
    # Ticks since this boot: unlike the time of day, no correction of the clock moves them.
    try:
        fields = Path("/proc", str(process.pid), "stat").read_text(
            encoding="utf-8", errors="replace"
        )
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except (FileNotFoundError, ProcessLookupError) as error:
        raise psutil.NoSuchProcess(process.pid) from error
    return f"{boot}:{fields.rpartition(')')[2].split()[19]}"
