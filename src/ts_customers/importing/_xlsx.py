"""Reading a sheet of an Excel workbook."""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any
from xml.etree.ElementTree import Element, iterparse

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from openpyxl import Workbook, load_workbook
from openpyxl.xml.constants import SHEET_MAIN_NS

from ts_customers._errors import InputFileError, Invalid
from ts_customers.importing._archive import check_archive, malformed
from ts_customers.importing._cells import UncomputedFormula, WorkbookCells
from ts_customers.importing._header import Row
from ts_customers.importing._limits import Limits
from ts_customers.importing._source import Source

_ROW = f"{{{SHEET_MAIN_NS}}}row"
_ROWS = f"{{{SHEET_MAIN_NS}}}sheetData"
# As many as a sheet has.
_LAST_ROW = 1_048_576

# What a damaged or hostile workbook makes the parsers raise.
_DAMAGE = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class SheetRows:
    """The rows of a sheet; they end at the last cell that is there."""

    source: Source
    limits: Limits
    sheet: str
    other_sheets: tuple[str, ...]
    workbook: Workbook

    def rows(self) -> Iterator[Row]:
        """Read the rows that are not blank, each with its number in the sheet.

        Raises:
            InputFileError: xlsx_malformed, formula_uncomputed, cell_too_long, file_changed.
        """
        # Its annotations leave out what it keeps of the archive.
        sheet: Any = self.workbook[self.sheet]
        cells = WorkbookCells(sheet, sheet._shared_strings)  # noqa: SLF001
        with _sound(self.source.name):
            for number, element in _row_elements(sheet._get_source):  # noqa: SLF001
                try:
                    row = cells.row(element)
                except UncomputedFormula as error:
                    raise self._uncomputed(error.column, number) from error
                if any(map(str.strip, row)):
                    if max(map(len, row)) > self.limits.cell:
                        raise self.limits.cell_too_long(self.source.name, number)
                    yield number, row

    def _uncomputed(self, column: str, number: int) -> InputFileError:
        return InputFileError(
            f"{self.source.name} has a formula without its value in cell {column}{number}",
            slug="formula_uncomputed",
            hint="Open it in your spreadsheet program, save it, and import that.",
        )


def _row_elements(opened: Callable[[], IO[bytes]]) -> Iterator[tuple[int, Element]]:
    """The rows of a sheet's XML. Each is gone when the next one is asked for."""
    parent: Element | None = None
    number = 0
    with opened() as part:
        _refuse_declarations(part)
    with opened() as part:
        # Without declarations there are no entities, and the parser that is fast is safe too.
        for event, element in iterparse(part, events=("start", "end")):  # noqa: S314
            if event == "start":
                parent = element if element.tag == _ROWS else parent
            elif element.tag == _ROW:
                former, number = number, int(element.get("r", number + 1))
                if not former < number <= _LAST_ROW:
                    raise ValueError(f"row {number} follows row {former}")
                yield number, element
                if parent is not None:
                    parent.clear()


class _Root:
    """Takes what a parser finds, and remembers whether the root has begun."""

    has_begun = False

    def start(self, _tag: str, _attributes: object) -> None:
        self.has_begun = True

    def end(self, _tag: str) -> None: ...

    def data(self, _text: str) -> None: ...


def _refuse_declarations(part: IO[bytes]) -> None:
    """Read XML up to its root, before which alone it can declare a document type."""
    root = _Root()
    parser = DefusedXMLParser(target=root, forbid_dtd=True)
    while not root.has_begun and (chunk := part.read(4096)):
        parser.feed(chunk)


@contextmanager
def _sound(name: str) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        # openpyxl's own words are for programmers; their cause says what it is.
        cause = error.__cause__ or error
        reason = str(cause).partition("\n")[0] or type(cause).__name__
        if isinstance(cause, DefusedXmlException):
            reason = "it declares a document type, as hostile files do"
        raise malformed(name, reason) from error


def open_workbook(source: Source, limits: Limits, sheet: str | None) -> SheetRows:
    """Open a sheet: the one of a name, or else the first one that is not hidden.

    Raises:
        InputFileError: xlsx_malformed, xlsx_too_large, file_encrypted, format_unsupported,
            file_changed.
        Invalid: sheet_not_found.
    """
    check_archive(source.opened(), source.name, limits)
    with _sound(source.name), warnings.catch_warnings():
        # They are about pictures, styles and rules, none of which is read.
        warnings.simplefilter("ignore")
        workbook = load_workbook(source.opened(), read_only=True, data_only=True, keep_links=False)
    titles = [found.title for found in workbook.worksheets if found.sheet_state == "visible"]
    if sheet is not None:
        chosen = _find(sheet, [found.title for found in workbook.worksheets], source.name)
    elif titles:
        chosen = titles[0]
    else:
        raise malformed(source.name, "it has no sheet that is not hidden")
    others = tuple(title for title in titles if title != chosen)
    return SheetRows(source, limits, chosen, others, workbook)


def _find(wanted: str, titles: list[str], name: str) -> str:
    found = [title for title in titles if title.strip().casefold() == wanted.strip().casefold()]
    if wanted in titles or len(found) == 1:
        return wanted if wanted in titles else found[0]
    raise Invalid(
        f"{name} has no sheet {wanted}",
        slug="sheet_not_found",
        hint=f"Its sheets: {', '.join(titles)}.",
    )
