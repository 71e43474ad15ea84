"""Jobs over HTTP: reading, listing, acting, deleting, and what another tenant sees."""

from datetime import timedelta
from typing import Any

import httpx

from services.gateway.context import Gateway
from shared.db.pool import Database
from tests.integration.gateway.stored_job import fail

JOBS = "/api/v1/jobs"
ACTIONS = ("cancel", "pause", "resume", "redrive")
NOBODYS = "01890a5d-ac96-774b-bcce-b302099a8057"


async def submit(http: httpx.AsyncClient, **change: Any) -> dict[str, Any]:
    response = await http.post(JOBS, json={"preset": "teaching-20", "count": 20} | change)
    job: dict[str, Any] = response.json()
    return job


async def test_an_unknown_job_is_not_found(http: httpx.AsyncClient) -> None:
    """Neither an id of no job nor a text that is no id names anything."""
    for job_id in (
        NOBODYS,
        "nonsense",
        NOBODYS.replace("-", ""),
        f"urn:uuid:{NOBODYS}",
        "{" + NOBODYS + "}",
        "%00",
        "..%2f",
    ):
        for rest in ("", "/scenario", "/summary", "/patients", "/patients/0", "/sectors/0"):
            response = await http.get(f"{JOBS}/{job_id}{rest}")
            assert (response.status_code, response.json()["status"]) == (404, 404), (
                f"{job_id}{rest}"
            )


async def test_another_tenants_job_is_not_found(
    http: httpx.AsyncClient, other_http: httpx.AsyncClient
) -> None:
    """Whatever is asked of another tenant's job, the answer is the same as for no job; an admin's
    key is no exception.
    """
    job = await submit(http)
    answers = [
        await other_http.get(f"{JOBS}/{job['id']}{rest}")
        for rest in ("", "/scenario", "/summary", "/patients", "/sectors/0")
    ]
    answers += [await other_http.post(f"{JOBS}/{job['id']}/{action}") for action in ACTIONS]
    answers.append(await other_http.delete(f"{JOBS}/{job['id']}"))
    assert {answer.status_code for answer in answers} == {404}
    assert (await other_http.get(JOBS)).json() == {"items": [], "next": None}
    assert (await http.get(f"{JOBS}/{job['id']}")).json()["state"] == "queued"


