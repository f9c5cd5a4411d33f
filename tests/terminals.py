"""Terminals that a test looks at."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys


def read_until_closed(keyboard: int) -> str:
    """What is written to a terminal until nobody holds it."""
    shown = b""
    while select.select([keyboard], [], [], 60)[0]:
        try:
            part = os.read(keyboard, 65_536)
        except OSError:  # how Linux says that the other side is closed
            break
        if not part:
            break
        shown += part
    return shown.decode(errors="replace")


def shown_in(columns: int, *arguments: object) -> list[str]:
    """The lines that a command which succeeds prints to a terminal of so many columns."""
    keyboard, terminal = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "ts_customers.cli.main", *map(str, arguments)],
        env=os.environ | {"COLUMNS": str(columns), "TERM": "dumb"},
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=subprocess.DEVNULL,
    ) as process:
        os.close(terminal)
        shown = read_until_closed(keyboard)
        assert process.wait(timeout=60) == 0
    os.close(keyboard)
    return shown.splitlines()
