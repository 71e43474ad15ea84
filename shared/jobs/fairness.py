"""Who is served next: start-time fair queueing on three levels, priority class, then tenant, then job. Pure.

Each class, tenant and job has a *pass*: what it was given so far, in patients divided by its weight. The lowest pass is served next
and charged. Whoever has nothing to do falls behind, so each level keeps a *floor*, the lowest pass among those with work: a newcomer
starts there. It neither waits for the others' past nor is paid for its own idleness.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar
from uuid import UUID

from shared.jobs.states import Priority

PASS_UNITS = 1000  # of one patient at weight 1, so that passes are whole numbers at every weight

Key = TypeVar("Key")


@dataclass(slots=True)
class Level(Generic[Key]):
    """The passes of one level. A key without a pass starts at the floor; one without a weight has weight 1."""

    floor: int
    passes: dict[Key, int]
    weights: Mapping[Key, int]

    def start(self, key: Key) -> int:
        """Return the pass with which the key competes."""
        return max(self.passes.get(key, 0), self.floor)

    def raise_floor(self, keys: Collection[Key]) -> None:
        """Lift the floor to the lowest pass among those with work."""
        self.floor = max(self.floor, min(self.passes.get(key, 0) for key in keys))

    def charge(self, key: Key, patients: int) -> None:
        self.passes[key] = self.start(key) + patients * PASS_UNITS // self.weights.get(key, 1)


@dataclass(frozen=True, slots=True)
class Backlogged:
    """A job with due batches: what one batch of it costs, how many may be due, how many are in flight."""

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
            self.jobs[tenant_id].raise_floor([job.job_id for job in jobs])

    def charge(self, job: Backlogged, patients: int) -> None:
        """Put a dispatch on the account of the job, its tenant and its class."""
        self.classes.charge(job.priority, patients)
        self.tenants.charge(job.tenant_id, patients)
        self.jobs[job.tenant_id].charge(job.job_id, patients)

    def lowest(self, jobs: Iterable[Backlogged]) -> Backlogged:
        """Return whose turn it is. Among equals the job with the least in flight, then the oldest."""
        by_class = _grouped(jobs, lambda job: job.priority)
        in_class = by_class[min(by_class, key=lambda key: (self.classes.start(key), -self.classes.weights[key]))]
        by_tenant = _grouped(in_class, lambda job: job.tenant_id)
        tenant_id = min(by_tenant, key=lambda key: (self.tenants.start(key), key))
        level = self.jobs[tenant_id]
        return min(by_tenant[tenant_id], key=lambda job: (level.start(job.job_id), job.in_flight, job.job_id))


def choose(schedule: Schedule, backlog: Sequence[Backlogged], window: Window) -> list[UUID]:
    """Return the jobs to dispatch one batch of, in turn, until the window is full or nothing may go; `schedule` is left as it was."""
    trial = deepcopy(schedule)
    jobs = {job.job_id: job for job in backlog}
    per_job = window.per_job if len(jobs) > 1 else window.total
    chosen: list[UUID] = []
    while len(chosen) < window.total - window.in_flight:
        waiting = [job for job in jobs.values() if job.waiting > 0]
        allowed = [job for job in waiting if job.in_flight < per_job]
        if not allowed:
            break
        trial.raise_floors(waiting)
        job = trial.lowest(allowed)
        trial.charge(job, job.patients)
        jobs[job.job_id] = replace(job, waiting=job.waiting - 1, in_flight=job.in_flight + 1)
        chosen.append(job.job_id)
    return chosen


def _grouped(jobs: Iterable[Backlogged], key: Callable[[Backlogged], Any]) -> dict[Any, list[Backlogged]]:
    groups: dict[Any, list[Backlogged]] = {}
    for job in jobs:
        groups.setdefault(key(job), []).append(job)
    return groups