async def test_pages_hold_every_job_once(http: httpx.AsyncClient) -> None:
    """Following `next` from page to page gives all jobs, newest first."""
    made = [(await submit(http))["id"] for _ in range(5)]
    seen: list[str] = []
    after: str | None = None
    while True:
        page = (
            await http.get(JOBS, params={"limit": 2} | ({"after": after} if after else {}))
        ).json()
        seen += [job["id"] for job in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == made[::-1]


async def test_lists_by_state_and_priority(http: httpx.AsyncClient) -> None:
    """Filters hold together."""
    high = await submit(http, priority="high")
    cancelled = await submit(http, priority="high")
    await submit(http, priority="low")
    await http.post(f"{JOBS}/{cancelled['id']}/cancel")

    async def listed(**filters: str) -> list[str]:
        return [job["id"] for job in (await http.get(JOBS, params=filters)).json()["items"]]

    assert await listed(priority="high") == [cancelled["id"], high["id"]]
    assert await listed(priority="high", state="cancelled") == [cancelled["id"]]
    assert await listed(state="succeeded") == []


async def test_lists_by_time(http: httpx.AsyncClient, gateway: Gateway) -> None:
    """A range of time that begins after a job leaves it out; offsets other than UTC are
    understood.
    """
    await submit(http)
    hour = timedelta(hours=1)
    before, after = ((gateway.clock.now() + shift).isoformat() for shift in (-hour, hour))

    async def count(**filters: str) -> int:
        return len((await http.get(JOBS, params=filters)).json()["items"])

    assert await count(created_from=before, created_to=after) == 1
    assert await count(created_from=after) == 0
    assert await count(created_to=before) == 0
    assert await count(created_from="2020-01-01T00:00:00+02:00") == 1


BAD_QUERIES = {
    "limit=0": "limit",
    "limit=1001": "limit",
    "limit=ten": "limit",
    "state=done": "state",
    "priority=urgent": "priority",
    "created_from=yesterday": "created_from",
    "created_from=2026-01-01T00:00:00": "created_from",
    "created_from=0001-01-01T00:00:00%2B14:00": "created_from",
    "created_to=9999-12-31T23:59:59Z": "created_to",
    "after=1": "after",
    "stat=queued": "stat",
    "state=queued&state=running": "state",
}


async def test_refuses_a_bad_query(http: httpx.AsyncClient) -> None:
    """A wrong, unknown or repeated parameter is answered with 400 and its name."""
    answers = {query: await http.get(f"{JOBS}?{query}") for query in BAD_QUERIES}
    assert {answer.status_code for answer in answers.values()} == {400}
    assert {
        query: answer.json()["errors"][0]["field"] for query, answer in answers.items()
    } == BAD_QUERIES


async def test_what_takes_no_query_refuses_one(http: httpx.AsyncClient) -> None:
    """A parameter that would have no effect is named, on every kind of operation, and nothing is
    done.
    """
    job = await submit(http)
    address = f"{JOBS}/{job['id']}"
    answers = [
        await http.get(f"{path}?limit=1")
        for path in (address, f"{address}/scenario", "/api/v1/presets", "/api/v1/schemas/scenario")
    ]
    answers += [
        await http.post(f"{JOBS}?limit=1", json={"preset": "teaching-20", "count": 1}),
        await http.post(f"{address}/cancel?limit=1"),
    ]
    assert [(each.status_code, each.json()["errors"][0]["field"]) for each in answers] == [
        (400, "limit")
    ] * 6
    assert (await http.get(JOBS)).json()["items"] == [job]


async def test_pause_resume_cancel(http: httpx.AsyncClient) -> None:
    """Each action answers with the job in its new state."""
    address = f"{JOBS}/{(await submit(http))['id']}"
    states = [
        (await http.post(f"{address}/{action}")).json()["state"]
        for action in ("pause", "resume", "cancel")
    ]
    assert states == ["paused", "running", "cancelled"]
    assert (await http.get(address)).json()["finished_at"] is not None


async def test_what_the_state_forbids_is_a_conflict(http: httpx.AsyncClient) -> None:
    """Resuming, redriving and deleting a queued job, and pausing a cancelled one, are answered with
    409 and the state; cancelling again changes nothing.
    """
    address = f"{JOBS}/{(await submit(http))['id']}"
    answers = [
        await http.post(f"{address}/resume"),
        await http.post(f"{address}/redrive"),
        await http.delete(address),
    ]
    first, again = [await http.post(f"{address}/cancel") for _ in range(2)]
    assert (again.status_code, again.json()) == (200, first.json())
    answers.append(await http.post(f"{address}/pause"))
    assert [answer.status_code for answer in answers] == [409] * 4
    assert "queued" in answers[0].json()["detail"]
    assert "cancelled" in answers[3].json()["detail"]


async def test_a_failed_job_shows_why_and_can_be_redriven(
    http: httpx.AsyncClient, database: Database
) -> None:
    """The reason is shown until the redrive."""
    job = await submit(http)
    await fail(database, job)
    failed = (await http.get(f"{JOBS}/{job['id']}")).json()
    redriven = (await http.post(f"{JOBS}/{job['id']}/redrive")).json()
    assert (failed["state"], failed["error"]) == ("failed", "boom")
    assert (redriven["state"], redriven["error"], redriven["batches"]["dead"]) == (
        "running",
        None,
        0,
    )


async def test_deletes_a_job_that_has_ended(http: httpx.AsyncClient, database: Database) -> None:
    """A deleted job is gone at once, and its idempotency key is free again."""
    job = await submit(http)
    await fail(database, job)
    deleted = await http.delete(f"{JOBS}/{job['id']}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert (await http.get(f"{JOBS}/{job['id']}")).status_code == 404
    assert (await http.delete(f"{JOBS}/{job['id']}")).status_code == 404


async def test_the_rate_counts_from_start_to_end(
    http: httpx.AsyncClient, database: Database
) -> None:
    """Ten stored patients in four seconds are 2.5 a second; before the start there is no rate."""
    job = await submit(http)
    assert job["patients_per_second"] is None
    await fail(database, job)
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE jobs SET started_at = created_at, finished_at = created_at + interval "
            "'4 seconds', "
            "first_readable_at = created_at, patients_persisted = 10"
        )
    assert (await http.get(f"{JOBS}/{job['id']}")).json()["patients_per_second"] == 2.5
