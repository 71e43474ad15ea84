"""The parameters of the simulation's model, each with its unit and its source."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

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
