"""Thrift's compact protocol, as far as Parquet uses it (no maps, sets or lists of booleans).

https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
A field is its kind and value, a pair; a boolean's value is its kind. Most fields are whole numbers,
which are read and written where their struct is: a footer has some twenty for each column, and a
call for each takes longer than the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

STOP, TRUE, FALSE, I8, I16, I32, I64, DOUBLE, BINARY, LIST = range(10)
STRUCT = 12
_DOUBLE_BYTES = 8
_LONG_LIST = 15

Struct = dict[int, tuple[int, Any]]


@dataclass(frozen=True, slots=True)
class ItemList:
    """A list and the kind of its items."""

    kind: int
    items: Sequence[Any]


@dataclass(frozen=True, slots=True)
class WrittenList:
    """A list whose items are already bytes."""

    kind: int
    items: Sequence[bytes]


def read_struct(data: bytes) -> Struct:
    """Read a struct that fills `data`."""
    return _read_struct(data, 0)[0]


def write_struct(struct: Struct) -> bytes:
    """Write a struct, its fields in ascending order."""
    out = bytearray()
    _write_struct(out, struct)
    return bytes(out)


def _read_struct(data: bytes, at: int) -> tuple[Struct, int]:
    struct: Struct = {}
    field = 0
    while (head := data[at]) != STOP:
        at += 1
        kind = head & 15
        if head > 15:
            field += head >> 4
        else:
            field, at = _read_zigzag(data, at)
        if I16 <= kind <= I64:
            number = data[at]
            at += 1
            if number >= 0x80:
                number, at = _read_varint(data, at - 1)
            struct[field] = kind, number >> 1 ^ -(number & 1)
        else:
            value, at = _read_value(data, at, kind)
            struct[field] = kind, value
    return struct, at + 1


def _read_value(data: bytes, at: int, kind: int) -> tuple[Any, int]:  # noqa: PLR0911 -- one return for each kind of value
    if kind == STRUCT:
        return _read_struct(data, at)
    if kind == BINARY:
        size, at = _read_varint(data, at)
        return data[at : at + size], at + size
    if kind == LIST:
        return _read_list(data, at)
    if kind in {TRUE, FALSE}:
        return kind, at
    if I16 <= kind <= I64:
        return _read_zigzag(data, at)
    if kind == I8:
        return data[at], at + 1
    if kind == DOUBLE:
        return data[at : at + _DOUBLE_BYTES], at + _DOUBLE_BYTES
    raise ValueError(f"a Thrift value of kind {kind} is not expected in a Parquet footer")


def _read_list(data: bytes, at: int) -> tuple[ItemList, int]:
    size, kind = data[at] >> 4, data[at] & 15
    at += 1
    if size == _LONG_LIST:
        size, at = _read_varint(data, at)
    items = []
    for _ in range(size):
        item, at = _read_value(data, at, kind)
        items.append(item)
    return ItemList(kind, items), at


def _read_zigzag(data: bytes, at: int) -> tuple[int, int]:
    number, at = _read_varint(data, at)
    return number >> 1 ^ -(number & 1), at


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while (byte := data[at]) >= 0x80:
        number |= (byte & 0x7F) << shift
        shift += 7
        at += 1
    return number | byte << shift, at + 1


def _write_struct(out: bytearray, struct: Struct) -> None:
    before = 0
    for field in sorted(struct):
        kind, value = struct[field]
        out.append((field - before) << 4 | kind)
        if I16 <= kind <= I64:
            number = value << 1 if value >= 0 else (-value << 1) - 1
            while number >= 0x80:
                out.append(number & 0x7F | 0x80)
                number >>= 7
            out.append(number)
        elif kind == STRUCT:
            _write_struct(out, value)
        else:
            _write_value(out, kind, value)
        before = field
    out.append(STOP)


def _write_value(out: bytearray, kind: int, value: Any) -> None:
    if I16 <= kind <= I64:
        _write_varint(out, value << 1 if value >= 0 else (-value << 1) - 1)
    elif kind == I8:
        out.append(value)
    elif kind == BINARY:
        _write_varint(out, len(value))
        out += value
    elif kind == DOUBLE:
        out += value
    elif kind == LIST:
        _write_list(out, value)
    elif kind == STRUCT:
        _write_struct(out, value)


def _write_list(out: bytearray, value: ItemList | WrittenList) -> None:
    size = len(value.items)
    out.append(min(size, _LONG_LIST) << 4 | value.kind)
    if size >= _LONG_LIST:
        _write_varint(out, size)
    for item in value.items:
        if isinstance(value, WrittenList):
            out += item
        else:
            _write_value(out, value.kind, item)


def _write_varint(out: bytearray, number: int) -> None:
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
