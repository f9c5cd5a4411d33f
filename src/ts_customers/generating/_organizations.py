"""Made-up organizations: one large, a few of some size, many small ones, each with an owner."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import psycopg

from ts_customers._client import Client
from ts_customers._errors import Conflict, from_auth
from ts_customers.generating._companies import COMPANIES, dice_for, made_company
from ts_customers.generating._rows import DISCOUNTS, Organization

_ACT_AS = "select set_config('request.jwt.claims', %s, true)"


@dataclass(frozen=True, slots=True)
class MadeOrganization:
    """An organization with the login of its owner."""

    name: str
    email: str
    organization: Organization


def sizes(customers: int, organizations: int) -> list[int]:
    """How many customers each organization has: the first one half, the others ever fewer.

    The second has twice as many as the third, three times as many as the fourth, and so on.
    """
    if organizations == 1:
        return [customers]
    rest = customers // 2
    weights = [1 / rank for rank in range(1, organizations)]
    others = [max(1, int(rest * weight / sum(weights))) for weight in weights]
    return [customers - sum(others), *others]


def make_organizations(
    client: Client, db_url: str, *, customers: int, organizations: int, seed: int, password: str
) -> Iterator[MadeOrganization]:
    """Sign owners up, and have each create an organization with three tiers.

    Args:
        client: Acts by the secret key.
        db_url: The database, as a role that owns the tables.
        customers: How many customers they will have together.
        organizations: How many.
        seed: Which ones; another seed has other names and logins.
        password: Of all owners.

    Raises:
        Conflict: seed_taken.
    """
    first = 0
    with psycopg.connect(db_url, autocommit=True) as connection:
        for number, size in enumerate(sizes(customers, organizations), 1):
            # Names that none of the customers has.
            last = COMPANIES - number
            name = made_company(dice_for(seed, last), seed, last).name
            email = f"owner{number}@seed{seed}.example"
            owner_id = _sign_up(client, email, password, seed)
            organization_id, tier_ids = _create(connection, owner_id, name)
            organization = Organization(organization_id, owner_id, tier_ids, first, size)
            yield MadeOrganization(name, email, organization)
            first += size


def _sign_up(client: Client, email: str, password: str, seed: int) -> UUID:
    from supabase_auth.errors import AuthApiError

    try:
        made = client.server.auth.admin.create_user(
            {"email": email, "password": password, "email_confirm": True}
        )
    except AuthApiError as error:
        if error.code != "email_exists":
            raise from_auth(error) from error
        raise Conflict(
            f"seed {seed} is generated already: {email} has a login",
            slug="seed_taken",
            hint="Take another --seed, or empty the stack first: ts-customers reset",
        ) from error
    return UUID(made.user.id)


def _create(
    connection: psycopg.Connection, owner_id: UUID, name: str
) -> tuple[UUID, dict[str, UUID]]:
    with connection.transaction():
        claims = {"role": "authenticated", "sub": str(owner_id)}
        connection.execute(_ACT_AS, (json.dumps(claims),))
        row = connection.execute(
            "select (public.create_organization(name => %s)).id", (name,)
        ).fetchone()
        assert row is not None
        tiers = {}
        for level, (tier, discount) in enumerate(DISCOUNTS.items(), 1):
            made = connection.execute(
                "insert into public.customer_tiers"
                " (organization_id, name, level, discount_percentage) values (%s, %s, %s, %s)"
                " returning id",
                (row[0], tier, level, discount),
            ).fetchone()
            assert made is not None
            tiers[tier] = made[0]
    return row[0], tiers
