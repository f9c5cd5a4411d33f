"""The two programs of docs/optimistic-updates.md, as they stand there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from fix_api import ApiOrganization
from gateways import Api

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "optimistic-updates.md").read_text("utf-8")
PACKAGE = ROOT / "node_modules" / "@supabase" / "supabase-js"
RACE = """
import { readFileSync } from 'node:fs'
import { createClient } from '@supabase/supabase-js'
import ws from 'ws'

const { url, key, token, id } = JSON.parse(readFileSync(0, 'utf8'))
const supabase = createClient(url, key, {
  auth: { autoRefreshToken: false, persistSession: false },
  global: { headers: { Authorization: `Bearer ${token}` } },
  realtime: { transport: ws },
})
const { data: customer, error } = await supabase.from('customers').select().eq('id', id).single()
if (error) throw error
const first = await save(supabase, customer, { notes: 'first' })
const late = await save(supabase, customer, { notes: 'late' })
const again = await save(supabase, first, { notes: 'first' })
console.log(JSON.stringify([first.version - customer.version, late, again.version - first.version]))
"""


def program(language: str) -> str:
    """The program in this language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def test_the_program_for_supabase_py_does_not_overwrite_others(api_org: ApiOrganization) -> None:
    names: dict[str, Any] = {}
    exec(program("python"), names)
    supabase, save = api_org.owner.client, names["save"]
    query = supabase.table("customers").select("*").eq("id", api_org.customer)
    customer: Any = query.single().execute().data
    first = save(supabase, customer, {"notes": "first"})
    assert (first["version"], first["notes"]) == (customer["version"] + 1, "first")
    assert save(supabase, customer, {"notes": "late"}) is None
    assert save(supabase, first, {"notes": "first"})["version"] == first["version"]


@pytest.mark.npm
@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
@pytest.mark.skipif(not PACKAGE.is_dir(), reason="run `npm ci` first: supabase-js is missing")
def test_the_program_for_supabase_js_does_not_overwrite_others(
    api: Api, api_org: ApiOrganization
) -> None:
    session = api_org.owner.client.auth.get_session()
    assert session is not None
    given = {"url": api.url, "key": api.publishable_key, "token": session.access_token}
    run = subprocess.run(
        ["node", "--input-type=module", "-e", program("js") + RACE],
        input=json.dumps(given | {"id": api_org.customer}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=ROOT,
    )
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == [1, None, 0]
