"""`ts-customers doctor` finds what is broken, says how to mend it, and is content once it is."""

from __future__ import annotations

import pytest

from fix_stack import REPOSITORY
from organizations import Organization, insert_organization
from tap import Connection, Tap
from ts_customers.doctor import Finding, examine_database
from ts_customers.doctor._checks import CHECKS
from ts_customers.doctor._drift import DRIFT_SLUGS
from ts_customers.doctor._stats import STATS_SLUG
from ts_customers.stack._config import load_config

CRON = """
create schema cron;
grant usage on schema cron to postgres;
create table cron.job (command text, active boolean);
grant select on cron.job to postgres;
create function cron.schedule(text, text, command text) returns void language sql
as 'insert into cron.job values (command, true)';
"""
DUE = """
update public.customers
set credit_hold_reason = 'x', credit_hold_until = now() - interval '2 days'
where id = '{customer}'
"""

# A check, what breaks what it looks at, and what its finding names.
BROKEN = [
    ("table_without_rls", "alter table public.orders disable row level security", "orders"),
    ("view_with_owner_rights", "create view public.seen as select 1 as one", "seen"),
    ("table_open_to_anon", "grant select (name) on public.organizations to anon", "organizations"),
    ("table_open_to_anon", "grant select on public.orders to public", "orders"),
    ("grant_past_policies", "grant truncate on public.orders to authenticated", "TRUNCATE orders"),
    (
        "private_table_open",
        "grant select on private.customer_search to service_role",
        "private.customer_search",
    ),
    (
        "private_table_open",
        "grant select on private.customer_activities_default to authenticated",
        "private.customer_activities_default",
    ),
    ("schema_open", "grant usage on schema private to authenticated", "use schema private"),
    ("schema_open", "grant create on schema public to public", "anon may create objects in"),
    ("function_for_everybody", "grant execute on function public.parent to public", "parent"),
    ("function_open_to_anon", "grant execute on function public.parent to anon", "parent"),
    ("function_search_path", "alter function private.fail set search_path = public", "fail"),
    ("definer_exposed", "alter function public.parent security definer", "parent"),
    (
        "table_published",
        "alter publication supabase_realtime add table public.customers",
        "customers (supabase_realtime)",
    ),
    (
        "live_channels_open",
        "alter table realtime.messages disable row level security",
        "realtime.messages",
    ),
    (
        "live_updates_unsent",
        "alter function realtime.send rename to sent",
        "there is no realtime.send",
    ),
    (
        "live_updates_unsent",
        "revoke execute on function realtime.send from public",
        "postgres may not execute realtime.send",
    ),
    (
        "live_updates_unsent",
        "alter table realtime.messages rename to notes",
        "postgres may not write realtime.messages",
    ),
    ("trigger_disabled", "alter table public.orders disable trigger _900_touch", "_900_touch"),
    (
        "constraint_not_validated",
        "alter table public.orders add constraint orders_x_check check (total >= 0) not valid",
        "orders_x_check on orders",
    ),
    (
        "index_invalid",
        """
        update pg_index set indisvalid = false
        where indexrelid = 'public.customers_id_idx'::regclass
        """,
        "customers_id_idx",
    ),
    (
        "partition_missing",
        """
        do $$ begin
            execute 'drop table private.customer_activities_'
                || to_char(now() at time zone 'UTC' + interval '1 month', 'YYYY_MM');
        end $$
        """,
        "have no partition",
    ),
    (
        "default_partition_filled",
        """
        insert into public.customer_activities
        (organization_id, customer_id, type, title, created_at)
        values ('{org}', '{customer}', 'note', 'x', '1999-01-01')
        """,
        "1 activities",
    ),
    ("scheduler_missing", "", "no pg_cron"),
    ("maintenance_unscheduled", CRON, "runs no maintenance"),
    (
        "maintenance_failing",
        """
        insert into private.maintenance_steps (step, status, sqlstate, ran_at, done_at)
        values ('archive', 'failed', '55P03', now(), now() - interval '1 hour')
        on conflict (step) do update set status = excluded.status
        """,
        "archive failed since",
    ),
    (
        "maintenance_failing",
        """
        insert into private.maintenance_steps (step, status, ran_at, done_at)
        values ('partitions', 'done', now() - interval '3 days', now() - interval '3 days')
        on conflict (step) do update set ran_at = excluded.ran_at
        """,
        "partitions done since",
    ),
    (
        "tier_change_overdue",
        """
        insert into public.tier_change_requests (
            organization_id, customer_id, to_tier_id, direction, status, effective_at, decided_at,
            impact
        )
        values ('{org}', '{customer}', '{gold}', 'upgrade', 'approved', '2020-01-01', now(), '{}')
        """,
        "{customer}",
    ),
    ("credit_hold_overdue", DUE, "{customer}"),
    (
        "organization_without_owner",
        "insert into public.organizations (name) values ('Nobody''s')",
        "Nobody's",
    ),
    (
        "stats_differ",
        "update public.customer_stats set order_count = 7 where customer_id = '{customer}'",
        "{customer}",
    ),
    ("object_missing", "drop policy orders_select_member on public.orders", "orders_select_member"),
    ("object_missing", "drop function private.page_limit cascade", "private.page_limit"),
    (
        "object_missing",
        "drop policy customers_live_guard_anon on realtime.messages",
        "policy customers_live_guard_anon on realtime.messages",
    ),
    (
        "object_changed",
        "alter policy customers_live_select_member on realtime.messages using (true)",
        "policy customers_live_select_member on realtime.messages",
    ),
    (
        "object_unknown",
        "create policy x on public.orders for select to authenticated using (true)",
        "policy x on public.orders",
    ),
    (
        "object_unknown",
        """
        create trigger x before insert on public.orders
        for each row execute function private.tg__touch()
        """,
        "trigger x on public.orders",
    ),
    (
        "function_changed",
        """
        create or replace function private.tg__touch() returns trigger language plpgsql
        set search_path = '' as $$ begin return new; end; $$
        """,
        "private.tg__touch",
    ),
    ("function_changed", "alter function private.tg__touch security definer", "private.tg__touch"),
    ("grant_unknown", "grant update on public.customers to authenticated", "UPDATE public.cust"),
    (
        "grant_unknown",
        "grant insert on public.customer_activities to authenticated",
        "authenticated may INSERT public.customer_activities",
    ),
    ("grant_unknown", "grant delete on public.customers to authenticated", "DELETE public.cust"),
    ("grant_unknown", "grant update (tier_id) on public.customers to authenticated", "(tier_id)"),
    (
        "grant_unknown",
        "grant execute on function public.run_maintenance to authenticated",
        "authenticated may EXECUTE public.run_maintenance()",
    ),
    (
        "grant_unknown",
        "grant execute on function private.bulk_tags to authenticated",
        "private.bulk_tags",
    ),
    ("grant_missing", "revoke select on public.customers from authenticated", "SELECT public.cust"),
    ("grant_missing", "revoke update (notes) on public.customers from authenticated", "(notes)"),
    (
        "grant_missing",
        "revoke execute on function public.may_order from authenticated",
        "authenticated may no longer EXECUTE public.may_order",
    ),
    (
        "object_changed",
        "alter policy customers_select_member on public.customers using (true)",
        "policy customers_select_member on public.customers",
    ),
    (
        "object_changed",
        """
        alter table public.customers drop constraint customers_payment_terms_check,
            add constraint customers_payment_terms_check check (payment_terms between 0 and 999)
        """,
        "constraint customers_payment_terms_check on public.customers",
    ),
    (
        "object_changed",
        """
        drop index public.customers_id_idx;
        create index customers_id_idx on public.customers (id, version)
        """,
        "index customers_id_idx on public.customers",
    ),
    (
        "object_changed",
        "alter table public.customers alter payment_terms set default 14",
        "column payment_terms on public.customers",
    ),
    (
        "object_changed",
        """
        create or replace trigger _900_touch before insert on public.orders
        for each row execute function private.tg__touch()
        """,
        "trigger _900_touch on public.orders",
    ),
    (
        "object_changed",
        """
        create or replace view private.all_activities as
        select * from public.customer_activities
        """,
        "view private.all_activities",
    ),
    (
        "object_missing",
        "alter table public.customers drop constraint customers_credit_limit_check",
        "constraint customers_credit_limit_check on public.customers",
    ),
    (
        "object_missing",
        "drop index public.tier_change_requests_open_key",
        "index tier_change_requests_open_key on public.tier_change_requests",
    ),
    (
        "object_missing",
        "alter table public.customers drop column internal_notes cascade",
        "column internal_notes on public.customers",
    ),
    (
        "object_unknown",
        "create unique index by_name on public.customers (organization_id, display_name)",
        "index by_name on public.customers",
    ),
    (
        "object_unknown",
        "alter table public.customers add constraint wordy check (length(notes) > 10) not valid",
        "constraint wordy on public.customers",
    ),
    ("object_unknown", "alter table public.orders add notes text", "column notes on public.orders"),
]


