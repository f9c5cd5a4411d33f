"""How much happened when: days, weeks and months as they are where the reader lives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest

from organizations import Organization
from tap import Tap, assert_same_error

MakeOrg = Callable[[str], Organization]

ADD = """
insert into public.customer_activities
(organization_id, customer_id, type, title, occurred_at, created_at)
values (%s, %s, %s, 'Happened', %s, coalesce(%s, now()))
"""
SUMMARY = "select public.customer_timeline_summary({})"
COUNTED = "%s, bucket => %s, time_zone => %s, types => '{note,call}'"
SET_ZONE = """
update public.organizations set settings = jsonb_build_object('time_zone', %s::text) where id = %s
"""


def add(
    tap: Tap, ours: Organization, *instants: str, type_: str = "note", at: str | None = None
) -> None:
    """Activities that happened at these instants, and were written at another."""
    for instant in instants:
        tap.execute(ADD, ours.id, ours.customer, type_, instant, at)


def counts(tap: Tap, ours: Organization, bucket: str, zone: str | None) -> dict[str, int]:
    """How many notes and calls happened in each bucket."""
    with tap.acting_as(ours.viewer):
        summary = tap.value(SUMMARY.format(COUNTED), ours.customer, bucket, zone)
    assert [entry["bucket"] for entry in summary] == sorted(entry["bucket"] for entry in summary)
    return {entry["bucket"]: entry["count"] for entry in summary}


def starts(tap: Tap, ours: Organization, zone: str) -> list[datetime]:
    """The instants at which days begin."""
    with tap.acting_as(ours.viewer):
        summary = tap.value(SUMMARY.format(COUNTED), ours.customer, "day", zone)
    return [datetime.fromisoformat(entry["starts_at"]) for entry in summary]


def test_a_summary_is_one_array_with_a_count_of_each_type(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    add(tap, ours, "2026-05-04T10:00Z", "2026-05-04T11:00Z", "2026-05-06T11:00Z")
    add(tap, ours, "2026-05-04T12:00Z", type_="call")
    narrow = "%s, types => '{note,call}'"
    with tap.acting_as(ours.viewer):
        assert tap.value(SUMMARY.format(narrow), ours.customer) == [
            {
                "bucket": "2026-05-04",
                "starts_at": "2026-05-04T00:00:00+00:00",
                "count": 3,
                "types": {"note": 2, "call": 1},
            },
            {
                "bucket": "2026-05-06",
                "starts_at": "2026-05-06T00:00:00+00:00",
                "count": 1,
                "types": {"note": 1},
            },
        ]
        nothing = "%s, types => '{unheard_of}'"
        assert tap.value(SUMMARY.format(nothing), ours.customer) == []


@pytest.mark.parametrize(
    ("bucket", "zone", "instants", "expected"),
    [
        # A day of 23 hours, and one of 25: the hour that comes twice belongs to its day twice.
        (
            "day",
            "Europe/Berlin",
            ["2026-03-28T22:59Z", "2026-03-28T23:00Z", "2026-03-29T21:59Z", "2026-03-29T22:00Z"],
            {"2026-03-28": 1, "2026-03-29": 2, "2026-03-30": 1},
        ),
        (
            "day",
            "Europe/Berlin",
            [
                "2026-10-24T21:59Z",
                "2026-10-24T22:00Z",
                "2026-10-25T00:30Z",
                "2026-10-25T01:30Z",
                "2026-10-25T22:59Z",
                "2026-10-25T23:00Z",
            ],
            {"2026-10-24": 1, "2026-10-25": 4, "2026-10-26": 1},
        ),
        # Zones on the other side of the day, and on half hours.
        ("day", "Pacific/Kiritimati", ["2026-05-04T10:00Z"], {"2026-05-05": 1}),
        (
            "day",
            "Asia/Kolkata",
            ["2026-05-04T18:29Z", "2026-05-04T18:30Z"],
            {"2026-05-04": 1, "2026-05-05": 1},
        ),
        # A day without a midnight of its own.
        (
            "day",
            "America/Sao_Paulo",
            ["2018-11-04T03:00Z", "2018-11-04T02:59Z"],
            {"2018-11-03": 1, "2018-11-04": 1},
        ),
        # Weeks begin on Monday, whatever the year does.
        (
            "week",
            "UTC",
            ["2026-12-28T00:00Z", "2027-01-03T23:59Z", "2027-01-04T00:00Z"],
            {"2026-12-28": 2, "2027-01-04": 1},
        ),
        (
            "week",
            "America/New_York",
            ["2027-01-04T04:59Z", "2027-01-04T05:00Z"],
            {"2026-12-28": 1, "2027-01-04": 1},
        ),
        # Months of every length.
        (
            "month",
            "UTC",
            ["2028-02-29T23:59Z", "2028-03-01T00:00Z"],
            {"2028-02-01": 1, "2028-03-01": 1},
        ),
        (
            "month",
            "Asia/Tokyo",
            ["2026-12-31T15:00Z", "2026-12-31T14:59Z"],
            {"2026-12-01": 1, "2027-01-01": 1},
        ),
    ],
)
def test_an_activity_counts_on_the_day_it_happened_where_the_reader_is(
    tap: Tap,
    make_org: MakeOrg,
    bucket: str,
    zone: str,
    instants: list[str],
    expected: dict[str, int],
) -> None:
    ours = make_org("Acme")
    add(tap, ours, *instants)
    tap.execute("set local time zone 'Australia/Lord_Howe'")  # the session's is nobody's
    assert counts(tap, ours, bucket, zone) == expected


def test_days_begin_where_clocks_say_so(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    add(tap, ours, *[f"2026-03-{day}T12:00Z" for day in (28, 29, 30)])
    add(tap, ours, *[f"2026-10-{day}T12:00Z" for day in (24, 25, 26)])
    begun = starts(tap, ours, "Europe/Berlin")
    lengths = [later - earlier for earlier, later in pairwise(begun)]
    hours = [length / timedelta(hours=1) for length in lengths]
    assert (hours[:2], hours[3:]) == ([24, 23], [24, 25])


def test_the_zone_is_the_callers_else_the_organizations_else_utc(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    add(tap, ours, "2026-05-04T23:30Z")
    assert counts(tap, ours, "day", None) == {"2026-05-04": 1}
    tap.execute(SET_ZONE, "Europe/Berlin", ours.id)
    assert counts(tap, ours, "day", None) == {"2026-05-05": 1}
    assert counts(tap, ours, "day", "UTC") == {"2026-05-04": 1}


def test_what_cannot_be_counted_by_is_refused(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    counted = SUMMARY.format(COUNTED)
    with tap.acting_as(ours.viewer):
        for bucket in ("year", "", "DAY", None, "day; drop table"):
            tap.throws("PT422", "bucket_invalid", counted, ours.customer, bucket, "UTC")
        for zone in ("", "Mars/Olympus", "X5", "UTC+3", "'"):
            tap.throws("PT422", "time_zone_invalid", counted, ours.customer, "day", zone)
        assert tap.value(counted, ours.customer, "day", "UTC") == []


def test_times_limit_when_it_was_written_and_group_by_when_it_happened(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    add(tap, ours, "2020-01-01T00:00Z", at="2026-05-04T00:00Z")
    add(tap, ours, "2020-01-02T00:00Z", at="2026-05-05T00:00Z")
    narrow = "%s, types => '{note}', since => '2026-05-04T00:00Z', until => '2026-05-05T00:00Z'"
    with tap.acting_as(ours.viewer):
        ((entry),) = tap.value(SUMMARY.format(narrow), ours.customer)
        assert (entry["bucket"], entry["count"]) == ("2020-01-01", 1)
        over = narrow.replace("since => '2026-05-04", "since => '2027-05-04")
        assert tap.value(SUMMARY.format(over), ours.customer) == []


def test_an_instant_at_the_end_of_all_calendars_spoils_nothing(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    add(tap, ours, "294276-12-31T23:59Z", "4714-11-24T00:00Z BC", "2026-05-04T00:00Z")
    for bucket in ("day", "week", "month"):
        assert len(counts(tap, ours, bucket, "Pacific/Auckland")) == 3


def test_a_summary_counts_exactly_what_the_timeline_shows(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    source = tap.value(
        "insert into public.customers (organization_id, company_name) values (%s, 'Source')"
        " returning id",
        ours.id,
    )
    add(tap, ours, "2001-05-05T00:00Z", "2001-06-05T00:00Z", at="2001-05-05T00:00Z")
    assert tap.value("select private.drain_activities()") is True
    with tap.acting_as(ours.admin):
        tap.execute(
            "update public.customer_tiers set discount_percentage = 5 where id = %s", ours.basic
        )
    tap.execute("update public.customers set merged_into = %s where id = %s", ours.customer, source)

    with tap.acting_as(ours.viewer):
        shown = tap.rows(
            "select type, occurred_at from public.customer_timeline("
            "%s, include_archived => true, page_size => 200)",
            ours.customer,
        )
        for bucket in ("day", "week", "month"):
            summary: list[dict[str, Any]] = tap.value(
                SUMMARY.format("%s, bucket => %s, time_zone => 'UTC'"), ours.customer, bucket
            )
            assert sum(entry["count"] for entry in summary) == len(shown) > 5
            types: Counter[str] = Counter()
            for entry in summary:
                types.update(entry["types"])
                assert sum(entry["types"].values()) == entry["count"]
            assert types == Counter(type_ for type_, _ in shown)
            assert {"tier_discount_changed", "customer_created", "note"} <= types.keys()
            assert types["customer_created"] == 2


def test_a_summary_of_a_foreign_customer_cannot_be_told_from_one_of_none(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    summary = SUMMARY.format("%s, bucket => %s")
    with tap.acting_as(theirs.owner):
        for bucket in ("day", "year"):
            absent = tap.throws("PT404", "customer_not_found", summary, uuid4(), bucket)
            assert_same_error(absent, tap.error_of(summary, ours.customer, bucket))
        assert tap.value(summary, theirs.customer, "day") != []
