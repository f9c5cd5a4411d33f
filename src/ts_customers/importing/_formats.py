"""Telling the exports of other systems apart, and what their columns mean."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache

from ts_customers.importing import _crm_exports, _shop_exports
from ts_customers.importing._fields import is_field, squash
from ts_customers.importing._report import REASONS


@dataclass(frozen=True, slots=True)
class Target:
    """What a column of a known export means.

    Attributes:
        field: The field's path; None: it means none of ours.
        rank: Of several columns that mean one field, the filled one with the least rank counts.
        variant: How to read it, where that is not as usual.
        joins: Whether it adds to the columns of the same field before it.
    """

    field: str | None
    rank: int = 0
    variant: str = ""
    joins: bool = False


@dataclass(frozen=True, slots=True)
class Format:
    """The export of another system.

    Attributes:
        key: What the code calls it.
        title: What people call it.
        signs: Alternatives of column names by which it is known; ! in front: must not be there.
        columns: What its columns mean, by their names and by their squashed names.
        entities: What its rows can be imported as.
    """

    key: str
    title: str
    signs: tuple[tuple[str, ...], ...]
    columns: dict[str, Target]
    entities: tuple[str, ...]

    def target(self, header: str) -> Target | None:
        """What a column means; `ID` may be another one than `id`."""
        return self.columns.get(header) or self.columns.get(squash(header))

    def fits(self, names: Collection[str]) -> bool:
        """Whether a file with these squashed column names is such an export."""
        return any(
            all((sign[0] == "!") != (sign.lstrip("!") in names) for sign in signs)
            for signs in self.signs
        )


OWN = Format("own", "export of ts-customers", (), {}, ("customers", "contacts"))
# What an export of ours may hold beside the fields.
_READ_ONLY = frozenset(
    "id version created_at updated_at deactivated_at merged_into organization_id created_by "
    "updated_by tier_id tier_name tier_level revenue order_count last_order_at open_order_total "
    "open_invoice_total oldest_unpaid_due_on credit_status credit_hold_reason credit_hold_until "
    "contact_count primary_contact_name primary_contact_email".split()
) | {REASONS}


def recognise(header: Collection[str]) -> Format | None:
    """Find the format that a file with these columns has."""
    ours = [column for column in header if column not in _READ_ONLY]
    if all(map(is_field, ours)) and any("_" in column for column in ours):
        return OWN
    names = {squash(column) for column in header}
    return next((known for known in formats() if known.fits(names)), None)


@cache
def formats() -> tuple[Format, ...]:
    """The known exports; the more telling signs come first."""
    described = (*_shop_exports.EXPORTS, *_crm_exports.EXPORTS)
    found = {key: _read(key, *texts) for key, *texts in described}
    return tuple(found[key] for key in _ORDER)


_ORDER = (
    "shopify xero stripe salesforce_contacts salesforce hubspot hubspot_contacts quickbooks "
    "odoo erpnext woocommerce_analytics woocommerce"
).split()


def _read(key: str, title: str, entities: str, signs: str, columns: str) -> Format:
    return Format(
        key=key,
        title=title,
        signs=tuple(
            tuple(_sign(sign.strip()) for sign in alternative.split("&"))
            for alternative in signs.split("|")
        ),
        columns=_columns(columns),
        entities=tuple(entities.split()),
    )


def _sign(text: str) -> str:
    return ("!" if text.startswith("!") else "") + squash(text)


def _columns(text: str) -> dict[str, Target]:
    """Read lines of `field = Column, Column`; `field:variant`, `+field` joins, `-` is no field."""
    exact = dict(_targets(text))
    found: dict[str, Target] = {}
    for name, target in exact.items():
        found.setdefault(squash(name), target)
    return exact | found | {name: exact[name] for name in exact.keys() & found.keys()}


def _targets(text: str) -> Iterator[tuple[str, Target]]:
    for line in filter(None, map(str.strip, text.splitlines())):
        path, _, names = line.partition(" = ")
        field, _, variant = path.lstrip("+").partition(":")
        for rank, name in enumerate(names.split(",")):
            target = Target(
                None if field == "-" else field, rank, variant, joins=path.startswith("+")
            )
            yield name.strip(), target
