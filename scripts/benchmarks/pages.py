"""What the pages about one customer, and about all of them, ask for."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.cases import Case, Statement
from benchmarks.subjects import Subjects

_OVERVIEW = "select public.customer_overview(customer_id => %s)"
_STATISTICS = "select public.customer_statistics(organization_id => %s)"
_TIMELINE = """
select t.* from public.customer_timeline(
    customer_id => %s, types => %s, cursor => %s, page_size => 50
) as t
"""
_FEW = "c.company_name < 'M'"
_CURSOR = """
select private.encode_cursor('timeline', a.created_at::text, a.id)
from public.customer_activities as a
where a.organization_id = %s and a.customer_id = %s
order by a.created_at desc, a.id desc
offset %s limit 1
"""
_BY_HAND = """
select a.* from public.customer_activities as a
where a.organization_id = %s and a.customer_id = %s
order by a.created_at desc, a.id desc limit 50
"""
# A count by a function that asks for each row whether the caller may see it.
_MAY_SEE = """
create function public.bench_may_see(uuid) returns boolean
language sql stable security definer set search_path = '' as $$
    select exists (
        select 1 from public.organization_members as m
        where m.organization_id = $1 and m.user_id = auth.uid()
    )
$$;
grant execute on function public.bench_may_see to authenticated;
"""
_PER_ROW = """
select count(*) from public.customers as c
where c.organization_id = %s and public.bench_may_see(c.organization_id)
"""


def cases(subjects: Subjects) -> Iterator[Case]:
    """Overview, statistics and timeline."""
    of, busiest = subjects.organization_id, subjects.busiest_id
    some = [(customer_id,) for customer_id in subjects.some(100, _FEW)]
    yield Case("overview", "of some customer", Statement(_OVERVIEW, some), most_ms=5)
    yield Case("overview", "of the busiest", Statement(_OVERVIEW, ((busiest,),)), most_ms=5)
    statistics = Statement(_STATISTICS, ((of,),))
    yield Case("statistics", "exact", statistics, most_ms=50, runs=40)
    per_row = Statement(_PER_ROW, ((of,),), before=_MAY_SEE, keep=False)
    others = {"count by a function for each row": per_row}
    yield Case("statistics", "beside a plain count", statistics, others, runs=3)
    deep = subjects.value(_CURSOR, of, busiest, subjects.activities * 4 // 5)
    for name, types in (("all types", None), ("one type", ["meeting"])):
        for place, cursor in (("first", None), ("deep", deep)):
            others = {}
            if not (types or cursor):
                others["limit"] = Statement(_BY_HAND, ((of, busiest),), as_superuser=True)
            ours = Statement(_TIMELINE, ((busiest, types, cursor),))
            yield Case(
                "timeline of the busiest customer", f"{place} page, {name}", ours, others, most_ms=3
            )
