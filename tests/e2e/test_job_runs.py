"""A job from its submission to its patients, through all four services."""

from itertools import pairwise

from shared.scenarios.presets import load_preset
from tests.e2e.deployment import PRESET, Deployment, eventually
from tests.e2e.invariants import assert_complete

COUNT = 20_000
SERVICES = ("scheduler", "generator", "writer", "gateway")


async def test_patients_are_stored_and_readable(deployment: Deployment) -> None:
    """A job runs to its end; its progress only grows; its first and last patient can be read."""
    await deployment.start(*SERVICES)
    job_id = await deployment.submit(COUNT)
    seen = []

    async def ended() -> bool:
        job = await deployment.job(job_id)
        seen.append(job["patients"]["persisted"])
        return job["state"] == "succeeded"

    await eventually(ended)
    assert all(before <= after for before, after in pairwise(seen))
    await assert_complete(deployment, job_id)
    for ordinal in (0, COUNT - 1):
        answer = await deployment.http("GET", f"/api/v1/jobs/{job_id}/patients/{ordinal}")
        assert answer.status_code == 200
        assert answer.json()["ordinal"] == ordinal
    assert (
        await deployment.http("GET", f"/api/v1/jobs/{job_id}/patients/{COUNT}")
    ).status_code == 404


async def test_same_seed_gives_the_same_digest_however_it_is_run(
    deployment: Deployment, undisturbed_digest: bytes
) -> None:
    """Batch size and the number of workers decide nothing."""
    await deployment.start("scheduler", "writer")
    for batch_patients, slots in ((3_000, 1), (10_000, 4)):
        await deployment.start("gateway", batch_patients=str(batch_patients))
        await deployment.start("generator", slots=str(slots))
        job_id = await deployment.submit(30_000)
        await deployment.finished(job_id)
        assert await assert_complete(deployment, job_id) == undisturbed_digest
        assert await deployment.services["generator"].terminate() == 0
        assert await deployment.services["gateway"].terminate() == 0


async def test_sector_of_fifty_thousand_arrives_in_parts(deployment: Deployment) -> None:
    """One sector is simulated whole, stored in five parts, and read as one job."""
    await deployment.start(*SERVICES)
    scenario = {**load_preset(PRESET).model_dump(mode="json"), "sector_patients": 50_000}
    answer = await deployment.http(
        "POST", "/api/v1/jobs", json={"scenario": scenario, "count": 50_000, "seed": 3}
    )
    job_id = answer.json()["id"]
    await deployment.finished(job_id)
    await assert_complete(deployment, job_id)
    assert (
        await deployment.value("SELECT count(*) FROM patient_parts WHERE job_id = $1", job_id) == 5
    )
    sector = await deployment.http("GET", f"/api/v1/jobs/{job_id}/sectors/0")
    assert sector.json()["patients"] == 50_000


async def test_cancel_stops_the_work(deployment: Deployment) -> None:
    """From the answer on nothing more of the job is stored, and other work goes on."""
    await deployment.start(*SERVICES)
    job_id = await deployment.submit(1_000_000)
    await deployment.reach(job_id, "done")
    answer = await deployment.http("POST", f"/api/v1/jobs/{job_id}/cancel")
    assert answer.status_code == 200
    stored = await deployment.value("SELECT count(*) FROM patients WHERE job_id = $1", job_id)
    assert 0 < stored < 1_000_000
    await deployment.finished(await deployment.submit(1_000))
    assert (
        await deployment.value("SELECT count(*) FROM patients WHERE job_id = $1", job_id) == stored
    )
    assert (await deployment.job(job_id))["patients"]["persisted"] == stored
