"""Opening a file to import: what it is, whether it can be read, and its fingerprint."""

from __future__ import annotations

import codecs
import hashlib
import io
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ts_customers._errors import InputFileError

STANDARD_INPUT = "-"

_CHUNK = 1024 * 1024
_SPOOL = 8 * 1024 * 1024
_AS_CSV = 'Save it as "CSV UTF-8" in your spreadsheet program, and import that.'

# How files begin that people take for CSV, and what to call them.
_SIGNATURES = (
    (b"PK\x03\x04", "an Excel workbook (XLSX) or another ZIP archive"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook (XLS)"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (codecs.BOM_UTF16_LE, "text in UTF-16"),
    (codecs.BOM_UTF16_BE, "text in UTF-16"),
    (b"{\\rtf", "an RTF document"),
)
_MARKUP = (b"<!doctype", b"<html", b"<?xml")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an import takes, and the variables of the environment that change it."""

    size: int = 256 * 1024 * 1024
    """Bytes of a file: TS_CUSTOMERS_IMPORT_MAX_BYTES."""
    rows: int = 1_000_000
    """Records after the header: TS_CUSTOMERS_IMPORT_MAX_ROWS."""
    cell: int = 32_767
    """Characters of a cell, as in a spreadsheet: TS_CUSTOMERS_IMPORT_MAX_CELL."""

    @classmethod
    def from_environment(cls) -> Limits:
        """Read the limits.

        Raises:
            InputFileError: limit_invalid.
        """
        return cls(
            size=_limit("TS_CUSTOMERS_IMPORT_MAX_BYTES", cls().size),
            rows=_limit("TS_CUSTOMERS_IMPORT_MAX_ROWS", cls().rows),
            cell=_limit("TS_CUSTOMERS_IMPORT_MAX_CELL", cls().cell),
        )


def _limit(name: str, default: int) -> int:
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    if not text.isdecimal() or int(text) == 0:
        raise InputFileError(
            f"{name} is {text}, which is no number",
            slug="limit_invalid",
            hint=f"Set it to a whole number such as {default}, or unset it.",
        )
    return int(text)


@dataclass(frozen=True, slots=True)
class Source:
    """A file that has been read once and found to be UTF-8. `sha256` is hexadecimal."""

    name: str
    file: IO[bytes]
    sha256: str

    @contextmanager
    def text(self) -> Iterator[io.TextIOWrapper]:
        """Read the text from its beginning, without a byte order mark."""
        self.file.seek(0)
        wrapper = io.TextIOWrapper(self.file, encoding="utf-8-sig", newline="")
        try:
            yield wrapper
        finally:
            wrapper.detach()


@contextmanager
def open_source(path: Path, limits: Limits) -> Iterator[Source]:
    """Open a file, or standard input for `-`, and see that it is text in UTF-8.

    What cannot be read twice is kept in a temporary file.

    Raises:
        InputFileError: file_not_found, file_unreadable, file_empty, file_too_large, file_not_csv,
            file_not_utf8, file_has_nul.
    """
    is_stdin = str(path) == STANDARD_INPUT
    name = "standard input" if is_stdin else path.name
    with ExitStack() as stack:
        if is_stdin:
            file = stack.enter_context(_spooled(sys.stdin.buffer, name, limits))
        else:
            file = stack.enter_context(_opened(path))
            if not file.seekable():
                file = stack.enter_context(_spooled(file, name, limits))
        try:
            yield Source(name, file, _examine(file, name, limits))
        except OSError as error:
            raise _unreadable(path, error) from error


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        if stat.S_ISDIR(path.stat().st_mode):
            raise InputFileError(
                f"{path} is a folder", slug="file_unreadable", hint="Name a CSV file."
            )
        file = path.open("rb")
    except FileNotFoundError as error:
        raise InputFileError(
            f"there is no file {path}",
            slug="file_not_found",
            hint="Check the spelling and the folder you are in.",
        ) from error
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    with file:
        yield file


def _unreadable(path: Path, error: Exception) -> InputFileError:
    reason = getattr(error, "strerror", None) or str(error)
    return InputFileError(
        f"{path} cannot be read: {reason}",
        slug="file_unreadable",
        hint="Check that you may read it.",
    )


@contextmanager
def _spooled(stream: IO[bytes], name: str, limits: Limits) -> Iterator[IO[bytes]]:
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL) as copy:
        while chunk := stream.read(_CHUNK):
            copy.write(chunk)
            if copy.tell() > limits.size:
                raise _too_large(name, limits)
        yield copy


def _too_large(name: str, limits: Limits) -> InputFileError:
    return InputFileError(
        f"{name} is larger than {limits.size:,} bytes",
        slug="file_too_large",
        hint="Split it, or raise TS_CUSTOMERS_IMPORT_MAX_BYTES.",
    )


def _examine(file: IO[bytes], name: str, limits: Limits) -> str:
    """Read a file to its end; return its SHA-256."""
    file.seek(0)
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    size = lines = 0
    while chunk := file.read(_CHUNK):
        if size == 0:
            _refuse_other_formats(chunk, name)
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as error:
            at = max(error.start - pending, 0)
            raise _not_utf8(
                name, error.object[error.start], size + error.start - pending, lines, chunk[:at]
            ) from error
        if (nul := chunk.find(b"\x00")) >= 0:
            raise _has_nul(name, lines + chunk.count(b"\n", 0, nul) + 1)
        digest.update(chunk)
        size += len(chunk)
        lines += chunk.count(b"\n")
        if size > limits.size:
            raise _too_large(name, limits)
    if pending_bytes := decoder.getstate()[0]:
        raise _not_utf8(name, pending_bytes[0], size - len(pending_bytes), lines, b"")
    if size == 0:
        raise InputFileError(f"{name} is empty", slug="file_empty", hint=_AS_CSV)
    return digest.hexdigest()


def _refuse_other_formats(start: bytes, name: str) -> None:
    found = next((what for signature, what in _SIGNATURES if start.startswith(signature)), None)
    if found is None and start[:64].lstrip().lower().startswith(_MARKUP):
        found = "an HTML or XML document"
    if found:
        raise InputFileError(
            f"{name} is {found}, not CSV in UTF-8", slug="file_not_csv", hint=_AS_CSV
        )


def _not_utf8(name: str, byte: int, position: int, lines: int, before: bytes) -> InputFileError:
    line = lines + before.count(b"\n") + 1
    return InputFileError(
        f"{name} is not UTF-8: byte 0x{byte:02x} at position {position:,}, in line {line:,}",
        slug="file_not_utf8",
        hint=_AS_CSV,
    )


def _has_nul(name: str, line: int) -> InputFileError:
    return InputFileError(
        f"{name} holds a NUL character in line {line:,}: it is damaged, or not UTF-8",
        slug="file_has_nul",
        hint=_AS_CSV,
    )
