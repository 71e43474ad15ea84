"""What the fields of the flat tables are in Parquet: physical and logical types, as elements of a
footer's schema.

Numbers: parquet.thrift of the format.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

import numpy as np

from shared.encoders.casualty.flat_tables import Date, Field, Flag, Number, Time
from shared.encoders.parquet import thrift_compact as thrift
from shared.encoders.parquet.thrift_compact import Struct, WrittenList
from shared.records.columns import Array

_OPTIONAL = 1
_TYPE, _REPETITION, _NAME, _CHILDREN, _CONVERTED, _LOGICAL = 1, 3, 4, 5, 6, 10
_YES = (thrift.TRUE, thrift.TRUE)
_NOTHING: tuple[int, Struct] = (thrift.STRUCT, {})


class Physical(IntEnum):
    """How values are stored."""

    BOOLEAN = 0
    INT32 = 1
    INT64 = 2
    DOUBLE = 5
    BYTE_ARRAY = 6


@dataclass(frozen=True, slots=True, eq=False)
class ColumnType:
    """A physical type and what it means: `converted` to older readers, `logical` to newer ones.
    There is one object for each.
    """

    physical: Physical
    converted: int | None = None
    logical: Struct | None = None


def _integer(bits: int) -> Struct:
    return {10: (thrift.STRUCT, {1: (thrift.I8, bits), 2: _YES})}  # signed


_INT8, _INT16 = (
    ColumnType(Physical.INT32, 15, _integer(8)),
    ColumnType(Physical.INT32, 16, _integer(16)),
)
_LONG = ColumnType(Physical.INT64)
_INTEGERS = {
    np.dtype(np.int8): _INT8,
    np.dtype(np.int16): _INT16,
    np.dtype(np.int32): ColumnType(Physical.INT32),
    np.dtype(np.int64): _LONG,
}
_MILLISECONDS = (thrift.STRUCT, {1: _NOTHING})
_MOMENT = ColumnType(Physical.INT64, 9, {8: (thrift.STRUCT, {1: _YES, 2: _MILLISECONDS})})  # in UTC
_DAY = ColumnType(Physical.INT32, 6, {6: _NOTHING})
_TEXT = ColumnType(Physical.BYTE_ARRAY, 0, {1: _NOTHING})


def column_type(field: Field, columns: Mapping[str, Array]) -> ColumnType:  # noqa: PLR0911 -- one return for each kind of field
    """Return a field's type: whole numbers keep the width of their column."""
    match field:
        case Number("index"):
            return _LONG
        case Number(column, places=0):
            return _INTEGERS[columns[column].dtype]
        case Number():
            return ColumnType(Physical.DOUBLE)
        case Time():
            return _MOMENT
        case Date():
            return _DAY
        case Flag():
            return ColumnType(Physical.BOOLEAN)
    return _TEXT


def schema_elements(types: Mapping[str, ColumnType]) -> WrittenList:
    """Return the root and its columns, each of which may be null."""
    root: Struct = {_NAME: (thrift.BINARY, b"schema"), _CHILDREN: (thrift.I32, len(types))}
    return WrittenList(
        thrift.STRUCT,
        [thrift.write_struct(root), *(_element(name, kind) for name, kind in types.items())],
    )


@cache
def _element(name: str, kind: ColumnType) -> bytes:
    element: Struct = {
        _TYPE: (thrift.I32, kind.physical),
        _REPETITION: (thrift.I32, _OPTIONAL),
        _NAME: (thrift.BINARY, name.encode()),
    }
    if kind.converted is not None:
        element[_CONVERTED] = (thrift.I32, kind.converted)
    if kind.logical is not None:
        element[_LOGICAL] = (thrift.STRUCT, kind.logical)
    return thrift.write_struct(element)
