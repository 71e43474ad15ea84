"""Puts due batches under leases, fairly and not too many at once. What is returned is to be
published after the commit.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import asyncpg

from shared.db.named_queries import load_queries
from shared.db.pool import Connection
from shared.jobs.events import announce
from shared.jobs.fairness import Backlogged, Level, Schedule, Window, choose
from shared.jobs.generators import SILENT_AFTER_S, live_slots
from shared.jobs.leases import Lease
from shared.jobs.read import QUERIES
from shared.jobs.states import JobState, Priority
from shared.messages.generate_batch import GenerateBatch

SCHEDULE_QUERIES = load_queries(Path(__file__).with_name("schedule.sql"))

DISPATCH_LEASE_S = 30.0


@dataclass(frozen=True, slots=True)
class DispatchLimits:
    """How many batches may be in flight: so many a live generator slot, but at least `floor`. The
    lease bounds the wait for a claim.
    """

    batches_per_slot: int = 3
    floor: int = 6
    lease_s: float = DISPATCH_LEASE_S

    def window(self, slots: int, in_flight: int) -> Window:
        """Return the window; one job gets half of it while others wait."""
        total = max(self.floor, self.batches_per_slot * slots)
        return Window(total, max(1, total // 2), in_flight)


@dataclass(frozen=True, slots=True)
class Dispatched:
    """A batch under a fresh lease, and where its message goes."""

    message: GenerateBatch
    priority: Priority
    trace_context: str | None

    @property
    def lease(self) -> Lease:
        return Lease(self.message.job_id, self.message.batch_no, self.message.lease_id)


async def may_dispatch(connection: Connection, limits: DispatchLimits) -> bool:
    """Whether `dispatch` would find something to do: one statement that locks nothing, for the many
    looks that find nothing.
    """
    row = await connection.fetchrow(SCHEDULE_QUERIES["look"], timedelta(seconds=SILENT_AFTER_S))
    assert row is not None  # noqa: S101 -- a statement without a FROM has one row
    window = limits.window(row["slots"], row["in_flight"])
    return bool(row["due"]) and window.in_flight < window.total


async def dispatch(connection: Connection, limits: DispatchLimits) -> tuple[Dispatched, ...]:
    """Lease as many due batches as the window allows. Call it inside a transaction, as the only one
    at a time.

    Without a live generator of a job's engine version its batches stay where they are, in the
    database.
    """
    slots = await live_slots(connection)
    if not slots:
        return ()
    window = limits.window(
        sum(slots.values()), await connection.fetchval(SCHEDULE_QUERIES["read_in_flight"])
    )
    if window.in_flight >= window.total:
        return ()
    rows = await connection.fetch(SCHEDULE_QUERIES["read_backlogged"], list(slots))
    return await _dispatch_from(connection, rows, window, limits) if rows else ()


async def _dispatch_from(
    connection: Connection, rows: Sequence[asyncpg.Record], window: Window, limits: DispatchLimits
) -> tuple[Dispatched, ...]:
    backlog = {row["job_id"]: _to_backlogged(row) for row in rows}
    schedule = await _read_schedule(connection, rows)
    chosen = Counter(choose(schedule, tuple(backlog.values()), window))
    states = {
        row["job_id"]: row["state"]
        for row in await connection.fetch(QUERIES["lock_jobs"], list(chosen))
    }
    chosen = Counter({job_id: batches for job_id, batches in chosen.items() if job_id in states})
    leased = await connection.fetch(
        QUERIES["dispatch_due"],
        list(chosen),
        list(chosen.values()),
        timedelta(seconds=limits.lease_s),
    )
    schedule.raise_floors(backlog.values())
    for row in leased:
        schedule.charge(backlog[row["job_id"]], row["patients"])
    begun = [backlog[job_id] for job_id in {row["job_id"] for row in leased}]
    await _store(
        connection,
        schedule,
        begun,
        {job_id for job_id, state in states.items() if state == JobState.QUEUED},
    )
    traces = {row["job_id"]: row["trace_context"] for row in rows}
    return tuple(
        Dispatched(_to_message(row), backlog[row["job_id"]].priority, traces[row["job_id"]])
        for row in leased
    )


async def _read_schedule(connection: Connection, rows: Sequence[asyncpg.Record]) -> Schedule:
    classes = {
        Priority(row["priority"]): row
        for row in await connection.fetch(SCHEDULE_QUERIES["read_classes"])
    }
    floors = classes[Priority.NORMAL]  # each row has them
    jobs = {row["tenant_id"]: Level[UUID](row["job_floor"], {}, {}) for row in rows}
    for row in rows:
        jobs[row["tenant_id"]].passes[row["job_id"]] = row["pass"]
    return Schedule(
        Level(floors["class_floor"], _column(classes, "pass"), _column(classes, "weight")),
        Level(
            floors["tenant_floor"],
            {row["tenant_id"]: row["tenant_pass"] for row in rows},
            {row["tenant_id"]: row["tenant_weight"] for row in rows},
        ),
        jobs,
    )


async def _store(
    connection: Connection,
    schedule: Schedule,
    begun: Sequence[Backlogged],
    queued: Collection[UUID],
) -> None:
    """Write the passes down, and tell of the jobs whose first batch this is."""
    jobs = [job.job_id for job in begun]
    passes = [schedule.jobs[job.tenant_id].passes[job.job_id] for job in begun]
    for row in await connection.fetch(QUERIES["charge_jobs"], jobs, passes):
        if row["job_id"] in queued:
            await announce(connection, row)
    tenants = list(schedule.jobs)
    tenant_passes = [schedule.tenants.passes[tenant_id] for tenant_id in tenants]
    job_floors = [schedule.jobs[tenant_id].floor for tenant_id in tenants]
    classes = schedule.classes.passes
    floors = (schedule.classes.floor, schedule.tenants.floor)
    await connection.execute(
        SCHEDULE_QUERIES["charge"],
        list(classes),
        list(classes.values()),
        tenants,
        tenant_passes,
        job_floors,
        *floors,
    )


def _column(classes: Mapping[Priority, asyncpg.Record], name: str) -> dict[Priority, int]:
    return {priority: row[name] for priority, row in classes.items()}


def _to_backlogged(row: asyncpg.Record) -> Backlogged:
    return Backlogged(
        row["job_id"],
        row["tenant_id"],
        Priority(row["priority"]),
        row["patients"],
        row["waiting"],
        row["in_flight"],
    )


def _to_message(row: asyncpg.Record) -> GenerateBatch:
    return GenerateBatch(
        job_id=row["job_id"],
        batch_no=row["batch_no"],
        lease_id=row["lease_id"],
        dispatch_no=row["dispatch_no"],
    )
