"""Two versions over the same time: requests, errors and p95 of each, read from Prometheus, and what
follows from them.

Counters are read at both ends of the window and subtracted. A series that begins inside it began at
zero. Too few requests, or none, are
no verdict: nobody is promoted by silence.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import httpx

from deploy.local.problem import Problem
from deploy.release.plan import Plan

DURATION = "http_server_request_duration_seconds"
# What the proxy, Prometheus and the release themselves ask.
OWN_ROUTES = "/health/.*|/metrics"
ANSWER_WITHIN_S = 10.0
SERVER_ERROR = 500
KEPT = ("slot", "http_response_status_code", "le")

Series = Mapping[tuple[str, str, str], float]


class Decision(StrEnum):
    """What a comparison says."""

    BETTER_OR_EQUAL = "pass"
    WORSE = "fail"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Sample:
    """What one version answered in the window."""

    events: float
    errors: float
    p95_s: float | None

    @property
    def error_ratio(self) -> float:
        """The share of errors; 0 of nothing."""
        return self.errors / self.events if self.events else 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision, why, and what it was made from."""

    decision: Decision
    reason: str
    current: Sample
    canary: Sample


def read_counters(url: str) -> Series:
    """Return every counter by slot, status and bucket; a bucket's is its upper bound in seconds, a
    count's is nothing.
    """
    found: dict[tuple[str, str, str], float] = {}
    for name in ("count", "bucket"):
        counter = f'{DURATION}_{name}{{http_route!~"{OWN_ROUTES}"}}'
        for labels, value in _ask(url, f"sum by ({', '.join(KEPT)}) ({counter})"):
            slot, status, bound = (labels.get(label, "") for label in KEPT)
            found[slot, status, bound] = value
    return found


def is_scraped(url: str, slot: str) -> bool:
    """Whether the last look at the slot succeeded."""
    return any(value == 1 for _, value in _ask(url, f'up{{slot="{slot}"}}'))


def sample(before: Series, after: Series, slot: str) -> Sample:
    """Return what the slot answered between two readings."""
    grown = {key: value - before.get(key, 0.0) for key, value in after.items() if key[0] == slot}
    if any(value < 0 for value in grown.values()):
        raise Problem(f"the gateway in slot {slot} was started again while it was watched")
    counts = {status: value for (_, status, bound), value in grown.items() if not bound}
    buckets: dict[float, float] = {}
    for (_, _, bound), value in grown.items():
        if bound:
            buckets[float(bound)] = buckets.get(float(bound), 0.0) + value
    errors = sum(value for status, value in counts.items() if int(status or 0) >= SERVER_ERROR)
    return Sample(sum(counts.values()), errors, _p95(buckets))


def judge(current: Sample, canary: Sample, plan: Plan) -> Verdict:
    """Compare. Too many errors are too many even of few requests; to be good takes enough."""
    ratio_max = current.error_ratio + plan.error_ratio_more_max
    failed = f"{canary.error_ratio:.2%} of {canary.events:.0f} requests failed"
    enough = canary.events >= plan.events_min and current.events > 0
    if canary.errors > max(canary.events, plan.events_min) * ratio_max:
        reason = f"{failed}, {current.error_ratio:.2%} in the current version"
        return Verdict(Decision.WORSE, reason, current, canary)
    if not enough or canary.p95_s is None or current.p95_s is None:
        seen = (
            f"{canary.events:.0f} requests of the new version, {current.events:.0f} of the current"
        )
        reason = f"{seen}; {plan.events_min} are needed"
        return Verdict(Decision.INCONCLUSIVE, reason, current, canary)
    times = f"p95 {canary.p95_s * 1e3:.0f} ms, {current.p95_s * 1e3:.0f} ms in the current version"
    slower_max_s = max(current.p95_s * plan.p95_factor_max, current.p95_s + plan.p95_more_max_s)
    decision = Decision.WORSE if canary.p95_s > slower_max_s else Decision.BETTER_OR_EQUAL
    return Verdict(decision, f"{failed}; {times}", current, canary)


def _p95(buckets: Mapping[float, float]) -> float | None:
    """Interpolated inside its bucket, as Prometheus does; the highest bound where it lies above
    all.
    """
    bounds = sorted(buckets)
    if not bounds or buckets[bounds[-1]] <= 0:
        return None
    rank = 0.95 * buckets[bounds[-1]]
    low = below = 0.0
    for bound in bounds:
        if buckets[bound] >= rank:
            inside = (rank - below) / (buckets[bound] - below)
            return low if math.isinf(bound) else low + (bound - low) * inside
        low, below = bound, buckets[bound]
    return low


def _ask(url: str, query: str) -> list[tuple[dict[str, str], float]]:
    try:
        answer = (
            httpx.get(f"{url}/api/v1/query", params={"query": query}, timeout=ANSWER_WITHIN_S)
            .raise_for_status()
            .json()
        )
    except httpx.HTTPError as error:
        raise Problem(f"Prometheus does not answer at {url}: {error}") from None
    return [(each["metric"], float(each["value"][1])) for each in answer["data"]["result"]]
