"""`ts-customers generate`: what it loads without triggers is what triggers would have made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from typer.testing import CliRunner, Result

from fix_stack import new_stack
from ts_customers.cli.main import app
from ts_customers.generating._organizations import sizes
from ts_customers.generating._rows import COLUMNS, Batch, Organization, made_batch
from ts_customers.stack import StackStatus

PASSWORD = "correct horse battery"
FOREIGN_KEYS = """
select k.conname, k.conrelid::regclass::text, k.confrelid::regclass::text,
    array(
        select a.attname::text from unnest(k.conkey) with ordinality as n (number, position)
        inner join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = n.number
        order by n.position
    ),
    array(
        select a.attname::text from unnest(k.confkey) with ordinality as n (number, position)
        inner join pg_attribute as a on a.attrelid = k.confrelid and a.attnum = n.number
        order by n.position
    )
from pg_constraint as k
inner join pg_class as r on r.oid = k.conrelid
where k.contype = 'f' and k.conparentid = 0
    and k.connamespace in ('public'::regnamespace, 'private'::regnamespace)
"""
ALL = "select array_agg(c.organization_id), array_agg(c.id) from public.customers as c"
STATS = f"""
with given (organization_ids, ids) as ({ALL})
(select * from public.customer_stats except all
    select s.* from given as g, private.counted_stats(g.organization_ids, g.ids) as s)
union all
(select s.* from given as g, private.counted_stats(g.organization_ids, g.ids) as s except all
    select * from public.customer_stats)
"""
SEARCH = STATS.replace("public.customer_stats", "private.customer_search").replace(
    "private.counted_stats", "private.made_search"
)
PERIODS = """
select c.id from public.customers as c
full join (
    select distinct on (p.organization_id, p.customer_id) p.*
    from public.customer_tier_periods as p
    order by p.organization_id, p.customer_id, p.started_at desc
) as p on p.organization_id = c.organization_id and p.customer_id = c.id
where c.tier_id is distinct from p.tier_id
"""
STATISTICS = """
select public.customer_statistics(%s) -> 'by_currency', (
    select jsonb_agg(r order by r.currency)
    from (
        select c.currency, count(*), sum(s.revenue) as revenue,
            sum(s.open_order_total) as open_order_total,
            sum(s.open_invoice_total) as open_invoice_total
        from public.customers as c
        inner join public.customer_stats as s on s.customer_id = c.id
        where c.organization_id = %s
        group by c.currency
    ) as r
)
"""
# What triggers write when a customer comes, and its contacts and orders.
TOLD = """
select
    (select count(*) from public.customers) = count(*) filter (where a.type = 'customer_created'),
    (select count(*) from public.customer_contacts)
    = count(*) filter (where a.type = 'contact_added'),
    (select count(*) from public.orders) = count(*) filter (where a.type = 'order_placed')
from public.customer_activities as a
"""
ALERTS = """
select c.id from public.customers as c
inner join public.customer_stats as s on s.customer_id = c.id
left join private.credit_alerts as a on a.customer_id = c.id
where (private.credit_status(c, s) <> 'ok') <> (a.customer_id is not null)
"""
PRIMARY = """
select k.customer_id from public.customer_contacts as k
group by k.organization_id, k.customer_id
having count(*) filter (where k.is_primary) <> 1
"""
INDEXES = """
select indexname from pg_indexes where schemaname = 'private' and tablename = 'customer_search'
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments)])


@pytest.fixture(scope="module")
def generating() -> Iterator[StackStatus]:
    """A stack of its own, which the command line finds."""
    with new_stack() as status, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TS_CUSTOMERS_BACKEND", "external")
        patch.setenv("SUPABASE_URL", status.api_url or "")
        patch.setenv("SUPABASE_PUBLISHABLE_KEY", status.publishable_key or "")
        patch.setenv("SUPABASE_SECRET_KEY", status.secret_key or "")
        patch.setenv("SUPABASE_DB_URL", status.db_url or "")
        patch.setenv("COLUMNS", "300")
        yield status


@pytest.fixture(scope="module")
def made(generating: StackStatus) -> dict[str, Any]:
    """What `generate` says of 300 customers in four organizations."""
    result = run(
        "generate", "--customers", 300, "--organizations", 4, "--password", PASSWORD, "--json"
    )
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


@pytest.fixture
def database(made: dict[str, Any], generating: StackStatus) -> Iterator[psycopg.Connection]:
    assert made
    assert generating.db_url
    with psycopg.connect(generating.db_url) as connection:
        yield connection


def test_there_are_as_many_rows_as_it_says(
    made: dict[str, Any], database: psycopg.Connection
) -> None:
    for table, count in made["rows"].items():
        counted = sql.SQL("select count(*) from {}").format(sql.Identifier(*table.split(".")))
        assert database.execute(counted).fetchone() == (count,), table
        assert count > 0, table
    assert set(made["rows"]) == set(COLUMNS)
    assert made["rows"]["public.customers"] == 300
    assert [each["customers"] for each in made["organizations"]] == sizes(300, 4)


