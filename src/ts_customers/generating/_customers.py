"""Made-up customers as the rows of a file: any number of them, none kept in memory."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import islice

from ts_customers.generating._numbers import TAX_IDS, phones
from ts_customers.generating._words import COUNTRIES, LANGUAGES

TIERS = ("Gold", "Silver", "Bronze")
TAGS = ("wholesale", "export", "retail", "priority", "seasonal", "net-new", "public-sector")
ROLES = ("primary", "billing", "shipping")

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
_CODES = tuple(TAX_IDS)
_WEIGHTS = tuple(COUNTRIES[code].weight for code in _CODES)
_SYLLABLES = tuple(first + second for first in "bdfgklmnprstvzhjwcqx" for second in "aeiou")
_IDS = 10_000_000
_LATIN = str.maketrans({"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "œ": "oe"})


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
    for number in range(_IDS):
        yield from _customer(random.Random(f"{seed} {number}"), seed, number)  # noqa: S311


def _customer(dice: random.Random, seed: int, number: int) -> Iterator[Row]:
    code = dice.choices(_CODES, _WEIGHTS)[0]
    country = COUNTRIES[code]
    language = LANGUAGES[country.language]
    word = _word(number, seed)
    form = dice.choice(country.forms or language.forms)
    trade = dice.choice(language.trades)
    is_latin = language.latin is None
    name = f"{word} {trade} {form}" if is_latin else f"{form}{word}{trade}"
    domain = f"{word.lower()}-{_slug(trade)}".rstrip("-") + ".example"
    city, state, postal_code = dice.choice(country.places)
    # Streets are called after people.
    street = country.street.format(n=dice.randint(1, 98), w=dice.choice(language.last_names))
    external_id = f"C-{100_000 + number}"
    people = [_contact(dice, code, domain, role) for role in ROLES]
    has_two, has_three = dice.random() < 0.15, dice.random() < 0.05
    yield (
        external_id,
        name,
        f"https://www.{domain}",
        TAX_IDS[code](f"{_spread(number, seed):07}") if dice.random() < 0.8 else "",
        dice.choices(("", *TIERS), (40, 10, 20, 30))[0],
        country.currency,
        f"Net {dice.choice((7, 14, 30, 30, 30, 45, 60))}",
        str(dice.choice((5, 10, 25, 50)) * 1000) if dice.random() < 0.4 else "",
        "; ".join(sorted(dice.sample(TAGS, dice.choice((0, 1, 1, 2, 3))))),
        street,
        city,
        state,
        _filled(dice, postal_code),
        code,
        *(people[0] if has_two or has_three or dice.random() < 0.95 else _NO_CONTACT),
        *(people[1] if has_two else _NO_CONTACT),
    )
    if has_three:
        blanks = ("",) * (len(COLUMNS) - 2 - 2 * len(_NO_CONTACT))
        yield (external_id, name, *blanks, *people[2], *_NO_CONTACT)


def _contact(dice: random.Random, code: str, domain: str, role: str) -> Row:
    language = LANGUAGES[COUNTRIES[code].language]
    first, last = dice.choice(language.first_names), dice.choice(language.last_names)
    latin = language.latin or {}
    # Domains are unique, and the people at one of them differ by their roles.
    start = "" if role == ROLES[0] else f"{role}."
    local = f"{start}{_slug(latin.get(first, first))}.{_slug(latin.get(last, last))}"
    return (first, last, f"{local}@{domain}", dice.choice(phones(code)), role)


def _word(number: int, seed: int) -> str:
    """A name that no other number has: three syllables, and more where those do not suffice."""
    rest, low = divmod(number, 100**3)
    # Neighbours in a file are none in the alphabet.
    digits = (low * 387_421 + seed * 7919) % 100**3
    syllables = []
    for _ in range(3):
        digits, digit = divmod(digits, 100)
        syllables.append(_SYLLABLES[digit])
    if rest:
        syllables.append(_SYLLABLES[rest - 1])
    return "".join(syllables).capitalize()


def _spread(number: int, seed: int) -> int:
    """Seven digits that no other number has."""
    return (number * 3_874_213 + seed * 7919) % _IDS


def _filled(dice: random.Random, template: str) -> str:
    """Put a digit for each #, and a letter for each @."""
    letters = {"#": "0123456789", "@": "ABEGHJLNRTWXY"}
    return "".join(dice.choice(letters.get(character, character)) for character in template)


@cache
def _slug(text: str) -> str:
    """Write a word as part of an address: Latin letters in lower case; none of another script."""
    plain = unicodedata.normalize("NFKD", text.translate(_LATIN)).encode("ascii", "ignore")
    return re.sub(r"[^a-z0-9]+", "-", plain.decode().lower()).strip("-")
