"""One organization's API user against another's rows, by everything that PostgREST offers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from supabase import Client

from fix_api import ApiOrganization, ApiUser
from gateways import Api, Row


@dataclass(frozen=True, slots=True)
class Rivals:
    """Two organizations, and HTTP as the owner of the second one."""

    ours: ApiOrganization
    theirs: ApiOrganization
    http: httpx.Client

    def get(self, path: str, **headers: str) -> Any:
        """What the rival reads."""
        answer = self.http.get(path, headers=headers)
        assert answer.status_code in (200, 206), answer.text
        return answer.json()


@pytest.fixture
def rivals(api: Api, make_api_org: Callable[[str], ApiOrganization]) -> Iterator[Rivals]:
    ours, theirs = make_api_org("Ours"), make_api_org("Theirs")
    with http_of(api, theirs.owner) as http:
        yield Rivals(ours, theirs, http)


def http_of(api: Api, user: ApiUser) -> httpx.Client:
    """HTTP as a login, without a client that would help."""
    session = user.client.auth.get_session()
    assert session
    return httpx.Client(
        base_url=f"{api.url}/rest/v1",
        headers={"apikey": api.publishable_key, "Authorization": f"Bearer {session.access_token}"},
        timeout=30,
    )


def customer_of(organization: ApiOrganization) -> Row:
    """The customer as its own owner sees it."""
    query = organization.owner.client.table("customers").select("*")
    row: Any = query.eq("id", organization.customer).single().execute().data
    return dict(row)


def test_embedding_reaches_no_foreign_row(rivals: Rivals) -> None:
    ours, theirs = rivals.ours, rivals.theirs
    for table in ("customers", "customer_tiers", "organization_members"):
        assert rivals.get(f"/{table}?organization_id=eq.{ours.id}") == []
        assert rivals.get(f"/{table}?organization_id=eq.{theirs.id}") != []
    seen = rivals.get("/organizations?select=id,customers(id,customer_activities(id))")
    assert [row["id"] for row in seen] == [theirs.id]
    assert [row["id"] for row in seen[0]["customers"]] == [theirs.customer]
    tiers = rivals.get("/customer_tiers?select=id,customers!inner(id,customer_contacts(*))")
    assert [row["id"] for row in tiers] == [theirs.basic]
    parents = rivals.get(f"/customers?select=parent(*)&id=eq.{ours.customer}")
    assert parents == []


def test_no_write_touches_a_foreign_row(rivals: Rivals) -> None:
    before = customer_of(rivals.ours)
    ours = f"?id=eq.{rivals.ours.customer}"
    told = {"Prefer": "return=representation"}
    http = rivals.http
    changed = http.patch(f"/customers{ours}", json={"notes": "x"}, headers=told)
    removed = http.delete(f"/customer_contacts?organization_id=eq.{rivals.ours.id}", headers=told)
    theirs = f"?id=eq.{rivals.theirs.customer}"
    control = http.patch(f"/customers{theirs}", json={"notes": "x"}, headers=told)
    assert (changed.status_code, changed.json()) == (200, [])
    assert (removed.status_code, removed.json()) == (200, [])
    assert len(control.json()) == 1
    assert customer_of(rivals.ours) == before


@pytest.mark.parametrize("resolution", ["merge-duplicates", "ignore-duplicates"])
def test_an_upsert_on_a_foreign_key_is_refused_whether_or_not_it_exists(
    rivals: Rivals, resolution: str
) -> None:
    ours = rivals.ours
    client = ours.owner.client
    client.table("customers").update({"external_id": "E-1"}).eq("id", ours.customer).execute()
    before = customer_of(ours)

    def upsert(organization_id: str, external_id: str) -> tuple[int, Any]:
        row = {
            "organization_id": organization_id,
            "external_id": external_id,
            "company_name": "Mine",
        }
        answer = rivals.http.post(
            "/customers?on_conflict=organization_id,external_id",
            json=row,
            headers={"Prefer": f"resolution={resolution},return=representation"},
        )
        return answer.status_code, answer.json()

    answers = [upsert(ours.id, "E-1"), upsert(ours.id, "E-2"), upsert(str(uuid4()), "E-1")]
    control = upsert(rivals.theirs.id, "E-1")

    assert answers[0][0] == 403
    assert answers == answers[:1] * 3
    assert control[0] == 201
    assert customer_of(ours) == before


def test_counts_tell_nothing_of_foreign_rows(rivals: Rivals) -> None:
    path = f"/customers?organization_id=eq.{rivals.ours.id}&select=id"
    http = rivals.http
    exact = http.get(path, headers={"Prefer": "count=exact"})
    guessed = [
        http.get(path, headers={"Prefer": f"count={count}"}) for count in ("planned", "estimated")
    ]
    plan = http.get(path, headers={"Accept": "application/vnd.pgrst.plan+json"})
    assert exact.headers["content-range"] == "*/0"
    assert [answer.status_code for answer in guessed] == [400, 400]
    assert "content-range" not in guessed[0].headers
    assert plan.status_code in (406, 415)


@pytest.mark.parametrize(
    "schema", ["private", "auth", "realtime", "supabase_migrations", "extensions"]
)
def test_no_other_schema_is_served(rivals: Rivals, schema: str) -> None:
    http = rivals.http
    read = http.get("/customer_search", headers={"Accept-Profile": schema})
    called = http.post("/rpc/find_customer", json={}, headers={"Content-Profile": schema})
    assert [read.status_code, called.status_code] == [406, 406]


def test_partitions_and_private_functions_are_not_there(rivals: Rivals) -> None:
    http = rivals.http
    assert http.get("/customer_activities_default").status_code == 404
    assert http.get("/portal_subdomains").status_code == 404
    called = http.post("/rpc/find_customer", json={"_customer_id": rivals.ours.customer})
    assert called.status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Role": "service_role"},
        {"X-Role": "service_role", "X-Forwarded-Role": "postgres"},
        {"request.jwt.claims": '{"role": "service_role"}'},
        {"Prefer": "params=single-object; role=service_role"},
        {"X-Client-Info": "service_role'; set role postgres; --"},
    ],
)
def test_no_header_makes_a_login_somebody_else(rivals: Rivals, headers: dict[str, str]) -> None:
    seen = rivals.get("/customers?select=organization_id", **headers)
    assert {row["organization_id"] for row in seen} == {rivals.theirs.id}


@pytest.mark.parametrize(
    ("key", "algorithm"), [("x" * 40, "HS256"), ("", "none")], ids=["other key", "no signature"]
)
def test_a_token_that_nobody_issued_is_no_token(
    rivals: Rivals, api: Api, key: str, algorithm: str
) -> None:
    claims = {"sub": rivals.ours.owner.id, "role": "service_role", "exp": 4_000_000_000}
    forged = jwt.encode(claims, key, algorithm=algorithm)
    http = rivals.http
    answer = http.get("/customers", headers={"Authorization": f"Bearer {forged}"})
    swapped = http.get("/customers", headers={"apikey": forged})
    assert answer.status_code == 401
    assert swapped.status_code == 401 or all(
        row["organization_id"] == rivals.theirs.id for row in swapped.json()
    )


def test_without_a_login_nothing_is_served(api: Api, api_org: ApiOrganization) -> None:
    headers = {"apikey": api.publishable_key}
    for path in ("/customers", f"/customers?organization_id=eq.{api_org.id}", "/organizations"):
        answer = httpx.get(f"{api.url}/rest/v1{path}", headers=headers)
        assert answer.status_code == 401
        assert answer.json()["code"] == "42501"


def test_the_secret_key_sees_both(rivals: Rivals, service: Client) -> None:
    ids = [rivals.ours.id, rivals.theirs.id]
    rows: Any = service.table("customers").select("organization_id").in_("organization_id", ids)
    assert {row["organization_id"] for row in rows.execute().data} == set(ids)
