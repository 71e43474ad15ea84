"""Bulk Data Access from outside: kick-off, polling, manifest, files, deletion, refusals."""

import asyncio
import gzip
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

from services.gateway.app import create_app
from services.gateway.config import GatewayConfig
from services.gateway.context import Gateway
from services.gateway.http.server import HttpServer
from services.gateway.identity.roles import Role
from shared.db.pool import Database
from shared.encoders.fhir.ndjson import RESOURCES
from tests.integration.gateway.conftest import make_key
from tests.integration.gateway.fhir.test_read import check_outcome
from tests.integration.gateway.stored_job import PATIENTS, store, submit

KICK_OFF = {"Accept": "application/fhir+json", "Prefer": "respond-async"}


async def begin(fhir: httpx.AsyncClient, path: str = "/$export", **params: Any) -> str:
    """Kick off and return the status URL."""
    response = await fhir.get(path, params=params, headers=KICK_OFF)
    assert response.status_code == 202, response.text
    return response.headers["Content-Location"]


async def poll(fhir: httpx.AsyncClient, status_url: str) -> httpx.Response:
    """Poll as a client does, and return the finished answer."""
    while (
        response := await fhir.get(status_url, headers={"Accept": "application/json"})
    ).status_code == 202:
        assert len(response.headers["X-Progress"]) < 100
        assert int(response.headers["Retry-After"]) >= 1
        await asyncio.sleep(0.1)
    return response


async def files_of(
    fhir: httpx.AsyncClient, manifest: dict[str, Any]
) -> dict[str, list[dict[str, Any]]]:
    """Download every file; the resources by type."""
    found: dict[str, list[dict[str, Any]]] = {}
    for output in manifest["output"]:
        response = await fhir.get(output["url"])
        assert response.status_code == 200
        assert response.headers["Content-Type"] == "application/fhir+ndjson"
        lines = [orjson.loads(line) for line in response.content.splitlines()]
        assert {line["resourceType"] for line in lines} <= {output["type"]}
        assert output.get("count", len(lines)) == len(lines)
        found.setdefault(output["type"], []).extend(lines)
    return found


async def test_a_whole_export(
    fhir: httpx.AsyncClient, http: httpx.AsyncClient, job_id: str
) -> None:
    """Kick-off, manifest and files give exactly the resources of the plain export; deleted, the
    request is gone.
    """
    status_url = await begin(fhir)
    response = await poll(fhir, status_url)
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("application/json")
    assert "Expires" in response.headers
    manifest = response.json()
    assert manifest["request"] == f"{fhir.base_url}$export"
    assert manifest["requiresAccessToken"] is True
    assert manifest["error"] == []
    found = await files_of(fhir, manifest)
    assert set(found) == set(RESOURCES)
    assert len(found["Patient"]) == PATIENTS
    for resource_type in RESOURCES:
        export = await http.get(
            f"/api/v1/jobs/{job_id}/export",
            params={"format": "fhir-ndjson", "table": resource_type},
        )
        assert found[resource_type] == [orjson.loads(line) for line in export.content.splitlines()]
    gone = await fhir.delete(status_url)
    assert gone.status_code == 202
    check_outcome(await fhir.get(status_url), 404, "not-found")
    check_outcome(await fhir.delete(status_url), 404, "not-found")
    check_outcome(await fhir.get(manifest["output"][0]["url"]), 404, "not-found")


