"""What people call the fields in English, German, French and Spanish.

Names are compared as `squash` leaves them. Of several columns that mean one field, the one whose
name comes first here is taken. A question mark: the name may mean something else as well.
"""

from __future__ import annotations

LANGUAGES = {"en": "English", "de": "German", "fr": "French", "es": "Spanish"}

CUSTOMER_NAMES = {
    "en": {
        "company_name": "company name, company, customer name, account name, organization name, "
        "organisation name, business name, organization, organisation, business, firm, "
        "firm name, legal name, customer, account, client, client name",
        "display_name": "display name, trading name, trade name, trading as, dba, short name, "
        "alias?",
        "customer_number": "customer number, customer no, customer #, cust #, cust no, "
        "customer num, customer code, account number, account no, account #, account code, "
        "client number, client no, client code",
        "external_id": "external id, ext id, customer id, account id, client id, "
        "external reference, external ref, foreign id, source id, record id, legacy id, id?",
        "parent_id": "parent id",
        "tax_id": "tax id, vat id, vat number, vat no, vat, tax number, tax no, "
        "tax identification, tax identification number, vat registration number, gst number, "
        "gstin, ein, tin, abn, trn",
        "website": "website, website url, web site, url, web, homepage, home page, web address, "
        "domain?",
        "tier": "tier, tier name, customer tier, pricing tier, price tier, price level, "
        "price group?, discount group?, level?",
        "status": "status, customer status, account status, state of account, active?, blocked?",
        "customer_type": "customer type, account type, client type, type?, category?",
        "credit_limit": "credit limit, credit line, max credit, maximum credit, credit?",
        "payment_terms": "payment terms, payment term, payment terms days, payment days, terms, "
        "net days, due days, days to pay",
        "currency": "currency, currency code, currency iso code, curr, ccy",
        "settings": "settings",
        "settings.locale": "locale, language",
        "settings.time_zone": "time zone, tz",
        "tags": "tags, tag, labels, label, keywords, segments?, groups?",
        "portal_enabled": "portal enabled, portal",
        "portal_subdomain": "portal subdomain, subdomain",
        "notes": "notes, note, comments, comment, remarks, remark, memo, description",
        "internal_notes": "internal notes, internal note, private notes, private note, "
        "internal comments, internal comment",
    },
    "de": {
        "company_name": "firma, firmenname, unternehmen, kundenname, kunde, name 1, firmierung, "
        "firmenbezeichnung",
        "display_name": "kurzname, anzeigename, suchname, matchcode",
        "customer_number": "kundennummer, kundennr, kdnr, kd nr, kunden-nr, debitorennummer, "
        "debitorennr, debitor",
        "external_id": "externe id, fremd-id, alt-id, kunden-id",
        "tax_id": "ust-idnr, ust-id, ustid, ust-id-nr, umsatzsteuer-id, uid, uid-nr, mwst-nr, "
        "umsatzsteuer-identifikationsnummer, umsatzsteueridentnummer, steuernummer, steuernr",
        "website": "webseite, internet, internetadresse, internetseite",
        "tier": "preisgruppe?, rabattgruppe?, kundengruppe?, stufe?",
        "status": "kundenstatus, aktiv?, gesperrt?",
        "customer_type": "kundentyp, kundenart",
        "credit_limit": "kreditlimit, kreditrahmen, kreditlinie",
        "payment_terms": "zahlungsziel, zahlungsziel in tagen, zahlungsfrist, zz, "
        "zahlungsbedingung, zahlungsbedingungen",
        "currency": "währung, währungscode, whg",
        "settings.locale": "sprache",
        "tags": "schlagwörter, schlagworte, stichworte, stichwörter, merkmale?",
        "notes": "bemerkung, bemerkungen, notiz, notizen, anmerkung, anmerkungen, kommentar, "
        "kommentare",
        "internal_notes": "interne notiz, interne notizen, interner vermerk, "
        "interne bemerkung, interne bemerkungen",
    },
    "fr": {
        "company_name": "raison sociale, société, entreprise, nom de l'entreprise, "
        "nom de la société, nom du client, dénomination, dénomination sociale",
        "display_name": "nom commercial, enseigne, nom usuel",
        "customer_number": "n° client, no client, numéro client, numéro de client, code client, "
        "réf client, référence client",
        "external_id": "identifiant externe, réf externe, référence externe, id externe",
        "tax_id": "n° tva, no tva, numéro de tva, tva intracommunautaire, "
        "n° tva intracommunautaire, siren, siret",
        "website": "site web, site internet, site",
        "tier": "groupe tarifaire?, catégorie tarifaire?, niveau?",
        "status": "statut, état?, actif?, bloqué?",
        "customer_type": "type de client, type client, catégorie?",
        "credit_limit": "limite de crédit, encours autorisé, plafond de crédit, plafond?",
        "payment_terms": "délai de paiement, délai de règlement, conditions de règlement, "
        "conditions de paiement, échéance",
        "currency": "devise, monnaie",
        "settings.locale": "langue",
        "tags": "étiquettes, mots-clés",
        "notes": "remarques, remarque, commentaires, commentaire, observations",
        "internal_notes": "notes internes, note interne, commentaire interne",
    },
    "es": {
        "company_name": "razón social, nombre de empresa, nombre de la empresa, empresa, "
        "cliente, nombre del cliente, denominación social, denominación",
        "display_name": "nombre comercial",
        "customer_number": "n.º cliente, n.º de cliente, nº cliente, número de cliente, "
        "código cliente, código de cliente, código?",
        "external_id": "id externo, identificador externo, referencia externa",
        "tax_id": "nif, cif, nif/cif, cif/nif, rfc, rut, cuit, n.º iva, n.º de iva, número de iva",
        "website": "página web, sitio web",
        "tier": "grupo de precios?, tarifa?, nivel?",
        "status": "situación?, activo?, bloqueado?",
        "customer_type": "tipo de cliente, categoría?",
        "credit_limit": "límite de crédito, crédito?, riesgo?",
        "payment_terms": "plazo de pago, días de pago, condiciones de pago, forma de pago, "
        "vencimiento",
        "currency": "moneda, divisa",
        "settings.locale": "idioma",
        "tags": "etiquetas, palabras clave, grupos?",
        "notes": "notas, observaciones, comentarios",
        "internal_notes": "notas internas, comentarios internos",
    },
}

