"""The parameters of the simulation's model, each with its unit and its source."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from shared.clinical.evidence import cited
from shared.clinical.read import read_table


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number of the model. `source`: evidence ids, or `assumption:` and why."""

    name: str
    value: float
    unit: str
    source: str
    note: str


@cache
def parameters() -> Mapping[str, Parameter]:
    """Every parameter by name, in the order of the file."""
    return {row.name: row for row in read_table("parameters", Parameter)}


def bases() -> Mapping[str, int]:
    """How many parameters there are in all, how many rest on what, and how many were moved to meet
    the calibration's targets.
    """
    sources = [row.source for row in parameters().values()]
    assumed = sum(not cited(source) for source in sources)
    mixed = sum(bool(cited(source)) and "assumption" in source for source in sources)
    return {
        "total": len(sources),
        "evidence": len(sources) - assumed - mixed,
        "evidence_with_assumption": mixed,
        "assumption": assumed,
        "fitted": sum("fitted" in source for source in sources),
    }
