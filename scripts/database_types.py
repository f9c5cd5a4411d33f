"""Writes types/: the schema as TypeScript and Python, as the Supabase CLI generates it.

    .venv/bin/python scripts/database_types.py

Needs the packages of package.json (npm ci). A test fails while a committed file differs.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from ts_customers.stack import open_stack

ROOT = Path(__file__).resolve().parent.parent
CLI = ROOT / "node_modules" / ".bin" / "supabase"

FILES = {
    ROOT / "types" / "database.ts": "typescript",
    ROOT / "types" / "database.py": "python",
}


def generated(language: str, db_url: str) -> str:
    """Return the types of schema public as the Supabase CLI writes them.

    Raises:
        subprocess.CalledProcessError: the CLI refused.
    """
    arguments = [f"--lang={language}", "--schema=public", f"--remote={db_url}?sslmode=disable"]
    done = subprocess.run(
        [CLI, "gen", "types", *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def main() -> None:
    """Write every file from a stack of its own."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"TS_CUSTOMERS_DATA": folder, "TS_CUSTOMERS_PORT": "0"}
        stack = open_stack(ROOT)
        status = stack.up()
        try:
            for path, language in FILES.items():
                assert status.db_url
                path.write_text(generated(language, status.db_url), encoding="utf-8")
                print(path.relative_to(ROOT))
        finally:
            stack.down()


if __name__ == "__main__":
    main()
