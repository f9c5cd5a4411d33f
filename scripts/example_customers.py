"""Makes examples/customers.csv: invented companies, the same ones every time."""

from __future__ import annotations

import csv
import io
import random
import re
import unicodedata

import phonenumbers

from ts_customers.generating import COUNTRIES, LANGUAGES, Country, Language, Place

SEED = 20260101
TAGS = ("wholesale", "export", "retail", "priority", "seasonal", "net-new", "public-sector")
NOTES = (
    "Delivers to the back entrance only.",
    'Asks for a "proforma" before every order.',
    "Prefers calls before noon;\ne-mail otherwise.",
    "Renewal talks in autumn, budget already approved.",
)
ADDRESS = ("street", "street 2", "city", "state", "postal code", "country")
CONTACT = ("first name", "last name", "email", "phone", "role")
_WITHOUT_DECOMPOSITION = {
    ord(letter): latin
    for letter, latin in (("ß", "ss"), ("ø", "o"), ("Ø", "O"), ("ł", "l"), ("Ł", "L"), ("œ", "oe"))
}

Row = dict[str, str]


def customers_csv() -> str:
    """Write the file.

    Returns:
        CSV with one row for each customer, in UTF-8 without a byte order mark.
    """
    rows = make_rows()
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def make_rows() -> list[Row]:
    """Make all customers: as many in each country as its weight says, shuffled."""
    dice = random.Random(SEED)
    codes = [code for code, country in COUNTRIES.items() for _ in range(country.weight)]
    dice.shuffle(codes)
    taken: set[str] = set()
    return [_make_row(dice, number, code, taken) for number, code in enumerate(codes, 1)]


def _make_row(dice: random.Random, number: int, code: str, taken: set[str]) -> Row:
    country = COUNTRIES[code]
    language = LANGUAGES[country.language]
    firm, name, domain = _company(dice, country, language, taken)
    place = dice.choice(country.places)
    ships_elsewhere = dice.random() < 0.2
    customer = {
        "External ID": f"EX-{10000 + number}",
        "Company name": name,
        "Display name": firm if dice.random() < 0.3 else "",
        "Website": f"https://www.{domain}",
        "Tax ID": _fill(dice, country.tax_id) if dice.random() < 0.85 else "",
        "Customer type": dice.choices(("standard", "vip", "partner"), (85, 8, 7))[0],
        "Tier": dice.choices(("", "Gold", "Silver", "Bronze"), (35, 10, 20, 35))[0],
        "Currency": country.currency,
        "Payment terms": str(dice.choice((7, 14, 30, 30, 30, 45, 60))),
        "Credit limit": str(dice.choice((5, 10, 25, 50)) * 1000) if dice.random() < 0.4 else "",
        "Tags": "; ".join(sorted(dice.sample(TAGS, dice.choice((0, 1, 1, 2, 3))))),
        "Notes": dice.choice(NOTES) if dice.random() < 0.12 else "",
    }
    return (
        customer
        | _address(dice, "Billing", code, place)
        | _address(dice, "Shipping", code, dice.choice(country.places), used=ships_elsewhere)
        | _contact(dice, "Contact", code, domain, "primary")
        | _contact(dice, "Contact 2", code, domain, "billing", used=dice.random() < 0.45)
    )


def _company(
    dice: random.Random, country: Country, language: Language, taken: set[str]
) -> tuple[str, str, str]:
    """Invent a company that is not taken: its short name, full name and domain."""
    is_latin = language.latin is None
    town = ""
    while True:
        firm, trade = dice.choice(language.firms), dice.choice(language.trades)
        form = dice.choice(country.forms or language.forms)
        parts = [part for part in (firm, trade, town) if part]
        name = " ".join((*parts, form)) if is_latin else "".join((form, *parts))
        slugs = [slug for part in parts if (slug := _slug(part, language))]
        domain = "-".join(slugs if is_latin else (*slugs, str(len(taken)))) + ".example"
        if taken.isdisjoint((name, domain)):
            taken |= {name, domain}
            return firm, name, domain
        # The short lists run out: a town in the name tells two of them apart.
        town = dice.choice(country.places)[0]


def _address(dice: random.Random, kind: str, code: str, place: Place, *, used: bool = True) -> Row:
    """Make the columns of an address; all empty if it is not used."""
    country = COUNTRIES[code]
    city, state, postal_code = place
    street = country.street.format(
        n=dice.randint(1, 98), w=dice.choice(LANGUAGES[country.language].firms).partition(" ")[0]
    )
    second = f"{dice.randint(1, 9)}. OG" if country.language == "de" and dice.random() < 0.2 else ""
    values = (street, second, city, state, _fill(dice, postal_code), code)
    return {
        f"{kind} {field}": value if used else ""
        for field, value in zip(ADDRESS, values, strict=True)
    }


def _contact(
    dice: random.Random, kind: str, code: str, domain: str, role: str, *, used: bool = True
) -> Row:
    """Make the columns of a contact; all empty if there is none."""
    language = LANGUAGES[COUNTRIES[code].language]
    first, last = dice.choice(language.first_names), dice.choice(language.last_names)
    # Domains are unique, so an address is unique as long as the two contacts differ by their role.
    prefix = "" if role == "primary" else f"{role}."
    email = f"{prefix}{_slug(first, language)}.{_slug(last, language)}@{domain}"
    values = (first, last, email, _phone(dice, code), role)
    return {
        f"{kind} {field}": value if used else ""
        for field, value in zip(CONTACT, values, strict=True)
    }


def _phone(dice: random.Random, code: str) -> str:
    example = phonenumbers.example_number_for_type(code, phonenumbers.PhoneNumberType.FIXED_LINE)
    if example is None:
        raise ValueError(f"{code} has no example of a phone number")
    text = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    while True:
        number = text[:-4] + _fill(dice, "####")
        if phonenumbers.is_valid_number(phonenumbers.parse(number)):
            return number


def _fill(dice: random.Random, template: str) -> str:
    """Put a digit for each #, and a letter for each @ and ?."""
    letters = {"#": "0123456789", "@": "ABEGHJLNRTWXY", "?": "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    return "".join(dice.choice(letters.get(character, character)) for character in template)


def _slug(text: str, language: Language) -> str:
    """Write a name as part of an address: Latin letters in lower case."""
    text = (language.latin or {}).get(text, text)
    text = text.translate(_WITHOUT_DECOMPOSITION)
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
