"""What must stay small whatever is asked: the wait for the first patient, the workers' memory, an
export's memory.
"""

from collections.abc import Callable
from statistics import median

from lazaret.bench.pipeline import PRESET, SEED
from lazaret.bench.report import Figure
from lazaret.bench.stack import JobRun, Stack
from lazaret.client import ExportRange
from shared.clock import Clock

FIRST_PATIENTS = 1_000
FIRST_ROUNDS = 5
FEW_PATIENTS = 10_000
WORKERS = ("generator", "generator_child", "writer")
BYTES_PER_MB = 1e6


def measure_limits(
    stack: Stack, many_patients: int, clock: Clock, say: Callable[[str], object]
) -> dict[str, Figure]:
    """Measure on a stack that has run nothing yet: a peak never goes back."""
    say("first readable patient")
    waits = [
        stack.run_job(PRESET, FIRST_PATIENTS, SEED + number).first_readable_s
        for number in range(FIRST_ROUNDS)
    ]
    say(f"memory, {FEW_PATIENTS:,} patients and {many_patients:,}")
    few = stack.run_job(PRESET, FEW_PATIENTS, SEED)
    _export_mb_per_s(stack, few, clock)
    before = dict(stack.memory.peaks_mb)
    many = stack.run_job(PRESET, many_patients, SEED)
    growth = {
        name: stack.memory.peaks_mb[name] - before[name] for name in WORKERS if name in before
    }
    say("export")
    speed = _export_mb_per_s(stack, many, clock)
    exporting = ("gateway", "gateway_child")
    export_growth = max(
        (stack.memory.peaks_mb[name] - before[name] for name in exporting if name in before),
        default=0.0,
    )
    return {
        "first_readable_s": median(waits),
        "rss_growth_mb": growth,
        "export_mb_per_s": speed,
        "export_rss_growth_mb": export_growth,
    }


def _export_mb_per_s(stack: Stack, run: JobRun, clock: Clock) -> float:
    began = clock.monotonic()
    with stack.client.stream_export(run.job_id, ExportRange(format="ndjson")) as export:
        sent = sum(map(len, export.chunks()))
    stack.memory.look()
    return sent / BYTES_PER_MB / (clock.monotonic() - began)
