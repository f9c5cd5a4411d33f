"""`ts-customers customer` and `contact`: a customer is found, changed, stopped and taken up."""

from __future__ import annotations

import json
from collections.abc import Callable
from uuid import UUID

import pytest

from fix_api import ApiUser
from programs import CommandLine


@pytest.fixture
def customer(cli: CommandLine) -> str:
    """The number of a customer with a contact."""
    args = ["Müller GmbH", "--contact", "Ada Vogt <ada@mueller.example>", "--currency", "EUR"]
    added = cli.json("customer", "add", *args, "--external-id", "E-1", "--tag", "wholesale")
    return str(added["customer_number"])


def numbers(rows: list[dict[str, str]]) -> list[str]:
    """The numbers of customers."""
    return [row["customer_number"] for row in rows]


def test_a_customer_is_found_by_what_people_know_of_it(cli: CommandLine, customer: str) -> None:
    for options in (
        ["--tag", "wholesale"],
        ["--tier", "basic", "--currency", "EUR"],
        ["--status", "active", "--status", "suspended", "--type", "standard", "--currency", "EUR"],
        ["--filters", '{"tags_any": ["wholesale"]}', "--credit-status", "ok", "--no-overdue"],
    ):
        assert numbers(cli.json("customer", "list", *options)) == [customer]
    assert numbers(cli.json("customer", "list", "--tier", "Gold")) == []
    assert numbers(cli.json("customer", "search", "mull")) == [customer]
    assert cli.json("customer", "show", "E-1")["customer"]["customer_number"] == customer


def test_filters_that_make_no_sense_are_refused(cli: CommandLine) -> None:
    assert "[tier_not_found]" in cli.refused("customer", "list", "--tier", "Iron")
    assert "[unknown_key]" in cli.refused("customer", "list", "--filters", '{"colour": 1}')
    assert "not JSON" in cli.misused("customer", "list", "--filters", "{")


def test_fields_are_changed_and_cleared(cli: CommandLine, customer: str) -> None:
    changed = cli.json(
        *("customer", "edit", customer, "--type", "vip", "--credit-limit", "1234.5"),
        *("--set", "display_name=Müller", "--set", 'tags=["a", "b"]', "--set", "external_id=null"),
    )
    assert (changed["customer_type"], changed["credit_limit"]) == ("vip", 1234.5)
    assert (changed["display_name"], changed["tags"]) == ("Müller", ["a", "b"])
    assert changed["external_id"] is None
    assert "say what to change" in cli.misused("customer", "edit", customer)
    assert "[duplicate]" not in cli.refused("customer", "edit", customer, "--website", "nowhere")


def test_a_change_of_a_stale_version_is_refused(cli: CommandLine, customer: str) -> None:
    version = cli.json("customer", "show", customer)["customer"]["version"]
    edit = ("customer", "edit", customer, "--version", version)
    cli(*edit, "--website", "https://one.example")
    said = cli.refused(*edit, "--website", "https://two.example")
    assert "[stale_version]" in said
    assert f"it has version {version + 1}, not {version}" in said
    assert cli.json("customer", "show", customer)["customer"]["website"] == "https://one.example"


def test_what_a_viewer_may_not_change_is_told_from_what_is_not_there(
    cli: CommandLine, customer: str, make_api_user: Callable[..., ApiUser]
) -> None:
    unknown = "6f1c5c8e-3c1b-4b0e-9d5a-0c7b8a1f2e3d"
    cli.act_as(cli.org.join(make_api_user(), "viewer"))
    assert "[not_allowed]" in cli.refused("customer", "edit", customer, "--website", "https://x.de")
    assert "[customer_not_found]" in cli.refused("customer", "edit", unknown, "--type", "vip")
    assert "[contact_not_found]" in cli.refused("contact", "remove", unknown, "--yes")
    assert "[not_allowed]" in cli.refused("contact", "remove", "ada@mueller.example", "--yes")


