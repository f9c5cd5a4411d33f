"""Writes src/ts_customers/doctor/catalogue.json: what `ts-customers doctor` expects of a database.

    .venv/bin/python scripts/database_catalogue.py

Run it after every change of a migration that makes or alters an object. A test fails while the
committed file differs.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import psycopg

from ts_customers.doctor._catalogue import FILE, read_catalogue, to_json
from ts_customers.stack import open_stack

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "src" / "ts_customers" / "doctor" / FILE


def main() -> None:
    """Write the file from a stack of its own."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"TS_CUSTOMERS_DATA": folder, "TS_CUSTOMERS_PORT": "0"}
        stack = open_stack(ROOT)
        status = stack.up()
        try:
            assert status.db_url
            with psycopg.connect(status.db_url) as connection:
                TARGET.write_text(to_json(read_catalogue(connection)), encoding="utf-8")
            print(TARGET.relative_to(ROOT))
        finally:
            stack.down()


if __name__ == "__main__":
    main()
