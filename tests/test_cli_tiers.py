"""`ts-customers tier`: tiers, and the way of a customer from one to another."""

from __future__ import annotations

from programs import CommandLine


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

    assert "[check_violated]" in cli.refused("tier", "set", "Argent", "--discount", 101)
    cli("tier", "remove", "Argent", "--yes")
    assert [row["name"] for row in cli.json("tier", "list")] == ["Gold", "Basic"]
