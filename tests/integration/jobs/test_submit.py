import asyncio
import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from shared.db.pool import Database
from shared.errors import TooManyRequests, Unavailable
from shared.jobs.job_id import new_job_id
from shared.jobs.states import JobState
from shared.jobs.submit import IdempotencyKey, IdempotencyMismatch, prune_idempotency_keys
from tests.integration.jobs.world import ROOM, World


def key(name: str = "order 66", request: str = "a request") -> IdempotencyKey:
    """A client's key for a request."""
    return IdempotencyKey(name, hashlib.sha256(request.encode()).digest())


async def test_a_job_is_there_with_its_batches_and_its_news(world: World) -> None:
    """One transaction writes the job, its batches, all due, and the event."""
    job_id = (await world.submit()).job_id
    job = await world.job(job_id)
    assert (job.state, job.patients_requested, job.patients_persisted) == (JobState.QUEUED, 25, 0)
    assert (job.batches_total, job.scenario, job.seed) == (3, {"days": 3}, 7)
    rows = await world.fetch(
        "SELECT first_sector, sectors, first_ordinal, patients, parts_total FROM batches "
        "ORDER BY batch_no"
    )
    assert rows == [(0, 2, 0, 10, 1), (2, 2, 10, 10, 1), (4, 1, 20, 5, 1)]
    assert await world.moves(job_id) == ["queued"]


async def test_the_same_key_and_request_give_the_same_job(world: World) -> None:
    """A repeated submission finds the first one's job, whatever id it brought."""
    first = await world.submit(idempotency=key())
    again = await world.submit(idempotency=key())
    assert (again.job_id, first.replayed, again.replayed) == (first.job_id, False, True)
    assert await world.value("SELECT count(*) FROM jobs") == 1


async def test_the_same_key_for_another_request_is_refused(world: World) -> None:
    """A key stands for one request."""
    await world.submit(idempotency=key())
    with pytest.raises(IdempotencyMismatch):
        await world.submit(idempotency=key(request="another request"))


async def test_tenants_do_not_share_keys(world: World) -> None:
    """Two tenants may choose the same key."""
    other = uuid4()
    await world.add_tenant(other)
    first = await world.submit(idempotency=key())
    assert not (
        await world.submit(idempotency=key(request="another request"), tenant_id=other)
    ).replayed
    assert (await world.submit(idempotency=key())).job_id == first.job_id


async def test_twenty_submissions_at_once_make_one_job(world: World) -> None:
    """Submissions under one key at the same moment wait for each other: one makes the job, the
    others find it.
    """
    answers = await asyncio.gather(*(world.submit(idempotency=key()) for _ in range(20)))
    assert len({answer.job_id for answer in answers}) == 1
    assert sorted(answer.replayed for answer in answers) == [False] + [True] * 19
    assert await world.value("SELECT count(*) FROM jobs") == 1


async def test_a_key_can_be_used_again_after_its_submission_failed(world: World) -> None:
    """A key whose transaction was rolled back stands for nothing."""
    with pytest.raises(Unavailable):
        await world.submit(replace(ROOM, backlog_patients_max=24), idempotency=key())
    assert not (await world.submit(idempotency=key(request="another request"))).replayed


async def test_a_full_backlog_refuses_new_jobs_and_answers_old_keys(world: World) -> None:
    """Above the limit a submission is told to come back; a repeated one still gets its answer."""
    first = await world.submit(replace(ROOM, backlog_patients_max=40), idempotency=key())
    with pytest.raises(Unavailable, match="no room for so many patients now") as refused:
        await world.submit(replace(ROOM, backlog_patients_max=40))
    assert refused.value.retry_after_s > 0
    again = await world.submit(replace(ROOM, backlog_patients_max=40), idempotency=key())
    assert again.job_id == first.job_id


async def test_a_tenant_has_a_share_of_what_waits(world: World) -> None:
    """Its jobs and patients that have not ended are counted, and so is what it has stored; another
    tenant is not refused for them.
    """
    await world.run((await world.submit()).job_id)
    await world.submit()
    for limits, reason in (
        (replace(ROOM, tenant_jobs_max=1), "you have 1 jobs"),
        (replace(ROOM, tenant_backlog_patients_max=49), "25 of your patients wait"),
        (replace(ROOM, tenant_stored_bytes_max=10), "your jobs hold [0-9]+ bytes"),
    ):
        with pytest.raises(TooManyRequests, match=reason):
            await world.submit(limits)
        await world.add_tenant(other := uuid4())
        assert not (await world.submit(limits, tenant_id=other)).replayed


async def test_stored_patients_leave_the_backlog(world: World) -> None:
    """What is stored makes room."""
    await world.run((await world.submit()).job_id)
    assert not (await world.submit(replace(ROOM, backlog_patients_max=25))).replayed


async def test_a_month_without_partition_is_refused(world: World) -> None:
    """A job whose rows would have no place is refused before anything is written."""
    with pytest.raises(Unavailable, match="not prepared for this month"):
        await world.submit(job_id=new_job_id(datetime(2091, 5, 1, tzinfo=UTC)))
    assert await world.fetch("SELECT * FROM jobs") == []


async def test_old_keys_are_forgotten(world: World, database: Database) -> None:
    """Keys are kept for their time and not longer."""
    await world.submit(idempotency=key("old"))
    await world.execute("UPDATE idempotency_keys SET created_at = now() - interval '2 days'")
    await world.submit(idempotency=key("new"))
    async with database.connection() as connection:
        assert await prune_idempotency_keys(connection, 86400.0, keys_max=10) == 1
    assert await world.fetch("SELECT key FROM idempotency_keys") == [("new",)]
