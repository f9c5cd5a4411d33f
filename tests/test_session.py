"""Stored sessions stay private, whole, and apart for each project."""

from __future__ import annotations

import json
import stat
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ts_customers import InputFileError
from ts_customers._session import Session, SessionStore

URL = "http://127.0.0.1:54321"
ADA = Session(
    user_id="b27d2ab0-4565-4235-a3bc-d58433721aa1",
    email="ada@acme.example",
    access_token="access",
    refresh_token="refresh",
    expires_at=4_102_444_800,
)


@pytest.fixture
def store(tmp_path: Path) -> SessionStore:
    return SessionStore(tmp_path / "config" / "sessions.json")


def test_a_session_comes_back_as_it_was(store: SessionStore) -> None:
    store.put(URL, ADA)

    assert store.get(URL) == ADA


def test_each_project_has_its_own_session(store: SessionStore) -> None:
    bob = replace(ADA, email="bob@acme.example")
    store.put(URL, ADA)
    store.put("https://other.example", bob)
    store.remove(URL)

    assert store.get(URL) is None
    assert store.get("https://other.example") == bob


def test_only_the_owner_can_read_the_file_and_its_folder(store: SessionStore) -> None:
    store.put(URL, ADA)

    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700


def test_writing_leaves_nothing_behind(store: SessionStore) -> None:
    store.put(URL, ADA)
    store.put(URL, ADA)

    assert [path.name for path in store.path.parent.iterdir()] == ["sessions.json"]


@pytest.mark.parametrize("content", ["", "[]", "{", '{"%s": 1}', '{"%s": {"version": 9}}'])
def test_a_file_that_makes_no_sense_holds_no_session(store: SessionStore, content: str) -> None:
    store.path.parent.mkdir()
    store.path.write_text(content.replace("%s", URL), encoding="utf-8")

    assert store.get(URL) is None
    store.put(URL, ADA)
    assert store.get(URL) == ADA


def test_a_session_is_renewed_before_it_ends() -> None:
    assert ADA.is_fresh
    assert not replace(ADA, expires_at=int(time.time()) + 10).is_fresh


@pytest.mark.parametrize("damage", [{"expires_at": "soon"}, {"expires_at": None}, {"scope": 1}])
def test_a_damaged_session_is_none(tmp_path: Path, damage: dict[str, object]) -> None:
    store = SessionStore(tmp_path / "sessions.json")
    store.put(URL, ADA)
    assert store.get(URL) == ADA
    stored = json.loads(store.path.read_text())
    store.path.write_text(json.dumps({URL: stored[URL] | damage}))
    assert store.get(URL) is None


def test_a_path_where_no_session_can_be_kept_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "sessions.json").mkdir()
    with pytest.raises(InputFileError) as caught:
        SessionStore(tmp_path / "sessions.json").get(URL)
    assert caught.value.slug == "session_file_unusable"
