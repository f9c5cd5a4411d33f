"""A change never fails because Realtime does: whatever is wrong there is a warning."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest

from live import heard_of, listening, warnings_of
from organizations import Organization, insert_organization
from races import committed_organization, open_tap
from tap import Connection, Tap
from ts_customers.stack import StackStatus

NOTE = "update public.customers set notes = concat(notes, 'x') where id = %s"
SENDS = "realtime.send(payload jsonb, event text, topic text, private boolean)"
# postgres inherits what API roles may do.
ALL = "postgres, anon, authenticated, service_role, supabase_realtime_admin"
HELD = "lock table realtime.messages in access exclusive mode"

BROKEN = {
    "its function is gone": f"alter function {SENDS} rename to sent",
    "its function takes other arguments": f"""
        alter function {SENDS} rename to sent;
        create function realtime.send(jsonb, text) returns void language sql as 'select'
    """,
    "its function raises": """
        create or replace function realtime.send(
            payload jsonb, event text, topic text, private boolean default true
        ) returns void language plpgsql as $$ begin raise sqlstate '55000'; end; $$
    """,
    "its function is closed": f"revoke execute on function {SENDS} from public",
    "its schema is gone": "alter schema realtime rename to gone",
    "its table is gone": "alter table realtime.messages rename to gone",
    "its table is closed": f"revoke insert, update on realtime.messages from {ALL}",
    "its table refuses everything": """
        alter table realtime.messages add constraint no check (false) not valid
    """,
    "the day has no partition": """
        do $$
        declare
            v_partition regclass;
        begin
            for v_partition in
                select inhrelid from pg_inherits where inhparent = 'realtime.messages'::regclass
            loop
                execute format('alter table realtime.messages detach partition %s', v_partition);
            end loop;
        end $$
    """,
}


def change_everything(tap: Tap, ours: Organization) -> None:
    """Change something in every table whose changes are told."""
    with tap.acting_as(ours.member):
        tap.affects(NOTE, 1, ours.customer)
        tap.affects(
            "update public.customer_contacts set notes = 'x' where id = %s", 1, ours.contacts[0]
        )
        tap.execute("select public.log_activity(%s, 'note', 'Called')", ours.customer)
        request = tap.value(
            "select id from public.request_tier_change(%s, %s)", ours.customer, ours.gold
        )
    with tap.acting_as(ours.manager):
        tap.execute("select public.approve_tier_change(%s)", request)
        tap.affects("delete from public.customer_contacts where id = %s", 1, ours.contacts[1])
    with tap.acting_as_service():
        tap.affects("delete from public.customers where id = %s", 1, ours.customer)


@pytest.fixture
def tap(admin_db: Connection) -> Tap:
    """As superuser, who may break what a project's postgres may not."""
    return Tap(admin_db)


@pytest.mark.parametrize("broken", BROKEN)
def test_every_change_is_made_and_warned_of_when(tap: Tap, broken: str) -> None:
    ours, theirs = insert_organization(tap, "Ours"), insert_organization(tap, "Theirs")
    warned = warnings_of(tap.connection)
    with listening(tap) as heard:
        change_everything(tap, theirs)
    assert len(heard) > 10
    assert warned == []

    tap.execute(BROKEN[broken])
    change_everything(tap, ours)

    assert len(warned) > 5
    assert all(
        warning.startswith(("live updates are not sent: ", "WarnSendingBroadcastMessage: "))
        for warning in warned
    )
    tap.is_empty("select from public.customers where id = %s", ours.customer)


def test_one_message_that_cannot_be_sent_takes_no_change_along(tap: Tap) -> None:
    ours = insert_organization(tap, "Ours")
    tap.execute(
        "alter table realtime.messages add constraint no check (event <> 'customer_changed') "
        "not valid"
    )
    with listening(tap) as heard:
        change_everything(tap, ours)

    assert heard_of(heard, "customer_changed") == []
    assert heard_of(heard, "customers_changed", "contact_changed") != []


@pytest.fixture
def ours(stack: StackStatus) -> Iterator[Organization]:
    """An organization that other connections see."""
    with committed_organization(stack, "Ours") as organization:
        yield organization


@pytest.fixture
def held(stack: StackStatus, ours: Organization) -> Iterator[None]:
    """Somebody has the table of messages to themselves."""
    assert stack.admin_db_url
    with psycopg.connect(stack.admin_db_url) as connection:
        connection.execute(HELD.encode())
        yield
        connection.rollback()


def test_a_change_does_not_wait_for_who_holds_the_messages(
    stack: StackStatus, ours: Organization, held: None
) -> None:
    with open_tap(stack) as tap:
        warned = warnings_of(tap.connection)
        tap.execute("set statement_timeout = '6s'")
        # Of each of them a message would be sent, and would wait.
        tap.affects("update public.customers set notes = 'x' where id = %s", 1, ours.customer)
        tap.execute(
            """
            insert into public.customers (organization_id, company_name)
            select %s, 'Company ' || n from generate_series(1, 50) as n
            """,
            ours.id,
        )

    assert "live updates are not sent: canceling statement due to lock timeout" in warned


def test_a_statement_that_is_cancelled_stays_cancelled(
    stack: StackStatus, ours: Organization, held: None
) -> None:
    with open_tap(stack) as tap:
        tap.execute("set statement_timeout = '200ms'")
        tap.throws("57014", None, NOTE, ours.customer)


def test_a_longer_wait_for_other_locks_stays_as_it_was(
    make_org: Callable[[str], Organization], tap: Tap
) -> None:
    ours = make_org("acme")
    tap.execute("set local lock_timeout = '7s'")
    tap.affects(NOTE, 1, ours.customer)
    assert tap.value("show lock_timeout") == "7s"
