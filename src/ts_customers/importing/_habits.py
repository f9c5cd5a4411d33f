"""What the rows of some exports ask for beyond the meaning of their columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ts_customers.importing import _words
from ts_customers.importing._amounts import UNCLEAR_TERMS
from ts_customers.importing._draft import Draft, Values
from ts_customers.importing._fields import squash

# Of a company: its description may be longer.
_LONGEST_NAME = 500
# What names the customer of the row above.
Head = Mapping[str, Any]

DELETED = "deleted_in_source"

_DAYS_AFTER = ("daysafter", "daysafterbilldate", "daysafterinvoicedate", "daysafterbill")
_NAMING = ("external_id", "company_name")


def _stripe(draft: Draft, _head: Head) -> None:
    """A customer without a name goes by its description, else by its address."""
    name = draft.flat.get("notes")
    if not draft.flat.get("company_name") and isinstance(name, str):
        draft.flat["company_name"] = name = name.splitlines()[0][:_LONGEST_NAME]
        draft.changed("company_name", None, name)


def _hubspot_contacts(draft: Draft, _head: Head) -> None:
    """A person whose company is known by its id is not to give it a name."""
    draft.belongs = "external_id" in draft.flat


def _quickbooks(draft: Draft, _head: Head) -> None:
    """`Name` is the company's where there is no other, and the same name is no person's."""
    name = draft.flat.get("contacts.0.name")
    company = draft.flat.setdefault("company_name", name)
    if company == name:
        draft.flat.pop("contacts.0.name", None)
    if company is None:
        del draft.flat["company_name"]


def _xero(draft: Draft, _head: Head) -> None:
    """Days count only where they begin with the invoice's date."""
    days, after = draft.flat.get("payment_terms"), draft.flat.pop("row.terms", "")
    if days is not None and squash(after) not in _DAYS_AFTER:
        del draft.flat["payment_terms"]
        draft.changed("payment_terms", days, None)
        draft.warn(
            "payment_terms", f"{days} {after}".strip(), UNCLEAR_TERMS,
            "not a number of days after the invoice, and was left out",
        )  # fmt: skip


def _salesforce(draft: Draft, _head: Head) -> None:
    deleted = draft.flat.pop("row.deleted", "")
    if _words.boolean(str(deleted)):
        draft.refuse("row.deleted", deleted, DELETED, "this record was deleted where it comes from")


def _erpnext(draft: Draft, head: Head) -> None:
    """Further rows of a customer have nothing of its own: they belong to the row above."""
    if not any(map(draft.flat.get, _NAMING)):
        draft.flat |= head


def _odoo(draft: Draft, head: Head) -> None:
    flat = draft.flat
    kind, address = flat.pop("row.kind", None), str(flat.pop("row.address_type", ""))
    parent_id, parent = flat.pop("row.parent_id", None), flat.pop("row.parent", None)
    is_company = kind is not None and _words.boolean(str(kind)) is True
    if parent_id or parent:
        _odoo_child(draft, _odoo_parent(parent_id, parent, head), squash(address))
    elif not any(map(flat.get, _NAMING)):
        flat |= head
    elif not is_company and "row.kind" in draft.headers and flat.get("company_name"):
        flat["contacts.0.name"] = flat["company_name"]


def _odoo_parent(parent_id: str | None, parent: str | None, head: Head) -> Values:
    if (parent_id and head.get("external_id") == parent_id) or (
        not parent_id and head.get("company_name") == parent
    ):
        return dict(head)
    keys = {"external_id": parent_id, "company_name": parent}
    return {key: value for key, value in keys.items() if value}


def _odoo_child(draft: Draft, parent: Values, address: str) -> None:
    """A person of a company, or one of its addresses: nothing else on the row is the company's."""
    flat, draft.belongs = draft.flat, True
    kept: Values = {path: flat[path] for path in flat if path.startswith("contacts.")}
    if name := flat.get("company_name"):
        kept["contacts.0.name"] = name
    target = "shipping" if address.startswith("deliver") else "billing"
    if address.startswith(("deliver", "invoice")):
        for path in flat:
            if path.startswith("billing_address."):
                kept[f"{target}_address.{path.partition('.')[2]}"] = flat[path]
        kept["contacts.0.role"] = target
    left_out = [path for path in flat if path not in kept and path not in (*_NAMING, "row.country")]
    for path in left_out:
        moved = f"{target}_address.{path.partition('.')[2]}"
        if moved not in kept:
            draft.changed(path, flat[path], None)
    draft.flat = parent | kept


HABITS: dict[str, Callable[[Draft, Head], None]] = {
    "stripe": _stripe,
    "hubspot_contacts": _hubspot_contacts,
    "quickbooks": _quickbooks,
    "xero": _xero,
    "salesforce": _salesforce,
    "salesforce_contacts": _salesforce,
    "erpnext": _erpnext,
    "odoo": _odoo,
}
# In these a row may belong to the one above.
WITH_HEADS = ("erpnext", "odoo")
