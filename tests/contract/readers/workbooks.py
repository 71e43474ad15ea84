"""Workbooks as spreadsheet programs and libraries read them: rows of values by sheet."""

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import python_calamine
from xlsx2csv import Xlsx2csv

from tests.contract.readers.compatibility import Reader, of_node, of_python, run_node

Sheets = Mapping[str, Sequence[Sequence[Any]]]
DAY_0 = datetime(1899, 12, 30)  # noqa: DTZ001 -- a spreadsheet's times have no zone
EVERY_CELL = "every cell"
SHOWS_ESCAPES = "every cell; shows `_x005F_` for the `_` of a text like `_x0041_`"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?")


def by_openpyxl(path: Path) -> Sheets:
    book = openpyxl.load_workbook(path, read_only=True)
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def by_calamine(path: Path) -> Sheets:
    book = python_calamine.CalamineWorkbook.from_path(path)
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def by_xlsx2csv(path: Path) -> Sheets:
    """Every value is a text."""
    book = Xlsx2csv(str(path), outputencoding="utf-8", dateformat="%Y-%m-%d %H:%M:%S")
    found = {}
    for sheet in book.workbook.sheets:
        text = io.StringIO(newline="")
        book.convert(text, sheetid=sheet["index"])
        text.seek(0)
        found[sheet["name"]] = list(csv.reader(text))
    return found


def by_sheetjs(path: Path) -> Sheets:
    """Dates are their numbers."""
    sheets: Sheets = run_node("read-xlsx.js", "sheetjs", str(path))
    return sheets


def by_exceljs(path: Path) -> Sheets:
    sheets: Sheets = run_node("read-xlsx.js", "exceljs", str(path))
    return sheets


def seen(value: Any, like: Any) -> Any:
    """A value in the terms of what is expected: readers differ in how they show a date."""
    if value in (None, ""):
        return None
    if isinstance(like, datetime):
        return _moment(value)
    if isinstance(like, bool):
        return value if isinstance(value, bool) else str(value).upper() == "TRUE"
    return round(float(value), 6) if isinstance(like, int | float) else value


def _moment(value: Any) -> Any:
    if isinstance(value, int | float):
        value = DAY_0 + timedelta(days=value)
    elif isinstance(value, str) and _MOMENT.fullmatch(value):
        value = datetime.fromisoformat(value).replace(tzinfo=None)
    elif isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)  # noqa: DTZ001 -- as above
    if not isinstance(value, datetime):
        return value
    return (value + timedelta(milliseconds=500)).replace(microsecond=0)


def _reader(name: str, version: str, read: Callable[[Path], Sheets], result: str) -> Reader:
    return Reader(format="xlsx", name=name, version=version, result=result, read=read)


READERS = (
    _reader("openpyxl", of_python("openpyxl"), by_openpyxl, SHOWS_ESCAPES),
    _reader("calamine (python-calamine)", of_python("python-calamine"), by_calamine, EVERY_CELL),
    _reader("xlsx2csv", of_python("xlsx2csv"), by_xlsx2csv, SHOWS_ESCAPES),
    _reader("SheetJS (xlsx)", of_node("xlsx"), by_sheetjs, EVERY_CELL),
    _reader("exceljs", of_node("exceljs"), by_exceljs, SHOWS_ESCAPES),
)
