"""POST /api/v1/jobs: what is accepted, what is refused and how it is said."""

import asyncio
import gzip
import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from services.gateway.identity.keys import NewKey
from shared.db.pool import Database
from shared.scenarios.presets import load_preset
from shared.scenarios.scenario import canonical_json

JOBS = "/api/v1/jobs"
SMALL = {"preset": "teaching-20", "count": 20, "seed": 7}
JOB_FIELDS = {
    "id", "state", "priority", "scenario", "seed", "engine_version", "patients", "batches", "patients_per_second",
    "created_at", "started_at", "first_readable_at", "finished_at", "error",
}  # fmt: skip


def scenario() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(canonical_json(load_preset("teaching-20")))
    return document


def fields(response: httpx.Response) -> list[str]:
    return [error["field"] for error in response.json()["errors"]]


async def test_accepts_a_preset(http: httpx.AsyncClient) -> None:
    """A submission is answered with 202, the job's address and the job."""
    response = await http.post(JOBS, json=SMALL)
    job = response.json()
    assert response.status_code == 202
    assert response.headers["Location"] == f"{JOBS}/{job['id']}"
    assert set(job) == JOB_FIELDS
    assert job["state"] == "queued"
    assert job["priority"] == "normal"
    assert job["seed"] == 7
    assert job["patients"] == {"requested": 20, "persisted": 0}
    assert job["batches"] == {"total": 1, "done": 0, "dead": 0}
    assert job["scenario"] == {
        "preset": "teaching-20",
        "title": "Teaching exercise with twenty casualties",
    }
    assert (await http.get(response.headers["Location"])).json() == job


async def test_accepts_a_scenario_of_ones_own(http: httpx.AsyncClient) -> None:
    """A scenario document is stored as it is meant: with every default written out."""
    document = scenario() | {"title": "My own"}
    job = (await http.post(JOBS, json={"scenario": document, "count": 5})).json()
    assert job["scenario"] == {"preset": None, "title": "My own"}
    assert (await http.get(f"{JOBS}/{job['id']}/scenario")).json() == document


async def test_moves_a_scenario_to_other_days(http: httpx.AsyncClient) -> None:
    """`starts_at` names the first day, `ends_today` leaves nothing in the future; nothing else changes."""
    begins = scenario()["starts_at"]
    for moved in ({"starts_at": "2024-02-29"}, {"ends_today": True}):
        job = (await http.post(JOBS, json=SMALL | moved)).json()
        stored = (await http.get(f"{JOBS}/{job['id']}/scenario")).json()
        assert stored["starts_at"][10:] == begins[10:]
        assert stored | {"starts_at": begins} == scenario()
        assert stored["starts_at"] < datetime.now(UTC).isoformat()


@pytest.mark.parametrize(
    ("moved", "field"),
    [
        ({"starts_at": "1949-01-01"}, "starts_at"),
        ({"starts_at": "soon"}, "starts_at"),
        ({"starts_at": "2024-02-29", "ends_today": True}, "ends_today"),
    ],
)
async def test_refuses_days_that_cannot_be(
    http: httpx.AsyncClient, moved: dict[str, Any], field: str
) -> None:
    """With the field's name."""
    response = await http.post(JOBS, json=SMALL | moved)
    assert (response.status_code, fields(response)) == (400, [field])


async def test_draws_a_seed_when_none_is_given(http: httpx.AsyncClient) -> None:
    """Two submissions without a seed get different ones, below 2^53."""
    seeds = {
        (await http.post(JOBS, json={"preset": "teaching-20", "count": 1})).json()["seed"]
        for _ in range(2)
    }
    assert len(seeds) == 2
    assert all(0 <= seed < 2**53 for seed in seeds)


async def test_takes_the_largest_seed_and_priority(http: httpx.AsyncClient) -> None:
    """The limits themselves are accepted."""
    job = (await http.post(JOBS, json=SMALL | {"seed": 2**53 - 1, "priority": "high"})).json()
    assert (job["seed"], job["priority"]) == (2**53 - 1, "high")


async def test_stores_batches_of_whole_sectors(http: httpx.AsyncClient, database: Database) -> None:
    """A large job is cut into batches whose patients add up."""
    response = await http.post(JOBS, json={"preset": "brigade-conventional", "count": 25_001})
    async with database.connection() as connection:
        patients = await connection.fetchval(
            "SELECT array_agg(patients ORDER BY batch_no) FROM batches"
        )
    assert sum(patients) == 25_001
    assert response.json()["batches"]["total"] == len(patients) == 3


