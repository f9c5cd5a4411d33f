"""The program `ts-customers`, put together from its nouns."""

from __future__ import annotations

from typing import Annotated

import typer

from ts_customers.cli import (
    contacts,
    customers,
    doctor,
    exports,
    generate,
    imports,
    maintenance,
    members,
    organizations,
    portal,
    prices,
    session,
    stack,
    tiers,
    timeline,
    watch,
)

app = typer.Typer(
    name="ts-customers",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(version("ts-customers"))
        raise typer.Exit


@app.callback()
def program(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Say which one."),
    ] = False,
) -> None:
    """Customers of a business, on Supabase.

    Start with:

      ts-customers up

      ts-customers login --email you@example.com

      ts-customers customer list
    """


for noun in (
    stack,
    doctor,
    maintenance,
    generate,
    session,
    organizations,
    members,
    customers,
    contacts,
    portal,
    tiers,
    timeline,
    watch,
    prices,
    imports,
    exports,
):
    noun.register(app)


def main() -> None:
    """Run the program."""
    app()


if __name__ == "__main__":
    main()
