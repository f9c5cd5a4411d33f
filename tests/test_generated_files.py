"""Generated files are what their generators write today, and hold what is known by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import address_formats
import currencies
import generate


@pytest.mark.parametrize(
    ("path", "content"),
    [pytest.param(*item, id=item[0].name) for item in generate.GENERATED.items()],
)
def test_generating_again_changes_nothing(path: Path, content: Callable[[], str]) -> None:
    assert path.read_bytes() == content().encode(), "run: .venv/bin/python scripts/generate.py"


@pytest.mark.parametrize(
    ("country", "required"),
    [
        ("US", ["line1", "city", "state", "postal_code"]),
        ("GB", ["line1", "city", "postal_code"]),
        ("JP", ["line1", "state", "postal_code"]),
        ("DE", ["line1", "city", "postal_code"]),
        ("IE", ["line1", "city"]),
        ("HK", ["line1", "state"]),
        ("SG", ["line1", "postal_code"]),
        ("AE", ["line1", "state"]),
        ("PR", ["line1", "city", "postal_code"]),
        ("AS", ["line1", "city", "postal_code"]),
    ],
)
def test_a_country_requires_what_its_post_requires(country: str, required: list[str]) -> None:
    assert address_formats.required_fields(country) == required


def test_there_is_every_country_of_iso_3166_and_kosovo() -> None:
    countries = address_formats.countries()

    assert len(countries) == 250
    assert {"XK", "KP", "TW", "AX", "UM"} <= set(countries)


def test_a_subdivision_can_be_written_in_every_usual_way() -> None:
    assert address_formats.subdivisions("JP")["東京都"] == {
        "latin": "Tokyo",
        "code": "13",
        "iso": "JP-13",
    }
    assert address_formats.subdivisions("CA")["QC"] == {
        "name": "Quebec",
        "fr": "Québec",
        "iso": "CA-QC",
    }
    assert address_formats.subdivisions("HK")["Kowloon"] == {"name": "九龍"}


@pytest.mark.parametrize("country", address_formats.countries())
def test_the_example_of_a_country_has_its_pattern(country: str) -> None:
    row = address_formats.address_format(country)

    if row["postal_code_pattern"] and row["postal_code_example"]:
        assert re.match(row["postal_code_pattern"], row["postal_code_example"])


def test_currencies_have_the_digits_of_iso_4217() -> None:
    digits = {code: n for n, codes in currencies.minor_units().items() for code in codes}

    assert {code: digits[code] for code in ("USD", "JPY", "KWD", "CLP", "CLF", "ISK")} == {
        "USD": 2,
        "JPY": 0,
        "KWD": 3,
        "CLP": 0,
        "CLF": 4,
        "ISK": 0,
    }
    assert {"XAU", "XXX", "XTS"}.isdisjoint(digits)