async def test_the_callers_trace_goes_with_the_job(
    http: httpx.AsyncClient, database: Database
) -> None:
    """The trace id of the request is stored in the job's row."""
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    await http.post(JOBS, json=SMALL, headers={"traceparent": f"00-{trace_id}-b7ad6b7169203331-01"})
    async with database.connection() as connection:
        assert trace_id in await connection.fetchval("SELECT trace_context FROM jobs")


BAD_FIELDS: dict[str, tuple[dict[str, Any], str]] = {
    "count of none": ({"count": 0}, "count"),
    "count below zero": ({"count": -1}, "count"),
    "count above the limit": ({"count": 1001}, "count"),
    "count as text": ({"count": "20"}, "count"),
    "count as a fraction": ({"count": 1.5}, "count"),
    "count as a truth": ({"count": True}, "count"),
    "count as nothing": ({"count": None}, "count"),
    "count beyond 64 bits": ({"count": 10**30}, "count"),
    "seed below zero": ({"seed": -1}, "seed"),
    "seed above 2^53 - 1": ({"seed": 2**53}, "seed"),
    "seed as text": ({"seed": "7"}, "seed"),
    "unknown priority": ({"priority": "urgent"}, "priority"),
    "unknown preset": ({"preset": "teaching-21"}, "preset"),
    "preset as a number": ({"preset": 1}, "preset"),
    "scenario beside preset": ({"scenario": {}}, "scenario"),
    "neither scenario nor preset": ({"preset": None}, "scenario"),
    "scenario as a list": ({"preset": None, "scenario": []}, "scenario"),
    "unknown field": ({"cuont": 1}, "cuont"),
}


@pytest.mark.parametrize("settings", [{"job_patients_max": 1000}])
async def test_refuses_a_bad_field(http: httpx.AsyncClient) -> None:
    """A wrong value is answered with a problem that names its field, and nothing is stored."""
    for name, (change, field) in BAD_FIELDS.items():
        response = await http.post(JOBS, json=SMALL | change)
        assert (response.status_code, fields(response)) == (400, [field]), name
        assert response.headers["Content-Type"] == "application/problem+json"
    assert (await http.get(JOBS)).json()["items"] == []


@pytest.mark.parametrize("settings", [{"job_patients_max": 1000}])
async def test_says_what_would_be_right(http: httpx.AsyncClient) -> None:
    """A refusal names the limit, the choice or the nearest known name."""
    hints: dict[str, dict[str, Any]] = {
        "at most 1000": {"count": 1001},
        "did you mean 'count'": {"cuont": 1},
        "did you mean 'teaching-20'": {"preset": "teaching-21"},
        "'high', 'normal' or 'low'": {"priority": "urgent"},
        "not null": {"count": None},
        "not true": {"seed": True},
    }
    for hint, change in hints.items():
        response = await http.post(JOBS, json=SMALL | change)
        assert hint in response.json()["errors"][0]["message"]


async def test_a_text_that_postgresql_cannot_hold_is_the_senders_mistake(
    http: httpx.AsyncClient,
) -> None:
    """A NUL in a scenario is refused by the name of its field."""
    response = await http.post(
        JOBS, json={"scenario": scenario() | {"title": "nothing\0"}, "count": 5}
    )
    assert (response.status_code, fields(response)) == (400, ["scenario.title"])


async def test_names_every_wrong_field_of_a_scenario(http: httpx.AsyncClient) -> None:
    """Problems inside a scenario come with their whole path, all at once."""
    document = scenario()
    document["days"] = 0
    document["facilities"][1]["beds"] = -1
    document["waether"] = "rain"
    response = await http.post(JOBS, json={"scenario": document, "count": 5})
    assert response.status_code == 400
    assert set(fields(response)) == {
        "scenario.days",
        "scenario.facilities[1].beds",
        "scenario.waether",
    }


