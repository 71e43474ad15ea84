"""Pieces of a row template that make JSON."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import orjson

from shared.encoders.casualty.words import NOWHERE, words_of
from shared.encoders.rows.pieces import Day, Instant, Integer, List, Only, Piece, Unless, Word
from shared.encoders.rows.texts import Texts

NULL = b"null"

Value = Piece | Sequence[Piece]


@dataclass(frozen=True, slots=True)
class Absent:
    """A field that an object has only where the column is not `number`; it cannot be the object's
    first.
    """

    column: str
    number: int
    value: Value


Fields = Mapping[str, Value | Absent]


def json_object(fields: Fields) -> list[Piece]:
    """An object; its fields stand in the mapping's order."""
    pieces: list[Piece] = []
    for place, (name, value) in enumerate(fields.items()):
        start = b"%s%s:" % (b"," if place else b"{", orjson.dumps(name))
        if isinstance(value, Absent):
            pieces.append(Unless(value.column, value.number, [start, *_pieces(value.value)]))
        else:
            pieces += [start, *_pieces(value)]
    return [*pieces, b"}"]


def json_list(name: str) -> list[Piece]:
    """The row's list `name`, whose items have been rendered each with a comma before it."""
    return [b"[", List(name), b"]"]


def json_item(fields: Mapping[str, Value]) -> list[Piece]:
    """An object as an item of a list."""
    return [b",", *json_object(fields)]


def json_text(value: Value) -> list[Piece]:
    """A string of digits or a time; nothing in it needs escaping."""
    return [b'"', *_pieces(value), b'"']


def json_instant(column: str) -> list[Piece]:
    return json_text(Instant(column))


def json_day(column: str) -> list[Piece]:
    return json_text(Day(column))


def json_or_null(column: str, missing: int, value: Piece | None = None) -> list[Piece]:
    """The column's number (or `value`), null where it is `missing`."""
    return [Unless(column, missing, [value or Integer(column)]), Only(column, missing, [NULL])]


def json_values(values: Mapping[int, Any], *, first: int = 0, last: int | None = None) -> Texts:
    """A table of JSON values from `first` to `last` (default: the highest number), null for numbers
    without one.
    """
    end = max(values, default=first) if last is None else last
    return Texts.of(orjson.dumps(values.get(number)) for number in range(first, end + 1))


def json_word(column: str, vocabulary: type[IntEnum]) -> Word:
    """The vocabulary's word for the column's number."""
    return Word(column, json_values(words_of(vocabulary)))


def json_place(column: str, names: Mapping[int, str]) -> Word:
    """The name of a position in one of the scenario's lists, null for none."""
    return Word(column, json_values(names, first=NOWHERE), first=NOWHERE)


def json_flag(column: str) -> Word:
    """True for 1, false for 0."""
    return Word(column, json_values({0: False, 1: True}))


def _pieces(value: Value) -> Iterator[Piece]:
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        yield from value
    else:
        yield value
