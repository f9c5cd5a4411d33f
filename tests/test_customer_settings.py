"""Settings of a customer: what the system knows is checked by shape, the rest goes under custom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from organizations import Organization
from tap import Tap

MakeOrg = Callable[[str], Organization]

SET = "update public.customers set settings = %s where id = %s"

GOOD: list[dict[str, Any]] = [
    {},
    {"shipping": {"carrier": "DHL", "insured": True, "days": [1, 2], "note": None}},
    {"invoicing": {"format": "pdf", "copies": 2}},
    {"notifications": {"order_shipped": True, "invoice_due": False}},
    {"locale": "de"},
    {"locale": "de-CH"},
    {"locale": "zh-Hant-TW"},
    {"locale": "es-419"},
    {"time_zone": "Asia/Tokyo"},
    {"time_zone": "UTC"},
    {"custom": {"anything": {"goes": [1, {"deeply": None}]}}},
]

BAD: list[Any] = [
    [],
    "text",
    {"carrier": "DHL"},
    {"shipping": []},
    {"shipping": {"box": {"width": 1}}},
    {"invoicing": "monthly"},
    {"invoicing": {"nested": {}}},
    {"notifications": True},
    {"notifications": {"order_shipped": "yes"}},
    {"notifications": {"order_shipped": None}},
    {"notifications": {"order_shipped": [True]}},
    {"locale": "German"},
    {"locale": "de_DE"},
    {"locale": 7},
    {"locale": None},
    {"time_zone": "Mars/Olympus"},
    {"time_zone": "Tokyo"},
    {"time_zone": "Foo/Bar3"},
    {"time_zone": "Asia/Tokoy-9"},
    {"time_zone": None},
    {"custom": []},
    {"custom": None},
]


def test_known_settings_are_stored_as_they_are_given(
    tap: Tap, make_org: MakeOrg, subtests: pytest.Subtests
) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        for settings in GOOD:
            with subtests.test(settings=settings):
                tap.affects(SET, 1, settings, ours.customer)
                stored = "select settings from public.customers where id = %s"
                assert tap.value(stored, ours.customer) == settings


def test_settings_of_another_shape_are_refused(
    tap: Tap, make_org: MakeOrg, subtests: pytest.Subtests
) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        for settings in BAD:
            with subtests.test(settings=settings):
                tap.throws("PT422", "settings_invalid", SET, tap.json(settings), ours.customer)


def test_settings_are_checked_when_a_customer_is_added_too(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    add = """
    insert into public.customers (organization_id, company_name, settings) values (%s, 'A', %s)
    """
    with tap.acting_as(ours.member):
        tap.throws("PT422", "settings_invalid", add, ours.id, {"carrier": "DHL"})
        tap.affects(add, 1, ours.id, {"custom": {"carrier": "DHL"}})


def test_settings_are_checked_for_the_service_too(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as_service():
        tap.throws("PT422", "settings_invalid", SET, {"locale": "German"}, ours.customer)
        tap.affects(SET, 1, {"locale": "de"}, ours.customer)


def test_the_message_says_what_is_wrong_and_the_hint_where_to_read(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        error = tap.throws("PT422", "settings_invalid", SET, {"locale": "German"}, ours.customer)
    assert error.diag.message_primary == "locale must be a language tag such as de-CH"
    assert error.diag.message_hint == "See docs/settings.md."
