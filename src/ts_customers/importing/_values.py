"""Bringing a cell into the one form that the database takes.

Nothing is refused here: what is not understood goes on as it is, for the database to judge; or it
is left out with a note, where a customer should not be lost for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from ts_customers.importing import _amounts, _people, _tax_ids, _words
from ts_customers.importing._countries import country_code
from ts_customers.importing._currencies import currency_code
from ts_customers.importing._noted import Noted

# A cell's text and the row's country, where it is known, to the value; or to a `Noted` one.
Converter = Callable[[str, str | None], Any]

UNKNOWN_WORD = "value_not_understood"

_DOMAIN = re.compile(r"[^\s/@:?#]+\.[^\s/@:?#.]{2,}(:[0-9]+)?([/?#]\S*)?")
_GUARDED = re.compile(r"''*[=+\-@\t\r\n＝＋－＠]")
_GUARDED_NUMBER = re.compile(r"'[0-9+(]")
_GUARDED_CODE = re.compile(r"'[0-9A-Z]")
# Of such an address nothing is to be made small.
_PLAIN_SITE = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[A-Za-z0-9/_.-]*)?")
_COUNTRY_PREFIX = re.compile(r"([A-Z]{1,3})[- ]+([0-9].*)")


def without_guard(text: str) -> str:
    """Take off the one apostrophe by which an export keeps a cell from being run as a formula."""
    return text[1:] if text[:1] == "'" and _GUARDED.match(text) else text


def number_text(text: str, _country: str | None) -> str:
    """Ids and postal codes: digits behind an apostrophe are text that looks like a number."""
    return text[1:] if text[:1] == "'" and _GUARDED_NUMBER.match(text) else text


def phone(text: str, country: str | None) -> object:
    """E.164, in the row's country or with its country's prefix."""
    return _people.phone(number_text(text, country), country)


def email(text: str, _country: str | None) -> object:
    """Without `mailto:`, and with the domain in lower case."""
    return _people.email(text)


def tax_id(text: str, country: str | None) -> object:
    """As it is; noted if its country's check does not hold."""
    return _tax_ids.tax_id(number_text(text, country), country)


def postal_code(text: str, country: str | None) -> str:
    """Without the country in front, if it is the row's: `D-01069`."""
    text = text[1:] if _GUARDED_CODE.match(text) else text
    if (match := _COUNTRY_PREFIX.fullmatch(text)) and country_code(match[1]) == country:
        return match[2]
    return text


def amount_with(decimal: str | None) -> Converter:
    """The converter for amounts of a column with this decimal mark; None: it is not known."""
    return lambda text, _country: _amounts.amount(text, decimal)


def payment_terms(text: str, _country: str | None) -> object:
    """Days."""
    return _amounts.payment_terms(text)


def boolean(text: str, _country: str | None) -> bool | str:
    """Yes and no in their usual spellings."""
    found = _words.boolean(text)
    return text if found is None else found


@lru_cache(maxsize=16_384)
def _website(text: str) -> str:
    if _DOMAIN.fullmatch(text):
        text = f"https://{text}"
    if _PLAIN_SITE.fullmatch(text):
        return text
    try:
        parts = urlsplit(text)
    except ValueError:
        return text
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return text
    head, _, rest = text.partition("://")
    return f"{head.lower()}://{parts.netloc.lower()}{rest[len(parts.netloc) :]}"


def website(text: str, _country: str | None) -> str:
    """With https://, where it is a domain without a scheme; scheme and host in lower case."""
    return _website(text)


def tags(text: str, _country: str | None) -> list[str]:
    """A list: of JSON, or split at semicolons and line breaks, else at bars, else at commas."""
    if text.startswith("["):
        found = _json(text, None)
        if isinstance(found, list) and all(isinstance(tag, str) for tag in found):
            return found
    marks = next((marks for marks in (";\n", "|") if any(mark in text for mark in marks)), ",\n")
    parts = (part.strip() for part in re.split(f"[{marks}]", text))
    return list(dict.fromkeys(part for part in parts if part))


def currency(text: str, country: str | None) -> str:
    """An ISO 4217 code in capital letters."""
    return currency_code(text, country) or text


def country(text: str, _country: str | None) -> str:
    """An ISO 3166 code, from a code or a name."""
    return country_code(text) or text


def _word(meanings: dict[str, str]) -> Converter:
    known = _words.lookup(meanings)
    return lambda text, _country: known.get(_words.fold(text), text.casefold())


