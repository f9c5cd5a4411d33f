"""How some exports write a field otherwise than people do."""

from __future__ import annotations

import re

from ts_customers.importing import _values
from ts_customers.importing._fields import squash
from ts_customers.importing._noted import Noted
from ts_customers.importing._people import SEVERAL
from ts_customers.importing._values import Converter

_ODOO_COUNTRY = re.compile(r"base\.([a-z]{2})")
_ODOO_STATE = re.compile(r"(.+) \([A-Z]{2}\)")
_REFERENCE = "reference_not_understood"


def _subdivision(text: str, country: str | None) -> str:
    """ISO 3166-2 without the country: `JP-13` and `JP13` are 13 in Japan."""
    if country and re.match(rf"{country}-?[0-9]|{country}-[A-Z]", text):
        return text[2:].lstrip("-")
    return text


def _odoo_country(text: str, _country: str | None) -> str:
    match = _ODOO_COUNTRY.fullmatch(text)
    code = {"uk": "gb"}.get(match[1], match[1]) if match else text
    return _values.country(code, None)


def _odoo_state(text: str, _country: str | None) -> object:
    if text.startswith("base.state_"):
        return Noted(None, _REFERENCE, "names a record of Odoo's, no state, and was left out")
    match = _ODOO_STATE.fullmatch(text)
    return match[1] if match else text


def _partner(text: str, _country: str | None) -> str | None:
    """Most kinds of relation are none of our types of customer."""
    return "partner" if squash(text) in ("partner", "channelpartnerreseller") else None


def _not(text: str, country: str | None) -> bool | str:
    found = _values.boolean(text, country)
    return not found if isinstance(found, bool) else found


def _marketing(text: str, country: str | None) -> bool | str:
    word = squash(text)
    if word in ("marketingcontact", "nonmarketingcontact"):
        return word == "marketingcontact"
    return _values.boolean(text, country)


def _first(text: str, country: str | None) -> object:
    first, *others = (part.strip() for part in text.split(";"))
    found = _values.number_text(first, country)
    left_out = ", ".join(filter(None, others))
    return Noted(found, SEVERAL, f"several ids; left out: {left_out}") if left_out else found


_STATUS = _values.converter_for("status")
VARIANTS: dict[str, Converter] = {
    "subdivision": _subdivision,
    "odoo_country": _odoo_country,
    "odoo_state": _odoo_state,
    "partner": _partner,
    "not": _not,
    "marketing": _marketing,
    "first": _first,
    "html": _values.html_text,
    "disabled": _values.flag("inactive", None, _STATUS),
    "frozen": _values.flag("suspended", None, _STATUS),
}
# Columns whose names are a status, and whose cells say whether it is so.
_ACTIVE = frozenset("active aktiv actif activo".split())
_BLOCKED = frozenset("blocked gesperrt bloque bloqueado".split())


def flag_for(header: str) -> Converter | None:
    """The converter for a column called after one status: `aktiv`, `gesperrt`."""
    name = squash(header)
    if name in _ACTIVE:
        return _values.flag("active", "inactive", _STATUS)
    if name in _BLOCKED:
        return _values.flag("suspended", None, _STATUS)
    return None
