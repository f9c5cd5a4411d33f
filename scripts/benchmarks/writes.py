"""What changes customers: one, many, their tiers. All of it is undone again but for tiers."""

from __future__ import annotations

import json
from collections.abc import Iterator

from benchmarks.cases import Case, Statement
from benchmarks.subjects import Subjects

_NOTES = "update public.customers set notes = %s where organization_id = %s and id = any(%s)"
_ONE = f"{_NOTES} returning id"
_MANY = f"with written as ({_NOTES} returning id) select count(*) from written"
_BULK = "select public.bulk_update_customers(customer_ids => %s, changes => %s)"
_NO_TRIGGERS = "set local session_replication_role = replica"
_NO_HISTORY = """
alter table public.customers disable trigger _600_record_update;
alter table public.customers disable trigger _800_broadcast_update;
"""
# What people write who audit by row, with both versions whole.
_ROW_AUDIT = """
create table if not exists private.bench_audit (
    id bigint generated always as identity primary key,
    at timestamptz not null default now(), by uuid, record_id uuid, old jsonb, new jsonb
);
create or replace function private.tg_bench_audit() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    insert into private.bench_audit (by, record_id, old, new)
    values (auth.uid(), new.id, to_jsonb(old), to_jsonb(new));
    return null;
end $$;
create trigger bench_audit after update on public.customers
for each row execute function private.tg_bench_audit();
"""
_SOME = "c.company_name < 'M'"


def cases(subjects: Subjects) -> Iterator[Case]:
    """Updates and bulk updates."""
    of = subjects.organization_id
    some = subjects.some(100, _SOME)
    ones = [(f"Note {number}", of, [one]) for number, one in enumerate(some)]
    yield Case(
        "update of one customer",
        "",
        Statement(_ONE, ones, keep=False),
        {"limit": Statement(_ONE, ones, before=_NO_TRIGGERS, keep=False)},
        most_times={"limit": 2},
    )
    many = [("Note", of, subjects.some(min(10_000, subjects.size), _SOME))]
    yield Case(
        "update of 10,000 customers", "in one statement",
        Statement(_MANY, many, keep=False),
        {
            "limit": Statement(_MANY, many, before=_NO_HISTORY, keep=False),
            "audit by row": Statement(_MANY, many, before=_NO_HISTORY + _ROW_AUDIT, keep=False),
        },
        most_times={"limit": 1.6}, runs=10,
    )  # fmt: skip
    thousand = subjects.some(1000, _SOME)
    for name, changes in (
        ("tags", {"add_tags": ["bench"]}),
        ("status", {"status": "suspended"}),
        ("settings", {"settings": {"locale": "de"}}),
    ):
        bulk = Statement(_BULK, ((thousand, json.dumps(changes)),), keep=False)
        yield Case("bulk update of 1,000", name, bulk, most_ms=300, runs=20)
