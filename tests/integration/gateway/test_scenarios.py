"""A tenant's own scenarios: kept, edited under If-Match, compared, previewed, run, deleted."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.gateway.api.scenarios_compared import ABSENT, differences
from services.gateway.context import Gateway

SCENARIOS = "/api/v1/scenarios"
PRESET = "teaching-20"


async def document(http: httpx.AsyncClient) -> dict[str, Any]:
    scenario: dict[str, Any] = (await http.get(f"/api/v1/presets/{PRESET}")).json()
    return scenario


async def kept(http: httpx.AsyncClient, name: str = "mine") -> dict[str, Any]:
    answer = await http.post(SCENARIOS, json={"name": name, "preset": PRESET})
    assert answer.status_code == 201, answer.text
    scenario: dict[str, Any] = answer.json()
    return scenario


async def test_a_scenario_is_kept_read_edited_and_deleted(http: httpx.AsyncClient) -> None:
    """Each edit is a version that stays readable; the entity tag is its number."""
    made = await http.post(SCENARIOS, json={"name": "mine", "scenario": await document(http)})
    path = made.headers["Location"]
    assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
    read = await http.get(path)
    assert (read.json(), read.headers["ETag"]) == (made.json(), '"1"')
    changed = {**made.json()["scenario"], "title": "Longer", "days": 3}
    edit = {"name": "renamed", "scenario": changed}
    edited = await http.put(path, json=edit, headers={"If-Match": '"1"'})
    assert (edited.status_code, edited.headers["ETag"]) == (200, '"2"'), edited.text
    assert edited.json()["scenario"]["days"] == 3
    versions = (await http.get(f"{path}/versions")).json()["items"]
    assert [(each["version"], each["title"]) for each in versions] == [
        (2, "Longer"),
        (1, made.json()["scenario"]["title"]),
    ]
    assert (await http.get(f"{path}/versions/1")).json()["scenario"] == made.json()["scenario"]
    (listed,) = (await http.get(SCENARIOS)).json()["items"]
    assert (listed["name"], listed["version"], listed["title"]) == ("renamed", 2, "Longer")
    assert (await http.delete(path, headers={"If-Match": '"2"'})).status_code == 204
    assert (await http.get(path)).status_code == 404


async def test_who_has_not_seen_the_newest_version_changes_nothing(http: httpx.AsyncClient) -> None:
    """Without If-Match it is 428, with an old tag 412; of two edits of one version one wins."""
    path = f"{SCENARIOS}/{(await kept(http))['id']}"
    edit = {"preset": PRESET}
    assert (await http.put(path, json=edit)).status_code == 428
    assert (await http.delete(path)).status_code == 428
    seen = {"If-Match": '"1"'}
    both = await asyncio.gather(*(http.put(path, json=edit, headers=seen) for _ in range(2)))
    assert sorted(each.status_code for each in both) == [200, 412]
    assert (await http.delete(path, headers=seen)).status_code == 412
    assert (await http.put(path, json=edit, headers={"If-Match": "*"})).status_code == 200
    assert (await http.get(path)).json()["version"] == 3


async def test_a_job_runs_a_kept_scenario(http: httpx.AsyncClient) -> None:
    """The job has its own copy: what is edited or deleted later does not change it."""
    made = await kept(http)
    path = f"{SCENARIOS}/{made['id']}"
    changed = {**made["scenario"], "days": 2, "title": "Two days"}
    await http.put(path, json={"scenario": changed}, headers={"If-Match": '"1"'})
    first = {"scenario_id": made["id"], "scenario_version": 1, "count": 1}
    jobs = [
        (await http.post("/api/v1/jobs", json=body)).json()
        for body in (first, {"scenario_id": made["id"], "count": 1})
    ]
    await http.delete(path, headers={"If-Match": "*"})
    run = [(await http.get(f"/api/v1/jobs/{job['id']}/scenario")).json() for job in jobs]
    assert run == [made["scenario"], changed]
    gone = await http.post("/api/v1/jobs", json={"scenario_id": made["id"], "count": 1})
    assert (gone.status_code, gone.json()["errors"][0]["field"]) == (400, "scenario_id")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "a"}, "scenario"),
        ({"name": "a", "preset": PRESET, "scenario": {}}, "scenario"),
        ({"name": "a", "preset": "nowhere"}, "preset"),
        ({"name": "a", "scenario": {"days": 0}}, "scenario.days"),
        ({"name": "a", "scenario_id": str(UUID(int=0))}, "scenario_id"),
        ({"name": "a", "preset": PRESET, "scenario_version": 1}, "scenario_version"),
        ({"name": " ", "preset": PRESET}, "name"),
        ({"preset": PRESET}, "name"),
    ],
)
async def test_a_wrong_scenario_names_its_field(
    http: httpx.AsyncClient, body: dict[str, Any], field: str
) -> None:
    """Nothing is kept then."""
    answer = await http.post(SCENARIOS, json=body)
    assert answer.status_code == 400, answer.text
    assert field in {each["field"] for each in answer.json()["errors"]}
    assert (await http.get(SCENARIOS)).json()["items"] == []


async def test_validation_says_what_is_wrong_and_keeps_nothing(http: httpx.AsyncClient) -> None:
    """A wrong scenario is a good question: the answer is 200 with its problems."""
    good = (await http.post(f"{SCENARIOS}/validate", json={"preset": PRESET})).json()
    scenario = {**await document(http), "days": 0}
    bad = (await http.post(f"{SCENARIOS}/validate", json={"scenario": scenario})).json()
    assert (good["valid"], len(good["digest"]), good["problems"]) == (True, 64, [])
    assert (bad["valid"], bad["digest"]) == (False, None)
    assert [each["field"] for each in bad["problems"]] == ["scenario.days"]


@pytest.mark.parametrize("settings", [{"preview_patients_max": 50}])
async def test_a_preview_shows_what_a_scenario_would_bring(http: httpx.AsyncClient) -> None:
    """One sector, at most as large as the setting says; the same seed shows the same."""
    asked = {"preset": "brigade-conventional", "seed": 3}
    first, again = [(await http.post(f"{SCENARIOS}/preview", json=asked)).json() for _ in range(2)]
    assert first == again
    assert first["patients"] == 50
    assert sum(first["outcomes"].values()) == 50
    assert first["loads"][0]["name"]
    assert first["expected"]["low_per_day"] > 0


async def test_two_scenarios_are_compared_field_by_field(http: httpx.AsyncClient) -> None:
    """With another version, another scenario, and a preset."""
    made = await kept(http)
    path = f"{SCENARIOS}/{made['id']}"
    changed = {**made["scenario"], "days": made["scenario"]["days"] + 1}
    await http.put(path, json={"scenario": changed}, headers={"If-Match": '"1"'})
    clone = await http.post(f"{path}/clone", json={"name": "copy", "version": 1})
    assert (clone.status_code, clone.json()["scenario"]) == (201, made["scenario"])
    expected = [{"field": "days", "before": changed["days"], "after": made["scenario"]["days"]}]
    others: tuple[dict[str, Any], ...] = (
        {"other_version": 1},
        {"other": clone.json()["id"]},
        {"preset": PRESET},
    )
    for other in others:
        found = (await http.get(f"{path}/comparison", params=other)).json()["differences"]
        assert found == expected, other
    wrong = await http.get(f"{path}/comparison", params={"preset": PRESET, "other_version": 1})
    assert wrong.status_code == 400


def test_differences_name_what_is_only_on_one_side() -> None:
    """By paths such as refusals have."""
    found = differences({"a": [1, {"b": 2}], "c": 1}, {"a": [1], "d": {"e": 5}})
    assert list(found) == [
        ("a[1]", {"b": 2}, ABSENT),
        ("c", 1, ABSENT),
        ("d", ABSENT, {"e": 5}),
    ]


@pytest.mark.parametrize("settings", [{"scenarios_max": 3}])
async def test_scenarios_are_listed_in_pages_and_limited(
    http: httpx.AsyncClient, other_http: httpx.AsyncClient, gateway: Gateway
) -> None:
    """Newest first; names are unique within a tenant; more than the limit is refused."""
    made = [await kept(http, f"number {number}") for number in range(3)]
    assert (await other_http.get(SCENARIOS)).json()["items"] == []
    await kept(other_http, "number 1")
    full = await http.post(SCENARIOS, json={"name": "one more", "preset": PRESET})
    assert (full.status_code, str(gateway.config.scenarios_max) in full.text) == (409, True)
    taken = {"name": "number 1", "preset": PRESET}
    path = f"{SCENARIOS}/{made[0]['id']}"
    assert (await http.put(path, json=taken, headers={"If-Match": "*"})).status_code == 409
    page = (await http.get(SCENARIOS, params={"limit": 2})).json()
    rest = (await http.get(SCENARIOS, params={"after": page["next"]})).json()
    ids = [each["id"] for each in (*page["items"], *rest["items"])]
    assert (ids, rest["next"]) == ([each["id"] for each in reversed(made)], None)
