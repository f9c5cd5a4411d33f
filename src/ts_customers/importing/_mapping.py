"""Which field each column of a file means, how sure that is, and why."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ts_customers._errors import Invalid
from ts_customers.importing._fields import CUSTOMER_KEYS, KEPT, is_secret
from ts_customers.importing._formats import OWN, Format, Target, recognise
from ts_customers.importing._guessing import Confidence, Guess, guess_fields
from ts_customers.importing._overrides import for_header

ENTITIES = ("customers", "contacts")

_ADDED = re.compile(r"\(metadata\)|__c$|\(customer\.metafields\.[^)]*\)", re.IGNORECASE)


_AS_USUAL = Target(None)


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """What a column means.

    Attributes:
        header: The column's name.
        field: The field's path; None: it is left out. `row.…` is no field, but tells how to read
            the row, and `settings.custom.import` keeps the cell as it is.
        confidence: How sure that is.
        reason: Why it means this, or nothing.
        target: How the known export of which it is writes the field.
    """

    header: str
    field: str | None
    confidence: Confidence
    reason: str
    target: Target = _AS_USUAL


class ColumnMap(Mapping[str, str | None]):
    """What the columns of a file mean: as a mapping, each header to its field's path or None."""

    def __init__(
        self,
        columns: Sequence[MappedColumn],
        *,
        known: Format | None = None,
        entity: str = "customers",
        language: str | None = None,
    ) -> None:
        self.columns = tuple(columns)
        self.known = known
        self.entity = entity
        self.language = language
        self._fields = {column.header: column.field for column in columns}

    def __getitem__(self, header: str) -> str | None:
        return self._fields[header]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    @property
    def format_name(self) -> str | None:
        """What people call the export that the file is of; None: of none that is known."""
        return self.known.title if self.known else None

    @property
    def is_certain(self) -> bool:
        """Whether nothing about it was guessed."""
        return all(column.confidence is Confidence.certain for column in self.columns)

    @classmethod
    def of(cls, mapping: Mapping[str, str | None]) -> ColumnMap:
        """A bare mapping as one that was chosen by hand."""
        if isinstance(mapping, ColumnMap):
            return mapping
        return cls([_chosen(header, field) for header, field in mapping.items()])


def map_columns(
    header: Sequence[str],
    overrides: Mapping[str, str | None],
    *,
    creates: bool = True,
    entity: str = "customers",
    keep_unmapped: bool = False,
) -> ColumnMap:
    """Decide what each column means: by the overrides, by the export it is of, by its name.

    Of several columns that mean one field, the one with the most telling name is taken. The columns
    of a contact that has neither a name nor an e-mail address are left out: they tell of no person.

    Args:
        header: The columns' names.
        overrides: Column to field, or to None to leave it out.
        creates: Whether customers are added: if so, something must name the company.
        entity: customers, or contacts alone, which name the customers that they belong to.
        keep_unmapped: Keep the cells of columns without a field in `settings.custom.import`.

    Raises:
        Invalid: unknown_column, field_mapped_twice, no_company_name, no_customer_key.
    """
    chosen = for_header(header, overrides)
    known = recognise(header)
    found = {column: _chosen(column, field) for column, field in chosen.items()}
    if known:
        found |= _of_format(known, [column for column in header if column not in found], found)
    rest = [column for column in header if column not in found]
    guesses = _guessed(rest, found, known, entity)
    found |= {column: _from_guess(column, guess) for column, guess in guesses.items()}
    columns = [found.get(name) or _left_out(name) for name in header]
    if creates:
        columns = _without_nobodies(columns, chosen)
    if entity == "contacts":
        columns = [_of_contact(column, chosen) for column in columns]
    mapped = ColumnMap(
        [_kept(column) if keep_unmapped else column for column in columns],
        known=known,
        entity=entity,
        language=_main_language(guesses.values()),
    )
    _require_customer(mapped, creates=creates)
    return mapped


def _chosen(header: str, field: str | None) -> MappedColumn:
    return MappedColumn(header, field, Confidence.certain, "as told")


def _left_out(header: str) -> MappedColumn:
    return MappedColumn(header, None, Confidence.certain, "not understood")


def _from_guess(header: str, guess: Guess) -> MappedColumn:
    return MappedColumn(header, guess.field, guess.confidence, guess.reason)


