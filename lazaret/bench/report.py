"""What was measured, beside what is wanted: as a table for people and a document for programs."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import psutil
from rich.table import Table

Figure = float | Mapping[str, float]
Figures = Mapping[str, Figure]
Rounds = Mapping[str, list[float]]
Machine = Mapping[str, str | float]


@dataclass(frozen=True, slots=True)
class Target:
    """`floor` must be reached, `aim` is hoped for; with `at_most` smaller is better. A figure of
    several values has each judged.
    """

    unit: str
    meaning: str
    floor: float | None = None
    aim: float | None = None
    at_most: bool = False

    def verdict(self, value: float) -> str:
        """Return "aim", "yes" or "NO"; nothing where nothing is asked."""
        if self.floor is None:
            return ""
        sign = -1 if self.at_most else 1
        if sign * value < sign * self.floor:
            return "NO"
        return "aim" if self.aim is not None and sign * value >= sign * self.aim else "yes"


TARGETS: Mapping[str, Target] = {
    "simulate_patients_per_s": Target(
        "patients/s", "simulation and Arrow, one core", 50_000, 150_000
    ),
    "bytes_per_patient": Target("B", "compressed body"),
    "rows_per_patient.events": Target("rows", "mean", 10),
    "rows_per_patient.vitals": Target("rows", "mean", 15),
    "rows_per_patient.conditions": Target("rows", "mean"),
    "rows_per_patient.treatments": Target("rows", "mean", 5),
    "broker_mb_per_s": Target("MB/s", "bodies published with confirms and consumed"),
    "copy_rows_per_s": Target("rows/s", "binary COPY of thin rows, one commit a part"),
    "end_to_end_patients_per_s": Target(
        "patients/s", "from accepted to last commit, median of rounds", 25_000, 100_000
    ),
    "bare_pipeline_patients_per_s": Target(
        "patients/s", "same bytes, nothing else, median of rounds"
    ),
    "end_to_end_share": Target("", "end to end by bare, median of rounds", 0.40, 0.60),
    "processor_us_per_patient": Target("us", "processor time of the whole, median of rounds"),
    "first_readable_s": Target(
        "s", "1,000 patients, from accepted to readable, median", 2.0, at_most=True
    ),
    "peak_rss_mb": Target("MB", "resident memory at most", 500, at_most=True),
    "rss_growth_mb": Target(
        "MB", "growth of the peak from ten thousand patients to a round's", 64, at_most=True
    ),
    "encode_patients_per_s": Target(
        "patients/s", "encoder alone, one core, processor time, the better of two"
    ),
    "encode_patients_per_s.fhir-ndjson": Target(
        "patients/s", "all resource types, one core, processor time"
    ),
    "encode_patients_per_s.fhir-ndjson without Observation": Target(
        "patients/s", "all others, 20 resources each at least", 15_000
    ),
    "encode_patients_per_s.parquet": Target(
        "patients/s", "all tables, one core, processor time", 200_000
    ),
    "encode_mb_per_s": Target("MB/s", "uncompressed, one core"),
    "encode_mb_per_s.fhir-ndjson": Target("MB/s", "uncompressed, one core", 400),
    "encoded_bytes_per_patient": Target("B", "uncompressed"),
    "encoded_units_per_patient": Target("", "mean"),
    "encode_units_per_s": Target("/s", "one core, processor time"),
    "encode_units_per_s.fhir-ndjson resources": Target(
        "resources/s", "as of 15,000 patients with 20 resources each", 300_000
    ),
    "encode_units_per_s.hl7v2 messages": Target("messages/s", "one core, processor time", 20_000),
    "gets": Target("", "requests of each kind behind the next figures"),
    "get_p50_ms": Target("ms", "one client, nothing else going on, median"),
    "get_p99_ms": Target("ms", "the same, 99th percentile"),
    "get_p50_beside_ms": Target("ms", "the same client beside downloads, median"),
    "get_p99_beside_ms": Target("ms", "the same, 99th percentile"),
    "export_mb_per_s": Target("MB/s", "NDJSON, uncompressed, one reader"),
    "export_rss_growth_mb": Target(
        "MB", "growth of the gateway's peak between the two exports", 64, at_most=True
    ),
}


def flattened(figures: Figures) -> dict[str, float]:
    """Return `name` or `name.part` to value."""
    flat: dict[str, float] = {}
    for name, figure in figures.items():
        flat.update(
            {f"{name}.{part}": value for part, value in figure.items()}
            if isinstance(figure, Mapping)
            else {name: figure}
        )
    return flat


def table(figures: Figures, rounds: Rounds) -> Table:
    """Lay the figures out; a median of several rounds shows their range, too."""
    view = Table(
        "figure",
        "value",
        "rounds",
        "unit",
        "at least",
        "aim",
        "met",
        "what it is",
        title="Benchmark",
    )
    view.columns[0].no_wrap = True
    for name, value in flattened(figures).items():
        target = TARGETS.get(name) or TARGETS[name.partition(".")[0]]
        bound = (
            ""
            if target.floor is None
            else f"{'at most ' if target.at_most else ''}{_number(target.floor)}"
        )
        aim = "" if target.aim is None else _number(target.aim)
        view.add_row(
            name,
            _number(value),
            _range(rounds.get(name, [])),
            target.unit,
            bound,
            aim,
            target.verdict(value),
            target.meaning,
        )
    return view


def document(figures: Figures, rounds: Rounds, machine: Machine) -> dict[str, Any]:
    """Return figures by name, with the rounds behind the medians and the machine they were measured
    on.
    """
    return {**figures, "rounds": rounds, "machine": machine}


def describe_machine() -> Machine:
    """Say what is measured on, and how busy it is before anything is started."""
    return {
        "load_before": psutil.getloadavg()[0],
        "cpus": psutil.cpu_count() or 0,
        "memory_mb": psutil.virtual_memory().total // 2**20,
        "system": platform.platform(),
        "python": platform.python_version(),
        "lazaret": version("lazaret"),
    }


def _range(values: list[float]) -> str:
    return f"{_number(min(values))} to {_number(max(values))}" if len(values) > 1 else ""


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
