"""The pieces of a row as what the compiled loop takes: operations, literals, tables. All is settled
once but the lists.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.encoders.rows import render_kernel as kernel
from shared.encoders.rows.pieces import (
    Day,
    Decimal,
    Digits,
    Instant,
    Integer,
    List,
    Only,
    Piece,
    Unless,
    Word,
)
from shared.encoders.rows.texts import Texts
from shared.records.columns import Array

Operation = tuple[int, int, int, int]


_NO_NUMBERS = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Lists:
    """Lists for the compiled loop: where the bytes of each lie, where their texts start, and how
    many bytes all have at most.
    """

    operations: Array
    addresses: NDArray[np.int64]
    starts: NDArray[np.int64]
    bytes_max: int


class Program:
    """`row_bytes_max` is how long a row can be without its lists."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.row_bytes_max = 0
        self._literals = bytearray()
        self._columns: dict[str, int] = {}
        self._lists: dict[str, int] = {}
        self._words: dict[tuple[str, int, int], Word] = {}
        self._tables: dict[int, tuple[int, Texts]] = {}
        self._entries = 1  # entry 0 of the starts belongs to no table
        self._operations = np.array([*self._all(pieces)], np.int64).reshape(-1, 4)
        self._of_lists = self._operations[:, 0] == kernel.LIST
        self._uses = np.bincount(self._operations[self._of_lists, 3]).tolist()
        self.literals: NDArray[np.uint8] = np.frombuffer(self._literals + b"\0", np.uint8)
        self.texts, self.starts = _side_by_side(
            [_NOTHING, *(table for _, table in self._tables.values())]
        )

    def check(self, columns: Mapping[str, Array]) -> None:
        """Raise ValueError for a number without an entry in its table."""
        for word in self._words.values():
            values = columns[word.column]
            if len(values) and not (
                word.first <= values.min() and values.max() < word.first + len(word.table)
            ):
                limits = f"{values.min()} to {values.max()}"
                raise ValueError(
                    f"{word.column}: {limits} is not within the {len(word.table)} entries "
                    "of its table"
                )

    def numbers(self, columns: Mapping[str, Array], rows: int) -> NDArray[np.int64]:
        """The columns that the operations name, one a row of the result."""
        numbers = np.empty((max(1, len(self._columns)), rows), np.int64)
        for name, place in self._columns.items():
            numbers[place] = columns[name]
        return numbers

    def lists(self, lists: Mapping[str, Texts]) -> "Lists":
        """The lists of one rendering, and the operations that find them."""
        if not self._lists:
            return Lists(self._operations, _NO_NUMBERS, _NO_NUMBERS, 0)
        given = [lists[name] for name in self._lists]
        first = np.cumsum([0, *(len(each.starts) for each in given[:-1])])
        operations = self._operations.copy()
        operations[self._of_lists, 1] = first[operations[self._of_lists, 3]]
        addresses = np.array([each.data.ctypes.data for each in given], np.int64)
        bytes_max = sum(each.size * uses for each, uses in zip(given, self._uses, strict=True))
        return Lists(
            operations, addresses, np.concatenate([each.starts for each in given]), bytes_max
        )

    def _all(self, pieces: Sequence[Piece]) -> Iterator[Operation]:
        literal = b""
        for piece in pieces:
            if isinstance(piece, bytes):
                literal += piece
                continue
            if literal:
                yield self._literal(literal)
                literal = b""
            yield from (
                self._conditional(piece)
                if isinstance(piece, Unless | Only)
                else (self._operation(piece),)
            )
        if literal:
            yield self._literal(literal)

    def _conditional(self, piece: Unless | Only) -> Iterator[Operation]:
        inner = list(self._all(piece.pieces))
        kind = kernel.UNLESS if isinstance(piece, Unless) else kernel.ONLY
        yield kind, self._column(piece.column), piece.number, len(inner)
        yield from inner

    def _operation(self, piece: Piece) -> Operation:  # noqa: PLR0911 -- one return for each kind of piece
        match piece:
            case Integer(column, plus):
                return self._sized(kernel.INTEGER_BYTES_MAX, kernel.INTEGER, column, plus)
            case Digits(column, places, dropped):
                return self._sized(places, kernel.DIGITS, column, places, 10**dropped)
            case Decimal(column, places, trimmed):
                return self._sized(
                    kernel.INTEGER_BYTES_MAX + places + 1,
                    kernel.DECIMAL,
                    column,
                    places,
                    int(trimmed),
                )
            case Word(column, table, first):
                self._words[column, id(table), first] = piece
                return self._sized(table.longest, kernel.WORD, column, self._place(table) - first)
            case Instant(column, compact):
                return self._sized(kernel.INSTANT_BYTES, kernel.INSTANT, column, int(compact))
            case Day(column, compact):
                return self._sized(kernel.INSTANT_BYTES, kernel.DAY, column, int(compact))
            case List(name, skip):
                return kernel.LIST, 0, skip, self._lists.setdefault(name, len(self._lists))
            case _:
                raise TypeError(f"{type(piece).__name__} is more than one operation")

    def _sized(
        self, bytes_max: int, kind: int, column: str, second: int = 0, third: int = 0
    ) -> Operation:
        self.row_bytes_max += bytes_max
        return kind, self._column(column), second, third

    def _literal(self, text: bytes) -> Operation:
        start = len(self._literals)
        self._literals += text
        self.row_bytes_max += len(text)
        return kernel.LITERAL, start, len(text), 0

    def _column(self, name: str) -> int:
        return self._columns.setdefault(name, len(self._columns))

    def _place(self, table: Texts) -> int:
        if id(table) not in self._tables:
            self._tables[id(table)] = (self._entries, table)
            self._entries += len(table.starts)
        return self._tables[id(table)][0]


_NOTHING = Texts(np.zeros(1, np.uint8), np.zeros(1, np.int64))


def _side_by_side(tables: Sequence[Texts]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    begins = np.cumsum([0, *(len(table.data) for table in tables[:-1])])
    starts = [table.starts + begin for table, begin in zip(tables, begins, strict=True)]
    return np.concatenate([table.data for table in tables]), np.concatenate(starts)
