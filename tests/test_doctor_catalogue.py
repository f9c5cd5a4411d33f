"""The catalogue that doctor compares with: what the migrations make, and what a project may add."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from fix_stack import REPOSITORY
from tap import Connection
from ts_customers.doctor._catalogue import FILE, read_catalogue, shipped_catalogue, to_json
from ts_customers.doctor._declared import Declared, read_declared
from ts_customers.doctor._differences import object_findings
from ts_customers.doctor._drift import without
from ts_customers.stack import StackStatus
from ts_customers.stack._migrations import list_migrations

KEPT = REPOSITORY / "src" / "ts_customers" / "doctor" / FILE
MIGRATIONS = REPOSITORY / "supabase" / "migrations"

OWN = """
alter table public.customers add column region text check (region <> ''),
    add constraint customers_one_region check (region is not null) not valid;
grant update (region) on public.customers to authenticated;
create index customers_region on public.customers (organization_id, region);
alter policy customers_update_member on public.customers using (false);
drop index public.customers_created_at_idx;
"""
BY_HAND = "alter table public.customers add column a int"


@pytest.mark.parametrize("name", ["closed_stack", "stack"])
def test_the_file_is_what_the_migrations_make(request: pytest.FixtureRequest, name: str) -> None:
    status: StackStatus = request.getfixturevalue(name)
    assert status.db_url
    with psycopg.connect(status.db_url) as connection:
        made = to_json(read_catalogue(connection))
    assert made == KEPT.read_text("utf-8"), "run scripts/database_catalogue.py"


def test_what_a_migration_of_the_project_does_is_its_own(
    admin_db: Connection, tmp_path: Path
) -> None:
    migration = tmp_path / "29990101000000_region.sql"
    migration.write_text(OWN, "utf-8")
    admin_db.execute(OWN.encode())
    admin_db.execute(BY_HAND.encode())
    shipped, there = shipped_catalogue(), read_catalogue(admin_db)
    ours = [migration.path for migration in list_migrations(MIGRATIONS)]
    local, own = read_declared([*ours, migration]), read_declared([migration])

    with_it = [finding.what for finding in object_findings(there, shipped, local, own)]
    declared = read_declared(ours)
    alone = {finding.what for finding in object_findings(there, shipped, declared, Declared())}

    # What no migration does is found all the same.
    assert with_it == ["the column a on public.customers is in no migration"]
    assert alone >= {
        "the column region on public.customers is in no migration",
        "the constraint customers_region_check on public.customers is in no migration",
        "the constraint customers_one_region on public.customers is in no migration",
        "the index customers_region on public.customers is in no migration",
        "the index customers_created_at_idx on public.customers is missing",
        "the policy customers_update_member on public.customers is not as the migrations write it",
    }


def test_a_migration_is_ours_whatever_its_name_and_blanks(tmp_path: Path) -> None:
    shipped = list_migrations(MIGRATIONS)
    renamed = tmp_path / "29990101000000_foundation.sql"
    renamed.write_text(shipped[0].path.read_text("utf-8").replace("\n", "\n\n"), "utf-8")
    added = tmp_path / "29990101000001_added.sql"
    added.write_text("select 1;", "utf-8")
    assert without(list_migrations(tmp_path), shipped) == [added]


def test_a_database_without_our_tables_differs_in_nothing(admin_db: Connection) -> None:
    admin_db.execute("drop schema private cascade")
    admin_db.execute("drop schema public cascade; create schema public")
    there = read_catalogue(admin_db)
    # That they are missing is said of each by name, once.
    assert list(object_findings(there, shipped_catalogue(), Declared(), Declared())) == []
