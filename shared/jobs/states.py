"""The states of a job and of a batch, and the one table of legal moves. The same names are SQL
enums.
"""

from collections.abc import Mapping
from enum import StrEnum


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class BatchState(StrEnum):
    """Where a batch stands."""

    PENDING = "pending"
    DISPATCHED = "dispatched"
    GENERATING = "generating"
    GENERATED = "generated"
    DONE = "done"
    DEAD = "dead"


class Priority(StrEnum):
    """A job's priority class; one queue each."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


TERMINAL = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})

# In these states what a generator has begun is finished and stored.
STORING = frozenset({JobState.RUNNING, JobState.PAUSED})

# FAILED -> RUNNING is the redrive of its dead batches.
# PAUSED -> SUCCEEDED and FAILED: what was in flight when the pause came may be the rest.
JOB_MOVES: Mapping[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.PAUSED, JobState.CANCELLED}),
    JobState.RUNNING: frozenset(
        {JobState.PAUSED, JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}
    ),
    JobState.PAUSED: frozenset(
        {JobState.RUNNING, JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}
    ),
    JobState.SUCCEEDED: frozenset(),
    JobState.FAILED: frozenset({JobState.RUNNING}),
    JobState.CANCELLED: frozenset(),
}
