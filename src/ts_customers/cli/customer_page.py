"""`ts-customers customer show`: everything about one customer on a page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import typer

from ts_customers.cli._find import find_customer
from ts_customers.cli._options import AsJson, Customer, Organization, Service, client_for
from ts_customers.cli._output import (
    money,
    print_fields,
    print_heading,
    print_json,
    print_table,
    reports_errors,
    show,
)
from ts_customers.cli.contacts import COLUMNS

_FIELDS = (
    "status display_name customer_type external_id tax_id website tags billing_address "
    "shipping_address currency payment_terms portal_subdomain notes internal_notes merged_into "
    "deactivated_at created_at updated_at version"
).split()


def register(group: typer.Typer) -> None:
    """Add the command to the group `customer`."""
    group.command("show")(show_customer)


@reports_errors
def show_customer(
    customer: Customer,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Show a customer: tier, credit, figures, contacts, orders, invoices, and what happened last.

    Examples:

      ts-customers customer show C-000042

      ts-customers customer show 6f1c5c8e-3c1b-4b0e-9d5a-0c7b8a1f2e3d --json
    """
    client = client_for(organization, service)
    customer_id = find_customer(client, customer)
    page = client.rpc("customer_overview", {"customer_id": customer_id})
    contacts = client.run(
        client.table("customer_contacts")
        .select("*")
        .eq("customer_id", str(customer_id))
        .order("is_primary", desc=True)
        .order("last_name")
        .order("id")
    )
    if as_json:
        print_json(page | {"contacts": contacts})
        return
    _print_header(page)
    _print_figures(page)
    currency = page["customer"]["currency"]
    _print_list("Contacts", COLUMNS, contacts)
    _print_list(
        "Recent orders",
        {"number": "Number", "placed_at": "Placed", "status": "Status", "total#": "Total"},
        _with_money(page["recent_orders"], currency),
    )
    _print_list(
        "Open invoices",
        {"number": "Number", "due_at": "Due", "total#": "Total"},
        _with_money(page["open_invoices"], currency),
    )
    activities = {"created_at": "When", "type": "Type", "title": "What"}
    _print_list("Last activities", activities, page["last_activities"])


def _print_header(page: dict[str, Any]) -> None:
    customer, tier, change = page["customer"], page["tier"], page["pending_change"]
    group = page["group"] or {}
    parent = group.get("parent") or {}
    print_heading(f"{customer['company_name']} ({customer['customer_number']})")
    print_fields(
        {
            "Tier": f"{tier['name']}, {tier['discount_percentage']:g} % off" if tier else "none",
            "Tier change": change
            and (
                f"{change['direction']} to {change['to_tier_name']}, {change['status']}, "
                f"from {show(change['effective_at'])}"
            ),
            "Group": parent.get("company_name"),
            "Companies of the group": group.get("children_count") or None,
            **{name.replace("_", " ").capitalize(): customer[name] for name in _FIELDS},
            "Age": f"{page['account_age_days']:,} days",
        }
    )


def _print_figures(page: dict[str, Any]) -> None:
    currency = page["customer"]["currency"]
    credit, stats = page["credit"], page["stats"]
    hold = credit["hold"] or {}
    print_heading(f"Credit and figures, in {currency}")
    print_fields(
        {
            "Credit": credit["status"].replace("_", " "),
            "Held": hold.get("reason"),
            "Held until": hold.get("until"),
            "Limit": "none" if credit["limit"] is None else money(credit["limit"], currency),
            "Used": money(credit["used"], currency),
            "Available": money(credit["available"], currency),
            "Revenue": money(stats["revenue"], currency),
            "of the last 30 days": money(stats["last_30_days"]["revenue"], currency),
            "of the 30 before": money(stats["previous_30_days"]["revenue"], currency),
            "Orders": f"{stats['order_count']:,}",
            "Open orders": money(stats["open_order_total"], currency),
            "Unpaid invoices": money(stats["open_invoice_total"], currency),
            "of which overdue": money(stats["overdue_total"], currency),
        }
    )


def _print_list(title: str, columns: dict[str, str], rows: list[dict[str, Any]]) -> None:
    if rows:
        print_heading(title)
        print_table(columns, rows)


def _with_money(rows: Iterable[dict[str, Any]], currency: str) -> list[dict[str, Any]]:
    return [row | {"total": money(row["total"], currency)} for row in rows]
