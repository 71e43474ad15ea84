"""Thrift's compact protocol, as far as Parquet's footer uses it (no maps, sets or lists of booleans).

https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

STOP, TRUE, FALSE, I8, I16, I32, I64, DOUBLE, BINARY, LIST = range(10)
STRUCT = 12
_DOUBLE_BYTES = 8
_LONG_LIST = 15


class Value(NamedTuple):
    """A field's kind and value; a boolean's value is its kind."""

    kind: int
    value: Any


Struct = dict[int, Value]


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
    return _Reader(data).struct()


def write_struct(struct: Struct) -> bytes:
    """Write a struct, its fields in ascending order."""
    out = bytearray()
    _write_struct(out, struct)
    return bytes(out)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def struct(self) -> Struct:
        struct: Struct = {}
        field = 0
        while (head := self._byte()) != STOP:
            kind, delta = head & 15, head >> 4
            field = field + delta if delta else self._zigzag()
            struct[field] = Value(kind, self._value(kind))
        return struct

    def _value(self, kind: int) -> Any:  # noqa: PLR0911 -- one return for each kind of value
        if kind in {TRUE, FALSE}:
            return kind
        if kind in {I16, I32, I64}:
            return self._zigzag()
        if kind == I8:
            return self._byte()
        if kind == BINARY:
            return self._take(self._varint())
        if kind == DOUBLE:
            return self._take(_DOUBLE_BYTES)
        if kind == LIST:
            return self._list()
        if kind == STRUCT:
            return self.struct()
        raise ValueError(f"a Thrift value of kind {kind} is not expected in a Parquet footer")

    def _list(self) -> ItemList:
        head = self._byte()
        size, kind = head >> 4, head & 15
        if size == _LONG_LIST:
            size = self._varint()
        return ItemList(kind, [self._value(kind) for _ in range(size)])

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _take(self, size: int) -> bytes:
        self._at += size
        return self._data[self._at - size : self._at]

    def _varint(self) -> int:
        number = shift = 0
        while True:
            byte = self._byte()
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                return number
            shift += 7

    def _zigzag(self) -> int:
        number = self._varint()
        return number >> 1 ^ -(number & 1)


def _write_struct(out: bytearray, struct: Struct) -> None:
    before = 0
    for field in sorted(struct):
        kind, value = struct[field]
        out.append((field - before) << 4 | kind)
        _write_value(out, kind, value)
        before = field
    out.append(STOP)


def _write_value(out: bytearray, kind: int, value: Any) -> None:
    if kind in {I16, I32, I64}:
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
