"""A file's fingerprint, and reading what it was taken of and nothing else."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from ts_customers._errors import InputFileError
from ts_customers.importing._limits import Limits

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a file holds: its size, its SHA-256 in hexadecimal, and the digest of each block."""

    size: int
    sha256: str
    blocks: tuple[bytes, ...]


def take_fingerprint(file: IO[bytes], name: str, limits: Limits) -> Fingerprint:
    """Read a file to its end.

    Raises:
        InputFileError: file_too_large, file_empty.
    """
    file.seek(0)
    whole = hashlib.sha256()
    blocks = []
    size = 0
    while block := file.read(BLOCK):
        size += len(block)
        if size > limits.size:
            raise limits.too_large(name)
        whole.update(block)
        blocks.append(_digest(block))
    if size == 0:
        raise InputFileError(
            f"{name} is empty",
            slug="file_empty",
            hint="Export it again, or name another file.",
        )
    return Fingerprint(size, whole.hexdigest(), tuple(blocks))


def _digest(block: bytes) -> bytes:
    return hashlib.blake2b(block, digest_size=32).digest()


def has_changed(name: str) -> InputFileError:
    """What to raise for a file that is not what it was."""
    return InputFileError(
        f"{name} was changed while it was read",
        slug="file_changed",
        hint="Wait until nothing writes to it, and import it again.",
    )


class FingerprintedFile(io.RawIOBase):
    """Reads a file of which a fingerprint was taken, from a position of its own.

    Every block is held against its digest before anything of it is handed out, so that nobody ever
    sees a mixture of what the file was and what it has become.
    """

    def __init__(self, file: IO[bytes], fingerprint: Fingerprint, name: str) -> None:
        self._file = file
        self._fingerprint = fingerprint
        self._name = name
        self._position = 0
        self._number = -1
        self._block = b""

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def seekable(self) -> bool:
        """Say that this can be read from any position."""
        return True

    def tell(self) -> int:
        """Say what is read next."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a position."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._fingerprint.size}
        self._position = max(0, start[whence] + offset)
        return self._position

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read on.

        Raises:
            InputFileError: file_changed.
        """
        if self._position >= self._fingerprint.size:
            return 0
        number, offset = divmod(self._position, BLOCK)
        if number != self._number:
            self._block, self._number = self._checked_block(number), number
        with memoryview(buffer) as view:
            part = self._block[offset : offset + len(view)]
            view[: len(part)] = part
        self._position += len(part)
        return len(part)

    def _checked_block(self, number: int) -> bytes:
        self._file.seek(number * BLOCK)
        # Whatever was added since is not read.
        block = self._file.read(min(BLOCK, self._fingerprint.size - number * BLOCK))
        if _digest(block) != self._fingerprint.blocks[number]:
            raise has_changed(self._name)
        return block
