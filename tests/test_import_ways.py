"""An import over the database's address leaves exactly what one through the API leaves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fix_api import ApiOrganization
from gateways import Api
from imports import HEADER, line, numbered, write_csv, write_xlsx
from programs import CommandLine
from ways import WAYS, TwoWays

DATA = Path(__file__).parent / "data" / "import"
EXAMPLE = Path(__file__).parent.parent / "examples" / "customers.csv"
EXPORTS = sorted(DATA.glob("*.csv"))


@pytest.fixture
def both(
    api: Api,
    cli: CommandLine,
    database: psycopg.Connection[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[TwoWays]:
    """Two organizations that are alike, one for each way, removed in the end."""
    monkeypatch.setenv("SUPABASE_DB_URL", api.db_url)
    organizations = {
        "api": cli.org,
        "direct": ApiOrganization(cli.org.owner, cli.org.name),
    }
    yield TwoWays(cli, database, organizations)
    for organization in organizations.values():
        database.execute("delete from public.organizations where id = %s", (organization.id,))


def assert_equal(both: TwoWays, *runs: tuple[Any, ...]) -> dict[str, Any]:
    """Import by each way, again and again; nothing tells the organizations apart after any."""
    found: dict[str, Any] = {}
    for file, *options in runs:
        reports, states = both.run(file, *options), both.states()
        assert reports["api"] == reports["direct"]
        for name, there in states["api"].items():
            assert there == states["direct"][name], name
        found = {"report": reports["direct"], **states["direct"]}
    return found


def mixed(sheet: bool = False) -> list[list[str]]:
    """Rows of which some are wrong, in themselves or beside others, and some are unclear."""
    rows = numbered(3)
    rows += [
        line(Company="", External_ID=""),
        line(External_ID="F-1", **{"E-mail": "p9@f.example"}),
    ]
    rows += [line(Company="No address", External_ID="N-1", **{"E-mail": "nobody"})]
    rows += [
        line(Company="Elsewhere", External_ID="E-1", Postal_code="1", **{"E-mail": "e@e.example"})
    ]
    rows += [line(Company="Repeats", External_ID="R-1", **{"E-mail": "p2@firm.example"})]
    rows += [line(Company="Untiered", External_ID="U-1", Tier="Lead", **{"E-mail": "u@u.example"})]
    return [HEADER, *rows] if sheet else [HEADER, *rows, ["too", "few"]]


@pytest.mark.parametrize("file", EXPORTS, ids=lambda file: file.stem)
def test_known_exports_become_the_same_by_both_ways(both: TwoWays, file: Path) -> None:
    expected = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    options: tuple[str, ...] = ()
    if expected["entity"] == "contacts":
        options = ("--entity", "contacts")
        both.add("customers", company_name="Granite", external_id="001B000000XyZabIAF")

    found = assert_equal(both, (file, *options), (file, *options, "--allow-repeat"))

    assert len(found["rows"]) == 2 * found["report"]["rows"] > 0
    assert len(found["customers"]) > 1


def test_the_example_becomes_the_same_by_both_ways(both: TwoWays) -> None:
    for level, name in enumerate(("Bronze", "Silver", "Platinum"), start=11):
        both.add("customer_tiers", name=name, level=level)

    found = assert_equal(both, (EXAMPLE,))

    assert len(found["customers"]) == found["report"]["rows"] + 1
    assert len(found["customers"][5]["customer_activities"]) >= 2


def test_wrong_rows_are_refused_alike_and_the_others_go_in(both: TwoWays, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "a.csv", *mixed())
    news = {"Website": "new.example", "Tier": "Basic", "First_name": "Eva"}
    changed = [
        line(Company=f"Firm {n}", External_ID=f"F-{n}", **news, **{"E-mail": f"p{n}@firm.example"})
        for n in range(1, 4)
    ]
    later = write_csv(tmp_path / "b.csv", HEADER, *changed)

    found = assert_equal(
        both, (file, "--dry-run"), (file,), (later,), (file, "--mode", "insert", "--allow-repeat"),
        (file, "--mode", "update", "--all-or-nothing", "--allow-repeat"),
    )  # fmt: skip

    assert found["report"]["exit"] == 1
    assert {e["slug"] for e in found["report"]["errors"]} >= {"too_few_cells", "tier_not_found"}
    firm = next(c for c in found["customers"] if c["customer"]["company_name"] == "Firm 1")
    types = [activity["type"] for activity in firm["customer_activities"]]
    assert {"customer_created", "customer_updated", "contact_added", "contact_updated"} < {*types}
    assert {activity["created_by"] for activity in firm["customer_activities"]} == {"the owner"}
    assert firm["customer"]["created_by"] == "the owner"
    assert [request["status"] for request in firm["tier_change_requests"]] == ["pending"]


def test_workbooks_become_the_same_by_both_ways(both: TwoWays, tmp_path: Path) -> None:
    file = write_xlsx(tmp_path / "a.xlsx", *mixed(sheet=True))

    assert assert_equal(both, (file,))["report"]["customers"]["created"] == 4


def test_json_lines_become_the_same_by_both_ways(both: TwoWays, tmp_path: Path) -> None:
    settings = {"locale": "de-DE", "custom": {"x": 12345678901234567890.5, "y": [None, True]}}
    person = {"first_name": "Ada", "last_name": "Ott", "email": "ada@acme.example"}
    rows = [
        {"company_name": "Acme", "tags": ["b", "a"], "settings": settings, "contacts": [person]},
        {"company_name": "Naughty \u202e\ufeff\U0001f600", "notes": "'; drop table x --"},
        {"company_name": "Too much", "credit_limit": 1e30, "settings": {"locale": 1}},
    ]
    file = tmp_path / "a.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")

    assert assert_equal(both, (file,))["report"]["customers"]["created"] >= 1


def test_the_secret_key_leaves_the_same_by_both_ways(both: TwoWays, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "a.csv", *mixed())

    found = assert_equal(both, (file, "--service"))

    firm = next(c for c in found["customers"] if c["customer"]["company_name"] == "Firm 1")
    assert {activity["created_by"] for activity in firm["customer_activities"]} == {None}


@pytest.mark.parametrize("column", [n for n, name in enumerate(HEADER) if name != "Tier"])
def test_a_single_other_cell_is_noticed(both: TwoWays, tmp_path: Path, column: int) -> None:
    row = line()
    other = [*row]
    other[column] = {"Country": "AT", "Credit limit": "1"}.get(HEADER[column], f"x{row[column]}")
    files = {
        "api": write_csv(tmp_path / "a.csv", HEADER, row),
        "direct": write_csv(tmp_path / "b.csv", HEADER, other),
    }
    for way, organization in both.organizations.items():
        both.cli.run("import", files[way], *WAYS[way], "--organization", organization.id)

    states = both.states()

    assert states["api"]["customers"] != states["direct"]["customers"]
