"""FHIR R4 bulk NDJSON: one file a resource type, one resource a line, references relative to a
server's base.
"""

from collections.abc import Callable, Mapping

import pyarrow as pa

from shared.encoders.fhir import facility, group, staff
from shared.encoders.fhir.framing import FhirContext, Framing, framed
from shared.encoders.fhir.ids import ORDINAL_OF_JOB
from shared.encoders.fhir.of_patients import OF_PATIENTS
from shared.encoders.interface.context import EncodingContext
from shared.encoders.rows.texts import Texts
from shared.records.body import from_record_batch

ENCODER_VERSION = 3

OF_JOB: Mapping[str, Callable[[FhirContext], Texts]] = {
    "Organization": facility.render_organizations,
    "Location": facility.render_locations,
    "Practitioner": staff.render_practitioners,
    "PractitionerRole": staff.render_roles,
    "Group": group.render,
}
RESOURCES = (*OF_PATIENTS, *OF_JOB)


def encode(batch: pa.RecordBatch, context: EncodingContext, resource_type: str) -> bytes:
    """All resources of a type (one of `RESOURCES`) for these patients, one a line; those of the
    whole job come with ordinal 0.

    No patients stand for the place before all: ordinal 0 may never be stored.

    Every line has its `id` as its second field; `ids.parse_resource_id` tells the patient from it.
    """
    patients = from_record_batch(batch)
    lines = framed(context, Framing.LINE)
    if resource_type in OF_PATIENTS:
        return OF_PATIENTS[resource_type](patients, lines).to_bytes()
    first = patients.rows == 0 or patients.flat["ordinal"][0] == ORDINAL_OF_JOB
    return OF_JOB[resource_type](lines).to_bytes() if first else b""
