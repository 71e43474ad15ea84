"""A file's end: its columns, its row groups and where they lie.

Numbers: parquet.thrift of the format.
"""

from collections.abc import Mapping

from shared.encoders.parquet import thrift_compact as thrift
from shared.encoders.parquet.schema import ColumnType, schema_elements
from shared.encoders.parquet.thrift_compact import ItemList, Struct, WrittenList

MAGIC = b"PAR1"
FILE_ROWS, FILE_ROW_GROUPS = 3, 4
_VERSION = 2
_CREATED_BY = b"lazaret"
# bounds are compared as the column's type says
_BY_TYPE = thrift.write_struct({1: (thrift.STRUCT, {})})


def file_metadata(types: Mapping[str, ColumnType], rows: int, row_groups: list[Struct]) -> Struct:
    """What a footer says."""
    return {
        1: (thrift.I32, _VERSION),
        2: (thrift.LIST, schema_elements(types)),
        FILE_ROWS: (thrift.I64, rows),
        FILE_ROW_GROUPS: (thrift.LIST, ItemList(thrift.STRUCT, row_groups)),
        6: (thrift.BINARY, _CREATED_BY),
        7: (thrift.LIST, WrittenList(thrift.STRUCT, [_BY_TYPE] * len(types))),
    }


def write_footer(metadata: Struct) -> bytes:
    """The last bytes of a file."""
    written = thrift.write_struct(metadata)
    return written + len(written).to_bytes(4, "little") + MAGIC
