"""Each duty, on a real database and a real broker."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from random import Random

import pytest
from aio_pika import connect
from aio_pika.abc import AbstractChannel

from services.scheduler.config import SchedulerConfig
from services.scheduler.continuity import Continuity
from services.scheduler.duties import (
    all_duties,
    dispatch_batches,
    expire_leases,
    make_partitions,
    measure_backlog,
    prune,
    purge_jobs,
    relay_outbox,
    report_validity,
    retire_jobs,
)
from services.scheduler.duty import Context, Duty, lead
from services.scheduler.loop import DutyLoop
from shared.broker.publish import Publisher
from shared.broker.topology import EVENTS_EXCHANGE, generate_queue
from shared.clock import SystemClock
from shared.db.pool import Database
from shared.errors import Unavailable
from shared.jobs.actions import cancel, pause, purge
from shared.jobs.dispatch import DispatchLimits, may_dispatch
from shared.jobs.states import BatchState, JobState, Priority
from shared.messages import codec
from shared.messages.job_state_changed import JobStateChanged
from shared.scenarios import load_preset
from shared.scenarios.scenario import canonical_json
from shared.telemetry import names
from tests.integration.jobs.world import ENGINE, WIDE, World

NOWHERE = "amqp://guest:guest@127.0.0.1:1/none"


def config_for(database_url: str, broker_url: str) -> SchedulerConfig:
    """A scheduler's settings, all others at their defaults."""
    return SchedulerConfig.load(
        {"LAZARET_DATABASE_URL": database_url, "LAZARET_BROKER_URL": broker_url}
    )


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    """One tenant and one live generator."""
    async with AsyncExitStack() as stack:
        config = config_for(f"{database_url}?synchronous_commit=off", NOWHERE)
        made = World(await Database.open(config, "test"))
        stack.push_async_callback(made.database.close)
        await made.begin()
        yield made


@pytest.fixture
async def context(world: World, database_url: str, amqp_url: str) -> AsyncIterator[Context]:
    """What duties use, with a connected publisher."""
    config = config_for(database_url, amqp_url)
    publisher = await Publisher.open(config, "test")
    async with asyncio.timeout(30):
        while True:
            try:
                await publisher.check()
                break
            except Unavailable:
                await asyncio.sleep(0)
    yield Context(
        config, world.database, publisher, Random(1), Continuity(SystemClock(), grace_s=15.0)
    )
    await publisher.close()


@pytest.fixture
async def without_broker(world: World) -> AsyncIterator[Context]:
    """What duties use while the broker is unavailable."""
    config = config_for("postgresql://unused", NOWHERE)
    publisher = await Publisher.open(config, "test")
    yield Context(
        config, world.database, publisher, Random(1), Continuity(SystemClock(), grace_s=15.0)
    )
    await publisher.close()


@pytest.fixture
async def channel(amqp_url: str, context: Context) -> AsyncIterator[AbstractChannel]:
    """A look at the broker from outside; the topology is there."""
    async with await connect(amqp_url) as connection:
        yield await connection.channel()


async def test_due_batches_reach_their_queue(
    world: World, context: Context, channel: AbstractChannel
) -> None:
    """Each batch is one message under its lease in the queue of its priority, and the next look
    finds nothing to do.
    """
    job_id = (await world.submit(priority=Priority.HIGH)).job_id
    assert await dispatch_batches.run_once(context) == {"batches": 3}
    assert await dispatch_batches.run_once(context) == {"batches": 0}
    queue = await channel.get_queue(generate_queue("high", ENGINE).name, ensure=False)
    leases = set(await world.batches(job_id, "lease_id"))
    for _ in range(3):
        delivery = await queue.get()
        message = codec.decode(str(delivery.type), delivery.body)
        assert isinstance(message, codec.GenerateBatch)
        assert delivery.message_id == f"{job_id}/{message.batch_no}/1"
        leases.remove(message.lease_id)
        await delivery.ack()
    assert leases == set()


async def test_a_look_finds_what_a_dispatch_would(world: World) -> None:
    """Without a due batch, a generator of its engine or room in the window there is nothing to do,
    and the look says so.
    """

    async def look(limits: DispatchLimits = WIDE) -> bool:
        async with world.database.connection() as connection:
            return await may_dispatch(connection, limits)

    assert not await look()
    await world.submit()
    assert await look()
    await world.beat(engine_version="another engine")
    assert not await look()
    await world.beat()
    await world.dispatch(world.one_at_a_time)
    assert (await look(), await look(world.one_at_a_time)) == (True, False)
    await world.dispatch()
    assert not await look()


