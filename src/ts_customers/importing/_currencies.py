"""Currencies by the names and signs that people write."""

from __future__ import annotations

from functools import cache, lru_cache

import babel
from babel.numbers import get_territory_currencies

from ts_customers.importing._countries import LANGUAGES
from ts_customers.importing._words import fold

_SIGNS = {
    "€": "EUR", "£": "GBP", "us$": "USD", "u$s": "USD", "usd$": "USD", "ca$": "CAD", "c$": "CAD",
    "au$": "AUD", "a$": "AUD", "nz$": "NZD", "hk$": "HKD", "s$": "SGD", "mx$": "MXN", "r$": "BRL",
    "nt$": "TWD", "cn¥": "CNY", "jp¥": "JPY", "zł": "PLN", "kč": "CZK", "ft": "HUF", "₹": "INR",
    "₩": "KRW", "₽": "RUB", "₺": "TRY", "₫": "VND", "₴": "UAH", "₪": "ILS", "฿": "THB",
    "sfr.": "CHF", "sfr": "CHF", "euros": "EUR", "pfund": "GBP", "rmb": "CNY", "yuan": "CNY",
    "yen": "JPY", "円": "JPY", "元": "CNY", "złoty": "PLN", "franken": "CHF",
}  # fmt: skip
# Of several countries: the row's country decides, if its currency is one that is called so.
_SHARED = {
    "$": frozenset("USD CAD AUD NZD SGD HKD TWD MXN ARS CLP COP UYU BSD BBD BZD JMD TTD".split()),
    "¥": frozenset(("JPY", "CNY")),
    "kr": frozenset("SEK NOK DKK ISK".split()),
    "fr": frozenset(("CHF", "XAF", "XOF", "XPF")),
    "rs": frozenset("INR PKR LKR NPR MUR".split()),
}
_SHARED_NAMES = {
    "$": "$ ＄ dollar dollars dólar peso pesos",
    "¥": "¥ ￥",
    "kr": "kr kr. krone kronen krona kroner kronor couronne corona",
    "fr": "fr fr. franc francs franco",
    "rs": "rs rs. rupee rupees rupie",
}


@lru_cache(maxsize=4096)
def currency_code(text: str, country: str | None) -> str | None:
    """Find a currency.

    Args:
        text: An ISO 4217 code, a sign, or a name in English, German, French or Spanish.
        country: The row's country, for signs that several countries share.

    Returns:
        Its code, or None.
    """
    code = text.upper()
    if code in babel.Locale("en").currencies:
        return code
    word = text.casefold()
    if found := _SIGNS.get(word) or _names().get(fold(text)):
        return found
    for sign, names in _SHARED_NAMES.items():
        if word in names.split():
            used = set(get_territory_currencies(country)) if country else set()
            return next(iter(used & _SHARED[sign]), None)
    return None


@cache
def _names() -> dict[str, str]:
    found: dict[str, str] = {}
    for language in LANGUAGES:
        for code, name in babel.Locale(language).currencies.items():
            found.setdefault(fold(name), code)
    return found
