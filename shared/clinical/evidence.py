"""Published figures that the clinical tables cite: one row an evidence id, as it was read in its
source.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "evidence"
FIGURES = ("outcomes", "injuries", "dnbi", "flow", "physiology", "demographics")
_CITATION = re.compile(r"\b[DFINOP]\d{3}\b")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A figure: what was measured on whom, its value as printed, and where. `status` is read or
    memory (known, not seen again).
    """

    id: str
    quantity: str
    population: str
    value: str
    unit: str
    source: str
    reference: str
    status: str


@cache
def evidence() -> dict[str, Evidence]:
    """Every figure by its id."""
    return {row.id: row for name in FIGURES for row in _read(name)}


def cited(source: str) -> tuple[str, ...]:
    """The evidence ids that a row's source names."""
    return tuple(_CITATION.findall(source))


def _read(name: str) -> Iterator[Evidence]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            yield Evidence(
                row["id"],
                row["quantity"],
                row["population_period"],
                row["value"],
                row["unit"],
                row["source"],
                row["doi_or_url"],
                row["status"],
            )
