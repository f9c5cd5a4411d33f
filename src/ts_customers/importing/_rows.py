"""Records as the database takes them: what each cell means, and what was changed on the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ts_customers.importing import _people_of_rows as people
from ts_customers.importing._columns import Column, columns_of, country_columns
from ts_customers.importing._draft import Draft, Values
from ts_customers.importing._fields import ADDRESSES, CUSTOMER_KEYS, KEPT
from ts_customers.importing._formats import OWN
from ts_customers.importing._habits import HABITS, WITH_HEADS
from ts_customers.importing._mapping import ColumnMap
from ts_customers.importing._noted import Noted
from ts_customers.importing._reader import TOO_FEW_CELLS, TOO_MANY_CELLS, Record, Table
from ts_customers.importing._values import without_guard
from ts_customers.importing._words import is_nothing


class RowMaker:
    """Turns the records of a file into rows for `stage_import_rows`."""

    def __init__(self, table: Table, mapping: Mapping[str, str | None]) -> None:
        self.table = table
        self.mapping = ColumnMap.of(mapping)
        known = self.mapping.known
        self._is_own = known is OWN
        self._habit = HABITS.get(known.key) if known else None
        self._has_heads = known is not None and known.key in WITH_HEADS
        self._columns = columns_of(table, self.mapping)
        self._headers = {column.path: column.header for column in reversed(self._columns)}
        self._country_columns = country_columns(self._columns)
        self._names_companies = known is not None or "company_name" not in self._headers
        self._heads = _Heads(self._columns, len(table.header))

    def row(self, record: Record) -> dict[str, Any]:
        """Make one row.

        Returns:
            {"raw", "values", "changes", "warnings"}; "errors" if it cannot be read; "named": the
            contacts that were named here, for want of a name in the file; "line", if it is known.
        """
        row: dict[str, Any] = {"raw": self.table.raw(record)}
        head = self._head(record) if self._has_heads else {}
        if (line := getattr(record, "line", None)) is not None:
            row["line"] = line
        width, cells = len(self.table.header), len(record.cells)
        if cells != width:
            slug = TOO_MANY_CELLS if cells > width else TOO_FEW_CELLS
            message = f"the row has {cells} cells where the header has {width}"
            error = {"column": None, "value": None, "slug": slug, "message": message}
            return row | {"values": {"customer": {}}, "changes": [], "errors": [error]}
        draft = self._draft(record, head)
        row["values"] = {"customer": draft.customer, "contacts": draft.contacts}
        row["changes"] = draft.changes
        row["warnings"] = draft.warnings
        if draft.named:
            row["named"] = draft.named
        if draft.errors:
            row["errors"] = draft.errors
        return row

    def _draft(self, record: Record, head: Values) -> Draft:
        draft = self._convert(record.cells)
        if self._habit:
            self._habit(draft, head)
        if "row.country" in self._headers:
            draft.flat.pop("row.country", None)
        draft.unfold()
        if not self._is_own:
            for address in ADDRESSES:
                if address in draft.customer:
                    _split_street(draft, address)
        self._finish_people(draft)
        return draft

    def _finish_people(self, draft: Draft) -> None:
        of_one_cell = people.split_names(draft)
        is_export = self.mapping.known is not None and not self._is_own
        if self.mapping.entity == "contacts":
            draft.customer = {
                key: value for key, value in draft.customer.items() if key in CUSTOMER_KEYS
            }
        else:
            if self._names_companies and not draft.belongs:
                people.name_company(draft)
            people.leave_out_nobodies(draft)
        people.name_contacts(draft, halves=None if is_export else of_one_cell)

    def _convert(self, cells: tuple[Any, ...]) -> Draft:
        country = self._country(cells)
        draft = Draft(country, self._headers)
        for column in self._columns:
            cell = cells[column.index]
            if cell is None or cell == "":
                continue
            if column.path == KEPT:
                draft.flat[f"{KEPT}"] = {**draft.flat.get(KEPT, {}), column.header: cell}
            elif isinstance(cell, str):
                self._take(draft, column, cell)
            else:
                draft.flat.setdefault(column.path, cell)
        return draft

    def _take(self, draft: Draft, column: Column, cell: str) -> None:
        """Take a cell of text."""
        path = column.path
        if path in draft.flat and not column.joins:
            return
        text = cell if self._is_own else cell.strip()
        if self.table.is_guarded:
            text = without_guard(text)
        if not text:
            return
        if column.is_typed and is_nothing(text):
            value = None
        else:
            value = column.convert(text, draft.country)
        if isinstance(value, Noted):
            draft.warnings.append(
                {
                    "column": column.header,
                    "value": text,
                    "slug": value.slug,
                    "message": value.message,
                }
            )
            value = value.value
        if path in draft.flat:
            value = f"{draft.flat[path]}, {value}"
        if value is not None:
            draft.flat[path] = value
        # Of an export of ours, an apostrophe that it put before a number is all that goes.
        is_guard = self._is_own and text == f"'{value}"
        if value != text and not is_guard and _is_change(text, value):
            draft.changes.append(
                {"column": column.header, "field": path, "from": text, "to": value}
            )

    def _country(self, cells: tuple[Any, ...]) -> str | None:
        for column in self._country_columns:
            cell = cells[column.index]
            if isinstance(cell, str) and (text := cell.strip()):
                code = column.convert(text, None)
                return code if isinstance(code, str) and len(code) == 2 else None
        return None

    def _head(self, record: Record) -> Values:
        """What names the customer that the rows above are of."""
        heads = self._heads
        if record.number != heads.last + 1:
            # An import that goes on in the middle has not seen them.
            for earlier in self.table.records():
                if earlier.number >= record.number:
                    break
                heads.pass_by(earlier)
        found = heads.head
        if found is not None and heads.names is None:
            flat = self._convert(found.cells).flat
            heads.names = {key: flat[key] for key in ("external_id", "company_name") if key in flat}
        names = heads.names or {}
        heads.pass_by(record)
        return names


class _Heads:
    """The last row that names a customer of its own, of those gone by."""

    def __init__(self, columns: list[Column], width: int) -> None:
        self._width = width
        self._naming = [c.index for c in columns if c.path in ("external_id", "company_name")]
        self._parents = [c.index for c in columns if c.path.startswith("row.parent")]
        self.last = 0
        self.head: Record | None = None
        self.names: Values | None = None

    def pass_by(self, record: Record) -> None:
        """Go on to the next row."""
        self.last = record.number
        cells = record.cells
        if len(cells) != self._width:
            # Nobody can tell whose the rows below it are.
            self.head = self.names = None
        elif any(cells[index] for index in self._naming) and not any(
            cells[index] for index in self._parents
        ):
            self.head, self.names = record, None


def _is_change(text: str, value: object) -> bool:
    if isinstance(value, bool):
        return text.casefold() != str(value).casefold()
    return value is None or isinstance(value, str)


def _split_street(draft: Draft, address: str) -> None:
    found = draft.customer[address]
    street = found.get("line1") if isinstance(found, dict) else None
    if not isinstance(street, str) or ("\n" not in street and "\r" not in street):
        return
    first, *others = (line.strip() for line in street.splitlines())
    rest = ", ".join(filter(None, (*others, found.get("line2"))))
    found |= {"line1": first} | ({"line2": rest} if rest else {})
    draft.changed(f"{address}.line1", street, {"line1": first, "line2": rest})
