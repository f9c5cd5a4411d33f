"""`ts-customers customer duplicates`, `merge` and `undo-merge`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ts_customers._errors import Conflict
from ts_customers.cli._find import find_customer
from ts_customers.cli._input import confirm, given
from ts_customers.cli._options import (
    AsJson,
    Limit,
    Organization,
    Service,
    Yes,
    client_for,
)
from ts_customers.cli._output import (
    err_console,
    print_json,
    print_note,
    print_table,
    reports_errors,
)
from ts_customers.cli._rows import call_until_final, note_more, pages

# What comes of a field in which two customers differ, in words.
_DECISIONS = {
    "target": "stays as it is here",
    "united": "both are kept",
    "appended": "is added to what is here",
    "redirect": "still leads here",
}


def register(group: typer.Typer) -> None:
    """Add the commands to the group `customer`."""
    group.command()(duplicates)
    group.command()(merge)
    group.command("undo-merge")(undo_merge)


@reports_errors
def duplicates(
    min_similarity: Annotated[
        float | None, typer.Option("--min-similarity", min=0, max=1, help="0 to 1.")
    ] = None,
    limit: Limit = 50,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """List pairs of customers that may be one company. For managers.

    Examples:

      ts-customers customer duplicates

      ts-customers customer duplicates --min-similarity 0.9 --json
    """
    client = client_for(organization, service)
    args = {
        "organization_id": client.organization_id,
        **given(min_similarity=min_similarity),
    }
    rows = list(pages(client, "find_duplicate_customers", args, limit=limit))
    if as_json:
        print_json(rows)
        return
    ids = {row[key] for row in rows for key in ("customer_id", "other_id")}
    names = {
        found["id"]: f"{found['company_name']} ({found['customer_number']})"
        for found in _customers(client, sorted(ids))
    }
    shown = [
        row | {"one": names.get(row["customer_id"]), "other": names.get(row["other_id"])}
        for row in rows
    ]
    columns = {"one": "Customer", "other": "and", "similarity#": "Similarity", "reasons": "Why"}
    print_table(columns, shown)
    note_more(rows, limit)


@reports_errors
def merge(
    target: Annotated[str, typer.Argument(help="The customer that stays.")],
    sources: Annotated[list[str], typer.Argument(help="Those that become redirects to it.")],
    yes: Yes = False,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Merge customers into one: contacts, orders, invoices and the rest move. For managers.

    Shows what would be done, and asks. Interrupted, the same command goes on from there;
    `undo-merge` takes it back.

    Examples:

      ts-customers customer merge C-000042 C-000077

      ts-customers customer merge C-000042 C-000077 C-000101 --yes --json
    """
    client = client_for(organization, service)
    args = {
        "target_id": find_customer(client, target),
        "source_ids": [str(find_customer(client, source)) for source in sources],
    }
    if not yes:
        _print_preview(client.rpc("preview_merge", args))
    confirm(f"Merge {', '.join(sources)} into {target}?", yes=yes)
    result = call_until_final(client, "merge_customers", args)
    if as_json:
        print_json(result)
    else:
        print_note("Merged. To take it back: ts-customers customer undo-merge, with this id:")
        typer.echo(result["merge_id"])


@reports_errors
def undo_merge(
    merge_id: Annotated[str, typer.Argument(metavar="ID", help="What `merge` printed.")],
    yes: Yes = False,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Take a merge back: what moved returns, with its later edits. For managers.

    Examples:

      ts-customers customer undo-merge 6f1c5c8e-3c1b-4b0e-9d5a-0c7b8a1f2e3d

      ts-customers customer undo-merge 6f1c5c8e-3c1b-4b0e-9d5a-0c7b8a1f2e3d --yes
    """
    client = client_for(None, service)
    confirm("Take this merge back?", yes=yes)
    result = call_until_final(client, "undo_merge", {"merge_id": merge_id})
    if as_json:
        print_json(result)
    else:
        print_note("The merge is undone.")


def _customers(client: Any, ids: list[str]) -> list[dict[str, Any]]:
    # The address of a request has room for so many.
    return [
        row
        for start in range(0, len(ids), 100)
        for row in client.run(
            client.table("customers")
            .select("id, customer_number, company_name")
            .in_("id", ids[start : start + 100])
        )
    ]


def _print_preview(preview: dict[str, Any]) -> None:
    """Show on standard error what a merge would do, or raise why it would be refused."""
    if refusal := preview["refusal"]:
        raise Conflict(refusal["message"], slug=refusal["slug"], hint=refusal["hint"] or "")
    columns = {"customer_number": "Would merge", "company_name": ""} | {
        f"{what}#": what.capitalize()
        for what in ("contacts", "logins", "orders", "invoices", "requests", "children")
    }
    print_table(columns, preview["sources"], to=err_console)
    changes = [{"field": field} | change for field, change in preview["fields"].items()]
    if changes:
        print_table({"field": "Would change", "from": "From", "to": "To"}, changes, to=err_console)
    conflicts = preview["conflicts"]
    if conflicts:
        columns = {"field": "Differs", "target": "Here", "source": "There", "decision": "Then"}
        shown = [row | {"decision": _DECISIONS[row["decision"]]} for row in conflicts]
        print_table(columns, shown, to=err_console)
