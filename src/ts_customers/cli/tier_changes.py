"""`ts-customers tier preview`, `request`, `approve` and so on: a customer's way to another tier."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ts_customers.cli._find import find_customer, find_tier, find_tier_change
from ts_customers.cli._input import given
from ts_customers.cli._options import AsJson, Customer, Organization, Service, client_for
from ts_customers.cli._output import (
    print_fields,
    print_json,
    print_note,
    print_table,
    reports_errors,
    show,
)

Tier = Annotated[str, typer.Argument(help="Name or id of the tier.")]
Request = Annotated[str, typer.Argument(help="Id of the request, or the customer it is about.")]
Note = Annotated[str | None, typer.Option("--note", help="Why; the request keeps it.")]


def register(group: typer.Typer) -> None:
    """Add the commands to the group `tier`."""
    for command in (preview, request, pending, approve, reject, cancel, evaluate):
        group.command()(command)


@reports_errors
def preview(
    customer: Customer,
    tier: Tier,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Say what another tier would mean for a customer. Changes nothing.

    Examples:

      ts-customers tier preview C-000042 Gold

      ts-customers tier preview C-000042 Gold --json
    """
    client = client_for(organization, service)
    found = client.rpc(
        "preview_tier_change",
        {
            "customer_id": find_customer(client, customer),
            "tier_id": find_tier(client, tier)["id"],
        },
    )
    if as_json:
        print_json(found)
        return
    orders = found["open_orders"]
    print_fields(
        {
            "From": (found["from"] or {}).get("name", "no tier"),
            "To": found["to"]["name"],
            "Direction": found["direction"],
            "Needs approval": found["requires_approval"],
            "Effective at": found["effective_at"],
            "Open orders keep their discount until": found["grace_until"],
            "Open orders": orders["count"],
            "Their total now": orders["current_total"],
            "Their total then": orders["new_total"],
            "Not met": [
                f"{unmet['requirement']}: {unmet['actual']} of {unmet['required']}"
                for unmet in found["unmet"]
            ],
        }
    )


@reports_errors
def request(
    customer: Customer,
    tier: Tier,
    reason: Annotated[
        str | None, typer.Option("--reason", help="Why; whoever decides reads it.")
    ] = None,
    effective_at: Annotated[
        str | None, typer.Option("--at", help="From when on; by default as soon as approved.")
    ] = None,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Ask for another tier of a customer.

    Where the organization's policy asks for no approval, it is done at once.

    Examples:

      ts-customers tier request C-000042 Gold --reason "12,000 EUR since March"

      ts-customers tier request C-000042 Bronze --at 2027-01-01
    """
    client = client_for(organization, service)
    args = {
        "customer_id": find_customer(client, customer),
        "tier_id": find_tier(client, tier)["id"],
        **given(reason=reason, effective_at=effective_at),
    }
    _print_change(client.rpc("request_tier_change", args), as_json=as_json)


@reports_errors
def pending(
    organization: Organization = None, service: Service = False, as_json: AsJson = False
) -> None:
    """List the requests that wait: for a decision, or approved for a later date.

    Examples:

      ts-customers tier pending

      ts-customers tier pending --json
    """
    client = client_for(organization, service)
    organization_id = str(client.organization_id)
    tiers = client.run(
        client.table("customer_tiers").select("id, name").eq("organization_id", organization_id)
    )
    names = {tier["id"]: tier["name"] for tier in tiers}
    found = client.run(
        client.table("tier_change_requests")
        .select("*, customer:customers(customer_number, company_name)")
        .eq("organization_id", organization_id)
        .in_("status", ["pending", "approved"])
        .order("requested_at")
        .order("id")
    )
    rows = [
        row
        | row.pop("customer")
        | {"from_tier": names.get(row["from_tier_id"]), "to_tier": names.get(row["to_tier_id"])}
        for row in found
    ]
    if as_json:
        print_json(rows)
        return
    columns = {"customer_number": "Number", "company_name": "Company", "from_tier": "From"}
    columns |= {"to_tier": "To", "status": "Status", "effective_at": "From when on"}
    print_table(columns | {"reason": "Reason", "id": "Request"}, rows)


@reports_errors
def approve(
    request: Request,
    note: Note = None,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Approve a request that somebody else made. For managers.

    Examples:

      ts-customers tier approve C-000042

      ts-customers tier approve 6f1c5c8e-3c1b-4b0e-9d5a-0c7b8a1f2e3d --note "well earned"
    """
    _decide("approve_tier_change", request, organization, service, as_json, note=note)


@reports_errors
def reject(
    request: Request,
    note: Note = None,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Reject a request that somebody else made. For managers.

    Example:

      ts-customers tier reject C-000042 --note "next year"
    """
    _decide("reject_tier_change", request, organization, service, as_json, note=note)


@reports_errors
def cancel(
    request: Request,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Withdraw a request. For who made it, and managers.

    Example:

      ts-customers tier cancel C-000042
    """
    _decide("cancel_tier_change", request, organization, service, as_json)


@reports_errors
def evaluate(
    customer: Customer,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Say which tier a customer has earned. Changes nothing. For managers.

    Examples:

      ts-customers tier evaluate C-000042

      ts-customers tier evaluate C-000042 --json
    """
    client = client_for(organization, service)
    found = client.rpc("evaluate_customer_tier", {"customer_id": find_customer(client, customer)})
    if as_json:
        print_json(found)
        return
    earned, current = found["earned"] or {}, found["current"] or {}
    print_fields({"Has": current.get("name", "none"), "Has earned": earned.get("name", "none")})
    rows = [
        tier
        | {
            "unmet": [
                f"{unmet['requirement']}: {unmet['actual']} of {unmet['required']}"
                for unmet in tier["unmet"]
            ]
        }
        for tier in found["tiers"]
    ]
    print_table({"level#": "Level", "name": "Tier", "unmet": "Not met"}, rows)


def _decide(
    function: str,
    request: str,
    organization: str | None,
    service: bool,
    as_json: bool,
    **args: Any,
) -> None:
    client = client_for(organization, service)
    request_id = find_tier_change(client, request)
    _print_change(
        client.rpc(function, {"request_id": request_id, **given(**args)}), as_json=as_json
    )


def _print_change(change: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(change)
        return
    waits = {
        "pending": ", waiting for a decision",
        "approved": f" for {show(change['effective_at'])}",
    }
    print_note(f"The {change['direction']} is {change['status']}{waits.get(change['status'], '')}.")
    typer.echo(change["id"])
