"""The text of a workbook's cell: what a person sees in it, where that matters."""

from __future__ import annotations

import datetime as dt
import math
import re
from decimal import Decimal
from functools import lru_cache
from itertools import islice

# _x000D_ is a carriage return, which XML cannot hold; _x005F_ is the first _ of such a text.
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")
# The parts of a format that has nothing but places for digits, and signs between them.
_PART = re.compile(r'"(?P<quoted>[^"]*)"|\\(?P<sign>.)|\[[^\]<>=]*\]|[_*].|(?P<bare>[-/() 0])')
_PERCENT = re.compile(r"[0#,.]*%")


def shown_text(text: str) -> str:
    """Take back the escapes of a text.

    Raises:
        ValueError: it holds a NUL, or one half of a surrogate pair.
    """
    if "_x" in text:
        text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
        # A character past U+FFFF is written as two.
        try:
            text = text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            raise ValueError("a cell holds one half of a surrogate pair") from None
    if "\x00" in text:
        raise ValueError("a cell holds a NUL character")
    return text


def shown_number(text: str, number_format: str) -> str:
    """Write a number as digits, without an exponent and without a needless .0.

    1069 in the format 00000 is 01069, and 0.05 in the format 0% is 5%: those are what is meant.
    Currency signs, thousands separators and rounding are left aside.

    Raises:
        ValueError: it is no number.
    """
    number = _decimal(text)
    section = number_format.partition(";")[0]
    if _PERCENT.fullmatch(section):
        return f"{_plain(number * 100)}%"
    digits = _plain(number)
    mask = _mask(section)
    return _filled(mask, digits) if mask and digits.isdecimal() else digits


def _decimal(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        raise ValueError(f"{text[:40]} is no number")
    # A fraction in 17 digits is the double nearest to a shorter one, which is meant.
    return Decimal(text) if text.lstrip("-").isdecimal() else Decimal(repr(float(text)))


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


@lru_cache(maxsize=256)
def _mask(section: str) -> tuple[str | None, ...]:
    """The signs of a format such as 00000 or 000-00, None for each digit; empty for another one."""
    signs: list[str | None] = []
    position = 0
    while position < len(section):
        part = _PART.match(section, position)
        if part is None:
            return ()
        bare = part["bare"]
        signs.append(None if bare == "0" else bare or part["quoted"] or part["sign"] or "")
        position = part.end()
    return tuple(signs) if signs.count(None) > 1 else ()


def _filled(mask: tuple[str | None, ...], digits: str) -> str:
    places = mask.count(None)
    rest = iter(digits.zfill(places))
    surplus = max(0, len(digits) - places)  # all of it goes where the first digit does
    written: list[str] = []
    for sign in mask:
        if sign is None:
            written += islice(rest, 1 + surplus)
            surplus = 0
        else:
            written.append(sign)
    return "".join(written)


def shown_date(value: object) -> str:
    """Write a date, a time, or both, as ISO 8601 has it."""
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)
