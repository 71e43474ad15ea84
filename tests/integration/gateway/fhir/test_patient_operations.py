"""The operations of one patient: everything and summary."""

from typing import Any

import httpx
import orjson

from services.gateway.fhir.resource_types import resource_types
from tests.integration.gateway.fhir.test_read import check_outcome
from tests.integration.gateway.stored_job import PATIENTS


def references(value: Any) -> set[str]:
    """Every reference anywhere below."""
    if isinstance(value, dict):
        own = {value["reference"]} if isinstance(value.get("reference"), str) else set()
        return own.union(*map(references, value.values()))
    return set().union(*map(references, value)) if isinstance(value, list) else set()


async def test_everything_is_whole(
    fhir: httpx.AsyncClient, http: httpx.AsyncClient, job_id: str
) -> None:
    """It has each of the patient's exported resources, and no reference leads out of it."""
    patient = f"{job_id}-{PATIENTS - 1}"
    bundle = (await fhir.get(f"/Patient/{patient}/$everything")).json()
    own = [each["resource"] for each in bundle["entry"] if each["search"]["mode"] == "match"]
    exported = []
    for name, type_ in resource_types().items():
        if type_.of_patient:
            params = {"format": "fhir-ndjson", "table": name, "from_ordinal": PATIENTS - 1}
            exported += [
                orjson.loads(line)
                for line in (
                    await http.get(f"/api/v1/jobs/{job_id}/export", params=params)
                ).content.splitlines()
            ]
    assert own == exported
    assert bundle["total"] == len(own)
    held = {each["fullUrl"].removeprefix(str(fhir.base_url)) for each in bundle["entry"]}
    assert references(bundle) <= held
    some = (
        await fhir.get(
            f"/Patient/{patient}/$everything?_type=Patient,Condition&_since=2020-01-01T00:00:00Z"
        )
    ).json()
    assert {each["resource"]["resourceType"] for each in some["entry"]} == {"Patient", "Condition"}
    later = (await fhir.get(f"/Patient/{patient}/$everything?_since=2100-01-01T00:00:00Z")).json()
    assert (later["total"], "entry" in later) == (0, False)


async def test_the_summary_is_the_last_document(
    fhir: httpx.AsyncClient, http: httpx.AsyncClient, job_id: str
) -> None:
    """It is the International Patient Summary that the export writes for the end of the patient's
    way.
    """
    export = await http.get(
        f"/api/v1/jobs/{job_id}/export",
        params={"format": "ips", "from_ordinal": 5, "to_ordinal": 5},
    )
    response = await fhir.get(f"/Patient/{job_id}-5/$summary")
    assert response.json() == orjson.loads(export.content.splitlines()[-1])
    assert response.json()["type"] == "document"


async def test_refusals(fhir: httpx.AsyncClient, job_id: str) -> None:
    """Unknown patients are 404, unknown parameters and types 400."""
    for operation in ("$everything", "$summary"):
        check_outcome(await fhir.get(f"/Patient/{job_id}-{PATIENTS}/{operation}"), 404, "not-found")
        check_outcome(await fhir.get(f"/Patient/{job_id}-0/{operation}?colour=1"), 400, "invalid")
    check_outcome(
        await fhir.get(f"/Patient/{job_id}-0/$everything?_type=Spaceship"), 400, "invalid"
    )
    check_outcome(await fhir.get(f"/Patient/{job_id}-0/$everything?_since=then"), 400, "invalid")
