"""International Patient Summaries of simulated patients."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import fhirkit
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.encoders.fhir.ips import encode
from shared.records.vocabulary import EventKind, Outcome
from shared.scenarios import list_presets
from tests.unit.encoders.fhir.own_checks import findings, values
from tests.unit.encoders.fhir.plain_resources import resources
from tests.unit.encoders.fhir.test_bundle import translated
from tests.unit.encoders.sample import sample

PRESET = "joint-operation"
FEW = 12
MOMENTS = {
    "start",
    "effectiveDateTime",
    "onsetDateTime",
    "deceasedDateTime",
    "authoredOn",
    "created",
    "date",
}
Resource = dict[str, Any]


def documents(preset: str) -> list[Resource]:
    batch, context = sample(preset)
    return [orjson.loads(line) for line in encode(batch.slice(0, FEW), context).splitlines()]


def of_type(document: Resource, resource_type: str) -> list[Resource]:
    return [
        entry["resource"]
        for entry in document["entry"]
        if entry["resource"]["resourceType"] == resource_type
    ]


@pytest.mark.parametrize("preset", [preset.name for preset in list_presets()])
def test_no_check_finds_anything(preset: str) -> None:
    """Neither fhirkit nor the project's own checks have anything to say about any document."""
    for document in documents(preset):
        assert fhirkit.validate(document) == []
        assert findings(document) == []


def test_there_is_a_document_for_every_handover_and_one_of_the_end() -> None:
    """They come in time, under ids that count them."""
    batch, context = sample(PRESET)
    wanted = []
    for row in batch.slice(0, FEW).to_pylist():
        handovers = sum(event["kind"] == EventKind.DEPARTED for event in row["events"])
        wanted += [
            f"{context.job_id}-{row['ordinal']}-summary{index}" for index in range(handovers + 1)
        ]
    assert [document["id"] for document in documents(PRESET)] == wanted
    for earlier, later in pairwise(documents(PRESET)):
        if earlier["id"].rpartition("-")[0] == later["id"].rpartition("-")[0]:
            assert earlier["timestamp"] < later["timestamp"]


def test_nothing_in_a_document_is_later_than_itself() -> None:
    """What came after a hand-over is not in its document."""
    for document in documents(PRESET):
        found = [value for name, value in values(document) if name in MOMENTS]
        assert max(found) <= document["timestamp"]


def test_the_last_document_says_what_the_whole_record_says() -> None:
    """Its resources are those of the plain encoder; of the vital signs it has the last."""
    batch, context = sample(PRESET)
    plain = resources(batch.slice(0, FEW), context)
    by_address = {
        f"{each['resourceType']}/{each['id']}": each
        for of_one_type in plain.values()
        for each in of_one_type
    }
    last = {document["id"].rpartition("-")[0]: document for document in documents(PRESET)}
    for patient_id, document in last.items():
        addresses = {
            entry["fullUrl"]: f"{entry['resource']['resourceType']}/{entry['resource']['id']}"
            for entry in document["entry"]
        }
        found = {
            addresses[entry["fullUrl"]]: translated(entry["resource"], addresses)
            for entry in document["entry"]
        }
        shared = found.keys() & by_address.keys()
        assert {address: found[address] for address in shared} == {
            address: by_address[address] for address in shared
        }
        for name in (
            "Patient",
            "Condition",
            "AllergyIntolerance",
            "MedicationAdministration",
            "Procedure",
            "Encounter",
            "CarePlan",
        ):
            own = {
                address
                for address in by_address
                if address.startswith(f"{name}/{patient_id}-") or address == f"{name}/{patient_id}"
            }
            assert own <= shared
        rates = [
            each["effectiveDateTime"]
            for each in plain["Observation"]
            if each["id"].startswith(f"{patient_id}-heart-rate")
        ]
        assert [
            each["effectiveDateTime"]
            for each in of_type(document, "Observation")
            if "-heart-rate" in each["id"]
        ] == rates[-1:]


def test_alerts_are_in_force() -> None:
    """Flags stand in a document while the casualty is in care; one who is dead or back on duty has
    none.
    """
    batch, context = sample(PRESET)
    outcomes = {
        f"{context.job_id}-{row['ordinal']}": row["outcome"]
        for row in batch.slice(0, FEW).to_pylist()
    }
    last = {document["id"].rpartition("-")[0]: document for document in documents(PRESET)}
    for patient_id, document in last.items():
        if outcomes[patient_id] not in {Outcome.IN_CARE, Outcome.EVACUATED}:
            assert of_type(document, "Flag") == []
    assert {
        flag["status"] for document in documents(PRESET) for flag in of_type(document, "Flag")
    } == {"active"}


def test_narratives_name_what_the_entries_say() -> None:
    """Every problem, allergy and drug of the entries stands in its section's text."""
    for document in documents(PRESET):
        text = " ".join(
            section["text"]["div"] for section in of_type(document, "Composition")[0]["section"]
        )
        for name, field in (
            ("Condition", "code"),
            ("AllergyIntolerance", "code"),
            ("MedicationAdministration", "medicationCodeableConcept"),
        ):
            assert all(each[field]["text"] in text for each in of_type(document, name))


def composition(document: Resource) -> Resource:
    found: Resource = document["entry"][0]["resource"]
    return found


FAULTS: dict[str, Callable[[Resource], object]] = {
    "bdl-3": lambda document: document["entry"][0].update(request={"method": "PUT", "url": "x"}),
    "bdl-9": lambda document: document["identifier"].pop("value"),
    "bdl-10": lambda document: document.pop("timestamp"),
    "bdl-11": lambda document: document["entry"].reverse(),
    "unreachable": lambda document: composition(document)["section"].pop(),
    "ips-comp-1": lambda document: composition(document)["section"][0].pop("entry"),
    "section": lambda document: composition(document)["section"][0].pop("text"),
    "sections": lambda document: composition(document)["section"].pop(1),
}


@pytest.mark.parametrize("rule", FAULTS)
def test_the_checks_catch_faults(rule: str) -> None:
    """A planted fault is found, so that silence means something."""
    document = next(
        each
        for each in documents(PRESET)
        if of_type(each, "ServiceRequest") and not of_type(each, "Encounter")
    )
    FAULTS[rule](document)
    assert rule in findings(document)


@settings(max_examples=5)
@given(st.sets(st.integers(1, FEW - 1), max_size=3))
def test_a_range_is_its_part_of_the_whole(cuts: set[int]) -> None:
    """Wherever the batch is cut, the pieces one behind the other are the whole."""
    batch, context = sample(PRESET)
    pieces = [batch.slice(start, stop - start) for start, stop in pairwise((0, *sorted(cuts), FEW))]
    assert b"".join(encode(piece, context) for piece in pieces) == encode(
        batch.slice(0, FEW), context
    )
