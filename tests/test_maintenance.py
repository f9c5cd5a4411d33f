"""Maintenance: what the clock asks for, in one call that one failure does not stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
import pytest
from supabase import Client

from gateways import Api, Connect
from organizations import Organization
from races import committed_organization, open_tap
from tap import Connection, Tap
from ts_customers.stack import StackStatus

MakeOrg = Callable[[str], Organization]

STEPS = """
tier_changes credit_holds invitations tallies import_rows partitions default_partition archive
""".split()
RUN = "select public.run_maintenance()"
KEPT = (
    "select step, status, sqlstate, done_at is not null from private.maintenance_steps order by 1"
)
ADD = """
insert into public.customer_activities (organization_id, customer_id, type, title, created_at)
values (%s, %s, 'note', 'Old', %s)
"""
FAILING = """
create or replace function private.release_expired_holds()
returns integer language plpgsql set search_path = '' as $$
begin
    update public.customers set notes = 'half done' where id = '{customer}';
    return 1 / 0;
end; $$
"""
NEW_IMPORT = """
insert into public.customer_imports (organization_id, file_name, status, committed_at, updated_at)
values (%s, 'a.csv', %s, %s, coalesce(%s, now())) returning id
"""
NEW_ROW = """
insert into public.customer_import_rows (organization_id, import_id, row_number, raw, values)
select %s, %s, n, '{"Company": "Initech"}', '{"customer": {"company_name": "Initech"}}'
from generate_series(1, %s) as n
"""
RAW = """
select raw, count(*) from public.customer_import_rows where import_id = %s group by 1
"""
CRON = """
create schema cron;
create table cron.job (
    jobid bigint generated always as identity, jobname text unique, schedule text, command text
);
create function cron.schedule(text, text, text) returns bigint language sql security definer
begin atomic
    insert into cron.job (jobname, schedule, command) values ($1, $2, $3)
    on conflict (jobname) do update set schedule = $2, command = $3 returning jobid;
