"""supabase-js, unchanged, against the gateway."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from fix_api import ApiOrganization
from gateways import Api, new_email

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "node_modules" / "@supabase" / "supabase-js"


@pytest.mark.npm
@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
@pytest.mark.skipif(not PACKAGE.is_dir(), reason="run `npm ci` first: supabase-js is missing")
def test_supabase_js_signs_up_signs_in_reads_and_administers(api: Api) -> None:
    given = {"url": api.url, "publishable": api.publishable_key, "secret": api.secret_key}
    run = subprocess.run(
        ["node", ROOT / "tests" / "clients" / "auth.mjs"],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == {
        "signedUpName": "Zoë",
        "signUpAgain": [422, "user_already_exists"],
        "weak": [422, "weak_password"],
        "wrongPassword": [400, "invalid_credentials"],
        "refreshedUser": True,
        "claims": True,
        "updated": "red",
        "user": True,
        "createdOrganization": True,
        "organizations": 1,
        "planned": [400, "count_estimate_refused"],
        "listed": [1, True, 2],
        "made": True,
        "madeTwice": [422, "email_exists"],
        "byStranger": [403, "not_admin"],
        "banned": True,
        "deleted": [404, "user_not_found"],
        "signOutError": None,
        "otherEnded": [400, "AuthSessionMissingError"],
        "stillHere": True,
    }


@pytest.mark.npm
@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
@pytest.mark.skipif(not PACKAGE.is_dir(), reason="run `npm ci` first: supabase-js is missing")
def test_supabase_js_leads_a_contact_into_the_portal(api: Api, api_org: ApiOrganization) -> None:
    email, server = new_email(), api_org.owner.client
    contact = {"organization_id": api_org.id, "customer_id": api_org.customer, "email": email}
    row: Any = (
        server.table("customer_contacts")
        .insert(contact | {"first_name": "Ada", "last_name": "Vogt"})
        .execute()
        .data[0]
    )
    opened = server.table("customers").update({"portal_enabled": True})
    opened.eq("id", api_org.customer).execute()
    invitation: Any = server.rpc("invite_to_portal", {"contact_id": row["id"]}).execute().data
    given = {"url": api.url, "publishable": api.publishable_key, "email": email}
    run = subprocess.run(
        ["node", ROOT / "tests" / "clients" / "portal.mjs"],
        input=json.dumps(given | {"token": invitation["token"]}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == {
        "before": 401,
        "email": email,
        "joined": True,
        "again": "invitation_accepted",
        "phone": "030 1",
        "customers": 1,
        "timeline": ["portal_accepted"],
        "members": 0,
    }
