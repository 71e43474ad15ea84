"""What clients send unasked: operations by POST, systems of plain codes, versions, iterations."""

import gzip
from typing import Any

import httpx
import orjson
import pytest

from tests.integration.gateway.fhir.test_read import check_outcome
from tests.integration.gateway.stored_job import PATIENTS

pytestmark = pytest.mark.usefixtures("job_id")
STRICT = {"Prefer": "handling=strict"}


def types(bundle: dict[str, Any], mode: str) -> set[str]:
    entries = bundle.get("entry", [])
    return {each["resource"]["resourceType"] for each in entries if each["search"]["mode"] == mode}


@pytest.mark.parametrize("operation", ["$everything", "$summary"])
async def test_operations_are_posted_as_well(
    fhir: httpx.AsyncClient, job_id: str, operation: str
) -> None:
    """HAPI, fhir-kit-client and fhirpy POST them, with Parameters or without a body."""
    path = f"/Patient/{job_id}-3/{operation}"
    got = (await fhir.get(path)).json()
    empty = {"resourceType": "Parameters"}
    for sent in ({}, {"json": empty}):
        posted = (await fhir.post(path, **sent)).json()
        assert posted["type"] == got["type"]
        assert [each["resource"] for each in posted["entry"]] == [
            each["resource"] for each in got["entry"]
        ]
    refused = await fhir.post(
        path, json={**empty, "parameter": [{"name": "x", "valueString": "y"}]}
    )
    assert check_outcome(refused, 400, "invalid")["issue"][0]["expression"] == ["x"]