end;
"""
SCHEDULE = "select private.schedule_maintenance()"


def run(tap: Tap) -> dict[str, Any]:
    """Run maintenance as service_role. Returns: its steps by name, and its status."""
    with tap.acting_as_service():
        result = tap.value(RUN)
    steps = {step["step"]: step for step in result["steps"]}
    assert list(steps) == STEPS
    return {"status": result["status"], **steps}


def ago(tap: Tap, days: float) -> Any:
    """An instant some days ago."""
    return tap.value("select now() - %s * interval '1 day'", days)


def test_where_nothing_is_due_nothing_is_done(tap: Tap) -> None:
    run(tap)  # whatever other tests have left
    result = run(tap)
    assert result.pop("status") == "done"
    assert result.pop("default_partition") == {"step": "default_partition", "status": "done"}
    for step, told in result.items():
        assert told == {"step": step, "status": "done", "count": 0}
    tap.results_eq(KEPT, [(step, "done", None, True) for step in sorted(STEPS)])


def test_tier_changes_that_are_due_are_applied(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    tier = "select tier_id from public.customers where id = %s"
    request = """
    insert into public.tier_change_requests
    (organization_id, customer_id, from_tier_id, to_tier_id, direction, reason, status,
        requested_by, decided_by, decided_at, effective_at, impact)
    values (%s, %s, %s, %s, 'upgrade', 'Loyal', 'approved', %s, %s, now(), now() + %s, '{}')
    returning id
    """
    row = (ours.id, ours.customer, ours.basic, ours.gold, ours.member, ours.manager)
    request_id = tap.value(request, *row, "1 day")
    assert run(tap)["tier_changes"]["count"] == 0
    tap.results_eq(tier, [(ours.basic,)], ours.customer)
    tap.execute(
        "update public.tier_change_requests set effective_at = now() where id = %s", request_id
    )
    assert run(tap)["tier_changes"]["count"] == 1
    tap.results_eq(tier, [(ours.gold,)], ours.customer)


def test_credit_holds_that_have_expired_are_released(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    hold = "select credit_hold_reason from public.customers where id = %s"
    set_until = """
    update public.customers set credit_hold_reason = 'late', credit_hold_until = now() + %s
    where id = %s
    """
    tap.execute(set_until, "1 day", ours.customer)
    assert run(tap)["credit_holds"]["count"] == 0
    tap.results_eq(hold, [("late",)], ours.customer)
    tap.execute(set_until, "-1 day", ours.customer)
    assert run(tap)["credit_holds"]["count"] == 1
    tap.results_eq(hold, [(None,)], ours.customer)


def test_invitations_go_thirty_days_after_their_end_unless_they_were_accepted(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    run(tap)
    with tap.acting_as(ours.owner):
        for address in ("old@example.com", "recent@example.com", "open@example.com"):
            tap.execute("select public.invite_member(%s, 'viewer', %s)", address, ours.id)
    ends = "update public.member_invitations set expires_at = %s where email ~ %s"
    tap.execute(ends, ago(tap, 30.1), "^old@")
    tap.execute(ends, ago(tap, 29.9), "^recent@")
    tap.execute(
        "update public.member_invitations set expires_at = %s where accepted_at is not null",
        ago(tap, 99),
    )
    assert run(tap)["invitations"]["count"] == 1
    left = """
    select count(*) filter (where accepted_at is not null),
        array_agg(email order by email) filter (where accepted_at is null)
    from public.member_invitations where organization_id = %s
    """
    tap.results_eq(left, [(4, ["open@example.com", "recent@example.com"])], ours.id)


@pytest.fixture
def make_import(tap: Tap, make_org: MakeOrg) -> Callable[..., UUID]:
    """Makes an import of some rows that ended, or was last touched, some days ago."""
    run(tap)
    ours = make_org("Acme")
    # What has been written stays as old as it says.
    tap.execute("alter table public.customer_imports disable trigger _900_touch")

    def make_import(
        days: float, status: str = "committed", rows: int = 2, retention: int | None = None
    ) -> UUID:
        if retention is not None:
            settings = {"import_retention_days": retention}
            set_ = "update public.organizations set settings = %s where id = %s"
            tap.execute(set_, settings, ours.id)
        ended = ago(tap, days) if status == "committed" else None
        made: UUID = tap.value(NEW_IMPORT, ours.id, status, ended, ago(tap, days))
        tap.execute(NEW_ROW, ours.id, made, rows)
        return made

    return make_import


@pytest.mark.parametrize(
    ("days", "status", "retention", "purged"),
    [
        (30.1, "committed", None, True),
        (29.9, "committed", None, False),
        (7.1, "committed", 7, True),
        (6.9, "committed", 7, False),
        (99, "committed", 9999, False),
        (0.01, "committed", 0, True),
        # Never finished: a day more than what was finished, and never from under a hand.
        (31.1, "validated", None, True),
        (30.9, "validated", None, False),
        (0.01, "staging", 0, False),
        (1.1, "staging", 0, True),
    ],
)
def test_the_cells_of_an_import_are_emptied_when_their_time_is_over(
    tap: Tap,
    make_import: Callable[..., UUID],
    days: float,
    status: str,
    retention: int | None,
    purged: bool,
) -> None:
    made = make_import(days, status, retention=retention)
    assert run(tap)["import_rows"] == {
        "step": "import_rows",
        "status": "done",
        "count": 2 if purged else 0,
    }
    tap.results_eq(RAW, [({} if purged else {"Company": "Initech"}, 2)], made)
    told = "select raw_purged_at is not null from public.customer_imports where id = %s"
    tap.results_eq(told, [(purged,)], made)
    # Undoing goes by what was done, not by what was read.
    meant = "select distinct values from public.customer_import_rows where import_id = %s"
    kept: dict[str, Any] = {"customer": {"company_name": "Initech"}}
    if purged:
        kept = {"customer": {}, "contacts": []}
    tap.results_eq(meant, [(kept,)], made)
    assert run(tap)["import_rows"]["count"] == 0


def test_a_large_import_is_emptied_in_portions_as_far_as_time_allows(
    tap: Tap, make_import: Callable[..., UUID]
) -> None:
    made = make_import(40, rows=5001)
    purge = "select private.purge_import_rows(%s::timestamptz)"
    assert tap.value(purge, "-infinity") == 0
    more = "select private.maintenance_step('import_rows', '-infinity') ->> 'status'"
    assert tap.value(more) == "more"
    tap.results_eq(RAW, [({"Company": "Initech"}, 5001)], made)
    assert tap.value(purge, "infinity") == 5001
    tap.results_eq(RAW, [({}, 5001)], made)


def test_partitions_are_made_drained_and_archived(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    run(tap)
    (ahead,) = tap.rows(
        "select 'private.customer_activities_' || to_char(now() at time zone 'UTC'"
        " + interval '3 months', 'YYYY_MM')"
    )
    tap.execute(f"drop table {ahead[0]}")
    tap.execute(ADD, ours.id, ours.customer, "2001-05-05")
    tap.execute(
        "select private.make_activity_partition('customer_activities_2002_05',"
        " '2002-05-01+00', '2002-06-01+00')"
    )
    tap.execute(ADD, ours.id, ours.customer, "2002-05-05")

    result = run(tap)

    assert result["status"] == "done"
    assert (result["partitions"]["count"], result["archive"]["count"]) == (1, 1)
    assert tap.value("select to_regclass(%s) is not null", ahead[0])
    placed = """
    select tableoid::regclass::text from public.customer_activities_archive
    where customer_id = %s order by 1
    """
    expected = [(f"private.customer_activities_{month}",) for month in ("2001_05", "2002_05")]
    tap.results_eq(placed, expected, ours.customer)


def test_a_step_that_fails_says_so_and_stops_no_other(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    run(tap)
    tap.execute(FAILING.format(customer=ours.customer))
    tap.execute(ADD, ours.id, ours.customer, "2001-05-05")

    result = run(tap)

    assert result["status"] == "failed"
    assert result["credit_holds"] == {
        "step": "credit_holds",
        "status": "failed",
        "error": {"sqlstate": "22012", "message": "division by zero"},
    }
    others = [step for step in STEPS if step != "credit_holds"]
    assert {result[step]["status"] for step in others} == {"done"}
    archived = "select count(*) from public.customer_activities_archive where customer_id = %s"
    assert tap.value(archived, ours.customer) == 1
    # What it did before it failed is undone, and how it ended is kept, with when it was last well.
    half = "select count(*) from public.customers where notes = 'half done'"
    assert tap.value(half) == 0
    assert ("credit_holds", "failed", "22012", True) in tap.rows(KEPT)


def test_a_step_is_postponed_where_somebody_is_in_its_way(
    stack: StackStatus, tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    run(tap)
    tap.execute(ADD, ours.id, ours.customer, "2001-05-05")
    assert stack.db_url
    with psycopg.connect(stack.db_url) as other:
        # As everybody does who changes a customer.
        other.execute("lock table public.customers in row exclusive mode")
        result = run(tap)
        assert (result["status"], result["default_partition"]["status"]) == ("done", "postponed")
        other.rollback()
    assert run(tap)["default_partition"]["status"] == "done"


def test_a_step_that_waits_for_a_row_gives_way_and_stops_no_other(
    stack: StackStatus, tap: Tap
) -> None:
    assert stack.db_url
    with committed_organization(stack, "Acme") as ours, psycopg.connect(stack.db_url) as other:
        with open_tap(stack) as early:
            with early.acting_as(ours.owner):
                early.execute("select public.invite_member('x@example.com', 'viewer', %s)", ours.id)
            early.execute(
                """
                update public.member_invitations set expires_at = '2020-01-01'
                where organization_id = %s and accepted_at is null
                """,
                ours.id,
            )
        other.execute(
            "select id from public.member_invitations where organization_id = %s for update",
            (ours.id,),
        )
        with tap.undone():
            held = run(tap)
        other.rollback()
        with tap.undone():
            free = run(tap)
    assert held["invitations"] == {"step": "invitations", "status": "postponed"}
    assert {held[step]["status"] for step in STEPS if step != "invitations"} == {"done"}
    assert (free["invitations"]["status"], free["invitations"]["count"]) == ("done", 1)


def test_of_two_runs_at_once_one_leaves_it_to_the_other(stack: StackStatus, tap: Tap) -> None:
    assert stack.db_url
    with psycopg.connect(stack.db_url) as other:
        other.execute(RUN.encode())
        with tap.acting_as_service():
            assert tap.value(RUN) == {"status": "busy", "steps": []}
        other.rollback()
    assert run(tap)["status"] == "done"


def test_service_role_runs_maintenance_through_the_api(api: Api, connect: Connect) -> None:
    service: Client = connect(api.url, api.secret_key)
    result: Any = service.rpc("run_maintenance", {}).execute().data
    assert [step["step"] for step in result["steps"]] == STEPS
    assert result["status"] == "done"


def test_pg_cron_runs_it_where_the_project_has_pg_cron(admin_db: Connection) -> None:
    tap = Tap(admin_db)
    tap.execute("set local role postgres")
    assert tap.value(SCHEDULE) is False

    tap.execute("reset role")
    tap.execute(CRON + "revoke execute on function cron.schedule from public, postgres")
    tap.execute("set local role postgres")
    assert tap.value(SCHEDULE) is False  # not for this role

    tap.execute("reset role")
    tap.execute("grant execute on function cron.schedule to postgres")
    tap.execute("set local role postgres")
    assert tap.value(SCHEDULE) is True
    assert tap.value(SCHEDULE) is True
    # Once, however often it is asked for.
    ((name, schedule, command),) = tap.rows("select jobname, schedule, command from cron.job")
    assert (name, schedule) == ("ts-customers-maintenance", "*/5 * * * *")
    assert tap.value(command)["status"] == "done"
