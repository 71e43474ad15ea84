"""Ways to look at a simulated sector, casualty by casualty."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from pydantic_core import from_json

from shared.records.columns import Array
from shared.scenarios import Scenario, canonical_json, load_preset, parse_scenario
from shared.simulation import SectorOutput, simulate


@dataclass(frozen=True, slots=True)
class Story:
    """One casualty: flat values by name, nested rows as columns by name."""

    flat: dict[str, int]
    events: dict[str, Array]
    vitals: dict[str, Array]
    conditions: dict[str, Array]
    treatments: dict[str, Array]


def stories(output: SectorOutput) -> Iterator[Story]:
    columns = output.patients
    for row in range(columns.rows):
        nested = {
            name: {
                field: values[lists.offsets[row] : lists.offsets[row + 1]]
                for field, values in lists.values.items()
            }
            for name, lists in columns.nested.items()
        }
        flat = {name: int(values[row]) for name, values in columns.flat.items()}
        yield Story(
            flat, nested["events"], nested["vitals"], nested["conditions"], nested["treatments"]
        )


def changed(preset: str, **changes: object) -> Scenario:
    """A preset with other values; `section__field` reaches into a section, a callable gets the old
    value.
    """
    document = from_json(canonical_json(load_preset(preset)))
    for path, value in changes.items():
        *sections, field = path.split("__")
        target = document
        for section in sections:
            target = target[section]
        target[field] = value(target[field]) if callable(value) else value
    return parse_scenario(document)


def column(
    scenario: Scenario, names: tuple[str, ...], sectors: int, patients: int, seed: int = 11
) -> list[Array]:
    """Flat columns joined over several sectors."""
    outputs = [
        simulate(scenario, seed, sector, patients).patients.flat for sector in range(sectors)
    ]
    return [np.concatenate([flat[name] for flat in outputs]) for name in names]
