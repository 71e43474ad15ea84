"""Reading resources one at a time, and what every refusal looks like."""

from typing import Any

import httpx
import orjson

from services.gateway.fhir.resource_types import resource_types
from services.gateway.identity.keys import NewKey
from shared.encoders.fhir.ndjson import RESOURCES
from tests.integration.gateway.stored_job import PATIENTS


def check_outcome(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """A refusal is an OperationOutcome with a code of FHIR's."""
    outcome: dict[str, Any] = response.json()
    assert response.status_code == status
    assert response.headers["Content-Type"].startswith("application/fhir+json")
    assert outcome["resourceType"] == "OperationOutcome"
    assert [each["code"] for each in outcome["issue"]] == [code] * len(outcome["issue"])
    assert all(each["severity"] == "error" and each["diagnostics"] for each in outcome["issue"])
    return outcome


async def test_every_exported_resource_can_be_read(
    fhir: httpx.AsyncClient, http: httpx.AsyncClient, job_id: str
) -> None:
    """The first and the last resource of each type of the export are what a read answers, under
    their ids.
    """
    for resource_type in RESOURCES:
        export = await http.get(
            f"/api/v1/jobs/{job_id}/export",
            params={"format": "fhir-ndjson", "table": resource_type},
        )
        lines = export.content.splitlines()
        for line in {*lines[:1], *lines[-1:]}:
            resource = orjson.loads(line)
            response = await fhir.get(f"/{resource_type}/{resource['id']}")
            assert response.status_code == 200
            assert response.json() == resource


async def test_what_a_client_holds_is_not_sent_again(fhir: httpx.AsyncClient, job_id: str) -> None:
    """ETag and Last-Modified come back as conditions and are answered with 304 and no body."""
    path = f"/Patient/{job_id}-{PATIENTS - 1}"
    first = await fhir.get(path)
    assert first.headers["ETag"].startswith('W/"')
    for condition, status in (
        ({"If-None-Match": first.headers["ETag"]}, 304),
        ({"If-None-Match": 'W/"another"'}, 200),
        ({"If-Modified-Since": first.headers["Last-Modified"]}, 304),
        ({"If-Modified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"}, 200),
        ({"If-Modified-Since": "yesterday"}, 200),
    ):
        again = await fhir.get(path, headers=condition)
        assert again.status_code == status, condition
        assert (again.content == b"") == (status == 304)
        assert again.headers["ETag"] == first.headers["ETag"]


async def test_what_is_not_there_is_an_outcome(
    fhir: httpx.AsyncClient, other_http: httpx.AsyncClient, job_id: str
) -> None:
    """Unknown types, ids and paths, and another tenant's patients, are 404."""
    for path in (
        f"/Patient/{job_id}-{PATIENTS}",
        "/Patient/x",
        f"/Observation/{job_id}-0",
        "/Medication/1",
        "/Patient/a/b/c",
    ):
        check_outcome(await fhir.get(path), 404, "not-found")
    check_outcome(await other_http.get(f"/fhir/R4/Patient/{job_id}-0"), 404, "not-found")


async def test_other_refusals_are_outcomes(fhir: httpx.AsyncClient, url: str) -> None:
    """A missing key, a wrong method, a type of answer or body that is not spoken here."""
    async with httpx.AsyncClient(base_url=f"{url}/fhir/R4") as stranger:
        check_outcome(await stranger.get("/Patient"), 401, "login")
    check_outcome(
        await fhir.get("/Patient", headers={"Authorization": "Bearer lzat_unknown"}), 401, "login"
    )
    check_outcome(
        await fhir.get("/Patient", headers={"Authorization": "Bearer lzt_unknown_key"}),
        401,
        "login",
    )
    check_outcome(await fhir.delete("/Patient/1"), 405, "not-supported")
    check_outcome(
        await fhir.get("/Patient", headers={"Accept": "application/fhir+xml"}), 406, "not-supported"
    )
    check_outcome(await fhir.get("/Patient", params={"_format": "xml"}), 406, "not-supported")
    check_outcome(await fhir.post("/Patient/_search", json={}), 415, "not-supported")


JSON_REQUESTS: tuple[dict[str, Any], ...] = (
    {"headers": {"Accept": "application/fhir+xml;q=0.5, application/fhir+json"}},
    {"headers": {"Accept": "*/*"}},
    {"headers": {"Accept": "text/html"}, "params": {"_format": "json"}},
    {"params": {"_format": "application/fhir+json"}},
    {"params": {"_format": "application/json", "_pretty": "true"}},
)


async def test_json_is_spoken_under_all_its_names(fhir: httpx.AsyncClient) -> None:
    """`_format` goes before Accept, and one acceptable type among others is enough."""
    for asked in JSON_REQUESTS:
        response = await fhir.get("/metadata", **asked)
        assert response.status_code == 200, asked
        assert response.headers["Content-Type"] == "application/fhir+json; charset=utf-8"


async def test_the_statement_lists_what_is_served(url: str, key: NewKey) -> None:
    """The CapabilityStatement is public, and names exactly the types and parameters of the
    table.
    """
    async with httpx.AsyncClient(base_url=f"{url}/fhir/R4") as stranger:
        statement = (await stranger.get("/metadata")).json()
    assert statement["fhirVersion"] == "4.0.1"
    assert statement["implementation"]["url"] == f"{url}/fhir/R4"
    stated = {
        each["type"]: {parameter["name"] for parameter in each["searchParam"]}
        for each in statement["rest"][0]["resource"]
    }
    assert stated == {name: set(type_.parameters) for name, type_ in resource_types().items()}
