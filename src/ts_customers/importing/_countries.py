"""Countries by the names and codes that people write."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache

import babel
from babel.core import get_global
from babel.languages import get_official_languages

LANGUAGES = ("en", "de", "fr", "es")

# Codes of CLDR that are no country's.
_NO_COUNTRIES = frozenset("EU EZ UN QO XA XB ZZ".split())
# Beside their names: older ones, parts, and what stands on cars.
_OTHER_NAMES = {
    "america": "US", "united states of america": "US", "u s": "US", "u s a": "US",
    "estados unidos de america": "US", "ee uu": "US", "eeuu": "US", "etats unis d amerique": "US",
    "great britain": "GB", "u k": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
    "northern ireland": "GB", "grossbritannien": "GB", "schottland": "GB", "angleterre": "GB",
    "grande bretagne": "GB", "inglaterra": "GB", "gran bretana": "GB",
    "holland": "NL", "hollande": "NL", "holanda": "NL",
    "brd": "DE", "bundesrepublik deutschland": "DE", "federal republic of germany": "DE",
    "republic of ireland": "IE", "eire": "IE", "irland republik": "IE",
    "czech republic": "CZ", "tschechische republik": "CZ", "republique tcheque": "CZ",
    "republica checa": "CZ", "slovak republic": "SK", "slowakische republik": "SK",
    "russian federation": "RU", "korea": "KR", "republic of korea": "KR", "coree": "KR",
    "corea": "KR", "한국": "KR",
    "turkey": "TR", "viet nam": "VN", "ivory coast": "CI", "cape verde": "CV",
    "swaziland": "SZ", "macedonia": "MK", "mazedonien": "MK", "macedoine": "MK", "burma": "MM",
    "hong kong": "HK", "hongkong": "HK", "macau": "MO", "macao": "MO", "uae": "AE", "vae": "AE",
    "peoples republic of china": "CN", "weissrussland": "BY", "bielorussie": "BY",
    "bielorrusia": "BY", "moldavie": "MD", "moldawien": "MD", "moldavia": "MD",
    "d": "DE", "f": "FR", "a": "AT", "i": "IT", "e": "ES", "b": "BE", "l": "LU", "p": "PT",
    "s": "SE", "n": "NO", "h": "HU", "fl": "LI",
}  # fmt: skip


@lru_cache(maxsize=8192)
def country_code(text: str) -> str | None:
    """Find a country.

    Args:
        text: A code of two or three letters, or a name in English, German, French, Spanish or the
            country's own languages.

    Returns:
        Its ISO 3166 code of two letters, or None.
    """
    code = text.strip().upper()
    if len(code) == 2 and code in _codes():
        return code
    aliases = get_global("territory_aliases").get(code, ())
    if len(aliases) == 1 and aliases[0] in _codes():
        return str(aliases[0])
    key = _key(text)
    return _names().get(key) or _own_names().get(key)


@cache
def _codes() -> frozenset[str]:
    codes = map(str, babel.Locale("en").territories)
    return frozenset(code for code in codes if len(code) == 2) - _NO_COUNTRIES


@cache
def _names() -> dict[str, str]:
    named = ((code, language) for language in LANGUAGES for code in sorted(_codes()))
    return _called(named) | {_key(name): code for name, code in _OTHER_NAMES.items()}


# Apart from the others because it reads the data of over a hundred languages.
@cache
def _own_names() -> dict[str, str]:
    return _called(
        (code, language)
        for code in sorted(_codes())
        for language in get_official_languages(code, regional=True, de_facto=True)
        if babel.localedata.exists(language)
    )


def _called(named: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What countries are called in languages, to their codes. No name means two of them."""
    found = {}
    for code, language in named:
        if name := _territories(language).get(code):
            found[_key(name)] = code
    return found


@cache
def _territories(language: str) -> Mapping[str, str]:
    return dict(babel.Locale.parse(language).territories)


def _key(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold().replace("&", " and "))
    letters = "".join(
        " " if c in ".,-()" else c for c in decomposed if not unicodedata.combining(c)
    )
    words = letters.replace("'", "").replace("’", "").split()
    if words and words[0] == "the":
        del words[0]
    return " ".join("saint" if word == "st" else word for word in words)
