"""MedicationAdministration: drugs and fluids as given."""

from functools import cache, lru_cache
from typing import Any

from shared.clinical import tables
from shared.encoders.casualty.items import DOSE_PLACES
from shared.encoders.casualty.treatments import treatment_columns
from shared.encoders.fhir.addresses import Address
from shared.encoders.fhir.elements import (
    UCUM,
    concepts,
    constant,
    encounter_reference,
    patient_reference,
    period,
    resource,
)
from shared.encoders.fhir.framing import FhirContext
from shared.encoders.fhir.per_patient import of_rows
from shared.encoders.interface.context import CONTEXTS_MAX
from shared.encoders.rows.json_pieces import Absent, Fields
from shared.encoders.rows.pieces import Decimal, Piece, Word
from shared.encoders.rows.template import Template
from shared.encoders.rows.texts import Texts
from shared.records.columns import Columns

ADMINISTRATION = Address("MedicationAdministration", "treatment", "index")


def render(patients: Columns, context: FhirContext) -> Texts:
    """One MedicationAdministration for each drug or fluid given."""
    columns = treatment_columns(patients, administered=True)
    return of_rows(
        _template(context).render(len(columns["index"]), columns, context.epoch_s),
        columns["row"],
        patients,
    )


@lru_cache(maxsize=CONTEXTS_MAX)
def _template(context: FhirContext) -> Template:
    fields: Fields = {
        "status": constant("completed"),
        "medicationCodeableConcept": Word("treatment", _treatments()),
        "subject": patient_reference(context),
        "context": encounter_reference(context),
        "effectivePeriod": period("at_s", "ended_at_s"),
        "dosage": Absent("dose_e3", 0, _dosage()),
    }
    return Template(resource(ADMINISTRATION, context, fields))


def _dosage() -> list[Piece]:
    return [
        Word("treatment", _dosage_starts()),
        Decimal("dose_e3", DOSE_PLACES, trimmed=True),
        Word("treatment", _dosage_ends()),
    ]


@cache
def _treatments() -> Texts:
    return concepts(tables.treatments())


@cache
def _dosage_starts() -> Texts:
    return Texts.of(
        (
            b"",
            *(
                b'{"route":%s,"dose":{"value":' % constant({"text": row.route or "unknown"})
                for row in tables.treatments()
            ),
        )
    )


@cache
def _dosage_ends() -> Texts:
    units: list[dict[str, Any]] = [
        {"unit": row.unit, "system": UCUM, "code": row.unit} for row in tables.treatments()
    ]
    return Texts.of((b"", *(b",%s}" % constant(unit)[1:] for unit in units)))
