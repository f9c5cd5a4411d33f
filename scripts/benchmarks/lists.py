"""The list of customers: pages, searches, filters and counts."""

from __future__ import annotations

import json
from collections.abc import Iterator

from benchmarks.cases import Case, Statement
from benchmarks.subjects import SORT_KEYS, Place, Subjects

PAGE = 50
SMALL = "organization of 10,000"
_SEARCH = """
select r.* from public.search_customers(
    query => %s, filters => %s, sort => %s, cursor => %s, organization_id => %s
) as r
"""
_COUNT = "select public.count_customers(query => %s, filters => %s, organization_id => %s)"
# A redirect more or less makes no difference to what it takes.
SOURCES = {
    "c": "public.customers as c",
    "s": "public.customer_stats as s",
    "w": "private.customer_search as w",
}
_ROWS = """
with page as materialized (
    select {id} as id, {key} as key
    from {source}
    where {table}.organization_id = %(id)s {after}
    order by {key} {direction}, {id} {direction}
    limit {limit}
)
select c.*, t.name, t.level, t.color, k.first_name, k.last_name, k.email, s.*, page.key,
    (
        select count(*) from public.customer_contacts as a
        where a.organization_id = c.organization_id and a.customer_id = c.id
    )
from page
inner join public.customers as c on c.organization_id = %(id)s and c.id = page.id
inner join public.customer_stats as s on s.organization_id = %(id)s and s.customer_id = page.id
left join public.customer_tiers as t on t.organization_id = %(id)s and t.id = c.tier_id
left join public.customer_contacts as k
    on k.organization_id = %(id)s and k.customer_id = page.id and k.is_primary
order by page.key {direction}, page.id {direction}
"""
# What people write who have PostgREST and these tables.
_ILIKE = """
select c.* from public.customers as c
where c.organization_id = %s and (c.company_name ilike %s or c.tax_id ilike %s)
order by c.company_name limit 50
"""
_OFFSET = """
select c.* from public.customers as c
where c.organization_id = %s order by c.created_at, c.id limit 50 offset %s
"""
_EXACT = "select count(*) from public.customers as c where c.organization_id = %s"
FILTERS: dict[str, dict[str, object]] = {
    "tag": {"tags": ["seasonal"]},
    "revenue range": {"revenue_min": 2000, "revenue_max": 3000},
    "tier": {},  # of the organization
    "status": {"status": "suspended"},
    "credit status": {"credit_status": "over_limit"},
}


def cases(subjects: Subjects) -> Iterator[Case]:
    """Everything that the list does."""
    yield from _pages(subjects)
    yield from _searches(subjects)
    yield from _filters(subjects)
    yield from _counts(subjects)


def _pages(subjects: Subjects) -> Iterator[Case]:
    for name in SORT_KEYS:
        for sort in (name, f"-{name}"):
            for page in (1, deepest(subjects)):
                place = subjects.place(sort, (page - 1) * PAGE)
                others = {"limit": _by_hand(subjects, sort, place)}
                most = {"limit": 1.5}
                if page > 1:
                    others["page 1"] = _page(subjects, sort=sort)
                    most["page 1"] = 1.3
                if sort == "created_at":
                    offset = ((subjects.organization_id, (page - 1) * PAGE),)
                    others["OFFSET"] = Statement(_OFFSET, offset)
                ours = _page(subjects, sort=sort, place=place)
                yield Case(
                    f"list, page {page:,}", f"by {sort}", ours, others,
                    most_ms=5, most_times=most, runs=60,
                )  # fmt: skip


