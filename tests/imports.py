"""Files to import, for the tests of importing."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from typer.testing import CliRunner, Result

from fix_api import ApiOrganization, ApiUser
from gateways import PASSWORD
from ts_customers import TsCustomersError
from ts_customers.cli.main import app
from ts_customers.importing import Limits, Table, map_columns, open_source, read_table
from ts_customers.importing._rows import RowMaker

HEADER = ["Company", "External ID", "First name", "Last name", "E-mail", "Tier", "Street", "City"]
HEADER += ["Postal code", "Country", "Credit limit", "Website"]
ROW = dict(
    zip(
        HEADER,
        "Acme,A-1,Ada,Ott,ada@acme.example,Gold,Weg 1,Bonn,53111,DE,5000,acme.example".split(","),
        strict=True,
    )
)


def line(**changes: str) -> list[str]:
    """A row that is sound but for these cells; keys have _ for the blanks in headers."""
    named = {key.replace("_", " "): cell for key, cell in changes.items()}
    return [named.get(column, cell) for column, cell in ROW.items()]


def numbered(count: int) -> list[list[str]]:
    """Sound rows of different companies."""
    return [
        line(Company=f"Firm {n}", External_ID=f"F-{n}", **{"E-mail": f"p{n}@firm.example"})
        for n in range(1, count + 1)
    ]


def write_csv(path: Path, *rows: Sequence[str]) -> Path:
    """Write rows, the first of which is the header."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    path.write_text(buffer.getvalue(), encoding="utf-8")
    return path


def write_xlsx(path: Path, *rows: Sequence[Any]) -> Path:
    """Write rows to the only sheet of a workbook, the first of which is the header."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Customers")
    for row in rows:
        sheet.append(row)
    workbook.save(path)
    return path


@contextmanager
def opened_table(
    path: Path,
    limits: Limits | None = None,
    *,
    encoding: str | None = None,
    sheet: str | None = None,
) -> Iterator[Table]:
    """Open a file and read it through."""
    limits = limits or Limits()
    with open_source(path, limits, encoding=encoding) as source:
        yield read_table(source, limits, sheet=sheet)


def refusal(path: Path, limits: Limits | None = None, **options: str) -> TsCustomersError:
    """Why a file is not read."""
    with pytest.raises(TsCustomersError) as caught, opened_table(path, limits, **options) as table:
        list(table.records())
    return caught.value


def made_rows(path: Path, *lines: Sequence[str]) -> list[dict[str, Any]]:
    """The rows that a file of these lines becomes, mapped by the names of its columns."""
    with opened_table(write_csv(path, *lines)) as table:
        maker = RowMaker(table, map_columns(table.header, {}, creates=False))
        return [maker.row(record) for record in table.records()]


@dataclass(frozen=True, slots=True)
class Program:
    """`ts-customers import`, signed in as the owner of an organization."""

    org: ApiOrganization

    def __call__(self, *arguments: object, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(app, ["import", *map(str, arguments)], input=stdin)

    def json(self, *arguments: object, stdin: bytes | None = None) -> Any:
        """Run it with --json, and see that it did not fail."""
        result = self(*arguments, "--json", stdin=stdin)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def rows(self, table: str, columns: str) -> list[dict[str, Any]]:
        """What is in the database, seen by the owner."""
        query = (
            self.org.owner.client.table(table).select(columns).eq("organization_id", self.org.id)
        )
        found: Any = query.execute().data
        return sorted(found, key=str)

    def customers(self) -> list[dict[str, Any]]:
        """The customers apart from the one that every organization of the tests has."""
        found = self.rows(
            "customers", "company_name, external_id, website, credit_limit, billing_address"
        )
        return [row for row in found if row["external_id"]]


def sign_in_as(patch: pytest.MonkeyPatch, user: ApiUser) -> None:
    """Let the program act as a user."""
    patch.setenv("TS_CUSTOMERS_EMAIL", user.email)
    patch.setenv("TS_CUSTOMERS_PASSWORD", PASSWORD)
