"""The archive: months older than a year leave the busy table whole, and stay readable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC
from typing import Any

import psycopg
import pytest

from organizations import Organization
from races import committed_organization, open_tap, overlapping
from tap import Tap
from ts_customers.stack import StackStatus

MakeOrg = Callable[[str], Organization]

ADD = """
insert into public.customer_activities (organization_id, customer_id, type, title, created_at)
values (%s, %s, 'note', %s, %s)
"""
ARCHIVE = "select private.archive_activities(%s)"
DRAIN = "select private.drain_activities()"
MONTHS = """
select i.inhrelid::regclass::text from pg_inherits as i
where i.inhparent = %s::regclass and i.inhrelid::regclass::text ~ '_[0-9]{4}_[0-9]{2}$' order by 1
"""
LIVE = "public.customer_activities"
ARCHIVED = "public.customer_activities_archive"
PLACES = """
select title, tableoid::regclass::text from {} where customer_id = %s and title ~ '^Old' order by 1
"""
# The heap, its indexes, and its constraints with what they are.
STORAGE = """
select c.oid::regclass::text, c.oid, pg_relation_filenode(c.oid) from pg_class as c
where c.oid = %(table)s::regclass or c.oid in (
    select i.indexrelid from pg_index as i where i.indrelid = %(table)s::regclass
)
union all
select k.conname, k.oid, null from pg_constraint as k where k.conrelid = %(table)s::regclass
order by 1
"""
TRIGGERS = """
select t.tgname from pg_trigger as t
where t.tgrelid = %s::regclass and not t.tgisinternal order by 1
"""
PARTITION = """
select private.make_activity_partition(
    'customer_activities_' || to_char(%(month)s::timestamp, 'YYYY_MM'),
    %(month)s::timestamp at time zone 'UTC',
    (%(month)s::timestamp + interval '1 month') at time zone 'UTC')
