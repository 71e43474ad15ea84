"""What a row of text is made of: literal bytes, and columns with the way they are written.

Text that is not a number or a time comes from tables (`Word`), so that it is escaped once, where
the table is made.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.encoders.rows.texts import Texts


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number, and what is added to it."""

    column: str
    plus: int = 0


@dataclass(frozen=True, slots=True)
class Digits:
    """The last `places` digits of a whole number without its last `dropped` ones, with zeros before
    it; not for negative numbers.
    """

    column: str
    places: int
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Decimal:
    """A number that is stored as its multiple of 10 ** -places; `trimmed` leaves out zeros at the
    end.
    """

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