async def test_everything_takes_its_own_parameters(
    fhir: httpx.AsyncClient, often_treated: str
) -> None:
    """`start` and `end` choose by clinical times, `_count` and `_type` come in Parameters too."""
    path = f"/Patient/{often_treated}/$everything"
    whole = (await fhir.get(path)).json()
    times = [
        each["resource"]["effectiveDateTime"]
        for each in whole["entry"]
        if each["resource"].get("effectiveDateTime")
    ]
    middle = sorted(times)[len(times) // 2]
    early = (await fhir.get(path, params={"end": middle})).json()
    late = (await fhir.get(path, params={"start": middle})).json()
    for part, fits in ((early, lambda at: at <= middle), (late, lambda at: at >= middle)):
        found = [each["resource"].get("effectiveDateTime") for each in part["entry"]]
        assert all(fits(at) for at in found if at)
        assert "Patient" in types(part, "match")
        assert part["total"] < whole["total"]
    parameters = [{"name": "_type", "valueCode": "Patient"}, {"name": "_count", "valueInteger": 5}]
    posted = await fhir.post(path, json={"resourceType": "Parameters", "parameter": parameters})
    assert types(posted.json(), "match") == {"Patient"}
    check_outcome(await fhir.get(path, params={"_count": "0"}), 400, "invalid")


@pytest.mark.parametrize(
    "query",
    [
        "gender=http://hl7.org/fhir/administrative-gender|male",
        "gender=male",
        "gender=http://hl7.org/fhir/administrative-gender|",
        "gender:missing=false",
        "death-date:missing=true",
        "_tag=http://terminology.hl7.org/CodeSystem/v3-ActReason|HTEST",
    ],
)
async def test_more_criteria_find_something(fhir: httpx.AsyncClient, query: str) -> None:
    """Plain codes are of their own system; elements may be asked for by their absence."""
    found = (await fhir.get(f"/Patient?{query}")).json()
    assert found.get("entry")
    opposite = query.replace("=false", "=no").replace("=true", "=false")
    if ":missing=false" in opposite:
        assert {each["resource"]["id"] for each in found["entry"]}.isdisjoint(
            each["resource"]["id"]
            for each in (await fhir.get(f"/Patient?{opposite}")).json().get("entry", [])
        )


@pytest.mark.parametrize(
    "query",
    [
        "Encounter?part-of=x",
        "Flag?encounter=x",
        "ServiceRequest?category=x",
        "Patient?_has:Observation:patient:code=1",
        "Patient?_profile=x",
        "Patient?gender:missing=perhaps",
        "Patient?_total=bogus",
    ],
)
async def test_what_can_match_nothing_is_refused(fhir: httpx.AsyncClient, query: str) -> None:
    """By name, instead of an empty answer."""
    outcome = check_outcome(await fhir.get(f"/{query}"), 400, "invalid")
    name = query.partition("?")[2].partition("=")[0]
    assert [each["expression"] for each in outcome["issue"]] == [[name]]


async def test_strict_clients_get_no_less_than_they_ask_for(fhir: httpx.AsyncClient) -> None:
    """With handling=strict parameters of other servers are refused, not passed over."""
    assert (await fhir.get("/Patient?_since=2020&_count=1")).status_code == 200
    refused = await fhir.get("/Patient?_since=2020&_count=1", headers=STRICT)
    assert check_outcome(refused, 400, "invalid")["issue"][0]["expression"] == ["_since"]


async def test_whole_types_are_sorted_by_id(fhir: httpx.AsyncClient) -> None:
    """FHIR-PYrate pages by `_sort=_id`: every patient comes once."""
    seen: list[str] = []
    url: str | None = "/Patient?_sort=_id&_count=15"
    while url is not None:
        page = (await fhir.get(url.replace(str(fhir.base_url), ""))).json()
        seen += [each["resource"]["id"] for each in page.get("entry", [])]
        url = next((each["url"] for each in page["link"] if each["relation"] == "next"), None)
    assert len(seen) == len(set(seen)) == PATIENTS


async def test_elements_may_name_what_always_stays(fhir: httpx.AsyncClient) -> None:
    """`_elements=name,id,resourceType`, as fhirpy sends it."""
    page = (await fhir.get("/Patient?_elements=name,id,resourceType&_count=1")).json()
    resource = page["entry"][0]["resource"]
    assert resource.keys() >= {"resourceType", "id", "meta", "name"}
    assert "birthDate" not in resource


@pytest.mark.parametrize("how", ["iterate", "recurse"])
async def test_inclusions_are_iterated(
    fhir: httpx.AsyncClient, often_treated: str, how: str
) -> None:
    """From observations to their stays, from these to their facilities (HAPI's asRecursive)."""
    query = {
        "patient": often_treated,
        "code": "8867-4",
        "_include": "Observation:encounter",
        f"_include:{how}": ["Encounter:location", "Location:organization"],
    }
    page = (await fhir.get("/Observation", params=query, headers=STRICT)).json()
    assert types(page, "include") == {"Encounter", "Location", "Organization"}


async def test_the_version_of_an_etag_can_be_read(fhir: httpx.AsyncClient, job_id: str) -> None:
    """The one that the ETag names; no other."""
    read = await fhir.get(f"/Patient/{job_id}-0")
    version = read.headers["ETag"].removeprefix('W/"').removesuffix('"')
    history = await fhir.get(f"/Patient/{job_id}-0/_history/{version}")
    assert history.json() == read.json()
    check_outcome(await fhir.get(f"/Patient/{job_id}-0/_history/0"), 404, "not-found")


async def test_an_unescaped_plus_is_an_offset(fhir: httpx.AsyncClient) -> None:
    """A space before it cannot be meant."""
    for date in ("2000-01-01T00:00:00+02:00", "2000-01-01T00:00:00%2B02:00"):
        response = await fhir.get(f"/Patient?_lastUpdated=gt{date}&_count=1")
        assert response.status_code == 200
        assert response.json()["entry"]


@pytest.mark.parametrize(("version", "status"), [("4.0", 200), ("5.0", 406), ("3.0", 406)])
async def test_another_version_of_fhir_is_refused(
    fhir: httpx.AsyncClient, version: str, status: int
) -> None:
    """Rather than answered with R4."""
    accept = {"Accept": f"application/fhir+json; fhirVersion={version}"}
    assert (await fhir.get("/Patient?_count=1", headers=accept)).status_code == status


async def test_answers_are_compressed(fhir: httpx.AsyncClient) -> None:
    """If the client takes it; small ones stay as they are."""
    headers = {"Accept-Encoding": "gzip"}
    async with fhir.stream("GET", "/Patient?_count=20", headers=headers) as response:
        raw = b"".join([chunk async for chunk in response.aiter_raw()])
    assert response.headers["Content-Encoding"] == "gzip"
    assert orjson.loads(gzip.decompress(raw))["total"] == PATIENTS
    small = await fhir.get("/Patient?_summary=count", headers=headers)
    assert "Content-Encoding" not in small.headers


async def test_a_bulk_export_of_one_patient_is_no_export_of_all(
    fhir: httpx.AsyncClient, job_id: str
) -> None:
    """`patient` is refused even if the client is lenient."""
    headers = {"Prefer": "respond-async, handling=lenient"}
    refused = await fhir.get(f"/Patient/$export?patient=Patient/{job_id}-0", headers=headers)
    assert check_outcome(refused, 400, "invalid")["issue"][0]["expression"] == ["patient"]
