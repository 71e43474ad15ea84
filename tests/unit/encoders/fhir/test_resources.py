"""FHIR R4 resources of simulated patients."""

from itertools import pairwise
from typing import Any

import fhirkit
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.encoders.fhir.ndjson import RESOURCES, encode
from shared.scenarios import list_presets
from tests.unit.encoders.fhir.own_checks import findings, references
from tests.unit.encoders.fhir.plain_resources import resources
from tests.unit.encoders.sample import sample

PRESETS = [preset.name for preset in list_presets()]
PRESET = "joint-operation"
FEW = 12  # patients, some thousand resources
OF_THE_JOB = {"Organization", "Location", "Practitioner", "PractitionerRole", "Group"}

# Bound by R4 with strength "required"; the validator does not look at them.
REQUIRED_CODES = {
    ("Patient", "gender"): "male female other unknown",
    (
        "Encounter",
        "status",
    ): "planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown",
    (
        "Observation",
        "status",
    ): "registered preliminary final amended corrected cancelled entered-in-error unknown",
    (
        "Procedure",
        "status",
    ): "preparation in-progress not-done on-hold stopped completed entered-in-error unknown",
    (
        "MedicationAdministration",
        "status",
    ): "in-progress not-done on-hold completed entered-in-error stopped unknown",
    ("Location", "status"): "active suspended inactive",
    ("Location", "mode"): "instance kind",
    (
        "DiagnosticReport",
        "status",
    ): (
        "registered partial preliminary final amended corrected appended cancelled "
        "entered-in-error unknown"
    ),
    ("ServiceRequest", "status"): "draft active on-hold revoked completed entered-in-error unknown",
    (
        "ServiceRequest",
        "intent",
    ): (
        "proposal plan directive order original-order reflex-order filler-order "
        "instance-order option"
    ),
    ("ServiceRequest", "priority"): "routine urgent asap stat",
    ("Flag", "status"): "active inactive entered-in-error",
    ("CarePlan", "status"): "draft active on-hold revoked completed entered-in-error unknown",
    ("CarePlan", "intent"): "proposal plan order option",
    ("Device", "status"): "active inactive entered-in-error unknown",
    ("Group", "type"): "person animal practitioner device medication substance",
}


def lines(preset: str, resource_type: str) -> list[bytes]:
    batch, context = sample(preset)
    return encode(batch.slice(0, FEW), context, resource_type).splitlines()


@pytest.mark.parametrize("resource_type", sorted(set(RESOURCES) - OF_THE_JOB))
def test_templates_say_what_a_plain_encoder_says(resource_type: str) -> None:
    """Every line is the resource that ordinary code makes of the same patient."""
    batch, context = sample(PRESET)
    assert [orjson.loads(line) for line in lines(PRESET, resource_type)] == resources(
        batch.slice(0, FEW), context
    )[resource_type]


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("resource_type", RESOURCES)
def test_a_validator_finds_nothing(preset: str, resource_type: str) -> None:
    """fhirkit, which knows all of R4's elements, has no error and no warning for any resource."""
    for resource in fhirkit.parse_many(lines(preset, resource_type)):
        assert [str(issue) for issue in resource.issues] == []
        assert resource.resource_type == resource_type


@pytest.mark.parametrize(
    ("resource_type", "change"),
    [
        ("Patient", {"birthDate": "01.02.1990"}),
        ("Encounter", {"class": None}),
        ("Condition", {"subject": None}),
        ("Observation", {"effectiveDateTime": "yesterday"}),
        ("Observation", {"valueString": "x", "valueInteger": 1}),
        ("MedicationAdministration", {"medicationCodeableConcept": None}),
        ("AllergyIntolerance", {"patients": []}),
    ],
)
def test_the_validator_catches_faults(resource_type: str, change: dict[str, Any]) -> None:
    """A planted fault is found, so that its silence means something."""
    faulty = orjson.loads(lines(PRESET, resource_type)[0]) | change
    assert fhirkit.validate({name: value for name, value in faulty.items() if value is not None})


@pytest.mark.parametrize("preset", PRESETS)
def test_references_lead_to_resources(preset: str) -> None:
    """Ids are unique within their type and every reference names a resource of the same export."""
    made = [
        orjson.loads(line) for resource_type in RESOURCES for line in lines(preset, resource_type)
    ]
    ids = [f"{each['resourceType']}/{each['id']}" for each in made]
    assert len(set(ids)) == len(ids)
    assert set().union(*map(references, made)) <= set(ids)


@pytest.mark.parametrize("resource_type", RESOURCES)
def test_what_validators_do_not_see(resource_type: str) -> None:
    """Ids, times, periods, quantities, codes and the mark of test data are right, and nothing is
    empty.
    """
    for line in lines(PRESET, resource_type):
        assert findings(orjson.loads(line)) == []


@pytest.mark.parametrize("preset", PRESETS)
def test_required_codes_are_the_standards_own(preset: str) -> None:
    """Fields whose codes R4 prescribes have one of them."""
    for (resource_type, field), codes in REQUIRED_CODES.items():
        assert {orjson.loads(line)[field] for line in lines(preset, resource_type)} <= set(
            codes.split()
        )


@settings(max_examples=10)
@given(st.sets(st.integers(1, FEW - 1), max_size=5))
def test_a_range_is_its_part_of_the_whole(cuts: set[int]) -> None:
    """Wherever the batch is cut, the pieces one behind the other are the whole; facilities come
    with ordinal 0 alone.
    """
    batch, context = sample(PRESET)
    batch = batch.slice(0, FEW)
    pieces = [batch.slice(start, stop - start) for start, stop in pairwise((0, *sorted(cuts), FEW))]
    for resource_type in RESOURCES:
        assert b"".join(encode(piece, context, resource_type) for piece in pieces) == encode(
            batch, context, resource_type
        )
