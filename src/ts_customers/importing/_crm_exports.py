"""The exports of systems that manage customers: HubSpot, Salesforce, Odoo and ERPNext.

They are described as in `_shop_exports`.
"""

_SALESFORCE_ADDRESSES = "\n".join(
    f"""
    {field}.line1 = {kind} Street, {kind}Street, {kind} Address Line 1
    +{field}.line2 = {kind} Address Line 2, {kind} Address Line 3
    {field}.city = {kind} City, {kind}City
    {field}.state = {kind} State/Province, {kind}State, {kind} State/Province (text only), \
{kind} State Code, {kind}StateCode
    {field}.postal_code = {kind} Zip/Postal Code, {kind}PostalCode
    {field}.country = {kind} Country, {kind}Country, {kind} Country (text only), \
{kind} Country Code, {kind}CountryCode
    - = {kind}Latitude, {kind}Longitude, {kind}GeocodeAccuracy
    """
    for kind, field in (("Billing", "billing_address"), ("Shipping", "shipping_address"))
)
# A person's address is not the company's; its country helps to read phone numbers.
_SALESFORCE_PERSON = """
    - = Mailing Street, MailingStreet, Mailing City, MailingCity, Mailing State/Province, \
MailingState, Mailing Zip/Postal Code, MailingPostalCode, Title, Salutation, OtherStreet, \
OtherCity, OtherState, OtherPostalCode, OtherCountry, MailingLatitude, MailingLongitude, \
MailingGeocodeAccuracy, HomePhone, OtherPhone, AssistantPhone, AssistantName, Department, \
LeadSource, Birthdate, ReportsToId, Contact ID, Contact Owner
    row.country = Mailing Country, MailingCountry
    contacts.0.first_name = First Name, FirstName
    contacts.0.last_name = Last Name, LastName
    contacts.0.email = Email
    contacts.0.mobile = Mobile, MobilePhone
    contacts.0.receives_marketing:not = HasOptedOutOfEmail, Email Opt Out
"""
_SALESFORCE_OTHER = """
    - = Account Owner, Phone, Fax, Industry, Annual Revenue Currency, Annual Revenue, \
AnnualRevenue, NumberOfEmployees, Employees, Rating, Ownership, Sic, SicDesc, TickerSymbol, \
AccountSource, Site, OwnerId, CreatedDate, Created Date, CreatedById, LastModifiedDate, \
LastModifiedById, Last Modified Date, LastActivityDate, Last Activity, SystemModstamp, \
MasterRecordId, ParentId, Parent Account, Jigsaw, CleanStatus, PhotoUrl
"""

