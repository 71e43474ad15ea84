"""SpreadsheetML: cells, rows and sheets as text.

Strings stand in their cells, so that rows can be written as they come. Every row and cell says
where it stands, because some readers find nothing otherwise; the row's number is known only
where slices are put together, so `ROW_MARK` stands for it until `numbered` puts it in.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from xml.sax.saxutils import escape

DATE_TIME_STYLE, DATE_STYLE, HEADING_STYLE = 1, 2, 3
# Days from the spreadsheet's day 0 to 1970.
EPOCH_DAY = 25_569
DAY_OF_1970 = date(1970, 1, 1).toordinal()
# 1900-03-01. Before it spreadsheets count a 29 February 1900 that never was, before 1900 nothing.
SERIAL_MIN = 61
ROWS_MAX = 1_048_576
ROW_MARK = b"\0"  # no text has it: XML forbids it
ROW_END = b"</row>"
_CHARACTERS_MAX = 32_767
_LETTERS = 26
_FORBIDDEN = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Readers take `_x0041_` for the character A, so its first underscore is written in that way.
_LIKE_ESCAPE = re.compile("_(?=[xX][0-9A-Fa-f]{4}_)")
_SHEET = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b'<sheetViews><sheetView workbookViewId="0">'
    b'<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    b'</sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/>'
    b'<cols><col min="1" max="%d" width="18" customWidth="1"/></cols><sheetData>'
)
SHEET_END = b"</sheetData></worksheet>"
STYLES = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b'<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/>'
    b'<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    b'<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    b'<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    b'<fills count="2"><fill><patternFill patternType="none"/></fill>'
    b'<fill><patternFill patternType="gray125"/></fill></fills>'
    b'<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    b'<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    b'<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    b'<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    b'<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    b'<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>'
    b'<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    b"</styleSheet>"
)

Value = str | int | float | date | None


def letters(place: int) -> bytes:
    """A column's name, from A for place 0."""
    rest, last = divmod(place, _LETTERS)
    return (letters(rest - 1) if rest else b"") + bytes([ord("A") + last])


def text_frame(place: int, style: int = 0) -> tuple[bytes, bytes]:
    """What stands before and behind the escaped text of a cell, which is never a formula."""
    return b"<c" + _at(place, style) + b' t="inlineStr"><is><t>', b"</t></is></c>"


def number_frame(place: int, style: int = 0) -> tuple[bytes, bytes]:
    """What stands before and behind a cell's number."""
    return b"<c" + _at(place, style) + b"><v>", b"</v></c>"


def flag_cell(place: int, *, value: bool) -> bytes:
    return b"<c" + _at(place, 0) + b' t="b"><v>%d</v></c>' % value


def text_cell(place: int, text: str | None, style: int = 0) -> bytes:
    """A text; no cell for None."""
    if text is None:
        return b""
    before, behind = text_frame(place, style)
    if text != text.strip():
        before = before.removesuffix(b">") + b' xml:space="preserve">'
    return before + escaped(text) + behind


def escaped(text: str) -> bytes:
    """A text as it stands in a cell, without what XML forbids."""
    allowed = _FORBIDDEN.sub("", text[:_CHARACTERS_MAX])
    return escape(_LIKE_ESCAPE.sub("_x005F_", allowed)).encode()


def value_cell(place: int, value: Value) -> bytes:
    """A text, number or date. A date before spreadsheets' calendar is a text."""
    if isinstance(value, date):
        serial = value.toordinal() - DAY_OF_1970 + EPOCH_DAY
        if serial < SERIAL_MIN:
            return text_cell(place, value.isoformat())
        return b"%d".join(number_frame(place, DATE_STYLE)) % serial
    if value is None or isinstance(value, str):
        return text_cell(place, value)
    return str(value).encode().join(number_frame(place))


def sheet_start(headings: Sequence[str]) -> bytes:
    """The beginning of a sheet, before its first row."""
    return _SHEET % len(headings)


def heading_row(headings: Sequence[str]) -> bytes:
    """The row that stays in sight."""
    return row_of(text_cell(place, each, HEADING_STYLE) for place, each in enumerate(headings))


def value_row(values: Iterable[Value]) -> bytes:
    """A row of texts, numbers and dates."""
    return row_of(value_cell(place, value) for place, value in enumerate(values))


def row_of(cells: Iterable[bytes]) -> bytes:
    return ROW_START + b"".join(cells) + ROW_END


def numbered(rows: bytes, first: int) -> bytes:
    """Whole rows with their numbers in place, from `first` on."""
    marked = rows.split(ROW_END)[:-1]
    numbers = enumerate(marked, first)
    return b"".join(row.replace(ROW_MARK, b"%d" % number) + ROW_END for number, row in numbers)


def _at(place: int, style: int) -> bytes:
    shown = b' s="%d"' % style if style else b""
    return b' r="' + letters(place) + ROW_MARK + b'"' + shown


ROW_START = b'<row r="' + ROW_MARK + b'">'