MALFORMED = {
    "empty": b"",
    "cut": b'{"preset": "teaching-20", "count":',
    "a list": b"[]",
    "a text": b'"x"',
    "no number": b'{"preset": "teaching-20", "count": NaN}',
    "not UTF-8": b'{"preset": "\xff", "count": 1}',
    "a name twice": b'{"preset": "teaching-20", "count": 1, "count": 2}',
    "a name twice, deeper": (
        b'{"preset": "teaching-20", "count": 1, "scenario": {"units": [{"name": "A", "name": '
        b'"B"}]}}'
    ),
    "very deep": b'{"scenario": ' + b"[" * 100_000 + b"]" * 100_000 + b', "count": 1}',
}


async def test_refuses_what_is_no_json_object(http: httpx.AsyncClient) -> None:
    """A malformed body is answered with 400 and a named field."""
    for name, body in MALFORMED.items():
        response = await http.post(JOBS, content=body, headers={"Content-Type": "application/json"})
        assert response.status_code == 400, name
        assert fields(response), name


async def test_refuses_other_media_types(http: httpx.AsyncClient) -> None:
    """Forms, other character sets and compressed bodies are answered with 415."""
    form = await http.post(
        JOBS, content=b"count=1", headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    latin = await http.post(
        JOBS,
        content=json.dumps(SMALL).encode(),
        headers={"Content-Type": "application/json; charset=latin-1"},
    )
    packed = gzip.compress(json.dumps(SMALL).encode())
    compressed = await http.post(
        JOBS,
        content=packed,
        headers={"Content-Type": "application/json", "Content-Encoding": "gzip"},
    )
    assert (form.status_code, latin.status_code, compressed.status_code) == (415, 415, 415)


@pytest.mark.parametrize("settings", [{"body_bytes_max": 2000}])
async def test_refuses_an_oversized_body(http: httpx.AsyncClient) -> None:
    """A body above the limit is answered with 413 and the limit, announced or not."""
    body = b" " * 2000 + json.dumps(SMALL).encode()

    async def chunks() -> Any:
        yield body

    headers = {"Content-Type": "application/json"}
    announced = await http.post(JOBS, content=body, headers=headers)
    chunked = await http.post(JOBS, content=chunks(), headers=headers)
    assert (announced.status_code, chunked.status_code) == (413, 413)
    assert "2000 bytes" in announced.json()["detail"]


async def test_the_same_key_and_body_make_one_job(http: httpx.AsyncClient) -> None:
    """A repeated submission is answered with the first one's job, whatever the order of its
    fields.
    """
    headers = {"Idempotency-Key": "a-1"}
    first = await http.post(JOBS, json=SMALL, headers=headers)
    second = await http.post(JOBS, json=dict(reversed(SMALL.items())), headers=headers)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["id"] == second.json()["id"]
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"


async def test_a_replayed_submission_keeps_its_drawn_seed(http: httpx.AsyncClient) -> None:
    """Without a seed, the job of a repeated submission shows the seed that was drawn first."""
    body = {"preset": "teaching-20", "count": 3}
    first, second = [
        (await http.post(JOBS, json=body, headers={"Idempotency-Key": "k"})).json()
        for _ in range(2)
    ]
    assert first["seed"] == second["seed"]


async def test_the_same_key_with_another_body_is_refused(http: httpx.AsyncClient) -> None:
    """Another request under a used key is answered with 422 and makes no job."""
    headers = {"Idempotency-Key": "a-1"}
    await http.post(JOBS, json=SMALL, headers=headers)
    response = await http.post(JOBS, json=SMALL | {"count": 21}, headers=headers)
    assert response.status_code == 422
    assert len((await http.get(JOBS)).json()["items"]) == 1


async def test_concurrent_submissions_with_one_key_make_one_job(http: httpx.AsyncClient) -> None:
    """Eight requests at the same moment end in the same job."""
    answers = await asyncio.gather(
        *(http.post(JOBS, json=SMALL, headers={"Idempotency-Key": "race"}) for _ in range(8))
    )
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1


async def test_tenants_do_not_share_keys(
    http: httpx.AsyncClient, other_http: httpx.AsyncClient
) -> None:
    """The same key of two tenants stands for two jobs."""
    headers = {"Idempotency-Key": "a-1"}
    ids = {
        (await client.post(JOBS, json=SMALL, headers=headers)).json()["id"]
        for client in (http, other_http)
    }
    assert len(ids) == 2


async def test_refuses_a_bad_idempotency_key(http: httpx.AsyncClient) -> None:
    """A key that is empty, too long or not printable ASCII is answered with 400."""
    for idempotency_key in ("", "x" * 256, "two words", "caf\u00e9"):
        response = await http.post(
            JOBS, json=SMALL, headers={"Idempotency-Key": idempotency_key.encode()}
        )
        assert (response.status_code, fields(response)) == (400, ["Idempotency-Key"]), (
            idempotency_key
        )


async def test_a_key_outlives_the_job_that_it_made(http: httpx.AsyncClient) -> None:
    """A retry after the job was purged runs nothing again: it is told that the job is gone."""
    once = {"Idempotency-Key": "exercise-1"}
    job = (await http.post(JOBS, json=SMALL, headers=once)).json()["id"]
    await http.post(f"{JOBS}/{job}/cancel")
    assert (await http.delete(f"{JOBS}/{job}")).status_code == 204
    assert (await http.post(JOBS, json=SMALL, headers=once)).status_code == 410
    other = await http.post(JOBS, json=SMALL | {"count": 6}, headers=once)
    assert other.status_code == 422
    assert (await http.get(JOBS)).json()["items"] == []


async def test_two_keys_are_none(http: httpx.AsyncClient) -> None:
    """Two Idempotency-Key headers are refused: proxies differ on which of them counts."""
    headers = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    response = await http.post(JOBS, json=SMALL, headers=headers)
    assert (response.status_code, fields(response)) == (400, ["Idempotency-Key"])


@pytest.mark.parametrize(
    "settings", [{"tenant_jobs_max": 1, "tenant_backlog_patients_max": 1_000, "page_items_max": 1}]
)
async def test_one_tenants_backlog_is_its_own_matter(
    http: httpx.AsyncClient, other_http: httpx.AsyncClient
) -> None:
    """A tenant with all the jobs that it may have gets 429 and the reason; another is served."""
    assert (await http.post(JOBS, json=SMALL)).status_code == 202
    refused = await http.post(JOBS, json=SMALL)
    assert (refused.status_code, "1 jobs" in refused.json()["detail"]) == (429, True)
    assert int(refused.headers["Retry-After"]) >= 1
    assert (await other_http.post(JOBS, json=SMALL)).status_code == 202


@pytest.mark.parametrize("settings", [{"backlog_patients_max": 30, "job_patients_max": 30}])
async def test_a_full_backlog_is_told_with_a_time(http: httpx.AsyncClient) -> None:
    """Above the backlog's limit a submission is answered with 503 and Retry-After."""
    assert (await http.post(JOBS, json=SMALL)).status_code == 202
    response = await http.post(JOBS, json=SMALL)
    assert response.status_code == 503
    assert not any(character.isdigit() for character in response.json()["detail"])
    assert int(response.headers["Retry-After"]) >= 1


async def test_without_the_database_nothing_is_accepted(
    http: httpx.AsyncClient, database: Database
) -> None:
    """With the pool closed the answer is 503 and Retry-After, not 500."""
    await database.close()
    response = await http.post(JOBS, json=SMALL)
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) >= 1


