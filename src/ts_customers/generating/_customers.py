"""Made-up customers as the rows of a file: any number of them, none kept in memory."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from ts_customers.generating._companies import (
    COMPANIES,
    Person,
    dice_for,
    made_company,
    made_person,
)
from ts_customers.generating._numbers import as_written

_CUSTOMER = (
    "External ID", "Company name", "Website", "Tax ID", "Tier", "Currency", "Payment terms",
    "Credit limit", "Tags",
)  # fmt: skip
_ADDRESS = tuple(f"Billing {part}" for part in "street,city,state,postal code,country".split(","))
_CONTACTS = tuple(
    f"{contact} {part}"
    for contact in ("Contact", "Contact 2")
    for part in ("first name", "last name", "email", "phone", "role")
)
COLUMNS = (*_CUSTOMER, *_ADDRESS, *_CONTACTS)

Row = tuple[str, ...]

_NO_CONTACT = ("",) * 5


def made_customers(rows: int, *, seed: int = 1) -> Iterator[Row]:
    """Make the rows of a file under `COLUMNS`, most of which are a customer with a contact.

    Of five customers one has no contact or two, and one of twenty has a third contact, in a row of
    its own that repeats the external id and the name. The first rows are the same ones, however
    many there are to be.

    Args:
        rows: How many rows, at most ten million.
        seed: Which customers; names, external ids, tax ids and addresses differ within a seed.
    """
    return islice(_rows(seed), rows)


def _rows(seed: int) -> Iterator[Row]:
    for number in range(COMPANIES):
        yield from _customer(seed, number)


def _customer(seed: int, number: int) -> Iterator[Row]:
    dice = dice_for(seed, number)
    company = made_company(dice, seed, number)
    count = dice.choices((0, 1, 2, 3), (4, 76, 15, 5))[0]
    people = [_contact(made_person(dice, company, position)) for position in range(count)]
    first, second = [*people, _NO_CONTACT, _NO_CONTACT][:2]
    yield (
        company.external_id,
        company.name,
        f"https://www.{company.domain}",
        company.tax_id,
        company.tier,
        company.currency,
        f"Net {company.payment_terms}",
        str(company.credit_limit or ""),
        "; ".join(company.tags),
        company.street,
        company.city,
        company.state,
        company.postal_code,
        company.country,
        *first,
        *second,
    )
    for person in people[2:]:
        blanks = ("",) * (len(COLUMNS) - 2 - 2 * len(_NO_CONTACT))
        yield (company.external_id, company.name, *blanks, *person, *_NO_CONTACT)


def _contact(person: Person) -> Row:
    return (
        person.first_name,
        person.last_name,
        person.email,
        as_written(person.phone),
        person.role,
    )
