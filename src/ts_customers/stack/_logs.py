"""The logs of an embedded stack's parts."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from ts_customers._errors import StackError

LOGS = ("supervisor", "postgres", "postgrest", "gateway")
_LARGEST_BYTES = 20_000_000
_POLL_SECONDS = 0.3


def read_logs(folder: Path, part: str, *, lines: int, follow: bool) -> Iterator[str]:
    """The last lines of one log, or of every one with its name before each line.

    Raises: StackError log_unknown.
    """
    if part and part not in LOGS:
        raise StackError(
            f"there is no log {part!r}",
            slug="log_unknown",
            hint=f"Choose one of {', '.join(LOGS)}.",
        )
    return _lines(folder, (part,) if part else LOGS, lines=lines, follow=follow)


def last_line(folder: Path, part: str) -> str:
    """The last line that a part wrote, or what it says it died of; empty where there is none."""
    found = [line.strip() for line in _tail(folder / f"{part}.log", 10)]
    fatal = [line for line in found if "FATAL:" in line or "PANIC:" in line]
    return (fatal or found or [""])[-1]


def limit_logs(folder: Path) -> None:
    """Set a log that has grown large aside, in place of the one set aside before."""
    for part in LOGS:
        path = folder / f"{part}.log"
        if path.exists() and path.stat().st_size > _LARGEST_BYTES:
            path.replace(path.with_suffix(".log.1"))


def _lines(folder: Path, parts: tuple[str, ...], *, lines: int, follow: bool) -> Iterator[str]:
    names = {part: f"{part:<10} " if len(parts) > 1 else "" for part in parts}
    for part in parts:
        for line in _tail(folder / f"{part}.log", lines):
            yield names[part] + line
    if not follow:
        return

    positions = {part: _size(folder / f"{part}.log") for part in parts}
    while True:
        for part in parts:
            path = folder / f"{part}.log"
            if _size(path) <= positions[part]:
                continue
            with path.open(encoding="utf-8", errors="replace") as file:
                file.seek(positions[part])
                for line in file:
                    yield names[part] + line.rstrip("\n")
                positions[part] = file.tell()
        time.sleep(_POLL_SECONDS)


def _tail(path: Path, count: int) -> list[str]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", errors="replace") as file:
        return [line.rstrip("\n") for line in deque(file, maxlen=count)]


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
