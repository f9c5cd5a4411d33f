"""The API as supabase-py sees it: people who are signed in, through the gateway and PostgREST."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from supabase import Client
from supabase_auth.errors import AuthApiError

from fix_api import ApiOrganization, ApiUser

MakeUser = Callable[..., ApiUser]


def rows(query: Any) -> Any:
    """What a query returns."""
    return query.execute().data


def call(client: Client, function: str, **arguments: Any) -> Any:
    """What a function returns."""
    return client.rpc(function, arguments).execute().data


def contact(org: ApiOrganization, first_name: str, **values: Any) -> dict[str, Any]:
    """A contact of the organization's customer."""
    return {
        "organization_id": org.id,
        "customer_id": org.customer,
        "first_name": first_name,
        "last_name": "Smith",
        "email": f"{first_name.lower()}@example.com",
    } | values


def test_a_customer_is_read_with_everything_around_it(
    api_org: ApiOrganization, service: Client
) -> None:
    client = api_org.owner.client
    rows(client.table("customer_contacts").insert([contact(api_org, "Ann", is_primary=True)]))
    child = {"organization_id": api_org.id, "company_name": "Child", "parent_id": api_org.customer}
    added = rows(client.table("customers").insert(child))[0]["id"]
    order = {"organization_id": api_org.id, "customer_id": api_org.customer, "number": "O-1"}
    call(service, "upsert_orders", rows=[order | {"total": 12.5}])

    around = (
        "company_name, tier:customer_tiers(name, level),"
        "contacts:customer_contacts(first_name, is_primary),"
        "stats:customer_stats(order_count, revenue), orders(number),"
        "children(company_name), parent(company_name),"
        "activities:customer_activities(type)"
    )
    customer = rows(client.table("customers").select(around).eq("id", api_org.customer).single())
    assert {activity["type"] for activity in customer.pop("activities")} == {
        "customer_created",
        "contact_added",
        "order_placed",
    }
    assert customer == {
        "company_name": "Acme Customer",
        "tier": {"name": "Basic", "level": 2},
        "contacts": [{"first_name": "Ann", "is_primary": True}],
        "stats": {"order_count": 1, "revenue": 12.5},
        "orders": [{"number": "O-1"}],
        "children": [{"company_name": "Child"}],
        "parent": None,
    }
    upward = rows(client.table("customers").select("parent(company_name)").eq("id", added))
    assert upward == [{"parent": {"company_name": "Acme Customer"}}]


def test_whole_rows_are_read_and_returned(api_org: ApiOrganization) -> None:
    table = api_org.owner.client.table("customers")
    read = rows(table.select("*"))
    written = rows(table.insert({"organization_id": api_org.id, "company_name": "New"}))
    assert set(read[0]) == set(written[0])
    assert written[0]["version"] == 1


def test_a_customer_is_patched_under_its_version(api_org: ApiOrganization) -> None:
    table = api_org.owner.client.table("customers")
    patch = table.update({"company_name": "Renamed"}).eq("id", api_org.customer)
    (changed,) = rows(patch.eq("version", 1))
    assert (changed["company_name"], changed["version"]) == ("Renamed", 2)
    table = api_org.owner.client.table("customers")
    stale = table.update({"company_name": "Too late"}).eq("id", api_org.customer).eq("version", 1)
    assert rows(stale) == []


def test_customers_are_upserted_by_external_id(api_org: ApiOrganization) -> None:
    client = api_org.owner.client
    given = [
        {"organization_id": api_org.id, "external_id": "X-1", "company_name": "One"},
        {"organization_id": api_org.id, "external_id": "X-2", "company_name": "Two"},
    ]

    def upsert() -> dict[str, Any]:
        query = client.table("customers").upsert(given, on_conflict="organization_id,external_id")
        return {row["external_id"]: row for row in rows(query)}

    first = upsert()
    given[1]["company_name"] = "Two, renamed"
    second = upsert()

    assert {key: row["id"] for key, row in first.items()} == {
        key: row["id"] for key, row in second.items()
    }
    versions = {key: (row["company_name"], row["version"]) for key, row in second.items()}
    assert versions == {"X-1": ("One", 1), "X-2": ("Two, renamed", 2)}
    assert first["X-1"]["tier_id"] == api_org.basic


