"""Seeing that the whole of a file can be read in an encoding."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import IO

from ts_customers._errors import InputFileError
from ts_customers.importing._fingerprint import BLOCK

# A line of so many bytes is none that anybody wrote; reading it would take as much memory.
_LONGEST_LINE = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Damage:
    """The first byte that means nothing in an encoding; positions count from 0, lines from 1."""

    byte: int
    position: int
    line: int

    def __str__(self) -> str:
        return f"byte 0x{self.byte:02x} at position {self.position:,}, in line {self.line:,}"


def find_damage(file: IO[bytes], codec: str, name: str) -> Damage | None:
    """Read a file in an encoding to its end.

    Raises:
        InputFileError: file_has_nul, line_too_long.
    """
    decoder = codecs.getincrementaldecoder(codec)()
    lines = _LineCounter(name)
    position = 0
    while True:
        block = file.read(BLOCK)
        pending = len(decoder.getstate()[0])
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            start = position - pending + error.start
            before = error.object[: error.start].decode(codec, "replace")
            _refuse_nul(before, lines, name)
            return Damage(error.object[error.start], start, lines.at(before))
        _refuse_nul(text, lines, name)
        if not block:
            return None
        lines.add(text, len(block))
        position += len(block)


class _LineCounter:
    """Counts lines that end in LF, CR LF, or CR alone."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lines = 0
        self._ends_in_cr = False
        self._unbroken = 0

    def add(self, text: str, size: int) -> None:
        self._lines = self.at(text) - 1
        self._ends_in_cr = text.endswith("\r")
        self._unbroken = 0 if "\n" in text or "\r" in text else self._unbroken + size
        if self._unbroken >= _LONGEST_LINE:
            raise InputFileError(
                f"{self._name} has more than {_LONGEST_LINE:,} bytes in line {self._lines + 1:,}",
                slug="line_too_long",
                hint="It may be no list of customers, or damaged: export it again.",
            )

    def at(self, text: str) -> int:
        """In which line the end of a text is that follows what was added."""
        ends = text.count("\n") + text.count("\r") - text.count("\r\n")
        return self._lines + ends + 1 - (self._ends_in_cr and text.startswith("\n"))


def _refuse_nul(text: str, lines: _LineCounter, name: str) -> None:
    if (nul := text.find("\x00")) >= 0:
        line = lines.at(text[:nul])
        raise InputFileError(
            f"{name} holds a NUL character in line {line:,}: it is damaged, or no text",
            slug="file_has_nul",
            hint="Export it again as CSV UTF-8, as an Excel workbook, or as JSON lines.",
        )
