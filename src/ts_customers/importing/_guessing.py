"""What a column means by its name, and by the names beside it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache

from ts_customers.importing import _names
from ts_customers.importing._fields import CUSTOMER_FIELDS, is_field, squash


class Confidence(StrEnum):
    """How sure it is that a column means its field."""

    certain = "certain"
    likely = "likely"
    weak = "weak"


@dataclass(frozen=True, slots=True)
class Guess:
    """A field that a name may mean; of several names for one field the least strength wins."""

    field: str
    strength: int
    confidence: Confidence
    reason: str
    language: str | None = None


# Alone they may mean one thing as well as another; what decides stands in `_decide`.
AMBIGUOUS = frozenset("name nom nombre land state county region estado departamento".split())
_NEEDS_PREFIX = ("name", "notes")
_HINT = re.compile(r"\([^)]*\)|\[[^]]*\]")
_FIRST_NAME, _LAST_NAME = "contacts.0.first_name", "contacts.0.last_name"
_BILLING_STATE, _BILLING_COUNTRY = "billing_address.state", "billing_address.country"


def guess_fields(
    header: Collection[str], taken: Collection[str] = (), *, of_people: bool = False
) -> dict[str, Guess]:
    """What each column means by its name; those that are not understood are left out.

    Args:
        header: The columns' names.
        taken: Fields that other columns of the file mean already.
        of_people: Whether it is a list of contacts: what stands alone there is theirs.

    Returns:
        The guess for each column; several may mean one field.
    """
    found = {column: guess for column in header if (guess := _guess(column))}
    # The sure ones first: what is ambiguous is decided by what else there is.
    present = {guess.field for guess in found.values()} | set(taken)
    for column in header:
        if column not in found and (guess := _decide(squash(column), present, of_people=of_people)):
            found[column] = guess
    if of_people:
        return {
            column: _of_person(guess)
            for column, guess in found.items()
            if not _is_own_id(squash(column), guess)
        }
    return found


def _of_person(guess: Guess) -> Guess:
    if guess.field == "notes":
        return replace(guess, field="contacts.0.notes")
    # Its customer has addresses; of a person's, only the country helps to read phone numbers.
    if guess.field == _BILLING_COUNTRY:
        return replace(guess, field="row.country")
    return guess


def _is_own_id(name: str, guess: Guess) -> bool:
    """Whether an id is the contact's, and so does not name its customer."""
    return guess.field == "external_id" and not re.search(
        "customer|account|client|company|kunde|extern", name
    )


def _guess(header: str) -> Guess | None:
    if is_field(header):
        return Guess(header, 0, Confidence.certain, "the field's own name")
    name = squash(header)
    if name in AMBIGUOUS:
        return None
    shorter = squash(_HINT.sub(" ", header))  # "Zahlungsziel (Tage)"
    for text in dict.fromkeys((name, shorter)):
        if text in AMBIGUOUS:
            continue
        if guess := _known().get(text) or _guess_contact(text):
            return guess
    return None


def _decide(name: str, present: Collection[str], *, of_people: bool) -> Guess | None:
    if name in ("name", "nom", "nombre"):
        return _decide_name(name, present, of_people=of_people)
    return _decide_place(name, present) if name in AMBIGUOUS else None


def _decide_place(name: str, present: Collection[str]) -> Guess | None:
    in_address = any(field.startswith("billing_address.") for field in present)
    if name == "land":
        if _BILLING_COUNTRY in present:
            return _beside(_BILLING_STATE, "beside another column for the country", "de")
        sure = Confidence.likely if in_address else Confidence.weak
        return Guess(_BILLING_COUNTRY, 150, sure, "German name", "de")
    if name == "estado" and _BILLING_STATE in present and "status" not in present:
        return _beside("status", "beside another column for the province", "es")
    if in_address and _BILLING_STATE not in present:
        return _beside(_BILLING_STATE, "beside an address")
    return None


def _decide_name(name: str, present: Collection[str], *, of_people: bool) -> Guess | None:
    language = {"nom": "fr", "nombre": "es"}.get(name)
    if name == "nombre" and _LAST_NAME in present and _FIRST_NAME not in present:
        return _beside(_FIRST_NAME, "beside a column for the last name", language)
    if name != "nombre" and _FIRST_NAME in present and _LAST_NAME not in present:
        return _beside(_LAST_NAME, "beside a column for the first name", language)
    if of_people:
        return _beside("contacts.0.name", "in a list of contacts", language)
    if "company_name" not in present:
        return Guess("company_name", 900, Confidence.weak, "no other column names one", language)
    return None


def _beside(field: str, reason: str, language: str | None = None) -> Guess:
    return Guess(field, 150, Confidence.likely, reason, language)