def test_making_a_contact_primary_demotes_the_other(api_org: ApiOrganization) -> None:
    client = api_org.owner.client
    both = [contact(api_org, "Ann", is_primary=True), contact(api_org, "Bob")]
    # Columns that one of the rows leaves out take their default.
    ann, bob = rows(client.table("customer_contacts").insert(both, default_to_null=False))
    promoted = call(client, "set_primary_contact", contact_id=bob["id"])
    assert (promoted["id"], promoted["role"]) == (bob["id"], "primary")
    primary = client.table("customer_contacts").select("id").eq("is_primary", value=True)
    assert rows(primary) == [{"id": bob["id"]}]
    rows(client.table("customer_contacts").delete().eq("id", ann["id"]))
    assert len(rows(client.table("customer_contacts").select("id"))) == 1


def test_functions_have_their_defaults(api_org: ApiOrganization) -> None:
    client, customer = api_org.owner.client, api_org.customer
    for get in (False, True):
        found = rows(client.rpc("search_customers", {}, get=get))
        assert [row["id"] for row in found] == [customer]
    assert call(client, "search_customers", query="acme", page_size=1)[0]["cursor"]
    assert call(client, "search_customers", filters={"status": "inactive"}) == []
    assert call(client, "count_customers") == {"count": 1, "exact": True}
    logged = call(client, "log_activity", customer_id=customer, type="note", title="Called")
    timeline = call(client, "customer_timeline", customer_id=customer, types=["note"])
    assert [row["id"] for row in timeline] == [logged["id"]]
    assert call(client, "validate_customer", customer={"company_name": "New"}) == []
    suspended = call(client, "suspend_customer", customer_id=customer)
    assert (suspended["status"], suspended["version"]) == ("suspended", 2)
    assert call(client, "reactivate_customer", customer_id=customer)["status"] == "active"


def test_pages_are_walked_by_their_cursors(api_org: ApiOrganization) -> None:
    client = api_org.owner.client
    many = [{"organization_id": api_org.id, "company_name": f"C {n}"} for n in range(7)]
    rows(client.table("customers").insert(many))
    names: list[str] = []
    cursor = None
    while page := call(client, "search_customers", sort="-name", cursor=cursor, page_size=3):
        names += [row["company_name"] for row in page]
        cursor = page[-1]["cursor"]
    assert names == [*(f"C {n}" for n in reversed(range(7))), "Acme Customer"]


def test_an_embedded_condition_and_an_exact_count_work(api_org: ApiOrganization) -> None:
    client = api_org.owner.client
    inner = client.table("customers").select("id, customer_tiers!inner(name)", count="exact")  # type: ignore[arg-type]
    assert inner.eq("customer_tiers.name", "Basic").execute().count == 1
    inner = client.table("customers").select("id, customer_tiers!inner(name)", count="exact")  # type: ignore[arg-type]
    assert inner.eq("customer_tiers.name", "Gold").execute().count == 0


def test_people_join_an_organization_and_leave_it(
    api_org: ApiOrganization, make_api_user: MakeUser
) -> None:
    viewer = api_org.join(make_api_user(), "viewer")
    names = viewer.client.table("organizations").select("name")
    assert rows(names) == [{"name": "Acme"}]
    arguments = {"user_id": viewer.id, "role": "manager"}
    assert call(api_org.owner.client, "set_member_role", **arguments)["role"] == "manager"
    call(viewer.client, "remove_member", user_id=viewer.id)
    assert rows(viewer.client.table("organizations").select("name")) == []


def test_the_login_of_a_last_owner_cannot_be_deleted(
    api_org: ApiOrganization, make_api_user: MakeUser, service: Client
) -> None:
    with pytest.raises(AuthApiError) as refused:
        service.auth.admin.delete_user(api_org.owner.id)
    assert refused.value.status == 500
    assert len(rows(api_org.owner.client.table("organizations").select("id"))) == 1

    second = api_org.join(make_api_user(), "owner")
    service.auth.admin.delete_user(api_org.owner.id)
    members = second.client.table("organization_members").select("user_id")
    assert rows(members) == [{"user_id": second.id}]


def test_the_service_sees_every_organization(
    make_api_org: Callable[[str], ApiOrganization], service: Client
) -> None:
    ours, theirs = make_api_org("Acme"), make_api_org("Rival")
    ids = [ours.customer, theirs.customer]
    assert len(rows(service.table("customers").select("id").in_("id", ids))) == 2
    assert rows(ours.owner.client.table("customers").select("id").in_("id", ids)) == [
        {"id": ours.customer}
    ]
