"""Who may do what, held against the catalogue, with new tables open to the API roles and closed."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

import rules_access as rules
from rules_access import findings
from tap import Connection
from ts_customers.stack import StackStatus

EXPOSE = "create table public.leaks (organization_id uuid not null);"
SOUND_POLICY = "using (organization_id = any(array(select private.member_organization_ids())))"


@pytest.fixture(params=["auto-exposed", "closed"])
def catalogue(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """A project's database as superuser, in a transaction that is rolled back."""
    name = "stack" if request.param == "auto-exposed" else "closed_stack"
    status: StackStatus = request.getfixturevalue(name)
    assert status.admin_db_url
    with (
        psycopg.connect(status.admin_db_url) as connection,
        connection.transaction(force_rollback=True),
    ):
        yield connection


def test_every_exposed_table_has_row_level_security(catalogue: Connection) -> None:
    assert findings(catalogue, rules.TABLE_WITHOUT_RLS) == []


def test_a_table_that_api_roles_may_use_has_a_policy(catalogue: Connection) -> None:
    assert findings(catalogue, rules.TABLE_WITH_GRANTS_BUT_NO_POLICY) == []


def test_every_policy_is_for_authenticated_alone(catalogue: Connection) -> None:
    assert findings(catalogue, rules.POLICY_FOR_EVERYBODY) == []


def test_every_policy_asks_for_the_membership_once_per_statement(catalogue: Connection) -> None:
    assert findings(catalogue, rules.POLICY_EVALUATED_FOR_EACH_ROW) == []


def test_an_update_policy_holds_for_the_new_row_as_for_the_old(catalogue: Connection) -> None:
    assert findings(catalogue, rules.UPDATE_POLICY_THAT_LETS_ROWS_MOVE) == []


def test_every_view_runs_with_the_rights_of_its_reader(catalogue: Connection) -> None:
    assert findings(catalogue, rules.VIEW_WITH_ITS_OWNERS_RIGHTS) == []


def test_every_function_has_an_empty_search_path(catalogue: Connection) -> None:
    assert findings(catalogue, rules.FUNCTION_WITH_A_SEARCH_PATH) == []


def test_no_function_in_an_exposed_schema_is_a_definer(catalogue: Connection) -> None:
    assert findings(catalogue, rules.DEFINER_FUNCTION_IN_AN_EXPOSED_SCHEMA) == []


def test_no_function_is_open_to_public(catalogue: Connection) -> None:
    assert findings(catalogue, rules.FUNCTION_EVERYBODY_MAY_EXECUTE) == []


def test_anon_executes_exactly_the_functions_of_the_list(catalogue: Connection) -> None:
    assert findings(catalogue, rules.FUNCTION_ANON_MAY_EXECUTE) == []


def test_anon_may_use_no_table(catalogue: Connection) -> None:
    assert findings(catalogue, rules.TABLE_ANON_MAY_USE) == []


def test_no_api_role_has_truncate_references_or_trigger(catalogue: Connection) -> None:
    assert findings(catalogue, rules.GRANT_THAT_POLICIES_DO_NOT_SEE) == []


def test_nobody_has_a_grant_on_a_table_in_private(catalogue: Connection) -> None:
    assert findings(catalogue, rules.GRANT_IN_PRIVATE) == []


def test_api_roles_cannot_use_private_and_create_nowhere(catalogue: Connection) -> None:
    assert findings(catalogue, rules.SCHEMA_OPEN_TO_API_ROLES) == []


def test_api_users_write_no_column_that_the_system_keeps(catalogue: Connection) -> None:
    assert findings(catalogue, rules.COLUMN_API_USERS_MAY_NOT_WRITE) == []


def test_no_api_role_reads_a_hash(catalogue: Connection) -> None:
    assert findings(catalogue, rules.SECRET_COLUMN_API_ROLES_MAY_READ) == []


def test_no_table_is_in_a_publication(catalogue: Connection) -> None:
    assert findings(catalogue, rules.PUBLISHED_TABLE) == []


def test_triggers_that_a_deleted_login_fires_are_definers(catalogue: Connection) -> None:
    assert findings(catalogue, rules.INVOKER_TRIGGER_BEHIND_AUTH_USERS) == []


