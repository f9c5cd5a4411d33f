"""The words of English, German, French and Spanish for what a field can be."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# What people write where there is nothing to write. Not where it may be a name: Null is one.
NOTHING = frozenset(
    "- -- – — / . ? #n/a n/a n.a. k.a. s/d null \\n unknown unbekannt inconnu desconocido".split()
) | {"k. a.", "keine angabe", "not available", "non disponible", "sin datos"}

TRUE = frozenset("true yes y 1 1.0 x on t ✓ ✔ ☑ ja j wahr oui o vrai v si s verdadero".split())
FALSE = frozenset("false no n 0 0.0 off f nein falsch non faux falso ✗ ✘ ☐".split())

STATUS = {
    "active": "active aktiv actif activo actief attivo ok",
    "inactive": "inactive inaktiv inactif inactivo baja disabled deactivated deaktiviert "
    "désactivé desactivado archived archiviert closed",
    "suspended": "suspended blocked gesperrt bloqué suspendu bloqueado suspendido on_hold "
    "on-hold hold onhold",
}
CUSTOMER_TYPES = {
    "standard": "standard normal regular estándar estandar default",
    "vip": "vip v.i.p. key-account",
    "partner": "partner partenaire socio reseller händler wiederverkäufer revendeur "
    "distribuidor revendedor distributor",
}
ROLES = {
    "primary": "primary main haupt hauptkontakt hauptansprechpartner principal",
    "billing": "billing invoice invoicing accounting accounts rechnung rechnungen buchhaltung "
    "facturation comptabilité facturación contabilidad",
    "shipping": "shipping delivery logistics versand lieferung logistik livraison expédition "
    "logistique envío envíos entrega logística",
    "contact": "contact kontakt contacto ansprechpartner",
}
CONTACT_METHODS = {
    "email": "email e-mail mail courriel mél correo e-mail",
    "phone": "phone telephone tel telefon telefonisch téléphone teléfono landline festnetz",
    "mobile": "mobile cell handy mobil portable móvil celular sms",
    "post": "post letter postal brief courrier poste correo-postal carta",
    "none": "none keine keiner aucun ninguno",
}


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """A word without case and accents, with one blank for any run of blanks."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(plain.split())


def lookup(words: dict[str, str]) -> dict[str, str]:
    """Each word to what it means; in the lists, `_` stands for a blank."""
    return {
        fold(word.replace("_", " ")): meaning
        for meaning, listed in words.items()
        for word in listed.split()
    }


def is_nothing(text: str) -> bool:
    """Whether a text stands for an empty cell."""
    return text.casefold() in NOTHING


def boolean(text: str) -> bool | None:
    """Yes or no in their usual spellings; None: neither."""
    word = fold(text)
    return True if word in TRUE else False if word in FALSE else None
