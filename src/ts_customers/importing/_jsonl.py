"""Reading JSON lines: one object in each, made flat."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

from ts_customers._errors import InputFileError
from ts_customers.importing._fields import CUSTOMER_FIELDS
from ts_customers.importing._limits import Limits
from ts_customers.importing._source import Source, first_line

# Its insides are the customer's own: it stays in one piece.
_WHOLE = "settings"
# A character that no database takes can be written as an escape only.
_ESCAPED = re.compile(r"\\u(0000|[dD][89a-fA-F])")


class _Number(str):
    """A number as it is written: as a number of Python's it could lose digits."""

    __slots__ = ()


class _Unsound(Exception):
    """Why a line cannot be read."""


@dataclass(frozen=True, slots=True)
class JsonRows:
    """The lines of a file; every row has a cell for each of the columns.

    A cell is a text, True, False, None, or a list of these. Numbers are texts, as they are written.
    `settings` alone is an object.
    """

    source: Source
    limits: Limits
    columns: tuple[str, ...]
    row_count: int

    def rows(self) -> Iterator[tuple[int, list[Any]]]:
        """Read the objects that hold something, each with its line.

        Raises:
            InputFileError: file_changed.
        """
        for line, cells in _objects(self.source, self.limits):
            yield line, [cells.get(column) for column in self.columns]


def open_jsonl(source: Source, limits: Limits) -> JsonRows:
    """Read a file through, for its columns.

    Raises:
        InputFileError: jsonl_malformed, cell_too_long, too_many_columns,
            too_many_rows, file_changed.
    """
    is_filled: dict[str, bool] = {}
    row_count = 0
    for line, cells in _objects(source, limits):
        row_count += 1
        if row_count > limits.rows:
            raise limits.too_many_rows(source.name)
        for column, cell in cells.items():
            is_filled[column] = is_filled.get(column, False) or not _is_blank(cell)
        if len(is_filled) > limits.columns:
            raise limits.too_many_columns(source.name, line)
    return JsonRows(source, limits, _columns(is_filled), row_count)


def _columns(is_filled: dict[str, bool]) -> tuple[str, ...]:
    """All columns but those that stand for an object or a list that is empty wherever it is one."""
    inner = {column[:end] for column in is_filled for end in _dots(column)}
    return tuple(column for column, filled in is_filled.items() if filled or column not in inner)


def _dots(column: str) -> list[int]:
    return [index for index, character in enumerate(column) if character == "."]


def _objects(source: Source, limits: Limits) -> Iterator[tuple[int, dict[str, Any]]]:
    with source.text() as text:
        line, content = 1, first_line(text)
        while content:
            if content.strip():
                cells = _read(content, line, source.name, limits)
                if not all(map(_is_blank, cells.values())):
                    yield line, cells
            content = text.readline()
            line += 1


def _is_blank(cell: Any) -> bool:
    return not cell.strip() if isinstance(cell, str) else cell in (None, [], {})


def _read(content: str, line: int, name: str, limits: Limits) -> dict[str, Any]:
    try:
        cells = _cells(content)
        is_too_long = any(_length(cell) > limits.cell for cell in cells.values())
    except json.JSONDecodeError as error:
        raise _malformed(name, line, f"{error.msg}, character {error.pos + 1}") from error
    except _Unsound as error:
        raise _malformed(name, line, str(error)) from error
    except RecursionError as error:
        raise _malformed(name, line, "it is nested too deeply") from error
    if is_too_long:
        raise limits.cell_too_long(name, line)
    return cells


def _cells(content: str) -> dict[str, Any]:
    found = _DECODER.decode(content.strip())
    if not isinstance(found, dict):
        raise _Unsound("it is no object")
    cells: dict[str, Any] = {}
    _flatten(found, "", cells)
    if _ESCAPED.search(content):
        _check_characters(cells)
    return cells


def _malformed(name: str, line: int, reason: str) -> InputFileError:
    return InputFileError(
        f"{name} is no sound JSON lines in line {line:,}: {reason}",
        slug="jsonl_malformed",
        hint='Each line is one object, such as {"company_name": "Acme"}.',
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        repeated = next(key for key in keys if keys.count(key) > 1)
        raise _Unsound(f"it has {repeated} twice")
    return found


def _no_constant(text: str) -> NoReturn:
    raise _Unsound(f"{text} is no JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_Number,
    parse_float=_Number,
    parse_constant=_no_constant,
)


def _flatten(value: Any, path: str, cells: dict[str, Any]) -> None:
    inner: list[tuple[str, Any]] | None = None
    if isinstance(value, str):
        pass  # as most are
    elif isinstance(value, dict) and path != _WHOLE:
        inner = list(value.items())
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        inner = [(str(index), item) for index, item in enumerate(value)]
    if inner:
        for key, item in inner:
            _flatten(item, f"{path}.{key}" if path else key, cells)
    elif path in cells:
        raise _Unsound(f"it has {path} twice")
    elif inner is None and (value != [] or path in CUSTOMER_FIELDS):
        cells[path] = _cell(value)
    # What holds nothing, such as no contacts, is no column.


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, list):
        return [_cell(item) for item in value]
    return _exact(value) if isinstance(value, dict) else value


def _exact(value: Any) -> Any:
    """The insides of settings, in which a number stays one unless that would change it."""
    if isinstance(value, _Number):
        return _number(value)
    if isinstance(value, list):
        return [_exact(item) for item in value]
    if isinstance(value, dict):
        return {key: _exact(item) for key, item in value.items()}
    return value


def _number(text: str) -> int | float | str:
    try:
        number = json.loads(text)
        is_same = isinstance(number, int) or Decimal(repr(number)) == Decimal(text)
    except (ValueError, ArithmeticError):  # longer than Python takes
        return str(text)
    return number if is_same else str(text)


def _length(cell: Any) -> int:
    if isinstance(cell, str):
        return len(cell)
    return len(json.dumps(cell)) if isinstance(cell, list | dict) else 0


def _check_characters(cells: dict[str, Any]) -> None:
    for text in _texts(cells):
        if "\x00" in text:
            raise _Unsound("it holds a NUL character, which no database keeps in a text")
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise _Unsound("it holds one half of a surrogate pair") from error


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _texts(item)
