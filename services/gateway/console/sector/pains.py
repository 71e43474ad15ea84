"""Where it hurts: the resources that casualties waited for longest, and when it was worst."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

SHOWN_MAX = 8


@dataclass(frozen=True, slots=True)
class Pain:
    """`worst_s`, in seconds since the scenario's start, is when most were waiting."""

    place: str
    kind: str
    capacity: int
    wait_mean_s: float
    wait_max_s: int
    queue_max: int
    busy_share: float
    worst_s: int


def pains(sector: Mapping[str, Any], starts_at: str) -> tuple[Pain, ...]:
    """Return the resources with the longest waits of a sector's document, the worst first."""
    start = datetime.fromisoformat(starts_at)
    peaks: dict[int, tuple[int, datetime]] = {}
    for sample in sector["queues"]:
        at = datetime.fromisoformat(sample["at"])
        if sample["waiting"] > peaks.get(sample["resource"], (-1, at))[0]:
            peaks[sample["resource"]] = (sample["waiting"], at)
    waited = [
        (number, each) for number, each in enumerate(sector["resources"]) if each["wait_max_s"] > 0
    ]
    waited.sort(key=lambda item: -item[1]["wait_mean_s"] * item[1]["served"])
    return tuple(
        Pain(
            place=each["facility"] or each["pool"],
            kind=each["kind"],
            capacity=each["capacity"],
            wait_mean_s=each["wait_mean_s"],
            wait_max_s=each["wait_max_s"],
            queue_max=each["queue_max"],
            busy_share=each["busy_share"],
            worst_s=round((peaks[number][1] - start).total_seconds()) if number in peaks else 0,
        )
        for number, each in waited[:SHOWN_MAX]
    )
