"""Opening a file to import: what it is, whether it can be read, and its fingerprint."""

from __future__ import annotations

import io
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from ts_customers._errors import InputFileError
from ts_customers.importing._encoding import Encoding, find_encoding
from ts_customers.importing._fingerprint import (
    BLOCK,
    Fingerprint,
    FingerprintedFile,
    has_changed,
    take_fingerprint,
)
from ts_customers.importing._format import Format, is_workbook, text_format
from ts_customers.importing._limits import Limits

STANDARD_INPUT = "-"

_SPOOL = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Source:
    """A file that has been read through once, and what was found.

    Attributes:
        name: The file's name without its folder, or "standard input".
        format: What it is.
        encoding: How its bytes are read as text; None for a workbook.
        fingerprint: What it held. Nothing else is ever read of it.
    """

    name: str
    format: Format
    encoding: Encoding | None
    fingerprint: Fingerprint
    file: IO[bytes]
    suffix: str
    """The end of the name, such as .tsv: a hint where the content leaves a choice."""
    stamp: tuple[int, int] | None
    """The file's size and time of change; None for a copy of what cannot be read twice."""

    @property
    def sha256(self) -> str:
        """The SHA-256 of the file, in hexadecimal."""
        return self.fingerprint.sha256

    def opened(self) -> io.BufferedReader:
        """Open the bytes anew, from their beginning."""
        return io.BufferedReader(FingerprintedFile(self.file, self.fingerprint, self.name), BLOCK)

    def check_unchanged(self) -> None:
        """See that nobody has written to the file since it was opened.

        Raises:
            InputFileError: file_changed.
        """
        # What is being written now may have been caught in the middle of a row.
        if self.stamp is not None and _stamp(self.file) != self.stamp:
            raise has_changed(self.name)

    @contextmanager
    def text(self) -> Iterator[io.TextIOWrapper]:
        """Read the text from its beginning, with line ends as they are."""
        assert self.encoding is not None, "a workbook is no text"
        wrapper = io.TextIOWrapper(self.opened(), encoding=self.encoding.codec, newline="")
        with wrapper:
            yield wrapper


def first_line(text: io.TextIOWrapper) -> str:
    """Read the first line, without marks of the byte order that programs put in front twice."""
    return text.readline().lstrip("\ufeff")


@contextmanager
def open_source(path: Path, limits: Limits, *, encoding: str | None = None) -> Iterator[Source]:
    """Open a file, or standard input for `-`, and find out what it is.

    What cannot be read twice is kept in a temporary file.

    Args:
        path: The file.
        limits: How much of it is taken.
        encoding: What it is in, if it is known; otherwise that is found out.

    Raises:
        InputFileError: file_not_found, file_unreadable, file_empty, file_too_large, file_changed,
            format_unsupported, file_encrypted, spool_unwritable, file_not_utf8,
            file_not_decodable, file_has_nul, encoding_unclear, line_too_long.
        Invalid: encoding_unknown.
    """
    is_stdin = str(path) == STANDARD_INPUT
    name = "standard input" if is_stdin else path.name
    suffix = "" if is_stdin else path.suffix.lower()
    with ExitStack() as stack:
        try:
            file = sys.stdin.buffer if is_stdin else stack.enter_context(_opened(path))
            stamp = None if is_stdin else _stamp(file)
            if stamp is None:
                file = stack.enter_context(_spooled(file, name, limits))
            fingerprint = take_fingerprint(file, name, limits)
            source = Source(name, Format.xlsx, None, fingerprint, file, suffix, stamp)
            source.check_unchanged()
            if not is_workbook(source.opened(), name):
                source = _as_text(source, encoding)
            yield source
        except OSError as error:
            raise _unreadable(path, error) from error


def _as_text(source: Source, wanted: str | None) -> Source:
    encoding = find_encoding(source.opened, source.name, wanted)
    source = replace(source, format=Format.csv, encoding=encoding)
    with source.text() as text:
        line = first_line(text)
        while line and not line.strip():
            line = text.readline()
    return replace(source, format=text_format(line, source.suffix, source.name))


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        if stat.S_ISDIR(path.stat().st_mode):
            raise InputFileError(
                f"{path} is a folder", slug="file_unreadable", hint="Name a file in it."
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


def _stamp(file: IO[bytes]) -> tuple[int, int] | None:
    found = os.fstat(file.fileno())
    return (found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None


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
        size = 0
        while chunk := stream.read(BLOCK):
            size += len(chunk)
            if size > limits.size:
                raise limits.too_large(name)
            try:
                copy.write(chunk)
                copy.flush()
            except OSError as error:
                raise InputFileError(
                    f"{name} cannot be kept in {tempfile.gettempdir()}: {error.strerror}",
                    slug="spool_unwritable",
                    hint="Set TMPDIR to a folder with more room, or save it to a file yourself.",
                ) from error
        yield copy
