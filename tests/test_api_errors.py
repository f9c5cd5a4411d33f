"""Refusals of the API: the status, and a body with code, message, slug and hint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from postgrest.exceptions import APIError
from supabase import Client

from fix_api import ApiOrganization, ApiUser
from gateways import Api


@pytest.fixture
def http(api: Api, api_org: ApiOrganization) -> Iterator[httpx.Client]:
    """HTTP as the owner of the organization."""
    session = api_org.owner.client.auth.get_session()
    assert session
    with httpx.Client(
        base_url=f"{api.url}/rest/v1",
        headers={"apikey": api.publishable_key, "Authorization": f"Bearer {session.access_token}"},
        timeout=30,
    ) as client:
        yield client


def refusal(answer: httpx.Response) -> tuple[int, str, str | None]:
    """Status, code and slug; every body has the same four fields."""
    body = answer.json()
    assert set(body) == {"code", "message", "details", "hint"}
    assert body["message"]
    return answer.status_code, body["code"], body["details"]


def test_every_kind_of_refusal_has_its_status(
    http: httpx.Client, api_org: ApiOrganization, subtests: pytest.Subtests
) -> None:
    row = {"organization_id": api_org.id, "company_name": "New"}
    http.post("/customers", json=row | {"external_id": "X-1"})
    somebody = str(uuid4())
    refused: list[tuple[str, Any, int, str, str | None]] = [
        ("/rpc/suspend_customer", {"customer_id": somebody}, 404, "PT404", "customer_not_found"),
        ("/rpc/reactivate_customer", {"customer_id": api_org.customer}, 409, "PT409",
         "status_conflict"),
        ("/rpc/search_customers", {"sort": "colour"}, 422, "PT422", "sort_invalid"),
        ("/rpc/search_customers", {"filters": {"x": 1}}, 422, "PT422", "unknown_key"),
        ("/rpc/create_customer", {"customer": row | {"external_id": "X-1"}}, 409, "PT409",
         "external_id_taken"),
        ("/rpc/create_customer", {"customer": {"company_name": ""}}, 422, "PT422",
         "company_name_required"),
        ("/customers", row | {"external_id": "X-1"}, 409, "23505", None),
        ("/customers", row | {"currency": "XXX"}, 400, "23514", None),
        ("/customers", row | {"parent_id": "nobody"}, 400, "22P02", None),
        ("/customers", {"organization_id": api_org.id}, 400, "23502", None),
        ("/customers", row | {"settings": {"x": 1}}, 422, "PT422", "settings_invalid"),
        ("/customers", row | {"organization_id": somebody}, 403, "42501", None),
        ("/customers", row | {"status": "inactive"}, 403, "42501", None),
        ("/rpc/upsert_orders", {"rows": []}, 403, "42501", None),
    ]  # fmt: skip
    for path, body, *expected in refused:
        with subtests.test(path=path, body=body):
            assert refusal(http.post(path, json=body)) == tuple(expected)
    assert http.post("/customers", json=row).status_code == 201


def test_a_slug_comes_with_a_message_and_a_hint(api_org: ApiOrganization) -> None:
    with pytest.raises(APIError) as refused:
        api_org.owner.client.rpc("search_customers", {"filters": {"colour": "red"}}).execute()
    error = refused.value
    assert (error.code, error.details) == ("PT422", "unknown_key")
    assert error.message == "filters: unknown key colour"
    assert error.hint
    assert error.hint.startswith("Known keys: ids, status, ")


def test_a_native_error_carries_no_values(http: httpx.Client, api_org: ApiOrganization) -> None:
    secret = f"X-{uuid4().hex}"
    row = {"organization_id": api_org.id, "company_name": secret, "external_id": secret}
    assert http.post("/customers", json=row).status_code == 201
    answer = http.post("/customers", json=row)
    assert refusal(answer) == (409, "23505", None)
    assert secret not in answer.text
    wrong = http.post("/customers", json=row | {"external_id": "Y", "credit_limit": -1})
    assert refusal(wrong) == (400, "23514", None)
    assert secret not in wrong.text


def test_a_role_that_is_too_low_is_told_which_one_is_needed(
    api_org: ApiOrganization, make_api_user: Callable[..., ApiUser]
) -> None:
    member = api_org.join(make_api_user(), "member")
    arguments = {"customer_id": api_org.customer}
    with pytest.raises(APIError) as refused:
        member.client.rpc("suspend_customer", arguments).execute()
    error = refused.value
    assert (error.code, error.details) == ("42501", "role_required")
    assert error.message == "this needs the role manager, and yours is member"
    assert api_org.owner.client.rpc("suspend_customer", arguments).execute().data


def test_without_a_login_everything_is_unauthorized(api: Api, http: httpx.Client) -> None:
    paths = ["/customers", "/customer_activities", "/address_formats", "/rpc/count_customers"]
    for path in paths:
        answer = httpx.get(f"{api.url}/rest/v1{path}", headers={"apikey": api.publishable_key})
        assert refusal(answer)[:2] == (401, "42501")
        assert http.get(path).status_code == 200
    added = httpx.post(
        f"{api.url}/rest/v1/rpc/create_organization",
        headers={"apikey": api.publishable_key},
        json={"name": "Mine"},
    )
    assert refusal(added)[:2] == (401, "42501")


def test_without_a_key_nothing_is_answered(api: Api) -> None:
    assert httpx.get(f"{api.url}/rest/v1/customers").status_code == 401


def test_a_client_that_is_not_signed_in_gets_the_same(client: Client) -> None:
    with pytest.raises(APIError) as refused:
        client.table("customers").select("*").execute()
    assert refused.value.code == "42501"


def test_a_token_that_has_expired_or_was_made_up_is_refused(api: Api, http: httpx.Client) -> None:
    made_up = http.headers["Authorization"][:-4] + "AAAA"
    answer = http.get("/customers", headers={"Authorization": made_up})
    assert answer.status_code == 401
    assert http.get("/customers").status_code == 200


def test_functions_that_are_not_there_are_not_found(http: httpx.Client) -> None:
    assert http.post("/rpc/find_customer", json={}).status_code == 404
    assert http.post("/rpc/search_customers", json={"colour": "red"}).status_code == 404
    assert http.get("/nothing").status_code == 404
