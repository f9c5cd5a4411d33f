"""The fields that a column can mean, and the English names that columns have for them."""

from __future__ import annotations

import re
import unicodedata

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

_SETTINGS = re.compile(
    r"settings\.(locale|time_zone|(shipping|invoicing|notifications|custom)\.[^.]+)"
)
_CONTACT = re.compile(r"contacts\.([0-9]|[1-9][0-9])\.(\w+)")

# Names are compared without case, accents and whatever is neither letter nor digit. Of several
# columns that mean one field, the one whose name comes first here is taken.
_CUSTOMER_NAMES = {
    "company_name": "company name, company, customer name, account name, organization name, "
    "organisation name, business name, organization, organisation, business, firm, firm name, "
    "legal name, customer, account, client, client name, name",
    "display_name": "display name, trading name, trade name, trading as, dba, short name",
    "customer_number": "customer number, customer no, customer #, customer num, customer code, "
    "account number, account no, account #, client number, client no",
    "external_id": "external id, customer id, account id, client id, external reference, "
    "external ref, foreign id",
    "parent_id": "parent id",
    "tax_id": "tax id, vat id, vat number, vat no, vat, tax number, tax no, tax identification, "
    "tax identification number, vat registration number, gst number, ein, tin",
    "website": "website, website url, web site, url, web, homepage, home page, web address",
    "tier": "tier, tier name, customer tier, pricing tier, price tier, price level",
    "status": "status, customer status, account status",
    "customer_type": "customer type, account type, client type",
    "credit_limit": "credit limit, credit line, max credit, maximum credit",
    "payment_terms": "payment terms, payment term, payment terms days, payment days, terms, "
    "net days, days to pay",
    "currency": "currency, currency code, currency iso code",
    "settings": "settings",
    "settings.locale": "locale, language",
    "settings.time_zone": "time zone, tz",
    "tags": "tags, tag, labels, label, keywords",
    "portal_enabled": "portal enabled, portal",
    "portal_subdomain": "portal subdomain, subdomain",
    "notes": "notes, note, comments, comment, remarks, remark, description",
    "internal_notes": "internal notes, internal note, private notes, private note",
}
_ADDRESS_PREFIXES = {
    "billing_address": "billing address, billing, bill to, bill, invoice address, invoice, ",
    "shipping_address": "shipping address, shipping, ship to, ship, delivery address, delivery",
}
_ADDRESS_NAMES = {
    "line1": "line 1, street, address 1, address line 1, street address, street address 1, "
    "street 1, address",
    "line2": "line 2, street 2, address 2, address line 2, street address 2, suite",
    "city": "city, town, city/town, suburb",
    "state": "state, state code, province, province code, state/province, state/region, "
    "province/state, province/territory, state/territory, region, county",
    "postal_code": "postal code, postalcode, post code, zip, zip code, zip/postal code, "
    "postal/zip code",
    "country": "country code, country, country/region, nation",
}
_CONTACT_PREFIXES = "contact, contact person, primary contact, main contact, person"
_CONTACT_NAMES = {
    "first_name": "first name, given name, forename",
    "last_name": "last name, surname, family name",
    "email": "email, e-mail address, e-mail id, mail",
    "phone": "phone, phone number, telephone, telephone number, tel, work phone",
    "mobile": "mobile, mobile phone, mobile number, mobile phone number, cell, cell phone",
    "role": "role",
    "is_primary": "is primary",
    "preferred_contact_method": "preferred contact method, preferred method, contact method",
    "receives_order_updates": "receives order updates, order updates",
    "receives_marketing": "receives marketing, accepts marketing, marketing, newsletter, "
    "accepts email marketing",
    "portal_access": "portal access",
    # Only with a prefix: alone these are the company's.
    "name": "name, full name, person",
    "notes": "notes, note",
}
_NEEDS_PREFIX = ("name", "notes")


def squash(name: str) -> str:
    """Reduce a column's name to what is compared of it."""
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


def all_fields() -> list[str]:
    """The fields' paths, for messages and help; of contacts only the first one's."""
    return [
        *CUSTOMER_FIELDS,
        *(f"{address}.{field}" for address in ADDRESSES for field in ADDRESS_FIELDS),
        *(f"contacts.0.{field}" for field in CONTACT_FIELDS),
    ]


def _split(names: str) -> list[str]:
    return [squash(name) for name in names.split(",")]


def _synonyms() -> dict[str, tuple[str, int]]:
    """A squashed name to its field and its strength; 0 is the strongest."""
    found: dict[str, tuple[str, int]] = {}
    for path in CUSTOMER_FIELDS:
        found[squash(path)] = (path, 0)
    for path, names in _CUSTOMER_NAMES.items():
        for strength, name in enumerate(_split(names), start=1):
            found.setdefault(name, (path, strength))
    for address, prefixes in _ADDRESS_PREFIXES.items():
        for at, prefix in enumerate(_split(prefixes)):
            for field, names in _ADDRESS_NAMES.items():
                for strength, name in enumerate(_split(names), start=1 + 100 * at):
                    found.setdefault(prefix + name, (f"{address}.{field}", strength))
    for field, names in _CONTACT_NAMES.items():
        for strength, name in enumerate(_split(names), start=1):
            if field not in _NEEDS_PREFIX:
                found.setdefault(name, (f"contacts.0.{field}", strength + 100))
    for name in ("contact", "contactperson", "primarycontact", "maincontact", "fullname"):
        found.setdefault(name, ("contacts.0.name", 99))
    return found


_SYNONYMS = _synonyms()
_PREFIXES = "|".join(sorted(_split(_CONTACT_PREFIXES), key=len, reverse=True))
_CONTACT_COLUMN = re.compile(rf"({_PREFIXES})s?([0-9]{{0,2}})(\D+?)([0-9]{{0,2}})")
_NUMBERED_COLUMN = re.compile(r"(\D+?)([0-9]{1,2})")
_CONTACT_FIELD = {
    name: (field, strength)
    for field, names in _CONTACT_NAMES.items()
    for strength, name in enumerate(_split(names), start=1)
}


def guess_field(header: str) -> tuple[str, int] | None:
    """What a column means by its name.

    Returns:
        The field's path and how strong the name is, 0 being the strongest; None: nothing known.
    """
    if is_field(header):
        return header, 0
    name = squash(header)
    return _SYNONYMS.get(name) or _guess_contact(name)


def _guess_contact(name: str) -> tuple[str, int] | None:
    """Headers count contacts from 1: "Contact 2 e-mail", "Contact e-mail 2", "E-mail 2"."""
    if match := _CONTACT_COLUMN.fullmatch(name):
        field, number = match[3], match[2] or match[4]
        if match[2] and match[4]:
            return None
    elif match := _NUMBERED_COLUMN.fullmatch(name):
        field, number = match[1], match[2]
        if _CONTACT_FIELD.get(field, ("name", 0))[0] in _NEEDS_PREFIX:
            return None
    else:
        return None
    if field not in _CONTACT_FIELD or number.startswith("0"):
        return None
    found, strength = _CONTACT_FIELD[field]
    return f"contacts.{int(number or 1) - 1}.{found}", strength
