"""Handing rows over, and judging each by itself: one bad row never stops the others."""

from __future__ import annotations

from collections.abc import Callable
from secrets import token_urlsafe
from typing import Any

import pytest

from organizations import Organization
from staging import CREATE, STAGE, customers, imported, new_import, person, slugs, staged
from tap import Tap

MakeOrg = Callable[[str], Organization]

ADD = """
insert into public.customers (organization_id, company_name, website, external_id)
values (%s, %s, 'https://acme.example', 'E-1') returning id
"""
GOOD = staged(person("good@good.example"), company_name="Good")


@pytest.mark.parametrize("value", [None, [], "text"])
def test_options_and_mappings_are_objects(tap: Tap, make_org: MakeOrg, value: Any) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.manager):
        given = None if value is None else tap.json(value)
        tap.throws("PT422", "not_an_object", CREATE, {}, given, ours.id)
        tap.throws("PT422", "not_an_object", CREATE, given, {}, ours.id)
        assert tap.error_of(CREATE, {}, {}, ours.id) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"portal_enabled": "maybe"},
        {"tags": "x"},
        {"parent_id": "garbage"},
        {"id": "x"},
        {"payment_terms": "abc"},
        {"credit_limit": "abc"},
        {"billing_address": "Main Street"},
        {"currency": 5},
        {"settings": [1]},
    ],
)
def test_a_value_of_a_wrong_kind_costs_its_own_row_alone(
    tap: Tap, make_org: MakeOrg, wrong: dict[str, Any]
) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):  # the row means a customer that is there
        tap.execute(ADD, ours.id, "Known")
    rows = [staged(company_name="Known", **wrong), GOOD]
    made = new_import(tap, ours, *rows, login=ours.admin)
    report = made.validate()
    assert {row for row, _ in slugs(report["errors"])} == {1}
    assert report["customers"] == customers(created=1)
    assert made.commit()["customers"] == customers(created=1)


@pytest.mark.parametrize("contacts", [None, {}, "x", 5, True, [None], ["x"], [5], [[]]])
def test_contacts_of_a_wrong_kind_cost_their_own_row_alone(
    tap: Tap, make_org: MakeOrg, contacts: Any
) -> None:
    ours = make_org("Acme")
    bad = {"raw": {}, "values": {"customer": {"company_name": "Bad"}, "contacts": contacts}}
    report = imported(tap, ours, bad, GOOD)
    assert {row for row, _ in slugs(report["errors"])} == {1}
    assert (report["customers"], report["rejected"]) == (customers(created=1), 1)


@pytest.mark.parametrize(
    ("field", "limit"),
    [
        ("company_name", 500),
        ("display_name", 500),
        ("customer_number", 100),
        ("external_id", 200),
        ("tax_id", 100),
    ],
)
def test_a_value_that_is_too_long_is_a_finding_and_the_longest_goes_in(
    tap: Tap, make_org: MakeOrg, field: str, limit: int
) -> None:
    ours = make_org("Acme")
    create = "select id from public.create_customer(%s)"
    # Random, since what repeats itself is compressed and fits any index.
    base, text = {"company_name": "Long"}, token_urlsafe(9000)
    endless, long, longest = (
        base | {field: cut} for cut in (text, text[: limit + 1], text[:limit])
    )
    report = imported(tap, ours, staged(**endless), GOOD, staged(**long), staged(**longest))
    assert slugs(report["errors"]) == [(1, "too_long"), (3, "too_long")]
    assert report["customers"] == customers(created=2)
    place = {"organization_id": str(ours.id)}
    with tap.acting_as(ours.manager):
        for wrong in (endless, long):
            tap.throws("PT422", "too_long", create, wrong | place)


@pytest.mark.parametrize("field", ["first_name", "last_name", "phone", "mobile"])
def test_a_contacts_value_that_is_too_long_is_a_finding(
    tap: Tap, make_org: MakeOrg, field: str
) -> None:
    ours = make_org("Acme")
    bad = person("long@long.example", **{field: token_urlsafe(9000)})
    report = imported(tap, ours, staged(bad, company_name="Long"), GOOD)
    assert slugs(report["errors"]) == [(1, "too_long")]
    assert report["customers"] == customers(created=1)


def test_rows_come_without_a_gap_and_a_batch_may_come_again(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    made = new_import(tap, ours, GOOD, GOOD)
    with made.acting():
        for first_row in (None, -1, 0, 4, 501, 2**31 - 2, 2**31 - 1):
            rows = tap.json([GOOD, GOOD])
            tap.throws("PT422", "rows_invalid", STAGE, made.id, first_row, rows)
        missing = tap.throws("PT422", "rows_invalid", STAGE, made.id, 4, tap.json([GOOD]))
        assert missing.diag.message_hint == "The next first_row is 3."
    assert made.stage(GOOD, GOOD, first_row=2)["rows"] == 3
    assert made.stage(GOOD, first_row=1)["rows"] == 3
    assert made.stage(GOOD, first_row=4)["rows"] == 4


@pytest.mark.parametrize("errors", [["x"], [1], [None], [[]], [{"slug": "a"}, "x"], {}, "x"])
def test_reading_errors_are_a_list_of_objects(tap: Tap, make_org: MakeOrg, errors: Any) -> None:
    ours = make_org("Acme")
    made = new_import(tap, ours)
    with made.acting():
        rows = tap.json([GOOD | {"errors": errors}])
        tap.throws("PT422", "rows_invalid", STAGE, made.id, 1, rows)
    assert made.stage(GOOD)["rows"] == 1


def test_a_reading_error_is_reported_under_its_rows_own_number(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    told = {"row": 99, "column": "Name", "value": "x", "slug": "cells_missing", "message": "few"}
    report = imported(tap, ours, GOOD, GOOD | {"errors": [told]})
    assert report["errors"] == [told | {"row": 2}]


def test_a_row_belongs_to_the_organization_that_imports(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    rows = [
        staged(company_name=name, organization_id=value)
        for name, value in (("A", str(theirs.id)), ("B", str(ours.id)), ("C", "zz"))
    ]
    report = imported(tap, ours, *rows, GOOD)
    expected = [(row, "unknown_field") for row in (1, 2, 3)]
    assert slugs(report["errors"]) == expected
    assert report["customers"] == customers(created=1)


@pytest.mark.parametrize("blank", ["", " ", "\n", "\t \u2003"])
def test_a_name_of_blanks_is_no_name(tap: Tap, make_org: MakeOrg, blank: str) -> None:
    ours = make_org("Acme")
    rows = [
        staged(company_name=blank),
        staged(person("a@a.example", first_name=blank), company_name="A"),
        staged(person("b@b.example", last_name=blank), company_name="B"),
    ]
    report = imported(tap, ours, *rows, GOOD)
    assert slugs(report["errors"]) == [
        (1, "company_name_required"),
        (2, "first_name_required"),
        (3, "last_name_required"),
    ]
    assert report["customers"] == customers(created=1)
