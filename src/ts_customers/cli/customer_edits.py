"""`ts-customers customer add` and `edit`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ts_customers.cli._find import find_customer
from ts_customers.cli._input import given, parse_contact, parse_fields, require_fields
from ts_customers.cli._options import (
    AsJson,
    Customer,
    Fields,
    Organization,
    Service,
    client_for,
)
from ts_customers.cli._output import print_json, print_note, reports_errors
from ts_customers.cli._rows import change_row

Website = Annotated[str | None, typer.Option("--website", help="With http:// or https://.")]
TaxId = Annotated[str | None, typer.Option("--tax-id", help="Tax id.")]
Type = Annotated[str | None, typer.Option("--type", help="standard, vip or partner.")]
ExternalId = Annotated[str | None, typer.Option("--external-id", help="Its id in your system.")]
Currency = Annotated[str | None, typer.Option("--currency", help="ISO 4217, such as EUR.")]
CreditLimit = Annotated[
    str | None, typer.Option("--credit-limit", help="0 is prepaid. For admins.")
]
PaymentTerms = Annotated[
    int | None, typer.Option("--payment-terms", help="Days until an invoice is due. For admins.")
]
Parent = Annotated[
    str | None, typer.Option("--parent", metavar="CUSTOMER", help="The group it belongs to.")
]


def register(group: typer.Typer) -> None:
    """Add the commands to the group `customer`."""
    group.command("add")(add_customer)
    group.command("edit")(edit_customer)


@reports_errors
def add_customer(
    name: Annotated[str, typer.Argument(help="The company's name.")],
    contact: Annotated[
        list[str] | None,
        typer.Option("--contact", metavar="'NAME <E-MAIL>'", help="The first is the primary one."),
    ] = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", help="A tag.")] = None,
    website: Website = None,
    tax_id: TaxId = None,
    type_: Type = None,
    external_id: ExternalId = None,
    currency: Currency = None,
    credit_limit: CreditLimit = None,
    payment_terms: PaymentTerms = None,
    parent: Parent = None,
    field: Fields = None,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Add a customer, and its contacts with it.

    Examples:

      ts-customers customer add "Müller GmbH" --contact "Ada Vogt <ada@mueller.example>"

      ts-customers customer add "Acme" --currency EUR --external-id 4711 --tag wholesale

      ts-customers customer add "Acme" --set 'billing_address={"country": "DE", …}'
    """
    fields = given(
        tags=tag or None,
        website=website,
        tax_id=tax_id,
        customer_type=type_,
        external_id=external_id,
        currency=currency,
        credit_limit=credit_limit,
        payment_terms=payment_terms,
    ) | parse_fields(field)
    contacts = [
        parse_contact(text) | {"role": "contact" if index else "primary"}
        for index, text in enumerate(contact or [])
    ]
    client = client_for(organization, service)
    if parent:
        fields["parent_id"] = str(find_customer(client, parent))
    customer = {"organization_id": str(client.organization_id), "company_name": name, **fields}
    created = client.rpc("create_customer", {"customer": customer, "contacts": contacts})
    if as_json:
        print_json(created)
    else:
        print_note(f"Added {created['company_name']} as {created['customer_number']}.")
        typer.echo(created["id"])


@reports_errors
def edit_customer(
    customer: Customer,
    name: Annotated[str | None, typer.Option("--name", help="The company's name.")] = None,
    tag: Annotated[
        list[str] | None, typer.Option("--tag", help="A tag; those not named here go.")
    ] = None,
    website: Website = None,
    tax_id: TaxId = None,
    type_: Type = None,
    external_id: ExternalId = None,
    currency: Currency = None,
    credit_limit: CreditLimit = None,
    payment_terms: PaymentTerms = None,
    parent: Parent = None,
    field: Fields = None,
    version: Annotated[
        int | None,
        typer.Option("--version", help="Refuse if it was changed since it had this version."),
    ] = None,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Change a customer.

    The tier changes by `tier request`, the status by `customer suspend` and the like.

    Examples:

      ts-customers customer edit C-000042 --website https://acme.example --credit-limit 5000

      ts-customers customer edit C-000042 --set display_name=Acme --set tax_id=null

      ts-customers customer edit C-000042 --type vip --version 7
    """
    changes: dict[str, Any] = given(
        company_name=name,
        tags=tag or None,
        website=website,
        tax_id=tax_id,
        customer_type=type_,
        external_id=external_id,
        currency=currency,
        credit_limit=credit_limit,
        payment_terms=payment_terms,
        parent_id=parent,
    ) | parse_fields(field)
    require_fields(changes)
    client = client_for(organization, service)
    if parent:
        changes["parent_id"] = str(find_customer(client, parent))
    changed = change_row(
        client, "customers", find_customer(client, customer), changes, version=version
    )
    if as_json:
        print_json(changed)
    else:
        print_note(
            f"{changed['company_name']} ({changed['customer_number']}) has version "
            f"{changed['version']} now."
        )
