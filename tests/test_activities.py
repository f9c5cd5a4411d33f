"""Activities: one for each change, in its transaction, and never changed afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from organizations import ROLES, Organization
from tap import Tap

MakeOrg = Callable[[str], Organization]

SET = "update public.customers set {} where id = %s"
NEWEST = """
select type, title, metadata, created_by from public.customer_activities
where customer_id = %s order by created_at desc, id desc limit %s
"""
COUNT = "select count(*) from public.customer_activities where customer_id = %s"
COUNT_OURS = """
select count(*) from public.customer_activities where organization_id = %s and type = %s
"""
COUNT_STATEMENTS = """
create temporary table statements (at timestamptz default clock_timestamp());
create function pg_temp.count_statement() returns trigger language plpgsql as
$$ begin insert into pg_temp.statements default values; return null; end $$;
create trigger count_statement after insert on public.customer_activities
for each statement execute function pg_temp.count_statement();
"""


def newest(tap: Tap, ours: Organization) -> Any:
    """The newest activity of the customer: type, title, metadata, actor."""
    (row,) = tap.rows(NEWEST, ours.customer, 1)
    return row


def test_a_new_customer_is_recorded(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    first = """
    select type, title, metadata, created_by from public.customer_activities
    where customer_id = %s order by created_at, id limit 1
    """
    created = ("customer_created", "Customer created: Acme Customer", {"version": 1}, ours.owner)
    with tap.acting_as(ours.viewer):
        tap.results_eq(first, [created], ours.customer)


def test_one_change_is_one_activity_with_every_field_that_changed(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.admin):
        before = tap.value(COUNT, ours.customer)
        change = "company_name = 'Renamed', tags = '{a,b}', credit_limit = 12.5, tax_id = ' '"
        tap.execute(SET.format(change), ours.customer)
        assert tap.value(COUNT, ours.customer) == before + 1
    changes = {
        "company_name": {"from": "Acme Customer", "to": "Renamed"},
        "tags": {"from": [], "to": ["a", "b"]},
        "credit_limit": {"from": None, "to": 12.5},
    }
    title = "Changed company name, credit limit, tags"
    expected = ("customer_updated", title, {"version": 2, "changes": changes}, ours.admin)
    assert newest(tap, ours) == expected


@pytest.mark.parametrize(
    ("change", "type_", "fields"),
    [
        ("notes = 'a'", "customer_updated", {"notes"}),
        ('settings = \'{"locale": "de"}\'', "settings_changed", {"settings"}),
        (
            "settings = '{\"locale\": \"de\"}', notes = 'a'",
            "customer_updated",
            {"settings", "notes"},
        ),
        ("status = 'suspended'", "status_changed", {"status"}),
        ("status = 'inactive'", "status_changed", {"status", "deactivated_at"}),
        (
            "status = 'suspended', settings = '{\"locale\": \"de\"}', notes = 'a'",
            "status_changed",
            {"status", "settings", "notes"},
        ),
        ("tier_id = null", "tier_changed", {"tier_id"}),
        ("credit_hold_reason = 'late'", "credit_hold_set", {"credit_hold_reason"}),
    ],
)
def test_the_type_of_a_change_follows_from_what_changed(
    tap: Tap, make_org: MakeOrg, change: str, type_: str, fields: set[str]
) -> None:
    ours = make_org("Acme")
    with tap.acting_as_service():
        tap.execute(SET.format(change), ours.customer)
    found_type, _, metadata, actor = newest(tap, ours)
    assert (found_type, set(metadata["changes"]), actor) == (type_, fields, None)


def test_a_released_credit_hold_is_recorded_as_such(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as_service():
        hold = "credit_hold_reason = 'late', credit_hold_until = '2040-01-01'"
        tap.execute(SET.format(hold), ours.customer)
        longer = "credit_hold_until = '2050-01-01'"
        tap.execute(SET.format(longer), ours.customer)
        assert newest(tap, ours)[0] == "credit_hold_set"
        release = "credit_hold_reason = null, credit_hold_until = null"
        tap.execute(SET.format(release), ours.customer)
        assert newest(tap, ours)[0] == "credit_hold_released"


def test_changes_of_contacts_are_recorded(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    first, second = ours.contacts
    related = """
    select type, related_type, related_id, metadata -> 'changes' from public.customer_activities
    where customer_id = %s order by created_at desc, id desc limit %s
    """
    add = """
    insert into public.customer_contacts
    (organization_id, customer_id, first_name, last_name, email)
    values (%s, %s, 'Zoe', 'Young', 'zoe@example.com') returning id
    """
    with tap.acting_as(ours.member):
        added = tap.value(add, ours.id, ours.customer)
        assert newest(tap, ours)[:3] == (
            "contact_added",
            "Contact added: Zoe Young",
            {"role": "contact"},
        )
        tap.results_eq(related, [("contact_added", "contact", added, None)], ours.customer, 1)

        tap.execute("update public.customer_contacts set phone = '1' where id = %s", added)
        phone = {"phone": {"from": None, "to": "1"}}
        tap.results_eq(related, [("contact_updated", "contact", added, phone)], ours.customer, 1)

        tap.execute("update public.customer_contacts set is_primary = true where id = %s", second)
        promoted = {
            "role": {"from": "contact", "to": "primary"},
            "is_primary": {"from": False, "to": True},
        }
        demoted = {
            "role": {"from": "primary", "to": "contact"},
            "is_primary": {"from": True, "to": False},
        }
        changed = "contact_role_changed"
        both = [(changed, second, promoted), (changed, first, demoted)]
        rows = [(row[0], row[2], row[3]) for row in tap.rows(related, ours.customer, 2)]
        assert rows in (both, both[::-1])

        tap.execute("delete from public.customer_contacts where id = %s", added)
        type_, title, metadata, actor = newest(tap, ours)
        assert (type_, title, actor) == (
            "contact_removed",
            "Contact removed: Zoe Young",
            ours.member,
        )
        assert metadata["contact"]["email"] == "zoe@example.com"


def test_changes_of_orders_and_invoices_are_recorded(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    base = {"organization_id": str(ours.id), "customer_id": str(ours.customer), "number": "N-1"}

    def after(kind: str, **values: Any) -> tuple[str, str]:
        upsert = f"select public.upsert_{kind}s(%s)"
        with tap.acting_as_service():
            tap.execute(upsert, tap.json([base | values]))
        type_, title, _, _ = newest(tap, ours)
        return type_, title

    assert after("order", total=5) == ("order_placed", "Order placed: N-1")
    assert after("order", total=6) == ("order_updated", "Order changed: N-1")
    closed = ("order_status_changed", "Order N-1 is completed")
    assert after("order", status="completed") == closed
    assert after("invoice", total=5) == ("invoice_issued", "Invoice issued: N-1")
    assert after("invoice", total=6) == ("invoice_updated", "Invoice changed: N-1")
    assert after("invoice", status="paid") == ("invoice_paid", "Invoice paid: N-1")
    with tap.acting_as_service():
        tap.execute(
            "delete from public.invoices where number = 'N-1' and organization_id = %s", ours.id
        )
        assert newest(tap, ours)[0] == "invoice_removed"
        tap.execute(
            "delete from public.orders where number = 'N-1' and organization_id = %s", ours.id
        )
        assert newest(tap, ours)[0] == "order_removed"


def test_a_change_of_nothing_is_not_recorded(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    row = {"organization_id": str(ours.id), "customer_id": str(ours.customer), "number": "O-1"}
    upsert = "select public.upsert_orders(%s)"
    with tap.acting_as_service():
        tap.execute(upsert, tap.json([row | {"total": 5}]))
        before = tap.value(COUNT, ours.customer)
        tap.affects(SET.format("company_name = company_name, notes = ''"), 1, ours.customer)
        same = (
            "update public.customer_contacts set phone = ' ', email = email where customer_id = %s"
        )
        tap.affects(same, 2, ours.customer)
        tap.execute(upsert, tap.json([row | {"total": 5}]))
        tap.affects(
            "update public.orders set status = status where organization_id = %s", 1, ours.id
        )
        assert tap.value(COUNT, ours.customer) == before
        tap.execute(upsert, tap.json([row | {"total": 6}]))
        assert tap.value(COUNT, ours.customer) == before + 1


def test_a_change_that_is_undone_leaves_no_activity(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    before = tap.value(COUNT, ours.customer)
    with tap.undone():
        tap.execute(SET.format("notes = 'a'"), ours.customer)
        assert tap.value(COUNT, ours.customer) == before + 1
    assert tap.value(COUNT, ours.customer) == before


def test_a_bulk_change_writes_its_activities_in_one_statement(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    tap.execute(COUNT_STATEMENTS)
    statements = "select count(*) from pg_temp.statements"
    insert = """
    insert into public.customers (organization_id, company_name)
    select %s, 'Company ' || n from generate_series(1, 1000) as n
    """
    with tap.acting_as(ours.member):
        tap.affects(insert, 1000, ours.id)
    assert tap.value(COUNT_OURS, ours.id, "customer_created") == 1001
    assert tap.value(statements) == 1

    change = "update public.customers set notes = 'all' where organization_id = %s"
    with tap.acting_as(ours.member):
        tap.affects(change, 1001, ours.id)
    assert tap.value(COUNT_OURS, ours.id, "customer_updated") == 1001
    assert tap.value(statements) == 2


def test_activities_within_a_transaction_keep_their_order(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        for note in "abc":
            tap.execute(SET.format(f"notes = '{note}'"), ours.customer)
    rows = tap.rows(NEWEST, ours.customer, 3)
    assert [row[2]["changes"]["notes"]["to"] for row in rows] == ["c", "b", "a"]


@pytest.mark.parametrize("role", ROLES)
def test_every_member_reads_activities_and_nobody_writes_them(
    tap: Tap, make_org: MakeOrg, role: str
) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.login(role)):
        assert tap.value(COUNT, ours.customer) >= 3
        add = """
        insert into public.customer_activities (organization_id, customer_id, type, title)
        values (%s, %s, 'note', 'Made up')
        """
        tap.throws("42501", None, add, ours.id, ours.customer)
        tap.throws("42501", None, "update public.customer_activities set title = 'Other'")
        tap.throws("42501", None, "delete from public.customer_activities")