def test_both_settings_of_new_tables_end_in_the_same_grants(
    stack: StackStatus, closed_stack: StackStatus
) -> None:
    found = []
    for status in (stack, closed_stack):
        assert status.admin_db_url
        with psycopg.connect(status.admin_db_url) as connection:
            found.append(connection.execute(rules.ALL_GRANTS.encode()).fetchall())

    assert len(found[0]) > 100
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("rule", "statement"),
    [
        ("TABLE_WITHOUT_RLS", EXPOSE),
        ("TABLE_WITHOUT_RLS", "alter table public.customers disable row level security"),
        (
            "TABLE_WITH_GRANTS_BUT_NO_POLICY",
            EXPOSE + "grant select on public.leaks to authenticated",
        ),
        ("TABLE_WITH_GRANTS_BUT_NO_POLICY", "drop policy orders_select_member on public.orders"),
        ("POLICY_FOR_EVERYBODY", f"create policy x on public.orders {SOUND_POLICY}"),
        (
            "POLICY_EVALUATED_FOR_EACH_ROW",
            "create policy x on public.orders to authenticated using (true)",
        ),
        (
            "POLICY_EVALUATED_FOR_EACH_ROW",
            "create policy x on public.orders to authenticated using (customer_id = auth.uid())",
        ),
        (
            "UPDATE_POLICY_THAT_LETS_ROWS_MOVE",
            f"create policy x on public.orders for update to authenticated {SOUND_POLICY}",
        ),
        ("VIEW_WITH_ITS_OWNERS_RIGHTS", "create view public.x as select 1 as one"),
        (
            "FUNCTION_WITH_A_SEARCH_PATH",
            "alter function private.find_customer set search_path = public",
        ),
        ("DEFINER_FUNCTION_IN_AN_EXPOSED_SCHEMA", "alter function public.parent security definer"),
        ("FUNCTION_EVERYBODY_MAY_EXECUTE", "grant execute on function public.parent to public"),
        (
            "FUNCTION_EVERYBODY_MAY_EXECUTE",
            "create function private.x() returns int language sql return 1",
        ),
        ("FUNCTION_ANON_MAY_EXECUTE", "grant execute on function public.parent to anon"),
        ("FUNCTION_ANON_MAY_EXECUTE", "grant execute on function private.member_role to public"),
        ("TABLE_ANON_MAY_USE", "grant select (name) on public.organizations to anon"),
        ("GRANT_THAT_POLICIES_DO_NOT_SEE", "grant truncate on public.customers to service_role"),
        ("GRANT_IN_PRIVATE", "grant select on private.customer_search to service_role"),
        ("SCHEMA_OPEN_TO_API_ROLES", "grant usage on schema private to authenticated"),
        ("SCHEMA_OPEN_TO_API_ROLES", "grant create on schema public to public"),
        (
            "COLUMN_API_USERS_MAY_NOT_WRITE",
            "grant update (tier_id) on public.customers to authenticated",
        ),
        ("COLUMN_API_USERS_MAY_NOT_WRITE", "grant insert on public.orders to authenticated"),
        (
            "SECRET_COLUMN_API_ROLES_MAY_READ",
            "alter table public.member_invitations add column token_hash bytea",
        ),
        ("PUBLISHED_TABLE", "alter publication supabase_realtime add table public.customers"),
        (
            "INVOKER_TRIGGER_BEHIND_AUTH_USERS",
            "alter function private.tg_organization_members__record security invoker",
        ),
    ],
)
def test_a_broken_rule_is_noticed(admin_db: Connection, rule: str, statement: str) -> None:
    query = rules.ACCESS_RULES[rule]
    assert findings(admin_db, query) == []
    admin_db.execute(statement.encode())
    assert findings(admin_db, query) != []


def test_every_rule_on_access_is_shown_to_notice() -> None:
    (mark,) = test_a_broken_rule_is_noticed.pytestmark  # type: ignore[attr-defined]
    assert {rule for rule, _statement in mark.args[1]} == set(rules.ACCESS_RULES)
