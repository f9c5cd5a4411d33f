"""The names that people write above their columns, in four languages."""

from __future__ import annotations

import pytest

from ts_customers import Invalid
from ts_customers.importing import Confidence, map_columns

# What stands for itself, whatever is beside it.
NAMES = """
external_id | external id, ext. id, source id, record id, legacy id, id, externe ID, Fremd-ID
external_id | Alt-ID, identifiant externe, réf. externe, ID externo, identificador externo
customer_number | customer no., customer number, cust #, account no., account code, client code
customer_number | Kd.-Nr., Kdnr, Kundennr., Kundennummer, Debitorennummer, Debitor, n° client
customer_number | code client, numéro client, réf. client, n.º cliente, código cliente, código
customer_number | número de cliente, No. client, Nº de cliente, KUNDEN-NR
company_name | company, company name, account, account name, customer, customer name
company_name | organisation, business name, legal name, Firma, Firmenname, Unternehmen, Kunde
company_name | Kundenname, Name 1, Firmierung, raison sociale, société, entreprise, client
company_name | nom de l'entreprise, dénomination, razón social, empresa, nombre de empresa
company_name | cliente, denominación social, *Company Name, Company:, CompanyName
display_name | trading as, trade name, DBA, short name, alias, Kurzname, Anzeigename, Suchname
display_name | Matchcode, nom commercial, enseigne, nom usuel, nombre comercial
tax_id | tax id, VAT, VAT no., VAT number, EIN, ABN, GSTIN, TRN, tax number, USt-IdNr., UID
tax_id | Umsatzsteuer-ID, Steuernummer, MwSt-Nr., n° TVA, TVA intracommunautaire, SIRET, SIREN
tax_id | NIF, CIF, NIF/CIF, RFC, RUT, CUIT, N.º IVA
website | web, website, url, homepage, domain, Webseite, Internet, site, site web, site internet
website | página web, sitio web
status | status, active, state of account, aktiv, gesperrt, statut, actif, état, activo, situación
customer_type | type, customer type, category, Kundentyp, Kundenart, type de client, catégorie
customer_type | tipo de cliente, categoría
tier | tier, level, price level, price group, discount group, Preisgruppe, Rabattgruppe, Stufe
tier | Kundengruppe, niveau, groupe tarifaire, catégorie tarifaire, nivel, tarifa
tier | grupo de precios
credit_limit | credit limit, credit, credit line, Kreditlimit, Kreditrahmen, limite de crédit
credit_limit | encours autorisé, plafond, límite de crédito, crédito, riesgo
payment_terms | terms, payment terms, net days, due days, Zahlungsziel, Zahlungsziel (Tage)
payment_terms | Zahlungsbedingung, ZZ, délai de paiement, échéance, conditions de règlement
payment_terms | plazo de pago, días de pago, forma de pago, vencimiento
currency | currency, curr., ccy, Währung, Whg., devise, monnaie, moneda, divisa
tags | tags, labels, keywords, groups, segments, Schlagwörter, Stichworte, Merkmale, étiquettes
tags | mots-clés, etiquetas, grupos
notes | notes, comments, remarks, memo, Bemerkung, Bemerkungen, Notiz, Notizen, Anmerkung
notes | Kommentar, remarques, commentaires, observations, notas, observaciones, comentarios
internal_notes | internal notes, internal comments, private notes, interne Notiz
internal_notes | interner Vermerk, notes internes, notas internas
billing_address.line1 | address, address 1, street, street address, bill to street, Straße, Str.
billing_address.line1 | Strasse, Straße und Hausnr., Anschrift, Adresse, adresse 1, rue, voie
billing_address.line1 | dirección, domicilio, calle, Rechnungsadresse, Adresse de facturation
billing_address.line2 | address 2, suite, unit, c/o, Adresszusatz, Zusatz, Name 2, bâtiment
billing_address.line2 | complément d'adresse, adresse 2, dirección 2, piso, complemento
billing_address.city | city, town, suburb, Ort, Stadt, Wohnort, ville, commune, localité, población
billing_address.city | ciudad, localidad, municipio, Rechnungsort, ciudad de facturación
billing_address.state | province, Bundesland, Kanton, département, canton, provincia
billing_address.state | comunidad autónoma, Billing state, State/Region
billing_address.postal_code | zip, zip code, postcode, postal code, pin code, PLZ, Postleitzahl
billing_address.postal_code | code postal, CP, NPA, código postal, C.P., Rechnungs-PLZ
billing_address.country | country, country code, nation, Staat, Länderkürzel, pays, code pays, país
billing_address.country | código de país, Rechnungsland
shipping_address.line1 | ship to street, Lieferadresse, delivery address, Adresse de livraison
shipping_address.line1 | dirección de entrega, dirección de envío, Liefer-Straße
shipping_address.city | delivery city, Lieferort, ville de livraison, ciudad de entrega
shipping_address.postal_code | shipping zip, Liefer-PLZ, code postal livraison
shipping_address.country | ship to country, Lieferland, pays de livraison, país de envío
contacts.0.name | contact, contact name, contact person, attn., Ansprechpartner, Kontakt
contacts.0.name | Kontaktperson, z. Hd., interlocuteur, nom du contact, contacto
contacts.0.name | persona de contacto
contacts.0.first_name | first name, given name, forename, Vorname, prénom, Contact first name
contacts.0.last_name | last name, surname, family name, Nachname, Familienname, Zuname
contacts.0.last_name | nom de famille, apellido, apellidos
contacts.0.email | e-mail, email address, mail, E-Mail-Adresse, courriel, mél, correo
contacts.0.email | adresse électronique, correo electrónico, E-Mail Ansprechpartner
contacts.0.email | courriel du contact, Ansprechpartner E-Mail
contacts.0.phone | phone, tel., telephone, landline, work phone, Telefon, Festnetz, Rufnummer
contacts.0.phone | téléphone, tél., tél. fixe, teléfono, tfno., teléfono de contacto
contacts.0.mobile | mobile, cell, cell phone, Mobil, Handy, Mobiltelefon, portable, GSM, móvil
contacts.0.mobile | celular
contacts.0.role | role, function, contact type, Rolle, Funktion, Position, rôle, fonction, rol
contacts.0.role | cargo, función
contacts.0.is_primary | primary, Hauptkontakt, Hauptansprechpartner, contact principal
contacts.0.is_primary | contacto principal
contacts.0.preferred_contact_method | preferred contact, contact by, bevorzugter Kontaktweg
contacts.0.preferred_contact_method | moyen de contact préféré, medio de contacto preferido
contacts.0.receives_marketing | newsletter, marketing, opt-in, mailing, Werbung, infolettre
contacts.0.receives_marketing | prospection, boletín, publicidad
contacts.0.receives_order_updates | order updates, notifications, Auftragsinfo
contacts.0.receives_order_updates | Versandbenachrichtigung, suivi de commande, avisos de pedido
contacts.1.name | Ansprechpartner 2, Contact 2
contacts.1.email | Contact 2 e-mail, E-Mail 2, Ansprechpartner 2 E-Mail
"""
PAIRS = [
    (name.strip(), line.split(" | ")[0])
    for line in NAMES.strip().splitlines()
    for name in line.split(" | ")[1].split(",")
]

