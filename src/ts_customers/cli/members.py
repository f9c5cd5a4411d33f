"""`ts-customers member`: who belongs to an organization, in which role."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from ts_customers.cli._find import find_invitation, find_member, list_members
from ts_customers.cli._input import confirm
from ts_customers.cli._options import AsJson, Organization, Service, Yes, client_for
from ts_customers.cli._output import print_json, print_note, print_table, reports_errors
from ts_customers.cli._rows import change_row


class Role(StrEnum):
    """Roles, each including the one before it."""

    viewer = "viewer"
    member = "member"
    manager = "manager"
    admin = "admin"
    owner = "owner"


Member = Annotated[
    str, typer.Argument(help="The login's id, or the e-mail address it was invited by.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    group = typer.Typer(no_args_is_help=True, help="Members: who may do what.")
    group.command("list")(list_all)
    group.command("invite")(invite)
    group.command("accept")(accept)
    group.command("set")(set_role)
    group.command("remove")(remove)
    app.add_typer(group, name="member", rich_help_panel="Organization")


@reports_errors
def list_all(
    organization: Organization = None, service: Service = False, as_json: AsJson = False
) -> None:
    """List the members, and who was invited.

    E-mail addresses are shown as far as you may know them: your own, for admins those of
    invitations, all with --service.

    Examples:

      ts-customers member list

      ts-customers member list --organization Acme --service --json
    """
    rows = list_members(client_for(organization, service))
    if as_json:
        print_json(rows)
    else:
        columns = {"email": "E-mail", "role": "Role", "status": "", "user_id": "User"}
        print_table(columns | {"expires_at": "Until"}, rows)


@reports_errors
def invite(
    email: Annotated[str, typer.Argument(help="Whom to ask to join.")],
    role: Annotated[Role, typer.Argument(help="What the person becomes.")] = Role.viewer,
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Ask somebody to join: prints the token, this once, for 7 days.

    An earlier invitation of the same address ends. Give the token to that person, who signs in with
    this address and accepts.

    Examples:

      ts-customers member invite bob@acme.example manager

      ts-customers member invite bob@acme.example --json
    """
    client = client_for(organization, service)
    invitation = client.rpc(
        "invite_member",
        {"email": email, "role": role.value, "organization_id": client.organization_id},
    )
    if as_json:
        print_json(invitation)
    else:
        print_note(f"{email} may join as {role.value} until {invitation['expires_at']}, with:")
        typer.echo(invitation["token"])


@reports_errors
def accept(
    token: Annotated[str, typer.Argument(help="What `member invite` printed.")],
    as_json: AsJson = False,
) -> None:
    """Join the organization that invited you.

    Example:

      ts-customers member accept 5b6e…
    """
    joined = client_for(None, service=False).rpc("accept_member_invitation", {"token": token})
    if as_json:
        print_json(joined)
    else:
        print_note(f"You have joined as {joined['role']}.")
        typer.echo(joined["organization_id"])


@reports_errors
def set_role(
    member: Member,
    role: Annotated[Role, typer.Argument(help="The new role.")],
    organization: Organization = None,
    service: Service = False,
    as_json: AsJson = False,
) -> None:
    """Change a member's role.

    Examples:

      ts-customers member set bob@acme.example admin

      ts-customers member set b27d2ab0-4565-4235-a3bc-d58433721aa1 viewer --service
    """
    client = client_for(organization, service)
    changed = client.rpc(
        "set_member_role",
        {
            "user_id": find_member(client, member),
            "role": role.value,
            "organization_id": client.organization_id,
        },
    )
    if as_json:
        print_json(changed)
    else:
        print_note(f"{member} is {changed['role']} now.")


@reports_errors
def remove(
    member: Member,
    yes: Yes = False,
    organization: Organization = None,
    service: Service = False,
) -> None:
    """End a membership, your own included, or withdraw an invitation.

    Examples:

      ts-customers member remove bob@acme.example

      ts-customers member remove b27d2ab0-4565-4235-a3bc-d58433721aa1 --yes
    """
    client = client_for(organization, service)
    if invitation := find_invitation(client, member):
        confirm(f"Withdraw the invitation of {member}?", yes=yes)
        change_row(client, "member_invitations", invitation, None)
        print_note(f"{member} is invited no more.")
        return
    user_id = find_member(client, member)
    confirm(f"Remove {member}?", yes=yes)
    client.rpc("remove_member", {"user_id": user_id, "organization_id": client.organization_id})
    print_note(f"{member} is no member any more.")
