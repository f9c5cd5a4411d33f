"""Fixtures of the tests of importing."""

from __future__ import annotations

from pathlib import Path

import pytest

from fix_api import ApiOrganization
from gateways import Api
from imports import Program, sign_in_as


@pytest.fixture
def program(
    api: Api, api_org: ApiOrganization, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Program:
    """The command line as the owner of an organization that has nothing imported."""
    monkeypatch.setenv("TS_CUSTOMERS_BACKEND", "external")
    monkeypatch.setenv("SUPABASE_URL", api.url)
    monkeypatch.setenv("SUPABASE_PUBLISHABLE_KEY", api.publishable_key)
    monkeypatch.setenv("SUPABASE_SECRET_KEY", api.secret_key)
    monkeypatch.delenv("TS_CUSTOMERS_ORGANIZATION", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    sign_in_as(monkeypatch, api_org.owner)
    return Program(api_org)
