"""What PostgreSQL's own errors mean: the constraints that whoever writes a table may run into."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meaning:
    """What is said in place of "violates constraint"; the slug is one of docs/errors.md."""

    slug: str
    message: str
    hint: str


_TIER_IN_USE = Meaning(
    "tier_in_use",
    "customers have this tier, had it, or have a request for it",
    "It stays for their history: move them to another tier, and rename this one.",
)
_CURRENCY_FIXED = Meaning(
    "currency_fixed",
    "the currency of a customer is fixed once it has orders or invoices",
    "Add another customer for business in another currency.",
)
_PRESET_NAME = Meaning(
    "preset_name_taken",
    "there is a preset of this name",
    "Choose another name, or change that one.",
)
_PRESET_DEFAULT = Meaning(
    "preset_default_taken",
    "another preset is the default already",
    "Take is_default from that one first.",
)


def _too_long(what: str, length: str) -> Meaning:
    return Meaning("too_long", f"{what} has at most {length} characters", "Shorten it.")


MEANINGS = {
    # Customers.
    "customers_company_name_check": Meaning(
        "company_name_required",
        "a company needs a name, of at most 500 characters",
        "Give the name by which the company is known; notes take the rest.",
    ),
    "customers_credit_limit_check": Meaning(
        "credit_limit_invalid",
        "a credit limit is an amount from 0 to 1,000,000",
        "0 is prepaid; null, or nothing, is without a limit.",
    ),
    "customers_currency_check": Meaning(
        "currency_invalid", "this is no currency", "Give a code of ISO 4217 such as EUR."
    ),
    "customers_customer_number_check": Meaning(
        "customer_number_invalid",
        "a customer number is a text of at most 100 characters",
        "Leave it out to have one assigned.",
    ),
    "customers_customer_number_key": Meaning(
        "customer_number_taken",
        "another customer has this number",
        "Choose another one, or leave it out to have one assigned.",
    ),
    "customers_customer_type_check": Meaning(
        "customer_type_invalid",
        "there is no such type of customers",
        "One of standard, vip, partner.",
    ),
    "customers_display_name_check": _too_long("a display name", "500"),
    "customers_external_id_check": _too_long("an external id", "200"),
    "customers_external_id_key": Meaning(
        "external_id_taken",
        "another customer has this external id",
        "Find it by that id, and change that one instead.",
    ),
    "customers_parent_fkey": Meaning(
        "parent_not_found",
        "the parent is none of your customers",
        "Check the id: it is the customer that this one belongs to.",
    ),
    "customers_parent_id_check": Meaning(
        "parent_cycle",
        "a company cannot belong to itself",
        "Choose another parent, or none.",
    ),
    "customers_payment_terms_check": Meaning(
        "payment_terms_invalid",
        "payment terms are a number of days from 0 to 365",
        "0 is due at once.",
    ),
    "customers_portal_subdomain_check": Meaning(
        "portal_subdomain_invalid",
        "a subdomain is letters, digits and dashes, and not reserved",
        "Choose another one, such as the name of the company.",
    ),
    "customers_status_check": Meaning(
        "status_invalid", "there is no such status", "One of active, inactive, suspended."
    ),
    "customers_tags_check": Meaning(
        "tags_invalid", "a tag is a text that is not blank", "Leave blank ones out."
    ),
    "customers_tax_id_check": _too_long("a tax id", "100"),
    "customers_website_check": Meaning(
        "website_invalid",
        "a website starts with https:// or http://, and has at most 2,000 characters",
        "Write it as the address bar shows it.",
    ),
    "customers_tier_fkey": Meaning(
        "tier_not_found", "there is no such tier", "List them with: ts-customers tier list"
    ),
    # Contacts.
    "customer_contacts_customer_fkey": Meaning(
        "customer_not_found", "there is no such customer", "Check the id of the customer."
    ),
    "customer_contacts_email_check": Meaning(
        "email_invalid", "this is not an e-mail address", "Give one such as ada@example.com."
    ),
    "customer_contacts_email_key": Meaning(
        "email_taken",
        "another contact of the organization has this e-mail address",
        "Give another one, or move that contact.",
    ),
    "customer_contacts_first_name_check": Meaning(
        "first_name_required",
        "a contact needs a first name, of at most 200 characters",
        "Give what people call the contact.",
    ),
    "customer_contacts_is_primary_check": Meaning(
        "contact_role_invalid",
        "the primary contact has the role primary, and no other contact has",
        "Set is_primary alone: the role follows.",
    ),
    "customer_contacts_last_name_check": Meaning(
        "last_name_required",
        "a contact needs a last name, of at most 200 characters",
        "Give the department where there is no person.",
    ),
    "customer_contacts_mobile_check": _too_long("a mobile number", "100"),
    "customer_contacts_one_primary_excl": Meaning(
        "primary_repeated",
        "at most one contact of a customer is the primary one",
        "Somebody made another one primary at the same moment; look, and try again.",
    ),
    "customer_contacts_phone_check": _too_long("a phone number", "100"),
    "customer_contacts_preferred_contact_method_check": Meaning(
        "preferred_contact_method_invalid",
        "there is no such way to reach a contact",
        "One of email, phone, mobile, post, none.",
    ),
    "customer_contacts_role_check": Meaning(
        "contact_role_invalid",
        "there is no such role of contacts",
        "One of primary, billing, shipping, contact.",
    ),
    "customer_contacts_user_id_key": Meaning(
        "login_taken",
        "this login is linked to another contact of the organization",
        "Take it from that contact first.",
    ),
    # Tiers.
    "customer_tiers_benefits_check": Meaning(
        "benefits_invalid", "benefits are a JSON object", 'Such as {"support": "phone"}.'
    ),
    "customer_tiers_color_check": Meaning(
        "color_invalid", "a color is written #rrggbb", "Such as #d4af37."
    ),
    "customer_tiers_discount_percentage_check": Meaning(
        "discount_invalid", "a discount is a percentage from 0 to 100", "Ten percent off is 10."
    ),
    "customer_tiers_is_default_key": Meaning(
        "tier_default_taken",
        "another tier is the default already",
        "Take is_default from that one first, or in the same transaction.",
    ),
    "customer_tiers_level_check": Meaning(
        "tier_level_invalid", "a level is a number from 1 on", "1 is the highest tier."
    ),
    "customer_tiers_level_key": Meaning(
        "tier_level_taken",
        "another tier has this level",
        "Levels order the tiers, 1 first: choose one that is free.",
    ),
    "customer_tiers_name_check": Meaning(
        "name_required", "a tier needs a name, of at most 100 characters", "Such as Gold."
    ),
    "customer_tiers_name_key": Meaning(
        "tier_name_taken",
        "another tier has this name, ignoring case",
        "Choose another name, or change that tier.",
    ),
    "customer_tiers_requirements_check": Meaning(
        "requirements_invalid",
        "requirements are numbers of 0 or more under known names",
        "Known: min_annual_spend, min_orders, min_account_age_days.",
    ),
    # Organizations and presets.
    "organizations_name_check": Meaning(
        "name_required",
        "an organization needs a name, of at most 500 characters",
        "Give one that is not blank.",
    ),
    "organizations_settings_check": Meaning(
        "settings_invalid", "settings are a JSON object", "See docs/settings.md."
    ),
    "customer_filter_presets_name_check": Meaning(
        "name_required", "a preset needs a name, of at most 100 characters", "Such as Overdue."
    ),
    "customer_filter_presets_own_default_key": _PRESET_DEFAULT,
    "customer_filter_presets_own_name_key": _PRESET_NAME,
    "customer_filter_presets_shared_default_key": _PRESET_DEFAULT,
    "customer_filter_presets_shared_name_key": _PRESET_NAME,
}

# The foreign keys that keep what they name.
NEEDED = {
    "customer_tier_periods_tier_fkey": _TIER_IN_USE,
    "customers_tier_fkey": _TIER_IN_USE,
    "invoices_customer_fkey": _CURRENCY_FIXED,
    "orders_customer_fkey": _CURRENCY_FIXED,
    "tier_change_requests_from_tier_fkey": _TIER_IN_USE,
    "tier_change_requests_to_tier_fkey": _TIER_IN_USE,
}
