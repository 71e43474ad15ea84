"""Packs of profiles: what a resource claims in `meta.profile`. The resources are the same in every
pack; only claims that hold are made.
"""

from collections.abc import Mapping

from shared.encoders.interface.options import OPTIONS

_US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"  # 5.0.1
_IPS = "http://hl7.org/fhir/uv/ips/StructureDefinition/"  # 2.0.1

# ServiceRequest (no category) and Provenance (an agent that is a program) do not meet US Core's.
# By resource type and kind of resource, as its id has it.
PACKS: Mapping[str, Mapping[tuple[str, str], str]] = {
    OPTIONS["profile"].usual: {},
    "us-core": {
        ("Patient", ""): f"{_US_CORE}patient",
        ("Encounter", "stay"): f"{_US_CORE}encounter",
        ("Condition", "background"): f"{_US_CORE}condition-problems-health-concerns",
        ("Condition", "condition"): f"{_US_CORE}condition-encounter-diagnosis",
        ("Observation", "blood-group"): f"{_US_CORE}observation-lab",
        ("Observation", "height"): f"{_US_CORE}body-height",
        ("Observation", "weight"): f"{_US_CORE}body-weight",
        ("Observation", "heart-rate"): f"{_US_CORE}heart-rate",
        ("Observation", "blood-pressure"): f"{_US_CORE}blood-pressure",
        ("Observation", "breathing"): f"{_US_CORE}respiratory-rate",
        ("Observation", "spo2"): f"{_US_CORE}pulse-oximetry",
        ("Observation", "temperature"): f"{_US_CORE}body-temperature",
        ("Procedure", "treatment"): f"{_US_CORE}procedure",
        ("AllergyIntolerance", "allergy"): f"{_US_CORE}allergyintolerance",
        ("DiagnosticReport", "blood-group-report"): f"{_US_CORE}diagnosticreport-lab",
        ("CarePlan", "handover"): f"{_US_CORE}careplan",
        ("Organization", "facility"): f"{_US_CORE}organization",
        ("Location", "facility"): f"{_US_CORE}location",
        ("Practitioner", "staff"): f"{_US_CORE}practitioner",
    },
    "ips": {
        ("Bundle", "summary"): f"{_IPS}Bundle-uv-ips",
        ("Composition", "summary"): f"{_IPS}Composition-uv-ips",
        ("Patient", ""): f"{_IPS}Patient-uv-ips",
        ("Condition", "background"): f"{_IPS}Condition-uv-ips",
        ("Condition", "condition"): f"{_IPS}Condition-uv-ips",
        ("Procedure", "treatment"): f"{_IPS}Procedure-uv-ips",
        ("AllergyIntolerance", "allergy"): f"{_IPS}AllergyIntolerance-uv-ips",
        ("Device", "device"): f"{_IPS}Device-uv-ips",
        ("Organization", "facility"): f"{_IPS}Organization-uv-ips",
        ("Practitioner", "staff"): f"{_IPS}Practitioner-uv-ips",
        ("PractitionerRole", "staff"): f"{_IPS}PractitionerRole-uv-ips",
    },
}
