"""Numbers of made-up companies: tax ids whose check digits hold, and telephone numbers."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache

import phonenumbers
from stdnum import luhn
from stdnum.at import uid as at_uid
from stdnum.au import abn
from stdnum.br import cnpj
from stdnum.es import cif
from stdnum.gb import vat as gb_vat
from stdnum.iso7064 import mod_11_10
from stdnum.jp import cn
from stdnum.pt import nif

# How many telephone numbers a country has. They need not be unique, and checking one takes long.
_PHONES = 200


def _fr(digits: str) -> str:
    siren = f"3{digits}"
    siren += luhn.calc_check_digit(siren)
    return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02}{siren}"


def _it(digits: str) -> str:
    number = f"{digits}015"
    return f"IT{number}{luhn.calc_check_digit(number)}"


def _gb(digits: str) -> str:
    return f"GB{digits}{-gb_vat.checksum(f'{digits}00') % 97:02}"


def _br(digits: str) -> str:
    number = f"{digits}10001"
    return cnpj.format(number + cnpj.calc_check_digits(number))


def _jp(digits: str) -> str:
    number = f"01000{digits}"
    return f"T{cn.calc_check_digit(number)}{number}"


# What makes a tax id of seven digits, by country.
TAX_IDS: dict[str, Callable[[str], str]] = {
    "AT": lambda digits: f"ATU{digits}{at_uid.calc_check_digit(f'U{digits}')}",
    "AU": lambda digits: abn.format(abn.calc_check_digits(f"10{digits}") + f"10{digits}"),
    "BR": _br,
    "DE": lambda digits: f"DE1{digits}{mod_11_10.calc_check_digit(f'1{digits}')}",
    "ES": lambda digits: f"ESB{digits}{cif.calc_check_digits(f'B{digits}')[0]}",
    "FR": _fr,
    "GB": _gb,
    "IT": _it,
    "JP": _jp,
    "PT": lambda digits: f"PT5{digits}{nif.calc_check_digit(f'5{digits}')}",
    "US": lambda digits: f"20-{digits}",
}


@cache
def phones(country: str) -> tuple[str, ...]:
    """Valid telephone numbers of a country, in E.164."""
    kind = phonenumbers.PhoneNumberType.FIXED_LINE
    example = phonenumbers.example_number_for_type(country, kind)
    assert example is not None, f"{country} has no example of a telephone number"
    start = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)[:-4]
    dice = random.Random(country)  # noqa: S311
    found: set[str] = set()
    while len(found) < _PHONES:
        number = f"{start}{dice.randrange(10_000):04}"
        if phonenumbers.is_valid_number(phonenumbers.parse(number)):
            found.add(number)
    return tuple(sorted(found))


@cache
def as_written(phone: str) -> str:
    """A telephone number as people write it for others."""
    return phonenumbers.format_number(
        phonenumbers.parse(phone), phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
