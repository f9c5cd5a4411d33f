"""`ts-customers customer erase` is asked about by number, and leaves nothing personal."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fix_api import ApiUser
from programs import CommandLine, asked


@pytest.fixture
def customer(cli: CommandLine) -> str:
    """The number of a customer with a contact."""
    added = cli.json("customer", "add", "Acme GmbH", "--contact", "Ada Vogt <ada@acme.example>")
    return str(added["customer_number"])


def test_an_erasure_wants_the_number_typed(cli: CommandLine, customer: str) -> None:
    assert "--yes" in cli.misused("customer", "erase", customer)
    code, said = asked("customer", "erase", customer, answer="C-1")
    assert (code, "nothing was done" in said) == (1, True)
    assert cli.json("customer", "search", "ada@acme.example") != []

    code, said = asked("customer", "erase", customer, answer=customer)
    assert code == 0, said
    assert cli.json("customer", "search", "ada@acme.example") == []
    shown = cli.json("customer", "show", customer)["customer"]
    assert shown["company_name"] == f"Erased {customer}"


def test_an_erasure_says_which_logins_to_delete(
    cli: CommandLine, customer: str, api_user: ApiUser
) -> None:
    [contact] = cli.json("contact", "list", customer)
    login = {"user_id": api_user.id}
    cli.service.table("customer_contacts").update(login).eq("id", contact["id"]).execute()

    result = cli.json("customer", "erase", customer, "--yes", "--reason", "asked for")

    assert (result["status"], result["logins"]) == ("erased", [api_user.id])
    assert cli.id("customer", "erase", customer, "--yes") == api_user.id


def test_only_owners_erase(
    cli: CommandLine, customer: str, make_api_user: Callable[..., ApiUser]
) -> None:
    cli.act_as(cli.org.join(make_api_user(), "admin"))
    assert "[role_required]" in cli.refused("customer", "erase", customer, "--yes")
