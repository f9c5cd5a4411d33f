"""Reading pages until there is enough, and changing one row of a table."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ts_customers.cli._output import err_console, print_note

if TYPE_CHECKING:
    from ts_customers._client import Client

# What the API returns at most in one page.
_PAGE = 200
_PAUSE_SECONDS = 1.0


def pages(
    client: Client, function: str, args: dict[str, Any], *, limit: int
) -> Iterator[dict[str, Any]]:
    """Call a list function for page after page."""
    cursor: str | None = None
    left = limit
    while left > 0:
        size = min(left, _PAGE)
        rows = client.rpc(function, args | {"cursor": cursor, "page_size": size})
        yield from rows
        if len(rows) < size:
            return
        left -= size
        cursor = rows[-1]["cursor"]


def call_until_final(client: Client, function: str, args: dict[str, Any]) -> dict[str, Any]:
    """Call a function that does what fits in a few seconds, until its status is final.

    Returns:
        What the last call returned.
    """
    before: Any = None
    while True:
        result: dict[str, Any] = client.rpc(function, args)
        # merging, erasing and so on go on; merged and erased are done.
        if not result["status"].endswith("ing"):
            return result
        if err_console.is_terminal:
            left = result.get("remaining")
            print_note(f"{result['status']} …" + ("" if left is None else f" {left:,} left"))
        if result == before:  # somebody is in the way
            time.sleep(_PAUSE_SECONDS)
        before = result


def note_more(rows: list[dict[str, Any]], limit: int) -> None:
    """Say that a list was cut."""
    if len(rows) == limit:
        print_note(f"The first {limit}; there may be more: --limit.")


def change_row(
    client: Client,
    table: str,
    row_id: UUID,
    changes: dict[str, Any] | None,
    *,
    version: int | None = None,
) -> dict[str, Any]:
    """Change a row, or delete it where there are no changes to make.

    Args:
        client: Who changes it.
        table: The table, in which `id` is the row's.
        row_id: Which one.
        changes: Columns and their values; None deletes the row.
        version: Change it only if its version is still this one.

    Returns:
        The row.

    Raises:
        NotFound: not_found.
        NotAllowed: not_allowed, where the row can be seen but not changed.
        Conflict: stale_version.
    """
    from ts_customers._errors import Conflict, NotAllowed, NotFound

    rows = client.table(table)
    query = (rows.delete() if changes is None else rows.update(changes)).eq("id", str(row_id))
    found = client.run(query if version is None else query.eq("version", version))
    if found:
        row: dict[str, Any] = found[0]
        return row
    # Row level security hides what it refuses: why nothing was changed is seen by reading it.
    there = client.run(client.table(table).select("*").eq("id", str(row_id)))
    kind = table.removeprefix("customer_").removesuffix("s")
    if not there:
        raise NotFound(f"{kind} not found, or it is not yours", slug=f"{kind}_not_found")
    if version is not None and there[0]["version"] != version:
        raise Conflict(
            f"somebody changed this {kind} meanwhile: it has version {there[0]['version']}, "
            f"not {version}",
            slug="stale_version",
            hint="Look at it again; if the change still fits, repeat it with the new --version.",
        )
    raise NotAllowed(
        f"your role does not permit to change this {kind}",
        slug="not_allowed",
        hint="Ask an admin of the organization; ts-customers whoami says which role you have.",
    )
