"""One sheet while it is written into its part of the package."""

from collections.abc import Sequence
from typing import IO

from shared.encoders.xlsx.cells import (
    ROW_MARK,
    ROWS_MAX,
    SHEET_END,
    heading_row,
    numbered,
    sheet_start,
)

# Sizes of a part that every reader takes: beyond it ZIP needs extensions that some refuse.
BYTES_MAX = 2**31 - 2**20
_NUMBER_CHARS_MAX = len(str(ROWS_MAX))


class Sheet:
    """Takes rows without their numbers, after the headings as the first."""

    def __init__(self, part: IO[bytes], headings: Sequence[str]) -> None:
        self._part = part
        self._rows = 0
        self._size = 0
        self._put(sheet_start(headings))
        self.write(heading_row(headings), 1)

    def has_room(self, rows: bytes, count: int) -> bool:
        """Whether so many rows fit in, whatever numbers they get."""
        longest = len(rows) + rows.count(ROW_MARK) * _NUMBER_CHARS_MAX + len(SHEET_END)
        return self._rows + count <= ROWS_MAX and self._size + longest <= BYTES_MAX

    def write(self, rows: bytes, count: int) -> None:
        self._put(numbered(rows, self._rows + 1))
        self._rows += count

    def close(self) -> None:
        self._put(SHEET_END)
        self._part.close()

    def _put(self, data: bytes) -> None:
        self._part.write(data)
        self._size += len(data)
