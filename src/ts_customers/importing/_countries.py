"""Countries by the names and codes that people write."""

from __future__ import annotations

import unicodedata
from functools import cache

import babel
from babel.core import get_global

# Codes of CLDR that are no country's.
_NO_COUNTRIES = frozenset("EU EZ UN QO XA XB ZZ".split())
_PUNCTUATION = str.maketrans(".,-()", "     ", "'’")
_OTHER_NAMES = {
    "america": "US",
    "united states of america": "US",
    "u s": "US",
    "u s a": "US",
    "great britain": "GB",
    "u k": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "holland": "NL",
    "republic of ireland": "IE",
    "czech republic": "CZ",
    "slovak republic": "SK",
    "russian federation": "RU",
    "korea": "KR",
    "republic of korea": "KR",
    "turkey": "TR",
    "viet nam": "VN",
    "ivory coast": "CI",
    "cape verde": "CV",
    "swaziland": "SZ",
    "macedonia": "MK",
    "burma": "MM",
    "hong kong": "HK",
    "macau": "MO",
    "macao": "MO",
    "peoples republic of china": "CN",
    "uae": "AE",
}


@cache
def country_code(text: str) -> str | None:
    """Find a country.

    Args:
        text: A code of two or three letters, or a name in English.

    Returns:
        Its ISO 3166 code of two letters, or None.
    """
    code = text.strip().upper()
    if len(code) == 2 and code in _codes():
        return code
    aliases = get_global("territory_aliases").get(code, ())
    if len(aliases) == 1 and aliases[0] in _codes():
        return str(aliases[0])
    return _names().get(_key(text))


@cache
def _codes() -> frozenset[str]:
    codes = map(str, babel.Locale("en").territories)
    return frozenset(code for code in codes if len(code) == 2) - _NO_COUNTRIES


@cache
def _names() -> dict[str, str]:
    territories = babel.Locale("en").territories
    return {_key(territories[code]): code for code in sorted(_codes())} | _OTHER_NAMES


def _key(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold().replace("&", " and "))
    letters = "".join(
        " " if c in ".,-()" else c for c in decomposed if not unicodedata.combining(c)
    )
    words = letters.replace("'", "").replace("’", "").split()
    if words and words[0] == "the":
        del words[0]
    return " ".join("saint" if word == "st" else word for word in words)
