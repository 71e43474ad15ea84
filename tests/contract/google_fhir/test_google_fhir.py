"""FHIR resources in the eyes of google-fhir, which looks at required codes, dates, targets of
references and periods.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from shared.encoders.fhir import bundle, ips, ndjson
from tests.unit.encoders.sample import sample

PYTHON = Path(__file__).parents[3] / ".venv-validators" / "bin" / "python"
PATIENTS = {"joint-operation": 3, "brigade-cbrn": 1, "earthquake-city": 1}

FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("Patient", {"gender": "man"}),
    ("Patient", {"birthDate": "2020-13-01"}),
    ("Encounter", {"status": "done"}),
    ("Encounter", {"subject": {"reference": "Organization/1"}}),
    ("Encounter", {"period": {"start": "2027-01-02T00:00:00Z", "end": "2027-01-01T00:00:00Z"}}),
    ("Observation", {"code": None}),
    ("Procedure", {"performedPeriod": {"start": "2027-01-02T00:00"}}),
    ("ServiceRequest", {"priority": "high"}),
    ("CarePlan", {"author": {"reference": "Location/1"}}),
    ("Flag", {"id": "a_b"}),
]


def report(lines: list[bytes]) -> list[str]:
    """What google-fhir says of each resource; empty if it has nothing to say."""
    assert PYTHON.exists(), "the validators are not installed: make validators"
    script = Path(__file__).with_name("report.py")
    done = subprocess.run(
        [PYTHON, script], input=b"\n".join(lines), capture_output=True, check=True, timeout=100
    )
    return done.stdout.decode().splitlines()


def resources(preset: str, patients: int) -> Iterator[bytes]:
    batch, context = sample(preset)
    for name in ndjson.RESOURCES:
        yield from ndjson.encode(batch.slice(0, patients), context, name).splitlines()
    yield from bundle.encode_transactions(batch.slice(0, 1), context).splitlines()
    yield from ips.encode(batch.slice(0, 1), context).splitlines()


def test_google_fhir_finds_nothing() -> None:
    """It has nothing to say of some hundred resources, Bundles and documents of three presets."""
    lines = [line for preset, patients in PATIENTS.items() for line in resources(preset, patients)]
    found = report(lines)
    assert len(found) == len(lines) > 300
    assert [issue for issue in found if issue] == []


@pytest.fixture(scope="module")
def faulty() -> list[bytes]:
    """One resource a planted fault."""
    first: dict[str, Any] = {}
    for line in resources("joint-operation", 3):
        resource = orjson.loads(line)
        first.setdefault(resource["resourceType"], resource)
    changed = [first[name] | change for name, change in FAULTS]
    return [
        orjson.dumps({name: value for name, value in each.items() if value is not None})
        for each in changed
    ]


def test_google_fhir_catches_faults(faulty: list[bytes]) -> None:
    """Every planted fault is found, so that its silence means something."""
    assert [bool(issue) for issue in report(faulty)] == [True] * len(FAULTS)