def test_a_value_that_cannot_be_says_why_and_what_can(cli: CommandLine, customer: str) -> None:
    edit = ("customer", "edit", customer)
    own_id = cli.json("customer", "show", customer)["customer"]["id"]
    wrong = {
        "unknown_field": (*edit, "--set", "foo=1"),
        "credit_limit_invalid": (*edit, "--set", "credit_limit=-1"),
        "customer_type_invalid": (*edit, "--set", "customer_type=gold"),
        "parent_cycle": (*edit, "--set", f"parent_id={own_id}"),
        "parent_not_found": (*edit, "--set", f"parent_id={UUID(int=7)}"),
        "email_invalid": ("contact", "edit", "ada@mueller.example", "--email", "ada"),
    }
    for slug, command in wrong.items():
        said = cli.refused(*command)
        assert f"[{slug}]" in said
        assert "hint: " in said


def test_business_with_a_customer_is_stopped_and_taken_up(cli: CommandLine, customer: str) -> None:
    for verb, status in (
        ("suspend", "suspended"),
        ("reactivate", "active"),
        ("deactivate", "inactive"),
    ):
        reason = [] if verb == "reactivate" else ["--reason", f"to {verb} it"]
        assert cli.json("customer", verb, customer, *reason)["status"] == status
    assert "[status_conflict]" in cli.refused("customer", "suspend", customer)
    changes = cli.json("timeline", customer, "--type", "status_changed")
    assert [row["description"] for row in changes] == ["to deactivate it", None, "to suspend it"]


def test_contacts_are_added_changed_made_primary_and_removed(
    cli: CommandLine, customer: str
) -> None:
    bob = cli.json("contact", "add", customer, "Bob Ott <bob@mueller.example>", "--role", "billing")
    assert (bob["first_name"], bob["role"], bob["is_primary"]) == ("Bob", "billing", False)

    changed = cli.json("contact", "edit", "BOB@mueller.example", "--phone", "+49 228 1")
    assert changed["phone"] == "+49 228 1"
    assert cli.json("contact", "primary", bob["id"])["is_primary"]
    assert "[already_primary]" in cli.refused("contact", "primary", bob["id"])
    listed = cli.json("contact", "list", customer)
    assert [(row["first_name"], row["role"]) for row in listed] == [
        ("Bob", "primary"),
        ("Ada", "contact"),
    ]
    assert "--yes" in cli.misused("contact", "remove", "ada@mueller.example")
    cli("contact", "remove", "ada@mueller.example", "--yes")
    assert [row["first_name"] for row in cli.json("contact", "list", customer)] == ["Bob"]
    assert "First Last" in cli.misused("contact", "add", customer, "ada@mueller.example")


def test_a_note_stands_in_the_timeline(cli: CommandLine, customer: str) -> None:
    cli("note", "add", customer, "Wants a quote", "--description", "200 pieces, by Friday")
    call = cli.json("note", "add", customer, "Asked", "--type", "call", "--at", "2026-03-01T10:00Z")
    assert call["occurred_at"].startswith("2026-03-01T10:00:00")
    found = cli.json("timeline", customer, "--query", "friday", "--archived")
    assert [row["title"] for row in found] == ["Wants a quote"]
    assert "[type_reserved]" in cli.refused("note", "add", customer, "x", "--type", "merged")


def test_a_person_reads_tables_and_sentences(cli: CommandLine, customer: str) -> None:
    assert "Müller GmbH" in cli("customer", "list").stdout
    assert "ada@mueller.example" in cli("contact", "list", customer).stdout
    assert "customer_created" in cli("timeline", customer).stdout
    said = cli("customer", "suspend", customer)
    assert said.stdout == ""
    assert said.stderr == f"Müller GmbH ({customer}) is suspended.\n"


def test_credit_is_held_asked_about_and_released(cli: CommandLine, customer: str) -> None:
    held = cli.json("customer", "hold", customer, "--reason", "dunning", "--until", "2999-01-01")
    assert (held["credit_hold_reason"], held["credit_hold_until"][:10]) == ("dunning", "2999-01-01")
    assert cli.json("customer", "may-order", customer, "10")["reason"] == "on_hold"
    assert numbers(cli.json("customer", "list", "--credit-status", "on_hold")) == [customer]
    assert cli("customer", "hold", customer, "--reason", "law").stderr.endswith("held: law.\n")

    assert cli.json("customer", "release", customer)["credit_hold_reason"] is None
    assert "[no_credit_hold]" in cli.refused("customer", "release", customer)
    assert cli.json("customer", "may-order", customer, "10")["allowed"]
    assert "May order" in cli("customer", "may-order", customer, "10").stdout
    for wrong in ("abc", "NaN"):
        assert f"{wrong} is not a number" in cli.misused("customer", "may-order", customer, wrong)


