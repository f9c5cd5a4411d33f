"""Whether the activities tell what became of customers and what is theirs: all of it, and once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from snapshots import Row, Snapshot

_UNTOLD = {"version", "updated_at", "updated_by"}
# What becomes of the source of a merge is told by the type of its activity.
_REDIRECTED = {
    "status", "deactivated_at", "merged_into", "parent_id", "portal_subdomain",
    "credit_hold_reason", "credit_hold_until", "credit_hold_by",
}  # fmt: skip
_KINDS = {
    "customer_contacts": ("contact", "contact_added", "contact_removed"),
    "orders": ("order", "order_placed", "order_removed"),
    "invoices": ("invoice", "invoice_issued", "invoice_removed"),
}
_MOVING = ("merged", "merge_undone")


def difference(before: Row, after: Row, ignored: set[str] = _UNTOLD) -> Row:
    """What metadata.changes must say."""
    return {
        name: {"from": before[name], "to": value}
        for name, value in after.items()
        if before[name] != value and name not in ignored
    }


def replayed(row: Row, activities: list[Row]) -> Row:
    """A row with the changes of activities laid over it, each of which must start from it."""
    row = dict(row)
    for activity in activities:
        for name, change in activity["metadata"]["changes"].items():
            assert row[name] == change["from"], (name, row[name], activity)
            row[name] = change["to"]
    return row


def customer_type(changes: Row) -> str:
    """The type of a change of a customer, as the contract has it."""
    if "status" in changes:
        return "status_changed"
    if "tier_id" in changes:
        return "tier_changed"
    if changes.keys() & {"credit_hold_reason", "credit_hold_until", "credit_hold_by"}:
        is_released = changes.get("credit_hold_reason", {"to": ""})["to"] is None
        return "credit_hold_released" if is_released else "credit_hold_set"
    return "settings_changed" if set(changes) == {"settings"} else "customer_updated"


def row_type(kind: str, changes: Row) -> str:
    """The type of a change of a contact, an order or an invoice."""
    if kind == "contact":
        return "contact_role_changed" if "role" in changes else "contact_updated"
    if kind == "order":
        return "order_status_changed" if "status" in changes else "order_updated"
    is_paid = changes.get("status", {}).get("to") == "paid"
    return "invoice_paid" if is_paid else "invoice_updated"


class History:
    """The activities that one step wrote, each of which must tell one change that it made."""

    def __init__(self, before: Snapshot, after: Snapshot) -> None:
        self.before = before.tables
        self.after = after.tables
        old, new = self.before["customer_activities"], self.after["customer_activities"]
        assert [new.get(id_) for id_ in old] == list(old.values()), "history was rewritten"
        self.written = sorted(
            (row for id_, row in new.items() if id_ not in old), key=lambda row: row["created_at"]
        )
        self.left = list(self.written)
        self.is_moving = any(row["type"] in _MOVING for row in self.left)

    def check(self, notes: int) -> None:
        """Everything that changed is told once, and nothing else but so many notes."""
        for id_, row in self.after["customers"].items():
            self._check_customer(row, self.before["customers"].get(id_))
        for table in _KINDS:
            for id_ in self.before[table].keys() | self.after[table].keys():
                self._check_row(table, self.before[table].get(id_), self.after[table].get(id_))
        for id_, row in self.after["tier_change_requests"].items():
            self._check_request(row, self.before["tier_change_requests"].get(id_))
        for id_, row in self.after["customer_merges"].items():
            self._check_merge(row, self.before["customer_merges"].get(id_))
        self._take(lambda row: row["type"] in {"note", "call"}, notes, "notes")
        assert not self.left, f"activities that tell of nothing: {self.left}"
        self._check_organizations()

    def _take(self, fits: Callable[[Row], bool], count: int, what: Any) -> list[Row]:
        found = [row for row in self.left if fits(row)]
        assert len(found) == count, f"{len(found)} activities instead of {count} for {what}"
        self.left = [row for row in self.left if not fits(row)]
        return found

    def _check_customer(self, row: Row, before: Row | None) -> None:
        about = [a for a in self.written if a["customer_id"] == row["id"]]
        steps = [a for a in about if "version" in a["metadata"]]
        steps.sort(key=lambda a: a["metadata"]["version"])
        self.left = [a for a in self.left if a not in steps]
        versions = [a["metadata"]["version"] for a in steps]
        if before is None:
            assert [a["type"] for a in steps] == ["customer_created"], (row, steps)
            assert versions == [row["version"]] == [1]
            return
        assert all(a["metadata"]["changes"] for a in steps), f"a change of nothing: {steps}"
        types = [customer_type(a["metadata"]["changes"]) for a in steps]
        assert [a["type"] for a in steps] == types
        moved = [a for a in about if a["type"] in _MOVING]
        if not moved:
            assert versions == list(range(before["version"] + 1, row["version"] + 1)), (row, steps)
            assert difference(replayed(before, steps), row) == {}, (row, steps)
            return
        assert row["version"] >= before["version"] + len(steps)
        if moved[0]["type"] == "merged":
            is_target = moved[0]["metadata"]["target_id"] == row["id"]
            silent = difference(replayed(before, steps + (moved if is_target else [])), row)
            assert set(silent) <= (set() if is_target else _REDIRECTED), (row, silent)

    def _check_row(self, table: str, before: Row | None, after: Row | None) -> None:
        kind, added, removed = _KINDS[table]
        row = after or before or {}
        # What moves with a merge is told by it.
        silent = {"customer_id", "role", "is_primary"} if self.is_moving else set()
        changes = difference(before, after, {"updated_at"}) if before and after else {}
        wanted = set()
        if before is None:
            wanted.add((added, row["customer_id"]))
        elif after is None:
            wanted.add((removed, row["customer_id"]))
        elif not set(changes) <= silent:
            wanted.add((row_type(kind, changes), row["customer_id"]))
            if kind == "contact" and "customer_id" in changes:
                wanted.add((removed, before["customer_id"]))
        told = self._take(
            lambda a: a["related_id"] == row["id"] and a["related_type"] == kind,
            len(wanted),
            (table, before, after),
        )
        assert {(a["type"], a["customer_id"]) for a in told} == wanted
        for activity in told:
            assert activity["metadata"].get("changes", changes) == changes, (activity, changes)

    def _check_request(self, row: Row, before: Row | None) -> None:
        # What takes effect with its decision is told by the change of tier alone.
        is_told = row["status"] not in {"applied", before and before["status"]}
        told = self._take(
            lambda a: a["related_id"] == row["id"] and a["type"].startswith("tier_change_"),
            int(is_told),
            (before, row),
        )
        status = "requested" if row["status"] == "pending" else row["status"]
        assert [a["type"] for a in told] in ([], [f"tier_change_{status}"])
        wish = {"tier_id": {"from": row["from_tier_id"], "to": row["to_tier_id"]}}
        assert all(a["metadata"]["changes"] == wish for a in told)

    def _check_merge(self, row: Row, before: Row | None) -> None:
        is_told = before is None or before["status"] != row["status"]
        people = {row["target_id"], *row["source_ids"]} if is_told else set()
        told = self._take(
            lambda a: a["type"] in _MOVING and a["related_id"] == row["id"],
            len(people),
            (before, row),
        )
        assert {a["customer_id"] for a in told} == people

    def _check_organizations(self) -> None:
        changed = [
            changes
            for table in ("customer_tiers", "organizations")
            for id_, row in self.after[table].items()
            if (changes := difference(self.before[table][id_], row, {"updated_at"}))
        ]
        old = self.before["organization_activities"]
        new = [a for id_, a in self.after["organization_activities"].items() if id_ not in old]
        told = [a["metadata"]["changes"] for a in new]
        assert sorted(told, key=repr) == sorted(changed, key=repr)
        begun = self.after["tier_discounts"].keys() - self.before["tier_discounts"].keys()
        assert len(begun) == sum("discount_percentage" in changes for changes in changed)
