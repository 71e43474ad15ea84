"""Stored patients over HTTP: pages, filters, whole records, sectors, sums."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.db.pool import Database
from shared.encoders.casualty.words import words_of
from shared.records.vocabulary import Category, Outcome, Triage
from shared.scenarios import load_preset
from tests.integration.gateway.stored_job import PATIENTS, PRESET, store, submit

PARTS_OF_TEN = pytest.mark.parametrize("settings", [{"part_patients": 10, "page_parts_max": 2}])


async def all_pages(
    http: httpx.AsyncClient, address: str, **filters: str | int
) -> tuple[list[dict[str, Any]], int]:
    items: list[dict[str, Any]] = []
    after: str | None = None
    pages = 0
    while True:
        response = await http.get(address, params=filters | ({"after": after} if after else {}))
        assert response.status_code == 200, response.text
        page = response.json()
        pages += 1
        items += page["items"]
        after = page["next"]
        if after is None:
            return items, pages


@PARTS_OF_TEN
async def test_pages_show_every_patient_once(http: httpx.AsyncClient, database: Database) -> None:
    """Following `next` gives ordinals 0 to 39 in order, whatever the page's size; words and times
    are readable.
    """
    job = await submit(http)
    stored = await store(database, job)
    address = f"/api/v1/jobs/{job['id']}/patients"
    for limit in (7, 10, 40, 1000):
        items, _pages = await all_pages(http, address, limit=limit)
        assert [item["ordinal"] for item in items] == list(range(PATIENTS))
    first = items[0]
    starts_at = load_preset(PRESET).starts_at
    assert first["id"] == f"{job['id']}-0"
    assert first["category"] == words_of(Category)[int(stored.flat["category"][0])]
    assert datetime.fromisoformat(first["injured_at"]) == starts_at + timedelta(
        seconds=int(stored.flat["injured_at_s"][0])
    )
    assert first["family_name"]
    assert len(first["nation"]) == 3


@PARTS_OF_TEN
async def test_filters_choose_by_word(http: httpx.AsyncClient, database: Database) -> None:
    """Each filter gives exactly the patients that have its value, and two filters those that have
    both.
    """
    job = await submit(http)
    await store(database, job)
    address = f"/api/v1/jobs/{job['id']}/patients"
    everybody, _pages = await all_pages(http, address)
    for column in (
        "category",
        "triage_first",
        "outcome",
        "sex",
        "branch",
        "nation",
        "mechanism",
        "role_last",
        "sector",
    ):
        for value in {item[column] for item in everybody}:
            chosen, _pages = await all_pages(http, address, **{column: value})
            assert chosen == [item for item in everybody if item[column] == value], (column, value)
    severe, _pages = await all_pages(http, address, iss_min=9, iss_max=25, triage_first="T1")
    assert severe == [
        item for item in everybody if 9 <= item["iss"] <= 25 and item["triage_first"] == "T1"
    ]


@PARTS_OF_TEN
async def test_a_filter_without_a_match_ends_at_once(
    http: httpx.AsyncClient, database: Database
) -> None:
    """Parts whose summary rules a value out are not searched: one page says that there is
    nothing.
    """
    job = await submit(http)
    await store(database, job)
    address = f"/api/v1/jobs/{job['id']}/patients"
    assert await all_pages(http, address, category="disease", branch="navy") == ([], 1)
    assert await all_pages(http, address, sector=1) == ([], 1)
    assert (await all_pages(http, address, iss_min=21))[0]
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE patient_parts SET summary = jsonb_set(summary, '{ranges,iss,1}', '20')"
        )
    assert await all_pages(http, address, iss_min=21) == ([], 1)


async def test_refuses_a_bad_filter(http: httpx.AsyncClient) -> None:
    """Unknown filters and words are answered with 400, the name and what would be near."""
    address = f"/api/v1/jobs/{(await submit(http))['id']}/patients"
    bad = {
        "categori=disease": ("categori", "category"),
        "category=1": ("category", "battle_injury"),
        "category=battle_injurie": ("category", "battle_injury"),
        "triage_first=t1": ("triage_first", "T1"),
        "nation=NLDD": ("nation", "NLD"),
        "iss_min=76": ("iss_min", "75"),
        "limit=1001": ("limit", "1000"),
        "after=-1": ("after", "0"),
    }
    for query, (field, hint) in bad.items():
        response = await http.get(f"{address}?{query}")
        error = response.json()["errors"][0]
        assert (response.status_code, error["field"]) == (400, field), query
        assert hint in error["message"], error


@PARTS_OF_TEN
async def test_sums_and_sector_agree_with_the_patients(
    http: httpx.AsyncClient, database: Database
) -> None:
    """The summary and the sector's counts are those of the listed patients; the job has
    succeeded.
    """
    job = await submit(http)
    await store(database, job)
    address = f"/api/v1/jobs/{job['id']}"
    everybody, _pages = await all_pages(http, f"{address}/patients")
    summary = (await http.get(f"{address}/summary")).json()
    sector = (await http.get(f"{address}/sectors/0")).json()
    assert (await http.get(address)).json()["state"] == "succeeded"
    assert summary["patients"] == PATIENTS == sector["patients"]
    for column in ("category", "triage_first", "outcome"):
        assert summary[column] == dict(Counter(item[column] for item in everybody)), column
    counted = Counter(
        {
            (each["category"], each["triage_first"], each["outcome"]): each["patients"]
            for each in sector["counts"]
        }
    )
    assert counted == Counter(
        (item["category"], item["triage_first"], item["outcome"]) for item in everybody
    )


@PARTS_OF_TEN
async def test_a_sector_names_its_facilities_and_vehicles(
    http: httpx.AsyncClient, database: Database
) -> None:
    """Resources and census are told by name and time, and a queue's resource is one of the list."""
    job = await submit(http)
    await store(database, job)
    sector = (await http.get(f"/api/v1/jobs/{job['id']}/sectors/0")).json()
    scenario = load_preset(PRESET)
    facilities = {facility.name for facility in scenario.facilities}
    assert {sample["facility"] for sample in sector["census"]} <= facilities
    for resource in sector["resources"]:
        assert (resource["facility"] in facilities) != (
            resource["pool"] in {pool.name for pool in scenario.transport}
        )
    assert {sample["resource"] for sample in sector["queues"]} <= set(
        range(len(sector["resources"]))
    )
    assert all(
        datetime.fromisoformat(sample["at"]) >= scenario.starts_at for sample in sector["census"]
    )
    assert len(sector["digest"]) == 64


@PARTS_OF_TEN
async def test_what_is_not_stored_is_not_found(http: httpx.AsyncClient, database: Database) -> None:
    """Beyond the job's end and before the data's arrival the answer is 404 with the reason; what is
    stored is readable.
    """
    job = await submit(http)
    await store(database, job, parts=2)
    address = f"/api/v1/jobs/{job['id']}"
    reasons = {
        "sectors/0": "not stored (yet)",
        "sectors/40": "sectors 0 to",
        f"sectors/{2**40}": "sectors 0 to",
        "sectors/x": "no sector",
    }
    for rest, reason in reasons.items():
        response = await http.get(f"{address}/{rest}")
        assert response.status_code == 404, rest
        assert reason in response.json()["detail"], rest
    items, _pages = await all_pages(http, f"{address}/patients")
    assert len(items) == 20
    assert (await http.get(address)).json()["first_readable_at"] is not None


def test_words_are_those_of_the_vocabulary() -> None:
    """Words are lower case, but for the triage categories' own names."""
    assert words_of(Triage) == {1: "T1", 2: "T2", 3: "T3", 4: "T4", 5: "dead"}
    assert words_of(Outcome)[3] == "returned_to_duty"
