"""Made-up companies and their people: any number of them, each told by its number alone."""

from __future__ import annotations

import random
import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from ts_customers.generating._numbers import TAX_IDS, phones
from ts_customers.generating._words import COUNTRIES, LANGUAGES

TIERS = ("Gold", "Silver", "Bronze")
TAGS = ("wholesale", "export", "retail", "priority", "seasonal", "net-new", "public-sector")
ROLES = ("primary", "billing", "shipping", "contact")
COMPANIES = 10_000_000

_CODES = tuple(TAX_IDS)
_WEIGHTS = tuple(COUNTRIES[code].weight for code in _CODES)
_SYLLABLES = tuple(first + second for first in "bdfgklmnprstvzhjwcqx" for second in "aeiou")
_LATIN = str.maketrans({"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "œ": "oe"})


@dataclass(frozen=True, slots=True)
class Company:
    """A company as it is known to itself; empty strings and None where it has no such thing."""

    external_id: str
    name: str
    domain: str
    tax_id: str
    tier: str
    currency: str
    payment_terms: int
    credit_limit: int | None
    tags: tuple[str, ...]
    street: str
    city: str
    state: str
    postal_code: str
    country: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at a company; `phone` is in E.164."""

    first_name: str
    last_name: str
    email: str
    phone: str
    role: str


def dice_for(seed: int, number: int) -> random.Random:
    """What decides about one company, whichever others are made."""
    return random.Random(f"{seed} {number}")  # noqa: S311


def made_company(dice: random.Random, seed: int, number: int) -> Company:
    """Make a company. Names, domains, external ids and tax ids differ within a seed.

    Args:
        dice: As `dice_for` gives them.
        seed: Which companies.
        number: Which one of them, below `COMPANIES`.
    """
    code = dice.choices(_CODES, _WEIGHTS)[0]
    country = COUNTRIES[code]
    language = LANGUAGES[country.language]
    word = _word(number, seed)
    form = dice.choice(country.forms or language.forms)
    trade = dice.choice(language.trades)
    city, state, postal_code = dice.choice(country.places)
    return Company(
        external_id=f"C-{100_000 + number}",
        name=f"{word} {trade} {form}" if language.latin is None else f"{form}{word}{trade}",
        domain=f"{word.lower()}-{_slug(trade)}".rstrip("-") + ".example",
        tax_id=TAX_IDS[code](f"{_spread(number, seed):07}") if dice.random() < 0.8 else "",
        tier=dice.choices(("", *TIERS), (40, 10, 20, 30))[0],
        currency=country.currency,
        payment_terms=dice.choice((7, 14, 30, 30, 30, 45, 60)),
        credit_limit=dice.choice((5, 10, 25, 50)) * 1000 if dice.random() < 0.4 else None,
        tags=tuple(sorted(dice.sample(TAGS, dice.choice((0, 1, 1, 2, 3))))),
        # Streets are called after people.
        street=country.street.format(n=dice.randint(1, 98), w=dice.choice(language.last_names)),
        city=city,
        state=state,
        postal_code=_filled(dice, postal_code),
        country=code,
    )


def made_person(dice: random.Random, company: Company, position: int) -> Person:
    """Make one of a company's people, whose e-mail addresses differ; the first one is primary."""
    language = LANGUAGES[COUNTRIES[company.country].language]
    first, last = dice.choice(language.first_names), dice.choice(language.last_names)
    latin = language.latin or {}
    local = f"{_slug(latin.get(first, first))}.{_slug(latin.get(last, last))}"
    if position:
        local = f"{local}.{position + 1}"
    return Person(
        first,
        last,
        f"{local}@{company.domain}",
        dice.choice(phones(company.country)),
        ROLES[min(position, len(ROLES) - 1)],
    )


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
    return (number * 3_874_213 + seed * 7919) % COMPANIES


def _filled(dice: random.Random, template: str) -> str:
    """Put a digit for each #, and a letter for each @."""
    letters = {"#": "0123456789", "@": "ABEGHJLNRTWXY"}
    return "".join(dice.choice(letters.get(character, character)) for character in template)


@cache
def _slug(text: str) -> str:
    """Write a word as part of an address: Latin letters in lower case; none of another script."""
    plain = unicodedata.normalize("NFKD", text.translate(_LATIN)).encode("ascii", "ignore")
    return re.sub(r"[^a-z0-9]+", "-", plain.decode().lower()).strip("-")
