"""SpreadsheetML: cells and sheets as text. Strings stand in their cells, so that rows can be
written as they come.
"""

from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

DATE_TIME_STYLE, DATE_STYLE, HEADING_STYLE = 1, 2, 3
# Days from the spreadsheet's day 0 to 1970.
EPOCH_DAY = 25_569
ROWS_MAX = 1_048_576
_CHARACTERS_MAX = 32_767
_SHEET = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    b"<worksheet "
    b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b'<sheetViews><sheetView workbookViewId="0">'
    b'<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" '
    b'state="frozen"/></sheetView></sheetViews>'
    b'<sheetFormatPr defaultRowHeight="15"/><cols><col min="1" max="%d" width="18" '
    b'customWidth="1"/></cols><sheetData>'
)
SHEET_END = b"</sheetData></worksheet>"
STYLES = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b'<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    b'<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz '
    b'val="11"/><name val="Calibri"/></font></fonts>'
    b'<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill '
    b'patternType="gray125"/></fill></fills>'
    b'<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    b'<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" '
    b'borderId="0"/></cellStyleXfs><cellXfs count="4">'
    b'<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    b'<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    b'<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    b'<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>'
    b'<cellStyles count="1"><cellStyle name="Normal" xfId="0" '
    b'builtinId="0"/></cellStyles></styleSheet>'
)

Value = str | int | float | None


def text_cell(text: str | None, style: int = 0) -> bytes:
    """A text, never taken for a formula; an empty cell for None."""
    if text is None:
        return b"<c/>"
    shown = escape(
        "".join(each for each in text[:_CHARACTERS_MAX] if each >= " " or each in "\t\n")
    )
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{shown}</t></is></c>'.encode()


def sheet_start(headings: Sequence[str]) -> bytes:
    """The beginning of a sheet with its first row, which stays in sight."""
    return _SHEET % len(headings) + row_of(
        text_cell(heading, HEADING_STYLE) for heading in headings
    )


def value_row(values: Iterable[Value]) -> bytes:
    """A row of texts and numbers."""
    return row_of(map(_value_cell, values))


def row_of(cells: Iterable[bytes]) -> bytes:
    return b"<row>" + b"".join(cells) + b"</row>"


def _value_cell(value: Value) -> bytes:
    return (
        text_cell(value)
        if value is None or isinstance(value, str)
        else f"<c><v>{value}</v></c>".encode()
    )