def deepest(subjects: Subjects) -> int:
    """The number of a page that has four fifths of the customers before it."""
    return max(2, subjects.size * 4 // 5 // PAGE)


def _searches(subjects: Subjects) -> Iterator[Case]:
    for name, term in terms(subjects).items():
        pattern = f"%{term}%"
        others = {
            SMALL: _page(subjects, query=term, small=True),
            "ilike": Statement(_ILIKE, ((subjects.organization_id, pattern, pattern),)),
        }
        is_short = len(term) < 3
        yield Case(
            f"search: {name}",
            term,
            _page(subjects, query=term),
            others,
            most_ms=100 if name == "typo" else 25,
            most_times={} if is_short or name == "typo" else {SMALL: 4},
            runs=40,
        )


def terms(subjects: Subjects) -> dict[str, str]:
    """What people look for, by what is special about it: words of the data itself."""
    one = "select {} from public.customers as c where c.organization_id = %s and {} limit 1"
    of = subjects.organization_id
    name = subjects.value(
        one.format("split_part(c.company_name, ' ', 1)", "c.company_name ~ '^[A-Za-z]{6} '"), of
    )
    email = subjects.value(
        "select k.email from public.customer_contacts as k where k.organization_id = %s limit 1", of
    )
    return {
        "frequent": "garden",
        "1 %": "herramientas",
        "rare": name,
        "absent": "zyxqwvut",
        "tax id fragment": subjects.value(
            one.format("substr(c.tax_id, 4, 5)", "length(c.tax_id) > 9"), of
        ),
        "e-mail of a contact": email,
        "accented": "cerámica",
        "three letters": "ltd",
        "two letters, frequent": "ga",
        "two letters, rare": "qu",
        "one letter": "g",
        # Two letters of a name swapped.
        "typo": name[:2] + name[3] + name[2] + name[4:],
    }


def _filters(subjects: Subjects) -> Iterator[Case]:
    tier_id = subjects.value(
        "select t.id from public.customer_tiers as t where t.organization_id = %s and t.level = 3",
        subjects.organization_id,
    )
    filters = FILTERS | {"tier": {"tier_id": str(tier_id)}}
    for name, chosen in filters.items():
        for sort in (*SORT_KEYS, *(f"-{each}" for each in SORT_KEYS)):
            ours = _page(subjects, filters=chosen, sort=sort)
            yield Case(f"filter: {name}", f"by {sort}", ours, most_ms=50, runs=20)
    names = list(filters)
    several = {
        f"{name} and {other}": filters[name] | filters[other]
        for name, other in zip(names, (*names[1:], names[0]), strict=True)
    }
    several["all five"] = {
        key: value for chosen in filters.values() for key, value in chosen.items()
    }
    for name, chosen in several.items():
        for sort in ("name", "-revenue"):
            ours = _page(subjects, filters=chosen, sort=sort)
            yield Case("filters together", f"{name}, by {sort}", ours, most_ms=250, runs=20)
    ours = _page(subjects, query="garden", filters=FILTERS["tag"], sort="-revenue")
    yield Case("search and filter", "frequent, tag, by -revenue", ours, most_ms=250, runs=20)


def _counts(subjects: Subjects) -> Iterator[Case]:
    of = subjects.organization_id
    for name, query, filters in (
        ("all", None, {}),
        ("search: frequent", "garden", {}),
        ("search: rare", terms(subjects)["rare"], {}),
        ("filter: status", None, FILTERS["status"]),
        ("filter: tag", None, FILTERS["tag"]),
    ):
        others = {} if query or filters else {"count=exact": Statement(_EXACT, ((of,),))}
        values = ((query, json.dumps(filters), of),)
        yield Case("count", name, Statement(_COUNT, values), others, most_ms=15, runs=40)


def _page(
    subjects: Subjects,
    *,
    query: str | None = None,
    filters: dict[str, object] | None = None,
    sort: str = "name",
    place: Place | None = None,
    small: bool = False,
) -> Statement:
    of = subjects.small_id if small else subjects.organization_id
    cursor = place.cursor if place else None
    return Statement(_SEARCH, ((query, json.dumps(filters or {}), sort, cursor, of),), small=small)


def _by_hand(subjects: Subjects, sort: str, place: Place | None) -> Statement:
    key, id_, kind = SORT_KEYS[sort.lstrip("-")]
    of = f"'{subjects.organization_id}'"
    sign = "<" if sort.startswith("-") else ">"
    after = f"and ({key}, {id_}) {sign} (%s::{kind}, %s::uuid)" if place else ""
    statement = _ROWS.replace("%(id)s", of).format(
        key=key,
        id=id_,
        after=after,
        limit=PAGE,
        direction="desc" if sign == "<" else "asc",
        source=SOURCES[id_[0]],
        table=id_[0],
    )
    return Statement(statement, ((place.key, place.id) if place else (),), as_superuser=True)
