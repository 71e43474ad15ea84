"""What any process measures of itself and of its machine, read whenever metrics are collected."""

import gc
from collections.abc import Iterable

import psutil
from opentelemetry.metrics import Observation

from shared.telemetry import process_names
from shared.telemetry.instruments import gauge, observed_counter
from shared.telemetry.names import Attribute

_PERCENT = 100


def measure_process() -> None:
    """Begin to answer for this process. To be called once."""
    process = psutil.Process()

    def cpu() -> Iterable[Observation]:
        times = process.cpu_times()
        yield Observation(times.user + times.system)

    gauge(process_names.PROCESS_MEMORY, lambda: [Observation(process.memory_info().rss)])
    gauge(process_names.PROCESS_FILES, lambda: [Observation(process.num_fds())])
    gauge(process_names.SYSTEM_MEMORY, _memory)
    gauge(process_names.SYSTEM_DISK, _disk)
    observed_counter(process_names.PROCESS_CPU, cpu)
    observed_counter(process_names.GC_COLLECTIONS, _collections)


def _memory() -> Iterable[Observation]:
    yield Observation(psutil.virtual_memory().percent / _PERCENT)


def _disk() -> Iterable[Observation]:
    yield Observation(psutil.disk_usage(".").percent / _PERCENT)


def _collections() -> Iterable[Observation]:
    for generation, statistics in enumerate(gc.get_stats()):
        yield Observation(statistics["collections"], {Attribute.GC_GENERATION: str(generation)})
