"""FHIR R4 bulk NDJSON: one file a resource type, one resource a line, references relative to a server's base."""

from collections.abc import Callable, Mapping

import pyarrow as pa

from shared.encoders.context import EncodingContext
from shared.encoders.fhir import (
    allergy_intolerance,
    condition,
    encounter,
    facility,
    medication_administration,
    observation,
    patient,
    procedure,
)
from shared.records.body import from_record_batch
from shared.records.columns import Columns

ENCODER_VERSION = 1

RESOURCES: Mapping[str, Callable[[Columns, EncodingContext], bytes]] = {
    "Patient": patient.encode,
    "Encounter": encounter.encode,
    "Condition": condition.encode,
    "Observation": observation.encode,
    "Procedure": procedure.encode,
    "MedicationAdministration": medication_administration.encode,
    "AllergyIntolerance": allergy_intolerance.encode,
    "Organization": facility.encode_organizations,
    "Location": facility.encode_locations,
}


def encode(batch: pa.RecordBatch, context: EncodingContext, resource_type: str) -> bytes:
    """All resources of a type (a key of `RESOURCES`) for these patients, one a line; those of the whole job come with ordinal 0.

    Every line has its `id` as its second field; `ids.parse_resource_id` tells the patient from it.
    """
    return RESOURCES[resource_type](from_record_batch(batch), context)
