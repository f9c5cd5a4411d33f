"""Made-up data in a database: organizations with their owners, and all that customers have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from ts_customers._client import Client
from ts_customers._errors import Invalid
from ts_customers.generating._companies import COMPANIES
from ts_customers.generating._loading import load_customers
from ts_customers.generating._organizations import MadeOrganization, make_organizations

MOST_ORGANIZATIONS = 500


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of a step is done: of signing up, loading or finishing."""

    step: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Generated:
    """What was made: organizations, and how many rows each table got."""

    organizations: list[MadeOrganization]
    rows: dict[str, int]


def generate(
    client: Client,
    db_url: str,
    *,
    customers: int,
    organizations: int = 50,
    seed: int = 1,
    password: str,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> Generated:
    """Make and load customers, with 3 contacts, 2 orders and 10 activities each on average.

    The same seed makes the same companies on every day, with a history of the two years before it.

    Args:
        client: Acts by the secret key.
        db_url: The database, as the owner of the tables.
        customers: How many, at most nine million.
        organizations: How many have them: the first one half.
        seed: Which ones.
        password: Of each organization's owner.
        on_progress: Called as work goes on.

    Raises:
        Invalid: too_many_customers, too_few_customers.
        Conflict: seed_taken.
    """
    if customers > COMPANIES - MOST_ORGANIZATIONS:
        raise Invalid(
            f"there are names for {COMPANIES - MOST_ORGANIZATIONS:,} customers",
            slug="too_many_customers",
            hint="Take several seeds.",
        )
    if customers < 2 * organizations:
        raise Invalid(
            f"{organizations} organizations need {2 * organizations} customers at least",
            slug="too_few_customers",
            hint="Ask for more --customers, or for fewer --organizations.",
        )
    until = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    made: list[MadeOrganization] = []
    for organization in make_organizations(
        client, db_url,
        customers=customers, organizations=organizations, seed=seed, password=password,
    ):  # fmt: skip
        made.append(organization)
        on_progress(Progress("signing up", len(made), organizations))
    rows = load_customers(
        db_url, seed, [each.organization for each in made], until,
        on_loaded=lambda done: on_progress(Progress("loading", done, customers)),
        on_finished=lambda done, total: on_progress(Progress("finishing", done, total)),
    )  # fmt: skip
    return Generated(made, rows)
