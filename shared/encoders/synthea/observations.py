"""observations.csv."""

from collections.abc import Mapping

from shared.encoders.casualty.observed import KINDS, NO_WORD, VALUE_PLACES, observed, observed_words
from shared.encoders.interface.context import EncodingContext
from shared.encoders.rows.csv_pieces import Cell, CsvTable, Rows, cells, patient
from shared.encoders.rows.pieces import Decimal, Instant, Only, Word
from shared.encoders.synthea.cells import encounter
from shared.records.columns import Columns


def _rows(patients: Columns, _context: EncodingContext) -> Rows:
    columns = observed(patients)
    return len(columns["index"]), columns


def _cells(context: EncodingContext) -> Mapping[str, Cell]:
    kinds = dict(enumerate(KINDS.values()))
    number = Only("word", NO_WORD, [Decimal("value_e1", VALUE_PLACES, trimmed=True)])
    return {
        "DATE": Instant("at_s"),
        "PATIENT": patient(context),
        "ENCOUNTER": encounter(context),
        "CATEGORY": Word("kind", cells({place: kind.category for place, kind in kinds.items()})),
        "CODE": Word("kind", cells({place: kind.loinc for place, kind in kinds.items()})),
        "DESCRIPTION": Word("kind", cells({place: kind.display for place, kind in kinds.items()})),
        "VALUE": [number, Word("word", cells(observed_words()))],
        "UNITS": Word("kind", cells({place: kind.unit for place, kind in kinds.items()})),
        "TYPE": Word(
            "kind",
            cells({place: "numeric" if kind.unit else "text" for place, kind in kinds.items()}),
        ),
    }


OBSERVATIONS = CsvTable(_cells, _rows)
