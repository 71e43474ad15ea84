"""The validity report over HTTP."""

from typing import Any
from uuid import UUID

import httpx
import numpy as np
import pytest

from shared.db.pool import Database
from shared.jobs.read import get_job
from shared.jobs.validity import has_unreported, report_validity
from tests.integration.gateway.stored_job import PATIENTS, SEED, fail, store, submit
from tests.integration.gateway.test_jobs import NOBODYS

pytestmark = pytest.mark.parametrize("settings", [{"part_patients": 10}], ids=["small parts"])


async def _report(http: httpx.AsyncClient, job: dict[str, Any]) -> dict[str, Any]:
    answer = await http.get(f"/api/v1/jobs/{job['id']}/validity")
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def test_an_ended_job_has_a_report(http: httpx.AsyncClient, database: Database) -> None:
    """It counts what is stored, holds every check, and says what the model rests on."""
    job = await submit(http)
    patients = await store(database, job)
    report = await _report(http, job)
    assert (report["patients"], report["seed"], report["consistent"]) == (PATIENTS, SEED, True)
    assert len(report["digest"]) == len(report["scenario_digest"]) == 64
    for counts in report["counts"].values():
        assert sum(counts.values()) == PATIENTS
    killed = int((patients.flat["outcome"] == 1).sum())
    assert report["counts"]["outcome"].get("kia", 0) == killed
    survivors = next(each for each in report["distributions"] if each["name"] == "iss_of_survivors")
    hurt = ~np.isin(patients.flat["outcome"], (1, 2, 6)) & (patients.flat["category"] != 3)
    assert survivors["patients"] == hurt.sum()
    assert survivors["median"] == np.percentile(
        patients.flat["iss"][hurt], 50, method="inverted_cdf"
    )
    assert len(report["checks"]) == 15
    assert {each["checked"] for each in report["checks"]} == {PATIENTS, 10}
    assert 0 < report["parameters"]["assumption_share"] < 1


async def test_a_report_is_made_once_and_kept(http: httpx.AsyncClient, database: Database) -> None:
    """A second reader gets the stored document, also when what lies under it is gone."""
    job = await submit(http)
    await store(database, job)
    first = await _report(http, job)
    async with database.transaction() as connection:
        assert not await has_unreported(connection)
        await connection.execute("DELETE FROM patients")
    assert await _report(http, job) == first


async def test_a_contradiction_is_named(http: httpx.AsyncClient, database: Database) -> None:
    """A patient killed in action who reached a facility, and a body that cannot be read, break the
    report's checks.
    """
    job = await submit(http)
    await store(database, job)
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE patients SET outcome = 1, role_last = 2, category = 1 WHERE ordinal = 3"
        )
        await connection.execute(
            "UPDATE patient_parts SET body = 'nothing' WHERE first_ordinal = 0"
        )
    report = await _report(http, job)
    broken = {
        each["statement"]: each["violations"] for each in report["checks"] if not each["holds"]
    }
    assert broken == {
        "who was killed in action reached no facility": 1,
        "stored records can be read": 1,
    }
    assert report["consistent"] is False


async def test_a_job_that_has_not_ended_has_none(
    http: httpx.AsyncClient, database: Database
) -> None:
    """409 while more may come, 404 for what is no job."""
    job = await submit(http)
    await store(database, job, parts=1)
    answer = await http.get(f"/api/v1/jobs/{job['id']}/validity")
    assert answer.status_code == 409
    assert "the job is running" in answer.json()["detail"]
    assert (await http.get(f"/api/v1/jobs/{NOBODYS}/validity")).status_code == 404


async def test_another_tenant_reads_no_report(
    http: httpx.AsyncClient, other_http: httpx.AsyncClient, database: Database
) -> None:
    """The job is not there for them."""
    job = await submit(http)
    await store(database, job)
    assert (await other_http.get(f"/api/v1/jobs/{job['id']}/validity")).status_code == 404


async def test_a_cancelled_job_is_reported_as_far_as_it_came(
    http: httpx.AsyncClient, database: Database
) -> None:
    """The stored parts alone; no digest."""
    job = await submit(http)
    await store(database, job, parts=2)
    await http.post(f"/api/v1/jobs/{job['id']}/cancel")
    report = await _report(http, job)
    assert (report["patients"], report["digest"], report["consistent"]) == (20, None, True)


async def test_an_empty_job_is_reported_too(http: httpx.AsyncClient) -> None:
    """Nothing stored: no patients, no distributions, nothing to contradict."""
    job = await submit(http)
    await http.post(f"/api/v1/jobs/{job['id']}/cancel")
    report = await _report(http, job)
    assert (
        report["patients"],
        report["distributions"],
        report["comparisons"],
        report["consistent"],
    ) == (0, [], [], True)


async def test_a_redriven_job_loses_its_report(http: httpx.AsyncClient, database: Database) -> None:
    """What was true of the failed job is not true of the one that runs on; a report that comes too
    late is not kept.
    """
    job = await submit(http)
    await fail(database, job)
    assert (await _report(http, job))["patients"] == 0
    async with database.connection() as connection:
        tenant_id = await connection.fetchval(
            "SELECT tenant_id FROM jobs WHERE job_id = $1", UUID(job["id"])
        )
        failed = await get_job(connection, tenant_id, UUID(job["id"]))
    await http.post(f"/api/v1/jobs/{job['id']}/redrive")
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM validity_reports") == 0
        await report_validity(connection, failed)
        assert await connection.fetchval("SELECT count(*) FROM validity_reports") == 0


async def test_a_deleted_job_leaves_no_report(http: httpx.AsyncClient, database: Database) -> None:
    """The report goes with the job."""
    job = await submit(http)
    await store(database, job)
    await _report(http, job)
    assert (await http.delete(f"/api/v1/jobs/{job['id']}")).status_code == 204
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM validity_reports") == 0
