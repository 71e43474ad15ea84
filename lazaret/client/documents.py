"""The server's documents as frozen values. Fields that a newer server adds are ignored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Self, TypeVar

Item = TypeVar("Item")
TERMINAL_STATES = frozenset({"succeeded", "failed", "cancelled"})


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as it stood when the server answered. `patients_per_second` is None before its first
    batch starts.
    """

    id: str
    state: str
    priority: str
    preset: str | None
    scenario_title: str
    seed: int
    engine_version: str
    patients_requested: int
    patients_persisted: int
    batches_total: int
    batches_done: int
    batches_dead: int
    patients_per_second: float | None
    created_at: datetime
    started_at: datetime | None
    first_readable_at: datetime | None
    finished_at: datetime | None
    error: str | None

    @property
    def terminal(self) -> bool:
        return self.state in TERMINAL_STATES

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        return cls(
            id=document["id"],
            state=document["state"],
            priority=document["priority"],
            preset=document["scenario"]["preset"],
            scenario_title=document["scenario"]["title"],
            seed=document["seed"],
            engine_version=document["engine_version"],
            patients_requested=document["patients"]["requested"],
            patients_persisted=document["patients"]["persisted"],
            batches_total=document["batches"]["total"],
            batches_done=document["batches"]["done"],
            batches_dead=document["batches"]["dead"],
            patients_per_second=document["patients_per_second"],
            created_at=datetime.fromisoformat(document["created_at"]),
            started_at=_moment(document["started_at"]),
            first_readable_at=_moment(document["first_readable_at"]),
            finished_at=_moment(document["finished_at"]),
            error=document["error"],
        )


@dataclass(frozen=True, slots=True)
class Submitted:
    """The answer to a submission; `replayed` when the Idempotency-Key had already made this job."""

    job: Job
    replayed: bool


@dataclass(frozen=True, slots=True)
class Preset:
    """A scenario that comes with the server."""

    name: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Summary:
    """Stored patients counted by word: category, first triage, outcome."""

    patients: int
    category: Mapping[str, int]
    triage_first: Mapping[str, int]
    outcome: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Part of a list. `next` goes into the following call; None on the last page. A page may be
    short and still have a next.
    """

    items: tuple[Item, ...]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRange:
    """What to export: ordinals `from_ordinal` to `to_ordinal`, both included; None means from the
    first or to the last.

    `options` are the format's own, by the names of the export's parameters.
    With an `etag` the server answers 412 if the same range would no longer be the same bytes.
    """

    format: str
    table: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    from_ordinal: int | None = None
    to_ordinal: int | None = None
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class ExportHead:
    """What is known of an export before its first byte; `patients` is how many of the range are
    stored.
    """

    etag: str | None
    content_type: str
    patients: int | None
