"""Addresses: judged by the rules of their country, in the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from organizations import Organization
from tap import Tap

MakeOrg = Callable[[str], Organization]
Address = dict[str, Any]

SET = "update public.customers set {} = %s where id = %s"
BILLING = SET.format("billing_address")
STORED = "select billing_address from public.customers where id = %s"

US = {"line1": "1 Main St", "city": "Cupertino", "state": "CA", "postal_code": "95014"}
GB = {"line1": "10 Downing Street", "city": "London", "postal_code": "SW1A 2AA"}
JP = {"line1": "1-2-3 Taishido", "state": "東京都", "postal_code": "154-0023"}
DE = {"line1": "Unter den Linden 1", "city": "Berlin", "postal_code": "10117"}
HK = {"line1": "1 Nathan Road", "state": "Kowloon"}

GOOD: list[Address] = [
    {},
    US | {"country": "US"},
    US | {"country": "US", "line2": "Suite 5", "postal_code": "95014-1234"},
    US | {"country": "US", "state": "California"},
    US | {"country": "US", "state": "ca"},
    GB | {"country": "GB"},
    GB | {"country": "GB", "postal_code": "sw1a2aa"},
    GB | {"country": "GB", "state": "Greater London"},
    JP | {"country": "JP"},
    JP | {"country": "JP", "state": "Tokyo"},
    JP | {"country": "JP", "postal_code": "1540023", "city": "Setagaya"},
    DE | {"country": "DE"},
    DE | {"country": "DE", "state": "Berlin"},
    HK | {"country": "HK"},
    HK | {"country": "HK", "state": "九龍", "city": "Tsim Sha Tsui"},
]

# What is wrong, and the field that the error names; none where it is the whole address.
BAD: list[tuple[Address, str]] = [
    (US, "country"),
    (US | {"country": "US", "line1": ""}, "line1"),
    (US | {"country": "US", "city": "  "}, "city"),
    (US | {"country": "US", "state": ""}, "state"),
    (US | {"country": "US", "state": "ZZ"}, "state"),
    (US | {"country": "US", "postal_code": "9501"}, "postal_code"),
    (US | {"country": "US", "postal_code": "SW1A 2AA"}, "postal_code"),
    (GB | {"country": "GB", "postal_code": "95014"}, "postal_code"),
    (GB | {"country": "GB", "city": ""}, "city"),
    (JP | {"country": "JP", "postal_code": "154"}, "postal_code"),
    (JP | {"country": "JP", "state": "California"}, "state"),
    (DE | {"country": "DE", "postal_code": "1011"}, "postal_code"),
    (HK | {"country": "HK", "state": "Bavaria"}, "state"),
    (HK | {"country": "HK", "state": ""}, "state"),
    (DE | {"country": "XX"}, "country"),
    (DE | {"country": "de"}, "country"),
    (DE | {"country": "Germany"}, "country"),
    (DE | {"country": "DE", "planet": "Earth"}, ""),
    (DE | {"country": "DE", "line1": 1}, ""),
    (DE | {"country": "DE", "line2": ["a", "b"]}, ""),
    (DE | {"country": "DE", "line2": {}}, ""),
]

# One address of each country, made of what its format asks for.
EXAMPLES = """
with examples as (
    select
        f.country,
        f.required,
        f.postal_code_pattern is not null as has_pattern,
        jsonb_strip_nulls(jsonb_build_object(
            'line1', 'Line 1',
            'country', f.country,
            'city', case when 'city' = any(f.required) then 'City' end,
            'state', case when 'state' = any(f.required) then coalesce(s.key, 'Any') end,
            'postal_code', f.postal_code_example
        )) as address
    from public.address_formats as f
    left join lateral (
        select k.key from jsonb_object_keys(f.subdivisions) as k (key) limit 1
    ) as s on true
)
"""


def test_addresses_of_many_countries_are_stored_as_given(
    tap: Tap, make_org: MakeOrg, subtests: pytest.Subtests
) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        for address in GOOD:
            with subtests.test(address=address):
                tap.affects(BILLING, 1, address, ours.customer)
                assert tap.value(STORED, ours.customer) == address


def test_addresses_that_miss_their_format_are_refused(
    tap: Tap, make_org: MakeOrg, subtests: pytest.Subtests
) -> None:
    ours = make_org("Acme")
    fields = "select array_agg(e.field) from unnest(private.address_errors(%s)) as e"
    for address, field in BAD:
        with subtests.test(address=address):
            with tap.acting_as(ours.member):
                tap.throws("PT422", "address_invalid", BILLING, address, ours.customer)
            assert tap.value(fields, address) == [field]


@pytest.mark.parametrize("value", [None, [], "Main Street 1", 5])
def test_an_address_is_an_object(tap: Tap, make_org: MakeOrg, value: Any) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        tap.throws("PT422", "address_invalid", BILLING, tap.json(value), ours.customer)


def test_every_part_that_is_wrong_is_named(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        address = {"country": "US", "postal_code": "nonsense", "state": "ZZ"}
        error = tap.throws(
            "PT422", "address_invalid", SET.format("shipping_address"), address, ours.customer
        )
    message = error.diag.message_primary or ""
    assert message.startswith("shipping_address: ")
    assert all(field in message for field in ("line1", "city", "state", "postal_code"))
    assert "United States" in message


def test_every_country_accepts_its_own_example(tap: Tap, make_org: MakeOrg) -> None:
    assert tap.value("select count(*) from public.address_formats") >= 249
    tap.is_empty(
        f"""
        {EXAMPLES}
        select e.country, a.field, a.message from examples as e
        cross join lateral unnest(private.address_errors(e.address)) as a
        """
    )
    ours = make_org("Acme")
    examples = tap.rows(f"{EXAMPLES} select address from examples")
    with tap.acting_as(ours.member):
        stored = tap.value(
            """
            with added as (
                insert into public.customers (organization_id, company_name, billing_address)
                select %s, a ->> 'country', a from jsonb_array_elements(%s) as a
                returning billing_address
            )
            select count(*) from added where not billing_address ? 'unverified'
            """,
            ours.id,
            tap.json([address for (address,) in examples]),
        )
    assert stored == len(examples)


def test_every_country_misses_each_part_that_it_requires(tap: Tap) -> None:
    missed = f"""
        {EXAMPLES}
        select e.country, r.field from examples as e
        cross join lateral unnest(e.required) as r (field)
        where r.field not in (
            select a.field from unnest(private.address_errors(e.address - r.field)) as a
        )
        """
    tap.is_empty(missed)
    assert tap.value(f"{EXAMPLES} select sum(cardinality(required)) from examples") > 500


def test_every_country_with_a_pattern_refuses_another_postal_code(tap: Tap) -> None:
    accepted = f"""
        {EXAMPLES}
        select e.country from examples as e
        where e.has_pattern and 'postal_code' not in (
            select a.field
            from unnest(private.address_errors(e.address || '{{"postal_code": "?-?"}}')) as a
        )
        """
    tap.is_empty(accepted)
    assert tap.value(f"{EXAMPLES} select count(*) filter (where has_pattern) from examples") > 150


def test_parts_that_are_null_are_left_out(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        tap.execute(BILLING, DE | {"country": "DE", "line2": None}, ours.customer)
        assert tap.value(STORED, ours.customer) == DE | {"country": "DE"}


@pytest.mark.parametrize(
    "address",
    [
        {"line1": "Somewhere", "unverified": True},
        DE | {"country": "DE", "postal_code": "1", "unverified": True},
        US | {"country": "US", "state": "ZZ", "unverified": True},
    ],
)
def test_an_unverified_address_is_kept_as_it_is(
    tap: Tap, make_org: MakeOrg, address: Address
) -> None:
    ours = make_org("Acme")
    verified = {key: value for key, value in address.items() if key != "unverified"}
    with tap.acting_as(ours.member):
        tap.throws("PT422", "address_invalid", BILLING, verified, ours.customer)
        tap.execute(BILLING, address, ours.customer)
        assert tap.value(STORED, ours.customer) == address


@pytest.mark.parametrize(
    "address",
    [
        {"planet": "Earth", "unverified": True},
        {"line1": 5, "unverified": True},
        {"line1": "Somewhere", "country": "Atlantis", "unverified": True},
        {"line1": "Somewhere", "unverified": "true"},
        {"line1": "Somewhere", "unverified": False},
    ],
)
def test_an_unverified_address_still_has_a_shape_and_a_country(
    tap: Tap, make_org: MakeOrg, address: Address
) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        tap.throws("PT422", "address_invalid", BILLING, address, ours.customer)


def test_a_sound_address_loses_the_flag(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        for flag in (True, False):
            tap.execute(BILLING, DE | {"country": "DE", "unverified": flag}, ours.customer)
            assert tap.value(STORED, ours.customer) == DE | {"country": "DE"}
        tap.execute(BILLING, {"unverified": True}, ours.customer)
        assert tap.value(STORED, ours.customer) == {}


def test_editing_verifies_an_address(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    unverified = DE | {"country": "DE", "postal_code": "1", "unverified": True}
    with tap.acting_as(ours.member):
        tap.execute(BILLING, unverified, ours.customer)
        rename = "update public.customers set company_name = 'Other' where id = %s"
        tap.affects(rename, 1, ours.customer)  # an edit of something else leaves it alone
        assert tap.value(STORED, ours.customer) == unverified

        still_wrong = DE | {"country": "DE", "postal_code": "12"}
        tap.throws("PT422", "address_invalid", BILLING, still_wrong, ours.customer)
        tap.affects(BILLING, 1, DE | {"country": "DE"}, ours.customer)
        assert tap.value(STORED, ours.customer) == DE | {"country": "DE"}


def test_everybody_signed_in_reads_the_formats_and_nobody_writes_them(
    tap: Tap, make_org: MakeOrg
) -> None:
    read = "select count(*) from public.address_formats"
    for acting in (tap.acting_as(make_org("Acme").viewer), tap.acting_as_service()):
        with acting:
            assert tap.value(read) >= 249
            tap.throws("42501", None, "delete from public.address_formats")
    with tap.acting_as(None):
        tap.throws("42501", None, read)
