"""Money and days as people write them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from ts_customers.importing._noted import Noted
from ts_customers.importing._words import fold

_MONEY = (
    r"(?:[A-Za-z]{3}|[A-Z]{0,3}[$€£¥₹₩₽₺₫₴₪฿￥￡＄]|"
    r"R\$|Kč|kr\.?|zł|Ft|lei|S?Fr\.|Rs\.?|Euros?|euros?)?"
)
_AMOUNT = re.compile(
    rf"([-−+]?){_MONEY} ?([-−+]?)([0-9][0-9 .,'’]*?)([.,][-–])? ?([-−]?) ?{_MONEY}"
)
_IN_PARENTHESES = re.compile(r"\((.*)\)")
# 1,234,567.89 and 1.234.567,89, and the Indian 12,34,567.89.
_GROUPS = (
    r"([1-9][0-9]{{0,2}}([ {comma}'’])[0-9]{{3}}(?:\2[0-9]{{3}})*|[0-9]+{indian})"
    r"(?:{point}([0-9]+))?"
)
_INDIAN = "|[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}"
_POINT = re.compile(_GROUPS.format(comma=",", point="[.]", indian=_INDIAN))
_COMMA = re.compile(_GROUPS.format(comma=".", point=",", indian=""))
# Enough of a file to know how its numbers are written.
_SAMPLE = 100_000

AMBIGUOUS = "amount_ambiguous"


@lru_cache(maxsize=65_536)
def amount(text: str, decimal: str | None) -> object:
    """A decimal with a point, without grouping and currency.

    Args:
        text: The cell.
        decimal: The column's decimal mark, "." or ","; anything else: it is not known.

    Returns:
        The amount; the text itself, if it is none; with a note, if it can be read in two ways.
    """
    sign, core, is_whole = _parts(text)
    if core is None:
        return text
    readings = _readings(core, is_whole=is_whole)
    if not readings:
        return text
    if decimal in readings:
        return sign + readings[decimal]
    found = readings.get(".") or readings[","]
    if len(set(readings.values())) > 1:
        return Noted(sign + found, AMBIGUOUS, f"can be read in two ways, and was read as {found}")
    return sign + found


def decimal_mark(texts: Iterable[object]) -> str | None:
    """The decimal mark of a column: that of the cells which can be read in one way alone.

    Returns:
        "." or ","; None, if no cell tells; "", if cells contradict each other.
    """
    found: set[str] = set()
    for _, text in zip(range(_SAMPLE), texts, strict=False):
        if isinstance(text, str) and not text.isdecimal():
            found |= _evidence(text.strip())
            if len(found) > 1:
                return ""
    return next(iter(found), None)


@lru_cache(maxsize=4096)
def _evidence(text: str) -> frozenset[str]:
    _, core, is_whole = _parts(text)
    if core is None or not re.search("[.,]", core):
        return frozenset()
    readings = _readings(core, is_whole=is_whole)
    return frozenset(readings) if len(readings) == 1 else frozenset()


def _parts(text: str) -> tuple[str, str | None, bool]:
    """The sign, the digits with their marks, and whether `,-` stands behind them."""
    plain = re.sub(r"\s", " ", text)
    inner = _IN_PARENTHESES.fullmatch(plain)
    outer = _AMOUNT.fullmatch(inner[1].strip() if inner else plain)
    if not outer:
        return "", None, False
    minus = inner or "-" in (sign := outer[1] + outer[2] + outer[5]) or "−" in sign
    return "-" if minus else "", outer[3], bool(outer[4])


def _readings(core: str, *, is_whole: bool) -> dict[str, str]:
    """The number by each decimal mark that it can have."""
    found = {}
    for mark, form in ((".", _POINT), (",", _COMMA)):
        if (is_whole and mark == ".") or not (number := form.fullmatch(core)):
            continue
        whole = re.sub(r"[^0-9]", "", number[1])
        found[mark] = f"{whole}.{number[3]}" if number[3] else whole
    return found


_UNIT = r"(?:d|days?|tage?n?|t|jours?|j|dias?)"
_BEFORE = (
    r"(?:net|netto|n|within|due in|payment in|pago a|a|innerhalb von|zahlbar innerhalb von|"
    r"zahlbar in|zahlung in|sous|paiement a|paiement sous)"
)
_AFTER = (
    r"(?:net|nets|netto|neto|nach rechnungsdatum|ab rechnungsdatum|nach rechnungserhalt|"
    r"date de facture|fecha factura|fecha de factura|from invoice|after invoice|"
    r"from invoice date|after invoice date)"
)
_DAYS = re.compile(rf"(?:{_BEFORE}[ ./-]*)?([0-9]{{1,5}})(?:[.,]0+)? ?{_UNIT}?\.?(?: {_AFTER})?")
_NUMBER = re.compile(r"[-+]?[0-9]+(?:[.,][0-9]+)?")
_AT_ONCE = frozenset((
    "due on receipt", "due upon receipt", "on receipt", "immediate", "immediately", "prepaid",
    "immediate payment", "payment on receipt", "cash", "sofort", "sofort fallig", "sofort netto",
    "zahlbar sofort", "bar", "vorkasse", "comptant", "au comptant", "a reception",
    "a reception de facture", "a reception de la facture", "contado", "al contado", "inmediato",
    "pago inmediato", "prepago",
))  # fmt: skip

UNCLEAR_TERMS = "payment_terms_unclear"


@lru_cache(maxsize=4096)
def payment_terms(text: str) -> object:
    """Days: `Net 30`, `30 Tage netto` and `30 jours` are 30, `Due on receipt` and `contado` are 0.

    Returns:
        The days; a number that is no plain one of days as it is; no value, with a note, if it is
        something else, such as `2 % 10, net 30`.
    """
    plain = fold(text)
    if plain.rstrip(".") in _AT_ONCE:
        return "0"
    if match := _DAYS.fullmatch(plain):
        return match[1]
    if _NUMBER.fullmatch(plain):
        return text
    return Noted(None, UNCLEAR_TERMS, "not one number of days, and was left out")