def _of_format(
    known: Format, header: Sequence[str], chosen: Mapping[str, MappedColumn]
) -> dict[str, MappedColumn]:
    taken = {column.field for column in chosen.values()}
    found = {}
    for column in header:
        target = known.target(column)
        if target is None:
            continue
        if target.field in taken:
            target = _AS_USUAL
        reason = known.title if target.field else f"{known.title}: none of our fields"
        found[column] = MappedColumn(column, target.field, Confidence.certain, reason, target)
    return found


def _guessed(
    header: Sequence[str], found: Mapping[str, MappedColumn], known: Format | None, entity: str
) -> dict[str, Guess]:
    """The guesses for columns that nothing else explains; one column for each field."""
    taken = {column.field for column in found.values() if column.field}
    of_another = known is not None and known is not OWN
    names = {_ADDED.sub("", column).strip() if of_another else column: column for column in header}
    guesses = {
        names[name]: guess
        for name, guess in guess_fields(names, taken, of_people=entity == "contacts").items()
    }
    if of_another:
        # What was added to a known export is the user's own: only its plain names are believed.
        guesses = {
            column: replace(guess, confidence=Confidence.likely)
            for column, guess in guesses.items()
            if guess.confidence is not Confidence.weak
            and not guess.field.startswith("contacts.")
            and guess.field not in ("status", "customer_type")
        }
    best: dict[str, tuple[int, int, str]] = {}
    for position, column in enumerate(header):
        if (guess := guesses.get(column)) and guess.field not in taken:
            rank = (guess.strength, position, column)
            best[guess.field] = min(rank, best.get(guess.field, rank))
    winners = {column for _, _, column in best.values()}
    return {column: guess for column, guess in guesses.items() if column in winners}


def _of_contact(column: MappedColumn, chosen: Collection[str]) -> MappedColumn:
    """A contact has nothing of its customer's but what names it, and its own id is not that."""
    field = column.field or ""
    names_customer = field in CUSTOMER_KEYS and column.confidence is not Confidence.weak
    if column.header in chosen or names_customer or field.startswith(("contacts.0.", "row.")):
        return column
    reason = "none of a contact's fields" if field else column.reason
    return replace(column, field=None, confidence=Confidence.certain, reason=reason)


def _main_language(guesses: Collection[Guess]) -> str | None:
    """The language of most columns, where it is none that shares its numbers with English."""
    languages = [guess.language for guess in guesses if guess.language]
    return max(sorted(set(languages)), key=languages.count, default=None)


def _without_nobodies(
    columns: Sequence[MappedColumn], chosen: Collection[str]
) -> list[MappedColumn]:
    somebody = {
        column.field.rpartition(".")[0]
        for column in columns
        if column.field and column.field.startswith("contacts.")
        and column.field.endswith(("name", ".email"))
    }  # fmt: skip

    def is_nobody(column: MappedColumn) -> bool:
        contact = (column.field or "").rpartition(".")[0]
        return contact.startswith("contacts.") and contact not in somebody

    reason = "of a contact without a name and an e-mail address"
    return [
        replace(column, field=None, confidence=Confidence.certain, reason=reason)
        if is_nobody(column) and column.header not in chosen
        else column
        for column in columns
    ]


def _kept(column: MappedColumn) -> MappedColumn:
    if column.field or column.reason == "as told" or is_secret(column.header):
        return column
    return replace(column, field=KEPT)


def _require_customer(mapped: ColumnMap, *, creates: bool) -> None:
    fields = set(mapped.values())
    columns = ", ".join(mapped)
    if mapped.entity == "contacts":
        if fields.isdisjoint((*CUSTOMER_KEYS, "row.parent", "row.parent_id")):
            raise Invalid(
                f"no column says which customer a contact belongs to; there are {columns}",
                slug="no_customer_key",
                hint="Say which one does: --map 'Column=customer_number', external_id or "
                "company_name",
            )
    elif mapped.known and "customers" not in mapped.known.entities:
        raise Invalid(
            f"this is a {mapped.known.title}, whose rows name no company",
            slug="no_company_name",
            hint="Import it with --entity contacts, after the customers.",
        )
    elif creates and "company_name" not in fields and not _names_a_person(fields):
        raise Invalid(
            f"no column is the company's name; there are {columns}",
            slug="no_company_name",
            hint="Say which one is: --map 'Column=company_name'",
        )


def _names_a_person(fields: Collection[str | None]) -> bool:
    """Whether a customer can be called by its contact, as consumers are."""
    return "contacts.0.name" in fields or "contacts.0.last_name" in fields