# How a column's name says which address it is of: what stands in front, and what stands behind.
ADDRESS_PREFIXES = {
    "billing_address": "billing address, billing, bill to, bill, invoice address, invoice, "
    "rechnungs, rechnung, ",
    "shipping_address": "shipping address, shipping, ship to, ship, delivery address, delivery, "
    "liefer, lieferungs, versand",
}
ADDRESS_SUFFIXES = {
    "billing_address": "de facturation, facturation, de facturación, facturación",
    "shipping_address": "de livraison, livraison, de entrega, entrega, de envío, envío",
}
# What stands alone is also the whole name: "Lieferadresse" is "Liefer" with "Adresse".
ADDRESS_NAMES = {
    "en": {
        "line1": "line 1, street, address 1, address line 1, street address, street address 1, "
        "street 1, address",
        "line2": "line 2, street 2, address 2, address line 2, street address 2, suite, unit, c/o",
        "city": "city, town, city/town, suburb",
        "state": "state code, province, province code, state/province, state/region, "
        "province/state, province/territory, state/territory, state?, county?, region?",
        "postal_code": "postal code, postalcode, post code, postcode, zip, zip code, "
        "zip/postal code, postal/zip code, pin code",
        "country": "country code, country, country/region, nation",
    },
    "de": {
        "line1": "straße, str, straße und hausnr, straße und hausnummer, straße hausnr, "
        "straße nr, anschrift, adresse",
        "line2": "adresszusatz, zusatz, name 2",
        "city": "ort, stadt, wohnort",
        "state": "bundesland, kanton",
        "postal_code": "plz, postleitzahl",
        "country": "länderkürzel, länderkennzeichen, ländercode, staat",
    },
    "fr": {
        "line1": "adresse 1, rue, voie, n° et rue",
        "line2": "complément d'adresse, adresse 2, bâtiment",
        "city": "ville, commune, localité",
        "state": "département, canton",
        "postal_code": "code postal, cp, npa",
        "country": "code pays, pays",
    },
    "es": {
        "line1": "dirección, dirección 1, domicilio, calle",
        "line2": "dirección 2, complemento, piso",
        "city": "población, ciudad, localidad, municipio",
        "state": "provincia, comunidad autónoma",
        "postal_code": "código postal, c.p.",
        "country": "código de país, código país, país",
    },
}