def _json(text: str, _country: str | None) -> Any:
    """What it is in JSON; the text itself if Python would round a number in it."""
    try:
        return json.loads(text, parse_float=_exact)
    except (ValueError, ArithmeticError, RecursionError):
        return text


def _exact(text: str) -> float:
    number = float(text)
    if Decimal(repr(number)) != Decimal(text):
        raise ValueError(text)
    return number


def _text(text: str, _country: str | None) -> str:
    return text


def _own_number(text: str, _country: str | None) -> str:
    return text[1:] if _GUARDED_OWN_NUMBER.match(text) else text


def _lower(text: str, _country: str | None) -> str:
    return text.casefold()


_CONVERTERS: dict[str, Converter] = {
    "phone": phone,
    "mobile": phone,
    "email": email,
    "credit_limit": amount_with(None),
    "payment_terms": payment_terms,
    "website": website,
    "tags": tags,
    "currency": currency,
    "country": country,
    "status": _word(_words.STATUS),
    "customer_type": _word(_words.CUSTOMER_TYPES),
    "portal_subdomain": _lower,
    "role": _word(_words.ROLES),
    "preferred_contact_method": _word(_words.CONTACT_METHODS),
    "portal_enabled": boolean,
    "is_primary": boolean,
    "receives_order_updates": boolean,
    "receives_marketing": boolean,
    "portal_access": boolean,
    "external_id": number_text,
    "customer_number": number_text,
    "tax_id": tax_id,
    "postal_code": postal_code,
    "settings": _json,
}
# What an export of ours writes otherwise than as the text that it is.
_OWN_TYPES = frozenset(
    "payment_terms tags settings portal_enabled portal_access is_primary receives_order_updates "
    "receives_marketing country currency".split()
)
# An export puts an apostrophe before the apostrophes before a digit, too.
_OWN_NUMBERS = frozenset("customer_number external_id tax_id postal_code phone mobile".split())
_GUARDED_OWN_NUMBER = re.compile("'+[0-9(]")
# What these may be; a column that is only believed to hold them refuses no row.
_ENUMERATIONS = {
    "status": _words.STATUS,
    "customer_type": _words.CUSTOMER_TYPES,
    "role": _words.ROLES,
    "preferred_contact_method": _words.CONTACT_METHODS,
}


def leaf(path: str) -> str:
    """The last part of a field's path."""
    return path.rpartition(".")[2]


def converter_for(path: str) -> Converter:
    """What brings a cell of this field into its form."""
    if path.startswith("settings.notifications."):
        return boolean
    if path.startswith("settings."):
        return _text
    return _CONVERTERS.get(leaf(path), _text)


def plain_converter_for(path: str, *, is_guarded: bool) -> Converter:
    """The same for an export of ours, whose texts are as the database holds them."""
    if path.startswith("settings.notifications.") or leaf(path) in _OWN_TYPES:
        return converter_for(path)
    return _own_number if is_guarded and leaf(path) in _OWN_NUMBERS else _text


def is_typed(path: str) -> bool:
    """Whether `n/a` in a cell of this field means that there is nothing."""
    return path != "settings" and leaf(path) in _CONVERTERS and not path.startswith("settings.")


def forgiving(path: str, convert: Converter) -> Converter:
    """Leave a word out, with a note, that is none of those that the field can be."""
    meanings = _ENUMERATIONS.get(leaf(path))
    if meanings is None:
        return convert

    def converted(text: str, country: str | None) -> Any:
        value = convert(text, country)
        if isinstance(value, Noted) or value is None or value in meanings:
            return value
        allowed = ", ".join(meanings)
        return Noted(None, UNKNOWN_WORD, f"none of {allowed}, and was left out")

    return converted


def flag(yes: str | None, no: str | None, convert: Converter) -> Converter:
    """For a column that says yes or no where the field has words: `active`, `Disabled`."""

    def converted(text: str, country: str | None) -> Any:
        found = _words.boolean(text)
        return convert(text, country) if found is None else yes if found else no

    return converted


class _PlainText(HTMLParser):
    _BREAKS = frozenset("br p div li tr h1 h2 h3 h4 ul ol table".split())

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag in self._BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def html_text(text: str, _country: str | None) -> str:
    """The text of HTML; any other text is left as it is."""
    if "<" not in text or ">" not in text:
        return text
    parser = _PlainText()
    parser.feed(text)
    parser.close()
    lines = (line.strip() for line in "".join(parser.parts).splitlines())
    return "\n".join(line for line in lines if line)
