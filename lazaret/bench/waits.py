"""How long requests take while others download: one client asks again and again, first alone, then
beside downloads.
"""

import multiprocessing
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from multiprocessing.synchronize import Semaphore
from statistics import quantiles

import httpx

from lazaret.bench.report import Figure
from lazaret.client import Client, ExportRange
from shared.clock import Clock

REQUESTS = 200  # of each kind, unless they take too long
REQUESTS_MIN = 10
PHASE_S = 120.0  # three phases and the making of a million patients take ten minutes
DOWNLOADED = ExportRange(format="fhir-ndjson", table="Observation")  # the most bytes a patient
BEGUN_WITHIN_S = 120.0
REQUEST_TIMEOUT_S = 60.0
STRIDE = 7_919  # between the patients that are read: a prime, so that they lie in all parts
MS_PER_S = 1e3


@dataclass(frozen=True, slots=True)
class Asked:
    """A gateway, a key for it, and a stored job of so many patients."""

    url: str
    api_key: str
    job_id: str
    patients: int


def measure_waits(
    asked: Asked, downloads: int, clock: Clock, requests: int = REQUESTS
) -> dict[str, Figure]:
    """Return medians and 99th percentiles by kind of request, alone and beside so many downloads of
    the same job.

    `requests` of each kind are asked; fewer, but `REQUESTS_MIN`, where they take longer than
    `PHASE_S`: the figure `gets` says how many.
    """
    with httpx.Client(
        base_url=asked.url,
        headers={"Authorization": f"Bearer {asked.api_key}"},
        timeout=REQUEST_TIMEOUT_S,
    ) as http:
        kinds = _kinds(http, asked, requests)
        request_times(http, kinds, clock)  # fills what is kept
        alone = request_times(http, kinds, clock)
        with _downloading(asked, downloads):
            beside = request_times(http, kinds, clock)
    gets = {
        name: len(next(iter(times.values())))
        for name, times in (("alone", alone), ("beside", beside))
    }
    figures = {
        **_figures(alone, "get_p50_ms", "get_p99_ms"),
        **_figures(beside, "get_p50_beside_ms", "get_p99_beside_ms"),
    }
    return {"gets": gets, **figures}


def _kinds(http: httpx.Client, asked: Asked, requests: int) -> Mapping[str, list[str]]:
    base, number = "/fhir/R4/Patient", asked.patients - 1
    last = _get(http, f"{base}/{asked.job_id}-{number}").json()
    name = last["name"][0]
    paths = {
        "job": [f"/api/v1/jobs/{asked.job_id}"],
        "FHIR read": [
            f"{base}/{asked.job_id}-{place * STRIDE % asked.patients}" for place in range(requests)
        ],
        "FHIR page": [f"{base}?_count=20"],
        "FHIR name": [f"{base}?family:exact={name['family']}&given:exact={name['given'][0]}"],
        "FHIR identifier": [f"{base}?identifier={last['identifier'][0]['value']}"],
    }
    return {kind: list(islice(cycle(each), requests)) for kind, each in paths.items()}


def request_times(
    http: httpx.Client, kinds: Mapping[str, list[str]], clock: Clock
) -> dict[str, list[float]]:
    """One request after the other, the kinds in turns: all meet the same moments."""
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    started = clock.monotonic()
    for number, paths in enumerate(zip(*kinds.values(), strict=True)):
        if number >= REQUESTS_MIN and clock.monotonic() - started > PHASE_S:
            break
        for kind, path in zip(kinds, paths, strict=True):
            began = clock.monotonic()
            _get(http, path)
            times[kind].append((clock.monotonic() - began) * MS_PER_S)
    return times


def _get(http: httpx.Client, path: str) -> httpx.Response:
    return http.get(path).raise_for_status()


def _figures(times: Mapping[str, list[float]], middle: str, most: str) -> dict[str, Figure]:
    percentiles = {kind: quantiles(each, n=100, method="inclusive") for kind, each in times.items()}
    return {
        middle: {kind: each[49] for kind, each in percentiles.items()},
        most: {kind: each[98] for kind, each in percentiles.items()},
    }


@contextmanager
def _downloading(asked: Asked, downloads: int) -> Iterator[None]:
    """Processes that download the job until the end of the block; it begins when all of them have
    their first bytes.
    """
    context = multiprocessing.get_context("spawn")
    begun = context.Semaphore(0)
    processes = [
        context.Process(target=download_again, args=(asked, begun), daemon=True)
        for _ in range(downloads)
    ]
    for process in processes:
        process.start()
    try:
        for _ in processes:
            if not begun.acquire(timeout=BEGUN_WITHIN_S):
                raise TimeoutError(f"a download did not begin within {BEGUN_WITHIN_S:g} s")
        yield
    finally:
        for process in processes:
            process.kill()
            process.join()


def download_again(asked: Asked, begun: Semaphore) -> None:
    """Download until killed, and say when a download has its first bytes."""
    with Client(asked.url, asked.api_key) as client:
        while True:
            with client.stream_export(asked.job_id, DOWNLOADED) as export:
                chunks = export.chunks()
                next(chunks, None)
                begun.release()
                deque(chunks, maxlen=0)
