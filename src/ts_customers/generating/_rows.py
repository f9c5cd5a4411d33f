"""What a made-up customer is in the tables: itself, its people, orders, invoices and history."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from ts_customers.generating._companies import (
    Company,
    Person,
    dice_for,
    made_company,
    made_person,
)

# Percent, from the highest tier to the lowest.
DISCOUNTS = {"Gold": 15, "Silver": 10, "Bronze": 5}
COLUMNS = {
    "public.customers": (
        "organization_id", "id", "customer_number", "external_id", "parent_id", "company_name",
        "tax_id", "website", "tier_id", "status", "customer_type", "billing_address",
        "credit_limit", "payment_terms", "currency", "tags", "deactivated_at", "created_at",
        "updated_at", "created_by",
    ),
    "public.customer_contacts": (
        "organization_id", "id", "customer_id", "first_name", "last_name", "email", "phone",
        "role", "is_primary", "created_at", "updated_at",
    ),
    "public.orders": (
        "organization_id", "id", "customer_id", "number", "status", "currency", "list_amount",
        "discount_percentage", "total", "placed_at", "created_at", "updated_at",
    ),
    "public.invoices": (
        "organization_id", "id", "customer_id", "order_id", "number", "status", "currency",
        "total", "issued_at", "due_at", "paid_at", "created_at", "updated_at",
    ),
    "public.customer_tier_periods": ("organization_id", "customer_id", "started_at", "tier_id"),
    "public.customer_activities": (
        "organization_id", "id", "customer_id", "type", "title", "metadata", "related_type",
        "related_id", "occurred_at", "created_by", "created_at",
    ),
}  # fmt: skip

Row = tuple[object, ...]

_DAYS = 2 * 365
# How many of a thing customers have: few have much. The means are 3 people, 2 orders, and 10
# activities, of which 6 tell of the customer, its people and its orders.
_PEOPLE = tuple(range(9)), (3, 19, 23, 20, 15, 9, 6, 3, 2)
_ORDERS, _MOST_ORDERS = 1.68, 200
_TALKS, _MOST_TALKS = 1.22, 500
# Of an organization's customers, one has as many activities as a fifth of them are.
_BUSIEST = 5
_TALK = {
    "note": ("Prefers mornings", "Asked for a quote", "Wants fewer deliveries", "Budget approved"),
    "call": ("Talked about delivery dates", "Left a message", "Complained about packaging"),
    "email": ("Sent the price list", "Answered about an invoice", "Confirmed the address"),
    "meeting": ("Visited the warehouse", "Yearly review", "Met at the fair"),
    "payment": ("Paid by transfer", "Asked to pay later"),
}
_TALK_TYPES = tuple(_TALK)
# An id is random but for its version (4) and variant.
_RANDOM = ~(0xF000 << 64 | 0b11 << 62) & ((1 << 128) - 1)
_VERSION_4 = 0x4000 << 64 | 0b10 << 62


@dataclass(frozen=True, slots=True)
class Organization:
    """Who the customers are of. Their numbers are `size` ones from `first`."""

    id: UUID
    owner_id: UUID
    tier_ids: dict[str, UUID]
    first: int
    size: int


@dataclass(slots=True)
class Batch:
    """Rows under `COLUMNS`, by table."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {table: [] for table in COLUMNS})


def made_batch(seed: int, organization: Organization, numbers: range, until: datetime) -> Batch:
    """Make the rows of some customers of an organization, in the two years before an instant.

    The same seed, numbers and instant make the same rows, but for the organization's own ids.
    """
    batch = Batch()
    for number in numbers:
        _Customer(seed, organization, number, until).add_to(batch)
    return batch


