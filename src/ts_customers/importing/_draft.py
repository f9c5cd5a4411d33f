"""What a record is becoming: the values of its cells, and what is to be said about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Values = dict[str, Any]


@dataclass(slots=True)
class Draft:
    """A row that is being made.

    Attributes:
        country: The row's country, as a code of two letters.
        headers: The column of each field.
        flat: The fields' paths to their values.
        customer: The customer's values, once the paths are unfolded.
        contacts: The contacts', likewise; an empty one keeps its place.
        belongs: Whether the row is a person's or an address of a company that it names otherwise.
        named: Which contacts got their names here, not from the file.
        changes: What was brought into another form.
        warnings: What a person should know.
        errors: What keeps the row from being imported.
    """

    country: str | None
    headers: Mapping[str, str]
    flat: Values = field(default_factory=dict)
    customer: Values = field(default_factory=dict)
    contacts: list[Values] = field(default_factory=list)
    belongs: bool = False
    named: list[int] = field(default_factory=list)
    changes: list[Values] = field(default_factory=list)
    warnings: list[Values] = field(default_factory=list)
    errors: list[Values] = field(default_factory=list)

    def changed(self, path: str, before: object, after: object) -> None:
        """Remember that the value of a field is another one than the file's."""
        self.changes.append(
            {"column": self.headers.get(path), "field": path, "from": before, "to": after}
        )

    def warn(self, path: str, value: object, slug: str, message: str) -> None:
        """Say something about a field."""
        self.warnings.append(
            {"column": self.headers.get(path), "value": value, "slug": slug, "message": message}
        )

    def refuse(self, path: str, value: object, slug: str, message: str) -> None:
        """Keep the row from being imported."""
        self.errors.append(
            {"column": self.headers.get(path), "value": value, "slug": slug, "message": message}
        )

    def unfold(self) -> None:
        """Paths to objects: {"billing_address.city": …} to {"billing_address": {…}}."""
        contacts: dict[int, Values] = {}
        if "settings" in self.flat:  # before what goes into it
            self.customer["settings"] = self.flat.pop("settings")
        for path, value in self.flat.items():
            if path.startswith("contacts."):
                _, number, name = path.split(".")
                contacts.setdefault(int(number), {})[name] = value
            elif "." in path:
                _put(self.customer, path.split("."), value)
            else:
                self.customer[path] = value
        self.contacts = [contacts.get(at, {}) for at in range(max(contacts, default=-1) + 1)]


def _put(target: Values, path: list[str], value: object) -> None:
    for key in path[:-1]:
        inner = target.get(key, {})
        if not isinstance(inner, dict):  # a settings cell that was no JSON: let it be refused
            return
        # A copy, since the file's own cell may be an object that the raw row shows as it was.
        copy = dict(inner)
        target[key] = copy
        target = copy
    target[path[-1]] = value
