"""Provenance: that a program made the casualty and its stays, and when they were stored."""

from functools import lru_cache

from shared.encoders.casualty.stays import stays_of
from shared.encoders.fhir import addresses
from shared.encoders.fhir.addresses import PATIENT, PROVENANCE
from shared.encoders.fhir.elements import (
    TERMINOLOGY,
    TEST_DATA,
    concept,
    constant,
    resource,
    written_at,
)
from shared.encoders.fhir.framing import FhirContext
from shared.encoders.fhir.per_patient import of_rows
from shared.encoders.interface.context import CONTEXTS_MAX
from shared.encoders.rows.json_pieces import Fields
from shared.encoders.rows.pieces import List
from shared.encoders.rows.template import Template
from shared.encoders.rows.texts import Texts
from shared.records.columns import Columns

_CREATED = concept(f"{TERMINOLOGY}v3-DataOperation", "CREATE", "create")
_ASSEMBLER = concept(f"{TERMINOLOGY}provenance-participant-type", "assembler", "Assembler")


def render(patients: Columns, context: FhirContext) -> Texts:
    """One Provenance a casualty."""
    own, target = _templates(context)
    stays = stays_of(patients)
    columns = {"ordinal": patients.flat["ordinal"][stays.row], "index": stays.index}
    targets = of_rows(target.render(len(stays.row), columns), stays.row, patients)
    return own.render(
        patients.rows, {"ordinal": patients.flat["ordinal"]}, lists={"stays": targets}
    )


@lru_cache(maxsize=CONTEXTS_MAX)
def _templates(context: FhirContext) -> tuple[Template, Template]:
    fields: Fields = {
        "target": [b"[", *PATIENT.reference(context), List("stays", skip=0), b"]"],
        "recorded": constant(written_at(context)),
        "reason": constant([{"coding": [TEST_DATA]}]),
        "activity": constant(_CREATED),
        "agent": constant(
            [{"type": _ASSEMBLER, "who": {"display": "Lazaret, simulator of casualties"}}]
        ),
    }
    return Template(resource(PROVENANCE, context, fields)), Template(
        [b",", *addresses.stay("index").reference(context)]
    )
