"""`ts-customers maintenance`: the work that the clock asks for."""

from __future__ import annotations

from typing import Any

import typer

from ts_customers.cli._options import AsJson, client_for
from ts_customers.cli._output import print_json, print_note, print_table, reports_errors


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(rich_help_panel="Stack")(maintenance)


@reports_errors
def maintenance(as_json: AsJson = False) -> None:
    """Do the work that the clock asks for, with the secret key.

    Due tier changes, expired holds and invitations, partitions ahead, archive and purges. A project
    with pg_cron does it by itself; elsewhere put this into a crontab.

    Exit code: 0 if every step is done or left to the next run, 1 if one failed.

    Examples:

      ts-customers maintenance

      */5 * * * * cd /srv/shop && ts-customers maintenance --json >> maintenance.log
    """
    client = client_for(None, service=True)
    steps: dict[str, dict[str, Any]] = {}
    # Each call ends within some seconds; what it leaves, the next one does.
    result: dict[str, Any] = {"status": "more"}
    while result["status"] == "more":
        result = client.rpc("run_maintenance")
        for step in result["steps"]:
            counted = steps.get(step["step"], {}).get("count", 0) + step.get("count", 0)
            steps[step["step"]] = step | ({"count": counted} if counted else {})
    result["steps"] = list(steps.values())
    if as_json:
        print_json(result)
    else:
        rows = [
            step | {"message": (step.get("error") or {}).get("message")} for step in steps.values()
        ]
        columns = {"step": "Step", "status": "Status", "count#": "Count", "message": ""}
        print_table(columns, rows)
        print_note(f"Maintenance: {result['status']}.")
    if result["status"] == "failed":
        raise typer.Exit(1)
