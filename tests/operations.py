"""Operations that anybody may try on an organization."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from snapshots import Row, Snapshot
from steps import Step

# Where an order system writes, and nobody else.
SERVICE = "service_role"
UNKNOWN = "00000000-0000-4000-8000-000000000000"
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Call:
    """A statement, and the least role that may change anything by it."""

    least: str
    sql: str
    params: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Chooser:
    """What there is to choose from in the organization that a step is about."""

    snapshot: Snapshot
    organization_id: str
    step: Step
    number: int

    def row(self, table: str, index: int, **wanted: Any) -> Row:
        """A row of the organization, preferably with these values, or one that is not there."""
        rows = [
            row
            for row in self.snapshot.tables[table].values()
            if row["organization_id"] == self.organization_id
        ]
        fitting = [row for row in rows if wanted.items() <= row.items()] if wanted else []
        rows = fitting if fitting and index < 10 else rows
        return rows[index % len(rows)] if rows else {"id": UNKNOWN, "version": 1}

    def id(self, table: str, index: int, **wanted: Any) -> str:
        """The id of such a row."""
        found: str = self.row(table, index, **wanted)["id"]
        return found

    def of(self, *values: Any) -> Any:
        """One of some values."""
        return values[self.step.c % len(values)]


def _create(on: Chooser) -> Call:
    step = on.step
    customer: Row = {"organization_id": on.organization_id, "company_name": f"Firm {on.number}"}
    least = "member"
    if step.a % 4 == 1:
        customer["tier_id"], least = on.id("customer_tiers", step.b), "manager"
    if step.a % 4 == 2:
        customer["parent_id"] = on.id("customers", step.b)
    people = [
        {
            "first_name": "A",
            "last_name": "B",
            "email": f"p{on.number}.{n}@x.example",
            "is_primary": n == 0,
        }
        for n in range(step.c % 3)
    ]
    sql = "select public.create_customer(%s, %s::jsonb)"
    return Call(least, sql, (customer, json.dumps(people)))


_FIELDS: list[tuple[str, str, Callable[[Chooser], Any]]] = [
    ("member", "company_name", lambda on: f"{on.of('z', 'Z', 'a', 'A')} Firm {on.number}"),
    ("member", "notes", lambda on: on.of("One", "Two", None)),
    ("member", "tags", lambda on: on.of(["a"], ["b", "a"], [])),
    ("member", "settings", lambda on: on.of({}, {"locale": "de-DE"}, {"custom": {}})),
    ("member", "parent_id", lambda on: on.id("customers", on.step.c)),
    ("member", "currency", lambda on: on.of("USD", "EUR")),
    ("member", "external_id", lambda on: on.of("e1", "e2", None)),
    ("manager", "portal_subdomain", lambda on: on.of("acme-one", "acme-two", None)),
    ("manager", "portal_enabled", lambda on: on.of(True, False)),
    ("admin", "credit_limit", lambda on: on.of(None, 0, 500)),
    ("admin", "payment_terms", lambda on: on.of(30, 14)),
]


def _edit(on: Chooser) -> Call:
    least, column, value = _FIELDS[on.step.b % len(_FIELDS)]
    sql = f"update public.customers set {column} = %s where id = %s"
    return Call(least, sql, (value(on), on.id("customers", on.step.a)))


def _edit_as_read(on: Chooser) -> Call:
    customer = on.row("customers", on.step.a)
    is_stale = on.step.b % 2 == 0
    sql = "update public.customers set notes = %s where id = %s and version = %s"
    params = (f"Note {on.number}", customer["id"], customer["version"] - is_stale)
    return Call("nobody" if is_stale else "member", sql, params)


# What functions guard from others, and service_role may write.
def _set_directly(on: Chooser) -> Call:
    column, value = [
        ("status", on.of("active", "inactive", "suspended")),
        ("tier_id", on.id("customer_tiers", on.step.c)),
    ][on.step.b % 2]
    sql = f"update public.customers set {column} = %s where id = %s"
    return Call(SERVICE, sql, (value, on.id("customers", on.step.a)))


def _set_status(on: Chooser) -> Call:
    name = on.of("deactivate", "suspend", "reactivate")
    sql = f"select public.{name}_customer(%s)"
    return Call("manager", sql, (on.id("customers", on.step.a),))


def _add_contact(on: Chooser) -> Call:
    sql = """
    insert into public.customer_contacts
    (organization_id, customer_id, first_name, last_name, email, is_primary, role)
    values (%s, %s, 'C', 'D', %s, %s, %s)
    """
    customer_id, email = on.id("customers", on.step.a), f"c{on.number}@x.example"
    role, is_primary = on.of("contact", "billing"), on.step.b % 2 == 0
    return Call("member", sql, (on.organization_id, customer_id, email, is_primary, role))


def _edit_contact(on: Chooser) -> Call:
    column, value = [
        ("last_name", on.of("E", "F")),
        ("role", on.of("primary", "billing", "contact")),
        ("is_primary", on.of(True, False)),
        ("email", on.of("Taken0@x.example", "taken1@X.example")),
        ("customer_id", on.id("customers", on.step.c)),
        ("customer_id", on.id("customers", on.step.c)),
    ][on.step.b % 6]
    sql = f"update public.customer_contacts set {column} = %s where id = %s"
    return Call("member", sql, (value, on.id("customer_contacts", on.step.a)))


def _make_primary(on: Chooser) -> Call:
    sql = "select public.set_primary_contact(%s)"
    return Call("member", sql, (on.id("customer_contacts", on.step.a),))


def _remove_contact(on: Chooser) -> Call:
    sql = "delete from public.customer_contacts where id = %s"
    return Call("member", sql, (on.id("customer_contacts", on.step.a),))


def _write_orders(on: Chooser) -> Call:
    rows = [
        {
            "organization_id": on.organization_id,
            "customer_id": on.id("customers", on.step.a + n),
            "number": f"O{(on.step.b + n) % 4}",
            "status": ("open", "completed", "cancelled")[(on.step.c + n) % 3],
            "total": 10 * on.step.c + n,
            "placed_at": (START + timedelta(days=on.step.c)).isoformat(),
        }
        for n in range(1 + on.step.c % 2)
    ]
    return Call(SERVICE, "select public.upsert_orders(%s::jsonb)", (json.dumps(rows),))


def _write_invoices(on: Chooser) -> Call:
    order = on.row("orders", on.step.a)
    is_ordered = on.step.b % 2 == 0 and "number" in order
    row = {
        "organization_id": on.organization_id,
        "customer_id": order["customer_id"] if is_ordered else on.id("customers", on.step.a),
        "number": f"I{on.step.b % 4}",
        "status": on.of("open", "paid", "void"),
        "total": 7 * on.step.c,
    }
    row |= {"order_number": order["number"]} if is_ordered else {}
    return Call(SERVICE, "select public.upsert_invoices(%s::jsonb)", (json.dumps([row]),))


def _remove_order(on: Chooser) -> Call:
    sql = "delete from public.orders where id = %s"
    return Call(SERVICE, sql, (on.id("orders", on.step.a),))


def _ask_tier(on: Chooser) -> Call:
    customer = on.row("customers", on.step.a)
    tiers = [on.id("customer_tiers", n) for n in range(2)]
    has = tiers.index(customer["tier_id"]) if customer.get("tier_id") in tiers else 0
    tier_id = tiers[has if on.step.b > 9 else 1 - has]
    ahead = on.of(None, None, timedelta(days=3))
    params = (customer["id"], tier_id, "Because", ahead)
    return Call("member", "select public.request_tier_change(%s, %s, %s, now() + %s)", params)


def _decide_tier(on: Chooser) -> Call:
    name = on.of("approve", "approve", "reject", "cancel")
    id_ = on.id("tier_change_requests", on.step.a, status=on.of("pending", "pending", "approved"))
    least = "member" if name == "cancel" else "manager"
    return Call(least, f"select public.{name}_tier_change(%s)", (id_,))


def _apply_due(_on: Chooser) -> Call:
    return Call(SERVICE, "select public.apply_due_tier_changes()")


def _change_discount(on: Chooser) -> Call:
    sql = "update public.customer_tiers set discount_percentage = %s where id = %s"
    return Call("admin", sql, (on.of(0, 5, 12.5), on.id("customer_tiers", on.step.a)))


def _change_policy(on: Chooser) -> Call:
    policy = {
        "upgrade": ("immediate", "approval")[on.step.a % 2],
        "downgrade": ("immediate", "approval")[on.step.b % 2],
        "allow_self_approval": on.of(True, False),
    }
    sql = "update public.organizations set settings = %s where id = %s"
    return Call("admin", sql, ({"tier_policy": policy}, on.organization_id))


def _hold_credit(on: Chooser) -> Call:
    customer_id = on.id("customers", on.step.a % 3)
    if on.step.b % 3 == 0:
        return Call("admin", "select public.release_credit_hold(%s)", (customer_id,))
    sql = "select public.set_credit_hold(%s, %s)"
    return Call("admin", sql, (customer_id, on.of("Owes", "Waits", "")))


def _add_note(on: Chooser) -> Call:
    least, type_ = [("member", "note"), ("member", "call"), ("nobody", "merged")][on.step.b % 3]
    params = (on.id("customers", on.step.a), type_, f"Title {on.number}")
    return Call(least, "select public.log_activity(%s, %s, %s)", params)


def _merge(on: Chooser) -> Call:
    target, *sources = [
        on.id("customers", (on.step.a + n) % 10, merged_into=None) for n in range(2 + on.step.b % 2)
    ]
    params = (target, sources)
    return Call("manager", "select public.merge_customers(%s, %s::uuid[])", params)


def _undo_merge(on: Chooser) -> Call:
    params = (on.id("customer_merges", on.step.a, status="merged"),)
    return Call("manager", "select public.undo_merge(%s)", params)


def _keep_preset(on: Chooser) -> Call:
    sql = """
    insert into public.customer_filter_presets
    (organization_id, name, filters, is_shared, is_default) values (%s, %s, %s, %s, %s)
    """
    is_shared, filters = on.step.a % 2 == 0, {"parent_id": on.id("customers", on.step.b)}
    params = (on.organization_id, f"P{on.step.c}", filters, is_shared, on.of(True, False))
    return Call("manager" if is_shared else "member", sql, params)


def _bulk(on: Chooser) -> Call:
    changes: Row = [
        {"status": on.of("active", "inactive", "suspended")},
        {"add_tags": ["a"], "remove_tags": ["b"]},
        {"tier_id": on.id("customer_tiers", on.step.c)},
        {"settings": {"locale": "fr-FR"}, "tier_id": on.id("customer_tiers", on.step.c)},
        {"customer_type": "vip", "status": "suspended"},
    ][on.step.b % 5]
    ids = [on.id("customers", on.step.a + n) for n in range(3)]
    return Call("manager", "select public.bulk_update_customers(%s::uuid[], %s)", (ids, changes))


OPERATIONS: dict[str, Callable[[Chooser], Call]] = {
    operation.__name__.removeprefix("_"): operation
    for operation in (
        _create, _edit, _edit_as_read, _set_directly, _set_status, _add_contact, _edit_contact,
        _make_primary, _remove_contact, _write_orders, _write_invoices, _remove_order, _ask_tier,
        _decide_tier, _apply_due, _change_discount, _change_policy, _hold_credit, _add_note,
        _merge, _undo_merge, _keep_preset, _bulk,
    )
}  # fmt: skip
