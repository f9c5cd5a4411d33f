"""Bringing a cell into the one form that the database takes.

Nothing is refused here: what is not understood goes on as it is, for the database to judge.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from ts_customers.importing._countries import country_code

# A cell's text and the row's country, where it is known.
Converter = Callable[[str, str | None], Any]

_TRUE = frozenset("true yes y 1 x on t ✓ ✔".split())
_FALSE = frozenset("false no n 0 off f -".split())
_CURRENCY_SIGNS = {"€": "EUR", "£": "GBP"}
_MONEY = r"(?:[A-Z]{3}|[A-Z]{0,3}[$€£¥₹₩₽₺₫₴₪฿])?"
_AMOUNT = re.compile(rf"(-?){_MONEY} ?(-?)([0-9][0-9 .,'’]*?)([.,][-–])? ?{_MONEY}")
# 1,234,567.89 and 1.234.567,89: where a text is both, it is the first.
_GROUPS = r"([0-9]{{1,3}}(?:([ {comma}'’])[0-9]{{3}}(?:\2[0-9]{{3}})*)?|[0-9]+)(?:{point}([0-9]+))?"
_POINT_DECIMAL = re.compile(_GROUPS.format(comma=",", point="[.]"))
_COMMA_DECIMAL = re.compile(_GROUPS.format(comma=".", point=","))
_TERMS = re.compile(
    r"((?:net|n|within|due in|payment in)[ ./-]*)?([0-9]{1,5})([.,]0+)? ?(d|days?)?( net)?",
    re.IGNORECASE,
)
_AT_ONCE = frozenset(
    ("due on receipt", "due upon receipt", "on receipt", "immediate", "immediately", "prepaid")
)
_DOMAIN = re.compile(r"[^\s/@:?#]+\.[^\s/@:?#.]{2,}(:[0-9]+)?([/?#]\S*)?")
_GUARDED_NUMBER = re.compile(r"'[0-9+(]")


def without_guard(text: str) -> str:
    """Take off the apostrophe by which a spreadsheet keeps a cell from being run as a formula."""
    return text[1:] if len(text) > 1 and text[0] == "'" and text[1] in "=+-@\t\r" else text


def _number_text(text: str, _country: str | None) -> str:
    """Ids and postal codes: digits behind an apostrophe are text that looks like a number."""
    return text[1:] if _GUARDED_NUMBER.match(text) else text


def phone(text: str, country: str | None) -> str:
    """E.164, if it is a valid number in the row's country, or has its country's prefix."""
    text = _number_text(text, country)
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return text
    # E.164 has no place for an extension.
    if number.extension or not phonenumbers.is_valid_number(number):
        return text
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def email(text: str, _country: str | None) -> str:
    """Without `mailto:`, and with the domain in lower case."""
    address = re.sub(r"(?i)^mailto:", "", text).strip("<> ")
    try:
        found = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return text
    return found.normalized


def amount(text: str, _country: str | None) -> str:
    """A decimal with a point, without grouping and currency.

    Where it can be read in two ways it is English: `5,000` is five thousand, `5.000` is five.
    """
    outer = _AMOUNT.fullmatch(re.sub(r"\s", " ", text))
    if not outer:
        return text
    forms = (_COMMA_DECIMAL,) if outer[4] else (_POINT_DECIMAL, _COMMA_DECIMAL)
    for form in forms:
        if number := form.fullmatch(outer[3]):
            whole = re.sub(r"[^0-9]", "", number[1])
            decimals = f".{number[3]}" if number[3] else ""
            return f"{outer[1] or outer[2]}{whole}{decimals}"
    return text


def payment_terms(text: str, _country: str | None) -> str:
    """Days: `Net 30` is 30, `Due on receipt` is 0."""
    plain = " ".join(text.split())
    if plain.casefold() in _AT_ONCE:
        return "0"
    match = _TERMS.fullmatch(plain)
    return match[2] if match else text


def boolean(text: str, _country: str | None) -> bool | str:
    """Yes and no in their usual spellings."""
    word = text.casefold()
    return True if word in _TRUE else False if word in _FALSE else text


def website(text: str, _country: str | None) -> str:
    """With https://, where it is a domain without a scheme; scheme and host in lower case."""
    if _DOMAIN.fullmatch(text):
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
    except ValueError:
        return text
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return text
    head, _, rest = text.partition("://")
    return f"{head.lower()}://{parts.netloc.lower()}{rest[len(parts.netloc) :]}"


def tags(text: str, _country: str | None) -> list[str]:
    """A list, split at semicolons, or else at commas; each tag once."""
    parts = (part.strip() for part in re.split(r"[;\n]" if ";" in text else r"[,\n]", text))
    return list(dict.fromkeys(part for part in parts if part))


def currency(text: str, _country: str | None) -> str:
    """An ISO 4217 code in capital letters."""
    return _CURRENCY_SIGNS.get(text, text.upper() if text.isalpha() else text)


def country(text: str, _country: str | None) -> str:
    """An ISO 3166 code, from a code or an English name."""
    return country_code(text) or text


def _lower(text: str, _country: str | None) -> str:
    return text.casefold()


def _contact_method(text: str, _country: str | None) -> str:
    word = text.casefold()
    return "email" if word in ("e-mail", "mail") else word


def _json(text: str, _country: str | None) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _text(text: str, _country: str | None) -> str:
    return text


_CONVERTERS: dict[str, Converter] = {
    "phone": phone,
    "mobile": phone,
    "email": email,
    "credit_limit": amount,
    "payment_terms": payment_terms,
    "website": website,
    "tags": tags,
    "currency": currency,
    "country": country,
    "status": _lower,
    "customer_type": _lower,
    "portal_subdomain": _lower,
    "role": _lower,
    "preferred_contact_method": _contact_method,
    "portal_enabled": boolean,
    "is_primary": boolean,
    "receives_order_updates": boolean,
    "receives_marketing": boolean,
    "portal_access": boolean,
    "external_id": _number_text,
    "customer_number": _number_text,
    "tax_id": _number_text,
    "postal_code": _number_text,
    "settings": _json,
}


def converter_for(path: str) -> Converter:
    """What brings a cell of this field into its form."""
    if path.startswith("settings.notifications."):
        return boolean
    if path.startswith("settings."):
        return _text
    return _CONVERTERS.get(path.rpartition(".")[2], _text)
