"""The whole pipeline and the bare one, in turns, on the same servers in the same run: what counts
is their ratio.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median

from lazaret.bench.bare_pipeline import Bare, run_bare_pipeline
from lazaret.bench.components import broker_mb_per_s, copy_rows_per_s
from lazaret.bench.report import Figure, Machine
from lazaret.bench.simulation import measure_simulation
from lazaret.bench.stack import Stack
from shared.clock import Clock

PRESET = "brigade-conventional"
PART_PATIENTS = 10_000
SIMULATED_PATIENTS = 50_000
COMPONENT_PATIENTS = 300_000
WARM_UP_PATIENTS = 40_000
SEED = 7


@dataclass(slots=True)
class Measured:
    """Figures by name, for the medians the rounds that they come from, and the machine as it was
    before.
    """

    machine: Machine
    figures: dict[str, Figure] = field(default_factory=dict)
    rounds: dict[str, list[float]] = field(default_factory=dict)

    def add_round(self, name: str, value: float) -> None:
        """Keep a round's value of `figure` or of `figure.part`; the figure is the median of the
        rounds so far.
        """
        self.rounds.setdefault(name, []).append(value)
        figure, _, part = name.partition(".")
        middle, known = median(self.rounds[name]), self.figures.get(figure)
        self.figures[figure] = (
            {**(known if isinstance(known, Mapping) else {}), part: middle} if part else middle
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured, and how often."""

    patients: int
    rounds: int


def measure_pipeline(
    stack: Stack, plan: Plan, measured: Measured, clock: Clock, say: Callable[[str], object]
) -> None:
    """Measure the parts one by one, then the whole against the bare pipeline, round by round in
    turns.
    """
    say("simulation alone")
    simulated = measure_simulation(PRESET, SEED, min(SIMULATED_PATIENTS, plan.patients))
    measured.figures.update(simulated.figures())
    body_bytes = int(simulated.body_bytes / simulated.patients * PART_PATIENTS)
    say("broker and COPY alone")
    part = Bare(stack.database_url, stack.broker_url, COMPONENT_PATIENTS, PART_PATIENTS, body_bytes)
    measured.figures["broker_mb_per_s"] = asyncio.run(broker_mb_per_s(part, clock))
    measured.figures["copy_rows_per_s"] = asyncio.run(copy_rows_per_s(part, clock))
    say("warming up")
    stack.run_job(PRESET, min(WARM_UP_PATIENTS, plan.patients), SEED)
    whole = Bare(stack.database_url, stack.broker_url, plan.patients, PART_PATIENTS, body_bytes)
    for number in range(1, plan.rounds + 1):
        say(f"round {number} of {plan.rounds}")
        _one_round(stack, whole, number, clock, measured)
    measured.figures["peak_rss_mb"] = dict(stack.memory.peaks_mb)


def _one_round(stack: Stack, whole: Bare, number: int, clock: Clock, measured: Measured) -> None:
    before = stack.processor_time.spent_s()
    run = stack.run_job(PRESET, whole.patients, SEED + number)
    for name, seconds in stack.processor_time.spent_s().items():
        measured.add_round(
            f"processor_us_per_patient.{name}",
            1e6 * (seconds - before.get(name, 0.0)) / run.patients,
        )
    real = run.patients / run.durable_s
    bare = whole.patients / run_bare_pipeline(whole, clock)
    measured.add_round("end_to_end_patients_per_s", real)
    measured.add_round("bare_pipeline_patients_per_s", bare)
    measured.add_round("end_to_end_share", real / bare)
