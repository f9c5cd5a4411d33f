"""Every table and view that the API shows, tried by everybody who might ask."""

from __future__ import annotations

import pytest

from matrix import REFUSALS, VERBS, deviations, exposed_tables, organization_column, read_matrix
from organizations import ROLES
from worlds import ACTORS, STRANGERS, World

# Who may do what with the rows of an organization: the least role; "-": nobody but, where the last
# column has the verb's first letter, service_role. A table without a line fails the tests.
MATRIX = read_matrix("""
table                               select     insert  update  delete  service_role
public.address_formats              signed-in  -       -       -       s---
public.organizations                viewer     -       admin   -       siud
public.organization_members         viewer     -       -       -       siud
public.organization_activities      admin      -       -       -       s---
public.member_invitations           admin      -       -       admin   s--d
public.customer_tiers               viewer     admin   admin   admin   siud
public.customers                    viewer     member  member  -       siud
public.customer_contacts            viewer     member  member  member  siud
public.orders                       viewer     -       -       -       siud
public.invoices                     viewer     -       -       -       siud
public.customer_stats               viewer     -       -       -       s---
public.customer_activities          viewer     -       -       -       s---
public.customer_activities_archive  viewer     -       -       -       s---
public.customer_filter_presets      viewer     member  member  member  siud
public.customer_pricing             viewer     -       -       -       s---
public.tier_discounts               viewer     -       -       -       s---
public.customer_tier_periods        viewer     -       -       -       s---
public.tier_change_requests         viewer     -       -       -       s---
public.customer_merges              manager    -       -       -       s---
public.portal_invitations           viewer     -       -       -       s---
portal.customer                     contact    -       -       -       ----
portal.contacts                     contact    -       -       -       ----
portal.orders                       contact    -       -       -       ----
portal.invoices                     contact    -       -       -       ----
portal.timeline                     contact    -       -       -       ----
public.customer_imports             manager    -       -       -       s---
public.customer_import_rows         manager    -       -       -       s---
""")

ANYBODY = "(organization_id = any(array(select private.member_organization_ids())))"
LOOSE = f"using {ANYBODY} with check {ANYBODY}"
BROKEN = [
    ("public.orders", "alter table public.orders disable row level security"),
    ("public.orders", "drop policy orders_select_member on public.orders"),
    ("public.orders", "alter policy orders_select_member on public.orders using (true)"),
    ("public.customers", "drop policy customers_update_member on public.customers"),
    (
        "public.customers",
        "alter policy customers_insert_member on public.customers with check (true)",
    ),
    (
        "public.customer_tiers",
        f"alter policy customer_tiers_update_admin on public.customer_tiers {LOOSE}",
    ),
    (
        "public.customer_contacts",
        f"alter policy customer_contacts_delete_member on public.customer_contacts using {ANYBODY}",
    ),
    ("public.customer_stats", "grant delete on public.customer_stats to service_role"),
]


def test_every_table_and_view_of_the_api_stands_in_the_matrix(world: World) -> None:
    assert exposed_tables(world) == set(MATRIX)


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("table", MATRIX)
def test_an_actor_can_do_with_a_table_what_it_may(world: World, table: str, actor: str) -> None:
    assert deviations(world, table, actor, MATRIX[table]) == []


@pytest.mark.parametrize("verb", VERBS)
def test_no_stranger_may_do_anything_with_rows_of_the_organization(verb: str) -> None:
    shared = {"public.address_formats": "select"}
    allowed = [
        (table, actor)
        for table, rights in MATRIX.items()
        for actor in STRANGERS
        if rights.allow(actor, verb)
        and shared.get(table) != verb
        # What a portal contact sees of its own customer, it sees there.
        and not (actor == "contact" and table.startswith("portal."))
    ]
    assert allowed == []


@pytest.mark.parametrize("actor", ["outsider", "rival", "contact", *ROLES])
@pytest.mark.parametrize("table", MATRIX)
def test_a_login_sees_rows_of_its_own_organizations_alone(
    world: World, table: str, actor: str
) -> None:
    column = organization_column(world, table)
    own = {
        "outsider": set(),
        "rival": {world.theirs.id},
        "contact": {world.ours.id} if table.startswith("portal.") else set(),
    }.get(actor, {world.ours.id})
    with world.tap.undone():
        world.become(actor)
        # Without a filter: a policy, and no client's good manners, keeps rows apart.
        seen = world.tap.rows(f"select distinct {column} from {table}") if column else []
    assert {row[0] for row in seen} <= own


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("table", [table for table in MATRIX if table.startswith("public.")])
def test_nobody_empties_a_table(world: World, table: str, actor: str) -> None:
    with world.tap.undone():
        world.become(actor)
        error = world.tap.error_of(f"truncate {table} cascade")
    assert error is not None
    assert error.sqlstate in (*REFUSALS, "42809")  # the last: it is a view


@pytest.mark.parametrize(("table", "statement"), BROKEN)
def test_a_hole_in_a_table_is_noticed(world: World, table: str, statement: str) -> None:
    with world.tap.undone():
        assert all(not deviations(world, table, actor, MATRIX[table]) for actor in ACTORS)
        world.tap.execute(statement)
        assert any(deviations(world, table, actor, MATRIX[table]) for actor in ACTORS)
