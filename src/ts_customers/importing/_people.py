"""Names, e-mail addresses and phone numbers of people."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from phonenumbers import PhoneNumberFormat

from ts_customers.importing._noted import Noted

DAMAGED = "number_damaged"
SEVERAL = "several_values"

FAMILY_NAME_FIRST = frozenset("CN HK HU JP KR MO TW".split())

_LABEL_OF_NUMBER = re.compile(
    r"(?:tel|telefon|telephone|phone|fon|mobile?|handy|cell|office|work)\b[.:]* *", re.IGNORECASE
)
_BY_EXCEL = re.compile(r"[0-9][.,][0-9]+E\+?[0-9]{1,2}", re.IGNORECASE)
_PLAIN_LOCAL = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")
# Of such a domain the library only makes the letters small: no code, no reserved name.
_LABEL = r"(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_RESERVED = "|".join(SPECIAL_USE_DOMAIN_NAMES)
_PLAIN_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?!(?:{_RESERVED})$)[a-z]{{2,63}}")
_BETWEEN_ADDRESSES = re.compile(r"[;,|\s]+|\s+/\s+")
_BETWEEN_NUMBERS = re.compile(r"[;,|\n/]| or | oder | ou | o | und | and ")


@lru_cache(maxsize=65_536)
def phone(text: str, country: str | None) -> object:
    """E.164, if it is a valid number in the row's country, or has its country's prefix.

    An extension stands behind it. Of several numbers it is the first; others go into the note.
    """
    if _BY_EXCEL.fullmatch(text):
        return Noted(text, DAMAGED, "a spreadsheet has rounded this number; stored as it is")
    if found := _valid_phone(text, country):
        return found
    if len(text) > 100:
        return text
    parts = [part.strip() for part in _BETWEEN_NUMBERS.split(text)]
    numbers = [_valid_phone(part, country) for part in parts]
    first = numbers[0]
    if len(numbers) > 1 and first and all(numbers):
        return Noted(first, SEVERAL, f"several numbers; left out: {', '.join(parts[1:])}")
    return text


def _valid_phone(text: str, country: str | None) -> str | None:
    if label := _LABEL_OF_NUMBER.match(text):
        text = text[label.end() :]
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    # The library passes over words, which may say whose number it is.
    if not number.extension and any(map(str.isalpha, text)):
        return None
    # E.164 has no place for an extension.
    suffix = f" ext. {number.extension}" if number.extension else ""
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) + suffix


def email(text: str) -> object:
    """Without `mailto:`, and with the domain in lower case.

    Of several addresses it is the first; others go into the note.
    """
    address = text.strip("<> ")
    if address[:7].casefold() == "mailto:":
        address = address[7:]
    if found := _valid_email(address):
        return found
    parts = [part.strip("<>") for part in _BETWEEN_ADDRESSES.split(address) if part.strip("<>")]
    valid = [found for part in parts[:20] if (found := _valid_email(part))]
    if len(valid) > 1 and len(valid) == len(parts):
        return Noted(valid[0], SEVERAL, f"several addresses; left out: {', '.join(valid[1:])}")
    # "Ada Lovelace <ada@acme.example>"
    if len(valid) == 1 and re.search(rf"<{re.escape(parts[-1])}>?$", address):
        return valid[0]
    return text


def _valid_email(address: str) -> str | None:
    local, _, domain = address.rpartition("@")
    # What is plain in every letter passes without the library, which takes its time.
    if len(address) <= 128 and len(local) <= 64 and _PLAIN_LOCAL.fullmatch(local):
        small = domain.lower()
        if domain.isascii() and _PLAIN_DOMAIN.fullmatch(small):
            return f"{local}@{small}"
    return _validated(address)


def _validated(address: str) -> str | None:
    try:
        found = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    return found.normalized


def split_name(name: str, country: str | None) -> tuple[str, str]:
    """A name in one cell as first and last name; either may be empty.

    It is split at its comma if there is one, else at the last blank; in countries where the family
    name comes first, after the first word.
    """
    if "," in name:
        last, _, first = name.partition(",")
        return first.strip(), last.strip()
    words = name.split()
    if len(words) < 2:
        return name.strip(), ""
    if country in FAMILY_NAME_FIRST:
        return " ".join(words[1:]), words[0]
    return " ".join(words[:-1]), words[-1]
