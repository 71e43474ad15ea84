"""The table of resource types that are about a casualty: each renders one text a patient."""

from collections.abc import Callable, Mapping

from shared.encoders.fhir import (
    allergy_intolerance,
    care_plan,
    condition,
    device,
    diagnostic_report,
    encounter,
    flag,
    medication_administration,
    observation,
    patient,
    procedure,
    provenance,
    service_request,
)
from shared.encoders.fhir.framing import FhirContext
from shared.encoders.rows.texts import Texts
from shared.records.columns import Columns

OF_PATIENTS: Mapping[str, Callable[[Columns, FhirContext], Texts]] = {
    "Patient": patient.render,
    "Encounter": encounter.render,
    "Condition": condition.render,
    "Observation": observation.render,
    "Procedure": procedure.render,
    "MedicationAdministration": medication_administration.render,
    "AllergyIntolerance": allergy_intolerance.render,
    "DiagnosticReport": diagnostic_report.render,
    "ServiceRequest": service_request.render,
    "Flag": flag.render,
    "CarePlan": care_plan.render,
    "Device": device.render,
    "Provenance": provenance.render,
}
