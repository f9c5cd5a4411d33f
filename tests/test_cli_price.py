"""`ts-customers price`: what a customer pays, to the last digit."""

from __future__ import annotations

from pathlib import Path

import pytest

from programs import CommandLine


@pytest.fixture
def customer(cli: CommandLine) -> str:
    """The number of a customer in tier Basic, which has 5.5 percent off."""
    cli("tier", "set", "Basic", "--discount", "5.5")
    return str(cli.json("customer", "add", "Acme", "--currency", "EUR")["customer_number"])


def test_items_are_priced_by_the_tier(cli: CommandLine, customer: str) -> None:
    rows = cli.json("price", customer, "BOLT=0.25x1000", "A=B=10")
    assert [(row["sku"], row["quantity"], row["discount_percentage"]) for row in rows] == [
        ("BOLT", 1000, 5.5),
        ("A=B", 1, 5.5),
    ]
    assert [row["list_price"] for row in rows] == [0.25, 10]
    assert rows[1]["line_total"] == 9.45


def test_items_are_read_from_files(cli: CommandLine, customer: str, tmp_path: Path) -> None:
    table, document = tmp_path / "basket.csv", tmp_path / "basket.json"
    table.write_text("sku,unit_price,quantity\nBOLT,0.25,1000\n", "utf-8")
    document.write_text('[{"sku": "BOLT", "unit_price": 0.25, "quantity": 1000}]', "utf-8")
    expected = cli.json("price", customer, "BOLT=0.25x1000")
    assert cli.json("price", customer, "--items", table) == expected
    assert cli.json("price", customer, "--items", document) == expected


def test_a_person_reads_a_table_with_the_total(cli: CommandLine, customer: str) -> None:
    shown = cli("price", customer, "DRILL=100x10", "BIT=10").stdout
    assert "954.45 EUR" in shown


def test_the_price_of_another_time_and_of_a_suspended_customer(
    cli: CommandLine, customer: str
) -> None:
    # Now, not before anybody had a tier.
    [then] = cli.json("price", customer, "DRILL=100", "--at", "2020-01-01")
    assert then["discount_percentage"] == 0
    cli("customer", "suspend", customer)
    said = cli.refused("price", customer, "DRILL=100")
    assert "[customer_suspended]" in said
    assert "--include-suspended" in said
    assert cli.json("price", customer, "DRILL=100", "--include-suspended")[0]["unit_price"] == 94.5


def test_what_is_no_item_is_a_mistake_of_the_command(
    cli: CommandLine, customer: str, tmp_path: Path
) -> None:
    for wrong in ("BOLT", "=1", "BOLT=cheap", "BOLT=1xmany"):
        assert wrong in cli.misused("price", customer, wrong)
    assert "name items" in cli.misused("price", customer)
    (tmp_path / "bad.json").write_text("[{", "utf-8")
    assert "[file_unreadable]" in cli.refused("price", customer, "--items", tmp_path / "bad.json")
    assert "[file_unreadable]" in cli.refused("price", customer, "--items", tmp_path / "none.csv")
