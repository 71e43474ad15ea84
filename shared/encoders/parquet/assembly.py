"""One Parquet file from many: row groups are copied as they are, the footer is written anew with
their places in the new file.

Field numbers are those of parquet.thrift (Apache Parquet format 2).
"""

from shared.encoders.parquet import thrift_compact as thrift
from shared.encoders.parquet.footer import FILE_ROW_GROUPS, FILE_ROWS, MAGIC, write_footer
from shared.encoders.parquet.thrift_compact import Struct

_TAIL_BYTES = 8  # the footer's length and the magic

_GROUP_COLUMNS, _GROUP_OFFSET, _GROUP_ORDINAL = 1, 5, 7
_CHUNK_METADATA = 3
_COLUMN_OFFSETS = (9, 11)  # data page, dictionary page
_ORDINAL_MAX = 2**15 - 1


class ParquetAssembly:
    """Keeps the row groups' descriptions, some kilobytes each, until the end."""

    def __init__(self) -> None:
        self._size = 0
        self._rows = 0
        self._groups: list[bytes] = []
        self._footer: Struct | None = None

    def add(self, piece: bytes) -> bytes:
        """Take the row groups of a complete file."""
        length = int.from_bytes(piece[-_TAIL_BYTES:-4], "little")
        footer = thrift.read_struct(piece[-_TAIL_BYTES - length : -_TAIL_BYTES])
        start = len(MAGIC) if self._footer else 0
        body = piece[start : -_TAIL_BYTES - length]
        for group in footer[FILE_ROW_GROUPS][1].items:
            self._groups.append(thrift.write_struct(self._moved(group, self._size - start)))
        self._rows += footer[FILE_ROWS][1]
        self._footer = self._footer or footer
        self._size += len(body)
        return body

    def end(self) -> bytes:
        """The footer. At least one file, which may be without rows, must have been added: it names
        the columns.
        """
        if self._footer is None:
            raise ValueError("a Parquet file needs a schema")
        footer = dict(self._footer)
        footer[FILE_ROWS] = (thrift.I64, self._rows)
        footer[FILE_ROW_GROUPS] = (thrift.LIST, thrift.WrittenList(thrift.STRUCT, self._groups))
        return write_footer(footer)

    def _moved(self, group: Struct, shift: int) -> Struct:
        for chunk in group[_GROUP_COLUMNS][1].items:
            metadata = chunk[_CHUNK_METADATA][1]
            for offset in _COLUMN_OFFSETS:
                _shift(metadata, offset, shift)
        _shift(group, _GROUP_OFFSET, shift)
        if len(self._groups) <= _ORDINAL_MAX:
            group[_GROUP_ORDINAL] = (thrift.I16, len(self._groups))
        else:
            group.pop(_GROUP_ORDINAL, None)
        return group


def _shift(struct: Struct, field: int, shift: int) -> None:
    if field in struct:
        kind, place = struct[field]
        struct[field] = kind, place + shift
