"""`ts-customers generate`: made-up customers, for development and for measuring."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer

from ts_customers.cli._options import AsJson, client_for, database_url
from ts_customers.cli._output import print_json, print_note, print_table, reports_errors


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(rich_help_panel="Stack")(generate)


@reports_errors
def generate(
    customers: Annotated[int, typer.Option("--customers", min=1, help="How many.")] = 1000,
    organizations: Annotated[
        int | None,
        typer.Option(
            "--organizations",
            min=1,
            max=500,
            help="How many have them, the first one half; by default up to 50.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Which ones.")] = 1,
    password: Annotated[
        str | None,
        typer.Option("--password", help="Of the owners' logins; by default a random one."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Load made-up customers, with contacts, orders, invoices and two years of history.

    Each organization has an owner with a login. The same seed makes the same companies. Rows come
    by COPY, without triggers: nobody who watches hears of them. Needs the secret key and the
    database's address, which a running stack has.

    Examples:

      ts-customers generate --customers 10000

      ts-customers generate --customers 1000000 --seed 2 --json > logins.json
    """  # fmt: skip
    from ts_customers.cli._progress import shown_progress
    from ts_customers.generating import generate as generate_customers

    password = password or secrets.token_urlsafe(12)
    client = client_for(None, service=True)
    with shown_progress(
        "Stopped. What was loaded stays; ts-customers reset empties the stack."
    ) as show:
        made = generate_customers(
            client, database_url(), customers=customers,
            organizations=organizations or min(50, max(1, customers // 100)),
            seed=seed, password=password, on_progress=show,
        )  # fmt: skip
    rows = [
        {
            "id": str(each.organization.id),
            "name": each.name,
            "email": each.email,
            "customers": each.organization.size,
        }
        for each in made.organizations
    ]
    if as_json:
        print_json({"password": password, "organizations": rows, "rows": made.rows})
        return
    print_table({"name": "Organization", "customers#": "Customers", "email": "Owner"}, rows)
    for table, count in made.rows.items():
        print_note(f"{count:,} {table.partition('.')[2].replace('_', ' ')}")
    print_note(f"Sign in: ts-customers login --email {rows[0]['email']}, password {password}")
