"""Files that are whole or not there."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ts_customers._errors import InputFileError

STANDARD_OUTPUT = "-"

_HINT = "Name another file, or make room; what was there before is unchanged."


@contextmanager
def opened_output(path: Path | None, *, hint: str = _HINT) -> Iterator[IO[bytes]]:
    """Open a file to write, or standard output for none and for `-`.

    What is written stands beside the file until all of it is there, and then takes its place: a
    failure or Ctrl-C leaves the file that was there, or none.

    Args:
        path: The file.
        hint: What to do if it cannot be written.

    Raises:
        InputFileError: output_unwritable.
    """
    name = "standard output" if path is None or str(path) == STANDARD_OUTPUT else str(path)
    try:
        if path is None or name == "standard output":
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        elif path.exists() and not path.is_file():
            if path.is_dir():
                raise unwritable(name, "it is a folder", hint)
            with path.open("wb") as file:  # a pipe or a device has nothing to keep whole
                yield file
        else:
            with _replacing(path.resolve()) as file:
                yield file
    except BrokenPipeError:
        raise  # whoever read has read enough
    except OSError as error:
        if error.errno is None or isinstance(error, ConnectionError | TimeoutError):
            raise
        raise unwritable(name, error.strerror or str(error), hint) from error


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    part = path.with_name(f".{path.name[:200]}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            yield file
        if path.exists():
            shutil.copymode(path, part)
        part.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def unwritable(name: str, reason: str, hint: str) -> InputFileError:
    """What to raise for a file that cannot be written."""
    return InputFileError(
        f"{name} cannot be written: {reason}", slug="output_unwritable", hint=hint
    )
