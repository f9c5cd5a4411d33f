"""The fields that a column can mean."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

CUSTOMER_FIELDS = (
    "customer_number external_id parent_id company_name display_name tax_id website tier status "
    "customer_type credit_limit payment_terms currency settings tags portal_enabled "
    "portal_subdomain notes internal_notes"
).split()
ADDRESSES = ("billing_address", "shipping_address")
ADDRESS_FIELDS = "line1 line2 city state postal_code country".split()
# `name` is a person's name in one cell, which becomes the first and the last name.
CONTACT_FIELDS = (
    "first_name last_name name email phone mobile role is_primary preferred_contact_method "
    "receives_order_updates receives_marketing portal_access notes"
).split()
# What names the customer that a contact belongs to, where a file has contacts alone.
CUSTOMER_KEYS = ("customer_number", "external_id", "company_name")
# Where cells go that mean no field, if they are to be kept.
KEPT = "settings.custom.import"
# No fields, but what tells how to read a row of a known export: whether it is a company or a
# person, whose it is, and the like.
ROW_FIELDS = tuple(
    f"row.{name}" for name in "country kind parent parent_id address_type terms deleted".split()
)

_SETTINGS = re.compile(
    r"settings\.(locale|time_zone|(shipping|invoicing|notifications|custom)\.[^.]+)"
)
_CONTACT = re.compile(r"contacts\.([0-9]|[1-9][0-9])\.(\w+)")
_SECRET = re.compile(
    r"password|passwd|passwort|kennwort|motdepasse|contrasena|passphrase|pwd|cardnumber|cardcvc"
)


def squash(name: str) -> str:
    """Reduce a column's name to what is compared of it: letters and digits, without accents."""
    text = unicodedata.normalize("NFKD", name.replace("#", " no ")).casefold()
    return "".join(character for character in text if character.isalnum())


def is_field(path: str) -> bool:
    """Whether a path names a field: company_name, billing_address.city, contacts.0.email, …"""
    if path in CUSTOMER_FIELDS or _SETTINGS.fullmatch(path):
        return True
    if contact := _CONTACT.fullmatch(path):
        return contact[2] in CONTACT_FIELDS
    address, _, field = path.partition(".")
    return address in ADDRESSES and field in ADDRESS_FIELDS


@lru_cache(maxsize=4096)
def is_secret(header: str) -> bool:
    """Whether a column holds passwords or card numbers, which are kept nowhere."""
    return _SECRET.search(squash(header)) is not None


def all_fields() -> list[str]:
    """The fields' paths, for messages and help; of contacts only the first one's."""
    return [
        *CUSTOMER_FIELDS,
        *(f"{address}.{field}" for address in ADDRESSES for field in ADDRESS_FIELDS),
        *(f"contacts.0.{field}" for field in CONTACT_FIELDS),
    ]
