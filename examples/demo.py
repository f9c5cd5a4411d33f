"""Shows the whole of it: a stack, a signed-in user, an import, and what can be found afterwards.

Run by scripts/demo. A second run finds everything there, and says so.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console

from ts_customers import Client, Conflict, TsCustomersError, importing
from ts_customers._client import open_server
from ts_customers._session import sign_in
from ts_customers.cli._output import print_error, print_fields, print_note, print_table
from ts_customers.stack import StackStatus, open_stack

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "examples" / "customers.csv"
# The login and the organization of supabase/seed.sql, there for anybody to use.
EMAIL = "owner@demo.example"
PASSWORD = "demo-password"  # noqa: S105

console = Console(highlight=False, soft_wrap=True)


def main() -> int:
    """Run the demo; returns the exit code."""
    os.chdir(ROOT)
    try:
        with timed("Stack"):
            status = open_stack(report=print_note).up()
        with timed("Sign-in"):
            client = signed_in_client()
        with client:
            with timed("Import"):
                import_file(client)
            show_customers(client)
    except TsCustomersError as error:
        print_error(error)
        return 1
    except KeyboardInterrupt:
        print_note("Interrupted. Run it again: it goes on from here.")
        return 130
    show_access(status)
    return 0


@contextmanager
def timed(step: str) -> Iterator[None]:
    """Say how long a step took."""
    started = time.monotonic()
    yield
    console.print(f"[green]✓[/] {step} [dim]({time.monotonic() - started:.1f} s)[/]")


def signed_in_client() -> Client:
    """Sign in through Auth with a password, as any client would."""
    server = open_server()
    return Client(server, session=sign_in(server, email=EMAIL, password=PASSWORD))


def import_file(client: Client) -> None:
    """Import the example as the demo user, through PostgREST."""
    limits = importing.Limits()
    with importing.open_source(FILE, limits) as source:
        table = importing.read_table(source, limits)
        mapping = importing.map_columns(table.header, {})
        try:
            started = time.monotonic()
            import_id = importing.run_import(client, table, mapping, importing.ImportOptions())
        except Conflict as error:
            if error.slug != "already_imported":
                raise
            console.print(f"  {FILE.name} was imported already; nothing to do")
            return
    rate = table.row_count / (time.monotonic() - started)
    report = importing.fetch_report(client, import_id)
    console.print(
        f"  {report.rows} rows of {FILE.name}, {rate:,.0f} a second: "
        f"{report.customers.created} customers and {report.contacts.created} contacts created, "
        f"{report.rejected} rows refused, {len(report.warnings)} warnings"
    )


def show_customers(client: Client) -> None:
    """Print a page of the list, a search, and what happened to one customer."""
    columns = {
        "customer_number": "Number",
        "company_name": "Company",
        "tier_name": "Tier",
        "primary_contact_name": "Contact",
        "contact_count#": "Contacts",
        "currency": "Currency",
    }
    title("Customers, by name")
    print_table(columns, search(client, sort="name", page_size=10))
    title('Search: "teknik"')
    found = search(client, query="teknik", page_size=5)
    print_table(columns, found)
    if not found:
        return
    title(f"Timeline of {found[0]['company_name']}")
    activities = client.rpc("customer_timeline", {"customer_id": found[0]["id"], "page_size": 10})
    for activity in activities:
        activity["created_at"] = activity["created_at"][:19].replace("T", " ")
    print_table({"created_at": "When (UTC)", "type": "Type", "title": "What"}, activities)


def search(client: Client, **arguments: Any) -> list[dict[str, Any]]:
    """Search the organization's customers."""
    rows: list[dict[str, Any]] = client.rpc(
        "search_customers", {"organization_id": client.organization_id, **arguments}
    )
    return rows


def show_access(status: StackStatus) -> None:
    """Print where the API is, and how to sign in to it."""
    title("The API is running")
    print_fields(
        {
            "URL": status.api_url,
            "Publishable key": status.publishable_key,
            "Secret key": status.secret_key,
            "Database": status.db_url,
            "E-mail": EMAIL,
            "Password": PASSWORD,
        }
    )
    title("Go on")
    console.print(
        f"  . .venv/bin/activate\n"
        f"  ts-customers login --email {EMAIL}\n"
        f"  ts-customers customer search teknik\n"
        f"  ts-customers down",
        markup=False,
    )


def title(text: str) -> None:
    """Print a heading."""
    console.print(f"\n[bold]{text}[/]")


if __name__ == "__main__":
    sys.exit(main())
