"""The casualties of a reference scenario, as columns that measures are taken of."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from services.generator.simulation import simulate
from shared.clinical.tables import conditions, mechanisms
from shared.records.columns import Array, Columns
from shared.records.vocabulary import BodyRegion, Category, Outcome
from shared.scenarios import Scenario

CALIBRATION_SEED = 20_080_601


@dataclass(frozen=True, slots=True)
class Cohort:
    """Flat columns of all patients, wounds with their patient's position, and the groups that studies count."""

    flat: Mapping[str, Array]
    wound_patient: Array
    wound_region: Array
    wound_condition: Array

    @property
    def battle(self) -> Array:
        """Battle injuries."""
        mask: Array = self.flat["category"] == Category.BATTLE_INJURY
        return mask

    @property
    def killed(self) -> Array:
        """Died before a medical treatment facility."""
        mask: Array = self.flat["outcome"] == Outcome.KIA
        return mask

    @property
    def died_of_wounds(self) -> Array:
        """Died after reaching one."""
        mask: Array = self.flat["outcome"] == Outcome.DOW
        return mask

    @property
    def returned(self) -> Array:
        """Back on duty within 72 hours: outside the denominators of KIA and DOW (Holcomb 2006)."""
        mask: Array = self.flat["returned_within_72h"] == 1
        return mask

    @property
    def survivors(self) -> Array:
        """Battle injuries who lived to be treated at a facility: whom registries hold."""
        mask: Array = self.battle & ~self.killed & ~self.died_of_wounds
        return mask

    def of_kind(self, kind: str) -> Array:
        """Whose mechanism is of this kind."""
        mask: Array = np.isin(self.flat["mechanism"], [row.id for row in mechanisms() if row.kind == kind])
        return mask

    def with_effect(self, effect: str) -> Array:
        """Who has a condition of this effect."""
        wanted = [row.id for row in conditions() if row.effect == effect]
        mask = np.zeros(len(self.flat["category"]), dtype=bool)
        mask[self.wound_patient[np.isin(self.wound_condition, wanted)]] = True
        return mask


def simulate_cohort(scenario: Scenario, patients: int) -> Cohort:
    """Simulate whole sectors until there are at least so many patients."""
    sectors = -(-patients // scenario.sector_patients)
    outputs = [simulate(scenario, CALIBRATION_SEED, sector, scenario.sector_patients).patients for sector in range(sectors)]
    flat = {name: np.concatenate([output.flat[name] for output in outputs]) for name in outputs[0].flat}
    counts = np.concatenate([np.diff(output.nested["conditions"].offsets) for output in outputs])
    owner = np.repeat(np.arange(len(counts)), counts)
    region, condition = (_joined(outputs, name) for name in ("region", "condition"))
    wounds = region >= BodyRegion.HEAD_NECK
    return Cohort(flat, owner[wounds], region[wounds], condition[wounds])


def _joined(outputs: list[Columns], name: str) -> Array:
    return np.concatenate([output.nested["conditions"].values[name] for output in outputs])
