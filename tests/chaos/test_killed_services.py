"""kill -9 in the middle of a job: nothing is lost, nothing doubled, and the output is what an
undisturbed run gives.
"""

import pytest

from tests.e2e.deployment import STEADY, Deployment
from tests.e2e.invariants import assert_complete

COUNT = 30_000
ONE_LONG_BATCH = str(COUNT)  # so that it is still in generation when the test strikes
BLOWS_MAX = 5
SERVICES = ("scheduler", "generator", "writer", "gateway")


async def _dispatches(deployment: Deployment, job_id: str) -> int:
    return int(
        await deployment.value("SELECT sum(dispatch_no) FROM batches WHERE job_id = $1", job_id)
    )


async def _batches(deployment: Deployment, job_id: str) -> int:
    return int(await deployment.value("SELECT count(*) FROM batches WHERE job_id = $1", job_id))


async def test_generator_killed_while_it_generates(
    deployment: Deployment, undisturbed_digest: bytes
) -> None:
    """Its batch comes again: the broker delivers it anew, or its lease runs out first. If a blow
    comes late, another job is struck.
    """
    await deployment.start(*SERVICES, batch_patients=ONE_LONG_BATCH)
    for _ in range(BLOWS_MAX):
        job_id = await deployment.submit(COUNT)
        await deployment.reach(job_id, "generating")
        await deployment.services["generator"].kill()
        await deployment.restart("generator")
        await deployment.finished(job_id)
        assert await assert_complete(deployment, job_id) == undisturbed_digest
        redelivered = deployment.services["generator"].metric(
            "lazaret_messaging_redelivered_messages_total"
        )
        if redelivered > 0 or await _dispatches(deployment, job_id) > await _batches(
            deployment, job_id
        ):
            return
    pytest.fail(f"none of {BLOWS_MAX} blows came while the generator was at work")


async def test_writer_killed_with_parts_in_flight(
    deployment: Deployment, undisturbed_digest: bytes
) -> None:
    """What it had begun to store is undone, and comes again."""
    await deployment.start(*SERVICES)
    job_id = await deployment.submit(COUNT)
    async with deployment.storing():
        await deployment.services["writer"].kill()
    await deployment.restart("writer")
    await deployment.finished(job_id)
    assert await assert_complete(deployment, job_id) == undisturbed_digest
    assert deployment.services["writer"].metric("lazaret_messaging_redelivered_messages_total") > 0


async def test_writer_drains_what_it_has_begun(
    deployment: Deployment, undisturbed_digest: bytes
) -> None:
    """SIGTERM in the middle of storing: it ends by itself, what it has begun is stored, and the
    next one stores the rest.
    """
    await deployment.start(*SERVICES, **STEADY)
    job_id = await deployment.submit(COUNT)
    async with deployment.storing():
        deployment.services["writer"].process.terminate()
    assert await deployment.services["writer"].ended() == 0
    stored = await deployment.value("SELECT count(*) FROM patients WHERE job_id = $1", job_id)
    assert 0 < stored < COUNT
    await deployment.restart("writer")
    await deployment.finished(job_id)
    assert await assert_complete(deployment, job_id) == undisturbed_digest
    parts = {
        ending: deployment.services["writer"].metric("lazaret_parts_total", ending=ending)
        for ending in ("repeated", "stored")
    }
    assert parts["repeated"] == 0 < parts["stored"]


async def test_scheduler_killed_while_batches_are_out(
    deployment: Deployment, undisturbed_digest: bytes
) -> None:
    """The next one goes on where PostgreSQL says that it was: some batches out, the others not."""
    await deployment.start(*SERVICES)
    await deployment.services["generator"].kill()
    job_id = await deployment.submit(COUNT)
    await deployment.reach(job_id, "dispatched")
    await deployment.services["scheduler"].kill()
    pending = await deployment.value(
        "SELECT count(*) FROM batches WHERE job_id = $1 AND state = 'pending'", job_id
    )
    assert 0 < pending < await _batches(deployment, job_id)
    await deployment.restart("scheduler")
    await deployment.restart("generator")
    await deployment.finished(job_id)
    assert await assert_complete(deployment, job_id) == undisturbed_digest


async def test_frozen_generator_writes_nothing_when_it_wakes(
    deployment: Deployment, undisturbed_digest: bytes
) -> None:
    """A zombie whose leases were given to others is fenced off."""
    await deployment.start(*SERVICES, batch_patients=ONE_LONG_BATCH)
    job_id = await deployment.submit(COUNT)
    await deployment.reach(job_id, "generating")
    zombie = deployment.services["generator"]
    zombie.freeze()
    await deployment.restart("generator")
    await deployment.finished(job_id)
    zombie.thaw()
    assert await assert_complete(deployment, job_id) == undisturbed_digest
    assert await zombie.terminate() == 0
    assert await assert_complete(deployment, job_id) == undisturbed_digest


@pytest.mark.timeout(600)
async def test_twenty_drains_in_a_row_fail_nothing(
    deployment: Deployment, undisturbed_digest: bytes
) -> None:
    """SIGTERM hands work back or finishes it: no failure is counted, nothing waits for a lease to
    run out.
    """
    await deployment.start(*SERVICES, slots="1", **STEADY)
    job_id = await deployment.submit(COUNT)
    for _ in range(20):
        assert await deployment.services["generator"].terminate() == 0
        await deployment.restart("generator")
        await deployment.services["generator"].ready()
    await deployment.finished(job_id)
    assert await assert_complete(deployment, job_id) == undisturbed_digest
    assert (
        await deployment.value("SELECT sum(failures) FROM batches WHERE job_id = $1", job_id) == 0
    )
