"""From a file to customers: rows are staged, validated and committed by functions of the database.

Whatever is interrupted goes on where it was: the database knows the import by the file's
fingerprint, its mapping and its options, and how far each step has come.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass
from threading import Thread
from typing import Any

from ts_customers._errors import Invalid
from ts_customers.importing._caller import Caller, patiently
from ts_customers.importing._reader import Table
from ts_customers.importing._rows import RowMaker

MODES = ("upsert", "insert", "update")
MATCH_KEYS = ("external_id", "customer_number", "tax_id", "email", "name")

_BATCH_ROWS = 1000
_BATCH_CHARACTERS = 2_000_000
_TURN = 0.2


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What an import does with customers that are there, and with rows that are wrong.

    Attributes:
        entity: customers with their contacts, or contacts alone, whose customers stay as they are.
        mode: insert adds only, update changes only, upsert does either.
        match: What a customer is known by, the strongest first; empty: all of MATCH_KEYS.
        all_or_nothing: Whether one wrong row refuses all.
        allow_repeat: Whether a file may be imported that was imported already.
    """

    entity: str = "customers"
    mode: str = "upsert"
    match: tuple[str, ...] = ()
    all_or_nothing: bool = False
    allow_repeat: bool = False

    def to_json(self) -> dict[str, Any]:
        """The options as `create_customer_import` takes them."""
        match = {"match": list(self.match)} if self.match else {}
        return {
            "entity": self.entity,
            "mode": self.mode,
            "all_or_nothing": self.all_or_nothing,
            "allow_repeat": self.allow_repeat,
        } | match


@dataclass(frozen=True, slots=True)
class Progress:
    """How many rows a step has done: `step` is reading, checking, importing or undoing."""

    step: str
    done: int
    total: int


OnProgress = Callable[[Progress], None]


def run_import(
    caller: Caller,
    table: Table,
    mapping: Mapping[str, str | None],
    options: ImportOptions,
    *,
    dry_run: bool = False,
    on_progress: OnProgress = lambda _progress: None,
) -> str:
    """Import a file, or go on with an import of it that was interrupted.

    Args:
        caller: Who imports, and for which organization.
        table: The file.
        mapping: Column to field.
        options: What to do with what.
        dry_run: Stop before anything is written to customers.
        on_progress: Told before each step and after each batch.

    Returns:
        The import's id. Its status is "committed"; or "validated", after a dry run, or where it was
        to be all or nothing and some rows are wrong.

    Raises:
        Conflict: already_imported.
        NotAllowed: role_required.
        Invalid: import_options_invalid.
        Unavailable: whatever does not answer for half a minute.
    """
    state = patiently(
        caller,
        "create_customer_import",
        {
            "file_name": table.source.name,
            "mapping": dict(mapping),
            "options": options.to_json(),
            "file_sha256": table.source.sha256,
            "organization_id": str(caller.organization_id),
        },
    )
    import_id: str = state["import_id"]
    if state["status"] == "staging":
        _stage(caller, state, RowMaker(table, mapping), on_progress)
    # Whoever was interrupted may not have heard that all was done.
    if state["status"] == "committed":
        return import_id
    # A plan that was made earlier is made afresh: the customers may have changed since.
    if state["status"] != "committing":
        _finish(caller, "validate_import", import_id, table.row_count, on_progress)
    if not dry_run:
        try:
            _finish(caller, "commit_import", import_id, table.row_count, on_progress)
        except Invalid as error:
            if error.slug != "import_has_errors":
                raise
    return import_id


def undo_import(
    caller: Caller,
    import_id: str,
    total: int,
    *,
    on_progress: OnProgress = lambda _progress: None,
) -> None:
    """Take back what an import did, as far as nobody has changed it since.

    Args:
        caller: Who undoes it.
        import_id: The import.
        total: How many rows it has, for `on_progress`.
        on_progress: Told before and after each batch.

    Raises:
        NotFound: import_not_found.
        Conflict: import_status_conflict.
    """
    _finish(caller, "undo_import", import_id, total, on_progress)


# The function of each later step, the status that ends it, and its name.
_STEPS = {
    "validate_import": ("validated", "checking"),
    "commit_import": ("committed", "importing"),
    "undo_import": ("undone", "undoing"),
}


def _stage(
    caller: Caller, state: Mapping[str, Any], maker: RowMaker, on_progress: OnProgress
) -> None:
    """Hand rows over. While a batch is on its way, the next one is read."""
    staged, total = state["rows"], maker.table.row_count
    on_progress(Progress("reading", staged, total))
    sent: Future[Any] | None = None
    try:
        for first_row, rows in _batches(maker, staged):
            if sent is not None:
                on_progress(Progress("reading", sent.result()["rows"], total))
            batch = {"import_id": state["import_id"], "first_row": first_row, "rows": rows}
            sent = _send(caller, batch)
        if sent is not None:
            on_progress(Progress("reading", sent.result()["rows"], total))
    except Exception:
        if sent is not None:
            wait([sent])  # what comes next may use the caller
        raise


def _send(caller: Caller, batch: Mapping[str, Any]) -> Future[Any]:
    """Hand a batch over in a thread that Ctrl-C does not wait for, as it would for a pool's."""
    answer: Future[Any] = Future()

    def call() -> None:
        try:
            answer.set_result(patiently(caller, "stage_import_rows", batch))
        except BaseException as error:  # noqa: BLE001 - whoever asks for the answer gets it
            answer.set_exception(error)

    Thread(target=call, daemon=True).start()
    return answer


def _batches(maker: RowMaker, staged: int) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Rows that are not staged yet, and the number of the first; those before are read again."""
    first, rows, length = staged + 1, [], 0
    for record in maker.table.records():
        row = maker.row(record)
        if record.number <= staged:
            continue
        rows.append(row)
        length += sum(len(str(cell)) for cell in record.cells)
        if len(rows) == _BATCH_ROWS or length >= _BATCH_CHARACTERS:
            yield first, rows
            first, rows, length = record.number + 1, [], 0
    if rows:
        yield first, rows


def _finish(
    caller: Caller, function: str, import_id: str, total: int, on_progress: OnProgress
) -> None:
    """Call a function again until it says that it is done."""
    final, step = _STEPS[function]
    on_progress(Progress(step, 0, total))
    former = None
    while True:
        answer = patiently(caller, function, {"import_id": import_id})
        on_progress(Progress(step, answer["done"], total))
        if answer["status"] == final:
            return
        if answer == former:  # another import of the organization has its turn
            time.sleep(_TURN)
        former = answer
