"""The ZIP archive that a workbook is, looked at before anything of it is unpacked."""

from __future__ import annotations

import zipfile
from typing import IO

from ts_customers._errors import InputFileError
from ts_customers.importing._format import encrypted, unsupported
from ts_customers.importing._limits import Limits

_MANIFEST = "[Content_Types].xml"
_FLAG_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_MEMBERS = 10_000
# What is parsed as a whole; the sheets and their texts are streamed, and may be large.
_WHOLE = 64 * 1024 * 1024
_STREAMED = ("xl/worksheets/", "xl/sharedStrings")
# XML shrinks to a tenth, the dullest to a fiftieth.
_RATIO = 200
_RATIO_FROM = 10 * 1024 * 1024


def check_archive(file: IO[bytes], name: str, limits: Limits) -> None:
    """See that a file is a workbook that does not unpack to more than is taken.

    The sizes are those that the archive declares. `zipfile` reads no byte more of a member, and
    says so when there are fewer or others.

    Raises:
        InputFileError: xlsx_malformed, xlsx_too_large, file_encrypted, format_unsupported.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError) as error:
        raise malformed(name, str(error)) from error
    _check_kind({member.filename for member in members}, name)
    if any(member.flag_bits & _FLAG_ENCRYPTED for member in members):
        raise encrypted(name)
    if any(member.compress_type not in _METHODS for member in members):
        raise malformed(name, "it is compressed in a way that workbooks are not")
    if len(members) > _MEMBERS or sum(member.file_size for member in members) > limits.unpacked:
        raise _too_large(name, f"more than {limits.unpacked:,} bytes")
    for member in members:
        is_streamed = member.filename.startswith(_STREAMED)
        is_parsed = member.filename.endswith((".xml", ".rels")) and not is_streamed
        if is_parsed and member.file_size > _WHOLE:
            raise _too_large(name, f"a part of {member.file_size:,} bytes")
        if member.file_size > max(_RATIO_FROM, _RATIO * member.compress_size):
            raise _too_large(name, f"{member.file_size // max(member.compress_size, 1):,} times")


def _check_kind(names: set[str], name: str) -> None:
    if "xl/workbook.bin" in names:
        raise unsupported(name, "a binary Excel workbook (XLSB)")
    if "mimetype" in names and _MANIFEST not in names:
        raise unsupported(name, "an OpenDocument file")
    if _MANIFEST not in names:
        raise unsupported(name, "a ZIP archive")


def malformed(name: str, reason: str) -> InputFileError:
    """What to raise for a workbook that cannot be read."""
    return InputFileError(
        f"{name} is no sound Excel workbook: {reason}",
        slug="xlsx_malformed",
        hint="Open it in your spreadsheet program, save it again, and import that.",
    )


def _too_large(name: str, unpacked: str) -> InputFileError:
    return InputFileError(
        f"{name} unpacks to {unpacked}: no list of customers does that",
        slug="xlsx_too_large",
        hint="Save the sheet alone in a new workbook, or raise TS_CUSTOMERS_IMPORT_MAX_UNPACKED.",
    )
