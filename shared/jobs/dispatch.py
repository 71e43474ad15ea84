"""Puts due batches under leases, fairly and not too many at once. What is returned is to be
published after the commit.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice
from pathlib import Path
from uuid import UUID

import asyncpg

from shared.db.named_queries import load_queries
from shared.db.pool import Connection
from shared.jobs.events import announce_all
from shared.jobs.fairness import Backlogged, Level, Schedule, Window, choose
from shared.jobs.generators import SILENT_AFTER_S
from shared.jobs.leases import Lease
from shared.jobs.read import QUERIES
from shared.jobs.states import JobState, Priority
from shared.messages.generate_batch import GenerateBatch

SCHEDULE_QUERIES = load_queries(Path(__file__).with_name("schedule.sql"))

DISPATCH_LEASE_S = 30.0
# What one transaction dispatches: the next follows at once, and this bounds what each looks at.
BATCHES_AT_ONCE = 16
# Jobs looked at beyond those: a few may have as much in flight as one job may.
SPARE_JOBS = 4


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
    engine_version: str
    tenant_id: UUID
    priority: Priority
    patients: int
    trace_context: str | None

    @property
    def lease(self) -> Lease:
        return Lease(self.message.job_id, self.message.batch_no, self.message.lease_id)


@dataclass(frozen=True, slots=True)
class _Line:
    """A tenant with jobs of one priority waiting, and where the tenant stands."""

    priority: Priority
    tenant_id: UUID
    tenant_pass: int


async def may_dispatch(connection: Connection, limits: DispatchLimits) -> bool:
    """Whether `dispatch` would find something to do: a look that locks nothing, for the many that
    find nothing.
    """
    for engine_version, window in (await _open_windows(connection, limits)).items():
        if window.in_flight < window.total and await _read_backlogged(
            connection, engine_version, batches_max=1
        ):
            return True
    return False


async def dispatch(connection: Connection, limits: DispatchLimits) -> tuple[Dispatched, ...]:
    """Lease due batches as far as the windows allow, `BATCHES_AT_ONCE` of an engine version at
    most. Call it inside a transaction, as the only one at a time.

    Each engine version has a window of its own, from the slots of its live generators: what one
    cannot run does not stand in another's way. Without a live generator of a job's engine version
    its batches stay where they are, in the database.
    """
    dispatched: list[Dispatched] = []
    for engine_version, window in (await _open_windows(connection, limits)).items():
        free = min(window.total - window.in_flight, BATCHES_AT_ONCE)
        if free <= 0:
            continue
        rows = await _read_backlogged(connection, engine_version, batches_max=free)
        if rows:
            narrow = replace(window, total=window.in_flight + free)
            found = await _dispatch_from(connection, engine_version, rows, narrow, limits)
            dispatched.extend(found)
    return tuple(dispatched)


async def _open_windows(connection: Connection, limits: DispatchLimits) -> dict[str, Window]:
    """The window of each engine version that a live generator has; none while all is paused."""
    rows = await connection.fetch(
        SCHEDULE_QUERIES["read_windows"], timedelta(seconds=SILENT_AFTER_S)
    )
    return {row["engine_version"]: limits.window(row["slots"], row["in_flight"]) for row in rows}


async def _read_lines(connection: Connection, engine_version: str) -> list[_Line]:
    rows = await connection.fetch(SCHEDULE_QUERIES["read_lines"], engine_version)
    return [_Line(Priority(row["priority"]), row["tenant_id"], row["pass"]) for row in rows]


async def _read_backlogged(
    connection: Connection, engine_version: str, *, batches_max: int
) -> list[asyncpg.Record]:
    """The jobs to which so many batches may go; how many others wait does not matter."""
    lines = _first(await _read_lines(connection, engine_version), batches_max)
    rows: list[asyncpg.Record] = await connection.fetch(
        SCHEDULE_QUERIES["read_backlogged"],
        engine_version,
        [line.priority for line in lines],
        [line.tenant_id for line in lines],
        batches_max + SPARE_JOBS,
    )
    return rows


def _first(lines: Collection[_Line], free: int) -> list[_Line]:
    """Of each priority the tenants that stand lowest: so many batches cannot go to more."""
    ordered = sorted(lines, key=lambda line: (line.tenant_pass, line.tenant_id))
    return [
        line
        for priority in Priority
        for line in islice((each for each in ordered if each.priority is priority), free)
    ]


async def _dispatch_from(
    connection: Connection,
    engine_version: str,
    rows: Sequence[asyncpg.Record],
    window: Window,
    limits: DispatchLimits,
) -> list[Dispatched]:
    backlog = {row["job_id"]: _to_backlogged(row) for row in rows}
    schedule = await _read_schedule(connection, rows)
    chosen = Counter(choose(schedule, tuple(backlog.values()), window))
    held = await connection.fetch(QUERIES["lock_jobs"], list(chosen))
    states = {row["job_id"]: row["state"] for row in held}
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
    queued = {job_id for job_id, state in states.items() if state == JobState.QUEUED}
    await _store(connection, schedule, begun, queued)
    traces = {row["job_id"]: row["trace_context"] for row in rows}
    return [
        Dispatched(
            _to_message(row),
            engine_version,
            backlog[row["job_id"]].tenant_id,
            backlog[row["job_id"]].priority,
            row["patients"],
            traces[row["job_id"]],
        )
        for row in leased
    ]


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
    moved = await connection.fetch(QUERIES["charge_jobs"], jobs, passes)
    await announce_all(connection, [row for row in moved if row["job_id"] in queued])
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
