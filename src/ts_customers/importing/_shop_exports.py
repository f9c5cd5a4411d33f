"""The exports of shops, payment services and bookkeeping: Shopify, Stripe, WooCommerce, QuickBooks
and Xero.

Each is its key, its title, what its rows can be, its signs, and what its columns mean: the fields
in front of the columns' names, of which the first one that is filled counts.
"""

_XERO_PEOPLE = "\n".join(
    f"contacts.{n}.{field} = Person{n}{name}"
    for n in range(1, 6)
    for field, name in (("first_name", "FirstName"), ("last_name", "LastName"), ("email", "Email"))
)
_XERO_PEOPLE += "\n- = " + ", ".join(
    f"Person{n}IncludeInEmail{plural}" for n in range(1, 6) for plural in ("", "s")
)

EXPORTS = (
    (
        "shopify",
        "Shopify customers export",
        "customers",
        (
            "default address address1"
            "| province code & country code & accepts marketing"
            "| province code & country code & accepts email marketing"
        ),
        """
        external_id = Customer ID
        company_name = Default Address Company, Company
        contacts.0.first_name = First Name
        contacts.0.last_name = Last Name
        contacts.0.email = Email
        contacts.0.phone = Phone, Default Address Phone
        contacts.0.receives_marketing = Accepts Email Marketing, Accepts Marketing
        billing_address.line1 = Default Address Address1, Address1
        billing_address.line2 = Default Address Address2, Address2
        billing_address.city = Default Address City, City
        billing_address.state:subdivision = Province, Default Address Province Code, Province Code
        billing_address.postal_code = Default Address Zip, Zip
        billing_address.country = Default Address Country Code, Country Code, Country
        tags = Tags
        notes = Note
        - = Tax Exempt, Accepts SMS Marketing, Accepts WhatsApp Marketing, Total Spent, Total Orders
        """,
    ),
    (
        "stripe",
        "Stripe customers export",
        "customers",
        (
            "id & created (utc) & delinquent | id & email & default_source & card.address_line1"
            "| id & email & default_source & card.address_country"
        ),
        """
        external_id = id
        company_name = Name
        contacts.0.email = Email
        notes = Description
        currency = Currency
        tax_id = Business Vat ID
        billing_address.line1 = Address Line1, Card Address Line1
        billing_address.line2 = Address Line2, Card Address Line2
        billing_address.city = Address City, Card Address City
        billing_address.state = Address State, Card Address State
        billing_address.postal_code = Address Postal Code, Address Zip, Card Address Zip
        billing_address.country = Address Country, Card Address Country
        shipping_address.line1 = Shipping Address Line1, Shipping Line1
        shipping_address.line2 = Shipping Address Line2, Shipping Line2
        shipping_address.city = Shipping Address City, Shipping City
        shipping_address.state = Shipping Address State, Shipping State
        shipping_address.postal_code = Shipping Address Postal Code, Shipping Address Zip, \
Shipping Postal Code
        shipping_address.country = Shipping Address Country, Shipping Country
        - = Created (UTC), Created, Delinquent, Plan, Status, Total Spend, Payment Count, \
Refunded Volume, Dispute Losses, Card ID, Card Last4, Card Brand, Card Name, Card Type, \
Card Fingerprint, Card Exp Month, Card Exp Year, Card Issue Country, Card Address Line1 Check, \
Card Address Zip Check, Card CVC Status, Card CVC Check, Card Number, Card Funding, \
Account Balance, Default Source, Cards, Shipping Name, Shipping Phone, Phone, Tax Info
        """,
    ),
    (
        "woocommerce_analytics",
        "WooCommerce analytics download",
        "customers",
        "aov & sign up",
        """
        contacts.0.name = Name
        contacts.0.email = Email
        contacts.0.phone = Billing Phone
        billing_address.city = City
        billing_address.state = Region
        billing_address.postal_code = Postal Code
        billing_address.country = Country / Region
        - = Username, Last Active, Sign Up, Date Registered, Orders, Total Spend, AOV, \
Shipping Phone, Role
        """,
    ),
    (
        "woocommerce",
        "WooCommerce customers export",
        "customers",
        "billing_address_1 & billing_postcode",
        """
        external_id = customer_id
        company_name = billing_company
        contacts.0.first_name = billing_first_name, first_name
        contacts.0.last_name = billing_last_name, last_name
        contacts.0.email = billing_email, email
        contacts.0.phone = billing_phone
        billing_address.line1 = billing_address_1
        billing_address.line2 = billing_address_2
        billing_address.city = billing_city
        billing_address.state:subdivision = billing_state
        billing_address.postal_code = billing_postcode
        billing_address.country = billing_country
        shipping_address.line1 = shipping_address_1
        shipping_address.line2 = shipping_address_2
        shipping_address.city = shipping_city
        shipping_address.state:subdivision = shipping_state
        shipping_address.postal_code = shipping_postcode
        shipping_address.country = shipping_country
        - = username, password, date_registered, role, user_url, shipping_first_name, \
shipping_last_name, shipping_company, shipping_phone
        """,
    ),
    (
        "quickbooks",
        "QuickBooks customers",
        "customers",
        (
            "resale number | opening balance & street & zip"
            "| billing address & shipping address & full name"
            "| billing address & shipping address & customer full name"
            "| billing address & phone numbers & customer"
        ),
        """
        company_name = Company, Company name, Customer full name, Customer
        contacts.0.name = Full name, Name
        contacts.0.email = Email, Email address
        contacts.0.phone = Phone, Phone numbers, Phone number
        contacts.0.mobile = Mobile, Mobile number
        website = Website
        billing_address.line1 = Street, Billing Street, Billing address
        billing_address.city = City, City/Town, Billing City
        billing_address.state = State, State/Territory, Province/Territory, Billing State
        billing_address.postal_code = ZIP, ZIP code, Postal code, Billing ZIP
        billing_address.country = Country, Billing Country
        shipping_address.line1 = Shipping Street, Shipping address
        shipping_address.city = Shipping City
        shipping_address.state = Shipping State
        shipping_address.postal_code = Shipping ZIP
        shipping_address.country = Shipping Country
        tax_id = Resale Number
        payment_terms = Terms
        currency = Currency
        notes = Notes
        customer_number = Account Number
        - = Opening Balance, Opening Balance Date, Date, Fax, Customer type
        """,
    ),
    (
        "xero",
        "Xero contacts export",
        "customers",
        "contactname & poaddressline1",
        f"""
        company_name = *ContactName
        customer_number = AccountNumber
        contacts.0.email = EmailAddress
        contacts.0.first_name = FirstName
        contacts.0.last_name = LastName
        contacts.0.phone = PhoneNumber
        contacts.0.mobile = MobileNumber
        billing_address.line1 = POAddressLine1
        +billing_address.line2 = POAddressLine2, POAddressLine3, POAddressLine4
        billing_address.city = POCity
        billing_address.state = PORegion
        billing_address.postal_code = POPostalCode
        billing_address.country = POCountry
        shipping_address.line1 = SAAddressLine1
        +shipping_address.line2 = SAAddressLine2, SAAddressLine3, SAAddressLine4
        shipping_address.city = SACity
        shipping_address.state = SARegion
        shipping_address.postal_code = SAPostalCode
        shipping_address.country = SACountry
        tax_id = TaxNumber
        website = Website
        payment_terms = DueDateSalesDay
        row.terms = DueDateSalesTerm
        {_XERO_PEOPLE}
        - = POAttentionTo, SAAttentionTo, FaxNumber, DDINumber, SkypeName, BankAccountName, \
BankAccountNumber, BankAccountParticulars, TaxNumberName, AccountsReceivableTaxCodeName, \
AccountsPayableTaxCodeName, LegalName, Discount, CompanyNumber, DueDateBillDay, DueDateBillTerm, \
SalesAccount, PurchasesAccount, TrackingName1, SalesTrackingOption1, PurchasesTrackingOption1, \
TrackingName2, SalesTrackingOption2, PurchasesTrackingOption2, BrandingTheme, DefaultTaxBills, \
DefaultTaxSales, DefaultTaxBillsName, DefaultTaxSalesName
        """,
    ),
)
