"""HL7 v2 and FHIR are two faces of one record."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson
import pytest

from shared.encoders.fhir import ndjson
from shared.encoders.hl7v2.encode import encode
from tests.unit.encoders.sample import JOB_ID, sample

FEW = 80
PRESETS = ("joint-operation", "earthquake-city")
# FHIR has blood pressure as a panel
VITAL_SIGN_CODES = {"8867-4", "9279-1", "59408-5", "8310-5", "9269-2", "72514-3"}


def resources(preset: str, resource_type: str) -> list[dict[str, Any]]:
    batch, context = sample(preset)
    return [
        orjson.loads(line)
        for line in ndjson.encode(batch.slice(0, FEW), context, resource_type).splitlines()
    ]


def segments(preset: str, name: str) -> Iterator[list[str]]:
    """Every segment of that name as its fields, those of a casualty who is not identified yet left
    out.
    """
    batch, context = sample(preset)
    for message in (
        encode(batch.slice(0, FEW), context).decode().removeprefix("MSH|").split("\rMSH|")
    ):
        lines = [line.split("|") for line in message.split("\r")]
        if not any(line[0] == "PID" and line[31] == "Y" for line in lines):
            yield from (line for line in lines if line[0] == name)


def full_id(field: str) -> str:
    """The id in all other formats, from a number and the authority's universal id."""
    number, _, _, authority, *_ = field.split("^")
    return f"{authority.split('&')[1]}-{number.partition('.')[2]}"


def moment(time: str) -> datetime:
    return datetime.strptime(time, "%Y%m%d%H%M%S%z")


def coding(resource: dict[str, Any]) -> set[str]:
    return {each["code"] for each in resource["code"]["coding"]}


@pytest.mark.parametrize("preset", PRESETS)
def test_a_person_is_the_same(preset: str) -> None:
    """Id, service number, names, birth date, sex and death are those of FHIR's Patient."""
    patients = {each["id"]: each for each in resources(preset, "Patient")}
    seen = set()
    for pid in segments(preset, "PID"):
        own, service = pid[3].split("~")
        patient = patients[full_id(own)]
        seen.add(patient["id"])
        assert service.split("^")[0] == patient["identifier"][0]["value"]
        assert pid[5].split("^")[:2] == [patient["name"][0]["family"], *patient["name"][0]["given"]]
        assert pid[7] == patient["birthDate"].replace("-", "")
        assert pid[8] == patient["gender"][0].upper()
        assert not pid[29] or moment(pid[29]) == datetime.fromisoformat(patient["deceasedDateTime"])
    encounters = {
        each["subject"]["reference"].removeprefix("Patient/")
        for each in resources(preset, "Encounter")
    }
    assert seen == {f"{JOB_ID}-{ordinal}" for ordinal in range(FEW)} & encounters


@pytest.mark.parametrize("preset", PRESETS)
def test_a_stay_is_an_encounter(preset: str) -> None:
    """The alternate visit is the id of FHIR's Encounter, at the same facility."""
    encounters = {
        each["id"]: each["location"][0]["location"]["reference"]
        for each in resources(preset, "Encounter")
    }
    seen = {
        full_id(pv1[50]): f"Location/{JOB_ID}-{pv1[3].split('^')[3]}"
        for pv1 in segments(preset, "PV1")
    }
    assert seen.items() <= encounters.items()
    assert len(seen) > FEW


@pytest.mark.parametrize("preset", PRESETS)
def test_measurements_are_observations(preset: str) -> None:
    """Every result has an Observation of the same code, moment and value, and none is told
    twice.
    """
    told: Counter[tuple[str, datetime, float]] = Counter()
    for obx in segments(preset, "OBX"):
        if (code := obx[3].split("^")[0]) in VITAL_SIGN_CODES:
            told[code, moment(obx[14]), float(obx[5])] += 1
    known = Counter(
        (
            code,
            datetime.fromisoformat(each["effectiveDateTime"]),
            float(each["valueQuantity"]["value"]),
        )
        for each in resources(preset, "Observation")
        for code in coding(each) & VITAL_SIGN_CODES
    )
    assert told
    assert told <= known
