"""Fixtures of the tests of the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from supabase import Client

from fix_api import ApiOrganization
from gateways import Api
from programs import CommandLine


@pytest.fixture
def cli(
    api: Api,
    api_org: ApiOrganization,
    service: Client,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> CommandLine:
    """The command line as the owner of an organization with two tiers and a customer."""
    monkeypatch.setenv("TS_CUSTOMERS_BACKEND", "external")
    monkeypatch.setenv("SUPABASE_URL", api.url)
    monkeypatch.setenv("SUPABASE_PUBLISHABLE_KEY", api.publishable_key)
    monkeypatch.setenv("SUPABASE_SECRET_KEY", api.secret_key)
    monkeypatch.setenv("COLUMNS", "300")
    for name in ("TS_CUSTOMERS_ORGANIZATION", "TS_CUSTOMERS_EMAIL", "TS_CUSTOMERS_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    command_line = CommandLine(api_org, api.url, service)
    command_line.act_as(api_org.owner)
    return command_line