async def test_without_the_broker_nothing_is_dispatched(
    world: World, without_broker: Context
) -> None:
    """A job is accepted and waits; no dispatch is spent on a broker that is away."""
    job_id = (await world.submit()).job_id
    with pytest.raises(Unavailable):
        await dispatch_batches.run_once(without_broker)
    assert await world.batches(job_id, "dispatch_no") == [0, 0, 0]


async def test_a_batch_that_was_not_confirmed_is_due_again(
    world: World, context: Context, channel: AbstractChannel
) -> None:
    """What the broker did not take goes back at once, is not counted as a failure, and nobody is
    charged for it.
    """
    await world.submit(patients=10)
    await dispatch_batches.run_once(context)
    passes = (
        "SELECT tenant_id::text, pass FROM tenants"
        " UNION SELECT priority::text, pass FROM class_passes"
    )
    before = set(await world.fetch(passes))
    job_id = (await world.submit()).job_id
    await channel.queue_delete(generate_queue("normal", ENGINE).name)
    with pytest.raises(Unavailable):
        await dispatch_batches.run_once(context)
    assert await world.batches(job_id) == [BatchState.PENDING] * 3
    assert await world.batches(job_id, "failures") == [0, 0, 0]
    assert set(await world.fetch(passes)) == before


async def test_only_one_scheduler_dispatches(world: World, context: Context) -> None:
    """While another has the duty this one does nothing."""
    await world.submit()
    async with world.database.transaction() as other:
        assert await lead(other, dispatch_batches.NAME)
        assert await dispatch_batches.run_once(context) == {"batches": 0}
    assert await dispatch_batches.run_once(context) == {"batches": 3}


async def test_news_reach_their_topic_once(
    world: World, context: Context, channel: AbstractChannel
) -> None:
    """What a transaction left in the outbox is published under its key and its id, then removed."""
    queue = await channel.declare_queue("", exclusive=True)
    await queue.bind(EVENTS_EXCHANGE, "job.*.queued")
    job_id = (await world.submit()).job_id
    assert await relay_outbox.run_once(context) == {"messages": 1}
    assert await relay_outbox.run_once(context) == {"messages": 0}
    delivery = await queue.get(timeout=10)
    message = codec.decode(str(delivery.type), delivery.body)
    assert isinstance(message, JobStateChanged)
    assert (message.job_id, message.state, delivery.routing_key) == (
        job_id,
        JobState.QUEUED,
        f"job.{job_id}.queued",
    )
    assert str(delivery.headers["traceparent"]).split("-")[1] == "0af7651916cd43dd8448eb211c80319c"
    assert await world.value("SELECT count(*) FROM outbox") == 0


async def test_news_wait_for_the_broker(world: World, without_broker: Context) -> None:
    """Nothing is lost from the outbox while the broker is unavailable."""
    await world.submit()
    with pytest.raises(Unavailable):
        await relay_outbox.run_once(without_broker)
    assert await world.value("SELECT count(*) FROM outbox") == 1


async def test_expired_leases_are_taken_back(world: World, without_broker: Context) -> None:
    """The duty finds every job with a lease that ran out; it needs no broker."""
    await world.submit()
    await world.submit()
    for dispatched in (await world.dispatch())[:2]:
        await world.claim(dispatched)
    await world.let_leases_run_out()
    assert await expire_leases.run_once(without_broker) == {
        BatchState.DISPATCHED: 4,
        BatchState.GENERATING: 2,
    }
    assert await expire_leases.run_once(without_broker) == {}


async def test_housekeeping_does_its_work_once(world: World, without_broker: Context) -> None:
    """Partitions are there already, old keys, events and silent generators go, a deleted job's rows
    go; then there is nothing left to do.
    """
    job_id = (await world.submit()).job_id
    await world.run(job_id)
    await world.act(purge, job_id)
    await world.execute("UPDATE generators SET seen_at = now() - interval '1 day'")
    assert await make_partitions.run_once(without_broker) == {"partitions": 0}
    await world.execute("UPDATE job_events SET at = now() - interval '2 days'")
    assert await prune.run_once(without_broker) == {
        "idempotency_keys": 0,
        "job_events": 3,  # submitted, running, succeeded
        "generators": 1,
    }
    assert await purge_jobs.run_once(without_broker) == {"rows": 3 + 5 + 3}
    assert await purge_jobs.run_once(without_broker) == {"rows": 0}
    assert await purge_jobs.run_once(without_broker) == {"rows": 0}