ADDRESS = ["Street", "City"]


@pytest.mark.parametrize(("name", "field"), PAIRS, ids=[name for name, _ in PAIRS])
def test_a_name_means_its_field_in_any_of_the_languages(name: str, field: str) -> None:
    found = map_columns([name], {}, creates=False)

    assert found[name] == field


@pytest.mark.parametrize("name", ["Kd.-Nr.", "Kdnr", "KUNDENNUMMER", "kunden_nummer", "Kunden Nr"])
def test_case_accents_and_marks_do_not_matter(name: str) -> None:
    assert map_columns([name, "Firma"], {})[name] == "customer_number"


@pytest.mark.parametrize(
    ("header", "column", "field"),
    [
        (["Firma", "Vorname", "Name"], "Name", "contacts.0.last_name"),
        (["Company", "First name", "Last name", "Name"], "Name", None),
        (["Name", "City"], "Name", "company_name"),
        (["Company", "Name"], "Name", None),
        (["Société", "Prénom", "Nom"], "Nom", "contacts.0.last_name"),
        (["Nom", "Ville"], "Nom", "company_name"),
        (["Empresa", "Nombre", "Apellidos"], "Nombre", "contacts.0.first_name"),
        (["Nombre", "Ciudad"], "Nombre", "company_name"),
        (["Firma", "PLZ", "Land"], "Land", "billing_address.country"),
        (["Firma", "Land", "Staat"], "Land", "billing_address.state"),
        (["Company", *ADDRESS, "State"], "State", "billing_address.state"),
        (["Company", "State"], "State", None),
        (["Company", *ADDRESS, "Province", "State"], "State", None),
        (["Company", *ADDRESS, "Region"], "Region", "billing_address.state"),
        (["Company", "Region"], "Region", None),
        (["Empresa", "Calle", "Provincia", "Estado"], "Estado", "status"),
        (["Empresa", "Calle", "Estado"], "Estado", "billing_address.state"),
        (["Empresa", "Estado"], "Estado", None),
        (["Company", "Code"], "Code", None),
        (["Company", "Group"], "Group", None),
        (["Company", "Contact 0 e-mail", "Contact"], "Contact 0 e-mail", None),
        (["Company", "Contact 1 e-mail 2", "Contact"], "Contact 1 e-mail 2", None),
        (["Company", "Balance"], "Balance", None),
    ],
)
def test_what_means_several_things_is_decided_by_what_stands_beside_it(
    header: list[str], column: str, field: str | None
) -> None:
    assert map_columns(header, {})[column] == field


