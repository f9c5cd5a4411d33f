"""Portal subdomains: DNS labels, unique across all organizations."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from organizations import Organization
from races import committed_organization, open_tap, overlapping
from tap import Tap, assert_same_error
from ts_customers.stack import StackStatus

MakeOrg = Callable[[str], Organization]

SET = "update public.customers set portal_subdomain = %s where id = %s"
READ = "select portal_subdomain from public.customers where id = %s"
ADD = """
insert into public.customers (organization_id, company_name, portal_subdomain)
values (%s, 'New', %s) returning id
"""

GOOD = ["acme", "a", "0", "acme-1", "a" * 63, "x--y"]
BAD = ["-acme", "acme-", "ac_me", "ac.me", "ac me", "a" * 64, "müller", "xn--mller-kva", "acme\n."]
RESERVED = ["www", "api", "admin", "portal", "mail", "app", "login", "localhost"]


def test_a_subdomain_is_a_dns_label_and_not_reserved(
    tap: Tap, make_org: MakeOrg, subtests: pytest.Subtests
) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.manager):
        for label in GOOD:
            with subtests.test(good=label):
                tap.affects(SET, 1, label, ours.customer)
        for label in BAD + RESERVED:
            with subtests.test(bad=label):
                tap.throws("23514", None, SET, label, ours.customer)


def test_a_subdomain_is_kept_in_lower_case(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.manager):
        tap.execute(SET, "  AcMe ", ours.customer)
        tap.results_eq(READ, [("acme",)], ours.customer)


def test_a_taken_subdomain_does_not_tell_whose_it_is(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    with tap.acting_as(ours.manager):
        tap.execute(SET, "acme", ours.customer)
        mine = tap.throws("PT409", "subdomain_taken", ADD, ours.id, "ACME")
    with tap.acting_as(theirs.manager):
        others = tap.throws("PT409", "subdomain_taken", ADD, theirs.id, "acme")
        assert_same_error(mine, others)
        tap.throws("PT409", "subdomain_taken", SET, "acme", theirs.customer)
        tap.affects(SET, 1, "rival", theirs.customer)


def test_a_subdomain_is_free_again_when_it_is_given_up(tap: Tap, make_org: MakeOrg) -> None:
    ours, theirs = make_org("Acme"), make_org("Rival")
    with tap.acting_as(ours.manager):
        tap.execute(SET, "first", ours.customer)
        tap.execute(SET, "second", ours.customer)
    with tap.acting_as(theirs.manager):
        assert tap.error_of(SET, "first", theirs.customer) is None
        tap.throws("PT409", "subdomain_taken", SET, "second", theirs.customer)
    with tap.acting_as(ours.manager):
        tap.execute(SET, None, ours.customer)
    with tap.acting_as(theirs.manager):
        assert tap.error_of(SET, "second", theirs.customer) is None
    with tap.acting_as(ours.manager):
        tap.execute(SET, "third", ours.customer)
    tap.execute("delete from public.customers where id = %s", ours.customer)
    with tap.acting_as(theirs.manager):
        assert tap.error_of(SET, "third", theirs.customer) is None


def test_of_two_claims_at_once_one_is_refused_without_telling_values(stack: StackStatus) -> None:
    with committed_organization(stack, "One") as one, committed_organization(stack, "Two") as two:

        def claim(organization: Organization) -> Callable[[Tap], None]:
            def act(tap: Tap) -> None:
                with tap.acting_as(organization.manager):
                    tap.execute(SET, "contested", organization.customer)

            return act

        error = overlapping(stack, claim(one), claim(two))

        assert error is not None
        assert (error.sqlstate, error.diag.message_detail) == ("PT409", "subdomain_taken")
        with open_tap(stack) as tap:
            tap.results_eq(READ, [("contested",)], one.customer)
            tap.results_eq(READ, [(None,)], two.customer)
