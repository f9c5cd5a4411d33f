"""Which field each column of a file means."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ts_customers._errors import InputFileError, Invalid
from ts_customers.importing._fields import all_fields, guess_field, is_field, squash

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


def map_columns(
    header: Sequence[str], overrides: Mapping[str, str | None], *, creates: bool = True
) -> FieldMap:
    """Decide what each column means: by the overrides, else by its name.

    Of several columns that mean one field, the one with the most telling name is taken. Without
    a column for a contact's name, that contact's columns are left out: they tell of no person.

    Args:
        header: The columns' names.
        overrides: Column to field, or to None to leave it out.
        creates: Whether customers are added: if so, a column must be the company's name.

    Raises:
        Invalid: unknown_column, field_mapped_twice, no_company_name.
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
    guesses = [
        (guess[1], position, column, guess[0])
        for position, column in enumerate(header)
        if column not in chosen and (guess := guess_field(column))
    ]
    for _strength, _position, column, field in sorted(guesses):
        by_field.setdefault(field, column)
    if creates:
        _drop_nameless_contacts(by_field, keep=chosen)
    if creates and "company_name" not in by_field:
        raise Invalid(
            f"no column is the company's name; there are {', '.join(header)}",
            slug="no_company_name",
            hint="Say which one is: --map 'Column=company_name'",
        )
    columns = {column: field for field, column in by_field.items()}
    return {column: columns.get(column) for column in header}


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


def _drop_nameless_contacts(by_field: dict[str, str], *, keep: Mapping[str, str | None]) -> None:
    named = {
        field.rpartition(".")[0]
        for field in by_field
        if field.startswith("contacts.") and field.endswith("name")
    }
    for field, column in list(by_field.items()):
        contact = field.rpartition(".")[0]
        if contact.startswith("contacts.") and contact not in named and column not in keep:
            del by_field[field]
