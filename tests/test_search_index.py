"""What search reads follows every change, also of two that are made at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from organizations import Organization
from races import committed_organization, open_tap, overlapping
from tap import Tap
from ts_customers.stack import StackStatus

MakeOrg = Callable[[str], Organization]

ADD_CONTACT = """
insert into public.customer_contacts (organization_id, customer_id, first_name, last_name, email)
values (%s, %s, 'New', %s, gen_random_uuid() || '@example.com') returning id
"""
ADD_CUSTOMER = """
insert into public.customers (organization_id, company_name) values (%s, %s) returning id
"""
SET = "update public.customers set {} = %s where id = %s"
SET_CONTACT = "update public.customer_contacts set {} = %s where id = %s"
SEARCH = "select id from public.search_customers(query => %s, organization_id => %s)"


def found(tap: Tap, ours: Organization, query: str) -> list[UUID]:
    """The customers that a viewer's query finds."""
    with tap.acting_as(ours.viewer):
        return [id_ for (id_,) in tap.rows(SEARCH, query, ours.id)]


@pytest.mark.parametrize(
    ("column", "before", "after", "queries"),
    [
        ("company_name", "Oldenburg", "Neustadt", ("oldenburg", "neustadt")),
        ("display_name", "Oldenburg", "Neustadt", ("oldenburg", "neustadt")),
        ("tax_id", "DE-111222333", "DE-444555666", ("de111222333", "de444555666")),
        ("website", "https://old.example", "https://new.example", ("old.example", "new.example")),
        ("tags", ["oldenburg"], ["neustadt"], ("oldenburg", "neustadt")),
        ("customer_number", "K-111222", "K-333444", ("k-111222", "k-333444")),
    ],
)
def test_the_index_follows_a_customer(
    tap: Tap, make_org: MakeOrg, column: str, before: Any, after: Any, queries: tuple[str, str]
) -> None:
    ours = make_org("Acme")
    tap.execute(SET.format(column), before, ours.customer)
    assert [found(tap, ours, query) for query in queries] == [[ours.customer], []]
    tap.execute(SET.format(column), after, ours.customer)
    assert [found(tap, ours, query) for query in queries] == [[], [ours.customer]]


@pytest.mark.parametrize(
    ("column", "value", "query"),
    [
        ("first_name", "Wolfgang", "wolfgang"),
        ("last_name", "Neustadt", "neustadt"),
        ("email", "neustadt@example.com", "neustadt@"),
        ("phone", "+49 (30) 555-123", "4930555123"),
        ("mobile", "0171/98-76", "01719876"),
    ],
)
def test_the_index_follows_a_contact(
    tap: Tap, make_org: MakeOrg, column: str, value: str, query: str
) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        assert found(tap, ours, query) == []
        tap.execute(SET_CONTACT.format(column), value, ours.contacts[1])
        assert found(tap, ours, query) == [ours.customer]
        tap.execute("delete from public.customer_contacts where id = %s", ours.contacts[1])
        assert found(tap, ours, query) == []


def test_the_index_follows_a_contact_that_moves(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        other = tap.value(ADD_CUSTOMER, ours.id, "Other")
        tap.execute(SET_CONTACT.format("last_name"), "Neustadt", ours.contacts[1])
        assert found(tap, ours, "neustadt") == [ours.customer]
        tap.execute(SET_CONTACT.format("customer_id"), other, ours.contacts[1])
        assert found(tap, ours, "neustadt") == [other]


def test_the_index_follows_a_change_of_many(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        other = tap.value(ADD_CUSTOMER, ours.id, "Other")
        tap.execute(ADD_CONTACT, ours.id, other, "Third")
        rename = (
            "update public.customer_contacts set last_name = 'Neustadt' where organization_id = %s"
        )
        tap.affects(rename, 3, ours.id)
        assert set(found(tap, ours, "neustadt")) == {ours.customer, other}
        remove = "delete from public.customer_contacts where organization_id = %s"
        tap.affects(remove, 3, ours.id)
        assert found(tap, ours, "neustadt") == []


def test_the_search_keys_are_those_of_the_rows(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        tap.execute(SET.format("tags"), ["a", "b"], ours.customer)
        tap.execute(SET_CONTACT.format("phone"), "1-2", ours.contacts[0])
    tap.is_empty(
        """
        select c.id from public.customers as c
        left join private.customer_search as w on w.customer_id = c.id
        where c.organization_id = %s and (
            w.words is distinct from private.search_words(c, array(
                select k from public.customer_contacts as k where k.customer_id = c.id
                order by k.email
            ))
            or w.name_key is distinct from private.search_key(c.company_name)
        )
        """,
        ours.id,
    )


def test_two_contacts_added_at_once_are_both_found(stack: StackStatus) -> None:
    with committed_organization(stack, "Racing") as ours:

        def add(name: str) -> Callable[[Tap], None]:
            def act(tap: Tap) -> None:
                with tap.acting_as(ours.member):
                    tap.execute(ADD_CONTACT, ours.id, ours.customer, name)

            return act

        assert overlapping(stack, add("Oldenburg"), add("Neustadt")) is None
        with open_tap(stack) as tap:
            for query in ("oldenburg", "neustadt"):
                assert found(tap, ours, query) == [ours.customer]


@pytest.mark.parametrize("contact_first", [True, False])
def test_a_name_and_a_contact_changed_at_once_are_both_found(
    stack: StackStatus, contact_first: bool
) -> None:
    with committed_organization(stack, "Racing") as ours:

        def rename(tap: Tap) -> None:
            with tap.acting_as(ours.member):
                tap.execute(SET.format("company_name"), "Oldenburg", ours.customer)

        def change(tap: Tap) -> None:
            with tap.acting_as(ours.member):
                tap.execute(SET_CONTACT.format("last_name"), "Neustadt", ours.contacts[0])

        both = (change, rename) if contact_first else (rename, change)
        assert overlapping(stack, *both) is None
        with open_tap(stack) as tap:
            for query in ("oldenburg", "neustadt"):
                assert found(tap, ours, query) == [ours.customer]
