"""Live updates: each change is told on its topic, by its event, in a payload without content."""

from __future__ import annotations

import json
from collections.abc import Callable
from uuid import UUID

import pytest

from erasing import WORD, erase, fill
from live import (
    EVENTS,
    Message,
    customer_topic,
    heard_of,
    listening,
    many,
    pricing_topic,
)
from merges import MERGE, add, trade
from organizations import Organization, insert_organization
from tap import Tap
from worlds import build_world

MakeOrg = Callable[[str], Organization]

SET = "update public.customers set {} where id = %s"
ADD_CONTACT = """
insert into public.customer_contacts (organization_id, customer_id, first_name, last_name, email)
values (%s, %s, 'Cy', 'Smith', 'cy@customer.example') returning id
"""
ASK = "select id from public.request_tier_change(%s, %s, null, now() + %s::interval)"
LOG = "select id from public.log_activity(%s, %s, 'Called')"
DISCOUNT = "update public.customer_tiers set discount_percentage = %s where id = %s"
TYPES = "select type from public.customer_activities where id = %s"


def changed(
    ours: Organization, customer: UUID, operation: str, version: int, *fields: str
) -> list[Message]:
    """All that is told of one customer's change, but for its activity."""
    payload = {"operation": operation, "id": str(customer), "version": version}
    return [
        Message(
            customer_topic(ours.id, customer),
            "customer_changed",
            {**payload, "changed": list(fields)},
        ),
        many(operation, ours.id, customer),
    ]


def about(
    ours: Organization, event: str, operation: str, subject: UUID, customer: UUID | None = None
) -> Message:
    """What is told of something of our customer."""
    topic = customer_topic(ours.id, customer or ours.customer)
    return Message(topic, event, {"operation": operation, "id": str(subject)})


def without_activities(heard: list[Message]) -> list[Message]:
    return [message for message in heard if message.event != "activity_added"]


