"""What the overview says that the caller may do, held against what the caller then can."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from organizations import ROLES, Organization
from tap import Tap

MakeOrg = Callable[[str], Organization]

OVERVIEW = "select public.customer_overview(%s)"
PERMISSIONS = """
edit request_tier_change decide_tier_change change_status set_credit_hold edit_credit
manage_portal merge export_data erase
""".split()
LEAST = {
    "edit": "member",
    "request_tier_change": "member",
    "change_status": "manager",
    "set_credit_hold": "admin",
    "edit_credit": "admin",
    "manage_portal": "manager",
    "merge": "manager",
    "export_data": "manager",
    "erase": "owner",
}
# One way of doing it; what only a policy hides writes no row.
DEEDS = {
    "edit": "update public.customers set notes = 'x' where id = %s returning id",
    "request_tier_change": "select public.request_tier_change(%s, {gold}, null)",
    "change_status": "select public.suspend_customer(%s)",
    "set_credit_hold": "select public.set_credit_hold(%s, 'late')",
    "edit_credit": "update public.customers set credit_limit = 5 where id = %s returning id",
    "export_data": "select public.export_customer_data(%s)",
    "erase": "select public.erase_customer(%s)",
    "manage_portal": "update public.customers set portal_enabled = true where id = %s returning id",
}
REQUEST = "select (r).id from public.request_tier_change(%s, %s, 'why') as r"
APPROVE = "select public.approve_tier_change(%s)"
SET_POLICY = "update public.organizations set settings = %s where id = %s"


def permissions(tap: Tap, ours: Organization, role: str) -> Any:
    """What somebody with this role is offered."""
    with tap.acting_as(ours.login(role)):
        return tap.value(OVERVIEW, ours.customer)["permissions"]


def can(tap: Tap, sql: str, *params: Any) -> bool:
    """Whether it succeeds, and does something. It is undone."""
    with tap.undone():
        error = tap.error_of(sql, *params)
        return error is None and tap.rows(sql, *params) != []


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_offered_what_it_may_do(tap: Tap, make_org: MakeOrg, role: str) -> None:
    ours = make_org("Acme")
    rank = ROLES.index(role)
    offered = permissions(tap, ours, role)
    expected = {name: rank >= ROLES.index(least) for name, least in LEAST.items()}
    assert offered == expected | {"decide_tier_change": False}
    with tap.acting_as(ours.login(role)):
        for name, sql in DEEDS.items():
            deed = sql.replace("{gold}", f"'{ours.gold}'")
            assert can(tap, deed, ours.customer) is offered[name], name


def test_service_role_may_do_everything(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as_service():
        # What it asked for itself, it may decide too: it is nobody in particular.
        request = tap.value(REQUEST, ours.customer, ours.gold)
        assert can(tap, APPROVE, request)
        offered = tap.value(OVERVIEW, ours.customer)["permissions"]
    # There is an open request: another one would be refused to anybody.
    assert offered == dict.fromkeys(PERMISSIONS, True) | {"request_tier_change": False}


def test_a_redirect_offers_only_an_export(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    add = "insert into public.customers (organization_id, company_name) values (%s, 'B') returning"
    other = tap.value(f"{add} id", ours.id)
    tap.execute("update public.customers set merged_into = %s where id = %s", other, ours.customer)
    offered = permissions(tap, ours, "owner")
    assert offered == dict.fromkeys(PERMISSIONS, False) | {"export_data": True}
    with tap.acting_as(ours.owner):
        # The rest is refused by functions, or is written for the redirect alone.
        for name in ("request_tier_change", "change_status", "set_credit_hold", "erase"):
            deed = DEEDS[name].replace("{gold}", f"'{ours.gold}'")
            tap.throws("PT409", "customer_merged", deed, ours.customer)
        assert can(tap, DEEDS["export_data"], ours.customer)


def test_an_erased_customer_offers_an_export_and_the_rest_of_its_erasure(
    tap: Tap, make_org: MakeOrg
) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.owner):
        tap.execute(DEEDS["erase"], ours.customer)
    may = {"export_data", "erase"}
    assert permissions(tap, ours, "owner") == {name: name in may for name in PERMISSIONS}
    assert permissions(tap, ours, "manager") == {
        name: name == "export_data" for name in PERMISSIONS
    }
    with tap.acting_as(ours.owner):
        # It is inactive, and so not to be suspended anyway.
        deeds = DEEDS | {"change_status": "select public.reactivate_customer(%s)"}
        for name, sql in deeds.items():
            deed = sql.replace("{gold}", f"'{ours.gold}'")
            if name in may:
                assert can(tap, deed, ours.customer)
            else:
                tap.throws("PT409", "customer_erased", deed, ours.customer)


@pytest.mark.parametrize("asker", ["member", "manager"])
@pytest.mark.parametrize("decider", ROLES)
@pytest.mark.parametrize("policy", [{}, {"allow_self_approval": True}])
def test_a_change_of_tier_is_decided_by_another_manager(
    tap: Tap, make_org: MakeOrg, asker: str, decider: str, policy: dict[str, Any]
) -> None:
    ours = make_org("Acme")
    tap.execute(SET_POLICY, {"tier_policy": policy}, ours.id)
    with tap.acting_as(ours.login(asker)):
        request = tap.value(REQUEST, ours.customer, ours.gold)
    offered = permissions(tap, ours, decider)
    assert offered["request_tier_change"] is False
    with tap.acting_as(ours.login(decider)):
        assert can(tap, APPROVE, request) is offered["decide_tier_change"]
    is_manager = decider in {"manager", "admin", "owner"}
    assert offered["decide_tier_change"] is (is_manager and (asker != decider or bool(policy)))


def test_the_open_request_is_shown_until_it_is_closed(tap: Tap, make_org: MakeOrg) -> None:
    ours = make_org("Acme")
    with tap.acting_as(ours.member):
        ahead = "select (r).id from public.request_tier_change(%s, %s, 'why', now() + '9 days') r"
        request = tap.value(ahead, ours.customer, ours.gold)
        pending = tap.value(OVERVIEW, ours.customer)["pending_change"]
    row = "select to_jsonb(r) from public.tier_change_requests as r where r.id = %s"
    names = {"from_tier_name": "Basic", "to_tier_name": "Gold"}

    def shown() -> Any:
        found = tap.value(row, request)
        return {key: found[key] for key in found if key not in {"organization_id", "customer_id"}}

    assert pending == shown() | names
    assert (pending["status"], pending["requested_by"]) == ("pending", str(ours.member))
    with tap.acting_as(ours.manager):
        tap.execute(APPROVE, request)
        found = tap.value(OVERVIEW, ours.customer)
    assert found["pending_change"] == shown() | names
    assert found["pending_change"]["status"] == "approved"
    # It waits for its date, and there is nothing left to decide.
    assert (found["tier"]["name"], found["permissions"]["decide_tier_change"]) == ("Basic", False)
    with tap.acting_as(ours.manager):
        tap.execute("select public.cancel_tier_change(%s)", request)
        assert tap.value(OVERVIEW, ours.customer)["pending_change"] is None
