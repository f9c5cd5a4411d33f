"""A session that ends while an import is under way is renewed, as often as it takes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateways import PASSWORD
from imports import HEADER, numbered, opened_table, write_csv
from programs import CommandLine
from ts_customers import SessionExpired, connect
from ts_customers._session import SessionStore
from ts_customers.importing import (
    ImportOptions,
    Progress,
    fetch_report,
    map_columns,
    run_import,
    undo_import,
)


def test_a_session_that_ends_between_batches_is_renewed(cli: CommandLine, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "a.csv", HEADER, *numbered(1200))
    store = SessionStore()
    spent: list[str] = []

    with opened_table(file) as table, connect(store=store) as client:

        def expire(_progress: Progress) -> None:
            assert client.session
            spent.append(client.session.refresh_token)
            client.session = replace(client.session, expires_at=0)
            store.put(client.api_url, client.session)
            client.server.postgrest.auth("expired")

        mapping = map_columns(table.header, {})
        import_id = run_import(client, table, mapping, ImportOptions(), on_progress=expire)
        undo_import(client, import_id, 1200, on_progress=expire)
        report = fetch_report(client, import_id)

    assert report.customers.created == report.undone["removed"] == 1200
    # Each is good for one use only: so often was the session renewed.
    assert len(set(spent)) > 5


def test_a_session_that_was_revoked_ends_an_import_which_goes_on_after_signing_in_again(
    cli: CommandLine, tmp_path: Path
) -> None:
    file = write_csv(tmp_path / "a.csv", HEADER, *numbered(1200))
    store = SessionStore()
    with opened_table(file) as table, connect(store=store) as client:

        def revoke(progress: Progress) -> None:
            if progress.step == "checking":
                assert client.session
                client.session = replace(client.session, expires_at=0)
                store.put(client.api_url, replace(client.session, refresh_token="revoked"))

        mapping = map_columns(table.header, {})
        with pytest.raises(SessionExpired) as caught:
            run_import(client, table, mapping, ImportOptions(), on_progress=revoke)
    assert "ts-customers login" in caught.value.hint

    signed_in = cli.org.owner.client.auth.sign_in_with_password(
        {"email": cli.org.owner.email, "password": PASSWORD}
    )
    assert signed_in.session
    cli.act_as(cli.org.owner)
    assert cli.json("import", file)["customers"]["created"] == 1200
    assert len(cli.json("imports", "list")) == 1
