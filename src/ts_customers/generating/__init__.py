"""Made-up customers, plausible and the same every time."""

from ts_customers.generating._companies import TIERS
from ts_customers.generating._customers import COLUMNS, made_customers
from ts_customers.generating._generate import Generated, Progress, generate
from ts_customers.generating._words import COUNTRIES, LANGUAGES, Country, Language, Place

__all__ = [
    "COLUMNS",
    "COUNTRIES",
    "LANGUAGES",
    "TIERS",
    "Country",
    "Generated",
    "Language",
    "Place",
    "Progress",
    "generate",
    "made_customers",
]
