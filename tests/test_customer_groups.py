"""Groups of companies: a customer's parent is a customer of its organization, without circles."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

from organizations import Organization
from races import committed_organization, open_tap, overlapping
from tap import Tap, assert_same_error
from ts_customers.stack import StackStatus

MakeOrg = Callable[[str], Organization]

ADD = """
insert into public.customers (organization_id, company_name, parent_id) values (%s, %s, %s)
returning id
"""
MOVE = "update public.customers set parent_id = %s where id = %s"
PARENT = "select parent_id from public.customers where id = %s"


def add_chain(tap: Tap, ours: Organization, length: int) -> list[UUID]:
    """A group in a group in a group: each customer's parent is the one before it."""
    chain: list[UUID] = []
    for number in range(length):
        chain.append(tap.value(ADD, ours.id, f"Company {number}", chain[-1] if chain else None))
    return chain


def test_a_company_moves_between_groups(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        top, middle, bottom = add_chain(tap, ours, 3)
        tap.affects(MOVE, 1, top, bottom)
        tap.affects(MOVE, 1, None, middle)
        tap.affects(MOVE, 1, middle, bottom)
        tap.results_eq(PARENT, [(middle,)], bottom)


def test_no_company_belongs_to_a_group_that_belongs_to_itself(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        chain = add_chain(tap, ours, 4)
        for descendant in chain:
            tap.throws("PT422", "parent_cycle", MOVE, descendant, chain[0])
        tap.throws("PT422", "parent_cycle", MOVE, chain[3], chain[1])
        tap.affects(MOVE, 1, chain[0], chain[3])


def test_one_statement_cannot_close_a_circle(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    swap = """
    update public.customers as c set parent_id = v.parent_id
    from (values (%s::uuid, %s::uuid), (%s::uuid, %s::uuid)) as v (id, parent_id) where c.id = v.id
    """
    with tap.acting_as(ours.member):
        one, other = (tap.value(ADD, ours.id, name, None) for name in ("One", "Other"))
        tap.throws("PT422", "parent_cycle", swap, one, other, other, one)
        tap.affects(swap, 2, one, other, other, ours.customer)


def test_nobody_joins_a_group_that_was_merged_or_erased(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        erased, merged, target, inside = (
            tap.value(ADD, ours.id, name, None) for name in ("E", "M", "T", "I")
        )
        tap.affects(MOVE, 1, erased, inside)
    with tap.acting_as(ours.owner):
        tap.execute("select public.erase_customer(%s)", erased)
        tap.execute("select public.merge_customers(%s, array[%s])", target, merged)
    closed = {"customer_erased": erased, "customer_merged": merged}
    with tap.acting_as(ours.member):
        for slug, group in closed.items():
            tap.throws("PT409", slug, MOVE, group, ours.customer)
            tap.throws("PT409", slug, ADD, ours.id, "New", group)
            found = "select slug from public.validate_customer(%s)"
            values = {"organization_id": str(ours.id), "company_name": "New"}
            tap.results_eq(found, [("parent_not_found",)], values | {"parent_id": str(group)})
        tap.affects(MOVE, 1, target, ours.customer)
    # Who belongs there already stays, also when a merge hands the place on.
    tap.results_eq(PARENT, [(erased,)], inside)
    with tap.acting_as(ours.manager):
        tap.execute("select public.merge_customers(%s, array[%s])", target, inside)
    tap.results_eq(PARENT, [(erased,)], target)


def test_a_group_is_of_the_same_organization(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    with tap.acting_as(ours.member):
        foreign = tap.throws("23503", None, MOVE, theirs.customer, ours.customer)
        assert_same_error(foreign, tap.error_of(MOVE, uuid4(), ours.customer))
        assert foreign.diag.message_detail == 'Key is not present in table "customers".'
        added = tap.value(ADD, ours.id, "New", ours.customer)
        tap.results_eq(PARENT, [(ours.customer,)], added)


def test_companies_outlive_their_group(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        top, bottom = add_chain(tap, ours, 2)
    with tap.acting_as_service():
        tap.affects("delete from public.customers where id = %s", 1, top)
        tap.results_eq(
            "select parent_id, organization_id from public.customers where id = %s",
            [(None, ours.id)],
            bottom,
        )


def test_two_moves_at_once_close_no_circle(stack: StackStatus) -> None:
    with committed_organization(stack, "Racing") as ours:
        with open_tap(stack) as tap, tap.acting_as(ours.member):
            one, other = (tap.value(ADD, ours.id, name, None) for name in ("One", "Other"))

        def move(company: UUID, group: UUID) -> Callable[[Tap], None]:
            def act(tap: Tap) -> None:
                with tap.acting_as(ours.member):
                    tap.affects(MOVE, 1, group, company)

            return act

        error = overlapping(stack, move(one, other), move(other, one))

        assert error is not None
        assert (error.sqlstate, error.diag.message_detail) == ("PT422", "parent_cycle")
        with open_tap(stack) as tap:
            tap.results_eq(PARENT, [(other,)], one)
            tap.results_eq(PARENT, [(None,)], other)
