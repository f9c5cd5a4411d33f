"""Records as the database takes them: what each cell means, and what was changed on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ts_customers.importing import _values
from ts_customers.importing._reader import TOO_FEW_CELLS, TOO_MANY_CELLS, Record, Table

# Without one of these a contact is nobody, whatever its flags say.
_PERSON = ("first_name", "last_name", "email", "phone", "mobile", "notes")


@dataclass(frozen=True, slots=True)
class _Column:
    index: int
    header: str
    path: str
    convert: _values.Converter


class RowMaker:
    """Turns the records of a file into rows for `stage_import_rows`."""

    def __init__(self, table: Table, mapping: Mapping[str, str | None]) -> None:
        self.table = table
        self._columns = [
            _Column(index, header, path, _values.converter_for(path))
            for index, header in enumerate(table.header)
            if (path := mapping.get(header))
        ]
        self._country_columns = [
            column
            for address in ("billing_address", "shipping_address")
            for column in self._columns
            if column.path == f"{address}.country"
        ]

    def row(self, record: Record) -> dict[str, Any]:
        """Make one row: {"raw", "values", "changes"}, and "errors" if it cannot be read."""
        raw = self.table.raw(record)
        width, cells = len(self.table.header), len(record.cells)
        if cells != width:
            slug = TOO_MANY_CELLS if cells > width else TOO_FEW_CELLS
            message = f"the row has {cells} cells where the header has {width}"
            error = {"column": None, "value": None, "slug": slug, "message": message}
            return {"raw": raw, "values": {"customer": {}}, "changes": [], "errors": [error]}
        values, changes = self._convert(record.cells)
        return {"raw": raw, "values": _nested(values), "changes": changes}

    def _convert(self, cells: tuple[str, ...]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        country = self._country(cells)
        values: dict[str, Any] = {}
        changes = []
        for column in self._columns:
            text = _values.without_guard(cells[column.index].strip())
            if not text:
                continue
            value = column.convert(text, country)
            values[column.path] = value
            if _is_change(text, value):
                changes.append(
                    {"column": column.header, "field": column.path, "from": text, "to": value}
                )
        return values, changes

    def _country(self, cells: tuple[str, ...]) -> str | None:
        texts = (cells[column.index].strip() for column in self._country_columns)
        first = next((text for text in texts if text), "")
        code = _values.country(first, None)
        return code if len(code) == 2 else None


def _is_change(text: str, value: object) -> bool:
    if isinstance(value, bool):
        return text.casefold() != str(value).casefold()
    return isinstance(value, str) and value != text


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Paths to objects: {"billing_address.city": …} to {"customer": {"billing_address": {…}}}."""
    customer: dict[str, Any] = {}
    contacts: dict[int, dict[str, Any]] = {}
    for path, value in values.items():
        if path.startswith("contacts."):
            _, number, field = path.split(".")
            contacts.setdefault(int(number), {})[field] = value
        else:
            _put(customer, path.split("."), value)
    for field in ("billing_address", "shipping_address"):
        if field in customer:
            _split_street(customer[field])
    for contact in contacts.values():
        _split_name(contact)
    return {"customer": customer, "contacts": _listed(contacts)}


def _put(target: dict[str, Any], path: list[str], value: object) -> None:
    for key in path[:-1]:
        inner = target.setdefault(key, {})
        if not isinstance(inner, dict):  # a settings cell that was no JSON: let it be refused
            return
        target = inner
    target[path[-1]] = value


def _split_street(address: dict[str, Any]) -> None:
    first, *others = (line.strip() for line in address.get("line1", "").splitlines() or [""])
    if others:
        address["line1"] = first
        address["line2"] = ", ".join(filter(None, (*others, address.get("line2"))))


def _split_name(contact: dict[str, Any]) -> None:
    name = contact.pop("name", None)
    if not name or contact.get("first_name") or contact.get("last_name"):
        return
    first, last = _split_at_comma(name) if "," in name else _split_at_blank(name)
    contact |= {key: text for key, text in (("first_name", first), ("last_name", last)) if text}


def _split_at_comma(name: str) -> tuple[str, str]:
    last, _, first = name.partition(",")
    return first.strip(), last.strip()


def _split_at_blank(name: str) -> tuple[str, str]:
    *first, last = name.split()
    return (" ".join(first), last) if first else (last, "")


def _listed(contacts: Mapping[int, dict[str, Any]]) -> list[dict[str, Any]]:
    people = {number: c for number, c in contacts.items() if any(map(c.get, _PERSON))}
    # An empty one keeps the place of those behind it, by which the report finds their columns.
    return [people.get(number, {}) for number in range(max(people, default=-1) + 1)]