class Doctor:
    """Breaks things as superuser, looks as postgres does, and undoes it all."""

    def __init__(self, connection: Connection, org: Organization) -> None:
        self.connection = connection
        self.org = org

    def run(self, statement: str) -> None:
        """Do something to the database, or to it as a whole."""
        if statement:
            self.connection.execute(self.fill(statement).encode())

    def fill(self, text: str) -> str:
        """A text with the ids of what there is."""
        for name, value in (
            ("{org}", self.org.id),
            ("{customer}", self.org.customer),
            ("{gold}", self.org.gold),
        ):
            text = text.replace(name, str(value))
        return text

    def found(self, slug: str) -> list[Finding]:
        """What one check finds."""
        self.connection.execute("set local role postgres")
        report = examine_database(self.connection, load_config(REPOSITORY), only=slug)
        self.connection.execute("reset role")
        assert slug in {*report.passed, *(finding.slug for finding in report.findings)}
        return [finding for finding in report.findings if finding.slug == slug]


@pytest.fixture
def doctor(admin_db: Connection) -> Doctor:
    """A database that can be broken."""
    return Doctor(admin_db, insert_organization(Tap(admin_db), "Acme"))


@pytest.mark.parametrize(("slug", "statement", "named"), BROKEN)
def test_what_is_broken_is_found_with_its_fix(
    doctor: Doctor, slug: str, statement: str, named: str
) -> None:
    before = doctor.found(slug) if statement else []
    doctor.run(statement)

    new = [finding for finding in doctor.found(slug) if finding not in before]

    assert any(doctor.fill(named) in finding.what for finding in new), new
    assert all(finding.why and finding.fix for finding in new)
    for finding in new:
        if finding.fix.endswith(";") and slug != "scheduler_missing":
            doctor.run(finding.fix.replace(" concurrently", ""))
            assert finding not in doctor.found(slug)


def test_every_check_is_shown_to_find_something() -> None:
    shown = {slug for slug, _statement, _named in BROKEN}
    made = {STATS_SLUG, *DRIFT_SLUGS, *(check.slug for check in CHECKS)}
    assert shown == made