@pytest.mark.parametrize(
    ("header", "confidence", "reason"),
    [
        ("company_name", "certain", "the field's own name"),
        ("Company name", "certain", "the field's own name"),
        ("Firma", "likely", "German name"),
        ("Raison sociale", "likely", "French name"),
        ("Razón social", "likely", "Spanish name"),
        ("Account", "likely", "English name"),
        ("Name", "weak", "no other column names one"),
    ],
)
def test_a_guess_says_how_sure_it_is_and_why(header: str, confidence: str, reason: str) -> None:
    mapping = map_columns([header, "Fax"], {})
    column, other = mapping.columns

    assert (column.confidence, column.reason) == (Confidence(confidence), reason)
    assert mapping.is_certain == (confidence == "certain")
    assert mapping.format_name is None
    assert (other.field, other.reason) == (None, "not understood")


def test_what_a_person_says_is_certain() -> None:
    mapping = map_columns(["Name", "Fax"], {"Name": "company_name", "Fax": None})

    assert mapping.is_certain
    assert [column.reason for column in mapping.columns] == ["as told", "as told"]


def test_unmapped_columns_are_kept_where_that_is_asked_for() -> None:
    header = ["Company", "Fax", "Password", "Shoe size"]
    mapping = map_columns(header, {"Shoe size": None}, keep_unmapped=True)

    assert dict(mapping) == {
        "Company": "company_name",
        "Fax": "settings.custom.import",
        "Password": None,
        "Shoe size": None,
    }


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            ["Company", "Name", "E-mail", "Notes", "City", "Country", "ID"],
            [
                "company_name",
                "contacts.0.name",
                "contacts.0.email",
                "contacts.0.notes",
                None,
                "row.country",
                None,
            ],
        ),
        (
            ["Kundennr.", "Vorname", "Name", "Telefon", "Kreditlimit"],
            [
                "customer_number",
                "contacts.0.first_name",
                "contacts.0.last_name",
                "contacts.0.phone",
                None,
            ],
        ),
        (
            ["Customer ID", "Nombre", "Correo"],
            ["external_id", "contacts.0.name", "contacts.0.email"],
        ),
        (["external_id", "contacts.0.email"], ["external_id", "contacts.0.email"]),
    ],
)
def test_in_a_list_of_contacts_what_stands_alone_is_theirs(
    header: list[str], expected: list[str | None]
) -> None:
    assert list(map_columns(header, {}, entity="contacts").values()) == expected


@pytest.mark.parametrize("header", [["Name", "E-mail"], ["Record ID", "E-mail", "Name"]])
def test_contacts_that_name_no_customer_are_refused(header: list[str]) -> None:
    with pytest.raises(Invalid) as caught:
        map_columns(header, {}, entity="contacts")

    assert caught.value.slug == "no_customer_key"
    assert "customer_number" in caught.value.hint
