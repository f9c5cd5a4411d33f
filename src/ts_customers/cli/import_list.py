"""`ts-customers imports`: what was imported, and taking it back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from ts_customers.cli._import_output import print_import
from ts_customers.cli._input import confirm
from ts_customers.cli._options import AsJson, Limit, Organization, Service, Yes, client_for
from ts_customers.cli._output import print_json, print_note, print_table, reports_errors

Import = Annotated[UUID, typer.Argument(metavar="IMPORT", help="Id, from: imports list.")]


@reports_errors
def list_imports(
    limit: Limit = 20,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """List imports, the latest first.

    Examples:

      ts-customers imports list

      ts-customers imports list --limit 5 --json
    """
    client = client_for(organization, service)
    rows: list[dict[str, Any]] = client.run(
        client.table("customer_imports")
        .select("id, file_name, status, row_count, created_at, committed_at, created_by, options")
        .eq("organization_id", str(client.organization_id))
        .order("created_at", desc=True)
        .limit(limit)
    )
    if as_json:
        print_json(rows)
        return
    print_table(
        {
            "created_at": "Begun",
            "file_name": "File",
            "row_count#": "Rows",
            "status": "Status",
            "id": "Id",
        },
        rows,
    )


@reports_errors
def show(
    import_id: Import,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write the report to this file as JSON.")
    ] = None,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Show what an import did, or would do if it were carried out now.

    Examples:

      ts-customers imports show 7c9e6679-7425-40de-944b-e07fc1f90ae7

      ts-customers imports show 7c9e6679-7425-40de-944b-e07fc1f90ae7 --json
    """
    client = client_for(organization, service)
    done = print_import(client, str(import_id), report=report, as_json=as_json)
    if not as_json:
        print_note(f"Status: {done.status}.")


@reports_errors
def undo(
    import_id: Import,
    yes: Yes = False,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Take back what an import did.

    Customers and contacts that it changed get their former values, where nobody has changed them
    since. Customers that it added are removed where only imported rows hang on them, else
    deactivated. Changes of tier stay. Interrupted, the same command goes on where it was.

    Examples:

      ts-customers imports undo 7c9e6679-7425-40de-944b-e07fc1f90ae7
    """
    from ts_customers import importing
    from ts_customers.cli._progress import shown_progress

    client = client_for(organization, service)
    before = next(importing.report_pages(client, str(import_id)))
    confirm(
        f"Take back {before.customers.created:,} added and {before.customers.updated:,} changed "
        "customers?",
        yes=yes,
    )
    with shown_progress("The same command goes on from here.") as show_progress:
        importing.undo_import(client, str(import_id), before.rows, on_progress=show_progress)
    print_import(client, str(import_id), as_json=as_json)


@reports_errors
def cancel(
    import_id: Import,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Give up an import that is not done. What it has imported by now stays, until it is undone.

    Examples:

      ts-customers imports cancel 7c9e6679-7425-40de-944b-e07fc1f90ae7
    """
    client = client_for(organization, service)
    state = client.rpc("cancel_import", {"import_id": import_id})
    if as_json:
        print_json(state)
    else:
        print_note("Cancelled. The same file starts a new import.")
