"""CSV (RFC 4180): flat tables in UTF-8, lines ended by CR LF, a header before ordinal 0 and nowhere
else.

So the files of two ranges, one behind the other, are the file of both. What does not apply is
empty.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa

from shared.encoders.casualty.flat_tables import (
    Date,
    Field,
    Flag,
    Named,
    NamedList,
    Number,
    PatientId,
    Time,
    table_columns,
    table_fields,
)
from shared.encoders.interface.context import CONTEXTS_MAX, EncodingContext
from shared.encoders.rows.csv_pieces import BYTE_ORDER_MARK, NEW_LINE, begins, cell, guarded
from shared.encoders.rows.pieces import Day, Decimal, Instant, Integer, List, Piece, Unless, Word
from shared.encoders.rows.template import Template
from shared.encoders.rows.texts import Texts
from shared.records.body import ITEM, from_record_batch
from shared.records.columns import Columns

ENCODER_VERSION = 3
SEPARATOR = b";"


def encode(batch: pa.RecordBatch, context: EncodingContext, table: str) -> bytes:
    """The table's rows of these patients; the header comes first when the batch begins with ordinal
    0.
    """
    patients = from_record_batch(batch)
    parts = _table(context, table)
    rows, columns = table_columns(table, patients)
    lists = {name: _items(patients, name, template) for name, template in parts.items.items()}
    body = parts.row.render(rows, columns, context.epoch_s, lists).to_bytes()
    return parts.header + body if begins(patients) else body


@dataclass(frozen=True, slots=True)
class _Table:
    header: bytes
    row: Template
    items: Mapping[str, Template]


@lru_cache(maxsize=CONTEXTS_MAX)
def _table(context: EncodingContext, table: str) -> _Table:
    fields = table_fields(table, context)
    pieces: list[Piece] = []
    for place, field in enumerate(fields.values()):
        pieces += [b"," if place else b"", *_pieces(field, context)]
    items = {
        field.column: Template([SEPARATOR, Word(ITEM, _texts(field, context))])
        for field in fields.values()
        if isinstance(field, NamedList)
    }
    header = ",".join(fields).encode() + NEW_LINE
    if context.options["bom"] == "yes":
        header = BYTE_ORDER_MARK + header
    return _Table(header, Template([*pieces, NEW_LINE]), items)


def _texts(field: Named | NamedList, context: EncodingContext) -> Texts:
    return Texts.of(cell(guarded(text, context)) for text in field)


def _items(patients: Columns, name: str, template: Template) -> Texts:
    lists = patients.nested[name]
    return template.render(len(lists.values[ITEM]), lists.values).joined(lists.offsets)


def _pieces(field: Field, context: EncodingContext) -> Sequence[Piece]:  # noqa: PLR0911 -- one return for each kind of field
    match field:
        case PatientId():
            return [f"{context.job_id}-".encode(), Integer("ordinal")]
        case Number(column, places, missing, plus):
            number = Decimal(column, places) if places else Integer(column, plus)
            return [number] if missing is None else [Unless(column, missing, [number])]
        case Named(column):
            return [Word(column, _texts(field, context), field.first)]
        case NamedList(column):
            return [List(column)]
        case Time(column):
            return [Instant(column)]
        case Date(column):
            return [Day(column)]
        case Flag(column):
            return [Word(column, Texts.of((b"false", b"true")))]