async def test_every_kind_of_kick_off(
    fhir: httpx.AsyncClient, http: httpx.AsyncClient, database: Database, job_id: str
) -> None:
    """Patient and Group exports by GET and POST, one or several types, each spelling of the format;
    a group is one job.
    """
    other = await submit(http)
    await store(database, other)
    body = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "_type", "valueString": "Patient"},
            {"name": "_since", "valueInstant": "2020-01-01T00:00:00Z"},
        ],
    }
    posted = await fhir.post(
        f"/Group/{job_id}/$export",
        json=body,
        headers=KICK_OFF | {"Content-Type": "application/fhir+json"},
    )
    urls = [
        await begin(
            fhir, "/Patient/$export", _type="Patient", _outputFormat="application/fhir+ndjson"
        ),
        await begin(
            fhir, f"/Group/{job_id}/$export", _type=["Patient", "Group"], _outputFormat="ndjson"
        ),
        await begin(
            fhir,
            f"/Group/{job_id}/%24export",
            _type="Patient,Group",
            _outputFormat="application/ndjson",
        ),
        posted.headers["Content-Location"],
    ]
    exports = [await files_of(fhir, (await poll(fhir, url)).json()) for url in urls]
    assert [{name: len(lines) for name, lines in each.items()} for each in exports] == [
        {"Patient": 2 * PATIENTS},
        {"Patient": PATIENTS, "Group": 1},
        {"Patient": PATIENTS, "Group": 1},
        {"Patient": PATIENTS},
    ]
    assert {line["id"][:36] for line in exports[1]["Patient"]} == {job_id}


async def test_since_gives_what_came_later(
    fhir: httpx.AsyncClient, http: httpx.AsyncClient, database: Database, job_id: str
) -> None:
    """The transaction time of one export, as the next one's `_since`, splits the patients without
    gap or overlap.
    """
    first = (await poll(fhir, await begin(fhir, _type="Patient"))).json()
    later = await submit(http)
    await store(database, later)
    second = (
        await poll(fhir, await begin(fhir, _type="Patient", _since=first["transactionTime"]))
    ).json()
    assert {line["id"][:36] for line in (await files_of(fhir, second))["Patient"]} == {later["id"]}
    assert {line["id"][:36] for line in (await files_of(fhir, first))["Patient"]} == {job_id}
    nothing = (
        await poll(fhir, await begin(fhir, _since=second["transactionTime"].replace("Z", "+00:00")))
    ).json()
    assert nothing["output"] == []


async def test_type_filters_choose_within_their_type(
    fhir: httpx.AsyncClient, http: httpx.AsyncClient, job_id: str
) -> None:
    """A resource comes when it fits one filter of its type; types without a filter come whole, and
    only known counts are told.
    """
    filters = [
        "Observation?code=8867-4&date=ge2000",
        "Observation?category=laboratory,Patient?gender=male",
    ]
    kick_off = {"_type": "Patient,Observation,Condition", "_typeFilter": filters}
    manifest = (await poll(fhir, await begin(fhir, f"/Group/{job_id}/$export", **kick_off))).json()
    assert not any("count" in each for each in manifest["output"])
    found = await files_of(fhir, manifest)
    whole = await files_of(
        fhir, (await poll(fhir, await begin(fhir, _type="Patient,Observation,Condition"))).json()
    )
    assert found["Patient"] == [each for each in whole["Patient"] if each["gender"] == "male"]
    assert found["Condition"] == whole["Condition"]
    kinds = {each["code"]["coding"][0]["code"] for each in found["Observation"]}
    assert kinds == {"8867-4", "882-1"}
    assert found["Observation"] == [
        each for each in whole["Observation"] if each["code"]["coding"][0]["code"] in kinds
    ]


async def test_a_filter_may_be_sent_in_a_body(fhir: httpx.AsyncClient, job_id: str) -> None:
    """A POST says it as a parameter, references as relative or as absolute URLs of this server."""
    patient = f"{fhir.base_url}Patient/{job_id}-3"
    values = {"_type": "Condition", "_typeFilter": f"Condition?patient={patient}"}
    body = {
        "resourceType": "Parameters",
        "parameter": [{"name": name, "valueString": value} for name, value in values.items()],
    }
    accepted = await fhir.post("/$export", json=body, headers=KICK_OFF)
    found = await files_of(fhir, (await poll(fhir, accepted.headers["Content-Location"])).json())
    assert {each["subject"]["reference"] for each in found["Condition"]} == {f"Patient/{job_id}-3"}


