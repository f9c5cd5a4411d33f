"""Live updates of many at once: one message, however many rows, and nothing that is told twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from live import (
    EVENTS,
    Message,
    customer_topic,
    customers_topic,
    heard_of,
    listening,
    pricing_topic,
)
from merges import trade
from organizations import Organization
from staging import imported, person, staged
from tap import Tap

MakeOrg = Callable[[str], Organization]

ADD = """
insert into public.customers (organization_id, company_name)
select %s, 'Company ' || n from generate_series(1, %s) as n
returning id
"""
ADD_CONTACTS = """
insert into public.customer_contacts (organization_id, customer_id, first_name, last_name, email)
select %s, c.id, 'A', 'B', gen_random_uuid() || '@c.example'
from unnest(%s::uuid[]) as c (id)
"""
ADD_ACTIVITIES = """
insert into public.customer_activities (organization_id, customer_id, type, title)
select %s, c.id, 'visit', 'Seen' from unnest(%s::uuid[]) as c (id)
"""
NOTE = "update public.customers set notes = %s where id = any(%s)"
BULK = "select public.bulk_update_customers(%s, %s)"
FEW, MANY = 100, 101


def filled(tap: Tap, ours: Organization, count: int) -> list[UUID]:
    return [row[0] for row in tap.rows(ADD, ours.id, count)]


def told_of_many(operation: str, ours: Organization, ids: list[UUID], told: Message) -> None:
    """Assert that one message tells of all of these customers, of which it names a hundred."""
    assert (told.topic, told.event) == (customers_topic(ours.id), "customers_changed")
    named = told.payload["customer_ids"]
    assert told.payload == {"operation": operation, "customer_ids": named, "count": len(ids)}
    assert len(set(named)) == len(named) == min(len(ids), 100)
    assert set(named) <= {str(customer) for customer in ids}


def test_a_hundred_customers_are_told_of_one_by_one_and_together(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("acme")
    with listening(tap) as of_insert:
        ids = filled(tap, ours, FEW)
    with listening(tap) as of_update:
        tap.affects(NOTE, FEW, "x", ids)
    with listening(tap) as of_delete:
        tap.affects("delete from public.customers where id = any(%s)", FEW, ids)

    for operation, heard in (("INSERT", of_insert), ("UPDATE", of_update), ("DELETE", of_delete)):
        (told,) = heard_of(heard, "customers_changed")
        told_of_many(operation, ours, ids, told)
        each = [message.payload for message in heard_of(heard, "customer_changed")]
        assert {payload["id"] for payload in each} == {str(customer) for customer in ids}
        assert len(each) == FEW
        assert {payload["operation"] for payload in each} == {operation}


def test_more_than_a_hundred_customers_are_told_of_in_one_message(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("acme")
    with listening(tap) as of_insert:
        ids = filled(tap, ours, MANY)
    with listening(tap) as of_update:
        tap.affects(NOTE, MANY, "x", ids)
    with listening(tap) as of_delete:
        tap.affects("delete from public.customers where id = any(%s)", MANY, ids)

    for operation, heard in (("INSERT", of_insert), ("UPDATE", of_update), ("DELETE", of_delete)):
        assert heard_of(heard, *EVENTS) == []
        (told,) = heard_of(heard, "customers_changed")
        told_of_many(operation, ours, ids, told)


def test_of_many_rows_only_what_changed_counts(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    ids = filled(tap, ours, MANY)
    tap.affects(NOTE, 40, "x", ids[:40])
    with listening(tap) as heard:
        tap.affects(NOTE, MANY, "x", ids)

    (told,) = heard_of(heard, "customers_changed")
    told_of_many("UPDATE", ours, ids[40:], told)
    for event in ("customer_changed", "activity_added"):
        topics = {message.topic for message in heard_of(heard, event)}
        assert topics == {customer_topic(ours.id, customer) for customer in ids[40:]}


def test_each_organization_of_a_statement_is_told_of_its_own(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("acme"), make_org("rival")
    own, others = filled(tap, ours, MANY), filled(tap, theirs, 3)
    with listening(tap) as heard:
        tap.affects(NOTE, MANY + 3, "x", own + others)

    told = {message.topic: message for message in heard}
    assert len(heard) == len(told) == 2
    told_of_many("UPDATE", ours, own, told[customers_topic(ours.id)])
    told_of_many("UPDATE", theirs, others, told[customers_topic(theirs.id)])


def test_contacts_of_many_customers_are_told_of_in_one_message(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    ids = filled(tap, ours, MANY)
    with listening(tap) as of_insert:
        tap.affects(ADD_CONTACTS, MANY, ours.id, ids)
    with listening(tap) as of_update:
        tap.affects(
            "update public.customer_contacts set notes = 'x' where customer_id = any(%s)", MANY, ids
        )
    with listening(tap) as of_delete:
        tap.affects("delete from public.customer_contacts where customer_id = any(%s)", MANY, ids)

    for heard in (of_insert, of_update, of_delete):
        (told,) = heard
        told_of_many("UPDATE", ours, ids, told)


def test_many_contacts_of_one_customer_are_one_message_too(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    with listening(tap) as heard:
        tap.affects(ADD_CONTACTS, MANY, ours.id, [ours.customer] * MANY)

    (told,) = heard
    told_of_many("UPDATE", ours, [ours.customer], told)


def test_orders_of_many_customers_are_told_of_in_one_message(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    ids = filled(tap, ours, MANY)
    rows = [
        {"organization_id": str(ours.id), "customer_id": str(id_), "number": f"A-{n}", "total": 1}
        for n, id_ in enumerate(ids)
    ]
    with listening(tap) as heard, tap.acting_as_service():
        tap.execute("select public.upsert_orders(%s)", tap.json(rows))

    (told,) = heard
    told_of_many("UPDATE", ours, ids, told)


def test_activities_that_many_customers_get_by_themselves_are_one_message(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("acme")
    ids = filled(tap, ours, MANY)
    with listening(tap) as heard:
        tap.affects(ADD_ACTIVITIES, MANY, ours.id, ids)

    (told,) = heard
    told_of_many("UPDATE", ours, ids, told)


def test_requests_of_many_customers_are_told_of_in_one_message(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    ids = filled(tap, ours, MANY)
    with listening(tap) as heard, tap.acting_as(ours.manager):
        tap.execute(BULK, ids, {"tier_id": str(ours.gold)})

    (told,) = heard
    told_of_many("UPDATE", ours, ids, told)


def test_a_bulk_change_is_told_of_once(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    ids = filled(tap, ours, MANY)
    with listening(tap) as heard, tap.acting_as(ours.manager):
        tap.execute(BULK, ids, {"customer_type": "vip"})

    (told,) = heard
    told_of_many("UPDATE", ours, ids, told)


def test_prices_of_many_customers_are_told_of_in_one_message(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    with listening(tap) as heard:
        ids = filled(tap, ours, MANY)

    (told,) = heard_of(heard, "pricing_changed")
    named = told.payload["customer_ids"]
    assert told.topic == pricing_topic(ours.id)
    assert told.payload == {"customer_ids": named, "tier_id": str(ours.basic)}
    assert len(set(named)) == 100
    assert set(named) <= {str(customer) for customer in ids}


@pytest.mark.parametrize("count", [3, MANY])
def test_an_import_tells_of_each_customer_or_of_all_together(
    tap: Tap, make_org: MakeOrg, count: int
) -> None:
    ours = make_org("acme")
    rows: list[Any] = [
        staged(person(f"p{n}@c.example"), company_name=f"Imported {n}") for n in range(count)
    ]
    with listening(tap) as heard:
        imported(tap, ours, *rows)

    new = [
        message
        for message in heard_of(heard, "customers_changed")
        if message.payload["operation"] == "INSERT"
    ]
    assert [message.payload["count"] for message in new] == [count]
    told = {message.event for message in heard_of(heard, *EVENTS)}
    everything = {"customer_changed", "contact_changed", "activity_added"}
    assert told == (everything if count == 3 else set())
    assert len(heard) < 6 or count == 3


def test_an_organization_goes_in_few_messages(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    ids = filled(tap, ours, MANY)
    tap.affects(ADD_CONTACTS, MANY, ours.id, ids)
    trade(tap, ours, ours.customer, 1, 2)
    with listening(tap) as heard:
        tap.affects("delete from public.organizations where id = %s", 1, ours.id)

    assert len(heard) < 5
