"""How activities are kept: append-only for everyone, and partitioned so that none is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from organizations import Organization, insert_organization
from tap import Connection, Tap

MakeOrg = Callable[[str], Organization]

ADD = """
insert into public.customer_activities (organization_id, customer_id, type, title, created_at)
values (%s, %s, 'note', 'Old', %s) returning tableoid::regclass::text
"""
COUNT = "select count(*) from public.customer_activities where customer_id = %s"
PARTITIONS = """
select i.inhrelid::regclass::text from pg_inherits as i
where i.inhparent = 'public.customer_activities'::regclass order by 1
"""
BOUNDS = """
select pg_get_expr(c.relpartbound, c.oid) from pg_class as c
inner join pg_inherits as i on i.inhrelid = c.oid
where i.inhparent = 'public.customer_activities'::regclass order by 1
"""
CHANGES = [
    "update public.customer_activities set title = 'Other'",
    "delete from public.customer_activities",
    "truncate public.customer_activities",
    "update private.customer_activities_default set title = 'Other'",
    "delete from private.customer_activities_default",
]


def month(at: datetime) -> str:
    """The partition of a month."""
    return f"private.customer_activities_{at:%Y_%m}"


@pytest.mark.parametrize("sql", CHANGES)
def test_not_even_their_owner_changes_activities(tap: Tap, make_org: MakeOrg, sql: str) -> None:
    ours = make_org("Acme")
    tap.execute(ADD, ours.id, ours.customer, "1999-12-31")
    tap.throws("42501", "append_only", sql)
    with tap.acting_as_service():
        tap.throws("42501", None, sql)


def test_not_even_a_superuser_changes_activities(admin_db: Connection) -> None:
    tap = Tap(admin_db)
    ours = insert_organization(tap, "Acme")
    for sql in CHANGES[:3]:
        tap.throws("42501", "append_only", sql)
    assert tap.value(COUNT, ours.customer) >= 3


def test_the_archive_is_append_only_too(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    tap.execute(
        """
        create table private.customer_activities_archive_test
        partition of public.customer_activities_archive default
        """
    )
    archived = ADD.replace("customer_activities", "customer_activities_archive", 1)
    tap.execute(archived, ours.id, ours.customer, "1999-12-31")
    table = "public.customer_activities_archive"
    for sql in (f"update {table} set title = 'Other'", f"delete from {table}", f"truncate {table}"):
        tap.throws("42501", "append_only", sql)
        with tap.acting_as_service():
            tap.throws("42501", None, sql)
    with tap.acting_as(ours.viewer):
        tap.results_eq(f"select title from {table}", [("Old",)])


def test_activities_go_with_their_customer(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    tap.execute(ADD, ours.id, ours.customer, "1999-12-31")
    with tap.acting_as_service():
        tap.affects("delete from public.customers where id = %s", 1, ours.customer)
    assert tap.value(COUNT, ours.customer) == 0


def test_an_activity_of_any_time_finds_a_partition(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    now = datetime.now(UTC)
    assert tap.value(ADD, ours.id, ours.customer, now) == month(now)
    for at in ("1970-01-01", "2199-01-01"):
        default = "private.customer_activities_default"
        assert tap.value(ADD, ours.id, ours.customer, at) == default


def test_partitions_are_made_three_months_ahead_and_only_once(tap: Tap) -> None:
    make = "select private.make_activity_partitions(%s)"
    there = {name for (name,) in tap.rows(PARTITIONS)}
    assert len(there) == 5
    assert {"private.customer_activities_default", month(datetime.now(UTC))} <= there

    assert tap.value(make, 3) == 0
    assert tap.value(make, 6) == 3
    assert tap.value(make, 6) == 0
    assert len(tap.rows(PARTITIONS)) == 8


def test_months_are_those_of_utc_wherever_the_session_is(tap: Tap) -> None:
    tap.execute("set local time zone 'Pacific/Auckland'")
    tap.execute("select private.make_activity_partitions(24)")
    tap.execute("set local time zone 'UTC'")
    bounds = [bound for (bound,) in tap.rows(BOUNDS) if bound != "DEFAULT"]
    assert len(bounds) == 25
    assert all(bound.count("-01 00:00:00+00'") == 2 for bound in bounds)


def test_rows_that_wait_in_the_default_partition_do_not_keep_a_month_from_being_made(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    later = tap.value(
        "select date_trunc('month', now() at time zone 'UTC') + interval '5 months 10 days'"
    )
    assert tap.value(ADD, ours.id, ours.customer, later).endswith("_default")
    assert tap.value("select private.make_activity_partitions(6)") == 3
    placed = """
    select tableoid::regclass::text from public.customer_activities
    where customer_id = %s and title = 'Old'
    """
    tap.results_eq(placed, [(month(later),)], ours.customer)


def test_a_partition_is_out_of_reach_of_api_roles(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    partitions = [name for (name,) in tap.rows(PARTITIONS)]
    for acting in (tap.acting_as(ours.owner), tap.acting_as_service(), tap.acting_as(None)):
        with acting:
            for partition in partitions:
                tap.throws("42501", None, f"select title from {partition}")
    with tap.acting_as(ours.owner):
        assert tap.value(COUNT, ours.customer) > 0