async def test_old_jobs_are_retired_when_that_is_wanted(
    world: World, without_broker: Context
) -> None:
    """A job that ended longer ago than the setting goes with its rows; live and younger jobs stay,
    and by default all do.
    """
    old, young, live = [(await world.submit(patients=10)).job_id for _ in range(3)]
    await world.act(pause, live)
    for job_id in (old, young):
        await world.run(job_id)
    await world.execute(
        "UPDATE jobs SET finished_at = now() - interval '2 days' WHERE job_id = $1", old
    )
    await world.execute("UPDATE jobs SET created_at = now() - interval '2 days'")
    assert await retire_jobs.run_once(without_broker) == {"jobs": 0}
    config = without_broker.config.model_copy(update={"job_age_max_s": 86400.0})
    daily = replace(without_broker, config=config)
    assert await retire_jobs.run_once(daily) == {"jobs": 1}
    assert await retire_jobs.run_once(daily) == {"jobs": 0}
    assert await purge_jobs.run_once(daily) == {"rows": 1 + 2 + 1}
    assert set(await world.fetch("SELECT job_id FROM jobs")) == {(young,), (live,)}
    assert set(await world.fetch("SELECT job_id FROM batches")) == {(young,), (live,)}


async def test_ended_jobs_are_reported_on_once(world: World, context: Context) -> None:
    """A job that has ended gets its validity report, one a run; a live one gets none."""
    scenario = json.loads(canonical_json(load_preset("teaching-20")))
    first, second, live = [(await world.submit(scenario=scenario)).job_id for _ in range(3)]
    for job_id in (first, second):
        await world.act(cancel, job_id)
    await world.act(pause, live)
    assert [await report_validity.run_once(context) for _ in range(3)] == [
        {"jobs": 1},
        {"jobs": 1},
        {"jobs": 0},
    ]
    assert set(await world.fetch("SELECT job_id FROM validity_reports")) == {(first,), (second,)}


async def test_the_backlog_is_measured(world: World, without_broker: Context) -> None:
    """Operators see what waits and what is under way."""
    await world.submit()
    await world.dispatch(world.one_at_a_time)
    assert await measure_backlog.run_once(without_broker) == {}
    assert measure_backlog._backlog == {"high": 0, "normal": 25, "low": 0}
    assert measure_backlog._in_flight == {"dispatched": 1, "generating": 0, "generated": 0}
    assert measure_backlog._figures[names.OUTBOX_LAG] > 0


async def test_a_failing_duty_disturbs_nobody(
    world: World, without_broker: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A duty with a defect, and one whose dependency is away, are tried again; the others go on."""
    monkeypatch.setattr("services.scheduler.loop.RETRY_PAUSE_S", 0.001)
    runs = {"broken": 0, "away": 0, "healthy": 0}
    enough = asyncio.Event()

    def counting(name: str, error: Exception | None) -> Duty:
        async def run_once(_context: Context) -> dict[str, int]:
            runs[name] += 1
            if min(runs.values()) >= 3:
                enough.set()
            if error is not None:
                raise error
            return {"rounds": 1}

        return Duty(name, run_once, interval_s=0.001)

    duties = [
        counting("broken", RuntimeError("a defect")),
        counting("away", Unavailable("away")),
        counting("healthy", None),
    ]
    loop = await DutyLoop.start(without_broker, duties, SystemClock())
    async with asyncio.timeout(30):
        await enough.wait()
        await loop.stop()


async def test_an_eager_duty_goes_on_while_there_is_work(
    world: World, without_broker: Context
) -> None:
    """As long as a run finds work the next one follows at once, whatever the interval."""
    left = 5
    done = asyncio.Event()

    async def run_once(_context: Context) -> dict[str, int]:
        nonlocal left
        left -= 1
        if left == 0:
            done.set()
        return {"items": int(left > 0)}

    loop = await DutyLoop.start(
        without_broker, [Duty("eager", run_once, interval_s=3600.0, eager=True)], SystemClock()
    )
    async with asyncio.timeout(30):
        await done.wait()
        await loop.stop()


def test_every_duty_has_a_pace_of_its_own() -> None:
    """Names are unique, and each interval is a setting."""
    duties = all_duties(config_for("postgresql://unused", NOWHERE))
    assert len({duty.name for duty in duties}) == len(duties) == 11
    assert all(duty.interval_s > 0 for duty in duties)
