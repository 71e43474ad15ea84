"""A row of text as a list of pieces: literal bytes, and columns with the way they are written.

A template is rendered for all rows of a batch at once by compiled code. Text that is not a number or a time comes from tables
(`Word`), so that it is escaped once, where the table is made.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.encoders import render_kernel as kernel
from shared.encoders.texts import Texts
from shared.records.columns import Array


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number."""

    column: str


@dataclass(frozen=True, slots=True)
class Digits:
    """The last `places` digits of a whole number without its last `dropped` ones, with zeros before it; not for negative numbers."""

    column: str
    places: int
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Decimal:
    """A number that is stored as its multiple of 10 ** -places; `trimmed` leaves out zeros at the end."""

    column: str
    places: int
    trimmed: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """The table's entry for the number; the table begins with the entry for `first`."""

    column: str
    table: Texts
    first: int = 0


@dataclass(frozen=True, slots=True)
class List:
    """The row's own text of `lists`, without its first `skip` bytes (a separator)."""

    name: str
    skip: int = 1


@dataclass(frozen=True, slots=True)
class Instant:
    """Seconds after the epoch as 2026-03-01T06:30:00Z, or 20260301063000 when compact."""

    column: str
    compact: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """Days since 1970 as 2026-03-01, or 20260301 when compact."""

    column: str
    compact: bool = False


@dataclass(frozen=True, slots=True)
class Unless:
    """Pieces that are left out where the column has the number."""

    column: str
    number: int
    pieces: "Sequence[Piece]"


@dataclass(frozen=True, slots=True)
class Only:
    """Pieces that are written only where the column has the number."""

    column: str
    number: int
    pieces: "Sequence[Piece]"


Piece = bytes | Integer | Digits | Decimal | Word | List | Instant | Day | Unless | Only


@dataclass(frozen=True, slots=True)
class Template:
    """Renders rows. `rows` is their number, `columns` and `lists` hold what the pieces name, all of that length."""

    pieces: Sequence[Piece]

    def render(self, rows: int, columns: Mapping[str, Array], epoch_s: int = 0, lists: Mapping[str, Texts] | None = None) -> Texts:
        """One text a row. Raises ValueError when a number has no entry in its table."""
        program = _Program(columns, lists or {})
        operations = np.array([*program.operations(self.pieces)], np.int64).reshape(-1, 4)
        out = np.empty(rows * program.row_bytes_max + program.list_bytes + 1, np.uint8)
        starts = np.empty(rows + 1, np.int64)
        size = kernel.render(operations, program.literals, program.numbers(rows), program.texts, program.starts, epoch_s, out, starts)
        return Texts(out[:size], starts)


class _Program:
    """Collects what the compiled loop needs while the pieces are turned into operations."""

    def __init__(self, columns: Mapping[str, Array], lists: Mapping[str, Texts]) -> None:
        self.row_bytes_max = 0
        self.list_bytes = 0
        self._columns = columns
        self._lists = lists
        self._literals = bytearray()
        self._used: dict[str, int] = {}
        self._tables: dict[int, tuple[int, Texts]] = {}
        self._entries = 0

    @property
    def literals(self) -> NDArray[np.uint8]:
        return np.frombuffer(self._literals + b"\0", np.uint8)

    @property
    def texts(self) -> NDArray[np.uint8]:
        return np.concatenate([np.zeros(1, np.uint8), *(table.data for _, table in self._tables.values())])

    @property
    def starts(self) -> NDArray[np.int64]:
        rebased, size = [np.zeros(1, np.int64)], 1
        for _, table in self._tables.values():
            rebased.append(table.starts + size)
            size += len(table.data)
        return np.concatenate(rebased)

    def numbers(self, rows: int) -> NDArray[np.int64]:
        numbers = np.empty((max(1, len(self._used)), rows), np.int64)
        for name, place in self._used.items():
            numbers[place] = self._columns[name]
        return numbers

    def operations(self, pieces: Sequence[Piece]) -> Iterator[tuple[int, int, int, int]]:
        for piece in pieces:
            if isinstance(piece, Unless | Only):
                inner = list(self.operations(piece.pieces))
                kind = kernel.UNLESS if isinstance(piece, Unless) else kernel.ONLY
                yield kind, self._column(piece.column), piece.number, len(inner)
                yield from inner
            else:
                yield self._operation(piece)

    def _operation(self, piece: Piece) -> tuple[int, int, int, int]:  # noqa: PLR0911 -- one return for each kind of piece
        match piece:
            case bytes():
                return self._literal(piece)
            case Integer(column):
                self.row_bytes_max += kernel.INTEGER_BYTES_MAX
                return kernel.INTEGER, self._column(column), 0, 0
            case Digits(column, places, dropped):
                self.row_bytes_max += places
                return kernel.DIGITS, self._column(column), places, 10**dropped
            case Decimal(column, places, trimmed):
                self.row_bytes_max += kernel.INTEGER_BYTES_MAX + places + 1
                return kernel.DECIMAL, self._column(column), places, int(trimmed)
            case Word(column, table, first):
                self._check(piece)
                self.row_bytes_max += table.longest
                return kernel.WORD, self._column(column), self._place(table) - first, 0
            case List(name, skip):
                self.list_bytes += len(self._lists[name].data)
                return kernel.LIST, self._place(self._lists[name]), skip, 0
            case Instant(column, compact):
                self.row_bytes_max += kernel.INSTANT_BYTES
                return kernel.INSTANT, self._column(column), int(compact), 0
            case Day(column, compact):
                self.row_bytes_max += kernel.INSTANT_BYTES
                return kernel.DAY, self._column(column), int(compact), 0
            case Unless() | Only():
                raise TypeError("a condition is more than one operation")

    def _literal(self, text: bytes) -> tuple[int, int, int, int]:
        start = len(self._literals)
        self._literals += text
        self.row_bytes_max += len(text)
        return kernel.LITERAL, start, len(text), 0

    def _column(self, name: str) -> int:
        return self._used.setdefault(name, len(self._used))

    def _place(self, table: Texts) -> int:
        if id(table) not in self._tables:
            # Entry 0 of `starts` belongs to no table.
            self._tables[id(table)] = (1 + self._entries, table)
            self._entries += len(table.starts)
        return self._tables[id(table)][0]

    def _check(self, word: Word) -> None:
        values = self._columns[word.column]
        if len(values) and not (word.first <= values.min() and values.max() < word.first + len(word.table)):
            raise ValueError(f"{word.column}: {values.min()} to {values.max()} is not within the {len(word.table)} entries of its table")