def test_customers_are_counted(cli: CommandLine, customer: str) -> None:
    found = cli.json("customer", "stats")
    assert (found["total"], found["by_status"]["active"]) == (2, 2)
    blocks = [block.split() for block in cli("customer", "stats").stdout.split("\n\n")]
    below = {" ".join(block[:2]): block[2:] for block in blocks}
    for heading, counted in {"status": "active", "type": "vip", "currency": "EUR"}.items():
        assert counted in below.pop(f"By {heading}")
        assert not any(counted in block for block in below.values())


def test_a_list_follows_a_preset_and_what_is_added_to_it(cli: CommandLine, customer: str) -> None:
    preset = {
        "organization_id": cli.org.id,
        "name": "Wholesale",
        "filters": {"tags": ["wholesale"]},
        "sort": "-name",
    }
    cli.org.owner.client.table("customer_filter_presets").insert(preset).execute()
    cli("customer", "add", "Ähnlich AG", "--tag", "wholesale", "--type", "vip")

    listed = cli.json("customer", "list", "--preset", "wholesale")
    assert [row["company_name"] for row in listed] == ["Müller GmbH", "Ähnlich AG"]
    added = cli.json("customer", "list", "--preset", "Wholesale", "--type", "vip", "--sort", "name")
    assert [row["company_name"] for row in added] == ["Ähnlich AG"]
    assert [row["name"] for row in cli.json("customer", "presets")] == ["Wholesale"]
    assert '{"tags": ["wholesale"]}' in cli("customer", "presets").stdout
    assert "[preset_not_found]" in cli.refused("customer", "list", "--preset", "Retail")


def test_everything_held_about_a_customer_is_printed(cli: CommandLine, customer: str) -> None:
    lines = cli("customer", "export-data", customer).stdout.splitlines()
    entities = [json.loads(line) for line in lines]
    assert entities[0]["data"]["company_name"] == "Müller GmbH"
    assert "ada@mueller.example" in {entity["data"].get("email") for entity in entities}


def test_duplicates_are_listed_by_name(cli: CommandLine, customer: str) -> None:
    cli("customer", "add", "Mueller", "--set", "website=https://mueller.example")
    cli("customer", "edit", customer, "--website", "https://www.mueller.example")
    pairs = cli.json("customer", "duplicates")
    assert "domain" in pairs[0]["reasons"]
    assert "Müller GmbH" in cli("customer", "duplicates").stdout
    assert cli.json("customer", "duplicates", "--min-similarity", "1") in ([], pairs)


def test_a_page_says_everything_about_a_customer(cli: CommandLine, customer: str) -> None:
    page = cli.json("customer", "show", customer)
    assert [contact["first_name"] for contact in page["contacts"]] == ["Ada"]
    assert page["credit"]["status"] == "ok"

    order = {"organization_id": cli.org.id, "customer_id": page["customer"]["id"]}
    order |= {"number": "O-1", "list_amount": "1234.5", "total": "1234.5"}
    cli.service.rpc("upsert_orders", {"rows": [order]}).execute()
    cli("tier", "request", customer, "Gold")
    cli("customer", "hold", customer, "--reason", "dunning")
    shown = cli("customer", "show", customer).stdout

    for said in ("Müller GmbH", "upgrade to Gold, pending", "on hold", "dunning", "1,234.50"):
        assert said in shown
    for said in ("ada@mueller.example", "O-1", "Order placed", "wholesale"):
        assert said in shown


def test_a_timeline_is_counted_by_month(cli: CommandLine, customer: str) -> None:
    cli("note", "add", customer, "Before", "--at", "2026-03-31T23:30:00Z")
    by_month = ("timeline", customer, "--type", "note", "--summary", "month")
    assert [row["bucket"] for row in cli.json(*by_month)] == ["2026-03-01"]
    berlin = cli.json(*by_month, "--time-zone", "Europe/Berlin")
    assert [(row["bucket"], row["count"]) for row in berlin] == [("2026-04-01", 1)]
    assert "1 note" in cli(*by_month).stdout