def test_every_reference_names_a_row(database: psycopg.Connection) -> None:
    keys = database.execute(FOREIGN_KEYS).fetchall()
    assert len(keys) > 10
    for name, table, target, columns, key in keys:
        dangling = sql.SQL(
            "select t.* from {table} as t where ({columns}) is not null and not exists"
            " (select 1 from {target} as r where ({key}) = ({columns})) limit 1"
        ).format(
            table=sql.Identifier(*table.split(".")),
            target=sql.Identifier(*target.split(".")),
            columns=sql.SQL(", ").join(sql.Identifier("t", column) for column in columns),
            key=sql.SQL(", ").join(sql.Identifier("r", column) for column in key),
        )
        assert database.execute(dangling).fetchone() is None, name


@pytest.mark.parametrize("difference", [STATS, SEARCH, PERIODS, ALERTS, PRIMARY])
def test_what_triggers_keep_is_as_they_would_have_it(
    database: psycopg.Connection, difference: str
) -> None:
    assert database.execute(difference).fetchall() == []


def test_statistics_are_those_of_the_rows(
    made: dict[str, Any], database: psycopg.Connection
) -> None:
    database.execute("set local role service_role")
    for each in made["organizations"]:
        row = database.execute(STATISTICS, (each["id"], each["id"])).fetchone()
        assert row is not None
        assert row[0] == row[1]
        assert sum(currency["count"] for currency in row[0]) == each["customers"]


def test_the_history_tells_of_everything(database: psycopg.Connection) -> None:
    assert database.execute(TOLD).fetchone() == (True, True, True)


def test_the_indexes_of_the_search_are_all_there(database: psycopg.Connection) -> None:
    names = {row[0] for row in database.execute(INDEXES)}
    assert "customer_search_words_idx" in names
    assert database.execute("select to_regclass('private.staged_search')").fetchone() == (None,)


def test_an_owner_signs_in_and_finds_customers(
    made: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = made["organizations"][1]
    monkeypatch.setenv("TS_CUSTOMERS_EMAIL", owner["email"])
    monkeypatch.setenv("TS_CUSTOMERS_PASSWORD", made["password"])
    found = run("customer", "list", "--limit", 200, "--json")
    assert found.exit_code == 0, found.output
    assert len(json.loads(found.stdout)) == owner["customers"]


def test_a_seed_is_loaded_once(made: dict[str, Any], database: psycopg.Connection) -> None:
    result = run("generate", "--customers", 300, "--organizations", 4)
    assert result.exit_code == 1
    assert "[seed_taken]" in result.stderr
    counted = database.execute("select count(*) from public.customers").fetchone()
    assert counted == (made["rows"]["public.customers"],)


def test_another_seed_stands_beside_it(made: dict[str, Any], generating: StackStatus) -> None:
    result = run("generate", "--customers", 20, "--seed", 2)
    assert result.exit_code == 0, result.output
    assert "Sign in: ts-customers login --email owner1@seed2.example" in result.stderr
    assert generating.db_url
    with psycopg.connect(generating.db_url) as connection:
        names = connection.execute(
            "select count(distinct c.company_name) from public.customers as c"
        ).fetchone()
    assert names == (made["rows"]["public.customers"] + 20,)


@pytest.mark.parametrize(
    ("arguments", "slug"),
    [
        (["--customers", 7, "--organizations", 4], "too_few_customers"),
        (["--customers", 10_000_000], "too_many_customers"),
    ],
)
@pytest.mark.usefixtures("generating")
def test_sizes_that_cannot_be_are_refused(arguments: list[object], slug: str) -> None:
    result = run("generate", "--seed", 3, *arguments)
    assert result.exit_code == 1
    assert f"[{slug}]" in result.stderr


@pytest.mark.parametrize(("customers", "organizations"), [(1, 1), (8, 4), (1000, 10), (99_999, 50)])
def test_the_first_organization_has_half_and_none_has_nothing(
    customers: int, organizations: int
) -> None:
    found = sizes(customers, organizations)
    assert len(found) == organizations
    assert sum(found) == customers
    assert min(found) >= 1
    assert found == sorted(found, reverse=True)
    assert organizations == 1 or customers / 2 <= found[0] <= customers / 2 + organizations


def test_the_same_seed_makes_the_same_rows() -> None:
    until = datetime(2026, 1, 1, tzinfo=UTC)
    tiers = {name: uuid4() for name in ("Gold", "Silver", "Bronze")}
    organization = Organization(uuid4(), uuid4(), tiers, 0, 50)

    def made_by(seed: int, numbers: range) -> Batch:
        return made_batch(seed, organization, numbers, until)

    # In other batches, too.
    parts = made_by(1, range(20)), made_by(1, range(20, 50))
    whole = made_by(1, range(50))
    for table, rows in whole.rows.items():
        assert rows == parts[0].rows[table] + parts[1].rows[table]
    names = {row[5] for row in whole.rows["public.customers"]}
    assert names.isdisjoint({row[5] for row in made_by(2, range(50)).rows["public.customers"]})
