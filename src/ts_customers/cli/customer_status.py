"""`ts-customers customer deactivate`, `suspend`, `reactivate`, `hold` and `release`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ts_customers.cli._find import find_customer
from ts_customers.cli._options import AsJson, Customer, Organization, Service, client_for
from ts_customers.cli._output import print_json, print_note, reports_errors

Reason = Annotated[str | None, typer.Option("--reason", help="Why; the timeline keeps it.")]


def register(group: typer.Typer) -> None:
    """Add the commands to the group `customer`."""
    for command in (deactivate, suspend, reactivate, hold, release):
        group.command()(command)


@reports_errors
def deactivate(
    customer: Customer,
    reason: Reason = None,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """End the business with a customer. Nothing of it is deleted.

    Refused while it has open orders.

    Example:

      ts-customers customer deactivate C-000042 --reason "moved to a competitor"
    """
    _call("deactivate_customer", customer, organization, service, as_json, reason=reason)


@reports_errors
def suspend(
    customer: Customer,
    reason: Reason = None,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Stop the business with an active customer for a while.

    Example:

      ts-customers customer suspend C-000042 --reason "invoices unpaid"
    """
    _call("suspend_customer", customer, organization, service, as_json, reason=reason)


@reports_errors
def reactivate(
    customer: Customer,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Take up the business with an inactive or suspended customer again.

    Example:

      ts-customers customer reactivate C-000042
    """
    _call("reactivate_customer", customer, organization, service, as_json)


@reports_errors
def hold(
    customer: Customer,
    reason: Annotated[str, typer.Option("--reason", help="Why; the timeline keeps it.")],
    until: Annotated[
        str | None, typer.Option("--until", help="When it ends by itself; by default never.")
    ] = None,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Hold a customer's credit, whatever its limit: it may not order on account. For admins.

    Examples:

      ts-customers customer hold C-000042 --reason "dunning, third letter"

      ts-customers customer hold C-000042 --reason "new owner" --until 2026-12-31
    """
    args = {"reason": reason, "until": until}
    _call("set_credit_hold", customer, organization, service, as_json, **args)


@reports_errors
def release(
    customer: Customer,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """End a customer's credit hold. For admins.

    Example:

      ts-customers customer release C-000042
    """
    _call("release_credit_hold", customer, organization, service, as_json)


def _call(
    function: str,
    customer: str,
    organization: str | None,
    service: bool,
    as_json: bool,
    **args: Any,
) -> None:
    client = client_for(organization, service)
    changed = client.rpc(function, {"customer_id": find_customer(client, customer), **args})
    if as_json:
        print_json(changed)
        return
    held = changed["credit_hold_reason"]
    print_note(
        f"{changed['company_name']} ({changed['customer_number']}) is {changed['status']}"
        + (f", its credit held: {held}." if held else ".")
    )
