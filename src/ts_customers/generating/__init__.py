"""Made-up customers, plausible and the same every time."""

from ts_customers.generating._customers import COLUMNS, TIERS, made_customers
from ts_customers.generating._words import COUNTRIES, LANGUAGES, Country, Language, Place

__all__ = [
    "COLUMNS",
    "COUNTRIES",
    "LANGUAGES",
    "TIERS",
    "Country",
    "Language",
    "Place",
    "made_customers",
]