CONTACT_PREFIXES = (
    "contact, contact person, primary contact, main contact, person, ansprechpartner, kontakt, "
    "kontaktperson, interlocuteur, contacto, persona de contacto"
)
CONTACT_NAMES = {
    "en": {
        "first_name": "first name, given name, forename",
        "last_name": "last name, surname, family name",
        "email": "email, e-mail address, e-mail id, mail",
        "phone": "phone, phone number, telephone, telephone number, tel, landline, work phone",
        "mobile": "mobile, mobile phone, mobile number, mobile phone number, cell, cell phone",
        "role": "role, contact type?, function?",
        "is_primary": "is primary, primary?",
        "preferred_contact_method": "preferred contact method, preferred method, contact method, "
        "preferred contact, contact by",
        "receives_order_updates": "receives order updates, order updates, notifications?",
        "receives_marketing": "receives marketing, accepts marketing, marketing, newsletter, "
        "accepts email marketing, opt-in, mailing",
        "portal_access": "portal access",
        # Only with a prefix: alone these are the company's.
        "name": "name, full name, person",
        "notes": "notes, note",
    },
    "de": {
        "first_name": "vorname",
        "last_name": "nachname, familienname, zuname",
        "email": "e-mail, e-mail-adresse, mailadresse",
        "phone": "telefon, telefonnummer, telefonnr, festnetz, rufnummer",
        "mobile": "mobil, handy, mobiltelefon, mobilnummer, handynummer",
        "role": "rolle, funktion?, position?",
        "is_primary": "hauptkontakt, hauptansprechpartner",
        "preferred_contact_method": "bevorzugter kontaktweg, kontaktweg",
        "receives_order_updates": "auftragsinfo, versandbenachrichtigung",
        "receives_marketing": "werbung",
    },
    "fr": {
        "first_name": "prénom",
        "last_name": "nom de famille",
        "email": "courriel, mél, adresse électronique, adresse e-mail, adresse mail",
        "phone": "téléphone, numéro de téléphone, tél fixe, téléphone fixe",
        "mobile": "portable, téléphone portable, tél portable, gsm",
        "role": "rôle, fonction?",
        "is_primary": "contact principal",
        "preferred_contact_method": "moyen de contact préféré",
        "receives_order_updates": "suivi de commande",
        "receives_marketing": "infolettre, prospection",
    },
    "es": {
        "first_name": "nombre de pila",
        "last_name": "apellidos, apellido",
        "email": "correo electrónico, correo, correo-e",
        "phone": "teléfono, tfno, teléfono fijo",
        "mobile": "móvil, teléfono móvil, celular",
        "role": "rol, cargo?, función?",
        "is_primary": "contacto principal",
        "preferred_contact_method": "medio de contacto preferido",
        "receives_order_updates": "avisos de pedido",
        "receives_marketing": "boletín, publicidad",
    },
}
# One cell with a person's whole name.
PERSON_NAMES = {
    "en": "contact, contact person, primary contact, contact name, full name, attn, attention",
    "de": "ansprechpartner, kontaktperson, kontakt, z hd, zu händen",
    "fr": "interlocuteur, nom du contact",
    "es": "contacto, persona de contacto, nombre del contacto",
}
