"""Cells that several of Synthea's tables share."""

from collections.abc import Mapping, Sequence

from shared.encoders.casualty.codings import CodedRow
from shared.encoders.casualty.problems import ProblemListItem
from shared.encoders.casualty.stays import NO_STAY
from shared.encoders.interface.context import EncodingContext
from shared.encoders.rows.csv_pieces import cells, patient
from shared.encoders.rows.pieces import Integer, Piece, Unless, Word

NO_COST = b"0.00"
# Where no verified code exists, CODE is the project's own name of the thing, and SYSTEM says so.
SNOMED, OWN_NAMES = "http://snomed.info/sct", "urn:lazaret:name"


def encounter(context: EncodingContext, column: str = "stay") -> Sequence[Piece]:
    """The stay's id, nothing outside stays."""
    return [Unless(column, NO_STAY, [*patient(context), b"-stay", Integer(column)])]


def place(context: EncodingContext, kind: str) -> Sequence[Piece]:
    """The id of a facility, or of what belongs to it."""
    return [f"{context.job_id}-{kind}".encode(), Integer("facility")]


def code(
    column: str, rows: Sequence[CodedRow | ProblemListItem], field: str = "snomed"
) -> Mapping[str, Word]:
    """SYSTEM, CODE and DESCRIPTION of the clinical rows that a column names."""
    codes = {row.id: getattr(row, field) for row in rows}
    return {
        "SYSTEM": Word(
            column,
            cells({number: SNOMED if value else OWN_NAMES for number, value in codes.items()}),
        ),
        "CODE": Word(column, cells({row.id: codes[row.id] or row.name for row in rows})),
        "DESCRIPTION": Word(column, cells({row.id: row.display for row in rows})),
    }
