"""The sheet of casualties: the columns of CSV's table of patients, with numbers, dates and times as
a spreadsheet has them.
"""

from collections.abc import Iterator, Mapping, Sequence
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
from shared.encoders.rows.pieces import Decimal, Integer, List, Only, Piece, Unless, Word
from shared.encoders.rows.template import Template
from shared.encoders.rows.texts import Texts
from shared.encoders.xlsx.cells import DATE_STYLE, DATE_TIME_STYLE, EPOCH_DAY, text_cell
from shared.records.body import ITEM
from shared.records.columns import Array, Columns

TABLE = "patients"
DAY_S = 86_400
_SERIAL_PLACES = 9  # a tenth of a millisecond
_EMPTY = b"<c/>"
_TEXT, _TEXT_END = text_cell("").split(b"</t>")[0], b"</t></is></c>"


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
    """A row a casualty."""
    sheet = _sheet(context)
    columns = {
        **patients.flat,
        **{f"{name}_serial": _serial(patients.flat[name], context) for name in sheet.times},
    }
    columns |= {
        f"{name}_serial": patients.flat[name].astype(np.int64) + EPOCH_DAY for name in sheet.dates
    }
    lists = {name: _list(patients, name, template) for name, template in sheet.lists.items()}
    return sheet.row.render(patients.rows, columns, context.epoch_s, lists).to_bytes()


def _serial(seconds: Array, context: EncodingContext) -> Array:
    """Days of the spreadsheet's calendar, in its smallest shown part."""
    exact = (seconds.astype(np.int64) + context.epoch_s + EPOCH_DAY * DAY_S) * 10**_SERIAL_PLACES
    serial: Array = (exact + DAY_S // 2) // DAY_S
    return serial


def _list(patients: Columns, name: str, template: Template) -> Texts:
    lists = patients.nested[name]
    return template.render(len(lists.values[ITEM]), lists.values).joined(lists.offsets)


@lru_cache(maxsize=CONTEXTS_MAX)
def _sheet(context: EncodingContext) -> _Sheet:
    fields = table_fields(TABLE, context).values()
    pieces = [piece for field in fields for piece in _cell(field, context)]
    lists = {
        field.column: _list_template(field) for field in fields if isinstance(field, NamedList)
    }
    times = [field.column for field in fields if isinstance(field, Time)]
    dates = [field.column for field in fields if isinstance(field, Date)]
    return _Sheet(Template([b"<row>", *pieces, b"</row>"]), lists, times, dates)


def _list_template(field: NamedList) -> Template:
    return Template([b";", Word(ITEM, Texts.of(map(_inner, field)))])


def _inner(text: str | None) -> bytes:
    return text_cell(text or "")[len(_TEXT) : -len(_TEXT_END)]


def _cell(field: Field, context: EncodingContext) -> Iterator[Piece]:
    match field:
        case PatientId():
            yield from (_TEXT + f"{context.job_id}-".encode(), Integer("ordinal"), _TEXT_END)
        case Number(column, places, missing):
            number: Sequence[Piece] = [
                b"<c><v>",
                Decimal(column, places) if places else Integer(column),
                b"</v></c>",
            ]
            yield from (
                number
                if missing is None
                else (Unless(column, missing, number), Only(column, missing, [_EMPTY]))
            )
        case Named(column):
            yield Word(column, Texts.of(map(text_cell, field)), field.first)
        case NamedList(column):
            yield from (_TEXT, List(column), _TEXT_END)
        case Time(column):
            yield from (
                b'<c s="%d"><v>' % DATE_TIME_STYLE,
                Decimal(f"{column}_serial", _SERIAL_PLACES),
                b"</v></c>",
            )
        case Date(column):
            yield from (b'<c s="%d"><v>' % DATE_STYLE, Integer(f"{column}_serial"), b"</v></c>")
        case Flag(column):
            yield Word(column, Texts.of((b'<c t="b"><v>0</v></c>', b'<c t="b"><v>1</v></c>')))
