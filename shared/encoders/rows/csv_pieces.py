"""Cells and rows of CSV (RFC 4180) as pieces of a row template, and tables in a layout that
somebody else decided.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from shared.encoders.interface.context import CONTEXTS_MAX, EncodingContext
from shared.encoders.rows.pieces import Integer, Piece
from shared.encoders.rows.template import Template
from shared.encoders.rows.texts import Texts
from shared.records.columns import Array, Columns

NEW_LINE = b"\r\n"
BYTE_ORDER_MARK = "\ufeff".encode()
# What a spreadsheet takes for the beginning of a formula (OWASP, CSV Injection).
_FORMULA = tuple("=+-@\t\r")
EMPTY: Sequence[Piece] = ()
_DAY_S = 86_400
_QUOTED = frozenset('",\r\n')

Cell = Piece | Sequence[Piece]
Rows = tuple[int, Mapping[str, Array]]


@dataclass(frozen=True, slots=True)
class CsvTable:
    """A table of another's layout.

    `cells` are its columns by their headings, in order. `rows` says how many rows these patients
    have, and the numbers in them.
    """

    cells: Callable[[EncodingContext], Mapping[str, Cell]]
    rows: Callable[[Columns, EncodingContext], Rows]

    def encode(self, patients: Columns, context: EncodingContext) -> bytes:
        """The rows of these patients; the header comes first when they begin with ordinal 0."""
        header, template = _compiled(self, context)
        rows, columns = self.rows(patients, context)
        body = template.render(rows, columns, context.epoch_s).to_bytes()
        return header + body if begins(patients) else body


def begins(patients: Columns) -> bool:
    """Whether the job's first patient is among these. No patients stand for the place before all:
    the first ones may never be stored.
    """
    return patients.rows == 0 or bool(patients.flat["ordinal"][0] == 0)


def patient(context: EncodingContext) -> Sequence[Piece]:
    """The patient's id in all formats."""
    return [f"{context.job_id}-".encode(), Integer("ordinal")]


def days(seconds: Array, context: EncodingContext) -> Array:
    """Days since 1970 of seconds after the scenario's beginning."""
    since: Array = (seconds.astype(np.int64) + context.epoch_s) // _DAY_S
    return since


def cell(text: str | None) -> bytes:
    """A text as a cell, quoted where it must be; nothing for None."""
    if text is None:
        return b""
    if _QUOTED.isdisjoint(text):
        return text.encode()
    return b'"' + text.replace('"', '""').encode() + b'"'


def guarded(text: str | None, context: EncodingContext) -> str | None:
    """The text with a ' in front where a spreadsheet takes it for a formula, unless chosen raw."""
    if text is None or context.options["cells"] == "raw" or not text.startswith(_FORMULA):
        return text
    return f"'{text}"


def cells(texts: Mapping[int, str | None], first: int = 0) -> Texts:
    """A table of cells from `first` to the highest number; empty for numbers without a text."""
    return Texts.of(
        cell(texts.get(number)) for number in range(first, max(texts, default=first) + 1)
    )


@lru_cache(maxsize=CONTEXTS_MAX * 16)
def _compiled(table: CsvTable, context: EncodingContext) -> tuple[bytes, Template]:
    columns = table.cells(context)
    return ",".join(columns).encode() + NEW_LINE, Template([*_row(columns), NEW_LINE])


def _row(columns: Mapping[str, Cell]) -> Iterator[Piece]:
    for place, value in enumerate(columns.values()):
        if place:
            yield b","
        if isinstance(value, Sequence) and not isinstance(value, bytes):
            yield from value
        else:
            yield value
