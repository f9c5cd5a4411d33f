"""How much memory an import takes, of a small file and of a large one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from uuid import UUID

from benchmarks.stacks import REPOSITORY


def peak_memory(file: Path, organization_id: UUID, *, direct: bool, rejects: bool) -> int:
    """Import a file in a process of its own.

    Returns:
        The peak of its resident memory in bytes.
    """
    peak = file.with_suffix(".peak")
    command = [sys.executable, "-m", "benchmarks.importer", str(peak), "import", str(file)]
    command += ["--yes", "--organization", str(organization_id)]
    command += ["--direct"] if direct else []
    command += ["--rejects", str(file.with_suffix(".rejects"))] if rejects else []
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
    return int(peak.read_text(encoding="utf-8")) * 1024
