"""Tax ids, checked by the rules of the countries that issue them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache

from stdnum import get_cc_module
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError

from ts_customers.importing._noted import Noted

UNVERIFIED = "tax_id_unverified"

# What companies write besides the number for VAT, by the library's names.
_NUMBERS = {
    "AT": "uid tin",
    "AU": "abn acn",
    "BR": "cnpj cpf",
    "CA": "bn",
    "CH": "vat uid",
    "CN": "uscc",
    "DE": "vat stnr idnr",
    "ES": "nif cif nie",
    "FI": "alv ytunnus",
    "FR": "tva siren siret",
    "GB": "vat utr",
    "IN": "gstin pan",
    "IT": "iva codicefiscale",
    "JP": "cn",
    "NO": "mva orgnr",
    "SE": "vat orgnr",
    "UA": "edrpou rntrc",
    "US": "ein tin",
}


@lru_cache(maxsize=65_536)
def tax_id(text: str, country: str | None) -> object:
    """The text as it is, with a note if its country's check does not hold.

    Args:
        text: The tax id, with or without the prefix of a member state of the EU.
        country: The row's country, as a code of two letters.
    """
    checks = _checks(text[:2].upper(), country)
    # On Japanese invoices a T stands before the number.
    number = text.removeprefix("T") if country == "JP" else text
    if not checks or any(_passes(number, validate) for validate in checks):
        return text
    where = country or text[:2].upper()
    return Noted(text, UNVERIFIED, f"fails the check for tax ids of {where}; stored as it is")


def _passes(text: str, validate: Callable[[str], str]) -> bool:
    try:
        validate(text)
    except ValidationError:
        return False
    return True


@cache
def _checks(prefix: str, country: str | None) -> tuple[Callable[[str], str], ...]:
    """What may hold for a tax id; empty: nobody knows."""
    found = []
    if prefix.lower() in eu_vat.MEMBER_STATES or prefix in ("EL", "XI"):
        found.append(eu_vat.validate)
    for name in _NUMBERS.get(country or "", "vat").split():
        module = get_cc_module(country.lower(), name) if country else None
        if module is not None:
            found.append(module.validate)
    return tuple(found)
