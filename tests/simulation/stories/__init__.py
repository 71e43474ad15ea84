"""Ways to look at a simulated sector, casualty by casualty."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
from pydantic_core import from_json

from shared.records.columns import Array
from shared.records.vocabulary import Branch, EventKind
from shared.scenarios import Scenario, canonical_json, load_preset, parse_scenario
from shared.simulation import SectorOutput, simulate

DAY_0 = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Story:
    """One casualty: flat values by name, nested rows as columns by name; age in whole years, the
    background's ids, and which of the journeys were flown by helicopter.
    """

    flat: dict[str, int]
    events: dict[str, Array]
    vitals: dict[str, Array]
    conditions: dict[str, Array]
    treatments: dict[str, Array]
    background: list[int]
    age: int
    civilian: bool
    flown: list[bool]


def stories(output: SectorOutput, scenario: Scenario | None = None) -> Iterator[Story]:
    """The casualties of a sector; without its scenario nobody is known to fly, and ages are those
    of 2027.
    """
    columns = output.patients
    pools = scenario.transport if scenario else ()
    helicopters = [row for row, pool in enumerate(pools) if pool.kind == "rotary"]
    first_day = (scenario.starts_at.date() if scenario else date(2027, 5, 10)).toordinal() - DAY_0
    for row in range(columns.rows):
        nested = {
            name: {
                field: values[lists.offsets[row] : lists.offsets[row + 1]]
                for field, values in lists.values.items()
            }
            for name, lists in columns.nested.items()
        }
        flat = {name: int(values[row]) for name, values in columns.flat.items()}
        departed = nested["events"]["kind"] == EventKind.DEPARTED
        yield Story(
            flat,
            nested["events"],
            nested["vitals"],
            nested["conditions"],
            nested["treatments"],
            background=nested["background"]["item"].tolist(),
            age=int((first_day - flat["birth_date"]) / 365.25),
            civilian=flat["branch"] == Branch.CIVILIAN,
            flown=np.isin(nested["events"]["vehicle"][departed], helicopters).tolist(),
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
