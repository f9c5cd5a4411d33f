"""`ts-customers customer merge` and `undo-merge`: shown first, asked about, then done."""

from __future__ import annotations

import pytest

from programs import CommandLine, asked


@pytest.fixture
def pair(cli: CommandLine) -> tuple[str, str]:
    """The numbers of two customers that are one company."""
    one = cli.json("customer", "add", "Acme GmbH", "--contact", "Ada Vogt <ada@acme.example>")
    other = cli.json("customer", "add", "ACME", "--contact", "Bob Ott <bob@acme.example>")
    return str(one["customer_number"]), str(other["customer_number"])


def test_a_merge_is_shown_asked_about_done_and_taken_back(
    cli: CommandLine, pair: tuple[str, str]
) -> None:
    one, other = pair
    assert "--yes" in cli.misused("customer", "merge", one, other)

    code, said = asked("customer", "merge", one, other, answer="n")
    assert code == 1
    assert other in said
    assert len(cli.json("contact", "list", one)) == 1

    code, said = asked("customer", "merge", one, other, answer="y")
    assert code == 0, said
    merge_id = said.splitlines()[-1]
    assert len(cli.json("contact", "list", one)) == 2

    assert cli.json("customer", "undo-merge", merge_id, "--yes")["status"] == "undone"
    assert len(cli.json("contact", "list", one)) == 1
    assert "[merge_undone]" in cli.refused("customer", "undo-merge", merge_id, "--yes")


def test_a_merge_that_would_be_refused_asks_nothing(
    cli: CommandLine, pair: tuple[str, str]
) -> None:
    one, _ = pair
    other = cli.json("customer", "add", "Acme", "--currency", "JPY")["customer_number"]
    code, said = asked("customer", "merge", one, other, answer="y")
    assert code == 1
    assert "[currency_differs]" in said
    assert "[currency_differs]" in cli.refused("customer", "merge", one, other, "--yes")
