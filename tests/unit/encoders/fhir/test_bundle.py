"""Transaction and collection Bundles of simulated patients."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import fhirkit
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.encoders.fhir.bundle import encode_collections, encode_transactions
from shared.encoders.fhir.ndjson import OF_JOB, RESOURCES, encode
from shared.encoders.fhir.of_patients import OF_PATIENTS
from shared.scenarios import list_presets
from tests.unit.encoders.fhir.own_checks import findings
from tests.unit.encoders.sample import sample

PRESET = "joint-operation"
FEW = 12
ENCODERS = {"transaction": encode_transactions, "collection": encode_collections}
Resource = dict[str, Any]


def bundles(preset: str, kind: str) -> list[bytes]:
    batch, context = sample(preset)
    return ENCODERS[kind](batch.slice(0, FEW), context).splitlines()


@pytest.mark.parametrize("kind", ENCODERS)
def test_a_bundle_holds_what_the_files_by_type_hold(kind: str) -> None:
    """With its references written as Type/id, a Bundle's entries are the casualty's lines in the
    NDJSON files, and those they refer to.
    """
    batch, context = sample(PRESET)
    lines = [
        orjson.loads(line)
        for name in RESOURCES
        for line in encode(batch.slice(0, FEW), context, name).splitlines()
    ]
    by_address = {f"{each['resourceType']}/{each['id']}": each for each in lines}
    for ordinal, line in enumerate(bundles(PRESET, kind)):
        entries = orjson.loads(line)["entry"]
        addresses = {
            entry["fullUrl"]: f"{entry['resource']['resourceType']}/{entry['resource']['id']}"
            for entry in entries
        }
        found = {
            addresses[entry["fullUrl"]]: translated(entry["resource"], addresses)
            for entry in entries
        }
        assert found == {address: by_address[address] for address in found}
        own = {
            address
            for address in by_address
            if address.split("/")[0] in OF_PATIENTS and f"-{ordinal}-" in f"{address}-"
        }
        assert own == {address for address in found if address.split("/")[0] not in OF_JOB}


def translated(value: Any, addresses: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: translated(inner, addresses) for name, inner in value.items()}
    if isinstance(value, list):
        return [translated(inner, addresses) for inner in value]
    return addresses.get(value, value) if isinstance(value, str) else value


@pytest.mark.parametrize(
    ("preset", "kind"),
    [(PRESET, "collection"), *((preset.name, "transaction") for preset in list_presets())],
)
def test_no_check_finds_anything(preset: str, kind: str) -> None:
    """Neither fhirkit nor the project's own checks have anything to say, and the type is what was
    asked for.
    """
    lines = bundles(preset, kind)
    assert len(lines) == FEW
    for resource in fhirkit.parse_many(lines):
        assert [str(issue) for issue in resource.issues] == []
    for line in lines:
        bundle = orjson.loads(line)
        assert bundle["type"] == kind
        assert findings(bundle) == []


def first(bundle: Resource, resource_type: str) -> Resource:
    return next(
        entry["resource"]
        for entry in bundle["entry"]
        if entry["resource"]["resourceType"] == resource_type
    )


FAULTS: dict[str, Callable[[Resource], object]] = {
    "bdl-1": lambda bundle: bundle.update(total=3),
    "bdl-3": lambda bundle: bundle["entry"][0].pop("request"),
    "bdl-7": lambda bundle: bundle["entry"].append(bundle["entry"][0]),
    "urn": lambda bundle: bundle["entry"][0].update(fullUrl="urn:uuid:1"),
    "reference": lambda bundle: bundle["entry"].pop(0),
    "url": lambda bundle: bundle["entry"][0]["request"].update(url="Patient/x"),
    "id": lambda bundle: bundle["entry"][0]["resource"].update(id="a_b"),
    "tag": lambda bundle: bundle["entry"][0]["resource"]["meta"].update(tag=[]),
    "per-1": lambda bundle: first(bundle, "Encounter").update(
        period={"start": "2027-01-02T00:00:00Z", "end": "2027-01-01T00:00:00Z"}
    ),
    "qty-3": lambda bundle: first(bundle, "Observation").update(
        valueQuantity={"value": 1, "code": "cm"}
    ),
    "obs-6": lambda bundle: first(bundle, "Observation").update(
        dataAbsentReason={"text": "unknown"}
    ),
    "obs-7": lambda bundle: first(bundle, "Observation").update(
        component=[{"code": first(bundle, "Observation")["code"]}]
    ),
    "con-4": lambda bundle: first(bundle, "Condition").update(
        abatementDateTime="2027-01-02T00:00:00Z"
    ),
    "con-5": lambda bundle: first(bundle, "Condition")["verificationStatus"]["coding"][0].update(
        code="entered-in-error"
    ),
    "binding clinicalStatus": lambda bundle: first(bundle, "Condition")["clinicalStatus"]["coding"][
        0
    ].update(code="acute"),
    "empty name": lambda bundle: first(bundle, "Patient").update(name=[]),
    "time recorded": lambda bundle: first(bundle, "Provenance").update(recorded="2027-01-02"),
}


@pytest.mark.parametrize("rule", FAULTS)
def test_the_checks_catch_faults(rule: str) -> None:
    """A planted fault is found, so that silence means something."""
    bundle = orjson.loads(bundles(PRESET, "transaction")[2])
    assert rule not in findings(bundle)
    FAULTS[rule](bundle)
    assert rule in findings(bundle)


@settings(max_examples=5)
@given(st.sets(st.integers(1, FEW - 1), max_size=3))
def test_a_range_is_its_part_of_the_whole(cuts: set[int]) -> None:
    """Wherever the batch is cut, the pieces one behind the other are the whole."""
    batch, context = sample(PRESET)
    pieces = [batch.slice(start, stop - start) for start, stop in pairwise((0, *sorted(cuts), FEW))]
    for encode_bundles in ENCODERS.values():
        assert b"".join(encode_bundles(piece, context) for piece in pieces) == encode_bundles(
            batch.slice(0, FEW), context
        )
