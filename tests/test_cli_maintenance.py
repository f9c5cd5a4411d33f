"""`ts-customers maintenance` does what the clock asks for, and says what it did."""

from __future__ import annotations

import psycopg

from gateways import Api
from programs import CommandLine

OVERDUE = """
update public.customers
set credit_hold_reason = 'dunning', credit_hold_until = now() - interval '1 hour'
where id = %s
"""
BREAK = "alter function private.delete_expired_invitations rename to missing"
MEND = "alter function private.missing rename to delete_expired_invitations"


def test_what_is_due_is_done_and_said(cli: CommandLine, api: Api) -> None:
    with psycopg.connect(api.db_url) as connection:
        connection.execute(OVERDUE, [cli.org.customer])

    result = cli.json("maintenance")

    assert result["status"] == "done"
    steps = {step["step"]: step for step in result["steps"]}
    assert steps["credit_holds"]["count"] >= 1
    assert {"tier_changes", "partitions", "archive"} <= set(steps)
    shown = cli.json("customer", "show", cli.org.customer)
    assert shown["customer"]["credit_hold_reason"] is None


def test_a_step_that_fails_is_named_and_ends_in_exit_code_one(cli: CommandLine, api: Api) -> None:
    with psycopg.connect(api.db_url, autocommit=True) as connection:
        connection.execute(BREAK)
        try:
            result = cli.run("maintenance")
        finally:
            connection.execute(MEND)

    assert result.exit_code == 1
    assert "failed" in result.stdout
    assert "delete_expired_invitations" in result.stdout
    assert cli("maintenance").stderr == "Maintenance: done.\n"
