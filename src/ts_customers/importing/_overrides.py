"""What a person says that columns mean: `--map` and `--map-file`."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ts_customers._errors import InputFileError, Invalid
from ts_customers.importing._fields import all_fields, is_field, squash

# A column's header to its field's path; None: the column is left out.
FieldMap = dict[str, str | None]


def parse_overrides(texts: Iterable[str]) -> FieldMap:
    """Read `Column=field` pairs; `Column=` leaves a column out.

    Raises:
        Invalid: map_invalid, unknown_field.
    """
    overrides: FieldMap = {}
    for text in texts:
        # A header may hold an equals sign; a field's path does not.
        column, sign, field = (part.strip() for part in text.rpartition("="))
        if not sign or not column:
            raise Invalid(
                f"{text} is not Column=field",
                slug="map_invalid",
                hint="Write it as --map 'Company=company_name'; 'Column=' leaves a column out.",
            )
        overrides[column] = _checked(column, field or None)
    return overrides


def read_map_file(path: Path) -> FieldMap:
    """Read a JSON object of columns and fields; null leaves a column out.

    Raises:
        InputFileError: map_file_unreadable.
        Invalid: unknown_field.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputFileError(
            f"{path} cannot be read: {reason}",
            slug="map_file_unreadable",
            hint='It should hold JSON such as {"Company": "company_name", "Fax": null}.',
        ) from error
    if not isinstance(content, dict) or not all(
        isinstance(field, str | None) for field in content.values()
    ):
        raise InputFileError(
            f"{path} is not one JSON object of texts",
            slug="map_file_unreadable",
            hint='It should hold JSON such as {"Company": "company_name", "Fax": null}.',
        )
    return {column: _checked(column, field or None) for column, field in content.items()}


def _checked(column: str, field: str | None) -> str | None:
    if field is None or is_field(field):
        return field
    similar = difflib.get_close_matches(field, all_fields(), n=3, cutoff=0.5)
    raise Invalid(
        f"there is no field {field} for the column {column}",
        slug="unknown_field",
        hint=f"Did you mean {' or '.join(similar)}?"
        if similar
        else f"Fields: {', '.join(all_fields())}; contacts.1 is the second contact.",
    )


def for_header(header: Sequence[str], overrides: Mapping[str, str | None]) -> FieldMap:
    """The overrides by the columns' names as the file writes them.

    Raises:
        Invalid: unknown_column, field_mapped_twice.
    """
    chosen = {_find_column(header, column): field for column, field in overrides.items()}
    by_field: dict[str, str] = {}
    for column, field in chosen.items():
        if field is not None and by_field.setdefault(field, column) != column:
            raise Invalid(
                f"the columns {by_field[field]} and {column} are both mapped to {field}",
                slug="field_mapped_twice",
                hint="Map one of them to another field, or to nothing.",
            )
    return chosen


def _find_column(header: Sequence[str], wanted: str) -> str:
    if wanted in header:
        return wanted
    alike = [column for column in header if squash(column) == squash(wanted)]
    if len(alike) == 1:
        return alike[0]
    raise Invalid(
        f"the file has no column {wanted}",
        slug="unknown_column",
        hint=f"It has: {', '.join(header)}",
    )
