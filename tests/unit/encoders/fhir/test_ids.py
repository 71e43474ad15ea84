"""Ids of resources lead back to their patient."""

from uuid import UUID

import orjson
import pytest

from shared.encoders.fhir.ids import ResourceId, parse_resource_id
from shared.encoders.fhir.ndjson import RESOURCES, encode
from tests.unit.encoders.sample import sample

JOB = "01890a5d-ac96-774b-bcce-b302099a8057"


@pytest.mark.parametrize("resource_type", RESOURCES)
def test_every_id_names_the_patient_whose_encoding_holds_the_resource(resource_type: str) -> None:
    """The patient of an id's ordinal, encoded alone, has the resource."""
    batch, context = sample("joint-operation")
    lines = encode(batch.slice(0, 3), context, resource_type).splitlines()
    for line in lines:
        found = parse_resource_id(orjson.loads(line)["id"])
        assert found is not None
        assert found.job_id == context.job_id
        assert line in encode(batch.slice(found.ordinal, 1), context, resource_type).splitlines()


@pytest.mark.parametrize(
    ("text", "ordinal"),
    [
        (JOB, 0),
        (f"{JOB}-7", 7),
        (f"{JOB}-999999999999-blood-pressure12", 999_999_999_999),
        (f"{JOB}-facility3", 0),
        (f"{JOB}-5-spo20", 5),
    ],
)
def test_ids_are_read(text: str, ordinal: int) -> None:
    """Job, patient and item ids name a job and an ordinal."""
    assert parse_resource_id(text) == ResourceId(UUID(JOB), ordinal)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        JOB.upper(),
        f"{JOB}-",
        f"{JOB}-07",
        f"{JOB}-1234567890123",
        f"{JOB}-7-",
        f"{JOB}-7-Stay0",
        f"{JOB}-7\n",
    ],
)
def test_other_texts_are_not(text: str) -> None:
    """Text that is no id of ours names nothing."""
    assert parse_resource_id(text) is None
