"""Columns into the pages of a row group, and its description for the footer.

Numbers: parquet.thrift of the format.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.encoders.parquet import thrift_compact as thrift
from shared.encoders.parquet.column import Column, Encoding, Page
from shared.encoders.parquet.schema import ColumnType, Physical
from shared.encoders.parquet.thrift_compact import ItemList, Struct

_SNAPPY = 1
_DATA_PAGE, _DICTIONARY_PAGE = 0, 2
_BOUND_BYTES = {Physical.INT32: 4, Physical.INT64: 8}


@dataclass(frozen=True, slots=True)
class _Chunk:
    """A column's headers and pages, how many bytes all of them are before and after compression,
    and how many of these its dictionary.
    """

    pages: Sequence[bytes]
    plain_size: int
    size: int
    dictionary_size: int


def row_group(
    columns: Mapping[str, Column], types: Mapping[str, ColumnType], offset: int
) -> tuple[Sequence[bytes], Struct]:
    """The row group's bytes for a place in the file, and its description. There is at least one
    column.
    """
    chunks = [_chunk(column) for column in columns.values()]
    described, at = [], offset
    for (name, column), chunk in zip(columns.items(), chunks, strict=True):
        metadata = _metadata(name, types[name].physical, column, chunk, at)
        described.append({2: (thrift.I64, 0), 3: (thrift.STRUCT, metadata)})
        at += chunk.size
    description: Struct = {
        1: (thrift.LIST, ItemList(thrift.STRUCT, described)),
        2: (thrift.I64, sum(chunk.plain_size for chunk in chunks)),
        3: (thrift.I64, next(iter(columns.values())).data.count),
        5: (thrift.I64, offset),
        6: (thrift.I64, at - offset),
        7: (thrift.I16, 0),
    }
    return [part for chunk in chunks for part in chunk.pages], description


def _chunk(column: Column) -> _Chunk:
    data, dictionary = column.data, column.dictionary
    levels = {3: (thrift.I32, Encoding.RLE), 4: (thrift.I32, Encoding.RLE)}
    head = _page_header(_DATA_PAGE, data, 5, {**_page_values(data, column.encoding), **levels})
    pages, plain = [head, data.compressed], len(head) + data.size
    if dictionary is not None:
        head = _page_header(
            _DICTIONARY_PAGE, dictionary, 7, _page_values(dictionary, Encoding.PLAIN)
        )
        pages, plain = [head, dictionary.compressed, *pages], len(head) + dictionary.size + plain
    return _Chunk(
        pages,
        plain,
        sum(map(len, pages)),
        0 if dictionary is None else len(pages[0]) + len(pages[1]),
    )


def _page_values(page: Page, encoding: Encoding) -> Struct:
    return {1: (thrift.I32, page.count), 2: (thrift.I32, encoding)}


def _page_header(kind: int, page: Page, field: int, values: Struct) -> bytes:
    return thrift.write_struct(
        {
            1: (thrift.I32, kind),
            2: (thrift.I32, page.size),
            3: (thrift.I32, len(page.compressed)),
            field: (thrift.STRUCT, values),
        }
    )


def _metadata(name: str, kind: Physical, column: Column, chunk: _Chunk, at: int) -> Struct:
    encodings = [Encoding.RLE, column.encoding] + [Encoding.PLAIN] * (column.dictionary is not None)
    metadata: Struct = {
        1: (thrift.I32, kind),
        2: (thrift.LIST, ItemList(thrift.I32, encodings)),
        3: (thrift.LIST, ItemList(thrift.BINARY, [name.encode()])),
        4: (thrift.I32, _SNAPPY),
        5: (thrift.I64, column.data.count),
        6: (thrift.I64, chunk.plain_size),
        7: (thrift.I64, chunk.size),
        9: (thrift.I64, at + chunk.dictionary_size),
        12: (thrift.STRUCT, _statistics(kind, column)),
    }
    if column.dictionary is not None:
        metadata[11] = (thrift.I64, at)
    return metadata


def _statistics(kind: Physical, column: Column) -> Struct:
    nulls: Struct = {3: (thrift.I64, column.nulls)}
    if column.bounds is None:
        return nulls
    low, high = (
        bound.to_bytes(_BOUND_BYTES[kind], "little", signed=True) for bound in column.bounds
    )
    return {**nulls, 5: (thrift.BINARY, high), 6: (thrift.BINARY, low)}
