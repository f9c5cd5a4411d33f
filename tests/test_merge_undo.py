"""Taking merges back: to the very state before where nothing changed since, and what then stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from merges import MERGE, UNDO, add, bill, counts, everything, merge, trade, undo
from organizations import Organization, insert_user
from tap import Tap, assert_same_error

MakeOrg = Callable[[str], Organization]

CUSTOMER = "select to_jsonb(c) from public.customers as c where id = %s"
CONTACTS = """
select email, role from public.customer_contacts where customer_id = %s order by email
"""
NUMBERS = "select number from public.orders where customer_id = %s"
ASK = "select id from public.request_tier_change(%s, %s)"
KEEP = """
insert into public.customer_filter_presets (organization_id, name, filters) values (%s, %s, %s)
"""
SET = "update public.customers set {} = %s where id = %s"


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


def test_undoing_a_merge_restores_everything(
    tap: Tap, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    target, source = pair
    child = add(tap, ours, "Child", parent_id=str(source))
    other = add(
        tap,
        ours,
        "Other",
        "other@c.example",
        tax_id="1",
        tags=["x"],
        notes="n",
        portal_subdomain="other-gmbh",
        settings={"locale": "de-DE"},
    )
    tap.execute("update public.customers set status = 'suspended' where id = %s", other)
    tap.execute(
        "update public.customer_contacts set user_id = %s where email = 'second@b.example'",
        insert_user(tap),
    )
    with tap.acting_as(ours.admin):
        tap.execute("select 1 from public.set_credit_hold(%s, 'Late')", source)
    with tap.acting_as(ours.member):
        tap.execute(ASK, source, ours.gold)
        tap.execute(ASK, other, ours.gold)
        tap.execute(KEEP, ours.id, "Mine", {"ids": [str(source)], "parent_id": str(other)})
    trade(tap, ours, source, 1, 2, invoiced=True)
    trade(tap, ours, target, 3)
    bill(tap, ours, other, 4)
    before = everything(tap, ours)

    answer = merge(tap, ours, target, source, other)
    assert everything(tap, ours) != before
    undone = undo(tap, ours, answer["merge_id"])

    assert everything(tap, ours) == before
    assert (undone["status"], undone["remaining"]) == ("undone", 0)
    assert told(tap, child)["parent_id"] == str(source)
    for customer in (target, source, other):
        kinds = "select type from public.customer_activities where customer_id = %s"
        found = [row[0] for row in tap.rows(kinds, customer)]
        assert (found.count("merged"), found.count("merge_undone")) == (1, 1)


def test_undoing_puts_a_target_back_below_its_source(tap: Tap, ours: Organization) -> None:
    source = add(tap, ours, "Source")
    child = add(tap, ours, "Child", parent_id=str(source))
    target = add(tap, ours, "Target", parent_id=str(child))
    before = everything(tap, ours)
    undo(tap, ours, merge(tap, ours, target, source)["merge_id"])
    assert everything(tap, ours) == before


def test_moved_rows_return_with_their_later_edits(
    tap: Tap, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    target, source = pair
    (number,) = trade(tap, ours, source, 10)
    answer = merge(tap, ours, target, source)
    with tap.acting_as(ours.member):
        tap.execute(
            "update public.customer_contacts set first_name = 'New', role = 'billing' "
            "where email = 'source@b.example'"
        )
    tap.execute("update public.orders set status = 'completed' where number = %s", number)

    undo(tap, ours, answer["merge_id"])

    assert tap.rows(CONTACTS, source) == [
        ("second@b.example", "contact"),
        ("source@b.example", "billing"),
    ]
    tap.results_eq(
        "select customer_id, status from public.orders where number = %s",
        [(source, "completed")],
        number,
    )


def test_values_return_where_nobody_has_changed_them_since(
    tap: Tap, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    target, source = pair
    tap.execute(SET.format("tax_id"), "S", source)
    tap.execute(SET.format("website"), "https://s.example", source)
    answer = merge(tap, ours, target, source)
    tap.execute(SET.format("website"), "https://new.example", target)
    tap.execute(SET.format("notes"), "new", target)
    undo(tap, ours, answer["merge_id"])
    found = told(tap, target)
    assert [found[name] for name in ("tax_id", "website", "notes")] == [
        None,
        "https://new.example",
        "new",
    ]


def test_what_was_born_on_the_target_stays_there(
    tap: Tap, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    target, source = pair
    trade(tap, ours, source, 10)
    answer = merge(tap, ours, target, source)
    (number,) = trade(tap, ours, target, 5)
    with tap.acting_as(ours.member):
        tap.execute(
            "insert into public.customer_contacts "
            "(organization_id, customer_id, first_name, last_name, email) "
            "values (%s, %s, 'N', 'N', 'new@a.example')",
            ours.id,
            target,
        )
    before = counts(tap, ours)
    undo(tap, ours, answer["merge_id"])
    assert tap.rows(NUMBERS, target) == [(number,)]
    assert ("new@a.example", "contact") in tap.rows(CONTACTS, target)
    assert counts(tap, ours) == before
    assert tap.value("select order_count from customer_stats where customer_id = %s", target) == 1


def test_what_was_removed_or_moved_on_meanwhile_stays_so(
    tap: Tap, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    target, source = pair
    gone, moved, back = trade(tap, ours, source, 1, 2, 3)
    answer = merge(tap, ours, target, source)
    tap.execute("delete from public.orders where number = %s", gone)
    tap.execute("update public.orders set customer_id = %s where number = %s", ours.customer, moved)
    undo(tap, ours, answer["merge_id"])
    assert tap.rows(NUMBERS, source) == [(back,)]
    assert tap.rows(NUMBERS, ours.customer) == [(moved,)]


def test_an_approved_request_for_later_is_approved_again(
    tap: Tap, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    target, source = pair
    with tap.acting_as(ours.member):
        request = tap.value(
            "select id from public.request_tier_change(%s, %s, null, now() + interval '1 year')",
            source,
            ours.gold,
        )
    with tap.acting_as(ours.manager):
        tap.execute("select public.approve_tier_change(%s)", request)
    before = everything(tap, ours)
    answer = merge(tap, ours, target, source)
    status = "select status from public.tier_change_requests where id = %s"
    assert tap.value(status, request) == "cancelled"
    undo(tap, ours, answer["merge_id"])
    assert everything(tap, ours) == before


def test_a_request_that_the_target_was_given_is_not_taken_from_it(
    tap: Tap, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    target, source = pair
    with tap.acting_as(ours.member):
        request = tap.value(ASK, source, ours.gold)
    answer = merge(tap, ours, target, source)
    with tap.acting_as(ours.manager):
        tap.execute("select public.approve_tier_change(%s)", request)
    undo(tap, ours, answer["merge_id"])
    owner = "select customer_id from public.tier_change_requests where id = %s"
    assert tap.value(owner, request) == target
    assert told(tap, source)["tier_id"] == str(ours.basic)


def test_a_subdomain_that_was_given_away_is_gone(tap: Tap, ours: Organization) -> None:
    target, third = add(tap, ours, "Target"), add(tap, ours, "Third")
    source = add(tap, ours, "Source", portal_subdomain="wanted-by-all")
    answer = merge(tap, ours, target, source)
    tap.execute(SET.format("portal_subdomain"), None, target)
    tap.execute(SET.format("portal_subdomain"), "wanted-by-all", third)
    undo(tap, ours, answer["merge_id"])
    assert told(tap, source)["portal_subdomain"] is None


def test_a_merge_is_undone_once(tap: Tap, ours: Organization, pair: tuple[UUID, UUID]) -> None:
    answer = merge(tap, ours, *pair)
    undo(tap, ours, answer["merge_id"])
    with tap.acting_as(ours.manager):
        tap.throws("PT409", "merge_undone", UNDO, answer["merge_id"])
    assert merge(tap, ours, *pair)["status"] == "merged"


def test_a_merge_that_was_followed_by_another_waits_for_that(
    tap: Tap, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    target, source = pair
    before = everything(tap, ours)
    first = merge(tap, ours, target, source)
    second = merge(tap, ours, ours.customer, target)
    with tap.acting_as(ours.manager):
        tap.throws("PT409", "merge_followed", UNDO, first["merge_id"])
    undo(tap, ours, second["merge_id"])
    undo(tap, ours, first["merge_id"])
    assert everything(tap, ours) == before


def test_after_an_erasure_there_is_no_way_back(
    tap: Tap, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    target, source = pair
    answer = merge(tap, ours, target, source)
    for erased in (target, source):
        with tap.undone():
            tap.execute(SET.format("erased_at"), "2020-01-01", erased)
            with tap.acting_as(ours.manager):
                tap.throws("PT409", "customer_erased", UNDO, answer["merge_id"])
    undo(tap, ours, answer["merge_id"])


def test_who_may_undo(
    tap: Tap, make_org: MakeOrg, ours: Organization, pair: tuple[UUID, UUID]
) -> None:
    theirs = make_org("Rival")
    answer = merge(tap, ours, *pair)
    with tap.acting_as(theirs.owner):
        absent = tap.throws("PT404", "merge_not_found", UNDO, uuid4())
        assert_same_error(absent, tap.error_of(UNDO, answer["merge_id"]))
    with tap.acting_as(ours.member):
        tap.throws("42501", "role_required", UNDO, answer["merge_id"])
    with tap.acting_as(ours.manager):
        assert tap.value(UNDO, answer["merge_id"])["status"] == "undone"


FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "tax_id": st.sampled_from([None, "T1", "T2"]),
    "website": st.sampled_from([None, "https://x.example"]),
    "tags": st.lists(st.sampled_from(["a", "b", "c"]), unique=True, max_size=2),
    "notes": st.sampled_from([None, "n", "m"]),
    "customer_type": st.sampled_from(["standard", "vip"]),
    "settings": st.sampled_from([{}, {"locale": "de-DE"}, {"custom": {"x": 1}}]),
}
WORLDS = st.lists(
    st.tuples(
        st.fixed_dictionaries(FIELDS),
        st.integers(0, 2),  # contacts
        st.lists(st.integers(1, 9), max_size=2),  # orders
        st.booleans(),  # invoiced
        st.one_of(st.none(), st.integers(0, 3)),  # which of those before is the parent
        st.booleans(),  # asks for another tier
    ),
    min_size=2,
    max_size=5,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(world=WORLDS, data=st.data())
def test_a_merge_and_its_undoing_leave_any_small_world_as_it_was(
    tap: Tap, ours: Organization, world: list[Any], data: st.DataObject
) -> None:
    with tap.undone():
        customers: list[UUID] = []
        for fields, people, orders, invoiced, above, asks in world:
            given_fields = {name: value for name, value in fields.items() if value is not None}
            if above is not None and above < len(customers):
                given_fields["parent_id"] = str(customers[above])
            emails = [f"{uuid4().hex}@x.example" for _ in range(people)]
            customer = add(tap, ours, f"C{len(customers)}", *emails, **given_fields)
            customers.append(customer)
            trade(tap, ours, customer, *orders, invoiced=invoiced)
            if asks:
                with tap.acting_as(ours.member):
                    tap.execute(ASK, customer, ours.gold)
        chosen = data.draw(st.permutations(customers))
        sources = chosen[1 : data.draw(st.integers(2, len(chosen)))]
        before, rows = everything(tap, ours), counts(tap, ours)

        with tap.acting_as(ours.manager):
            answer = tap.value(MERGE, chosen[0], sources)
        assert answer["status"] == "merged"
        assert counts(tap, ours) == rows
        primaries = (
            "select 1 from public.customer_contacts where organization_id = %s and is_primary "
            "group by customer_id having count(*) > 1"
        )
        tap.is_empty(primaries, ours.id)

        undo(tap, ours, answer["merge_id"])
        assert everything(tap, ours) == before
