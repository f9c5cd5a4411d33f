"""Merging customers: what moves, what stays, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from merges import MERGE, PREVIEW, add, bill, counts, everything, merge, trade
from organizations import Organization, insert_user
from tap import Tap, assert_same_error

MakeOrg = Callable[[str], Organization]

CUSTOMER = "select to_jsonb(c) from public.customers as c where id = %s"
CONTACTS = """
select email, role from public.customer_contacts where customer_id = %s order by email
"""
NUMBERS = "select number from public.{} where customer_id = %s"
STATS = "select to_jsonb(s) from public.customer_stats as s where customer_id = %s"
ACTIVITIES = """
select type, title, metadata from public.customer_activities
where customer_id = %s order by created_at
"""
COUNT = "select count(*) from public.customer_activities where organization_id = %s"
ASK = "select id from public.request_tier_change(%s, %s)"


@pytest.fixture
def ours(make_org: MakeOrg) -> Organization:
    """An organization with one customer."""
    return make_org("Acme")


@pytest.fixture
def pair(tap: Tap, ours: Organization) -> tuple[UUID, UUID]:
    """A target and a source, each with a primary contact."""
    return (
        add(tap, ours, "Target", "target@a.example"),
        add(tap, ours, "Source", "source@b.example", "second@b.example"),
    )


def told(tap: Tap, customer: UUID) -> dict[str, Any]:
    """The customer."""
    row: dict[str, Any] = tap.value(CUSTOMER, customer)
    return row


def test_contacts_orders_invoices_and_logins_move_and_nothing_is_lost(
    tap: Tap, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    target, source = pair
    login = insert_user(tap)
    tap.execute(
        "update public.customer_contacts set user_id = %s, portal_access = true "
        "where email = 'second@b.example'",
        login,
    )
    orders = trade(tap, ours, source, 10, 20, invoiced=True) + trade(tap, ours, target, 5)
    bills = bill(tap, ours, source, 7), bill(tap, ours, target, 3)
    before = counts(tap, ours)

    answer = merge(tap, ours, target, source)

    assert counts(tap, ours) == before
    assert answer["moved"] == {
        "contacts": 2,
        "orders": 2,
        "invoices": 3,
        "requests": 0,
        "presets": 0,
        "children": 0,
    }
    assert tap.rows(CONTACTS, target) == [
        ("second@b.example", "contact"),
        ("source@b.example", "contact"),
        ("target@a.example", "primary"),
    ]
    assert {row[0] for row in tap.rows(NUMBERS.format("orders"), target)} == set(orders)
    assert {*orders[:2], *bills} == {row[0] for row in tap.rows(NUMBERS.format("invoices"), target)}
    linked = "select customer_id, portal_access from public.customer_contacts where user_id = %s"
    tap.results_eq(linked, [(target, True)], login)
    for table in ("orders", "invoices", "customer_contacts", "tier_change_requests"):
        tap.is_empty(f"select 1 from public.{table} where customer_id = %s", source)


def test_statistics_of_both_are_right(
    tap: Tap, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    target, source = pair
    trade(tap, ours, source, 10, 20)
    trade(tap, ours, target, 5)
    bill(tap, ours, source, 7)
    merge(tap, ours, target, source)
    stats = tap.value(STATS, target)
    assert [stats[name] for name in ("order_count", "revenue", "open_invoice_total")] == [3, 35, 7]
    stats = tap.value(STATS, source)
    assert [stats[name] for name in ("order_count", "revenue", "open_invoice_total")] == [0, 0, 0]
    recount = everything(tap, ours)["public.customer_stats"]
    tap.execute(
        "select private.refresh_stats(array_agg(organization_id), array_agg(id)) "
        "from public.customers where organization_id = %s",
        ours.id,
    )
    assert everything(tap, ours)["public.customer_stats"] == recount


def test_the_source_stays_as_a_redirect(
    tap: Tap, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    target, source = pair
    tap.execute("update public.customers set external_id = 'old' where id = %s", source)
    before = told(tap, source)
    merge(tap, ours, target, source)
    after = told(tap, source)
    assert (after["merged_into"], after["status"]) == (str(target), "inactive")
    kept = ("company_name", "external_id", "customer_number", "tax_id", "tier_id")
    assert [after[name] for name in kept] == [before[name] for name in kept]
    with tap.acting_as(ours.viewer):
        found = {row[0] for row in tap.rows("select id from public.search_customers()")}
    assert (target in found, source in found) == (True, False)


def test_a_merge_is_one_activity_on_each_and_floods_no_timeline(
    tap: Tap, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    target, source = pair
    trade(tap, ours, source, *range(1, 20), invoiced=True)
    before = tap.value(COUNT, ours.id)
    answer = merge(tap, ours, target, source)
    assert tap.value(COUNT, ours.id) == before + 2
    kind, title, metadata = tap.rows(ACTIVITIES, target)[-1]
    assert (kind, title, metadata["moved"]) == ("merged", "Merged with Source", answer["moved"])
    kind, title, _ = tap.rows(ACTIVITIES, source)[-1]
    assert (kind, title) == ("merged", "Merged into Target")
    with tap.acting_as(ours.viewer):
        read = tap.rows("select customer_id from public.customer_timeline(%s)", target)
    assert {row[0] for row in read} == {target, source}
    # What happens afterwards is recorded and counted again.
    trade(tap, ours, target, 1)
    assert tap.value(COUNT, ours.id) == before + 3
    assert tap.value(STATS, target)["order_count"] == 20


def test_a_target_without_a_primary_contact_gets_that_of_the_first_source(
    tap: Tap, ours: Organization
) -> None:
    target = add(tap, ours, "Target")
    sources = [add(tap, ours, name, f"{name}@x.example") for name in ("b", "a")]
    merge(tap, ours, target, *sources)
    assert tap.rows(CONTACTS, target) == [("a@x.example", "contact"), ("b@x.example", "primary")]


def test_what_the_target_lacks_is_filled_by_the_sources_in_their_order(
    tap: Tap, ours: Organization
) -> None:
    address = {"line1": "1 High St", "city": "London", "postal_code": "SW1A 1AA", "country": "GB"}
    target = add(
        tap, ours, "Target", website="https://t.example", tags=["a"], notes="T", settings={}
    )
    one = add(
        tap,
        ours,
        "One",
        tax_id="1",
        website="https://one.example",
        tags=["b", "a"],
        notes="One",
        settings={"locale": "de-DE", "custom": {"x": 1}},
    )
    two = add(
        tap,
        ours,
        "Two",
        tax_id="2",
        display_name="Second",
        tags=["c"],
        internal_notes="Two",
        billing_address=address,
        settings={"locale": "fr-FR", "custom": {"x": 2, "y": 3}},
        portal_subdomain="two-gmbh",
    )
    answer = merge(tap, ours, target, one, two)

    found = told(tap, target)

    wanted = {
        "company_name": "Target",
        "website": "https://t.example",
        "tax_id": "1",
        "display_name": "Second",
        "tags": ["a", "b", "c"],
        "notes": "T\n\nOne",
        "internal_notes": "Two",
        "billing_address": address,
        "settings": {"locale": "de-DE", "custom": {"x": 1, "y": 3}},
        "portal_subdomain": "two-gmbh",
    }
    assert {name: found[name] for name in wanted} == wanted
    assert told(tap, two)["portal_subdomain"] is None
    changes = tap.rows(ACTIVITIES, target)[-1][2]["changes"]
    assert changes["tax_id"] == {"from": None, "to": "1"}
    assert answer["status"] == "merged"


def test_a_target_keeps_its_tier_limit_and_subdomain(tap: Tap, ours: Organization) -> None:
    target = add(tap, ours, "Target", credit_limit=100, portal_subdomain="kept-here")
    source = add(
        tap,
        ours,
        "Source",
        credit_limit=900,
        tier_id=str(ours.gold),
        portal_subdomain="stays-there",
    )
    merge(tap, ours, target, source)
    found = told(tap, target)
    assert [found[name] for name in ("credit_limit", "tier_id", "portal_subdomain")] == [
        100,
        str(ours.basic),
        "kept-here",
    ]
    assert told(tap, source)["portal_subdomain"] == "stays-there"


def test_a_credit_hold_is_not_lost(tap: Tap, ours: Organization) -> None:
    target, one, two = (add(tap, ours, name) for name in ("Target", "One", "Two"))
    hold = "select 1 from public.set_credit_hold(%s, %s, %s)"
    with tap.acting_as(ours.admin):
        tap.execute(hold, one, "Late", "2100-01-01")
        tap.execute(hold, two, "Unpaid", None)
    merge(tap, ours, target, one)
    assert told(tap, target)["credit_hold_reason"] == "Late"
    assert told(tap, target)["credit_hold_until"].startswith("2100-01-01")
    merge(tap, ours, target, two)
    assert told(tap, target)["credit_hold_reason"] == "Late\nUnpaid"
    assert told(tap, target)["credit_hold_until"] is None
    assert told(tap, one)["credit_hold_reason"] is None


def test_children_get_the_target_as_their_group(tap: Tap, ours: Organization) -> None:
    target, source = add(tap, ours, "Target"), add(tap, ours, "Source")
    child = add(tap, ours, "Child", parent_id=str(source))
    answer = merge(tap, ours, target, source)
    assert told(tap, child)["parent_id"] == str(target)
    assert answer["moved"]["children"] == 1
    assert tap.rows(ACTIVITIES, child)[-1][0] == "customer_updated"


def test_a_target_below_its_source_takes_its_place(tap: Tap, ours: Organization) -> None:
    top = add(tap, ours, "Top")
    source = add(tap, ours, "Source", parent_id=str(top))
    child = add(tap, ours, "Child", parent_id=str(source))
    target = add(tap, ours, "Target", parent_id=str(child))
    merge(tap, ours, target, source)
    assert told(tap, target)["parent_id"] == str(top)
    assert told(tap, child)["parent_id"] == str(target)
    assert told(tap, source)["parent_id"] is None


def test_a_target_takes_no_parent_that_belongs_to_it(tap: Tap, ours: Organization) -> None:
    target = add(tap, ours, "Target")
    child = add(tap, ours, "Child", parent_id=str(target))
    source = add(tap, ours, "Source", parent_id=str(child))
    merge(tap, ours, target, source)
    assert told(tap, target)["parent_id"] is None


def test_a_target_takes_no_parent_that_belongs_to_another_source(
    tap: Tap, ours: Organization
) -> None:
    target, above = add(tap, ours, "Target"), add(tap, ours, "Above")
    child = add(tap, ours, "Child", parent_id=str(above))
    below = add(tap, ours, "Below", parent_id=str(child))
    merge(tap, ours, target, above, below)
    assert told(tap, target)["parent_id"] is None
    assert told(tap, child)["parent_id"] == str(target)


def test_one_open_request_for_a_tier_is_left(
    tap: Tap, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    target, source = pair
    with tap.acting_as(ours.member):
        kept, withdrawn = tap.value(ASK, target, ours.gold), tap.value(ASK, source, ours.gold)
    merge(tap, ours, target, source)
    rows = "select id, status from public.tier_change_requests where customer_id = %s"
    assert dict(tap.rows(rows, target)) == {kept: "pending", withdrawn: "cancelled"}


def test_a_pending_request_moves_to_a_target_that_has_none(
    tap: Tap, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    target, source = pair
    with tap.acting_as(ours.member):
        request = tap.value(ASK, source, ours.gold)
    merge(tap, ours, target, source)
    with tap.acting_as(ours.manager):
        tap.execute("select public.approve_tier_change(%s)", request)
    assert told(tap, target)["tier_id"] == str(ours.gold)


def test_presets_that_name_the_source_name_the_target(
    tap: Tap, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    target, source = pair
    keep = (
        "insert into public.customer_filter_presets (organization_id, name, filters) "
        "values (%s, 'Mine', %s)"
    )
    with tap.acting_as(ours.member):
        tap.execute(keep, ours.id, {"ids": [str(source).upper()], "parent_id": str(source)})
    merge(tap, ours, target, source)
    filters = tap.value(
        "select filters from public.customer_filter_presets where organization_id = %s", ours.id
    )
    assert filters == {"ids": [str(target)], "parent_id": str(target)}


@pytest.mark.parametrize(
    ("fields", "slug"),
    [
        ({"currency": "EUR"}, "currency_differs"),
        ({"merged_into": "self"}, "customer_merged"),
        ({"erased_at": "2020-01-01"}, "customer_erased"),
    ],
)
def test_a_source_that_cannot_be_merged_is_refused(
    tap: Tap, ours: Organization, pair: tuple[UUID, UUID], fields: dict[str, str], slug: str
) -> None:
    target, source = pair
    ((column, value),) = fields.items()
    tap.execute(
        f"update public.customers set {column} = %s where id = %s",
        ours.customer if value == "self" else value,
        source,
    )
    with tap.acting_as(ours.manager):
        assert tap.value(PREVIEW, target, [source])["refusal"]["slug"] == slug
        tap.throws("PT409", slug, MERGE, target, [source])
        tap.throws("PT409", slug, MERGE, source, [target])
        assert tap.value(MERGE, target, [ours.customer])["status"] == "merged"


def test_an_inactive_target_is_refused(
    tap: Tap, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    target, source = pair
    tap.execute("update public.customers set status = 'inactive' where id = %s", target)
    with tap.acting_as(ours.manager):
        tap.throws("PT409", "target_inactive", MERGE, target, [source])
        assert tap.value(MERGE, source, [target])["status"] == "merged"


def test_wrong_sources_are_refused(tap: Tap, ours: Organization, pair: tuple[UUID, UUID]) -> None:
    target, source = pair
    for wrong in (
        None,
        [],
        [source, source],
        [target],
        [source, None],
        [uuid4() for _ in range(101)],
    ):
        with tap.acting_as(ours.manager):
            tap.throws(
                "PT422",
                "source_ids_invalid",
                "select merge_customers(%s, %s::uuid[])",
                target,
                wrong,
            )


def test_who_is_no_manager_may_not_merge(
    tap: Tap, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    with tap.acting_as(ours.member):
        for sql in (MERGE, PREVIEW):
            tap.throws("42501", "role_required", sql, pair[0], [pair[1]])


def test_a_foreign_customer_cannot_be_told_from_none(
    tap: Tap, make_org: MakeOrg, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    theirs = make_org("Rival")
    with tap.acting_as(ours.manager):
        for sql in (MERGE, PREVIEW):
            absent = tap.throws("PT404", "customer_not_found", sql, pair[0], [uuid4()])
            assert_same_error(absent, tap.error_of(sql, pair[0], [theirs.customer]))
            assert_same_error(absent, tap.error_of(sql, theirs.customer, [pair[0]]))
            assert tap.error_of(sql, *(pair[0], [pair[1]])) is None


def test_a_preview_tells_what_a_merge_then_does_and_changes_nothing(
    tap: Tap, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    target, source = pair
    trade(tap, ours, source, 10, 20)
    bill(tap, ours, source, 7)
    tap.execute(
        "update public.customers set tax_id = 'S', tags = '{x}', external_id = 'e' where id = %s",
        source,
    )
    tap.execute("update public.customers set tags = '{t}', notes = 'n' where id = %s", target)
    before = everything(tap, ours)
    with tap.acting_as(ours.manager):
        preview = tap.value(PREVIEW, target, [source])
    assert everything(tap, ours) == before

    answer = merge(tap, ours, target, source)

    (seen,) = preview["sources"]
    moved = {name: seen[name] for name in answer["moved"]}
    assert moved == answer["moved"]
    assert (seen["open_order_total"], seen["open_invoice_total"]) == (30, 7)
    fields = tap.rows(ACTIVITIES, target)[-1][2]["changes"]
    assert preview["fields"] == fields
    assert set(fields) == {"tax_id", "tags"}
    decisions = {each["field"]: each["decision"] for each in preview["conflicts"]}
    assert decisions["tags"] == "united"
    assert decisions["external_id"] == decisions["customer_number"] == "redirect"
    assert preview["credit"]["used_by_sources"] == 37
    assert preview["credit"]["used_after"] == 37
    assert preview["refusal"] is None


def test_members_read_no_merges_and_managers_their_own(
    tap: Tap, make_org: MakeOrg, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    theirs = make_org("Rival")
    merge(tap, ours, *pair)
    for login, count in ((ours.member, 0), (theirs.owner, 0), (ours.manager, 1)):
        with tap.acting_as(login):
            assert len(tap.rows("select id from public.customer_merges")) == count