"""


def make_months(tap: Tap, *months: str) -> None:
    """Partitions of months, such as 2027-02."""
    for month in months:
        tap.connection.execute(PARTITION.encode(), {"month": f"{month}-01"})


def names(*months: str) -> list[tuple[str]]:
    """The rows in which the catalogue names the partitions of months."""
    return [(f"private.customer_activities_{month.replace('-', '_')}",) for month in months]


def storage(tap: Tap, table: str) -> list[Any]:
    """What a table consists of on disk and in the catalogue."""
    return tap.connection.execute(STORAGE.encode(), {"table": table}).fetchall()


@pytest.fixture
def old(tap: Tap, make_org: MakeOrg) -> Organization:
    """An organization whose customer has an activity of January 2020, in a partition."""
    made = make_org("Acme")
    make_months(tap, "2020-01")
    tap.execute(ADD, made.id, made.customer, "Old", "2020-01-15 12:00+00")
    return made


def test_a_month_older_than_a_year_moves_with_all_that_it_is_made_of(
    tap: Tap, old: Organization
) -> None:
    partition = "private.customer_activities_2020_01"
    before, triggers = storage(tap, partition), tap.rows(TRIGGERS, partition)
    tap.results_eq(PLACES.format(LIVE), [("Old", partition)], old.customer)

    assert tap.value(ARCHIVE, "2026-11-22") == 1

    tap.is_empty(PLACES.format(LIVE), old.customer)
    tap.results_eq(PLACES.format(ARCHIVED), [("Old", partition)], old.customer)
    # Neither the heap nor an index was written anew.
    assert [row for row in storage(tap, partition) if row[2]] == [row for row in before if row[2]]
    assert len([row for row in before if row[2]]) == 3
    # Nothing is left of a constraint's old self beside its new one.
    assert [row[0].replace("_archive", "") for row in storage(tap, partition)] == [
        row[0] for row in before
    ]
    assert tap.rows(TRIGGERS, partition) == triggers
    assert triggers == [("_100_refuse_change",), ("_100_refuse_truncate",)]
    assert tap.value(ARCHIVE, "2026-11-22") == 0


def test_attaching_reads_no_row(tap: Tap, old: Organization) -> None:
    notices: list[str | None] = []
    tap.connection.add_notice_handler(lambda said: notices.append(said.message_primary))
    tap.execute("set local client_min_messages = 'debug1'")
    tap.execute(ARCHIVE, "2026-11-22")
    implied = "partition constraint for table {} is implied by existing constraints"
    assert implied.format('"customer_activities_2020_01"') in notices
    assert not [said for said in notices if said and "verifying table" in said]
    tap.execute("set local client_min_messages = 'warning'")


def test_without_its_check_a_partition_would_be_read(tap: Tap, old: Organization) -> None:
    tap.execute(
        """
        alter table private.customer_activities_2020_01
        drop constraint customer_activities_2020_01_created_at_check
        """
    )
    with pytest.raises(AssertionError):
        test_attaching_reads_no_row(tap, old)


@pytest.mark.parametrize(
    "sql",
    [
        "update {} set title = 'Other'",
        "delete from {}",
        "truncate {}",
    ],
)
@pytest.mark.parametrize("table", [ARCHIVED, "private.customer_activities_2020_01"])
def test_what_is_archived_is_append_only_in_whatever_way_it_is_addressed(
    tap: Tap, old: Organization, sql: str, table: str
) -> None:
    tap.execute(ARCHIVE, "2026-11-22")
    tap.throws("42501", "append_only", sql.format(table))
    with tap.acting_as_service():
        tap.throws("42501", None, sql.format(table))


def test_what_is_archived_belongs_to_its_organization_and_goes_with_its_customer(
    tap: Tap, old: Organization, make_org: MakeOrg
) -> None:
    theirs = make_org("Rival")
    tap.execute(ARCHIVE, "2026-11-22")
    count = f"select count(*) from {ARCHIVED} where title = 'Old'"
    for login, seen in ((old.viewer, 1), (theirs.owner, 0)):
        with tap.acting_as(login):
            assert tap.value(count) == seen
            tap.throws("42501", None, "select title from private.customer_activities_2020_01")
    with tap.acting_as_service():
        tap.execute("delete from public.customers where id = %s", old.customer)
        assert tap.value(count) == 0


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        # A month goes when its last instant is a year old, in UTC.
        ("2028-02-29 23:59:59+00", ["2026-12", "2027-01"]),
        ("2028-03-01 00:00:00+00", ["2026-12", "2027-01", "2027-02"]),
        ("2028-03-01 11:00:00+13", ["2026-12", "2027-01"]),
        # Years begin with a month like any other.
        ("2027-12-31 23:59:59+00", []),
        ("2028-01-01 00:00:00+00", ["2026-12"]),
        # A leap day is in its month a year later too.
        ("2029-02-28 23:59:59+00", ["2026-12", "2027-01", "2027-02"]),
        ("2029-03-01 00:00:00+00", ["2026-12", "2027-01", "2027-02", "2028-02"]),
    ],
)
def test_a_month_is_archived_when_all_of_it_is_older_than_a_year(
    tap: Tap, make_org: MakeOrg, at: str, expected: list[str]
) -> None:
    ours = make_org("Acme")
    tap.execute("select private.make_activity_partitions(3, 0)")
    there = {name for (name,) in tap.rows(MONTHS, LIVE)}
    wanted = ["2026-12", "2027-01", "2027-02", "2028-02"]
    make_months(tap, *[month for month in wanted if names(month)[0][0] not in there])
    for instant in ("2026-12-31 23:59:59.999999+00", "2027-01-01+00", "2028-02-29 12:00+00"):
        tap.execute(ADD, ours.id, ours.customer, "Old", instant)
    tap.execute("set local time zone 'America/Los_Angeles'")
    tap.execute(ARCHIVE, at)
    moved = {name for (name,) in tap.rows(MONTHS, ARCHIVED)}
    assert moved & {name for month in wanted for (name,) in names(month)} == {
        name for month in expected for (name,) in names(month)
    }


def test_rows_that_never_had_a_partition_reach_the_archive_too(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    for title, instant in (("Old 1", "2001-12-31 23:59+00"), ("Old 2", "2002-01-01+00")):
        tap.execute(ADD, ours.id, ours.customer, title, instant)
    assert tap.value(DRAIN) is True
    tap.is_empty(PLACES.format(LIVE), ours.customer)
    places = [("Old 1", *names("2001-12")[0]), ("Old 2", *names("2002-01")[0])]
    tap.results_eq(PLACES.format(ARCHIVED), places, ours.customer)

    # What comes later for a month that is archived already follows it.
    tap.execute(ADD, ours.id, ours.customer, "Old 3", "2002-01-02+00")
    assert tap.value(DRAIN) is True
    places.append(("Old 3", *names("2002-01")[0]))
    tap.results_eq(PLACES.format(ARCHIVED), places, ours.customer)
    tap.throws("42501", "append_only", "truncate private.customer_activities_2002_01")


def test_rows_younger_than_a_year_get_the_partition_that_they_lack(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    lately = tap.value("select now() - interval '70 days'")
    tap.execute(ADD, ours.id, ours.customer, "Old", lately)
    tap.execute(ADD, ours.id, ours.customer, "Old far ahead", "2199-01-01+00")
    assert tap.value(DRAIN) is True
    month = lately.astimezone(UTC).strftime("%Y_%m")
    tap.results_eq(
        PLACES.format(LIVE),
        [
            ("Old", f"private.customer_activities_{month}"),
            ("Old far ahead", "private.customer_activities_default"),
        ],
        ours.customer,
    )


def test_draining_ends_when_its_time_is_up_and_goes_on_later(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    tap.execute(ADD, ours.id, ours.customer, "Old", "2001-12-31+00")
    assert tap.value("select private.drain_activities('-infinity')") is False
    assert tap.value(DRAIN) is True
    assert tap.value("select private.drain_activities('-infinity')") is True


@pytest.fixture
def aged(stack: StackStatus) -> Iterator[Organization]:
    """A committed organization with an archive-worthy month, for tests with several sessions."""
    with committed_organization(stack, "Acme") as made:
        with open_tap(stack) as tap:
            make_months(tap, "2020-01")
            tap.execute(ADD, made.id, made.customer, "Old", "2020-01-15 12:00+00")
        try:
            yield made
        finally:
            with open_tap(stack) as tap:
                tap.execute("drop table private.customer_activities_2020_01")


def archived(stack: StackStatus) -> int:
    """Try to archive, committing what was moved. Returns: how many months."""
    with open_tap(stack) as tap:
        tap.execute("set statement_timeout = '20s'")  # only who waits for ever is stopped
        moved: int = tap.value("select private.archive_activities('2026-11-22', 2)")
        return moved


@pytest.mark.parametrize(
    "busy",
    [
        "select count(*) from public.customer_activities",
        "select count(*) from private.customer_activities_2020_01",
        "select count(*) from public.customers",
        "update public.customers set notes = 'Busy' where company_name = 'Acme Customer'",
    ],
)
def test_archiving_gives_up_at_once_where_somebody_is_in_the_way_and_succeeds_later(
    stack: StackStatus, aged: Organization, busy: str
) -> None:
    assert stack.db_url
    with psycopg.connect(stack.db_url) as other:
        other.execute(busy.encode())
        assert archived(stack) == 0
        with open_tap(stack) as tap:
            tap.results_eq(PLACES.format(LIVE), [("Old", *names("2020-01")[0])], aged.customer)
        # Whoever was in the way has lost nothing, and nobody waits for the attempt.
        other.execute(busy.encode())
        other.rollback()
    assert archived(stack) == 1


def used(tap: Tap, ours: Organization) -> None:
    """Read the timeline with the archive, and write."""
    read = """
    select count(*) from public.customer_timeline(%s, include_archived => true, page_size => 200)
    where title = 'Old'
    """
    with tap.acting_as(ours.member):
        assert tap.value(read, ours.customer) == 1
        write = "select title from public.log_activity(%s, 'note', 'Meanwhile')"
        assert tap.value(write, ours.customer) == "Meanwhile"


def test_others_wait_for_the_move_and_see_every_row_once(
    stack: StackStatus, aged: Organization
) -> None:
    assert stack.db_url
    with psycopg.connect(stack.db_url) as warm:
        for _ in range(7):  # until the plan of the page is kept
            used(Tap(warm), aged)
            warm.commit()
        failed = overlapping(
            stack,
            lambda tap: tap.execute(ARCHIVE, "2026-11-22"),
            lambda tap: used(tap, aged),
        )
        assert failed is None
        used(Tap(warm), aged)
    with open_tap(stack) as tap:
        tap.results_eq(PLACES.format(ARCHIVED), [("Old", *names("2020-01")[0])], aged.customer)
