"""The cells of a row of a workbook, as text."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple
from xml.etree.ElementTree import Element

from openpyxl.cell.read_only import ReadOnlyCell
from openpyxl.styles.numbers import is_date_format, is_timedelta_format
from openpyxl.utils.cell import column_index_from_string, get_column_letter
from openpyxl.utils.datetime import from_excel
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.xml.constants import SHEET_MAIN_NS

from ts_customers.importing._shown import shown_date, shown_number, shown_text

_CELL = f"{{{SHEET_MAIN_NS}}}c"
_VALUE = f"{{{SHEET_MAIN_NS}}}v"
_FORMULA = f"{{{SHEET_MAIN_NS}}}f"
_INLINE = f"{{{SHEET_MAIN_NS}}}is"
_TEXT = f"{{{SHEET_MAIN_NS}}}t"
_RUN = f"{{{SHEET_MAIN_NS}}}r"
_LAST_COLUMN = 16_384


class UncomputedFormula(Exception):
    """A formula has no value: what wrote the workbook did not compute it."""

    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column


class _Style(NamedTuple):
    number_format: str
    is_date: bool
    is_duration: bool


class WorkbookCells:
    """Reads the cells of a sheet.

    openpyxl finds the sheets, texts and styles. It does not tell a formula without a value from an
    empty text, nor a number's digits from its value, so the cells are read from their XML.
    """

    def __init__(self, sheet: ReadOnlyWorksheet, texts: list[str]) -> None:
        self._sheet = sheet
        self._texts = texts
        self._epoch = sheet.parent.epoch
        self._styles: dict[int, _Style] = {}

    def row(self, element: Element) -> list[str]:
        """Read a row up to the last cell that is there.

        Raises:
            UncomputedFormula: a formula has no value.
            ValueError: the row is damaged; or LookupError, or TypeError.
        """
        cells: list[str] = []
        for child in element:
            if child.tag != _CELL:
                continue
            index = _column(child.get("r", "").rstrip("0123456789")) or len(cells) + 1
            if not len(cells) < index <= _LAST_COLUMN:
                raise ValueError(f"column {index} follows column {len(cells)}")
            cells += [""] * (index - 1 - len(cells))
            try:
                cells.append(self._text(child))
            except UncomputedFormula:
                raise UncomputedFormula(get_column_letter(index)) from None
        return cells

    def _text(self, element: Element) -> str:
        kind = element.get("t", "n")
        if kind == "inlineStr":
            inline = element.find(_INLINE)
            return "" if inline is None else shown_text(_inline_text(inline))
        value = element.findtext(_VALUE)
        if not value:
            if kind != "str" and element.find(_FORMULA) is not None:
                raise UncomputedFormula("")
            return ""
        if kind == "n":
            return self._number(value, int(element.get("s", "0")))
        if kind == "s":
            return shown_text(self._texts[int(value)])
        if kind == "b":
            return "true" if int(value) else "false"
        # The text of a formula; an error such as #N/A; a date that is written as one.
        return shown_text(value)

    def _number(self, text: str, style_id: int) -> str:
        style = self._styles.get(style_id)
        if style is None:
            style = self._styles[style_id] = self._style(style_id)
        if style.is_date and not text.startswith("-"):
            try:
                return shown_date(from_excel(float(text), self._epoch, timedelta=style.is_duration))
            except (OverflowError, ValueError):
                pass  # past the year 9999, where the number is all there is
        return shown_number(text, style.number_format)

    def _style(self, style_id: int) -> _Style:
        cell = ReadOnlyCell(self._sheet, 1, 1, None, "n", style_id)
        number_format = cell.number_format
        return _Style(
            number_format,
            is_date_format(number_format),
            is_timedelta_format(number_format),
        )


def _inline_text(element: Element) -> str:
    # Its pieces may differ in their looks; hints at the pronunciation are no part of it.
    pieces = [*element.findall(_TEXT), *element.findall(f"{_RUN}/{_TEXT}")]
    return "".join(piece.text or "" for piece in pieces)


@lru_cache(maxsize=1024)
def _column(letters: str) -> int:
    return column_index_from_string(letters) if letters else 0
