"""Pages of an organization with more customers than are looked at to choose how to find them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from organizations import Organization, insert_organization
from tap import Connection, Tap

CUSTOMERS = 2_500
# Few and many of a thousand: every 500th, every 40th and every other customer. The last one's
# customers all stand at the end of every order.
WORDS = {"sparse": "n % 500 = 7", "some": "n % 40 = 3", "dense": "n % 2 = 0", "last": "n > 2450"}
ADD = f"""
insert into public.customers
(organization_id, company_name, customer_number, created_at, status, tags)
select %s, to_char(n, 'FM00000') || {
    " || ".join(
        f"case when {condition} then ' {word}' else '' end" for word, condition in WORDS.items()
    )
}, n::text, '2026-01-01'::timestamptz + make_interval(mins => n),
    case when n % 500 = 7 then 'suspended' else 'active' end,
    case when n % 40 = 3 then array['some'] else '{{}}' end
from generate_series(1, {CUSTOMERS}) as n
""".replace(" % ", " %% ")
PAGE = """
select id, cursor from public.search_customers(
    query => %s, filters => %s, sort => %s, cursor => %s, page_size => %s, organization_id => %s
)
"""
COUNT = "select public.count_customers(%s, %s, %s)"
EXPECTED = """
select c.id from public.customers as c
where c.organization_id = %s and c.company_name ~ %s and c.status ~ %s
order by c.created_at {direction}
"""


def pages(tap: Tap, made: Organization, query: str | None, filters: Any, sort: str) -> list[UUID]:
    """Every customer found, page by page."""
    ids: list[UUID] = []
    cursor = None
    while page := tap.rows(PAGE, query, filters, sort, cursor, 20, made.id):
        assert len(ids) % 20 == 0, "a page before the last one was not full"
        ids += [id_ for id_, _ in page]
        cursor = page[-1][1]
    return ids


def test_pages_are_the_same_however_they_are_found(
    admin_db: Connection, subtests: pytest.Subtests
) -> None:
    tap = Tap(admin_db)
    made = insert_organization(tap, "Large")
    tap.execute("delete from public.customers where id = %s", made.customer)
    tap.execute(ADD, made.id)
    asked: list[tuple[str | None, Any, str, str]] = [
        (word, {}, f" {word}", "") for word in (*WORDS, "nowhere")
    ]
    asked += [
        # Within a typo, of which there is no literal match.
        ("sprase", {}, " sparse", ""),
        ("desne", {}, " dense", ""),
        (None, {"status": "suspended"}, "", "suspended"),
        (None, {"tags": ["some"]}, " some", ""),
        ("dense", {"tags": ["some"]}, " dense.* some| some.* dense", ""),
        ("0 last", {"status": "active"}, "0.* last", "active"),
    ]
    expected: list[tuple[UUID]] = []
    for query, filters, name, status in asked:
        for sort in ("name", "-name", "created_at", "-created_at"):
            with subtests.test(query=query, filters=filters, sort=sort):
                direction = "desc" if sort.startswith("-") else "asc"
                expected = tap.rows(EXPECTED.format(direction=direction), made.id, name, status)
                with tap.acting_as(made.viewer):
                    assert pages(tap, made, query, filters, sort) == [id_ for (id_,) in expected]
        with tap.acting_as(made.viewer):
            assert tap.value(COUNT, query, filters, made.id) == {
                "count": len(expected), "exact": True,
            }  # fmt: skip