class _Customer:
    def __init__(self, seed: int, organization: Organization, number: int, until: datetime) -> None:
        self._dice = dice = dice_for(seed, number)
        self._company: Company = made_company(dice, seed, number)
        self._organization = organization
        self._number = number
        self._until = until
        self._age = dice.random() * _DAYS * 86_400
        self._created_at = until - timedelta(seconds=self._age)
        self._key = (organization.id, customer_id(seed, number))
        self._parent_id = (
            customer_id(seed, dice.randrange(organization.first, number))
            if number > organization.first and dice.random() < 0.03
            else None
        )

    def add_to(self, batch: Batch) -> None:
        rows = batch.rows
        rows["public.customers"].append(self._row())
        tier_id = self._organization.tier_ids.get(self._company.tier)
        if tier_id:
            period = (*self._key, self._created_at, tier_id)
            rows["public.customer_tier_periods"].append(period)
        activities = rows["public.customer_activities"]
        activities.append(
            self._activity("customer_created", f"Customer created: {self._company.name}")
        )
        for position in range(self._dice.choices(*_PEOPLE)[0]):
            self._add_person(made_person(self._dice, self._company, position), rows)
        for position in range(_skewed(self._dice, _ORDERS, _MOST_ORDERS)):
            self._add_order(position, rows)
        activities.extend(self._talks())

    def _row(self) -> Row:
        company, dice = self._company, self._dice
        address = {
            "line1": company.street,
            "city": company.city,
            "state": company.state,
            "postal_code": company.postal_code,
            "country": company.country,
        }
        status = dice.choices(("active", "inactive", "suspended"), (93, 5, 2))[0]
        return (
            *self._key,
            f"C-{self._number:010}",
            company.external_id,
            self._parent_id,
            company.name,
            company.tax_id or None,
            f"https://www.{company.domain}",
            self._organization.tier_ids.get(company.tier),
            status,
            dice.choices(("standard", "vip", "partner"), (90, 6, 4))[0],
            json.dumps({key: part for key, part in address.items() if part}),
            company.credit_limit,
            company.payment_terms,
            company.currency,
            list(company.tags),
            self._some_time() if status == "inactive" else None,
            self._created_at,
            self._created_at,
            self._organization.owner_id,
        )

    def _add_person(self, person: Person, rows: dict[str, list[Row]]) -> None:
        contact_id = random_id(self._dice)
        rows["public.customer_contacts"].append((
            self._key[0],
            contact_id,
            self._key[1],
            person.first_name,
            person.last_name,
            person.email,
            person.phone,
            person.role,
            person.role == "primary",
            self._created_at,
            self._created_at,
        ))  # fmt: skip
        rows["public.customer_activities"].append(
            self._activity(
                "contact_added",
                f"Contact added: {person.first_name} {person.last_name}",
                f'{{"role": "{person.role}"}}',
                ("contact", contact_id),
            )
        )

    def _add_order(self, position: int, rows: dict[str, list[Row]]) -> None:
        dice = self._dice
        order_id = random_id(dice)
        number = f"O-{self._number}-{position + 1}"
        placed_at = self._some_time()
        status = dice.choices(("open", "completed", "cancelled"), (10, 85, 5))[0]
        discount = DISCOUNTS.get(self._company.tier, 0)
        # Hundreds, so that a discount leaves whole ones, in yen too.
        amount = 100 * min(int(dice.lognormvariate(2, 1)) + 1, 10_000)
        total = amount * (100 - discount) // 100
        currency = self._company.currency
        rows["public.orders"].append((
            self._key[0], order_id, self._key[1], number, status, currency, amount, discount,
            total, placed_at, placed_at, placed_at,
        ))  # fmt: skip
        rows["public.customer_activities"].append(
            self._activity(
                "order_placed",
                f"Order placed: {number}",
                f'{{"total": {total}, "currency": "{currency}", "status": "{status}"}}',
                ("order", order_id),
                placed_at,
            )
        )
        if status != "cancelled" and dice.random() < 0.2:
            due_at = placed_at + timedelta(days=self._company.payment_terms)
            is_paid = dice.random() < 0.85
            rows["public.invoices"].append((
                self._key[0], random_id(dice), self._key[1], order_id, f"I-{number[2:]}",
                "paid" if is_paid else "open", currency, total, placed_at, due_at,
                min(due_at, self._until) if is_paid else None, placed_at, placed_at,
            ))  # fmt: skip

    def _talks(self) -> Iterator[Row]:
        dice = self._dice
        count = _skewed(dice, _TALKS, _MOST_TALKS)
        if self._number == self._organization.first:
            count = max(count, self._organization.size // _BUSIEST)
        for _ in range(count):
            kind = dice.choice(_TALK_TYPES)
            yield self._activity(kind, dice.choice(_TALK[kind]), at=self._some_time())

    def _activity(
        self,
        kind: str,
        title: str,
        metadata: str = "{}",
        related: tuple[str | None, str | None] = (None, None),
        at: datetime | None = None,
    ) -> Row:
        at = at or self._created_at
        return (
            self._key[0],
            random_id(self._dice),
            self._key[1],
            kind,
            title,
            metadata,
            *related,
            at,
            self._organization.owner_id,
            at,
        )

    def _some_time(self) -> datetime:
        """Some time since the customer is one."""
        return self._created_at + timedelta(seconds=self._dice.random() * self._age)


def customer_id(seed: int, number: int) -> str:
    """The id of a customer, which its subsidiaries name before it is made."""
    return random_id(random.Random(f"id {seed} {number}"))  # noqa: S311


def random_id(dice: random.Random) -> str:
    """A version 4 UUID as 32 digits."""
    return f"{dice.getrandbits(128) & _RANDOM | _VERSION_4:032x}"


def _skewed(dice: random.Random, exponent: float, most: int) -> int:
    """One or more, most often one."""
    return min(int(dice.paretovariate(exponent)), most)