async def test_waits_for_what_is_being_stored(
    fhir: httpx.AsyncClient, http: httpx.AsyncClient, database: Database
) -> None:
    """A part whose transaction was open at the kick-off is not missed: until it ends the request is
    under way.
    """
    job = await submit(http)
    async with database.transaction() as writing:
        await writing.execute("SELECT now()")
        status_url = await begin(fhir, _type="Patient")
        under_way = await fhir.get(status_url)
        assert (under_way.status_code, under_way.headers["Retry-After"]) == (202, "1")
    await store(database, job)
    assert (await poll(fhir, status_url)).json()["output"] == []


async def test_another_gateway_answers_for_a_request(
    fhir: httpx.AsyncClient, gateway: Gateway, job_id: str
) -> None:
    """Requests live in the database: a gateway that started later knows them, and serves their
    files compressed.
    """
    status_url = await begin(fhir, _type="Observation")
    server = await HttpServer.open(create_app(gateway), gateway.config)
    try:
        elsewhere = f"http://127.0.0.1:{server.port}"
        manifest = (await fhir.get(elsewhere + httpx.URL(status_url).path)).json()
        async with fhir.stream(
            "GET", manifest["output"][0]["url"], headers={"Accept-Encoding": "gzip"}
        ) as coded:
            raw = b"".join([chunk async for chunk in coded.aiter_raw()])
        assert manifest["output"][0]["url"].startswith(elsewhere)
        assert coded.headers["Content-Encoding"] == "gzip"
        assert {
            orjson.loads(line)["resourceType"] for line in gzip.decompress(raw).splitlines()
        } == {"Observation"}
    finally:
        await server.close()


async def test_names_what_is_wrong(fhir: httpx.AsyncClient, url: str, job_id: str) -> None:
    """Wrong values, unknown types and parameters, groups and requests are refused; a lenient client
    is told in the manifest.
    """
    for params, name in (
        ({"_type": "Patient,Spaceship"}, "_type"),
        ({"_since": "yesterday"}, "_since"),
        ({"_since": "2020-01-01"}, "_since"),
        ({"_outputFormat": "text/csv"}, "_outputFormat"),
        ({"_typeFilter": "Spaceship?gender=male"}, "_typeFilter"),
        ({"_typeFilter": "Patient?colour=red"}, "_typeFilter"),
        ({"_typeFilter": "Patient?birthdate=never"}, "_typeFilter"),
        ({"_typeFilter": "Patient?_sort=name"}, "_typeFilter"),
        ({"_typeFilter": "Patient"}, "_typeFilter"),
        ({"_typeFilter": "Patient?name=\0"}, "_typeFilter"),
        ({"_typeFilter": "Patient?name=" + "a" * 2000}, "_typeFilter"),
        ({"_typeFilter": ["Patient?gender=male"] * 21}, "_typeFilter"),
        ({"_type": "Condition", "_typeFilter": "Patient?gender=male"}, "_typeFilter"),
        ({"_elements": "name"}, "_elements"),
    ):
        outcome = check_outcome(
            await fhir.get("/$export", params=params, headers=KICK_OFF), 400, "invalid"
        )
        assert outcome["issue"][0]["expression"] == [name]
    json_type = {"Content-Type": "application/fhir+json"}
    for body in (
        b"{",
        b"[]",
        b'{"resourceType":"Patient"}',
        b'{"resourceType":"Parameters","parameter":[{"name":"_type"}]}',
    ):
        check_outcome(await fhir.post("/$export", content=body, headers=json_type), 400, "invalid")
    check_outcome(
        await fhir.post("/$export", content=b"x=1", headers={"Content-Type": "text/plain"}),
        415,
        "not-supported",
    )
    check_outcome(await fhir.get(f"/Group/{uuid4()}/$export", headers=KICK_OFF), 404, "not-found")
    for path in ("x", str(uuid4()), f"{uuid4()}/Patient.{job_id}.0-9.ndjson"):
        check_outcome(await fhir.get(f"{url}/fhir/bulk/{path}"), 404, "not-found")
    lenient = {"Prefer": "respond-async, handling=lenient"}
    accepted = await fhir.get(
        "/$export", params={"_type": "Patient,Spaceship", "_elements": "x"}, headers=lenient
    )
    manifest = (await poll(fhir, accepted.headers["Content-Location"])).json()
    assert {each["type"] for each in manifest["output"]} == {"Patient"}
    told = (await fhir.get(manifest["error"][0]["url"])).content.splitlines()
    assert [orjson.loads(line)["issue"][0]["code"] for line in told] == ["not-supported"] * 2
    check_outcome(
        await fhir.get(manifest["output"][0]["url"].replace("/Patient.", "/Device.")),
        404,
        "not-found",
    )


