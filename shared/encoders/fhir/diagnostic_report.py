"""DiagnosticReport: the blood group, and the vital signs taken when a casualty reached somebody who
treats it.
"""

from functools import lru_cache

import numpy as np

from shared.encoders.casualty.stays import rows_of
from shared.encoders.fhir.addresses import Address
from shared.encoders.fhir.elements import (
    TERMINOLOGY,
    clinical_code,
    concept,
    constant,
    encounter_reference,
    patient_reference,
    resource,
)
from shared.encoders.fhir.framing import FhirContext
from shared.encoders.fhir.observation import UNTOLD, vitals_columns
from shared.encoders.fhir.per_patient import of_rows
from shared.encoders.interface.context import CONTEXTS_MAX
from shared.encoders.rows.json_pieces import Fields, json_instant
from shared.encoders.rows.pieces import List, Piece, Unless
from shared.encoders.rows.template import Template
from shared.encoders.rows.texts import Texts
from shared.records.columns import Columns
from shared.records.vocabulary import VitalsContext

_SECTIONS = f"{TERMINOLOGY}v2-0074"
_LABORATORY = concept(_SECTIONS, "LAB", "Laboratory")
_OTHER = concept(_SECTIONS, "OTH", "Other")
_BLOOD_GROUP = {"coding": [clinical_code("LOINC", "882-1")]}
_VITAL_SIGNS = concept("http://loinc.org", "8716-3", "Vital signs")
_MEASURED = ("heart-rate", "blood-pressure", "breathing", "spo2", "temperature", "gcs")


def render(patients: Columns, context: FhirContext) -> Texts:
    """Each casualty's report of the blood group, then one report a contact."""
    own, contact = _templates(context)
    items = {**vitals_columns(patients), "row": rows_of(patients.nested["vitals"].offsets)}
    chosen = items["context"] == VitalsContext.CONTACT
    columns = {name: values[chosen] for name, values in items.items()}
    reports = of_rows(
        contact.render(int(np.count_nonzero(chosen)), columns, context.epoch_s),
        columns["row"],
        patients,
    )
    return own.render(patients.rows, patients.flat, context.epoch_s, {"contacts": reports})


@lru_cache(maxsize=CONTEXTS_MAX)
def _templates(context: FhirContext) -> tuple[Template, Template]:
    return Template([*_of_blood_group(context), List("contacts", skip=0)]), Template(
        _of_contact(context)
    )


def _of_blood_group(context: FhirContext) -> list[Piece]:
    fields: Fields = {
        "status": constant("final"),
        "category": constant([_LABORATORY]),
        "code": constant(_BLOOD_GROUP),
        "subject": patient_reference(context),
        "effectiveDateTime": json_instant("injured_at_s"),
        "issued": json_instant("injured_at_s"),
        "result": [b"[", *Address("Observation", "blood-group").reference(context), b"]"],
    }
    return resource(Address("DiagnosticReport", "blood-group-report"), context, fields)


def _of_contact(context: FhirContext) -> list[Piece]:
    first, *others = (
        Address("Observation", kind, "index").reference(context) for kind in _MEASURED
    )
    pain: list[Piece] = [b",", *Address("Observation", "pain", "index").reference(context)]
    fields: Fields = {
        "status": constant("final"),
        "category": constant([_OTHER]),
        "code": constant(_VITAL_SIGNS),
        "subject": patient_reference(context),
        "encounter": encounter_reference(context),
        "effectiveDateTime": json_instant("at_s"),
        "issued": json_instant("at_s"),
        "result": [
            b"[",
            *first,
            *(piece for each in others for piece in (b",", *each)),
            Unless("pain", UNTOLD, pain),
            b"]",
        ],
    }
    return resource(Address("DiagnosticReport", "contact-report", "index"), context, fields)
