"""Who may hear and be seen on a topic, asked as Realtime asks when somebody joins a channel."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from live import customer_topic, customers_topic, may_receive, may_send, pricing_topic
from organizations import ROLES, Organization
from tap import Tap

MakeOrg = Callable[[str], Organization]
MakeUser = Callable[..., UUID]

BOTH = {"broadcast", "presence"}
NOBODY: set[str] = set()
LINK = """
update public.customer_contacts set user_id = %s, portal_access = true where id = %s
"""
OPEN = """
create policy "everybody may listen" on realtime.messages for select to {0} using (true);
create policy "everybody may speak" on realtime.messages for insert to {0} with check (true);
"""


def topics(organization_id: UUID, customer_id: UUID) -> list[str]:
    return [
        customer_topic(organization_id, customer_id),
        customers_topic(organization_id),
        pricing_topic(organization_id),
    ]


def receives(tap: Tap, login: UUID | None, topic: str) -> set[str]:
    return may_receive(tap, "authenticated" if login else "anon", login, topic)


def sends(tap: Tap, login: UUID | None, topic: str) -> set[str]:
    return may_send(tap, "authenticated" if login else "anon", login, topic)


def is_allowed(tap: Tap, login: UUID, topic: str | None) -> bool:
    """What the policies go by, for a login; API roles have no way to call it."""
    with tap.undone():
        tap.become("postgres", login)
        answer: bool = tap.value("select private.may_read_topic(%s)", topic)
    return answer


@pytest.mark.parametrize("role", ROLES)
def test_members_hear_everything_and_are_seen_with_a_customer(
    tap: Tap, make_org: MakeOrg, role: str
) -> None:
    ours = make_org("acme")
    login = ours.login(role)
    for topic in topics(ours.id, ours.customer):
        assert receives(tap, login, topic) == BOTH
    assert sends(tap, login, customer_topic(ours.id, ours.customer)) == {"presence"}
    assert sends(tap, login, customers_topic(ours.id)) == NOBODY
    assert sends(tap, login, pricing_topic(ours.id)) == NOBODY


def test_strangers_hear_nothing_and_are_not_seen(
    tap: Tap, make_org: MakeOrg, make_user: MakeUser
) -> None:
    ours, theirs = make_org("acme"), make_org("rival")
    contact = make_user()
    tap.affects(LINK, 1, contact, ours.contacts[0])
    for login in (make_user(), theirs.owner, contact, None):
        for topic in topics(ours.id, ours.customer):
            assert receives(tap, login, topic) == NOBODY
            assert sends(tap, login, topic) == NOBODY
    # The same questions, of somebody who belongs there.
    assert receives(tap, theirs.owner, customers_topic(theirs.id)) == BOTH


def test_a_customer_of_another_organization_is_not_heard_under_ones_own(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours, theirs = make_org("acme"), make_org("rival")
    foreign = customer_topic(theirs.id, ours.customer)
    unknown = customer_topic(theirs.id, uuid4())
    for topic in (foreign, unknown, customer_topic(ours.id, theirs.customer)):
        assert receives(tap, theirs.owner, topic) == NOBODY
        assert sends(tap, theirs.owner, topic) == NOBODY
    assert receives(tap, theirs.owner, customer_topic(theirs.id, theirs.customer)) == BOTH


def test_who_is_removed_is_refused_at_once(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    topic = customer_topic(ours.id, ours.customer)
    assert receives(tap, ours.viewer, topic) == BOTH
    with tap.acting_as(ours.owner):
        tap.execute("select public.remove_member(%s, %s)", ours.viewer, ours.id)

    assert receives(tap, ours.viewer, topic) == NOBODY
    assert sends(tap, ours.viewer, topic) == NOBODY


MALFORMED = [
    "",
    "organization",
    "organization:",
    "organization::customers",
    "organization:{org}",
    "organization:{org}:",
    "organization:{org}:orders",
    "organization:{org}:customers:",
    "organization:{org}:customers ",
    " organization:{org}:customers",
    "organization:{org}:customers\n",
    "x\norganization:{org}:customers",
    "organization:{org}:customers,organization:{org}:customers",
    "organization:{org}:customer",
    "organization:{org}:customer:",
    "organization:{org}:customer:{customer}:",
    "organization:{org}:customer:{customer}:notes",
    "organization:{org}:customer:{customer}' or '1'='1",
    "organization:{org}:customer:%",
    "organization:{org}:customer:null",
    "organization:{org}:customer:00000000-0000-0000-0000-00000000000g",
    "organization:{org}:customer:{short}",
    "organization:{short}:customers",
    "organization:-{short}:customers",
    "organization:{{{org}}}:customers",
    "organization:%:customers",
    "organization:null:customers",
    "organization:{capitals}:customers",
    "ORGANIZATION:{org}:customers",
    "organization:{org}:CUSTOMERS",
    "realtime:organization:{org}:customers",
    "organization:" + "a" * 10_000 + ":customers",
    "organization:٠{short}:customers",
]


@pytest.mark.parametrize("text", MALFORMED, ids=range(len(MALFORMED)))
def test_a_malformed_topic_is_refused_without_an_error(
    tap: Tap, make_org: MakeOrg, text: str
) -> None:
    ours = make_org("acme")
    topic = text.format(
        org=ours.id,
        customer=ours.customer,
        capitals=str(ours.id).upper(),
        short=str(ours.id)[1:],
    )
    assert is_allowed(tap, ours.owner, customers_topic(ours.id)) is True
    assert is_allowed(tap, ours.owner, topic) is False
    assert receives(tap, ours.owner, topic) == NOBODY
    assert sends(tap, ours.owner, topic) == NOBODY


def test_no_topic_at_all_is_refused_without_an_error(tap: Tap, make_org: MakeOrg) -> None:
    assert is_allowed(tap, make_org("acme").owner, None) is False


def test_rows_of_another_topic_are_not_read_by_way_of_ones_own(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("acme"), make_org("rival")
    read = "select distinct topic from realtime.messages"
    with tap.undone():
        tap.become("authenticated", ours.owner)
        tap.execute("select set_config('realtime.topic', %s, true)", customers_topic(ours.id))
        seen = tap.rows(read)
    assert seen == [(customers_topic(ours.id),)]
    assert (customers_topic(theirs.id),) in tap.rows(read)


def test_nobody_is_seen_on_another_topic_by_way_of_ones_own(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("acme"), make_org("rival")
    own = customer_topic(ours.id, ours.customer)
    insert = """
    insert into realtime.messages (id, topic, extension) values (gen_random_uuid(), %s, 'presence')
    """
    with tap.undone():
        tap.become("authenticated", ours.owner)
        tap.execute("select set_config('realtime.topic', %s, true)", own)
        tap.throws("42501", None, insert, customer_topic(theirs.id, theirs.customer))
        tap.affects(insert, 1, own)


def test_a_topic_carries_nothing_but_broadcasts_and_presence(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    topic = customers_topic(ours.id)
    insert = """
    insert into realtime.messages (id, topic, extension) values (gen_random_uuid(), %s, %s)
    """
    for extension in ("broadcast", "presence", "postgres_changes"):
        tap.execute(insert, topic, extension)
    with tap.undone():
        tap.become("authenticated", ours.owner)
        tap.execute("select set_config('realtime.topic', %s, true)", topic)
        seen = tap.rows("select distinct extension from realtime.messages order by 1")
    assert seen == [("broadcast",), ("presence",)]


def test_members_neither_change_nor_remove_messages(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    topic = customers_topic(ours.id)
    with tap.undone():
        tap.become("authenticated", ours.owner)
        tap.execute("select set_config('realtime.topic', %s, true)", topic)
        assert tap.rows("select from realtime.messages") != []
        tap.affects("update realtime.messages set event = 'forged' where topic = %s", 0, topic)
        tap.throws("42501", None, "delete from realtime.messages where topic = %s", topic)


def test_nobody_sends_by_the_function_of_the_database(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("acme")
    topic = customers_topic(ours.id)
    send = "select realtime.send('{\"forged\": true}', 'customers_changed', %s, %s)"
    count = "select count(*) from realtime.messages where payload ? 'forged'"
    for private in (True, False):
        with tap.acting_as(ours.owner):
            tap.execute(send, topic, private)
        assert tap.value(count) == 0
    tap.execute(send, topic, True)
    assert tap.value(count) == 1


def opened(tap: Tap, ours: Organization, *logins: UUID | None) -> list[tuple[str, UUID | None]]:
    """Where somebody hears or sends something about us."""
    return [
        (topic, login)
        for topic in topics(ours.id, ours.customer)
        for login in logins
        if receives(tap, login, topic) | sends(tap, login, topic)
    ]


@pytest.mark.parametrize("role", ["authenticated", "anon", "public"])
def test_a_project_that_opens_every_channel_opens_none_of_ours(
    tap: Tap, make_org: MakeOrg, make_user: MakeUser, role: str
) -> None:
    ours = make_org("acme")
    outsider = make_user()
    tap.execute(OPEN.format(role))
    assert opened(tap, ours, outsider, None) == []
    for login in (outsider, None):
        is_open = role == "public" or (role == "anon") == (login is None)
        for topic in ("room", "organization:lobby", f"organization:{ours.id}:chat"):
            assert receives(tap, login, topic) == (BOTH if is_open else NOBODY)
            assert sends(tap, login, topic) == (BOTH if is_open else NOBODY)
    for topic in topics(ours.id, ours.customer):
        assert receives(tap, ours.viewer, topic) == BOTH
        assert "broadcast" not in sends(tap, ours.owner, topic)


def test_a_project_without_policies_of_its_own_has_no_channels_but_ours(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("acme")
    for topic in ("room", "organization:lobby", f"organization:{ours.id}:chat"):
        assert receives(tap, ours.owner, topic) == NOBODY
        assert sends(tap, ours.owner, topic) == NOBODY


@pytest.mark.parametrize(
    "statement",
    [
        "drop policy customers_live_guard_select on realtime.messages",
        "drop policy customers_live_guard_insert on realtime.messages",
        "drop policy customers_live_guard_anon on realtime.messages",
        """
        create or replace function private.may_read_topic(_topic text) returns boolean
        language sql stable security definer set search_path = '' return true
        """,
    ],
)
def test_a_guard_that_is_missing_is_noticed(
    tap: Tap, make_org: MakeOrg, make_user: MakeUser, statement: str
) -> None:
    ours, outsider = make_org("acme"), make_user()
    tap.execute(OPEN.format("public"))
    assert opened(tap, ours, outsider, None) == []
    tap.execute(statement)
    assert opened(tap, ours, outsider, None) != []
