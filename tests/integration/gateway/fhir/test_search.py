"""Searching resources: criteria, pages, what comes along, refusals."""

from collections.abc import Callable
from typing import Any

import httpx
import orjson

from shared.db.pool import Database
from tests.integration.gateway.fhir.test_read import check_outcome
from tests.integration.gateway.stored_job import PATIENTS, store, submit

Ids = Callable[[dict[str, Any]], list[str]]


async def exported(
    http: httpx.AsyncClient, job_id: str, resource_type: str
) -> list[dict[str, Any]]:
    export = await http.get(
        f"/api/v1/jobs/{job_id}/export", params={"format": "fhir-ndjson", "table": resource_type}
    )
    return [orjson.loads(line) for line in export.content.splitlines()]


async def all_pages(fhir: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    pages = []
    link: str | None = path
    while link is not None:
        response = await fhir.get(link)
        assert response.status_code == 200, response.text
        pages.append(response.json())
        link = next((each["url"] for each in pages[-1]["link"] if each["relation"] == "next"), None)
    return pages


async def test_pages_joined_are_the_whole(
    fhir: httpx.AsyncClient, http: httpx.AsyncClient, job_id: str, ids: Ids
) -> None:
    """Following the next links gives each resource once, in the export's order."""
    for resource_type, count in (
        ("Patient", 7),
        ("Condition", 9),
        ("Observation", 400),
        ("Location", 1),
    ):
        pages = await all_pages(fhir, f"/{resource_type}?_count={count}")
        wanted = [each["id"] for each in await exported(http, job_id, resource_type)]
        assert [identity for page in pages for identity in ids(page)] == wanted
        assert all(len(ids(page)) == count for page in pages[:-1])
        assert len(pages) > 1


async def test_links_go_on_working_while_jobs_come(
    fhir: httpx.AsyncClient, http: httpx.AsyncClient, database: Database, job_id: str, ids: Ids
) -> None:
    """A link taken before another job was stored leads on through the old patients and into the new
    ones.
    """
    first = (await fhir.get("/Patient", params={"_count": 30})).json()
    later = await submit(http)
    await store(database, later)
    rest = await all_pages(fhir, first["link"][1]["url"])
    found = [identity for page in rest for identity in ids(page)]
    assert found == [
        *(f"{job_id}-{ordinal}" for ordinal in range(30, PATIENTS)),
        *(f"{later['id']}-{ordinal}" for ordinal in range(PATIENTS)),
    ]


async def test_each_parameter_finds_what_it_names(
    fhir: httpx.AsyncClient, http: httpx.AsyncClient, job_id: str, ids: Ids
) -> None:
    """Criteria of a patient's own values find the patient, and no criterion finds a patient without
    the value.
    """
    patient = (await exported(http, job_id, "Patient"))[PATIENTS - 3]
    name = patient["name"][0]
    for criteria in (
        {"_id": patient["id"]},
        {"identifier": f"{patient['identifier'][0]['system']}|{patient['identifier'][0]['value']}"},
        {"identifier": patient["identifier"][0]["value"]},
        {"name": name["family"][:3].upper(), "gender": patient["gender"]},
        {"family:exact": name["family"], "given:contains": name["given"][0][1:]},
        {"birthdate": patient["birthDate"]},
        {"birthdate": f"le{patient['birthDate'][:7]}", "_id": patient["id"]},
        {"_lastUpdated": f"ge{patient['meta']['lastUpdated']}"},
        {"gender": "male,female,other"},
    ):
        found = (await fhir.get("/Patient", params={**criteria, "_count": 1000})).json()
        assert patient["id"] in ids(found), criteria
        assert found["total"] == len(ids(found))
    for criteria in (
        {"identifier": "other|1"},
        {"identifier": f"|{patient['identifier'][0]['value']}"},
        {"family": "xyz"},
        {"birthdate": "lt1900"},
        {"_lastUpdated": f"gt{patient['meta']['lastUpdated'][:4]}"},
        {"_id": f"{job_id}-{PATIENTS}"},
        {"gender:not": patient["gender"], "_id": patient["id"]},
    ):
        assert ids((await fhir.get("/Patient", params=criteria)).json()) == [], criteria


async def test_a_patients_resources_are_found_by_category_code_and_date(
    fhir: httpx.AsyncClient, http: httpx.AsyncClient, job_id: str, often_treated: str, ids: Ids
) -> None:
    """The searches of US Core find exactly the export's resources with these values."""
    patient = often_treated
    own = [
        each
        for each in await exported(http, job_id, "Observation")
        if each["subject"]["reference"] == f"Patient/{patient}"
    ]
    vital = [
        each["id"] for each in own if each["category"][0]["coding"][0]["code"] == "vital-signs"
    ]
    moment = own[-1]["effectiveDateTime"]
    for criteria, wanted in (
        ({"patient": patient}, [each["id"] for each in own]),
        ({"subject": f"Patient/{patient}", "category": "vital-signs"}, vital),
        (
            {"patient": f"{fhir.base_url}Patient/{patient}", "code": "http://loinc.org|8867-4"},
            [i for i in vital if "heart-rate" in i],
        ),
        (
            {"patient:Patient": patient, "date": moment},
            [each["id"] for each in own if each["effectiveDateTime"] == moment],
        ),
        (
            {"patient": patient, "date": f"lt{moment}"},
            [each["id"] for each in own if each["effectiveDateTime"] < moment],
        ),
    ):
        found = (await fhir.get("/Observation", params={**criteria, "_count": 1000})).json()
        assert ids(found) == wanted, criteria
        assert wanted
        counted = (await fhir.get("/Observation", params={**criteria, "_summary": "count"})).json()
        assert (counted["total"], counted.get("entry")) == (len(wanted), None)


async def test_a_form_finds_what_a_url_finds(
    fhir: httpx.AsyncClient, job_id: str, ids: Ids
) -> None:
    """POST _search takes its criteria from the body, and its next link is followed by GET."""
    criteria = {"patient": f"{job_id}-5,{job_id}-6", "_count": "2"}
    by_url = (await fhir.get("/Condition", params=criteria)).json()
    by_form = (await fhir.post("/Condition/_search", data=criteria)).json()
    assert ids(by_form) == ids(by_url) != []
    assert by_form["link"] == by_url["link"]


async def test_what_is_referred_to_comes_along(fhir: httpx.AsyncClient, often_treated: str) -> None:
    """`_include` and `_revinclude` add resources as includes, each once, and every reference of
    theirs was asked for.
    """
    patient = often_treated
    forward = (
        await fhir.get(
            "/Encounter",
            params={"patient": patient, "_include": ["Encounter:patient", "Encounter:location"]},
        )
    ).json()
    modes = [
        (each["search"]["mode"], each["resource"]["resourceType"]) for each in forward["entry"]
    ]
    assert modes.count(("include", "Patient")) == 1
    assert ("include", "Location") in modes
    assert len({each["fullUrl"] for each in forward["entry"]}) == len(forward["entry"])
    backward = (
        await fhir.get(
            "/Patient",
            params={"_id": patient, "_revinclude": ["Condition:subject", "Provenance:target"]},
        )
    ).json()
    included = [
        each["resource"] for each in backward["entry"] if each["search"]["mode"] == "include"
    ]
    assert {each["resourceType"] for each in included} == {"Condition", "Provenance"}
    assert backward["total"] == 1


async def test_parts_of_resources_are_marked_as_such(fhir: httpx.AsyncClient, job_id: str) -> None:
    """`_summary` and `_elements` keep what was asked for and what every resource needs, in
    searches, links and reads.
    """
    whole = (await fhir.get(f"/Patient/{job_id}-0")).json()
    for query, kept in (
        ("_elements=name,deceased", {"name", "active", "deceasedDateTime"}),
        ("_summary=true", set(whole) - {"extension"}),
        ("_summary=text", {"active", "deceasedDateTime"}),
        ("_summary=data", set(whole)),
    ):
        found = (await fhir.get(f"/Patient?_count=1&{query}")).json()
        part = found["entry"][0]["resource"]
        assert set(part) == (kept | {"resourceType", "id", "meta"}) & set(whole), query
        assert part["meta"]["tag"][-1]["code"] == "SUBSETTED"
        assert part == (await fhir.get(f"/Patient/{job_id}-0?{query}")).json()
        assert query.partition("=")[0] in found["link"][1]["url"]
    assert (await fhir.get(f"/Patient/{job_id}-0?_summary=false")).json() == whole


async def test_what_comes_along_is_whole_unless_a_summary_is_asked_for(
    fhir: httpx.AsyncClient, often_treated: str
) -> None:
    """`_elements` names elements of the searched type, so included resources keep all of theirs;
    `_summary` is for both.
    """
    criteria = {"patient": often_treated, "_include": "Encounter:patient"}
    for subset, marked in (
        ({"_elements": "period"}, {"Encounter"}),
        ({"_summary": "true"}, {"Encounter", "Patient"}),
    ):
        found = (await fhir.get("/Encounter", params={**criteria, **subset})).json()
        parts = [
            each["resource"]
            for each in found["entry"]
            if "SUBSETTED" in {tag["code"] for tag in each["resource"]["meta"]["tag"]}
        ]
        assert {each["resourceType"] for each in parts} == marked


async def test_a_page_of_none_is_a_count(fhir: httpx.AsyncClient, job_id: str) -> None:
    """`_count=0` is `_summary=count`: no entries, the total, and no next page to follow for
    ever.
    """
    criteria = {"patient": f"{job_id}-0", "_count": "0"}
    bundle = (await fhir.get("/Observation", params=criteria)).json()
    assert (
        bundle["total"]
        == (await fhir.get("/Observation", params={**criteria, "_summary": "count"})).json()[
            "total"
        ]
        > 0
    )
    assert "entry" not in bundle
    assert [link["relation"] for link in bundle["link"]] == ["self"]


async def test_one_resource_is_not_counted(fhir: httpx.AsyncClient, job_id: str) -> None:
    """A read refuses `_summary=count` and elements that its type does not have, by name."""
    for query, name in (
        ("_summary=count", "_summary"),
        ("_elements=colour", "_elements"),
        ("_elements=name&_summary=text", "_elements"),
    ):
        outcome = check_outcome(await fhir.get(f"/Patient/{job_id}-0?{query}"), 400, "invalid")
        assert [each["expression"] for each in outcome["issue"]] == [[name]], query


WRONG = {
    "Observation?colour=red": "colour",
    "Observation?patient.name=x": "patient.name",
    "Patient?name:near=x": "name:near",
    "Patient?birthdate=1990-13": "birthdate",
    "Patient?birthdate=ap1990": "birthdate",
    "Patient?gender=": "gender",
    "Patient?_count=-1": "_count",
    "Patient?_summary=some": "_summary",
    "Patient?_elements=colour": "_elements",
    "Patient?_summary=true&_elements=name": "_elements",
    "Encounter?_summary=text&_include=Encounter:subject": "_summary",
    "Patient?_page=x": "_page",
    "Observation?patient=Device/1": "patient",
    "Patient?_include=Patient:link": "_include",
    "Location?_revinclude=Encounter:location": "_revinclude",
    "Patient?identifier=|": "identifier",
}


async def test_names_the_wrong_parameter(fhir: httpx.AsyncClient) -> None:
    """What is not known or cannot be read is 400 with the parameter's name."""
    for query, name in WRONG.items():
        outcome = check_outcome(await fhir.get(f"/{query}"), 400, "invalid")
        assert [each["expression"] for each in outcome["issue"]] == [[name]], query


async def test_lenient_clients_are_told_what_was_passed_over(
    fhir: httpx.AsyncClient, job_id: str, ids: Ids
) -> None:
    """With handling=lenient an unknown parameter changes nothing, is not in the self link, and is
    named in an outcome.
    """
    found = (
        await fhir.get("/Patient?colour=red&_count=1", headers={"Prefer": "handling=lenient"})
    ).json()
    assert ids(found) == [f"{job_id}-0"]
    assert "colour" not in found["link"][0]["url"]
    assert [
        each["resource"]["issue"][0]["expression"]
        for each in found["entry"]
        if each["search"]["mode"] == "outcome"
    ] == [["colour"]]


async def test_a_patients_resources_are_sorted(fhir: httpx.AsyncClient, often_treated: str) -> None:
    """The last vital signs come first, over all pages once each; without patients the order is
    refused, by name.
    """
    query = f"/Observation?patient={often_treated}&code=8867-4&_sort=-date"
    pages = await all_pages(fhir, f"{query}&_count=4")
    found = [each["resource"] for page in pages for each in page["entry"]]
    times = [each["effectiveDateTime"] for each in found]
    assert times == sorted(times, reverse=True)
    assert len(pages) > 1
    plain = (await fhir.get(f"/Observation?patient={often_treated}&code=8867-4&_count=1000")).json()
    assert sorted(each["id"] for each in found) == sorted(
        each["resource"]["id"] for each in plain["entry"]
    )
    outcome = check_outcome(await fhir.get("/Observation?_sort=date"), 400, "invalid")
    assert [each["expression"] for each in outcome["issue"]] == [["_sort"]]


async def test_a_page_of_all_patients_reads_no_more_than_its_own(
    fhir: httpx.AsyncClient, database: Database, job_id: str, ids: Ids
) -> None:
    """How many there are is known without looking: the page comes, and its total, though all other
    parts cannot be read.
    """
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE patient_parts SET body = 'unreadable' WHERE first_ordinal > 0"
        )
    page = (await fhir.get("/Patient?_count=9")).json()
    assert ids(page) == [f"{job_id}-{ordinal}" for ordinal in range(9)]
    assert page["total"] == PATIENTS
    assert [each["relation"] for each in page["link"]] == ["self", "next"]
