"""Runs `ts-customers import` in a process of its own, and says how much memory that took.

    python -m benchmarks.importer PEAK import FILE ...

Writes the process's peak of resident memory in KiB to the file PEAK. The figure is that of this
program alone: what `getrusage` says includes the process that started it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ts_customers.cli.main import app


def main() -> None:
    """Run the command, and write the figure down whatever becomes of it."""
    peak, *arguments = sys.argv[1:]
    try:
        app(arguments)
    finally:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
        Path(peak).write_text(line.split()[1], encoding="utf-8")


if __name__ == "__main__":
    main()
