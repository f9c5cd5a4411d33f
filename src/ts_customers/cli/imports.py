"""`ts-customers import`: customers from a file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ts_customers.cli import import_list
from ts_customers.cli._import_mapping import confirm_mapping
from ts_customers.cli._import_output import print_import, print_reading, print_rejects
from ts_customers.cli._options import AsJson, Organization, Service, caller_for
from ts_customers.cli._output import print_note, reports_errors

if TYPE_CHECKING:
    from ts_customers.importing import FieldMap


class Mode(StrEnum):
    """What an import does with customers that are there."""

    insert = "insert"
    update = "update"
    upsert = "upsert"


class Entity(StrEnum):
    """What the rows of a file are."""

    customers = "customers"
    contacts = "contacts"


class Key(StrEnum):
    """What a customer may be known by."""

    external_id = "external_id"
    customer_number = "customer_number"
    tax_id = "tax_id"
    email = "email"
    name = "name"


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command("import", rich_help_panel="Customers")(import_file)
    imports = typer.Typer(no_args_is_help=True, help="Imports: what was imported, and undoing it.")
    imports.command("list")(import_list.list_imports)
    imports.command("show")(import_list.show)
    imports.command("undo")(import_list.undo)
    imports.command("cancel")(import_list.cancel)
    app.add_typer(imports, name="imports", rich_help_panel="Customers")


@reports_errors
def import_file(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            readable=False,
            help="CSV, TSV, XLSX or JSON lines; - is stdin.",
        ),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and change no customer.")
    ] = False,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map", metavar="COLUMN=FIELD", help="What a column means; no field: leave it out."
        ),
    ] = None,
    map_file: Annotated[
        Path | None, typer.Option("--map-file", help="The same, as one JSON object in a file.")
    ] = None,
    keep_unmapped: Annotated[
        bool,
        typer.Option("--keep-unmapped", help="Keep other columns, in settings.custom.import."),
    ] = False,
    entity: Annotated[
        Entity, typer.Option("--entity", help="What a row is: a customer, or a contact alone.")
    ] = Entity.customers,
    encoding: Annotated[
        str | None, typer.Option("--encoding", help="Of the text, such as cp1252; else found.")
    ] = None,
    sheet: Annotated[
        str | None, typer.Option("--sheet", help="Of a workbook; else the first one.")
    ] = None,
    mode: Annotated[
        Mode, typer.Option("--mode", help="Add customers, change those there are, or either.")
    ] = Mode.upsert,
    match: Annotated[
        list[Key] | None,
        typer.Option("--match", help="What a customer is known by; strongest first, default all."),
    ] = None,
    all_or_nothing: Annotated[
        bool, typer.Option("--all-or-nothing", help="Import nothing if any row is wrong.")
    ] = False,
    allow_repeat: Annotated[
        bool, typer.Option("--allow-repeat", help="Import a file that was imported already.")
    ] = False,
    direct: Annotated[
        bool,
        typer.Option("--direct", help="Over the database's address, not the API: for large files."),
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask whether the columns are understood.")
    ] = False,
    rejects: Annotated[
        Path | None, typer.Option("--rejects", help="Write the refused rows and why to this CSV.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write the report to this file as JSON.")
    ] = None,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Import customers and their contacts from a file: CSV, TSV, XLSX or JSON lines.

    Columns are found by their names: those of the fields (company_name, billing_address.city,
    contacts.0.email), plain ones in English, German, French or Spanish ("Company", "Kd.-Nr.",
    "Contact 2 e-mail"), or those of an export from HubSpot, Salesforce, Shopify, Stripe,
    QuickBooks, Xero, Odoo, ERPNext or WooCommerce. Those that are not understood are left out and
    reported. Whoever is watching is asked first, if anything was guessed.

    Rows that are wrong are refused with all their reasons, and never stop the others. Interrupted,
    the same command goes on where it was.

    Files of up to 256 MiB and 1,000,000 rows are taken; TS_CUSTOMERS_IMPORT_MAX_BYTES, _MAX_ROWS,
    _MAX_CELL, _MAX_COLUMNS and _MAX_UNPACKED change that.

    Exit code: 0 once the file is imported (or could be, for --dry-run), even if some rows were
    refused; 1 if the file as a whole was refused; 2 for a mistake in the command itself.

    Examples:

      ts-customers import customers.csv --dry-run

      ts-customers import customers.csv --map 'Firm=company_name' --map 'Fax=' --rejects bad.csv

      ts-customers import terms.xlsx --sheet Terms --mode update --match external_id

      ts-customers import people.csv --entity contacts

      ssh erp ./export-customers | ts-customers import - --json
    """
    from ts_customers import importing
    from ts_customers.cli._progress import shown_progress

    if keep_unmapped and entity is Entity.contacts:
        raise typer.BadParameter("a contact has no settings to keep other columns in")
    overrides: FieldMap = importing.read_map_file(map_file) if map_file else {}
    overrides |= importing.parse_overrides(columns or [])
    options = importing.ImportOptions(
        entity=entity.value,
        mode=mode.value,
        match=tuple(key.value for key in match or ()),
        all_or_nothing=all_or_nothing,
        allow_repeat=allow_repeat,
    )
    for path in (rejects, report):
        if path is not None:
            importing.check_output(path, source=file)
    limits = importing.Limits.from_environment()
    with importing.open_source(file, limits, encoding=encoding) as source:
        table = importing.read_table(source, limits, sheet=sheet)
        mapping = importing.map_columns(
            table.header,
            overrides,
            creates=mode is not Mode.update,
            entity=entity.value,
            keep_unmapped=keep_unmapped,
        )
        print_reading(table)
        if not (yes or as_json):
            confirm_mapping(mapping, ask=not dry_run)
        caller = caller_for(organization, service, direct=direct)
        with shown_progress("The same command goes on from here.") as show_progress:
            import_id = importing.run_import(
                caller, table, mapping, options, dry_run=dry_run, on_progress=show_progress
            )
        if rejects is not None:
            importing.write_rejects(rejects, table, caller, import_id)
    done = print_import(caller, import_id, report=report, as_json=as_json, dry_run=dry_run)
    if not as_json:
        print_rejects(done, rejects, dry_run=dry_run)
    if all_or_nothing and done.rejected:
        print_note("Nothing was imported: some rows are wrong, and it was to be all or nothing.")
        raise typer.Exit(1)
