"""`ts-customers contact`: the people at a customer."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ts_customers.cli._find import find_contact, find_customer
from ts_customers.cli._input import confirm, given, parse_contact, parse_fields, require_fields
from ts_customers.cli._options import (
    AsJson,
    Contact,
    Customer,
    Fields,
    Organization,
    Service,
    Yes,
    client_for,
)
from ts_customers.cli._output import print_json, print_note, print_table, reports_errors
from ts_customers.cli._rows import change_row

COLUMNS = {
    "first_name": "First name",
    "last_name": "Last name",
    "email": "E-mail",
    "phone": "Phone",
    "role": "Role",
    "portal_access": "Portal",
    "id": "Id",
}

Phone = Annotated[str | None, typer.Option("--phone", help="Phone number.")]
Mobile = Annotated[str | None, typer.Option("--mobile", help="Mobile number.")]
Role = Annotated[str | None, typer.Option("--role", help="primary, billing, shipping or contact.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    group = typer.Typer(no_args_is_help=True, help="Contacts: the people at a customer.")
    group.command("list")(list_contacts)
    group.command("add")(add_contact)
    group.command("edit")(edit_contact)
    group.command("primary")(make_primary)
    group.command("remove")(remove_contact)
    app.add_typer(group, name="contact", rich_help_panel="Customers")


@reports_errors
def list_contacts(
    customer: Customer,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """List the contacts of a customer, the primary one first.

    Examples:

      ts-customers contact list C-000042

      ts-customers contact list C-000042 --json
    """
    client = client_for(organization, service)
    rows = client.run(
        client.table("customer_contacts")
        .select("*")
        .eq("customer_id", str(find_customer(client, customer)))
        .order("is_primary", desc=True)
        .order("last_name")
        .order("id")
    )
    if as_json:
        print_json(rows)
    else:
        print_table(COLUMNS, rows)


@reports_errors
def add_contact(
    customer: Customer,
    person: Annotated[str, typer.Argument(metavar="'NAME <E-MAIL>'", help="Who it is.")],
    phone: Phone = None,
    mobile: Mobile = None,
    role: Role = None,
    field: Fields = None,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Add a contact to a customer.

    Examples:

      ts-customers contact add C-000042 "Ada Vogt <ada@mueller.example>" --role billing

      ts-customers contact add C-000042 "Bob Ott <bob@acme.example>" --set receives_marketing=true
    """
    client = client_for(organization, service)
    values: dict[str, Any] = {
        "organization_id": str(client.organization_id),
        "customer_id": str(find_customer(client, customer)),
        **parse_contact(person),
        **given(phone=phone, mobile=mobile, role=role),
        **parse_fields(field),
    }
    (added,) = client.run(client.table("customer_contacts").insert(values))
    _print_contact(added, "Added", as_json=as_json)


@reports_errors
def edit_contact(
    contact: Contact,
    email: Annotated[str | None, typer.Option("--email", help="E-mail address.")] = None,
    phone: Phone = None,
    mobile: Mobile = None,
    role: Role = None,
    field: Fields = None,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Change a contact.

    Examples:

      ts-customers contact edit ada@mueller.example --phone "+49 228 123456"

      ts-customers contact edit ada@mueller.example --set last_name=Ott --set notes=null
    """
    changes = given(email=email, phone=phone, mobile=mobile, role=role) | parse_fields(field)
    require_fields(changes)
    client = client_for(organization, service)
    changed = change_row(client, "customer_contacts", find_contact(client, contact), changes)
    _print_contact(changed, "Changed", as_json=as_json)


@reports_errors
def make_primary(
    contact: Contact,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Make a contact its customer's primary one; the former becomes a plain contact.

    Example:

      ts-customers contact primary bob@acme.example
    """
    client = client_for(organization, service)
    changed = client.rpc("set_primary_contact", {"contact_id": find_contact(client, contact)})
    _print_contact(changed, "Primary now:", as_json=as_json)


@reports_errors
def remove_contact(
    contact: Contact,
    yes: Yes = False,
    organization: Organization = None,
    service: Service = False,
) -> None:
    """Remove a contact. The customer's timeline keeps that there was one.

    Examples:

      ts-customers contact remove bob@acme.example

      ts-customers contact remove bob@acme.example --yes
    """
    client = client_for(organization, service)
    contact_id = find_contact(client, contact)
    confirm(f"Remove {contact}?", yes=yes)
    change_row(client, "customer_contacts", contact_id, None)
    print_note(f"Removed {contact}.")


def _print_contact(contact: dict[str, Any], done: str, *, as_json: bool) -> None:
    if as_json:
        print_json(contact)
    else:
        print_note(f"{done} {contact['first_name']} {contact['last_name']}, {contact['role']}.")
        typer.echo(contact["id"])