def test_a_new_customer_is_told_of_to_its_list(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    with listening(tap) as heard:
        customer = add(tap, ours, "Initech")

    assert heard_of(heard, "customer_changed", "customers_changed") == changed(
        ours, customer, "INSERT", 1
    )


def test_a_change_names_the_fields_that_changed_and_the_version(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("acme")
    with listening(tap) as heard, tap.acting_as(ours.member):
        tap.affects(SET.format("notes = 'new', company_name = 'New'"), 1, ours.customer)

    assert without_activities(heard) == changed(
        ours, ours.customer, "UPDATE", 2, "company_name", "notes"
    )


def test_a_change_of_nothing_is_not_told(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    with listening(tap) as heard:
        tap.affects(SET.format("company_name = company_name"), 1, ours.customer)
        same = "update public.customer_contacts set notes = notes where customer_id = %s"
        tap.affects(same, 2, ours.customer)
        tap.affects(SET.format("notes = 'x'"), 0, ours.id)

    assert heard == []


def test_a_deleted_customer_is_told_of_and_what_it_had_is_not(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    with listening(tap) as heard, tap.acting_as_service():
        tap.affects("delete from public.customers where id = %s", 1, ours.customer)

    assert heard == changed(ours, ours.customer, "DELETE", 1)


def test_contacts_are_told_of_at_their_customer(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    with listening(tap) as heard, tap.acting_as(ours.member):
        contact = tap.value(ADD_CONTACT, ours.id, ours.customer)
        tap.affects("update public.customer_contacts set notes = 'x' where id = %s", 1, contact)
        tap.affects("delete from public.customer_contacts where id = %s", 1, contact)

    assert without_activities(heard) == [
        about(ours, "contact_changed", operation, contact)
        for operation in ("INSERT", "UPDATE", "DELETE")
    ]


def test_the_contact_that_is_primary_no_more_is_told_of_too(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    with listening(tap) as heard, tap.acting_as(ours.member):
        tap.execute("select public.set_primary_contact(%s)", ours.contacts[1])

    told = {message.payload["id"] for message in heard_of(heard, "contact_changed")}
    assert told == {str(contact) for contact in ours.contacts}


def test_a_contact_that_moves_is_told_of_at_both_customers(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    other = add(tap, ours, "Initech")
    contact = ours.contacts[1]
    with listening(tap) as heard, tap.acting_as(ours.member):
        tap.affects(
            "update public.customer_contacts set customer_id = %s where id = %s", 1, other, contact
        )

    told = heard_of(heard, "contact_changed")
    assert sorted(told, key=lambda message: message.topic) == sorted(
        (about(ours, "contact_changed", "UPDATE", contact, at) for at in (ours.customer, other)),
        key=lambda message: message.topic,
    )


def test_the_steps_of_a_tier_change_are_told(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    with listening(tap) as heard:
        with tap.acting_as(ours.member):
            request = tap.value(ASK, ours.customer, ours.gold, "1 day")
        with tap.acting_as(ours.manager):
            tap.execute("select public.approve_tier_change(%s)", request)
            tap.execute("select public.cancel_tier_change(%s)", request)

    assert heard_of(heard, "tier_change") == [
        about(ours, "tier_change", operation, request)
        for operation in ("INSERT", "UPDATE", "UPDATE")
    ]


@pytest.mark.parametrize("kind", ["note", "inspection"])
def test_an_activity_is_told_of_with_its_type(tap: Tap, make_org: MakeOrg, kind: str) -> None:
    ours = make_org("acme")
    with listening(tap) as heard, tap.acting_as(ours.member):
        activity = tap.value(LOG, ours.customer, kind)

    payload = {"operation": "INSERT", "id": str(activity), "type": kind}
    assert heard == [Message(customer_topic(ours.id, ours.customer), "activity_added", payload)]


def test_every_activity_that_a_change_leaves_is_told_of(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    with listening(tap) as heard:
        trade(tap, ours, ours.customer, 100, invoiced=True)

    told = [message.payload for message in heard_of(heard, "activity_added")]
    assert [payload["type"] for payload in told] == ["order_placed", "invoice_issued"]
    assert [tap.value(TYPES, payload["id"]) for payload in told] == [
        "order_placed",
        "invoice_issued",
    ]


def pricing(ours: Organization, tier: UUID | None, *customers: UUID) -> Message:
    payload = {"customer_ids": [str(id_) for id_ in customers], "tier_id": tier and str(tier)}
    return Message(pricing_topic(ours.id), "pricing_changed", payload)


def test_whatever_is_new_in_the_feed_of_prices_is_told(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    with listening(tap) as of_discount, tap.acting_as(ours.admin):
        tap.affects(DISCOUNT, 1, 15, ours.gold)
    with listening(tap) as of_approval:
        with tap.acting_as(ours.member):
            request = tap.value(ASK, ours.customer, ours.gold, "0")
        with tap.acting_as(ours.manager):
            tap.execute("select public.approve_tier_change(%s)", request)
    with listening(tap) as of_status, tap.acting_as(ours.manager):
        tap.execute("select public.suspend_customer(%s, 'late')", ours.customer)

    assert heard_of(of_discount, "pricing_changed") == [pricing(ours, ours.gold)]
    assert heard_of(of_approval, "pricing_changed") == [pricing(ours, ours.gold, ours.customer)]
    assert heard_of(of_status, "pricing_changed") == [pricing(ours, ours.gold, ours.customer)]


def test_a_change_that_leaves_prices_alone_is_not_told_to_who_keeps_them(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("acme")
    with listening(tap) as heard:
        tap.affects(SET.format("notes = 'x'"), 1, ours.customer)
        tap.affects("update public.customer_tiers set name = 'Silver' where id = %s", 1, ours.gold)

    assert heard_of(heard, "customer_changed") != []
    assert heard_of(heard, "pricing_changed") == []


def test_prices_of_several_tiers_name_none_of_them(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    with listening(tap) as heard:
        tap.execute(
            """
            insert into public.customers (organization_id, company_name, tier_id)
            select %s, t.id::text, t.id from unnest(%s::uuid[]) as t (id)
            """,
            ours.id,
            [ours.gold, ours.basic],
        )

    (told,) = heard_of(heard, "pricing_changed")
    assert told.payload["tier_id"] is None
    assert len(told.payload["customer_ids"]) == 2


def test_a_merge_is_told_to_all_who_took_part(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    source = add(tap, ours, "Initech", "milton@initech.example")
    with listening(tap) as heard, tap.acting_as(ours.manager):
        tap.execute(MERGE, ours.customer, [source])

    redirect = [
        message.payload["changed"]
        for message in heard_of(heard, "customer_changed")
        if message.topic == customer_topic(ours.id, source)
    ]
    assert redirect == [["deactivated_at", "merged_into", "status"]]
    for customer in (ours.customer, source):
        topic = customer_topic(ours.id, customer)
        told = [(message.event, message.payload.get("type")) for message in heard]
        assert ("activity_added", "merged") in told
        assert [m for m in heard_of(heard, "contact_changed") if m.topic == topic] != []


def test_messages_are_undone_with_the_change(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    with listening(tap) as heard, tap.undone():
        tap.affects(SET.format("notes = 'x'"), 1, ours.customer)
        with listening(tap) as inside:
            tap.affects(SET.format("notes = 'y'"), 1, ours.customer)

    assert heard_of(inside, "customer_changed") != []
    assert heard == []


def everything(tap: Tap) -> list[Message]:
    """What is told while a word is put wherever something about a customer can be written."""
    world = build_world(tap)
    with listening(tap) as heard:
        fill(world)
        tap.affects(DISCOUNT, 1, 33, world.ours.gold)
        erase(world)
    return heard


def test_no_message_holds_any_content(tap: Tap) -> None:
    heard = everything(tap)

    assert {message.event for message in heard} == {
        *EVENTS,
        "customers_changed",
        "pricing_changed",
    }
    assert [message for message in heard if WORD in json.dumps(message.payload)] == []
    # Nothing but what stands in docs/live-updates.md, whatever it may be called.
    assert {(message.event, *sorted(message.payload)) for message in heard} == {
        ("customer_changed", "changed", "id", "operation", "version"),
        ("contact_changed", "id", "operation"),
        ("tier_change", "id", "operation"),
        ("activity_added", "id", "operation", "type"),
        ("customers_changed", "count", "customer_ids", "operation"),
        ("pricing_changed", "customer_ids", "tier_id"),
    }


TELLTALE = """
create or replace function private.tg_customer_activities__broadcast()
returns trigger language plpgsql security definer set search_path = '' as $$
begin
    perform private.broadcast(array(
        select ('t', 'activity_added', jsonb_build_object('title', n.title))::private.live_message
        from new_rows as n
    ));
    return null;
end; $$
"""


def test_a_message_with_content_is_noticed(tap: Tap) -> None:
    tap.execute(TELLTALE)
    assert [message for message in everything(tap) if WORD in json.dumps(message.payload)] != []


def test_another_organization_hears_nothing(tap: Tap) -> None:
    ours, theirs = insert_organization(tap, "Ours"), insert_organization(tap, "Theirs")
    with listening(tap) as heard:
        tap.affects(SET.format("notes = 'x'"), 1, ours.customer)
        tap.execute(ADD_CONTACT, ours.id, ours.customer)
        tap.affects(DISCOUNT, 1, 33, ours.gold)

    assert heard != []
    assert [message for message in heard if str(ours.id) not in message.topic] == []
    assert [message for message in heard if str(theirs.customer) in repr(message)] == []
