"""The columns of a file as rows are made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ts_customers.importing import _values, _variants
from ts_customers.importing._amounts import decimal_mark
from ts_customers.importing._formats import OWN
from ts_customers.importing._guessing import Confidence
from ts_customers.importing._mapping import ColumnMap, MappedColumn
from ts_customers.importing._reader import Table

_COMMA_LANGUAGES = ("de", "fr", "es")


@dataclass(frozen=True, slots=True)
class Column:
    """A column, where it stands, and what to do with its cells.

    Attributes:
        index: Its place in the record.
        header: Its name.
        path: The field's path.
        convert: What brings a cell into its form.
        is_typed: Whether words for "nothing" count as nothing.
        joins: Whether its cells add to the field's value.
    """

    index: int
    header: str
    path: str
    convert: _values.Converter
    is_typed: bool
    joins: bool


def columns_of(table: Table, mapping: ColumnMap) -> list[Column]:
    """The columns that mean something, each field's in the order in which they count."""
    places = {header: index for index, header in enumerate(table.header)}
    ranked = sorted(mapping.columns, key=lambda column: column.target.rank)
    return [
        Column(
            index=places[column.header],
            header=column.header,
            path=column.field,
            convert=_converter(table, mapping, column, places[column.header]),
            is_typed=mapping.known is not OWN and _values.is_typed(column.field),
            joins=column.target.joins,
        )
        for column in ranked
        if column.field and column.header in places
    ]


def _converter(
    table: Table, mapping: ColumnMap, column: MappedColumn, index: int
) -> _values.Converter:
    path = column.field or ""
    if mapping.known is OWN:
        return _values.plain_converter_for(path, is_guarded=table.is_guarded)
    if column.target.variant:
        return _variants.VARIANTS[column.target.variant]
    if _values.leaf(path) == "credit_limit":
        return _values.amount_with(_decimal_mark(table, mapping, index))
    convert = _values.converter_for(path)
    if path == "status":
        convert = _variants.flag_for(column.header) or convert
    if column.confidence is Confidence.certain:
        return convert
    return _values.forgiving(path, convert)


def _decimal_mark(table: Table, mapping: ColumnMap, index: int) -> str | None:
    cells = (record.cells[index] for record in table.records() if len(record.cells) > index)
    found = decimal_mark(cells)
    if found is None and mapping.language in _COMMA_LANGUAGES:
        return ","
    return found


def country_columns(columns: Sequence[Column]) -> list[Column]:
    """The columns that tell a row's country, the first filled one of which does."""
    order = ("row.country", "billing_address.country", "shipping_address.country")
    return [column for path in order for column in columns if column.path == path]
