"""Procedure: everything done to a casualty, transfusions included."""

from functools import cache, lru_cache

from shared.clinical import tables
from shared.encoders.casualty.treatments import treatment_columns
from shared.encoders.fhir.addresses import Address
from shared.encoders.fhir.device import NO_DEVICE, device_numbers, device_reference
from shared.encoders.fhir.elements import (
    body_site,
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
from shared.encoders.rows.json_pieces import Absent, Fields, json_object
from shared.encoders.rows.pieces import Word
from shared.encoders.rows.template import Template
from shared.encoders.rows.texts import Texts
from shared.records.columns import Columns

PROCEDURE = Address("Procedure", "treatment", "index")


def render(patients: Columns, context: FhirContext) -> Texts:
    """One Procedure for each treatment that is no drug or fluid."""
    columns = dict(treatment_columns(patients, administered=False))
    columns["device"] = device_numbers(columns["treatment"])
    return of_rows(
        _template(context).render(len(columns["index"]), columns, context.epoch_s),
        columns["row"],
        patients,
    )


@lru_cache(maxsize=CONTEXTS_MAX)
def _template(context: FhirContext) -> Template:
    fields: Fields = {
        "status": constant("completed"),
        "code": Word("treatment", _treatments()),
        "subject": patient_reference(context),
        "encounter": encounter_reference(context),
        "performedPeriod": period("at_s", "ended_at_s"),
        "bodySite": body_site(),
        "focalDevice": Absent(
            "device",
            NO_DEVICE,
            [b"[", *json_object({"manipulated": device_reference(context)}), b"]"],
        ),
    }
    return Template(resource(PROCEDURE, context, fields))


@cache
def _treatments() -> Texts:
    return concepts(tables.treatments())
