"""What a file is, told by its content."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import IO

from ts_customers._errors import InputFileError

_AS_CSV = 'Save it as an Excel workbook (XLSX) or as "CSV UTF-8", and import that.'

# How files begin that people take for lists of customers, and what to call them.
_SIGNATURES = (
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"{\\rtf", "an RTF document"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<table")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0"
# The name of the stream that holds a workbook with a password.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")

_JSON_OBJECT = re.compile(r'\s*\{\s*(["}]|$)')
_JSON_ARRAY = re.compile(r'\s*\[\s*(\{\s*(["}]|$)|$)')


class Format(StrEnum):
    """What a file may be."""

    csv = "csv"
    xlsx = "xlsx"
    jsonl = "jsonl"


def is_workbook(file: IO[bytes], name: str) -> bool:
    """Tell a workbook from text.

    Raises:
        InputFileError: format_unsupported, file_encrypted.
    """
    start = file.read(64)
    if start.startswith(_ZIP):
        return True
    if start.startswith(_OLE):
        raise _old_or_encrypted(file, name)
    found = next((what for signature, what in _SIGNATURES if start.startswith(signature)), None)
    if found is None and start.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_MARKUP):
        found = "an HTML or XML document"
    if found:
        raise unsupported(name, found)
    return False


def _old_or_encrypted(file: IO[bytes], name: str) -> InputFileError:
    former = b""
    while block := file.read(1024 * 1024):
        if _ENCRYPTED in former + block:
            return encrypted(name)
        former = block[-len(_ENCRYPTED) :]
    return unsupported(name, "an old Excel workbook (XLS)")


def unsupported(name: str, what: str) -> InputFileError:
    """What to raise for a file that is something else."""
    return InputFileError(
        f"{name} is {what}, which cannot be imported", slug="format_unsupported", hint=_AS_CSV
    )


def encrypted(name: str) -> InputFileError:
    """What to raise for a workbook that asks for a password."""
    return InputFileError(
        f"{name} is protected by a password",
        slug="file_encrypted",
        hint="Open it in your spreadsheet program, save it without a password, and import that.",
    )


def text_format(first_line: str, suffix: str, name: str) -> Format:
    """Tell JSON lines from CSV, by the first line that is not blank; by the name if that is bare.

    Raises:
        InputFileError: format_unsupported.
    """
    if _JSON_OBJECT.match(first_line) or suffix in (".jsonl", ".ndjson"):
        return Format.jsonl
    if _JSON_ARRAY.match(first_line):
        raise InputFileError(
            f"{name} is one JSON document, not JSON lines",
            slug="format_unsupported",
            hint="Write each customer as one object in a line of its own: jq -c '.[]' does it.",
        )
    return Format.csv
