"""Run by the validators' environment: two FHIR clients as they are, fhirpy and fhirclient, against
a server; prints what they found.
"""

import json
import sys

import fhirclient.client
from fhirclient.models.capabilitystatement import CapabilityStatement
from fhirclient.models.observation import Observation
from fhirclient.models.patient import Patient
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import ResourceNotFound


def with_fhirpy(base: str, key: str, patient_id: str) -> dict[str, object]:
    client = SyncFHIRClient(base, authorization=f"Bearer {key}")
    patients = client.resources("Patient")
    try:
        client.reference("Patient", "nobody").to_resource()
        absent = "found"
    except ResourceNotFound:
        absent = "not found"
    encounters = (
        client.resources("Encounter")
        .search(patient=patient_id)
        .include("Encounter", "patient")
        .fetch_raw()
    )
    return {
        "count": patients.count(),
        "pages": len({each.id for each in patients.limit(7).fetch_all()}),
        "since": patients.search(birthdate__ge="1900").count(),
        "read": client.reference("Patient", patient_id).to_resource().id,
        "searched": patients.search(_id=patient_id).get().id,
        "observations": len(
            client.resources("Observation").search(patient=patient_id).limit(20).fetch_all()
        ),
        "included": [
            each.resource.id
            for each in encounters.entry
            if each.resource.resource_type == "Patient"
        ],
        "absent": absent,
    }


def with_fhirclient(base: str, key: str, patient_id: str) -> dict[str, object]:
    server = fhirclient.client.FHIRClient(
        settings={"app_id": "test", "api_base": f"{base}/"}
    ).server
    server.session.headers["Authorization"] = f"Bearer {key}"
    patient = Patient.read(patient_id, server)
    found = Observation.where({"patient": patient_id, "_count": "20"}).perform_resources(server)
    return {
        "version": CapabilityStatement.read_from("metadata", server).fhirVersion,
        "read": patient.id,
        "observations": len(found),
    }


if __name__ == "__main__":
    print(json.dumps([with_fhirpy(*sys.argv[1:]), with_fhirclient(*sys.argv[1:])]))  # noqa: T201 -- the test reads it