async def test_a_key_is_needed(url: str) -> None:
    """Without a valid key the answer is 401 and says how to authenticate."""
    offered: tuple[dict[str, str], ...] = (
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic eDp5"},
        {"Authorization": "Bearer nonsense"},
        {"X-API-Key": "lzt_a_b"},
        {"X-API-Key": "lzt__"},
    )
    async with httpx.AsyncClient(base_url=url) as client:
        answers = [await client.post(JOBS, json=SMALL, headers=headers) for headers in offered]
    assert {answer.status_code for answer in answers} == {401}
    assert all(answer.headers["WWW-Authenticate"].startswith("Bearer") for answer in answers)


async def test_a_wrong_secret_or_a_revoked_key_is_no_key(
    url: str, key: NewKey, database: Database
) -> None:
    """A known key id with another secret is refused, and so is a key once revoked; `X-API-Key` is
    as good as `Authorization`.
    """
    async with httpx.AsyncClient(base_url=url) as client:
        wrong = await client.get(
            JOBS, headers={"X-API-Key": key.api_key[:-1] + ("0" if key.api_key[-1] != "0" else "1")}
        )
        right = await client.get(JOBS, headers={"X-API-Key": key.api_key})
        async with database.connection() as connection:
            await connection.execute("UPDATE api_keys SET revoked_at = now()")
        revoked = await client.get(JOBS, headers={"X-API-Key": key.api_key})
    assert (wrong.status_code, right.status_code, revoked.status_code) == (401, 200, 401)
