"""A row of text as a list of pieces, rendered for all rows of a batch at once by compiled code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from shared.encoders.rows import render_kernel as kernel
from shared.encoders.rows.memory import lend
from shared.encoders.rows.pieces import Piece
from shared.encoders.rows.program import Program
from shared.encoders.rows.texts import Texts
from shared.records.columns import Array


@dataclass(frozen=True)
class Template:
    """Renders rows. `rows` is their number, `columns` and `lists` hold what the pieces name, all of
    that length.
    """

    pieces: Sequence[Piece]

    def render(
        self,
        rows: int,
        columns: Mapping[str, Array],
        epoch_s: int = 0,
        lists: Mapping[str, Texts] | None = None,
    ) -> Texts:
        """One text a row. Raises ValueError when a number has no entry in its table."""
        program = self._program
        program.check(columns)
        given = program.lists(lists or {})
        out = lend(rows * program.row_bytes_max + given.bytes_max + 1)
        starts = np.empty(rows + 1, np.int64)
        tables = (program.literals, program.numbers(columns, rows), program.texts, program.starts)
        size = kernel.render(
            given.operations, *tables, given.addresses, given.starts, epoch_s, out, starts
        )
        return Texts(out[:size], starts)

    @cached_property
    def _program(self) -> Program:
        return Program(self.pieces)
