"""The simulation of a sector: casualties who share one evacuation chain and one clock. Pure:
arguments in, arrays out.
"""

from dataclasses import dataclass

from shared.records.columns import Columns
from shared.scenarios import Scenario, load_preset
from shared.simulation.arrivals import arrivals
from shared.simulation.columns import patient_columns
from shared.simulation.demographics import demographics
from shared.simulation.disease import diseases
from shared.simulation.injuries import injuries
from shared.simulation.results import result_columns
from shared.simulation.sector import run_sector
from shared.simulation.setting import setting_of
from shared.simulation.wounding import casualties

COMPILED_WITH = 200  # casualties


@dataclass(frozen=True, slots=True)
class SectorOutput:
    """A simulated sector under the Arrow schemas of `shared.records`.

    `patients` lacks `ordinal` and `sector`; `result` is one row without `sector`, `first_ordinal`
    and `digest`.
    """

    patients: Columns
    result: Columns


def simulate(scenario: Scenario, seed: int, sector: int, patients: int) -> SectorOutput:
    """Simulate a whole sector of `patients` casualties.

    The four arguments and the engine version decide every value, on every machine.

    Raises:
        ValueError: seed, sector or the number of patients is out of its bounds.
    """
    if patients < 1:
        raise ValueError(f"patients must be at least 1, is {patients}")
    setting = setting_of(scenario)
    hurt = arrivals(scenario, seed, sector, patients)
    people = demographics(scenario, seed, sector, hurt)
    wounds = injuries(scenario, seed, sector, hurt)
    ill = diseases(seed, sector, wounds.mechanism)
    state = casualties(seed, sector, hurt, people, wounds, ill)
    course = run_sector(setting, state)
    return SectorOutput(patient_columns(course, hurt, people, wounds), result_columns(course))


def compile_kernels() -> None:
    """Compile every kernel into its cache, by simulating a sector large enough for events with many
    victims; set-up calls it once.
    """
    simulate(load_preset("brigade-conventional"), 0, 0, COMPILED_WITH)


__all__ = ["SectorOutput", "compile_kernels", "simulate"]
