"""Who is served next: start-time fair queueing on three levels, priority class, then tenant, then
job. Pure.

Each class, tenant and job has a *pass*: what it was given so far, in patients divided by its
weight. The lowest pass is served next and charged. Whoever has nothing to do falls behind, so each
level keeps a *floor*, the lowest pass among those with work: a newcomer starts there. It neither
waits for the others' past nor is paid for its own idleness.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, TypeVar
from uuid import UUID

from shared.jobs.states import Priority

PASS_UNITS = 1000  # of one patient at weight 1, so that passes are whole numbers at every weight

Key = TypeVar("Key")


@dataclass(slots=True)
class Level(Generic[Key]):
    """The passes of one level. A key without a pass starts at the floor; one without a weight has
    weight 1.
    """

    floor: int
    passes: dict[Key, int]
    weights: Mapping[Key, int]

    def start(self, key: Key) -> int:
        """Return the pass with which the key competes."""
        return max(self.passes.get(key, 0), self.floor)

    def raise_floor(self, keys: Collection[Key]) -> None:
        """Lift the floor to the lowest pass among those with work."""
        self.floor = max(self.floor, min(self.passes.get(key, 0) for key in keys))

    def copy(self) -> "Level[Key]":
        return Level(self.floor, dict(self.passes), self.weights)

    def charge(self, key: Key, patients: int) -> None:
        self.passes[key] = self.start(key) + patients * PASS_UNITS // self.weights.get(key, 1)


@dataclass(frozen=True, slots=True)
class Backlogged:
    """A job with due batches: what one batch of it costs, how many may be due, how many are in
    flight.
    """

    job_id: UUID
    tenant_id: UUID
    priority: Priority
    patients: int
    waiting: int
    in_flight: int


@dataclass(frozen=True, slots=True)
class Window:
    """How many batches may be in flight: in all, and of one job while others wait."""

    total: int
    per_job: int
    in_flight: int


@dataclass(slots=True)
class Schedule:
    """The three levels; jobs compete within their tenant."""

    classes: Level[Priority]
    tenants: Level[UUID]
    jobs: dict[UUID, Level[UUID]]

    def raise_floors(self, backlog: Collection[Backlogged]) -> None:
        """Lift every floor to the lowest pass of those with work; there must be some."""
        self.classes.raise_floor({job.priority for job in backlog})
        self.tenants.raise_floor({job.tenant_id for job in backlog})
        for tenant_id, jobs in _grouped(backlog, lambda job: job.tenant_id).items():
            self.jobs[tenant_id].raise_floor({job.job_id for job in jobs})

    def charge(self, job: Backlogged, patients: int) -> None:
        """Put a dispatch on the account of the job, its tenant and its class."""
        self.classes.charge(job.priority, patients)
        self.tenants.charge(job.tenant_id, patients)
        self.jobs[job.tenant_id].charge(job.job_id, patients)

    def copy(self) -> "Schedule":
        """Return one that can be charged on trial."""
        return Schedule(
            self.classes.copy(),
            self.tenants.copy(),
            {key: jobs.copy() for key, jobs in self.jobs.items()},
        )


def choose(schedule: Schedule, backlog: Collection[Backlogged], window: Window) -> list[UUID]:
    """Return the jobs to dispatch one batch of, in turn, until the window is full or nothing may
    go; `schedule` is left as it was.
    """
    if not backlog:
        return []
    trial = schedule.copy()
    trial.raise_floors(backlog)
    queue = _Queue(trial, backlog, window.per_job if len(backlog) > 1 else window.total)
    free = max(0, window.total - window.in_flight)
    return [job.job_id for job in islice(queue.turns(), free)]


class _Queue:
    """The jobs that may be dispatched, by class and tenant. `flying` counts what is in flight, with
    what was chosen here.
    """

    def __init__(self, schedule: Schedule, backlog: Iterable[Backlogged], per_job: int) -> None:
        self._schedule = schedule
        self._flying = {job.job_id: job.in_flight for job in backlog}
        self._limit = {job.job_id: min(job.in_flight + job.waiting, per_job) for job in backlog}
        allowed = [job for job in backlog if self._may_go(job)]
        self._jobs = {
            key: _grouped(jobs, lambda job: job.tenant_id)
            for key, jobs in _grouped(allowed, lambda job: job.priority).items()
        }

    def turns(self) -> Iterator[Backlogged]:
        """Yield whose turn it is, charged, until nobody may go."""
        while self._jobs:
            job = self._lowest()
            self._schedule.charge(job, job.patients)
            self._flying[job.job_id] += 1
            if not self._may_go(job):
                self._remove(job)
            yield job

    def _lowest(self) -> Backlogged:
        """The lowest class's lowest tenant's lowest job. Among equals the job with the least in
        flight, then the oldest.
        """
        classes, tenants = self._schedule.classes, self._schedule.tenants
        priority = min(self._jobs, key=lambda key: (classes.start(key), -classes.weights[key]))
        tenant_id = min(self._jobs[priority], key=lambda key: (tenants.start(key), key))
        level = self._schedule.jobs[tenant_id]
        return min(
            self._jobs[priority][tenant_id],
            key=lambda job: (level.start(job.job_id), self._flying[job.job_id], job.job_id),
        )

    def _may_go(self, job: Backlogged) -> bool:
        return self._flying[job.job_id] < self._limit[job.job_id]

    def _remove(self, job: Backlogged) -> None:
        tenants = self._jobs[job.priority]
        tenants[job.tenant_id].remove(job)
        if not tenants[job.tenant_id]:
            del tenants[job.tenant_id]
        if not tenants:
            del self._jobs[job.priority]


def _grouped(
    jobs: Iterable[Backlogged], key: Callable[[Backlogged], Any]
) -> dict[Any, list[Backlogged]]:
    groups: dict[Any, list[Backlogged]] = {}
    for job in jobs:
        groups.setdefault(key(job), []).append(job)
    return groups
