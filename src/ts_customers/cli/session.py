"""`ts-customers login`, `logout` and `whoami`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ts_customers._errors import Invalid, Unavailable
from ts_customers.cli._options import AsJson, Service, client_for
from ts_customers.cli._output import (
    print_fields,
    print_json,
    print_note,
    print_table,
    reports_errors,
)

if TYPE_CHECKING:
    from ts_customers._client import Client


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command(rich_help_panel="Session")(login)
    app.command(rich_help_panel="Session")(logout)
    app.command(rich_help_panel="Session")(whoami)


@reports_errors
def login(
    email: Annotated[
        str | None, typer.Option("--email", envvar="TS_CUSTOMERS_EMAIL", help="Who signs in.")
    ] = None,
) -> None:
    """Sign in, and stay signed in for the commands that follow.

    The password is asked for. Without a terminal it is one line of standard input, or
    TS_CUSTOMERS_PASSWORD.

    Examples:

      ts-customers login --email ada@acme.example

      ts-customers login --email ada@acme.example < password.txt
    """
    from ts_customers._client import open_server
    from ts_customers._session import SessionStore, sign_in

    server = open_server()
    if not email:
        if not sys.stdin.isatty():
            raise Invalid("no e-mail address was given", slug="email_required", hint="Add --email.")
        email = typer.prompt("E-mail", err=True)
    session = sign_in(server, email=email, password=_password())
    store = SessionStore()
    with store.lock():
        store.put(str(server.supabase_url).rstrip("/"), session)
    print_note(f"Signed in as {session.email}.")


def _password() -> str:
    import os

    password = os.environ.get("TS_CUSTOMERS_PASSWORD")
    if not password and sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, err=True)
    elif not password:
        password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise Invalid(
            "no password was given",
            slug="password_required",
            hint="Set TS_CUSTOMERS_PASSWORD, or write it to standard input.",
        )
    return password


@reports_errors
def logout() -> None:
    """Sign out: end the stored session, here and on the server.

    Example:

      ts-customers logout
    """
    from ts_customers._client import open_server
    from ts_customers._session import SessionStore, end

    server = open_server()
    api_url = str(server.supabase_url).rstrip("/")
    store = SessionStore()
    with store.lock():
        session = store.get(api_url)
        store.remove(api_url)
    if session is None:
        print_note("Nobody was signed in.")
        return
    try:
        end(server, session)
    except Unavailable as error:
        print_note(f"Signed out here; the server could not be told: {error.message}")
    else:
        print_note(f"{session.email} is signed out.")


@reports_errors
def whoami(service: Service = False, as_json: AsJson = False) -> None:
    """Say who commands act as, and in which organizations.

    Examples:

      ts-customers whoami

      ts-customers whoami --json
    """
    client = client_for(None, service)
    identity = _identity(client)
    if as_json:
        print_json(identity)
        return
    print_fields(
        {"E-mail": identity["email"], "User": identity["user_id"], "API": identity["api_url"]}
        if client.session
        else {"Acting": "by the secret key", "API": identity["api_url"]}
    )
    print_table({"name": "Organization", "role": "Role", "id": "Id"}, identity["organizations"])


def _identity(client: Client) -> dict[str, Any]:
    session = client.session
    organizations = client.run(client.table("organizations").select("id, name").order("name"))
    roles: dict[str, str] = {}
    if session is not None:
        members = client.run(
            client.table("organization_members")
            .select("organization_id, role")
            .eq("user_id", session.user_id)
        )
        roles = {member["organization_id"]: member["role"] for member in members}
    return {
        "user_id": session.user_id if session else None,
        "email": session.email if session else None,
        "api_url": client.api_url,
        "organizations": [
            organization | {"role": roles.get(organization["id"])} for organization in organizations
        ],
    }
