"""Exporting customers to files: the database chooses, orders and words, this only moves it."""

from ts_customers._outputs import opened_output
from ts_customers.exporting._api import ApiSource
from ts_customers.exporting._direct import DirectSource
from ts_customers.exporting._source import ENTITIES, Counts, ExportRequest, Progress, Source
from ts_customers.exporting._writers import FORMATS, write_export

__all__ = [
    "ENTITIES",
    "FORMATS",
    "ApiSource",
    "Counts",
    "DirectSource",
    "ExportRequest",
    "Progress",
    "Source",
    "opened_output",
    "write_export",
]
