"""Importing customers from files: read and mapped here, judged and written by the database."""

from ts_customers.importing._caller import Caller
from ts_customers.importing._direct import DirectCaller
from ts_customers.importing._fields import all_fields
from ts_customers.importing._guessing import Confidence
from ts_customers.importing._limits import Limits
from ts_customers.importing._mapping import ENTITIES, ColumnMap, MappedColumn, map_columns
from ts_customers.importing._overrides import FieldMap, parse_overrides, read_map_file
from ts_customers.importing._pipeline import (
    MATCH_KEYS,
    MODES,
    ImportOptions,
    Progress,
    run_import,
    undo_import,
)
from ts_customers.importing._reader import Record, Table, read_table
from ts_customers.importing._report import (
    Counts,
    Finding,
    ImportReport,
    check_output,
    fetch_report,
    report_pages,
    write_rejects,
    write_report,
)
from ts_customers.importing._source import STANDARD_INPUT, Source, open_source

__all__ = [
    "ENTITIES",
    "MATCH_KEYS",
    "MODES",
    "STANDARD_INPUT",
    "Caller",
    "ColumnMap",
    "Confidence",
    "Counts",
    "DirectCaller",
    "FieldMap",
    "Finding",
    "ImportOptions",
    "ImportReport",
    "Limits",
    "MappedColumn",
    "Progress",
    "Record",
    "Source",
    "Table",
    "all_fields",
    "check_output",
    "fetch_report",
    "map_columns",
    "open_source",
    "parse_overrides",
    "read_map_file",
    "read_table",
    "report_pages",
    "run_import",
    "undo_import",
    "write_rejects",
    "write_report",
]