EXPORTS = (
    (
        "hubspot",
        "HubSpot companies export",
        "customers",
        "record id & company name & !email | hs_object_id & name & !email & !firstname",
        """
        external_id = Record ID, hs_object_id
        company_name = Company name, name
        website = Website URL, website, Company Domain Name, domain
        billing_address.line1 = Street Address, address
        billing_address.line2 = Street Address 2, address2
        billing_address.city = City
        billing_address.state = State/Region, state
        billing_address.postal_code = Postal Code, Zip
        billing_address.country = Country/Region, country
        notes = Description
        customer_type:partner = Type
        - = Company owner, Create Date, Phone Number, Phone, Last Activity Date, Industry, \
Lifecycle Stage, Lead Status, Number of Employees, Annual Revenue, Associated Contact, \
Associated Contact IDs, hs_additional_domains, numberofemployees, hubspot_owner_id
        """,
    ),
    (
        "hubspot_contacts",
        "HubSpot contacts export",
        "customers contacts",
        (
            "record id & email & first name | record id & email & associated company ids"
            "| hs_object_id & email & firstname | hs_object_id & email & associatedcompanyid"
        ),
        """
        external_id:first = Associated Company IDs, associatedcompanyid
        company_name = Company Name, company, Associated Company
        contacts.0.first_name = First Name
        contacts.0.last_name = Last Name
        contacts.0.email = Email
        contacts.0.phone = Phone Number, phone
        contacts.0.mobile = Mobile Phone Number, mobilephone
        contacts.0.receives_marketing:marketing = Marketing contact status, hs_marketable_status
        row.country = Country/Region, country
        - = Record ID, hs_object_id, Job Title, Contact owner, Lifecycle Stage, Lead Status, \
Street Address, Street Address 2, address, City, State/Region, state, Postal Code, Zip, \
Website URL, website, Create Date, Last Activity Date, hubspot_owner_id
        """,
    ),
    (
        "salesforce",
        "Salesforce accounts export",
        "customers",
        (
            "billingstreet & billingpostalcode & name | account name & billing street"
            "| account name & billing zip/postal code | account name & billing address line 1"
            "| account name & account id"
        ),
        f"""
        external_id = Account ID, Id
        company_name = Account Name, Name
        customer_number = Account Number
        website = Website
        notes = Description, Account Description
        currency = CurrencyIsoCode, Account Currency
        customer_type:partner = Type
        row.deleted = IsDeleted
        {_SALESFORCE_ADDRESSES}
        {_SALESFORCE_PERSON}
        {_SALESFORCE_OTHER}
        """,
    ),
    (
        "salesforce_contacts",
        "Salesforce contacts export",
        "contacts",
        "accountid & lastname & !account name",
        f"""
        external_id = AccountId
        contacts.0.phone = Phone
        row.deleted = IsDeleted
        - = Id, Name, Description
        {_SALESFORCE_PERSON}
        {_SALESFORCE_OTHER.replace(" Phone,", "")}
        """,
    ),
    (
        "odoo",
        "Odoo contacts export",
        "customers contacts",
        (
            "external id & is a company | external id & related company"
            "| external id & related company/external id"
            "| parent_id/id & name | country_id/id & name | is_company & name"
        ),
        """
        external_id = External ID, id
        company_name = Name
        row.kind = Is a Company, is_company
        row.parent_id = Related Company/External ID, parent_id/id
        row.parent = Related Company, parent_id, parent_id/name, Related Company/Name
        row.address_type = Address Type, type
        contacts.0.email = Email
        contacts.0.phone = Phone
        contacts.0.mobile = Mobile
        billing_address.line1 = Street
        billing_address.line2 = Street2
        billing_address.city = City
        billing_address.state:odoo_state = State, state_id, state_id/id
        billing_address.postal_code = Zip
        billing_address.country:odoo_country = Country, Country/Country Code, country_id, \
country_id/id, country_id/code
        website = Website Link, website
        tax_id = Tax ID, vat
        customer_number = Reference, ref
        tags = Tags, category_id, category_id/name
        notes:html = Notes, comment
        payment_terms = Customer Payment Terms, property_payment_term_id, \
property_payment_term_id/name
        currency = Currency
        - = Job Position, function, Category ids, category_id/id, ID, .id, Title, Language, lang, \
Created on, Last Updated on, Salesperson, Company, Company Type, property_payment_term_id/id
        """,
    ),
    (
        "erpnext",
        "ERPNext customers export",
        "customers",
        "customer group & territory | credit limit (credit limit)",
        """
        external_id = ID
        company_name = Customer Name
        tax_id = Tax ID
        website = Website
        currency = Billing Currency
        payment_terms = Default Payment Terms Template
        notes = Customer Details
        status:disabled = Disabled
        status:frozen = Is Frozen
        credit_limit = Credit Limit (Credit Limit)
        contacts.0.email = Email Id
        contacts.0.mobile = Mobile No
        - = Customer Type, Customer Group, Territory, Company (Credit Limit), \
Bypass Credit Limit Check at Sales Order (Credit Limit), ID (Credit Limit), Series, Salutation, \
Gender, Lead, Opportunity, Account Manager, Default Price List, Language, Market Segment, \
Industry, Primary Address, Customer Primary Address, Customer Primary Contact, Tax Category, \
Default Bank Account, Is Internal Customer, Loyalty Program, Sales Partner, Print Language
        """,
    ),
)
