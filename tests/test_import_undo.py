"""Undoing an import takes back what it did, and nobody's work with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from organizations import Organization
from staging import CANCEL, COMMIT, UNDO, Import, customers, new_import, person, slugs, staged
from tap import Tap

MakeOrg = Callable[[str], Organization]

ADD = """
insert into public.customers (organization_id, company_name, external_id, notes, tags, currency)
values (%s, %s, %s, 'old', '{a}', 'EUR') returning id
"""
ADD_CONTACT = """
insert into public.customer_contacts
(organization_id, customer_id, first_name, last_name, email, phone)
values (%s, %s, 'Ada', 'Ott', %s, '1') returning id
"""
ADD_ORDER = """
select public.upsert_orders(%s)
"""
CUSTOMER = """
select to_jsonb(c) - '{{version,updated_at,updated_by}}'::text[] from public.customers as c where {}
"""
CONTACTS = """
select first_name, last_name, email, phone, is_primary from public.customer_contacts
where customer_id = %s order by email
"""
BEGUN = "update public.customer_imports set status = 'undoing', done_count = 0 where id = %s"
STEP = """
update public.customer_imports as i set done_count = private.undo_import_batch(i) where id = %s
"""
TYPES = """
select type from public.customer_activities where customer_id = %s order by created_at desc limit 1
"""


def known(tap: Tap, ours: Organization, name: str = "Known", external_id: str = "E-1") -> UUID:
    """A customer that is there, with a contact."""
    with tap.acting_as(ours.member):
        customer: UUID = tap.value(ADD, ours.id, name, external_id)
        tap.execute(ADD_CONTACT, ours.id, customer, f"ada@{external_id.lower()}.example")
    return customer


def row_of(tap: Tap, customer: UUID) -> Any:
    """A customer without what counts changes."""
    return tap.value(CUSTOMER.format("c.id = %s"), customer)


def undone(made: Import) -> Any:
    """Undo an import; returns its report."""
    made.finish(UNDO, "undone")
    return made.report()


def test_what_was_changed_is_as_it_was(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    customer = known(tap, ours)
    before, contacts = row_of(tap, customer), tap.rows(CONTACTS, customer)
    changed = person("ada@e-1.example", first_name="Eva", phone="2", is_primary=True)
    values = {"notes": "new", "tags": ["b"], "website": "https://a.example", "currency": "USD"}
    made = new_import(
        tap, ours, staged(changed, person("b@b.example"), external_id="E-1", **values)
    )
    made.validate()
    report = made.commit()
    assert report["customers"] == customers(updated=1)
    assert report["contacts"] == customers(created=1, updated=1)

    report = undone(made)

    assert report["undone"] == {"restored": 1, "removed": 0, "deactivated": 0, "kept": 0}
    assert report["warnings"] == []
    assert row_of(tap, customer) == before
    assert tap.rows(CONTACTS, customer) == contacts
    assert tap.rows(TYPES, customer) == [("customer_updated",)]


def test_what_was_added_is_removed_with_its_contacts(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    count = "select count(*) from public.{} where organization_id = %s"
    before = [tap.value(count.format(t), ours.id) for t in ("customers", "customer_contacts")]
    rows = [staged(person(f"a{n}@x.example"), company_name=f"New {n % 2}") for n in range(4)]
    made = new_import(tap, ours, *rows)
    made.validate()
    assert made.commit()["customers"] == customers(created=2)

    assert undone(made)["undone"]["removed"] == 2

    after = [tap.value(count.format(t), ours.id) for t in ("customers", "customer_contacts")]
    assert after == before
    assert slugs(made.report()["warnings"]) == []
    # The same file may come again.
    made = new_import(tap, ours, *rows)
    made.validate()
    assert made.commit()["customers"] == customers(created=2)


MEANWHILE = [
    "update public.customers set notes = 'edited' where id = %s",
    """
    insert into public.customer_contacts
    (organization_id, customer_id, first_name, last_name, email)
    select organization_id, id, 'Bo', 'Fox', 'bo@x.example' from public.customers where id = %s
    """,
    "select public.log_activity(%s, 'note', 'Called')",
    "update public.customer_contacts set phone = '9' where customer_id = %s",
    """
    insert into public.customers (organization_id, company_name, parent_id)
    select organization_id, 'Branch', id from public.customers where id = %s
    """,
]


@pytest.mark.parametrize("work", MEANWHILE)
def test_an_added_customer_with_somebodys_work_on_it_is_deactivated(
    tap: Tap, make_org: MakeOrg, work: str
) -> None:
    ours = make_org("Acme")
    rows = [staged(person(f"{n}@x.example"), company_name=n, external_id=n) for n in ("A", "B")]
    made = new_import(tap, ours, *rows)
    made.validate()
    made.commit()
    find = "select id from public.customers where organization_id = %s and external_id = 'A'"
    customer = tap.value(find, ours.id)
    with tap.acting_as(ours.manager):
        tap.execute(work, customer)

    report = undone(made)

    assert report["undone"] == {"restored": 0, "removed": 1, "deactivated": 1, "kept": 0}
    assert slugs(report["warnings"]) == [(1, "not_removed")]
    assert row_of(tap, customer)["status"] == "inactive"


def test_an_added_customer_with_open_orders_is_kept(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    made = new_import(tap, ours, staged(company_name="A", external_id="A"))
    made.validate()
    made.commit()
    find = "select id from public.customers where organization_id = %s and external_id = 'A'"
    customer = tap.value(find, ours.id)
    order = {"organization_id": str(ours.id), "customer_id": str(customer), "number": "1"}
    tap.execute(ADD_ORDER, tap.json([order | {"status": "open", "total": 5}]))

    report = undone(made)

    assert report["undone"]["kept"] == 1
    assert slugs(report["warnings"]) == [(1, "not_undone")]
    assert row_of(tap, customer)["status"] == "active"


def test_what_somebody_has_changed_since_stays(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    one, other = known(tap, ours), known(tap, ours, "Other", "E-2")
    rows = [staged(external_id="E-1", notes="new"), staged(external_id="E-2", notes="new")]
    made = new_import(tap, ours, *rows)
    made.validate()
    made.commit()
    with tap.acting_as(ours.member):
        tap.execute("update public.customers set website = 'https://b.example' where id = %s", one)

    report = undone(made)

    assert report["undone"] == {"restored": 1, "removed": 0, "deactivated": 0, "kept": 1}
    assert slugs(report["warnings"]) == [(1, "not_undone")]
    assert row_of(tap, one)["notes"] == "new"
    assert row_of(tap, other)["notes"] == "old"


def test_undoing_goes_on_where_it_was_and_may_be_asked_for_again(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    made = new_import(tap, ours, *(staged(company_name=f"New {n}") for n in range(250)))
    made.validate()
    made.commit()
    # As far as one call comes that has no more time.
    tap.execute(BEGUN, made.id)
    tap.execute(STEP, made.id)
    left = "select count(*) from public.customers where organization_id = %s"
    assert tap.value(left, ours.id) == 151
    for _ in range(2):
        assert undone(made)["undone"]["removed"] == 250
    assert tap.value(left, ours.id) == 1


def test_what_is_not_done_can_be_cancelled_and_what_was_done_by_then_undone(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    made = new_import(tap, ours, staged(company_name="New"))
    with made.acting():
        tap.throws("PT409", "import_status_conflict", UNDO, made.id)
        assert tap.value(CANCEL, made.id)["status"] == "cancelled"
        tap.throws("PT409", "import_status_conflict", COMMIT, made.id)
        assert tap.value(UNDO, made.id)["status"] == "undone"
    made = new_import(tap, ours, staged(company_name="New"))
    made.validate()
    made.commit()
    with made.acting():
        tap.throws("PT409", "import_status_conflict", CANCEL, made.id)


def test_only_managers_of_the_organization_undo_and_cancel(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    made = new_import(tap, ours, staged(company_name="New"))
    made.validate()
    for sql in (UNDO, CANCEL):
        with tap.acting_as(ours.member):
            tap.throws("42501", "role_required", sql, made.id)
        with tap.acting_as(theirs.owner):
            tap.throws("PT404", "import_not_found", sql, made.id)
    with tap.acting_as(ours.manager):
        assert tap.value(CANCEL, made.id)["status"] == "cancelled"
