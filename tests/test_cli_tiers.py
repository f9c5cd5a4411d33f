"""`ts-customers tier`: tiers, and the way of a customer from one to another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from fix_api import ApiUser
from programs import CommandLine


@pytest.fixture
def customer(cli: CommandLine) -> str:
    """The number of a customer in tier Basic."""
    return str(cli.json("customer", "add", "Acme", "--currency", "EUR")["customer_number"])


def tier_of(cli: CommandLine, customer: str) -> str:
    """The name of the tier that a customer has."""
    [row] = cli.json("customer", "search", customer)
    return str(row["tier_name"])


def test_a_tier_is_made_changed_and_removed(cli: CommandLine) -> None:
    assert "--level" in cli.misused("tier", "set", "Silver")
    made = cli.json(
        "tier", "set", "Silver", "--level", 3, "--discount", "7.5", "--color", "#a8a9ad"
    )
    assert (made["level"], made["discount_percentage"]) == (3, 7.5)

    changed = cli.json(
        *("tier", "set", "silver", "--discount", 8, "--rename", "Argent"),
        *("--set", 'requirements={"min_orders": 5}'),
    )
    assert changed["id"] == made["id"]
    assert (changed["name"], changed["discount_percentage"]) == ("Argent", 8)
    assert changed["requirements"] == {"min_orders": 5}
    assert [row["name"] for row in cli.json("tier", "list")] == ["Gold", "Basic", "Argent"]

    wrong = {
        "discount_invalid": ("--discount", 500),
        "tier_level_taken": ("--level", 1),
        "tier_name_taken": ("--rename", "gold"),
        "color_invalid": ("--color", "grey"),
        "requirements_invalid": ("--set", 'requirements={"orders": 5}'),
    }
    for slug, options in wrong.items():
        said = cli.refused("tier", "set", "Argent", *options)
        assert f"[{slug}]" in said
        assert "hint: " in said
    in_use = cli.refused("tier", "remove", "Basic", "--yes")
    assert "error: customers have this tier" in in_use
    assert "[tier_in_use]" in in_use
    cli("tier", "remove", "Argent", "--yes")
    assert [row["name"] for row in cli.json("tier", "list")] == ["Gold", "Basic"]


def test_another_tier_becomes_the_default(cli: CommandLine) -> None:
    cli("tier", "set", "Gold", "--default")
    assert {row["name"]: row["is_default"] for row in cli.json("tier", "list")} == {
        "Gold": True,
        "Basic": False,
    }
    cli("tier", "set", "Gold", "--no-default")
    cli("tier", "set", "New", "--level", 9, "--default")
    assert [row["name"] for row in cli.json("tier", "list") if row["is_default"]] == ["New"]
    assert "say what to change" in cli.misused("tier", "set", "Gold")


def test_a_change_of_tier_is_seen_asked_for_and_approved_by_another(
    cli: CommandLine, customer: str, make_api_user: Callable[..., ApiUser]
) -> None:
    seen = cli.json("tier", "preview", customer, "Gold")
    assert (seen["direction"], seen["requires_approval"]) == ("upgrade", True)

    asked = cli.json("tier", "request", customer, "gold", "--reason", "a good year")
    assert asked["status"] == "pending"
    assert "[tier_change_pending]" in cli.refused("tier", "request", customer, "Gold")
    [waiting] = cli.json("tier", "pending")
    assert (waiting["company_name"], waiting["from_tier"], waiting["to_tier"]) == (
        "Acme",
        "Basic",
        "Gold",
    )
    assert "[own_request]" in cli.refused("tier", "approve", asked["id"])

    cli.act_as(cli.org.join(make_api_user(), "manager"))
    decided = cli.json("tier", "approve", customer, "--note", "well earned")
    assert (decided["id"], decided["status"]) == (asked["id"], "applied")
    assert tier_of(cli, customer) == "Gold"
    assert cli.json("tier", "pending") == []
    assert "[tier_change_not_found]" in cli.refused("tier", "approve", customer)


def test_a_request_is_rejected_or_withdrawn(
    cli: CommandLine, customer: str, make_api_user: Callable[..., ApiUser]
) -> None:
    next_year = (datetime.now(UTC) + timedelta(days=365)).date()
    request = cli.id("tier", "request", customer, "Gold", "--at", next_year)
    assert cli.json("tier", "cancel", customer)["id"] == request

    cli("tier", "request", customer, "Gold")
    cli.act_as(cli.org.join(make_api_user(), "manager"))
    rejected = cli.json("tier", "reject", customer, "--note", "next year")
    assert (rejected["status"], rejected["decision_note"]) == ("rejected", "next year")
    assert tier_of(cli, customer) == "Basic"


def test_what_a_customer_has_earned_is_said(cli: CommandLine, customer: str) -> None:
    cli("tier", "set", "Gold", "--set", 'requirements={"min_orders": 5}')
    found = cli.json("tier", "evaluate", customer)
    assert (found["current"]["name"], found["earned"]["name"]) == ("Basic", "Basic")
    assert "min_orders: 0 of 5" in cli("tier", "evaluate", customer).stdout


def test_a_person_reads_what_a_change_means(cli: CommandLine, customer: str) -> None:
    assert "upgrade" in cli("tier", "preview", customer, "Gold").stdout
    said = cli("tier", "request", customer, "Gold").stderr
    assert said == "The upgrade is pending, waiting for a decision.\n"
    assert "Acme" in cli("tier", "pending").stdout
    assert "Gold" in cli("tier", "list").stdout
