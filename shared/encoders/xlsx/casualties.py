"""The sheet of casualties: the columns of CSV's table of patients.

Numbers, dates and times are as a spreadsheet has them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from shared.encoders.casualty.flat_tables import (
    Date,
    Field,
    Flag,
    Named,
    NamedList,
    Number,
    PatientId,
    Time,
    table_fields,
)
from shared.encoders.interface.context import CONTEXTS_MAX, EncodingContext
from shared.encoders.rows.pieces import (
    Day,
    Decimal,
    Instant,
    Integer,
    List,
    Only,
    Piece,
    Unless,
    Word,
)
from shared.encoders.rows.template import Template
from shared.encoders.rows.texts import Texts
from shared.encoders.xlsx.cells import (
    DATE_STYLE,
    DATE_TIME_STYLE,
    EPOCH_DAY,
    ROW_END,
    ROW_START,
    SERIAL_MIN,
    escaped,
    flag_cell,
    number_frame,
    text_cell,
    text_frame,
)
from shared.records.body import ITEM
from shared.records.columns import Array, Columns

TABLE = "patients"
DAY_S = 86_400
_SERIAL_PLACES = 9  # a tenth of a millisecond


@dataclass(frozen=True, slots=True)
class _Sheet:
    row: Template
    lists: Mapping[str, Template]
    times: Sequence[str]
    dates: Sequence[str]


def headings(context: EncodingContext) -> Sequence[str]:
    """The columns in order."""
    return tuple(table_fields(TABLE, context))


def casualty_rows(patients: Columns, context: EncodingContext) -> bytes:
    """A row a casualty, without its number."""
    sheet = _sheet(context)
    columns = dict(patients.flat)
    for name in sheet.times:
        seconds = patients.flat[name].astype(np.int64) + context.epoch_s + EPOCH_DAY * DAY_S
        columns |= _counted(name, seconds // DAY_S, _serial(seconds))
    for name in sheet.dates:
        days = patients.flat[name].astype(np.int64) + EPOCH_DAY
        columns |= _counted(name, days, days)
    lists = {name: _list(patients, name, template) for name, template in sheet.lists.items()}
    return sheet.row.render(patients.rows, columns, context.epoch_s, lists).to_bytes()


def _serial(seconds: Array) -> Array:
    """Days of the spreadsheet's calendar, rounded up: some readers cut off parts of a second."""
    serial: Array = -(-seconds * 10**_SERIAL_PLACES // DAY_S)
    return serial


def _counted(name: str, days: Array, serial: Array) -> dict[str, Array]:
    """A moment's serial number, and whether spreadsheets count so far back."""
    return {f"{name}_serial": serial, f"{name}_counts": (days >= SERIAL_MIN).astype(np.int8)}


def _list(patients: Columns, name: str, template: Template) -> Texts:
    lists = patients.nested[name]
    return template.render(len(lists.values[ITEM]), lists.values).joined(lists.offsets)


@lru_cache(maxsize=CONTEXTS_MAX)
def _sheet(context: EncodingContext) -> _Sheet:
    fields = table_fields(TABLE, context).values()
    pieces = [piece for place, field in enumerate(fields) for piece in _cell(place, field, context)]
    lists = {field.column: _inner(field) for field in fields if isinstance(field, NamedList)}
    times = [field.column for field in fields if isinstance(field, Time)]
    dates = [field.column for field in fields if isinstance(field, Date)]
    return _Sheet(Template([ROW_START, *pieces, ROW_END]), lists, times, dates)


def _inner(field: NamedList) -> Template:
    return Template([b";", Word(ITEM, Texts.of(escaped(text or "") for text in field))])


def _cell(  # noqa: PLR0911 -- one return for each kind of field
    place: int, field: Field, context: EncodingContext
) -> Sequence[Piece]:
    match field:
        case PatientId():
            return _text(place, [f"{context.job_id}-".encode(), Integer("ordinal")])
        case Number(column, places, missing, plus):
            number = _number(place, Decimal(column, places) if places else Integer(column, plus))
            return number if missing is None else [Unless(column, missing, number)]
        case Named(column):
            return [Word(column, Texts.of(text_cell(place, text) for text in field), field.first)]
        case NamedList(column):
            return _text(place, [List(column)])
        case Time(column):
            days = _number(place, Decimal(f"{column}_serial", _SERIAL_PLACES), DATE_TIME_STYLE)
            return _moment(place, column, days, Instant(column))
        case Date(column):
            days = _number(place, Integer(f"{column}_serial"), DATE_STYLE)
            return _moment(place, column, days, Day(column))
        case Flag(column):
            return [
                Word(column, Texts.of(flag_cell(place, value=value) for value in (False, True)))
            ]


def _moment(place: int, column: str, number: Sequence[Piece], text: Piece) -> Sequence[Piece]:
    """A number where spreadsheets count so far back, else a text that no reader takes amiss."""
    counts = f"{column}_counts"
    return [Only(counts, 1, number), Unless(counts, 1, _text(place, [text]))]


def _text(place: int, inner: Sequence[Piece]) -> Sequence[Piece]:
    before, behind = text_frame(place)
    return [before, *inner, behind]


def _number(place: int, inner: Piece, style: int = 0) -> Sequence[Piece]:
    before, behind = number_frame(place, style)
    return [before, inner, behind]
