"""The broker and the database killed, wiped or away: the work waits, and then all of it is done."""

import asyncio
import os
import shutil
import signal

import pytest

from deploy.local.process_record import running_pid
from tests.e2e.deployment import STEADY_ONCE_CLAIMED, Deployment, eventually
from tests.e2e.invariants import assert_complete

COUNT = 30_000
SERVICES = ("scheduler", "generator", "writer", "gateway")
pytestmark = pytest.mark.timeout(300)


def _kill(pid_file: os.PathLike[str]) -> None:
    pid = running_pid(pid_file)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


async def test_broker_killed_in_mid_job(
    own_deployment: Deployment, undisturbed_digest: bytes
) -> None:
    """Messages come again after the broker's return; what was done twice counts once."""
    await own_deployment.start(*SERVICES)
    job_id = await own_deployment.submit(COUNT)
    await own_deployment.reach(job_id, "generating")
    broker = own_deployment.servers.rabbitmq
    _kill(broker.pid_file)
    broker.start()
    await own_deployment.finished(job_id, 120)
    assert await assert_complete(own_deployment, job_id) == undisturbed_digest


async def test_broker_loses_all_its_data(
    own_deployment: Deployment, undisturbed_digest: bytes
) -> None:
    """PostgreSQL knows what has no result, and it is dispatched again: here batches that wait in a
    queue for a generator.
    """
    await own_deployment.start("scheduler", "writer", "gateway", **STEADY_ONCE_CLAIMED)
    await own_deployment.start("generator", **STEADY_ONCE_CLAIMED)
    await own_deployment.services["generator"].kill()
    job_id = await own_deployment.submit(COUNT)
    await own_deployment.reach(job_id, "dispatched")
    broker = own_deployment.servers.rabbitmq
    _kill(broker.pid_file)
    shutil.rmtree(broker.folder / "data")
    broker.start()
    await own_deployment.start("generator", **STEADY_ONCE_CLAIMED)
    await own_deployment.finished(job_id, 120)
    assert await assert_complete(own_deployment, job_id) == undisturbed_digest
    dispatches = await own_deployment.rows(
        "SELECT dispatch_no, failures FROM batches WHERE job_id = $1", job_id
    )
    assert max(row["dispatch_no"] for row in dispatches) > 1
    assert all(row["failures"] == 0 for row in dispatches)


async def test_broker_short_of_memory_holds_the_work(
    own_deployment: Deployment, undisturbed_digest: bytes
) -> None:
    """A job is accepted and waits, the scheduler says that it is degraded; with memory again all is
    done, and nothing counts as failed.
    """
    broker = own_deployment.servers.rabbitmq
    await own_deployment.start(*SERVICES, **STEADY_ONCE_CLAIMED)
    await asyncio.to_thread(broker.limit_memory, "1MB")
    job_id = await own_deployment.submit(COUNT)

    async def degraded() -> bool:
        return bool((await own_deployment.services["scheduler"].health())["status"] == "degraded")

    await eventually(degraded)
    assert await own_deployment.value("SELECT count(*) FROM patients") == 0
    await asyncio.to_thread(broker.limit_memory, "0.4")
    await own_deployment.finished(job_id, 120)
    assert await assert_complete(own_deployment, job_id) == undisturbed_digest
    assert (
        await own_deployment.value("SELECT sum(failures) FROM batches WHERE job_id = $1", job_id)
        == 0
    )


async def test_broker_away_at_submission(
    own_deployment: Deployment, undisturbed_digest: bytes
) -> None:
    """A job is accepted, health says degraded, and the job runs when the broker is there."""
    own_deployment.servers.rabbitmq.stop()
    await own_deployment.start("gateway")
    job_id = await own_deployment.submit(COUNT)
    health = await own_deployment.http("GET", "/health/ready")
    assert health.status_code == 200
    assert health.json()["status"] == "degraded"
    own_deployment.servers.rabbitmq.start()
    await own_deployment.start("scheduler", "generator", "writer")
    await own_deployment.finished(job_id)
    assert await assert_complete(own_deployment, job_id) == undisturbed_digest


async def test_database_killed_with_the_write_queue_full(
    own_deployment: Deployment, undisturbed_digest: bytes
) -> None:
    """The writers hold their parts until PostgreSQL is back: nothing is dead-lettered, no failure
    is counted.
    """
    await own_deployment.start("scheduler", "generator", "gateway")
    job_id = await own_deployment.submit(COUNT)
    await own_deployment.reach(job_id, "generated")
    await own_deployment.start("writer")
    database = own_deployment.servers.postgres
    _kill(database.pid_file)
    database.start()
    database.wait_ready()
    await own_deployment.finished(job_id, 120)
    assert await assert_complete(own_deployment, job_id) == undisturbed_digest
    assert await own_deployment.parked() == 0


async def test_a_part_that_the_database_refuses_ends_its_batch(deployment: Deployment) -> None:
    """It is tried up to the limit of deliveries, counted as a failure and parked; the job fails and
    says why, instead of going round.
    """
    await deployment.start(*SERVICES, failures_max="1")
    await deployment.rows("ALTER TABLE patients ADD CONSTRAINT impossible CHECK (ordinal < 0)")
    job_id = await deployment.submit(1_000)
    job = await deployment.finished(job_id)
    assert (job["state"], job["batches"]["dead"]) == ("failed", 1)
    assert "could not be stored" in job["error"]
    assert await deployment.parked() == 1


async def test_database_away_makes_the_gateway_unready(own_deployment: Deployment) -> None:
    """Without PostgreSQL nothing is accepted: 503 with Retry-After, and readiness says so until it
    is back.
    """
    await own_deployment.start("gateway")
    database = own_deployment.servers.postgres
    database.stop()
    answer = await own_deployment.http(
        "POST", "/api/v1/jobs", json={"preset": "teaching-20", "count": 20}
    )
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) >= 1

    async def unready() -> bool:
        return (await own_deployment.http("GET", "/health/ready")).status_code == 503

    await eventually(unready)
    database.start()
    await own_deployment.services["gateway"].ready()