@cache
def _known() -> dict[str, Guess]:
    """A squashed name to what it means."""
    found: dict[str, Guess] = {}
    for path in CUSTOMER_FIELDS:
        found[squash(path)] = Guess(path, 0, Confidence.certain, "the field's own name")
    for name, guess in _all_names():
        found.setdefault(name, guess)
    return found


def _all_names() -> Iterator[tuple[str, Guess]]:
    for language in _names.LANGUAGES:
        for path, names in _names.CUSTOMER_NAMES[language].items():
            yield from _guesses(path, names, language)
    for language in _names.LANGUAGES:
        yield from _address_names(language)
    for language in _names.LANGUAGES:
        for field, names in _names.CONTACT_NAMES[language].items():
            if field not in _NEEDS_PREFIX:
                yield from _guesses(f"contacts.0.{field}", names, language, strength=100)
        yield from _guesses("contacts.0.name", _names.PERSON_NAMES[language], language)


def _address_names(language: str) -> Iterator[tuple[str, Guess]]:
    for field, names in _names.ADDRESS_NAMES[language].items():
        for address, prefixes in _names.ADDRESS_PREFIXES.items():
            for at, prefix in enumerate(_split(prefixes)):
                for name, guess in _guesses(f"{address}.{field}", names, language, 100 * at):
                    # Whose state it is is said, so it is no other one: "Billing state".
                    is_weak = guess.confidence is Confidence.weak
                    sure = Confidence.likely if prefix and is_weak else guess.confidence
                    if prefix or name not in AMBIGUOUS:
                        yield prefix + name, replace(guess, confidence=sure)
        for address, suffixes in _names.ADDRESS_SUFFIXES.items():
            for suffix in _split(suffixes):
                for name, guess in _guesses(f"{address}.{field}", names, language):
                    yield name + suffix, replace(guess, confidence=Confidence.likely)
    for prefix, address in (("rechnungs", "billing_address"), ("liefer", "shipping_address")):
        yield f"{prefix}land", _named(f"{address}.country", 1, "de")


def _guesses(
    path: str, names: str, language: str, strength: int = 0
) -> Iterator[tuple[str, Guess]]:
    for at, name in enumerate(names.split(","), start=strength + 1):
        guess = _named(path, at, language)
        if name.endswith("?"):
            guess = replace(guess, confidence=Confidence.weak, strength=at + 500)
        elif squash(path.rpartition(".")[2]) == squash(name):
            guess = replace(guess, confidence=Confidence.certain, reason="the field's own name")
        yield squash(name), guess


def _named(path: str, strength: int, language: str) -> Guess:
    reason = f"{_names.LANGUAGES[language]} name"
    return Guess(path, strength, Confidence.likely, reason, language)


def _split(names: str) -> list[str]:
    return [squash(name) for name in names.split(",")]


def _alternatives(names: Iterable[str]) -> str:
    return "|".join(sorted(names, key=len, reverse=True))


_PREFIXES = _alternatives(_split(_names.CONTACT_PREFIXES))
# "Contact 2 e-mail", "Contact e-mail 2", "E-Mail Ansprechpartner", "Téléphone du contact".
_CONTACT_COLUMN = re.compile(rf"({_PREFIXES})s?([0-9]{{0,2}})(\D+?)([0-9]{{0,2}})")
_COLUMN_OF_CONTACT = re.compile(rf"(\D+?)(?:du|de|del|des)?(?:{_PREFIXES})s?([0-9]{{0,2}})")
_NUMBERED_COLUMN = re.compile(r"(\D+?)([0-9]{1,2})")


@cache
def _contact_names() -> dict[str, Guess]:
    found: dict[str, Guess] = {}
    for language in _names.LANGUAGES:
        for field, names in _names.CONTACT_NAMES[language].items():
            for name, guess in _guesses(field, names, language):
                found.setdefault(name, guess)
    return found


def _guess_contact(name: str) -> Guess | None:
    """Headers count contacts from 1."""
    for field, number in _contact_parts(name):
        found = _contact_names().get(field)
        if found and not number.startswith("0"):
            path = f"contacts.{int(number or 1) - 1}.{found.field}"
            return replace(found, field=path)
    if (match := _NUMBERED_COLUMN.fullmatch(name)) and match[1] in _PREFIXES.split("|"):
        # "Ansprechpartner 2" is a name.
        at = int(match[2]) - 1
        return _named(f"contacts.{at}.name", 1, "en") if at >= 0 else None
    return None


def _contact_parts(name: str) -> Iterator[tuple[str, str]]:
    """What may be the field's name and the contact's number in a column's name."""
    if match := _CONTACT_COLUMN.fullmatch(name):
        if not (match[2] and match[4]):
            yield match[3], match[2] or match[4]
        return
    if match := _COLUMN_OF_CONTACT.fullmatch(name):
        yield match[1], match[2]
    if match := _NUMBERED_COLUMN.fullmatch(name):
        field = _contact_names().get(match[1])
        if field and field.field not in _NEEDS_PREFIX:
            yield match[1], match[2]
