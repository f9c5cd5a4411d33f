"""`ts-customers export`: customers to a file."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ts_customers.cli._filters import (
    CreditStatus,
    Currency,
    Filter,
    HasOverdue,
    Parent,
    Preset,
    Sort,
    Status,
    Tag,
    Tier,
    Type,
    search_arguments,
)
from ts_customers.cli._options import AsJson, Organization, Service, client_for
from ts_customers.cli._output import print_json, print_note, reports_errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from ts_customers._client import Client
    from ts_customers.cli._progress import Step
    from ts_customers.exporting import ExportRequest, Source

_EXTENSIONS = {".csv": "csv", ".xlsx": "xlsx", ".jsonl": "jsonl", ".ndjson": "jsonl"}


class Format(StrEnum):
    """What a file may be."""

    csv = "csv"
    xlsx = "xlsx"
    jsonl = "jsonl"


class Entity(StrEnum):
    """What each row is about."""

    customers = "customers"
    contacts = "contacts"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("export", rich_help_panel="Customers")(export)


@reports_errors
def export(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", readable=False, help="Where to; none or - is stdout."),
    ] = None,
    file_format: Annotated[
        Format | None,
        typer.Option("--format", help="By default as the file's name ends, else csv."),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(
            "--columns", metavar="A,B,…", help="Paths of fields; by default all that import takes."
        ),
    ] = None,
    entity: Annotated[
        Entity, typer.Option("--entity", help="Customers with their contacts, or contacts alone.")
    ] = Entity.customers,
    search: Annotated[
        str | None, typer.Option("--search", metavar="TEXT", help="As in customer search.")
    ] = None,
    status: Status = None,
    tier: Tier = None,
    type_: Type = None,
    tag: Tag = None,
    credit_status: CreditStatus = None,
    has_overdue: HasOverdue = None,
    currency: Currency = None,
    parent: Parent = None,
    filters: Filter = None,
    preset: Preset = None,
    sort: Sort = None,
    raw: Annotated[
        bool,
        typer.Option("--raw", help="Leave cells as they are that a spreadsheet runs as formulas."),
    ] = False,
    direct: Annotated[
        bool,
        typer.Option(
            "--direct", help="Over a database connection: faster, and all as of one moment."
        ),
    ] = False,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Export customers and their contacts to CSV, XLSX or JSON lines. For managers.

    The columns are those that import knows, with a row for each contact: imported again, the file
    changes nothing. A file is replaced only when all of the new one is there.

    --columns also takes what import does not: id, version, created_at, revenue, credit_status and
    so on; billing_address or contacts stand for all of theirs.

    Examples:

      ts-customers export customers.csv

      ts-customers export gold.xlsx --tier Gold --status active --sort -revenue

      ts-customers export --columns company_name,contacts.email,revenue --raw | less

      ts-customers export all.jsonl --direct --json
    """
    from ts_customers.cli._progress import shown_progress
    from ts_customers.exporting import ExportRequest, opened_output, write_export

    to_file = file is not None and str(file) != "-"
    if as_json and not to_file:
        raise typer.BadParameter("standard output has the export itself", param_hint="--json")
    wanted = file_format.value if file_format else _format_of(file if to_file else None)
    client = client_for(organization, service)
    chosen = search_arguments(
        client,
        status=status,
        tier=tier,
        type_=type_,
        tag=tag,
        credit_status=credit_status,
        has_overdue=has_overdue,
        currency=currency,
        parent=parent,
        filters=filters,
        preset=preset,
    )
    request = ExportRequest(
        query=search or chosen.get("query"),
        filters=chosen["filters"],
        sort=sort or chosen.get("sort", "created_at"),
        columns=tuple(path for part in (columns or "").split(",") if (path := part.strip())),
        entity=entity.value,
        raw=raw,
    )
    with shown_progress("Nothing was exported.") as show, opened_output(file) as out:
        source = _source(client, request, show, direct=direct)
        write_export(source, out, wanted)
    summary = {"file": str(file), "format": wanted} | asdict(source.counts)
    if as_json:
        print_json(summary)
    elif to_file:
        print_note(
            "{rows:,} rows: {customers:,} customers, {contacts:,} contacts.".format(**summary)
        )


def _format_of(file: Path | None) -> str:
    if file is None:
        return Format.csv.value
    if found := _EXTENSIONS.get(file.suffix.lower()):
        return found
    raise typer.BadParameter(
        f"{file.name} does not end in {', '.join(_EXTENSIONS)}; say which it is to be",
        param_hint="--format",
    )


def _source(
    client: Client, request: ExportRequest, on_progress: Callable[[Step], None], *, direct: bool
) -> Source:
    from ts_customers.exporting import ApiSource, DirectSource

    if not direct:
        return ApiSource(client, request, on_progress=on_progress)
    return DirectSource(_db_url(), client.organization_id, request, on_progress=on_progress)


def _db_url() -> str:
    from ts_customers._errors import StackError
    from ts_customers.stack import open_stack

    url = open_stack().status().db_url
    if url is None:
        raise StackError(
            "SUPABASE_DB_URL is not set",
            slug="setting_missing",
            hint="Set it in the environment or in .env, or leave out --direct.",
        )
    return url
