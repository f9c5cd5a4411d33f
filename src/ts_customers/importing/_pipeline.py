"""From a file to customers: rows are staged, validated and committed by functions of the database.

Whatever is interrupted goes on where it was: the database knows the import by the file's
fingerprint, its mapping and its options, and how far each step has come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ts_customers._client import Client
from ts_customers._errors import Invalid
from ts_customers.importing._reader import Record, Table
from ts_customers.importing._report import ImportReport, fetch_report
from ts_customers.importing._rows import RowMaker

MODES = ("upsert", "insert", "update")
MATCH_KEYS = ("external_id", "customer_number", "tax_id", "email", "name")

_BATCH_ROWS = 1000
_BATCH_CHARACTERS = 2_000_000


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What an import does with customers that are there, and with rows that are wrong.

    Attributes:
        mode: insert adds only, update changes only, upsert does either.
        match: What a customer is known by, the strongest first; empty: all of MATCH_KEYS.
        all_or_nothing: Whether one wrong row refuses all.
        allow_repeat: Whether a file may be imported that was imported already.
    """

    mode: str = "upsert"
    match: tuple[str, ...] = ()
    all_or_nothing: bool = False
    allow_repeat: bool = False

    def to_json(self) -> dict[str, Any]:
        """The options as `create_customer_import` takes them."""
        match = {"match": list(self.match)} if self.match else {}
        return {
            "mode": self.mode,
            "all_or_nothing": self.all_or_nothing,
            "allow_repeat": self.allow_repeat,
        } | match


@dataclass(frozen=True, slots=True)
class Progress:
    """How many rows a step has done: `step` is reading, checking or importing."""

    step: str
    done: int
    total: int


def run_import(
    client: Client,
    table: Table,
    mapping: Mapping[str, str | None],
    options: ImportOptions,
    *,
    dry_run: bool = False,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
) -> ImportReport:
    """Import a file, or go on with an import of it that was interrupted.

    Args:
        client: Who imports, and for which organization.
        table: The file.
        mapping: Column to field.
        options: What to do with what.
        dry_run: Stop before anything is written to customers.
        on_progress: Told before each step and after each batch.

    Returns:
        The report. Its status is "committed"; or "validated", after a dry run, or where it was to
        be all or nothing and some rows are wrong.

    Raises:
        Conflict: already_imported.
        NotAllowed: role_required.
        Invalid: import_options_invalid.
    """
    state = client.rpc(
        "create_customer_import",
        {
            "file_name": table.source.name,
            "mapping": dict(mapping),
            "options": options.to_json(),
            "file_sha256": table.source.sha256,
            "organization_id": client.organization_id,
        },
    )
    import_id = state["import_id"]
    if state["status"] == "staging":
        _stage(client, state, RowMaker(table, mapping), on_progress)
    # A plan that was made earlier is made afresh: the customers may have changed since.
    if state["status"] != "committing":
        _finish(client, "validate_import", import_id, table.row_count, on_progress)
    if not dry_run:
        try:
            _finish(client, "commit_import", import_id, table.row_count, on_progress)
        except Invalid as error:
            if error.slug != "import_has_errors":
                raise
    return fetch_report(client, import_id)


# The function of each later step, the status that ends it, and its name.
_STEPS = {
    "validate_import": ("validated", "checking"),
    "commit_import": ("committed", "importing"),
}


def _stage(
    client: Client,
    state: Mapping[str, Any],
    maker: RowMaker,
    on_progress: Callable[[Progress], None],
) -> None:
    staged, total = state["rows"], maker.table.row_count
    on_progress(Progress("reading", staged, total))
    for batch in _batches(islice(maker.table.records(), staged, None)):
        answer = client.rpc(
            "stage_import_rows",
            {
                "import_id": state["import_id"],
                "first_row": batch[0].number,
                "rows": [maker.row(record) for record in batch],
            },
        )
        on_progress(Progress("reading", answer["rows"], total))


def _batches(records: Iterator[Record]) -> Iterator[list[Record]]:
    batch: list[Record] = []
    length = 0
    for record in records:
        batch.append(record)
        length += sum(map(len, record.cells))
        if len(batch) == _BATCH_ROWS or length >= _BATCH_CHARACTERS:
            yield batch
            batch, length = [], 0
    if batch:
        yield batch


def _finish(
    client: Client,
    function: str,
    import_id: str,
    total: int,
    on_progress: Callable[[Progress], None],
) -> None:
    """Call a function again until it says that it is done."""
    final, step = _STEPS[function]
    on_progress(Progress(step, 0, total))
    while True:
        answer = client.rpc(function, {"import_id": import_id})
        on_progress(Progress(step, answer["done"], total))
        if answer["status"] == final:
            return
