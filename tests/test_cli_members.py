"""`ts-customers member`: people join, change roles and leave."""

from __future__ import annotations

from collections.abc import Callable

from fix_api import ApiUser
from programs import CommandLine


def test_somebody_is_invited_accepts_is_promoted_and_removed(
    cli: CommandLine, make_api_user: Callable[..., ApiUser]
) -> None:
    bob = make_api_user()
    token = cli.id("member", "invite", bob.email, "viewer")
    [invited] = [row for row in cli.json("member", "list") if row["status"] == "invited"]
    assert (invited["email"], invited["role"]) == (bob.email, "viewer")

    cli.act_as(bob)
    assert cli.json("member", "accept", token) == {
        "organization_id": cli.org.id,
        "role": "viewer",
    }

    cli.act_as(cli.org.owner)
    assert cli.json("member", "set", bob.email.upper(), "manager")["role"] == "manager"
    assert {(row["email"], row["role"]) for row in cli.json("member", "list")} == {
        (cli.org.owner.email, "owner"),
        (bob.email, "manager"),
    }
    cli("member", "remove", bob.email, "--yes")
    assert [row["user_id"] for row in cli.json("member", "list")] == [cli.org.owner.id]


def test_the_secret_key_knows_every_address(
    cli: CommandLine, make_api_user: Callable[..., ApiUser]
) -> None:
    bob = cli.org.join(make_api_user(), "viewer")
    cli.act_as(bob)
    seen = {row["user_id"]: row["email"] for row in cli.json("member", "list")}
    assert seen == {cli.org.owner.id: None, bob.id: bob.email}

    rows = cli.json("member", "list", "--service", "--organization", cli.org.id)
    assert {row["email"] for row in rows} == {cli.org.owner.email, bob.email}


def test_a_viewer_invites_nobody_and_learns_why(
    cli: CommandLine, make_api_user: Callable[..., ApiUser]
) -> None:
    cli.act_as(cli.org.join(make_api_user(), "viewer"))
    assert "[role_required]" in cli.refused("member", "invite", "x@acme.example")


def test_nobody_is_removed_without_being_asked_about(cli: CommandLine) -> None:
    assert "--yes" in cli.misused("member", "remove", cli.org.owner.email)
    assert "[last_owner]" in cli.refused("member", "remove", cli.org.owner.email, "--yes")
    assert "[member_not_found]" in cli.refused("member", "set", "nobody@acme.example", "viewer")


def test_an_invitation_is_withdrawn(cli: CommandLine) -> None:
    cli("member", "invite", "bob@acme.example")
    assert "--yes" in cli.misused("member", "remove", "bob@acme.example")
    cli("member", "remove", "Bob@acme.example", "--yes")
    assert [row["status"] for row in cli.json("member", "list")] == ["member"]
