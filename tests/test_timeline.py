"""The timeline of a customer: pages, what narrows it, and what is added to it by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from organizations import ROLES, Organization
from tap import Tap, assert_same_error

MakeOrg = Callable[[str], Organization]

TYPES_PAGE = Path(__file__).parents[1] / "docs" / "activities.md"
START = datetime(2026, 3, 1, tzinfo=UTC)
ADD = """
insert into public.customer_activities
(organization_id, customer_id, type, title, description, created_at)
values (%s, %s, %s, %s, %s, %s) returning id
"""
TITLES = "select title from public.customer_timeline(%s, {})"
PAGE = "select id, cursor from public.customer_timeline(%s, cursor => %s, page_size => %s)"
LOG = "select type from public.log_activity(%s, %s, %s)"
LOG_WITH = "select {0} from public.log_activity(%s, 'note', 'Called', {0} => %s)"


def add(tap: Tap, ours: Organization, title: str, at: datetime, **values: Any) -> UUID:
    """An activity of the past."""
    given = {"type": "note", "description": None} | values
    row = (ours.id, ours.customer, given["type"], title, given["description"], at)
    added: UUID = tap.value(ADD, *row)
    return added


@pytest.fixture
def ours(tap: Tap, make_org: MakeOrg) -> Organization:
    """An organization whose customer has four activities before its own."""
    made = make_org("Acme")
    add(tap, made, "Called", START, type="call", description="About the Zürich order")
    add(tap, made, "Wrote", START + timedelta(days=1), type="email")
    add(tap, made, "100% agreed", START + timedelta(days=2), type="meeting")
    add(tap, made, "Noted", START + timedelta(days=3))
    return made


def titles(tap: Tap, ours: Organization, narrow: str, *params: Any) -> list[str]:
    """The titles that a viewer sees, of those from before the organization was made."""
    with tap.acting_as(ours.viewer):
        rows = tap.rows(TITLES.format(narrow), ours.customer, *params)
    return [title for (title,) in rows if title in {"Called", "Wrote", "100% agreed", "Noted"}]


def test_the_newest_comes_first(tap: Tap, ours: Organization) -> None:
    assert titles(tap, ours, "page_size => 200") == ["Noted", "100% agreed", "Wrote", "Called"]
    with tap.acting_as(ours.viewer):
        newest = "select title, cursor is not null from public.customer_timeline(%s) limit 1"
        expected = tap.rows(
            """
            select title, true from public.customer_activities
            where customer_id = %s order by created_at desc, id desc limit 1
            """,
            ours.customer,
        )
        tap.results_eq(newest, expected, ours.customer)


@pytest.mark.parametrize(
    ("narrow", "param", "expected"),
    [
        ("types => %s", ["call", "email"], ["Wrote", "Called"]),
        ("types => %s", ["unheard_of"], []),
        ("types => %s", [], ["Noted", "100% agreed", "Wrote", "Called"]),
        ("until => %s", START + timedelta(days=1), ["Called"]),
        ("since => %s", START + timedelta(days=2), ["Noted", "100% agreed"]),
        ("query => %s", "zurich ORDER", ["Called"]),
        ("query => %s", "called order", ["Called"]),
        ("query => %s", "100%", ["100% agreed"]),
        ("query => %s", "%", ["100% agreed"]),
        ("query => %s", "_", []),
        ("query => %s", " ", ["Noted", "100% agreed", "Wrote", "Called"]),
    ],
)
def test_types_times_and_words_narrow_the_timeline(
    tap: Tap, ours: Organization, narrow: str, param: Any, expected: list[str]
) -> None:
    assert titles(tap, ours, narrow, param) == expected


def test_everything_narrows_together(tap: Tap, ours: Organization) -> None:
    narrow = "types => '{call,email,note}', since => %s, until => %s, query => 'o'"
    until = START + timedelta(days=3)
    assert titles(tap, ours, narrow, START + timedelta(hours=1), until) == ["Wrote"]


def test_a_walk_neither_skips_nor_repeats_while_others_are_added(
    tap: Tap, make_org: MakeOrg
) -> None:
    made = make_org("Acme")
    for number in range(20):  # two at a time
        add(tap, made, "Old", START + timedelta(days=number // 2))
    with tap.acting_as(made.member):
        there = [id_ for id_, _ in tap.rows(PAGE, made.customer, None, 200)]
        seen: list[UUID] = []
        cursor = None
        while page := tap.rows(PAGE, made.customer, cursor, 3):
            seen += [id_ for id_, _ in page]
            cursor = page[-1][1]
            tap.execute(LOG, made.customer, "note", "Meanwhile")
    assert seen == there
    assert len(there) > 20


def test_the_archive_is_read_when_it_is_asked_for(tap: Tap, ours: Organization) -> None:
    tap.execute(
        """
        create table private.customer_activities_archive_test
        partition of public.customer_activities_archive default
        """
    )
    archived = ADD.replace("customer_activities", "customer_activities_archive", 1)
    noted = START - timedelta(days=400)
    tap.execute(archived, ours.id, ours.customer, "note", "Noted", None, noted)
    narrow = "include_archived => {}, page_size => 200, until => '2026-03-01T00:00:01Z'"
    assert titles(tap, ours, narrow.format("true")) == ["Called", "Noted"]
    assert titles(tap, ours, narrow.format("false")) == ["Called"]
    with tap.acting_as(ours.viewer):
        paged = """
        select title, cursor from public.customer_timeline(
            %s, include_archived => true, page_size => 1, cursor => %s, until => '2026-03-02')
        """
        ((first, cursor),) = tap.rows(paged, ours.customer, None)
        ((second, _),) = tap.rows(paged, ours.customer, cursor)
    assert (first, second) == ("Called", "Noted")


def test_pages_and_cursors_are_checked(tap: Tap, ours: Organization) -> None:
    with tap.acting_as(ours.viewer):
        for size in (0, 201):
            tap.throws("PT422", "page_size_invalid", PAGE, ours.customer, None, size)
        assert len(tap.rows(PAGE, ours.customer, None, None)) > 4
        search = "select cursor from public.search_customers(sort => 'created_at')"
        for cursor in ("nonsense", "", tap.value(search)):
            tap.throws("PT422", "cursor_invalid", PAGE, ours.customer, cursor, 5)
        assert len(tap.rows(PAGE, ours.customer, None, 1)) == 1


def test_a_foreign_customer_cannot_be_told_from_none(
    tap: Tap, make_org: MakeOrg, ours: Organization
) -> None:
    theirs = make_org("Rival")
    timeline = TITLES.format("page_size => 5")
    with tap.acting_as(theirs.owner):
        absent = tap.throws("PT404", "customer_not_found", timeline, uuid4())
        assert_same_error(absent, tap.error_of(timeline, ours.customer))
        absent = tap.throws("PT404", "customer_not_found", LOG, uuid4(), "note", "Called")
        assert_same_error(absent, tap.error_of(LOG, ours.customer, "note", "Called"))
        assert tap.rows(timeline, theirs.customer) != []


@pytest.mark.parametrize("role", ROLES)
def test_members_add_activities_and_viewers_only_read(
    tap: Tap, make_org: MakeOrg, role: str
) -> None:
    made = make_org("Acme")
    with tap.acting_as(made.login(role)):
        assert tap.rows(TITLES.format("page_size => 5"), made.customer) != []
        if role == "viewer":
            tap.throws("42501", "role_required", LOG, made.customer, "note", "Called")
            return
        tap.results_eq(LOG, [("note",)], made.customer, "note", "  Called ")
        newest = "select title, created_by from public.customer_timeline(%s) limit 1"
        tap.results_eq(newest, [("Called", made.login(role))], made.customer)


def test_an_activity_takes_what_belongs_to_it(tap: Tap, make_org: MakeOrg) -> None:
    made = make_org("Acme")
    order = uuid4()
    with tap.acting_as(made.member):
        for column, value, stored in (
            ("description", "At length", "At length"),
            ("description", "", None),
            ("metadata", {"minutes": 5}, {"minutes": 5}),
            ("metadata", None, {}),
            ("related_type", "ticket", "ticket"),
            ("related_id", order, order),
            ("occurred_at", START, START),
        ):
            tap.results_eq(LOG_WITH.format(column), [(stored,)], made.customer, value)
        now = "select occurred_at = now() from public.log_activity(%s, 'note', 'Now')"
        tap.results_eq(now, [(True,)], made.customer)


def test_what_happened_long_ago_is_noted_now(tap: Tap, make_org: MakeOrg) -> None:
    made = make_org("Acme")
    with tap.acting_as(made.member):
        tap.execute(LOG_WITH.format("occurred_at"), made.customer, START)
        newest = "select title, occurred_at from public.customer_timeline(%s) limit 1"
        tap.results_eq(newest, [("Called", START)], made.customer)
        since = "select title from public.customer_timeline(%s, until => %s)"
        tap.is_empty(since, made.customer, START + timedelta(days=1))


def test_a_host_may_add_types_of_its_own_but_none_of_the_systems(
    tap: Tap, make_org: MakeOrg
) -> None:
    made = make_org("Acme")
    with tap.acting_as(made.member):
        for type_ in ("note", "call", "email", "meeting", "payment", "site_visit", "x2"):
            tap.results_eq(LOG, [(type_,)], made.customer, type_, "Title")
        for wrong in ("", "Note", "1note", "site visit", "_x", "café", "note\n", None):
            tap.throws("PT422", "type_invalid", LOG, made.customer, wrong, "Title")
        for type_ in ("customer_created", "tier_changed", "merged", "order_placed", "erased"):
            tap.throws("PT422", "type_reserved", LOG, made.customer, type_, "Title")
        tap.results_eq(LOG, [("x" * 100,)], made.customer, "x" * 100, "Title")
        tap.throws("PT422", "type_invalid", LOG, made.customer, "x" * 101, "Title")
        tap.results_eq(LOG, [("note",)], made.customer, "note", "x" * 1000)
        for title in ("", "  ", "\n", "x" * 1001, None):
            tap.throws("PT422", "title_required", LOG, made.customer, "note", title)
        metadata = LOG_WITH.format("metadata")
        tap.throws("PT422", "not_an_object", metadata, made.customer, tap.json(["a"]))


def test_what_happened_has_an_instant(tap: Tap, make_org: MakeOrg) -> None:
    made = make_org("Acme")
    with tap.acting_as(made.member):
        at = LOG_WITH.format("occurred_at")
        for wrong in ("infinity", "-infinity"):
            tap.throws("PT422", "occurred_at_invalid", at, made.customer, wrong)
        tap.results_eq(at, [(START,)], made.customer, START)


def test_texts_of_an_activity_have_an_end(tap: Tap, make_org: MakeOrg) -> None:
    made = make_org("Acme")
    with tap.acting_as(made.member):
        for column, bound in (("description", 20_000), ("related_type", 100)):
            log = LOG_WITH.format(column)
            tap.results_eq(log, [("x" * bound,)], made.customer, "x" * bound)
            tap.throws("PT422", f"{column}_too_long", log, made.customer, "x" * (bound + 1))


def test_a_query_of_the_timeline_has_an_end(tap: Tap, make_org: MakeOrg) -> None:
    made = make_org("Acme")
    query = "select id from public.customer_timeline(%s, query => %s)"
    with tap.acting_as(made.viewer):
        for wrong in ("word " * 60_000, "x" * 501):
            tap.throws("PT422", "query_too_long", query, made.customer, wrong)
        tap.is_empty(query, made.customer, "x" * 500)


def test_every_type_of_the_system_is_documented_and_no_other(tap: Tap) -> None:
    rows = [line for line in TYPES_PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]
    documented = [type_ for row in rows for type_ in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert sorted(documented) == sorted(tap.value("select private.system_activity_types()"))


def test_every_type_that_the_system_writes_is_reserved(tap: Tap, make_org: MakeOrg) -> None:
    made = make_org("Acme")
    contract = """
    customer_created customer_updated status_changed settings_changed tier_change_requested
    tier_change_approved tier_change_rejected tier_change_cancelled tier_changed
    tier_discount_changed contact_added contact_updated contact_removed contact_role_changed
    order_placed order_status_changed order_updated order_removed invoice_issued invoice_paid
    invoice_updated invoice_removed credit_hold_set credit_hold_released portal_invited
    portal_accepted portal_revoked imported merged merge_undone erased
    """
    with tap.acting_as_service():
        for type_ in contract.split():
            tap.throws("PT422", "type_reserved", LOG, made.customer, type_, "Title")
