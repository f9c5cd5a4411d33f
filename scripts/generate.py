"""Generates the files that are made from other data: run it after an upgrade of that data.

    .venv/bin/python scripts/generate.py

A test fails while a committed file differs from what this writes.
"""

from __future__ import annotations

from pathlib import Path

import address_formats
import currencies
import example_customers

ROOT = Path(__file__).resolve().parent.parent
MIGRATIONS = ROOT / "supabase" / "migrations"

GENERATED = {
    MIGRATIONS / "20261122000200_currencies.sql": currencies.migration,
    MIGRATIONS / "20261122000300_address_formats.sql": address_formats.migration,
    ROOT / "examples" / "customers.csv": example_customers.customers_csv,
}


def main() -> None:
    """Write every generated file."""
    for path, content in GENERATED.items():
        path.write_text(content(), encoding="utf-8", newline="\n")
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