async def test_strangers_get_nothing(
    fhir: httpx.AsyncClient, other_http: httpx.AsyncClient, job_id: str
) -> None:
    """Without a key it is 401 everywhere; with another tenant's, groups, requests and files are not
    there.
    """
    status_url = await begin(fhir, _type="Patient")
    file_url = (await poll(fhir, status_url)).json()["output"][0]["url"]
    async with httpx.AsyncClient() as stranger:
        for each in (f"{fhir.base_url}$export", status_url, file_url):
            check_outcome(await stranger.get(each), 401, "login")
    for each in (f"{fhir.base_url}Group/{job_id}/$export", status_url, file_url):
        check_outcome(await other_http.get(each), 404, "not-found")
    check_outcome(await other_http.delete(status_url), 404, "not-found")


@pytest.mark.parametrize("settings", [{"bulk_requests_max": 2}])
async def test_a_client_with_too_many_requests_waits(
    fhir: httpx.AsyncClient, other_http: httpx.AsyncClient
) -> None:
    """Beyond the limit the answer is 429 with Retry-After, until one is deleted; others are not
    concerned. HEAD begins nothing.
    """
    urls = [await begin(fhir) for _ in range(2)]
    refused = await fhir.get("/$export", headers=KICK_OFF)
    check_outcome(refused, 429, "throttled")
    assert int(refused.headers["Retry-After"]) > 0
    assert (await other_http.get("/fhir/R4/$export", headers=KICK_OFF)).status_code == 202
    await fhir.delete(urls[0])
    assert (await fhir.head("/$export", headers=KICK_OFF)).status_code == 405
    await begin(fhir)


async def test_an_export_belongs_to_who_asked(
    fhir: httpx.AsyncClient, database: Database, config: GatewayConfig, job_id: str
) -> None:
    """Another client of the same tenant neither reads nor deletes nor lists it; its own list shows
    what it may delete.
    """
    status_url = await begin(fhir)
    other = await make_key(database, config, "first", Role.OPERATOR)
    root = str(fhir.base_url).removesuffix("/fhir/R4/")
    async with httpx.AsyncClient(headers={"X-API-Key": other.api_key}, timeout=60) as stranger:
        check_outcome(await stranger.get(status_url), 404, "not-found")
        check_outcome(await stranger.delete(status_url), 404, "not-found")
        assert (await stranger.get(f"{root}/fhir/bulk")).json() == {"items": []}
    listed = (await fhir.get(f"{root}/fhir/bulk")).json()["items"]
    assert [each["status_url"] for each in listed] == [status_url]
    assert (await fhir.delete(status_url)).status_code == 202
    assert (await fhir.get(f"{root}/fhir/bulk")).json() == {"items": []}


async def test_a_file_that_ends_before_it_begins_is_none(
    fhir: httpx.AsyncClient, job_id: str
) -> None:
    """A name that no manifest has is not found, whatever its numbers."""
    status_url = await begin(fhir)
    for name in (f"Patient.{job_id}.19-0", f"Patient.{'-' * 36}.0-1", f"Patient.{job_id}.0-x"):
        check_outcome(await fhir.get(f"{status_url}/{name}.ndjson"), 404, "not-found")
